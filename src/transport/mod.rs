//! The network: one request in, one response with a streaming body out.

mod client;
mod exchange;
mod failure;
mod incoming;
mod redirect;
mod request;
mod resolve;
mod roots;
mod tls;
mod upload;

pub use client::Client;
pub use request::{Body, Request, Response, Tls, Transport};
