//! The head of a response.
#![forbid(unsafe_code)]

use bytes::{Buf, BytesMut};
use http::header::{CONNECTION, InvalidHeaderValue};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Version};
use memchr::memchr_iter;

use super::fault::Fault;
use super::length::Length;

/// The largest head that is taken, in bytes: four times Node's bound, and more than any proxy passes on.
const SIZE: usize = 64 * 1024;
/// The most headers in it.
pub(super) const HEADERS: usize = 128;

/// What every answer begins with.
const BEGINNING: &[u8] = b"HTTP/1.";

/// The head of a response.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) status: StatusCode,
    pub(super) version: Version,
    pub(super) headers: HeaderMap,
    pub(super) length: Length,
    /// Whether the server keeps the connection when the body is over.
    pub(super) lasting: bool,
}

/// Reads a head as it arrives.
#[derive(Debug, Default)]
pub(super) struct HeadReader {
    received: BytesMut,
    /// How far the end of a head was looked for.
    searched: usize,
    /// Something was let pass that a proxy on the way may have understood otherwise.
    lenient: bool,
}

impl HeadReader {
    /// Takes in what arrived.
    pub(super) fn feed(&mut self, bytes: &[u8]) {
        self.received.extend_from_slice(bytes);
    }

    /// What arrived and is no part of a head.
    pub(super) fn into_rest(self) -> BytesMut {
        self.received
    }

    /// The head of the answer to a request with this method, once it is whole. Those that only
    /// announce another one are passed over.
    pub(super) fn head(&mut self, method: &Method) -> Result<Option<Head>, Fault> {
        loop {
            self.pass_blank_lines();
            if *self.received == b"\r"[..] {
                return Ok(None);
            }
            let beginning = self.received.len().min(BEGINNING.len());
            if self.received[..beginning] != BEGINNING[..beginning] {
                return Err(Fault::Head);
            }
            let whole = if self.holds_end() { parse(&self.received, method)? } else { None };
            let Some((mut head, size)) = whole else {
                let fits = self.received.len() <= SIZE;
                return if fits { Ok(None) } else { Err(Fault::Head) };
            };
            if size > SIZE {
                return Err(Fault::Head);
            }
            self.lenient |= has_bare_line_feed(&self.received[..size]);
            head.lasting &= !self.lenient;
            self.received.advance(size);
            self.searched = 0;
            match head.status {
                // The engine asked for no other protocol.
                StatusCode::SWITCHING_PROTOCOLS => return Err(Fault::Head),
                status if status.is_informational() => {}
                _ => return Ok(Some(head)),
            }
        }
    }

    /// Blank lines that are left over from an earlier answer.
    fn pass_blank_lines(&mut self) {
        loop {
            let blank = match *self.received {
                [b'\n', ..] => 1,
                [b'\r', b'\n', ..] => 2,
                _ => return,
            };
            self.received.advance(blank);
            self.searched = self.searched.saturating_sub(blank);
            self.lenient = true;
        }
    }

    /// Whether a blank line has come since the last look, so that a head that trickles in is not
    /// read from its beginning at every byte.
    fn holds_end(&mut self) -> bool {
        let fresh = &self.received[self.searched.saturating_sub(2)..];
        let found = memchr_iter(b'\n', fresh)
            .any(|at| matches!(fresh[at + 1..], [b'\n', ..] | [b'\r', b'\n', ..]));
        self.searched = self.received.len();
        found
    }
}

fn has_bare_line_feed(head: &[u8]) -> bool {
    memchr_iter(b'\n', head).any(|at| !head[..at].ends_with(b"\r"))
}

fn parse(bytes: &[u8], method: &Method) -> Result<Option<(Head, usize)>, Fault> {
    let mut fields = [httparse::EMPTY_HEADER; HEADERS];
    let mut response = httparse::Response::new(&mut fields);
    let read = httparse::ParserConfig::default()
        .allow_obsolete_multiline_headers_in_responses(true)
        .parse_response(&mut response, bytes);
    let httparse::Status::Complete(size) = read.map_err(|_| Fault::Head)? else {
        return Ok(None);
    };
    let status = response.code.and_then(|code| StatusCode::from_u16(code).ok());
    let status = status.ok_or(Fault::Head)?;
    let version = if response.version == Some(1) { Version::HTTP_11 } else { Version::HTTP_10 };
    let mut headers = HeaderMap::with_capacity(response.headers.len());
    let folded = holds_folds(&bytes[..size]);
    for field in &*response.headers {
        let name = HeaderName::from_bytes(field.name.as_bytes()).map_err(|_| Fault::Head)?;
        let value = if folded { unfold(field.value) } else { HeaderValue::from_bytes(field.value) };
        headers.append(name, value.map_err(|_| Fault::Head)?);
    }
    let length = Length::of(method, status, &headers)?;
    if version == Version::HTTP_10 && length.is_coded(&headers) {
        return Err(Fault::Head);
    }
    // What is folded may have been read in another way by a proxy before us.
    let doubtful = folded || length.is_open() || Length::is_doubtful(status, &headers);
    let lasting = lasts(version, &headers) && !doubtful;
    Ok(Some((Head { status, version, headers, length, lasting }, size)))
}

