//! CONNECT: a proxy is asked for a tunnel (RFC 9110, 9.3.6).
#![forbid(unsafe_code)]

use std::error::Error;
use std::fmt;
use std::time::Duration;

use http::{HeaderMap, HeaderValue, Method, StatusCode};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

use super::fault::Fault;
use super::head::HeadReader;
use super::length::Length;
use crate::transport::connect::Socket;

/// How much of a refusal's body is kept, in bytes.
const EXCERPT: usize = 1024;
/// How long it is waited for; that it is a refusal is known already.
const EXCERPT_WAIT: Duration = Duration::from_secs(1);

/// What a proxy answers that makes no tunnel.
#[derive(Debug)]
pub(in crate::transport) struct Refused {
    pub(in crate::transport) status: StatusCode,
    pub(in crate::transport) headers: HeaderMap,
    /// The beginning of it.
    pub(in crate::transport) body: String,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the proxy answered CONNECT with status {}", self.status)
    }
}

impl Error for Refused {}

/// Why there is no tunnel.
#[derive(Debug)]
pub(in crate::transport) enum Blocked {
    Refused(Refused),
    /// The proxy broke off, or speaks another protocol.
    Broken(Fault),
}

impl fmt::Display for Blocked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the proxy made no tunnel")
    }
}

impl Error for Blocked {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Refused(refused) => Some(refused),
            Self::Broken(fault) => Some(fault),
        }
    }
}

impl<E: Into<Fault>> From<E> for Blocked {
    fn from(error: E) -> Self {
        Self::Broken(error.into())
    }
}

/// Asks the proxy behind `socket` for a tunnel to `authority`, and goes on in it.
pub(in crate::transport) async fn tunnel(
    mut socket: Socket,
    authority: &str,
    authorization: Option<&HeaderValue>,
) -> Result<Socket, Blocked> {
    let mut request = format!("CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n").into_bytes();
    if let Some(authorization) = authorization {
        for part in [b"Proxy-Authorization: ", authorization.as_bytes(), b"\r\n"] {
            request.extend_from_slice(part);
        }
    }
    request.extend_from_slice(b"\r\n");
    socket.write_all(&request).await?;
    socket.flush().await?;
    let mut reader = HeadReader::default();
    let head = loop {
        read(&mut socket, |bytes| reader.feed(bytes)).await?;
        if let Some(head) = reader.head(&Method::CONNECT)? {
            break head;
        }
    };
    let rest = reader.into_rest();
    if head.status.is_success() {
        // We speak first in the tunnel: what is there already is not the server's.
        return if rest.is_empty() { Ok(socket) } else { Err(Fault::Head.into()) };
    }
    let mut body = Vec::new();
    // Whatever came until then is shown.
    let _ =
        timeout(EXCERPT_WAIT, excerpt(&mut socket, head.length, rest.to_vec(), &mut body)).await;
    body.truncate(EXCERPT);
    let body = String::from_utf8_lossy(&body).into_owned();
    Err(Blocked::Refused(Refused { status: head.status, headers: head.headers, body }))
}

async fn excerpt(
    socket: &mut Socket,
    mut length: Length,
    mut rest: Vec<u8>,
    body: &mut Vec<u8>,
) -> Result<(), Fault> {
    while body.len() < EXCERPT && !length.is_over() {
        let cut = length.cut(&rest)?;
        body.extend_from_slice(&rest[cut.data]);
        rest.drain(..cut.used);
        if rest.is_empty() && !length.is_over() {
            read(socket, |bytes| rest.extend_from_slice(bytes)).await?;
        }
    }
    Ok(())
}

/// Reads what comes next, in pieces so small that the stack has room for them.
async fn read(socket: &mut Socket, take: impl FnOnce(&[u8])) -> Result<(), Fault> {
    let mut bytes = [0; 1024];
    match socket.read(&mut bytes).await? {
        0 => Err(Fault::Closed),
        count => {
            take(&bytes[..count]);
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn answered(answer: &'static [u8]) -> Result<Socket, Blocked> {
        let (ours, mut theirs) = tokio::io::duplex(64 * 1024);
        tokio::spawn(async move {
            let mut asked = [0; 1024];
            let count = theirs.read(&mut asked).await.unwrap();
            assert!(
                asked[..count].starts_with(b"CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\n")
            );
            theirs.write_all(answer).await.unwrap();
            if answer.ends_with(b"stays") {
                std::future::pending::<()>().await;
            }
        });
        tunnel(Box::new(ours), "a.test:443", Some(&HeaderValue::from_static("Basic eA=="))).await
    }

    #[tokio::test]
    async fn every_success_is_a_tunnel() {
        for head in
            [&b"HTTP/1.1 200 OK\r\n\r\n"[..], b"HTTP/1.0 299 Yes\r\ncontent-length: 5\r\n\r\n"]
        {
            assert!(answered(head).await.is_ok());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_tells_why() {
        let long = format!("HTTP/1.1 500 No\r\n\r\n{}", "x".repeat(5000)).into_bytes().leak();
        for (answer, status, length) in [
            (&b"HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\n\r\nnostays"[..], 403, 2),
            (b"HTTP/1.1 502 Bad\r\ntransfer-encoding: chunked\r\n\r\n2\r\nno\r\n1\r\n!\r\n0\r\n\r\n", 502, 3),
            (b"HTTP/1.0 503 Busy\r\n\r\nstays", 503, 5),
            (b"HTTP/1.1 407 Who\r\ncontent-length: 99\r\n\r\nhalf", 407, 4),
            (b"HTTP/1.1 302 There\r\nlocation: /\r\n\r\n", 302, 0),
            (long, 500, EXCERPT),
        ] {
            let Err(Blocked::Refused(refused)) = answered(answer).await else { panic!("{status}") };
            assert_eq!((refused.status.as_u16(), refused.body.len()), (status, length));
        }
    }

    #[tokio::test]
    async fn what_is_no_proxy_is_told_apart() {
        for answer in [
            &b"SSH-2.0-OpenSSH_9.2\r\n"[..],
            b"\x05\xff",
            b"",
            b"HTTP/1.1 200",
            b"HTTP/1.1 200 OK\r\n\r\nalready here",
        ] {
            assert!(matches!(answered(answer).await, Err(Blocked::Broken(_))), "{answer:?}");
        }
    }
}
