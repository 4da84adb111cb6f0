//! What a response says to a browser whose page has another origin (Fetch, 3.2).
#![forbid(unsafe_code)]

use http::{HeaderMap, HeaderValue, Request, header};

/// What clients of a stream use: an `EventSource` asks with GET, others also with a body.
pub const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, POST");

/// Which pages may read.
#[derive(Clone, Debug)]
pub enum Origins {
    /// All.
    Any,
    /// Those of these origins.
    Of(Vec<String>),
    /// Those that the application names when it is asked.
    Asked,
}

/// As options say it.
#[derive(Clone, Debug)]
pub struct Cors {
    /// Which pages may read.
    pub origins: Origins,
    /// Whether cookies and the like may come.
    pub credentials: bool,
    /// Which headers they may send.
    pub headers: HeaderValue,
    /// For how long a browser may remember that, in seconds.
    pub max_age: u64,
}

impl Cors {
    /// Appends what a response says. `asked` is what the application said, where it is asked.
    pub fn write(&self, request: &Request<()>, asked: Option<bool>, headers: &mut HeaderMap) {
        if !matches!(self.origins, Origins::Any) {
            headers.insert(header::VARY, HeaderValue::from_static("Origin"));
        }
        let Some(origin) = request.headers().get(header::ORIGIN) else { return };
        let allowed = match &self.origins {
            Origins::Any => true,
            Origins::Of(known) => known.iter().any(|known| known.as_bytes() == origin.as_bytes()),
            Origins::Asked => asked == Some(true),
        };
        if !allowed {
            return;
        }
        let value = match self.origins {
            Origins::Any => HeaderValue::from_static("*"),
            _ => origin.clone(),
        };
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, value);
        if self.credentials {
            let yes = HeaderValue::from_static("true");
            headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, yes);
        }
        let exposed = HeaderValue::from_static("Retry-After");
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
    }

    /// Makes of that the answer to the question whether a page may ask.
    pub fn preflight(&self, headers: &mut HeaderMap) {
        headers.remove(header::ACCESS_CONTROL_EXPOSE_HEADERS);
        if !headers.contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN) {
            return;
        }
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, self.headers.clone());
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, self.max_age.into());
    }
}
