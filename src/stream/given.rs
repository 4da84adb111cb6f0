//! How the parts of a stream's options are read from JSON.

use http::header::{HeaderName, HeaderValue};
use http::{HeaderMap, Method};
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use url::Url;

use crate::delivery::Limits;
use crate::transport::{Proxy, ProxyUrl, Tls};

pub(super) fn method<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Method, D::Error> {
    let name = String::deserialize(deserializer)?;
    Method::from_bytes(name.as_bytes()).map_err(D::Error::custom)
}

pub(super) fn url<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Url>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    text.map(|text| text.parse()).transpose().map_err(D::Error::custom)
}

pub(super) fn headers<'de, D: Deserializer<'de>>(deserializer: D) -> Result<HeaderMap, D::Error> {
    header_map(Vec::deserialize(deserializer)?).map_err(D::Error::custom)
}

/// Header pairs; text that is not ASCII is sent as UTF-8.
///
/// # Errors
///
/// If a name or a value is none.
pub fn header_map(pairs: Vec<(String, String)>) -> Result<HeaderMap, http::Error> {
    let mut headers = HeaderMap::with_capacity(pairs.len());
    for (name, value) in pairs {
        let mut value = HeaderValue::from_bytes(value.as_bytes())?;
        value.set_sensitive(true);
        headers.append(HeaderName::from_bytes(name.as_bytes())?, value);
    }
    Ok(headers)
}

pub(super) fn limits<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Limits, D::Error> {
    #[derive(Deserialize)]
    struct Given {
        events: usize,
        bytes: usize,
    }

    let Given { events, bytes } = Given::deserialize(deserializer)?;
    Ok(Limits { events, bytes })
}

pub(super) fn tls<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Tls, D::Error> {
    #[derive(Deserialize)]
    struct GivenTls {
        ca: Option<String>,
        cert: Option<String>,
        key: Option<String>,
        insecure: bool,
    }

    let GivenTls { ca, cert, key, insecure } = GivenTls::deserialize(deserializer)?;
    let [ca, cert, key] = [ca, cert, key].map(|pem| pem.map(String::into_bytes));
    Ok(Tls { ca, cert, key, insecure })
}

/// Null leaves it to the environment; the empty string is for none.
pub(super) fn proxy<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Proxy, D::Error> {
    Ok(match Option::<String>::deserialize(deserializer)?.as_deref() {
        None => Proxy::Environment,
        Some("") => Proxy::Never,
        Some(url) => Proxy::Through(ProxyUrl::parse(url).map_err(D::Error::custom)?),
    })
}
