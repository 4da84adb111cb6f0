//! Where a redirect leads, and what may be sent there.
//!
//! Fetch 4.4 (HTTP-redirect fetch), made stricter: of the headers only those in [`CROSSING`] go to
//! another origin, and a body never does.
#![forbid(unsafe_code)]

use std::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::header::{
    ACCEPT, ACCEPT_ENCODING, ACCEPT_LANGUAGE, AUTHORIZATION, CACHE_CONTROL, HeaderName,
};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use percent_encoding::percent_decode_str;
use url::Url;

/// What may go to another origin: what a stream sends by itself, so that it resumes there, too, and
/// what says which answer is wanted. A list, because anything else may be a secret.
const CROSSING: [HeaderName; 5] = [
    ACCEPT,
    ACCEPT_ENCODING,
    ACCEPT_LANGUAGE,
    CACHE_CONTROL,
    HeaderName::from_static("last-event-id"),
];

/// One request of a chain.
#[derive(Clone, Debug)]
pub(super) struct Hop {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    pub(super) body: Option<Bytes>,
}

/// Why a redirect is not followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// The response has no `Location`.
    Nowhere,
    /// `Location` is not a URL.
    Unreadable,
    /// The scheme is neither `http` nor `https`.
    Scheme,
    /// From `https` to `http`.
    Downgrade,
    /// The body would go to another origin.
    Body,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nowhere => "the server redirects without saying where to",
            Self::Unreadable => "the server redirects to something that is not a url",
            Self::Scheme => "the server redirects to a url that is neither http nor https",
            Self::Downgrade => "the server redirects from https to http, which is never followed",
            Self::Body => {
                "the server redirects to another origin, where the request body is never sent; \
                 if you trust that origin, use its url"
            }
        })
    }
}

/// Whether a response of this status asks to go elsewhere.
pub(super) fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

impl Hop {
    /// Moves a user name and password from the URL into `Authorization`, unless there is one: so the
    /// URL may be shown, and the header follows the rules of redirects.
    pub(super) fn authorize(&mut self) {
        let (user, password) = (self.url.username(), self.url.password());
        if user.is_empty() && password.is_none() {
            return;
        }
        let mut credentials: Vec<u8> = percent_decode_str(user).collect();
        credentials.push(b':');
        credentials.extend(percent_decode_str(password.unwrap_or_default()));
        let value = format!("Basic {}", BASE64_STANDARD.encode(credentials));
        bare(&mut self.url);
        // Base64 always is a header's value.
        if let Ok(mut value) = HeaderValue::try_from(value) {
            value.set_sensitive(true);
            self.headers.entry(AUTHORIZATION).or_insert(value);
        }
    }

    /// The request that follows on a redirect of this `status`.
    pub(super) fn follow(
        &self,
        status: StatusCode,
        location: Option<&HeaderValue>,
    ) -> Result<Self, Refused> {
        let url = self.target(location.ok_or(Refused::Nowhere)?)?;
        let mut next = Self { url, ..self.clone() };
        if becomes_get(status, &self.method) {
            next.method = Method::GET;
            next.body = None;
            keep(&mut next.headers, |name| !name.as_str().starts_with("content-"));
        }
        if next.url.origin() != self.url.origin() {
            if next.body.is_some() {
                return Err(Refused::Body);
            }
            keep(&mut next.headers, |name| CROSSING.contains(name));
        }
        Ok(next)
    }

    fn target(&self, location: &HeaderValue) -> Result<Url, Refused> {
        let location = str::from_utf8(location.as_bytes()).map_err(|_| Refused::Unreadable)?;
        let mut url = self.url.join(location).map_err(|_| Refused::Unreadable)?;
        match (self.url.scheme(), url.scheme()) {
            ("https", "http") => return Err(Refused::Downgrade),
            (_, "http" | "https") => {}
            _ => return Err(Refused::Scheme),
        }
        // A server does not choose our credentials.
        bare(&mut url);
        Ok(url)
    }
}

/// Takes the credentials out of a URL. Neither call fails on an http url.
fn bare(url: &mut Url) {
    let _ = url.set_username("");
    let _ = url.set_password(None);
}

fn becomes_get(status: StatusCode, method: &Method) -> bool {
    match status.as_u16() {
        301 | 302 => method == Method::POST,
        303 => method != Method::GET && method != Method::HEAD,
        _ => false,
    }
}

