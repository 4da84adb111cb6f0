//! HTTP/1.1, with TLS or without.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use crate::Shared;
use crate::request::Request;
use crate::response::{Client, respond};
use crate::text::Piece;

/// More than any request has.
const MAX_REQUEST: usize = 16 * 1024;

/// Answers one request after the other until the client leaves.
pub async fn converse<S>(mut stream: S, shared: &Shared) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    while let Some(head) = read_request(&mut stream).await? {
        let target = head.split(' ').nth(1).unwrap_or_default();
        respond(&mut stream, &Request::parse(target)?, &shared.texts, shared.number()).await?;
    }
    Ok(())
}

impl<S: AsyncRead + AsyncWrite + Unpin> Client for S {
    const VERSION: u8 = 1;

    async fn send(&mut self, piece: &Piece) -> io::Result<()> {
        self.write_all(&piece.http1).await?;
        // TLS may keep the end of what it was given.
        self.flush().await
    }

    async fn left(&mut self) {
        let _ = self.read_u8().await;
    }
}

/// The head of the next request, whose body is read as well; none when the client has left.
async fn read_request(client: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<String>> {
    let mut request = Vec::with_capacity(1024);
    let mut whole = None;
    while whole.is_none_or(|whole| request.len() < whole) {
        if client.read_buf(&mut request).await? == 0 {
            return Ok(None);
        }
        if request.len() > MAX_REQUEST {
            return Err(io::Error::other("the request is too long"));
        }
        if whole.is_none() {
            whole = head_of(&request).map(|head| length(&head)).transpose()?;
        }
    }
    Ok(head_of(&request))
}

fn head_of(request: &[u8]) -> Option<String> {
    let end = request.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    Some(String::from_utf8_lossy(&request[..end]).into_owned())
}

/// How long a request is that has this head.
fn length(head: &str) -> io::Result<usize> {
    let body = head
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .map_or(Ok(0), |(_, value)| value.trim().parse())
        .map_err(io::Error::other)?;
    Ok(head.len() + body)
}
