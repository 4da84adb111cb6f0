//! What a client asks for.

use std::io;
use std::time::Duration;

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
    /// `http`: the version of HTTP in which it must be asked, 1 or 2. None is any.
    pub http: Option<u8>,
}

impl Request {
    pub fn parse(target: &str) -> io::Result<Self> {
        let mut request = Self::default();
        let parameters = target.split(['/', '?']).nth(1).unwrap_or_default();
        for pair in parameters.split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            match name {
                "text" => value.clone_into(&mut request.text),
                "gap" => request.gap = Duration::from_micros(number(value)?),
                "count" => request.count = Some(number(value)?),
                "each" => request.each = true,
                "stamp" => request.stamp = true,
                "http" => request.http = Some(number(value)?),
                _ => return Err(io::Error::other("unknown parameter")),
            }
        }
        Ok(request)
    }
}

fn number<T: std::str::FromStr>(value: &str) -> io::Result<T> {
    value.parse().map_err(|_| io::Error::other("not a number"))
}
