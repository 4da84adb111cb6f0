//! What a client asks for.

use std::io;
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

/// More than any request has.
const MAX_REQUEST: usize = 16 * 1024;

/// The first segment of the path that is asked for, which survives whatever a client appends.
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
        let parameters = target.split(['/', '?']).nth(1).unwrap_or_default();
        for pair in parameters.split('&') {
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

/// The head of the next request, whose body is read as well; none when the client has left.
pub async fn read_request(client: &mut TcpStream) -> io::Result<Option<String>> {
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
        .map_or(Ok(0), |(_, value)| number(value.trim()))?;
    Ok(head.len() + body)
}
