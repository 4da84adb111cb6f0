//! What went wrong, in a sentence that says what to do.
#![forbid(unsafe_code)]

use std::io;
use std::time::Duration;

use http::{HeaderMap, StatusCode};

use super::cause::{Cause, Link, Obstacle, cause, chain};
use super::http1::{Fault, Refused};
use super::proxy::{ProxyUrl, Unreadable};
use super::tls;
use super::upload::Progress;
use crate::error::{Error, Kind, Phase, Refusal, Source};

/// The failure of a request that got no response head. `forwarder` is the proxy that was to get it
/// whole, if there is one: then no other peer was connected to.
pub(super) fn before_head(
    error: Source,
    progress: Progress,
    forwarder: Option<&ProxyUrl>,
) -> Error {
    if error.is::<http::uri::InvalidUri>() || error.is::<Unreadable>() {
        let message = "the request cannot be sent as configured; check its url and its proxy's";
        return Error::new(Kind::Request, Phase::Prepare, message).with_source(error);
    }
    let phase = match progress {
        Progress::Connecting => Phase::Connect,
        Progress::Writing | Progress::Sent => Phase::Headers,
    };
    let told = match cause(&*error) {
        cause if forwarder.is_some() && phase == Phase::Connect => {
            through_proxy(&Obstacle::Unreachable(Box::new(cause)))
        }
        Cause::Proxy(obstacle) => through_proxy(&obstacle),
        Cause::Http2(http2) => unanswered(http2, phase, progress),
        cause => {
            let (kind, message) = unconnected(&cause, phase);
            Error::new(kind, phase, message).with_sent(progress == Progress::Sent)
        }
    };
    told.with_source(error)
}

/// The failure of a connection to the server or proxy that was to be connected to.
fn unconnected(cause: &Cause<'_>, phase: Phase) -> (Kind, String) {
    match cause {
        Cause::Unresolved(name) => {
            (Kind::Dns, format!("the host name {} could not be resolved", name.host()))
        }
        Cause::Tls(tls) => (Kind::Tls, tls::explain(tls).to_owned()),
        Cause::System(kind) => (Kind::Connect, by_system(*kind, phase).to_owned()),
        Cause::Closed => (Kind::Connect, by_system(io::ErrorKind::UnexpectedEof, phase).to_owned()),
        Cause::Malformed => {
            let message = "the server's answer is no http/1.1, or its head is too large; check \
                           the url's port";
            (Kind::Connect, message.to_owned())
        }
        _ => (Kind::Connect, "the connection failed".to_owned()),
    }
}

/// A proxy is in the way. The request was not sent: tunnels are made before.
fn through_proxy(obstacle: &Obstacle<'_>) -> Error {
    let (message, permanent) = match obstacle {
        Obstacle::Unreachable(cause) => {
            let (kind, why) = unconnected(cause, Phase::Connect);
            (format!("the proxy cannot be reached: {why}"), kind == Kind::Tls)
        }
        Obstacle::Answered(refused) => return refused_by_proxy(refused),
        Obstacle::Unauthorized => {
            let message = "the socks proxy demands a user name and password, or refuses those it \
                           got; put the right ones into the proxy's url";
            (message.to_owned(), true)
        }
        Obstacle::Forbidden => {
            ("the proxy does not allow connections to this server".to_owned(), true)
        }
        Obstacle::Refused(why) => {
            (format!("the proxy could not connect to the server: {why}"), false)
        }
        Obstacle::Broken => {
            let message = "the proxy broke off, or is none of this kind; check the proxy's url";
            (message.to_owned(), false)
        }
    };
    Error::new(Kind::Proxy, Phase::Connect, message).with_permanent(permanent)
}

/// A proxy answered in the server's place that it lets nothing pass.
fn refused_by_proxy(refused: &Refused) -> Error {
    let Refused { status, headers, body } = refused;
    if *status == StatusCode::PROXY_AUTHENTICATION_REQUIRED {
        return unauthorized(headers, body.clone());
    }
    let message = format!(
        "the proxy did not connect to the server but answered with status {status}; its rules or \
         its log say why"
    );
    // Of these a proxy, too, thinks better by itself.
    let passes = matches!(status.as_u16(), 408 | 425 | 429);
    Error::new(Kind::Proxy, Phase::Connect, message)
        .with_permanent(status.is_client_error() && !passes)
        .with_refusal(refusal(*status, headers, body.clone()))
}

/// The proxy's 407.
pub(super) fn unauthorized(headers: &HeaderMap, body: String) -> Error {
    let message = "the proxy demands a user name and password, or refuses those it got; put the \
                   right ones into the proxy's url";
    let status = StatusCode::PROXY_AUTHENTICATION_REQUIRED;
    Error::new(Kind::Proxy, Phase::Connect, message)
        .with_permanent(true)
        .with_refusal(refusal(status, headers, body))
}

