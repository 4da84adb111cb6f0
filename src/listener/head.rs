//! The head of a request (RFC 9112, 3 and 5), as it comes in.
#![forbid(unsafe_code)]

use std::io;

use bytes::{Buf, BytesMut};
use http::{HeaderName, HeaderValue, Method, Request, StatusCode, Uri, Version, header};
use memchr::memmem;
use tokio::io::{AsyncRead, AsyncReadExt};

/// More fields than that are no request of ours.
const MOST_FIELDS: usize = 100;
/// What a client begins with that speaks HTTP/2 without being asked (RFC 9113, 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n";

/// What came.
#[derive(Debug)]
pub enum Incoming {
    /// A request.
    Request(Box<Request<()>>),
    /// The beginning of HTTP/2, which is still in the buffer.
    Http2,
    /// Nothing more.
    Closed,
    /// What is not a request: it is answered so, and the connection is closed.
    Wrong(StatusCode),
}

/// Reads up to the end of a head; what follows stays in the buffer.
pub async fn read(
    io: &mut (impl AsyncRead + Unpin),
    buffer: &mut BytesMut,
    most: usize,
) -> io::Result<Incoming> {
    let mut seen = 0;
    loop {
        skip_empty_lines(buffer);
        if !may_be_request(buffer) {
            return Ok(Incoming::Wrong(StatusCode::BAD_REQUEST));
        }
        if buffer.len() >= PREFACE.len() && buffer.starts_with(PREFACE) {
            return Ok(Incoming::Http2);
        }
        if let Some(end) = end_of_head(buffer, seen) {
            let request = parse(&buffer[..end]);
            buffer.advance(end);
            return Ok(request.map_or_else(Incoming::Wrong, |it| Incoming::Request(Box::new(it))));
        }
        if buffer.len() >= most {
            return Ok(Incoming::Wrong(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE));
        }
        seen = buffer.len();
        buffer.reserve(1024);
        if io.read_buf(buffer).await? == 0 {
            return Ok(if buffer.is_empty() {
                Incoming::Closed
            } else {
                Incoming::Wrong(StatusCode::BAD_REQUEST)
            });
        }
    }
}

/// RFC 9112, 2.2: a server should ignore at least one empty line before the request line.
fn skip_empty_lines(buffer: &mut BytesMut) {
    let empty = buffer.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
    buffer.advance(empty);
}

/// A method has letters, in practice capital ones; TLS, for one, begins otherwise.
fn may_be_request(buffer: &[u8]) -> bool {
    buffer.first().is_none_or(u8::is_ascii_uppercase)
}

/// Where the head ends, of which nothing up to `seen` is new.
fn end_of_head(buffer: &[u8], seen: usize) -> Option<usize> {
    let start = seen.saturating_sub(3).min(buffer.len());
    memmem::find(&buffer[start..], b"\r\n\r\n").map(|at| start + at + 4)
}

fn parse(head: &[u8]) -> Result<Request<()>, StatusCode> {
    let bad = StatusCode::BAD_REQUEST;
    let mut fields = [httparse::EMPTY_HEADER; MOST_FIELDS];
    let mut parsed = httparse::Request::new(&mut fields);
    match parsed.parse(head) {
        Ok(httparse::Status::Complete(_)) => {}
        Err(httparse::Error::TooManyHeaders) => {
            return Err(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
        }
        Err(httparse::Error::Version) => return Err(StatusCode::HTTP_VERSION_NOT_SUPPORTED),
        _ => return Err(bad),
    }
    let mut request = Request::new(());
    *request.method_mut() = method(parsed.method)?;
    *request.uri_mut() = parsed.path.and_then(|path| path.parse::<Uri>().ok()).ok_or(bad)?;
    *request.version_mut() = match parsed.version {
        Some(0) => Version::HTTP_10,
        _ => Version::HTTP_11,
    };
    for field in parsed.headers.iter() {
        let name = HeaderName::from_bytes(field.name.as_bytes()).map_err(|_| bad)?;
        let value = HeaderValue::from_bytes(field.value).map_err(|_| bad)?;
        request.headers_mut().append(name, value);
    }
    // RFC 9112, 3.2.
    let hosts = request.headers().get_all(header::HOST).iter().count();
    if hosts > 1 || (hosts == 0 && request.version() == Version::HTTP_11) {
        return Err(bad);
    }
    Ok(request)
}

fn method(name: Option<&str>) -> Result<Method, StatusCode> {
    let name = name.ok_or(StatusCode::BAD_REQUEST)?;
    Method::from_bytes(name.as_bytes()).map_err(|_| StatusCode::BAD_REQUEST)
}

/// Whether something follows the head, which is not read: behind the response the connection is closed.
#[must_use]
pub fn has_body(request: &Request<()>) -> bool {
    let headers = request.headers();
    let is_empty = |length: &HeaderValue| length.as_bytes() == b"0";
    headers.contains_key(header::TRANSFER_ENCODING)
        || headers.get_all(header::CONTENT_LENGTH).iter().any(|length| !is_empty(length))
        || headers.contains_key(header::UPGRADE)
}

/// Whether another request may follow on the connection.
#[must_use]
pub fn keeps_alive(request: &Request<()>) -> bool {
    let mut options = request
        .headers()
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim);
    request.version() == Version::HTTP_11
        && !has_body(request)
        && !options.any(|option| option.eq_ignore_ascii_case("close"))
}