fn keep(headers: &mut HeaderMap, wanted: impl Fn(&HeaderName) -> bool) {
    let dropped: Vec<_> = headers.keys().filter(|name| !wanted(name)).cloned().collect();
    for name in dropped {
        headers.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hop(method: Method, url: &str) -> Hop {
        let body = (method == Method::POST).then(|| Bytes::from_static(b"{}"));
        let headers = [
            ("accept", "text/event-stream"),
            ("accept-encoding", "gzip"),
            ("accept-key", "k"),
            ("accept-language", "de"),
            ("authorization", "Bearer t"),
            ("cache-control", "no-cache"),
            ("content-type", "application/json"),
            ("cookie", "a=b"),
            ("last-event-id", "7"),
            ("x-api-key", "k"),
        ];
        let headers = headers
            .map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value)))
            .into_iter()
            .collect();
        Hop { method, url: url.parse().unwrap(), headers, body }
    }

    fn follow(hop: &Hop, status: u16, location: &'static str) -> Result<Hop, Refused> {
        let location = HeaderValue::from_static(location);
        hop.follow(StatusCode::from_u16(status).unwrap(), Some(&location))
    }

    #[test]
    fn credentials_leave_the_url() {
        for (url, expected) in [
            ("http://us%20er:p%40ss@a.test/", "Basic dXMgZXI6cEBzcw=="),
            ("http://user@a.test/", "Basic dXNlcjo="),
            ("http://:pass@a.test/", "Basic OnBhc3M="),
        ] {
            let mut hop = Hop { headers: HeaderMap::new(), ..hop(Method::GET, url) };
            hop.authorize();
            assert_eq!(hop.url.as_str(), "http://a.test/");
            assert_eq!(hop.headers[AUTHORIZATION], expected);
        }
    }

    #[test]
    fn only_five_statuses_redirect() {
        let redirects: Vec<u16> = (100..600)
            .filter(|status| is_redirect(StatusCode::from_u16(*status).unwrap()))
            .collect();
        assert_eq!(redirects, [301, 302, 303, 307, 308]);
    }

    #[test]
    fn methods_and_bodies_within_an_origin() {
        let post = hop(Method::POST, "http://a.test/x");
        for status in [301, 302, 303] {
            let next = follow(&post, status, "/y").unwrap();
            assert_eq!((next.method, next.body), (Method::GET, None));
            assert!(!next.headers.contains_key("content-type"));
            assert_eq!(next.headers["authorization"], "Bearer t");
        }
        for status in [307, 308] {
            let next = follow(&post, status, "/y").unwrap();
            assert_eq!(next.method, Method::POST);
            assert_eq!(next.body.as_deref(), Some(&b"{}"[..]));
            assert_eq!(next.headers, post.headers);
        }
        for status in [301, 302, 303, 307, 308] {
            let head = hop(Method::HEAD, "http://a.test/x");
            assert_eq!(follow(&head, status, "/y").unwrap().method, Method::HEAD);
        }
        let put = hop(Method::PUT, "http://a.test/x");
        assert_eq!(follow(&put, 302, "/y").unwrap().method, Method::PUT);
        assert_eq!(follow(&put, 303, "/y").unwrap().method, Method::GET);
    }

    #[test]
    fn only_a_list_of_headers_crosses_origins() {
        let get = hop(Method::GET, "https://a.test/x");
        for elsewhere in ["https://b.test/", "//b.test/", "https://a.test:8443/"] {
            let next = follow(&get, 302, elsewhere).unwrap();
            let mut names: Vec<_> = next.headers.keys().map(http::HeaderName::as_str).collect();
            names.sort_unstable();
            let list =
                ["accept", "accept-encoding", "accept-language", "cache-control", "last-event-id"];
            assert_eq!(names, list, "{elsewhere}");
        }
        // An upgrade is another origin, too.
        let plain = hop(Method::GET, "http://a.test/x");
        let upgraded = follow(&plain, 301, "https://a.test/x").unwrap().headers;
        assert!(!upgraded.contains_key("cookie"));
        assert_eq!(upgraded["last-event-id"], "7");
        // A default port is not.
        assert!(follow(&get, 301, "https://a.test:443/").unwrap().headers.contains_key("cookie"));
    }

    #[test]
    fn a_body_never_crosses_origins() {
        let post = hop(Method::POST, "http://a.test/x");
        assert_eq!(follow(&post, 307, "http://b.test/").unwrap_err(), Refused::Body);
        assert_eq!(follow(&post, 308, "https://a.test/x").unwrap_err(), Refused::Body);
        assert_eq!(follow(&post, 303, "http://b.test/").unwrap().body, None);
    }

    #[test]
    fn locations() {
        let get = hop(Method::GET, "https://a.test/x/y?q=1");
        let url = |location| follow(&get, 302, location).map(|next| next.url.to_string());
        assert_eq!(url("z").unwrap(), "https://a.test/x/z");
        assert_eq!(url("?r").unwrap(), "https://a.test/x/y?r");
        assert_eq!(url("https://u:p@b.test/").unwrap(), "https://b.test/");
        assert_eq!(url("http://a.test/").unwrap_err(), Refused::Downgrade);
        assert_eq!(url("ftp://a.test/").unwrap_err(), Refused::Scheme);
        assert_eq!(url("data:text/event-stream,x").unwrap_err(), Refused::Scheme);
        assert_eq!(url("https://[").unwrap_err(), Refused::Unreadable);
        assert_eq!(get.follow(StatusCode::FOUND, None).unwrap_err(), Refused::Nowhere);
        let utf8 = HeaderValue::from_bytes("/é".as_bytes()).unwrap();
        let next = get.follow(StatusCode::FOUND, Some(&utf8)).unwrap();
        assert_eq!(next.url.path(), "/%C3%A9");
        let latin1 = HeaderValue::from_bytes(b"/\xe9").unwrap();
        assert_eq!(get.follow(StatusCode::FOUND, Some(&latin1)).unwrap_err(), Refused::Unreadable);
    }
}
