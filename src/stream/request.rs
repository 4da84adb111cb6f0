//! The headers that a stream adds to the caller's.

use http::HeaderMap;
use http::header::{ACCEPT, CACHE_CONTROL, HeaderName, HeaderValue};

use super::options::Options;

/// Completes the headers of an attempt (WHATWG HTML 9.2.2 and 9.2.4).
pub fn complete(headers: &mut HeaderMap, options: &Options, last_event_id: &str) {
    if !headers.contains_key(ACCEPT)
        && let Ok(accept) = HeaderValue::try_from(options.accept.join(", "))
    {
        headers.insert(ACCEPT, accept);
    }
    if options.safe() && !headers.contains_key(CACHE_CONTROL) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    // As UTF-8, and only if there is one. One with control characters cannot stand in a header;
    // such a stream is resumed from its start.
    if !last_event_id.is_empty()
        && let Ok(value) = HeaderValue::from_bytes(last_event_id.as_bytes())
    {
        headers.insert(HeaderName::from_static("last-event-id"), value);
    }
}
