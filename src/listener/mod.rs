//! A hub on sockets of its own, beside the event loop.
//!
//! # Layout
//!
//! * [`Listener`]: waits for connections on an [`Address`], and lets them go.
//! * [`Desk`]: what a request is answered with, and by `admission` who becomes a client; [`Options`] is what the application said of that.
//! * [`Sockets`]: the clients of a listener, and what is on its way to them; `seat` is one client's place, `payload`
//!   bytes for many of them, `client` what leaves the hub with its connection.
//! * [`Questions`]: what the application is asked, and its [`Verdict`].
//! * `http1`, `http2`: a connection in its protocol; `head` reads the head of a request, `socket` is what the
//!   system has of it, [`Certificate`] what TLS begins with.
//! * `path`, `cors`: which paths there are, and which pages may read. Pure.

mod admission;
mod answer;
mod certificate;
mod client;
mod cors;
mod head;
mod http1;
mod http2;
#[allow(clippy::module_inception, reason = "the concept is called that")]
mod listener;
mod options;
mod path;
mod payload;
mod question;
mod seat;
mod socket;
mod sockets;

pub use answer::Desk;
pub use certificate::Certificate;
pub use cors::{Cors, Origins};
pub use listener::Listener;
pub use options::{Address, Options, Site};
pub use path::Pattern;
pub use question::{Questions, Verdict};
pub use sockets::Sockets;