/// Whether a line of a head goes on with the value of the line before.
fn holds_folds(head: &[u8]) -> bool {
    memchr_iter(b'\n', head).any(|end| matches!(head.get(end + 1), Some(b' ' | b'\t')))
}

/// A value that goes on in further lines, in one line (RFC 9112, 5.2).
fn unfold(value: &[u8]) -> Result<HeaderValue, InvalidHeaderValue> {
    let mut line = Vec::with_capacity(value.len());
    for piece in value.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii) {
        if !line.is_empty() && !piece.is_empty() {
            line.push(b' ');
        }
        line.extend_from_slice(piece);
    }
    HeaderValue::from_bytes(&line)
}

/// RFC 9112, 9.3.
fn lasts(version: Version, headers: &HeaderMap) -> bool {
    let readable = headers.get_all(CONNECTION).iter().all(|value| value.to_str().is_ok());
    let asked = version == Version::HTTP_11 || says(headers, b"keep-alive");
    readable && asked && !says(headers, b"close")
}

/// Whether `Connection` has this option.
pub(super) fn says(headers: &HeaderMap, option: &[u8]) -> bool {
    headers
        .get_all(CONNECTION)
        .iter()
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
        .any(|said| said.trim_ascii().eq_ignore_ascii_case(option))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8]) -> Result<Option<Head>, Fault> {
        let mut reader = HeadReader::default();
        reader.feed(text);
        reader.head(&Method::GET)
    }

    fn lasting(text: &str) -> bool {
        read(text.as_bytes()).unwrap().unwrap().lasting
    }

    #[test]
    fn a_head_that_trickles_in() {
        let text = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: <x>\r\n\r\n\
                     HTTP/1.1 200 OK\r\na: 1\r\nA: \xc3\xa9\r\ncontent-length: 4\r\n\r\ndata";
        for piece in 1..text.len() {
            let mut reader = HeadReader::default();
            let mut heads = Vec::new();
            for piece in text.chunks(piece) {
                reader.feed(piece);
                if heads.is_empty() {
                    heads.extend(reader.head(&Method::GET).unwrap());
                }
            }
            let head = heads.pop().unwrap();
            assert_eq!((head.status, head.version), (StatusCode::OK, Version::HTTP_11));
            let values: Vec<_> =
                head.headers.get_all("a").iter().map(HeaderValue::as_bytes).collect();
            assert_eq!(values, [&b"1"[..], b"\xc3\xa9"]);
            assert!(matches!(head.length, Length::Counted(4)));
            assert_eq!(reader.into_rest(), "data");
        }
    }

    #[test]
    fn lines_may_end_with_a_line_feed_alone() {
        let head = read(b"\r\n\nHTTP/1.0 404 Not Found\na: b\n\n").unwrap().unwrap();
        assert_eq!((head.status, head.version), (StatusCode::NOT_FOUND, Version::HTTP_10));
        assert_eq!(head.headers["a"], "b");
    }

    #[test]
    fn what_is_no_answer_is_refused_at_once() {
        for text in [
            "SSH-2.0-OpenSSH_9.2\r\n",
            "\r\nS",
            "HTTP/2 200\r\n",
            "GET / HTTP/1.1\r\n\r\n",
            "HTTP/1.1 abc\r\n\r\n",
            "HTTP/1.1 099 Low\r\n\r\n",
            "HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n",
            "HTTP/1.1 200 OK\r\na b: c\r\n\r\n",
            "HTTP/1.1 200 OK\r\n a: b\r\n\r\n",
            "HTTP/1.1 200 OK\r\na: b\r\n c\0d\r\n\r\n",
            "HTTP/1.1 200 OK\r\na: b\r\n c\rd\r\n\r\n",
            "HTTP/1.1 200 OK\r\na: b\0c\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n",
            "HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
            "HTTP/1.0 200 OK\r\ntransfer-encoding: gzip\r\n\r\n",
            "\r\rHTTP/1.1 200 OK\r\n\r\n",
            "\rHTTP/1.1 200 OK\r\n\r\n",
        ] {
            assert!(read(text.as_bytes()).is_err(), "{text:?}");
        }
        assert!(read(b"HTTP/1.1 200 OK\r\na: b\r\n").unwrap().is_none());
        assert!(read(b"").unwrap().is_none());
    }

    #[test]
    fn folded_lines_are_unfolded_and_their_connection_is_not_kept() {
        for (value, expected) in [
            ("text/event-stream;\r\n charset=utf-8", "text/event-stream; charset=utf-8"),
            ("text/event-stream;\n\tcharset=utf-8", "text/event-stream; charset=utf-8"),
            ("\r\n  a\r\n \t \r\n b  \r\n\tc", "a b c"),
        ] {
            let text = format!("HTTP/1.1 200 OK\r\nx: {value}\r\ncontent-length: 0\r\n\r\n");
            for piece in 1..text.len() {
                let mut reader = HeadReader::default();
                let mut head = None;
                for piece in text.as_bytes().chunks(piece) {
                    assert!(head.is_none());
                    reader.feed(piece);
                    head = reader.head(&Method::GET).unwrap();
                }
                let head = head.unwrap();
                assert_eq!(head.headers["x"], expected);
                assert!(matches!(head.length, Length::Counted(0)) && !head.lasting);
            }
        }
        // A fold hides nothing from us that others see.
        let coded = "HTTP/1.1 200 OK\r\ntransfer-encoding:\r\n chunked\r\n\r\n";
        let coded = read(coded.as_bytes()).unwrap().unwrap();
        assert!(matches!(coded.length, Length::Chunked(_)) && !coded.lasting);
        assert!(read(b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n 0\r\n\r\n").is_err());
    }

    #[test]
    fn a_head_is_bounded() {
        let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "a: b\r\n".repeat(HEADERS + 1));
        assert!(read(many.as_bytes()).is_err());
        let long = format!("HTTP/1.1 200 OK\r\na: {}", "b".repeat(SIZE));
        assert!(read(long.as_bytes()).is_err());
        let whole = format!("HTTP/1.1 200 OK\r\na: {}\r\n\r\n", "b".repeat(SIZE));
        assert!(read(whole.as_bytes()).is_err());
    }

    #[test]
    fn which_connections_last() {
        let counted = "content-length: 0\r\n\r\n";
        assert!(lasting(&format!("HTTP/1.1 200 OK\r\n{counted}")));
        assert!(!lasting(&format!("HTTP/1.1 200 OK\r\nconnection: x, Close\r\n{counted}")));
        assert!(!lasting(&format!("HTTP/1.0 200 OK\r\n{counted}")));
        assert!(lasting(&format!("HTTP/1.0 200 OK\r\nconnection: keep-alive\r\n{counted}")));
        assert!(!lasting("HTTP/1.1 200 OK\r\n\r\n"));
        let chunked = "transfer-encoding: chunked\r\n";
        assert!(lasting(&format!("HTTP/1.1 200 OK\r\n{chunked}\r\n")));
        assert!(!lasting(&format!("HTTP/1.1 200 OK\r\n{chunked}{counted}")));
        assert!(!lasting(&format!(
            "HTTP/1.0 200 OK\r\nconnection: keep-alive, close\r\n{counted}"
        )));
        assert!(!lasting(&format!("HTTP/1.1 200 OK\r\nconnection: \u{e9}\r\n{counted}")));
    }

    #[test]
    fn no_connection_lasts_whose_framing_was_let_pass() {
        for doubtful in [
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked, chunked\r\n\r\n",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip\r\ntransfer-encoding: chunked\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: 0, 0\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: 0\r\ncontent-length: 0\r\n\r\n",
            "HTTP/1.1 204 No Content\r\ncontent-length: 1\r\n\r\n",
            "HTTP/1.1 204 No Content\r\ntransfer-encoding: chunked\r\n\r\n",
            "\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
            "HTTP/1.1 200 OK\ncontent-length: 0\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\n",
            "HTTP/1.1 103 x\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
        ] {
            assert!(!lasting(doubtful), "{doubtful:?}");
        }
        assert!(lasting("HTTP/1.1 204 No Content\r\ncontent-length: 0\r\n\r\n"));
        assert!(lasting("HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n"));
    }
}
