//! The headers that a stream adds to the caller's.

use http::HeaderMap;
use http::header::{ACCEPT, CACHE_CONTROL, HeaderName, HeaderValue};

use url::Url;

use super::options::Options;
use crate::error::{Error, Kind, Phase};
use crate::pool::Assignment;
use crate::transport::Request;

/// Completes the headers of an attempt (WHATWG HTML 9.2.2 and 9.2.4).
pub fn complete(headers: &mut HeaderMap, options: &Options, last_event_id: &str) {
    if !headers.contains_key(ACCEPT)
        && let Ok(accept) = HeaderValue::try_from(options.accept.join(", "))
    {
        headers.insert(ACCEPT, accept);
    }
    if options.safe() && !headers.contains_key(CACHE_CONTROL) {
        // How Fetch writes its cache mode "no-store".
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    }
    // As UTF-8, and only if there is one. One with control characters cannot stand in a header;
    // such a stream is resumed from its start.
    if !last_event_id.is_empty()
        && let Ok(value) = HeaderValue::from_bytes(last_event_id.as_bytes())
    {
        headers.insert(HeaderName::from_static("last-event-id"), value);
    }
}

/// Sends a request to the endpoint of a pool: its address with the path below it, its headers, and
/// the key.
pub fn address(
    request: &mut Request,
    options: &Options,
    assignment: &Assignment,
) -> Result<(), Error> {
    let endpoint = &assignment.endpoint;
    request.url = below(&endpoint.base_url, &options.path)?;
    endpoint_headers(&mut request.headers, assignment, None)
}

/// The URL of `path` below a base, whose own path and query are kept.
pub fn below(base: &str, path: &str) -> Result<Url, Error> {
    let invalid =
        |_| Error::new(Kind::Request, Phase::Prepare, "the address of an endpoint is no URL");
    let mut url: Url = base.parse().map_err(invalid)?;
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let joined = format!("{}/{}", url.path().trim_end_matches('/'), path.trim_start_matches('/'));
    url.set_path(joined.trim_end_matches('/'));
    let queries = [url.query().unwrap_or_default(), query];
    let query = queries.iter().filter(|query| !query.is_empty()).copied().collect::<Vec<_>>();
    let query = (!query.is_empty()).then(|| query.join("&"));
    url.set_query(query.as_deref());
    Ok(url)
}

/// Adds an endpoint's own headers, and its key in the header that it wants it in: its own, else the
/// usual one, else `Authorization`. What the caller has set stays, but for the key's.
pub fn endpoint_headers(
    headers: &mut HeaderMap,
    assignment: &Assignment,
    usual: Option<&str>,
) -> Result<(), Error> {
    let endpoint = &assignment.endpoint;
    for (name, value) in &endpoint.headers {
        let (name, value) = header(name, value)?;
        if !headers.contains_key(&name) {
            headers.insert(name, value);
        }
    }
    if let Some(key) = &assignment.key {
        // It wins over everything: what becomes of the request is held against this key.
        let (name, value) = match endpoint.key_header.as_deref().or(usual) {
            Some(name) => header(name, &key.secret)?,
            None => header("authorization", &format!("Bearer {}", key.secret))?,
        };
        headers.insert(name, value);
    }
    Ok(())
}

fn header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), Error> {
    let invalid = || Error::new(Kind::Request, Phase::Prepare, "an endpoint has an invalid header");
    let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| invalid())?;
    let mut value = HeaderValue::from_bytes(value.as_bytes()).map_err(|_| invalid())?;
    value.set_sensitive(true);
    Ok((name, value))
}
