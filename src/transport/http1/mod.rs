//! HTTP/1.1: a request is written, a head is read, a body is cut out of what follows.
//!
//! A stream lives on a connection of its own, mostly silent. So a connection here has no task and no
//! buffer: the reader of the body polls the socket itself, into memory that all connections of a
//! thread share. Heads are read by `httparse`.

mod answer;
mod body;
mod chunks;
mod connection;
mod fault;
mod head;
mod idle;
mod length;
mod request;
mod tunnel;

pub(super) use answer::ask;
pub(super) use body::Body;
pub(super) use connection::Connection;
pub(super) use fault::Fault;
pub(super) use idle::{Idle, Spares};
pub(super) use request::Outgoing;
pub(super) use tunnel::{Blocked, Refused, tunnel};
