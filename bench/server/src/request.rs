//! What a client asks for.

use std::io;
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

/// More than the head of any client has.
const MAX_HEAD: usize = 16 * 1024;

/// The query of a request.
#[derive(Debug, Default)]
pub struct Request {
    /// `text`: which text the events have.
    pub text: String,
    /// `gap`: microseconds between two events, each a chunk and a write of its own. None is full
    /// speed, in large chunks.
    pub gap: Duration,
    /// `each`: a chunk for each event also at full speed.
    pub each: bool,
    /// `count`: how many events, rounded up to whole laps at full speed. None is without end.
    pub count: Option<usize>,
    /// `stamp`: the data of each event is the monotonic clock in nanoseconds.
    pub stamp: bool,
}

impl Request {
    pub fn parse(head: &str) -> io::Result<Self> {
        let mut request = Self::default();
        let target = head.split(' ').nth(1).unwrap_or_default();
        let query = target.split_once('?').map_or("", |(_, query)| query);
        for pair in query.split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            match name {
                "text" => value.clone_into(&mut request.text),
                "gap" => request.gap = Duration::from_micros(number(value)?),
                "count" => request.count = Some(number(value)?),
                "each" => request.each = true,
                "stamp" => request.stamp = true,
                _ => return Err(io::Error::other("unknown parameter")),
            }
        }
        Ok(request)
    }
}

fn number<T: std::str::FromStr>(value: &str) -> io::Result<T> {
    value.parse().map_err(|_| io::Error::other("not a number"))
}

/// The head of the next request; none when the client has left.
pub async fn read_request(client: &mut TcpStream) -> io::Result<Option<String>> {
    let mut head = Vec::with_capacity(1024);
    while !head.ends_with(b"\r\n\r\n") {
        if client.read_buf(&mut head).await? == 0 {
            return Ok(None);
        }
        if head.len() > MAX_HEAD {
            return Err(io::Error::other("the head is too long"));
        }
    }
    Ok(Some(String::from_utf8_lossy(&head).into_owned()))
}
