//! The deepest cause that means something, in a chain of errors.
//!
//! What tunnels, TLS and HTTP/2 report tells neither a reset from a truncation nor a proxy's failure
//! from a server's, so the chain is walked down to what rustls, h2 or the system said.
#![forbid(unsafe_code)]

use std::error::Error as StdError;
use std::{fmt, io};

use http::Uri;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::SocksV5;
use tower_service::Service;

use super::http1::{Blocked, Fault, Refused};
use super::incoming::Mismeasured;
use super::resolve::Unresolved;

use crate::error::Source;

// hyper-util does not export this name; its service has it as its error.
type SocksError = <SocksV5<HttpConnector> as Service<Uri>>::Error;

/// The deepest cause that means something.
#[derive(Debug)]
pub(super) enum Cause<'a> {
    Unresolved(&'a Unresolved),
    Tls(&'a rustls::Error),
    System(io::ErrorKind),
    /// The other side reset the stream, or refuses the connection, or does not speak HTTP/2.
    Http2(&'a h2::Error),
    /// The connection was closed before, or in the middle of, a message.
    Closed,
    /// The body is not as long as was announced; so many bytes were to come.
    Mismeasured(u64),
    /// What arrived is not HTTP/1.1.
    Malformed,
    /// A proxy that tunnels failed.
    Proxy(Obstacle<'a>),
    Unknown,
}

/// How a proxy failed.
#[derive(Debug)]
pub(super) enum Obstacle<'a> {
    /// It could not be reached, for this cause.
    Unreachable(Box<Cause<'a>>),
    /// It answered, and with no tunnel.
    Answered(&'a Refused),
    /// It speaks SOCKS, and demands a user name and password, or other ones.
    Unauthorized,
    /// It will not connect to this server, as a rule.
    Forbidden,
    /// It could not connect to the server, and says why.
    Refused(String),
    /// It closed the connection, or spoke another protocol.
    Broken,
}

pub(super) type Link<'a> = &'a (dyn StdError + 'static);

pub(super) fn cause(error: Link<'_>) -> Cause<'_> {
    let mut deepest = Cause::Unknown;
    for error in chain(error) {
        if let Some(unresolved) = error.downcast_ref() {
            return Cause::Unresolved(unresolved);
        }
        if let Some(Mismeasured { missing, .. }) = error.downcast_ref() {
            return Cause::Mismeasured(*missing);
        }
        if let Some(tls) = error.downcast_ref() {
            return Cause::Tls(tls);
        }
        if let Some(blocked) = error.downcast_ref() {
            return Cause::Proxy(match blocked {
                Blocked::Refused(refused) => Obstacle::Answered(refused),
                Blocked::Broken(_) => Obstacle::Broken,
            });
        }
        if let Some(Unreachable(error)) = error.downcast_ref() {
            return Cause::Proxy(Obstacle::Unreachable(Box::new(cause(&**error))));
        }
        if let Some(socks) = error.downcast_ref() {
            return Cause::Proxy(socks_obstacle(socks));
        }
        if let Some(fault) = error.downcast_ref::<Fault>() {
            deepest = match fault {
                Fault::Closed => Cause::Closed,
                Fault::Head => Cause::Malformed,
                Fault::Chunks => Cause::System(io::ErrorKind::InvalidData),
                Fault::Io(_) => deepest,
            };
        }
        if let Some(http2) = error.downcast_ref::<h2::Error>() {
            let system = http2.get_io().map(|io| Cause::System(io.kind()));
            return system.unwrap_or(Cause::Http2(http2));
        }
        if let Some(hyper) = error.downcast_ref::<hyper::Error>() {
            if hyper.is_timeout() {
                // Pings are no longer answered.
                deepest = Cause::System(io::ErrorKind::TimedOut);
            } else if hyper.is_incomplete_message() || hyper.is_closed() || hyper.is_canceled() {
                deepest = Cause::Closed;
            }
        }
        if let Some(io) = error.downcast_ref::<io::Error>() {
            deepest = Cause::System(io.kind());
        }
    }
    deepest
}

pub(super) fn chain<'a>(error: Link<'a>) -> impl Iterator<Item = Link<'a>> {
    std::iter::successors(Some(error), |error: &Link<'a>| {
        let error = *error;
        // The `source` of an I/O error skips the error that it wraps.
        let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        match wrapped {
            Some(wrapped) => Some(wrapped as &(dyn StdError + 'static)),
            None => error.source(),
        }
    })
}

/// A proxy that should make a tunnel could not be reached.
#[derive(Debug)]
pub(super) struct Unreachable(pub(super) Source);

impl fmt::Display for Unreachable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the proxy could not be reached")
    }
}

impl StdError for Unreachable {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&*self.0)
    }
}

fn socks_obstacle(error: &SocksError) -> Obstacle<'_> {
    match error {
        SocksError::Inner(error) => Obstacle::Unreachable(Box::new(cause(error))),
        // Of what is inside not even the type can be named.
        SocksError::V5(answer) => match format!("{answer:?}").as_str() {
            auth if auth.starts_with("Auth(") => Obstacle::Unauthorized,
            "Command(ConnectionNotAllowed)" => Obstacle::Forbidden,
            _ => Obstacle::Refused(answer.to_string()),
        },
        _ => Obstacle::Broken,
    }
}
