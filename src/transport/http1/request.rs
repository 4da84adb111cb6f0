//! A request, as it goes over the wire.
#![forbid(unsafe_code)]

use bytes::{Buf, Bytes};
use http::header::{CONTENT_LENGTH, HOST, PROXY_AUTHORIZATION};
use http::{HeaderMap, HeaderValue, Method};
use url::{Position, Url};

use super::head::says;

/// A body up to this size, in bytes, goes out together with the head: one packet less.
const TOGETHER: usize = 16 * 1024;

/// A request, as it goes over the wire.
#[derive(Debug)]
pub(in crate::transport) struct Outgoing {
    pub(super) method: Method,
    /// Whether the caller wants to keep the connection.
    pub(super) lasting: bool,
    head: Bytes,
    body: Bytes,
}

impl Outgoing {
    /// The bytes of a request. Its framing is made here; `headers` say nothing about it.
    pub(in crate::transport) fn new(
        method: Method,
        url: &Url,
        headers: &HeaderMap,
        body: Bytes,
    ) -> Self {
        let target = url[Position::BeforePath..Position::AfterQuery].to_owned();
        Self::with_target(method, &target, url, headers, body)
    }

    /// The same for a proxy that passes it on, with what to authorize it by.
    pub(in crate::transport) fn forwarded(
        method: Method,
        url: &Url,
        headers: &HeaderMap,
        body: Bytes,
        authorization: Option<&HeaderValue>,
    ) -> Self {
        let origin = url.origin().ascii_serialization();
        let target = format!("{origin}{}", &url[Position::BeforePath..Position::AfterQuery]);
        let mut headers = headers.clone();
        if let Some(authorization) = authorization {
            headers.insert(PROXY_AUTHORIZATION, authorization.clone());
        }
        Self::with_target(method, &target, url, &headers, body)
    }

    fn with_target(
        method: Method,
        target: &str,
        url: &Url,
        headers: &HeaderMap,
        body: Bytes,
    ) -> Self {
        let mut head = Vec::with_capacity(512);
        for part in [method.as_str(), " ", target, " HTTP/1.1\r\n"] {
            head.extend_from_slice(part.as_bytes());
        }
        if !headers.contains_key(HOST) {
            let host = url[Position::BeforeHost..Position::AfterPort].as_bytes();
            write(&mut head, HOST.as_str(), host);
        }
        for (name, value) in headers {
            write(&mut head, name.as_str(), value.as_bytes());
        }
        // RFC 9110, 8.6: these methods say so when they have no content.
        let says_so = [Method::POST, Method::PUT, Method::PATCH].contains(&method);
        if says_so || !body.is_empty() {
            write(&mut head, CONTENT_LENGTH.as_str(), body.len().to_string().as_bytes());
        }
        head.extend_from_slice(b"\r\n");
        let lasting = !says(headers, b"close");
        if body.len() > TOGETHER {
            return Self { method, lasting, head: head.into(), body };
        }
        head.extend_from_slice(&body);
        Self { method, lasting, head: head.into(), body: Bytes::new() }
    }

    /// What is to be written next; empty once everything is.
    pub(super) fn next(&self) -> &[u8] {
        if self.head.is_empty() { &self.body } else { &self.head }
    }

    /// So many bytes of that were written.
    pub(super) fn advance(&mut self, written: usize) {
        let part = if self.head.is_empty() { &mut self.body } else { &mut self.head };
        part.advance(written);
    }
}

fn write(head: &mut Vec<u8>, name: &str, value: &[u8]) {
    for part in [name.as_bytes(), b": ", value, b"\r\n"] {
        head.extend_from_slice(part);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(mut outgoing: Outgoing) -> String {
        let mut text = Vec::new();
        while !outgoing.next().is_empty() {
            let step = outgoing.next().len().min(7);
            text.extend_from_slice(&outgoing.next()[..step]);
            outgoing.advance(step);
        }
        String::from_utf8(text).unwrap()
    }

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn the_target_is_the_path_or_for_a_proxy_the_url() {
        let url = "http://us:er@[::1]:81/a%20b?q=1#part".parse().unwrap();
        let (get, none) = (Method::GET, Bytes::new());
        let direct = Outgoing::new(get.clone(), &url, &headers(&[("a", "b")]), none.clone());
        assert_eq!(written(direct), "GET /a%20b?q=1 HTTP/1.1\r\nhost: [::1]:81\r\na: b\r\n\r\n");
        let basic = HeaderValue::from_static("Basic eA==");
        let forwarded = Outgoing::forwarded(get, &url, &HeaderMap::new(), none, Some(&basic));
        assert_eq!(
            written(forwarded),
            "GET http://[::1]:81/a%20b?q=1 HTTP/1.1\r\nhost: [::1]:81\r\n\
             proxy-authorization: Basic eA==\r\n\r\n"
        );
    }

    #[test]
    fn the_length_is_told_where_there_is_a_body_or_could_be_one() {
        let url: Url = "http://a.test:80".parse().unwrap();
        for size in [1, TOGETHER, TOGETHER + 1] {
            let body = Bytes::from(vec![b'x'; size]);
            let text = written(Outgoing::new(Method::DELETE, &url, &HeaderMap::new(), body));
            let head =
                format!("DELETE / HTTP/1.1\r\nhost: a.test\r\ncontent-length: {size}\r\n\r\n");
            assert_eq!(text, head + &"x".repeat(size));
        }
        let text = written(Outgoing::new(Method::POST, &url, &HeaderMap::new(), Bytes::new()));
        assert!(text.ends_with("content-length: 0\r\n\r\n"));
    }

    #[test]
    fn a_host_of_the_callers_own_is_sent_instead() {
        let url = "http://127.0.0.1".parse().unwrap();
        let own = headers(&[("host", "a.test"), ("connection", "close")]);
        let outgoing = Outgoing::new(Method::GET, &url, &own, Bytes::new());
        assert!(!outgoing.lasting);
        assert_eq!(written(outgoing).matches("host").count(), 1);
    }
}
