//! The network: one request in, one response with a streaming body out.

mod cause;
mod client;
mod coding;
mod connect;
mod decompress;
mod exchange;
mod failure;
mod give_way;
mod http1;
mod http2_pool;
mod incoming;
mod proxy;
mod redirect;
mod request;
mod resolve;
mod roots;
mod routes;
mod second_look;
mod tls;
mod upload;

pub use client::Client;
pub use give_way::give_way;
pub use proxy::{Proxy, ProxyUrl};
pub use request::{Body, Request, Response, Tls, Transport};
pub use second_look::{LOOKS, look_again, within};