fn refusal(status: StatusCode, headers: &HeaderMap, body: String) -> Refusal {
    let headers = headers
        .iter()
        .map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        })
        .collect();
    Refusal { status: status.as_u16(), headers, body, retry_after: None }
}

/// HTTP/2 gave the request up before its response.
fn unanswered(error: &h2::Error, phase: Phase, progress: Progress) -> Error {
    if error.is_library() && error.is_reset() && error.reason() == Some(h2::Reason::PROTOCOL_ERROR)
    {
        // h2 has one error for all of them; an empty body is the one that servers send.
        let message = "the answer ended before its content-length, or its head is malformed";
        return Error::new(Kind::Truncated, phase, message).with_sent(progress == Progress::Sent);
    }
    if error.is_library() {
        // What came is not HTTP/2; the server will not learn it by the next attempt.
        let message = "the server does not speak http/2 here; leave out http2";
        return Error::new(Kind::Connect, phase, message).with_permanent(true);
    }
    let reason = error.reason().unwrap_or(h2::Reason::INTERNAL_ERROR);
    // RFC 9113, 8.7: the server has not acted on a refused stream, nor on one that is newer than
    // the last that its GOAWAY names, and these are the only ones that get to know of a GOAWAY.
    let untouched = reason == h2::Reason::REFUSED_STREAM || error.is_go_away();
    let message = if untouched {
        "the server did not take the request on this connection".to_owned()
    } else {
        format!("the server reset the stream before it answered: {}", reason.description())
    };
    Error::new(Kind::Connect, phase, message).with_sent(!untouched && progress == Progress::Sent)
}

/// Whether a connection that was there did not take the request, as far as can be known.
pub(super) fn not_taken(error: &Error) -> bool {
    error.kind() == Kind::Timeout || (error.phase() == Phase::Headers && !error.sent())
}

fn by_system(kind: io::ErrorKind, phase: Phase) -> &'static str {
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
pub(super) fn in_body(error: Source) -> Error {
    let link: Link<'_> = &*error;
    let network = chain(link).any(|error| error.is::<Fault>() || error.is::<hyper::Error>());
    let (kind, message) = match cause(link) {
        Cause::Closed => (Kind::Truncated, CUT.to_owned()),
        Cause::System(io::ErrorKind::UnexpectedEof) if network => (Kind::Truncated, CUT.to_owned()),
        Cause::System(io::ErrorKind::UnexpectedEof) => {
            let message = "the response ended in the middle of its compressed data";
            (Kind::Truncated, message.to_owned())
        }
        _ if !network => {
            let message = "the compressed data of the response is corrupt";
            (Kind::ContentEncoding, message.to_owned())
        }
        Cause::Http2(http2) => {
            let reason = http2.reason().unwrap_or(h2::Reason::INTERNAL_ERROR);
            let message = format!(
                "the server reset the stream while the response was arriving: {}",
                reason.description()
            );
            (Kind::Reset, message)
        }
        Cause::Mismeasured(0) => {
            let message = "the response went on beyond its content-length";
            (Kind::Reset, message.to_owned())
        }
        // What is longer in its last piece looks the same from here.
        Cause::Mismeasured(_) => {
            let message = "the response ended before, or beyond, its content-length";
            (Kind::Truncated, message.to_owned())
        }
        cause => (Kind::Reset, broken(&cause).to_owned()),
    };
    let told = Error::new(kind, Phase::Body, message).with_sent(true);
    told.with_source(error)
}

const CUT: &str = "the connection ended before the response did";

fn broken(cause: &Cause<'_>) -> &'static str {
    match cause {
        Cause::System(io::ErrorKind::TimedOut) => {
            "the connection broke while the response was arriving: no answer any more"
        }
        Cause::System(io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput) => {
            "the response broke off: its chunks are not framed as http/1.1 demands"
        }
        Cause::Tls(_) => "the tls connection broke while the response was arriving",
        _ => "the connection was reset while the response was arriving",
    }
}

/// A stream that was given up without an error before its end (RFC 9113, 8.1).
pub(super) fn abandoned() -> Error {
    let message = "the server closed the stream before the response had ended";
    Error::new(Kind::Truncated, Phase::Body, message).with_sent(true)
}

/// A deadline that passed.
pub(super) fn late(
    phase: Phase,
    limit: Option<Duration>,
    progress: Progress,
    proxied: bool,
) -> Error {
    let what = match phase {
        Phase::Connect if proxied => "the connection through the proxy was not made",
        Phase::Connect => "the connection was not made",
        _ => "the server did not answer",
    };
    let limit = limit
        .map_or_else(|| "in time".to_owned(), |limit| format!("within {} ms", limit.as_millis()));
    Error::new(Kind::Timeout, phase, format!("{what} {limit}"))
        .with_sent(progress == Progress::Sent)
}
