//! What went wrong, read from the chain of causes.
//!
//! reqwest's own predicates do not tell a reset from a truncation or a corrupt encoding (measured:
//! all three are `is_decode()`), so the chain is walked down to what hyper, rustls or the system
//! said.
#![forbid(unsafe_code)]

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use super::resolve::Unresolved;
use super::tls;
use super::upload::Progress;
use crate::error::{Error, Kind, Phase};

/// The deepest cause that means something.
#[derive(Debug)]
enum Cause<'a> {
    Unresolved(&'a Unresolved),
    Tls(&'a rustls::Error),
    System(io::ErrorKind),
    /// hyper: the connection was closed before, or in the middle of, a message.
    Closed,
    /// hyper: what arrived is not HTTP/1.1.
    Malformed,
    Unknown,
}

fn cause<'a>(error: &'a (dyn StdError + 'static)) -> Cause<'a> {
    let mut deepest = Cause::Unknown;
    for error in chain(error) {
        if let Some(unresolved) = error.downcast_ref() {
            return Cause::Unresolved(unresolved);
        }
        if let Some(tls) = error.downcast_ref() {
            return Cause::Tls(tls);
        }
        if let Some(hyper) = error.downcast_ref::<hyper::Error>() {
            if hyper.is_parse() {
                deepest = Cause::Malformed;
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

fn chain<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |error: &&'a (dyn StdError + 'static)| {
        let error = *error;
        // The `source` of an I/O error skips the error that it wraps.
        let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        match wrapped {
            Some(wrapped) => Some(wrapped as &(dyn StdError + 'static)),
            None => error.source(),
        }
    })
}

/// The failure of a request that got no response head.
pub(super) fn before_head(error: reqwest::Error, progress: Progress) -> Error {
    let phase = match progress {
        Progress::Connecting => Phase::Connect,
        Progress::Writing | Progress::Sent => Phase::Headers,
    };
    let (kind, phase, message) = if error.is_builder() {
        let message = "the request cannot be sent as configured; check its url and headers";
        (Kind::Request, Phase::Prepare, message.to_owned())
    } else {
        match cause(&error) {
            Cause::Unresolved(name) => {
                let message = format!("the host name {} could not be resolved", name.host());
                (Kind::Dns, phase, message)
            }
            Cause::Tls(tls) => (Kind::Tls, phase, tls::explain(tls).to_owned()),
            Cause::System(kind) => (Kind::Connect, phase, unconnected(kind, phase).to_owned()),
            Cause::Closed => {
                let kind = io::ErrorKind::UnexpectedEof;
                (Kind::Connect, phase, unconnected(kind, phase).to_owned())
            }
            Cause::Malformed => {
                let message = "the server's answer is no http/1.1, or its head is too large; check the url's port";
                (Kind::Connect, phase, message.to_owned())
            }
            Cause::Unknown => (Kind::Connect, phase, "the connection failed".to_owned()),
        }
    };
    Error::new(kind, phase, message)
        .with_sent(progress == Progress::Sent)
        .with_source(error.without_url())
}

fn unconnected(kind: io::ErrorKind, phase: Phase) -> &'static str {
    use io::ErrorKind as Io;
    match kind {
        Io::ConnectionRefused => {
            "the connection was refused; check that the server listens on this host and port"
        }
        Io::HostUnreachable | Io::NetworkUnreachable | Io::NetworkDown | Io::AddrNotAvailable => {
            "the host cannot be reached from this network"
        }
        Io::TimedOut => "the host does not answer",
        Io::UnexpectedEof if phase == Phase::Connect => {
            "the server closed the connection during the handshake"
        }
        Io::UnexpectedEof => "the server closed the connection before it answered",
        Io::ConnectionReset | Io::ConnectionAborted | Io::BrokenPipe => {
            "the connection was reset before the server answered"
        }
        _ => "the connection failed",
    }
}

/// The failure of a response body.
pub(super) fn in_body(error: reqwest::Error) -> Error {
    let network = chain(&error).any(<dyn StdError>::is::<hyper::Error>);
    let (kind, message) = match cause(&error) {
        Cause::Closed => (Kind::Truncated, "the connection ended before the response did"),
        Cause::System(io::ErrorKind::UnexpectedEof) if network => {
            (Kind::Truncated, "the connection ended before the response did")
        }
        Cause::System(io::ErrorKind::UnexpectedEof) => {
            (Kind::Truncated, "the response ended in the middle of its compressed data")
        }
        _ if !network => (Kind::ContentEncoding, "the compressed data of the response is corrupt"),
        Cause::System(io::ErrorKind::TimedOut) => (
            Kind::Reset,
            "the connection broke while the response was arriving: no answer any more",
        ),
        Cause::System(io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput) => {
            (Kind::Reset, "the response broke off: its chunks are not framed as http/1.1 demands")
        }
        Cause::Tls(_) => (Kind::Reset, "the tls connection broke while the response was arriving"),
        _ => (Kind::Reset, "the connection was reset while the response was arriving"),
    };
    Error::new(kind, Phase::Body, message).with_sent(true).with_source(error.without_url())
}

/// A deadline that passed.
pub(super) fn late(phase: Phase, limit: Option<Duration>, progress: Progress) -> Error {
    let what = match phase {
        Phase::Connect => "the connection was not made",
        _ => "the server did not answer",
    };
    let limit = limit
        .map_or_else(|| "in time".to_owned(), |limit| format!("within {} ms", limit.as_millis()));
    Error::new(Kind::Timeout, phase, format!("{what} {limit}"))
        .with_sent(progress == Progress::Sent)
}
