//! Options: the JSON of `lib/options/connect.js` to values; milliseconds to durations, once.

use std::fmt::Display;
use std::time::Duration;

use bytes::Bytes;
use http::Method;
use http::header::{HeaderMap, HeaderName, HeaderValue};
use napi::Status;
use serde::Deserialize;
use url::Url;

use crate::delivery::Limits;
use crate::reconnect::{Backoff, Jitter, Policy};
use crate::stream::{Callbacks, Options, Terminal, Timeouts};
use crate::transport::{Proxy, ProxyUrl, Tls};

/// The largest event when the caller disabled the limit: V8 has no longer strings.
const LONGEST_STRING: usize = (1 << 29) - 24;

#[allow(clippy::struct_excessive_bools, reason = "a set of flags, as JavaScript sends it")]
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Given {
    method: String,
    url: Option<String>,
    #[serde(default)]
    path: String,
    affinity: Option<u16>,
    headers: Vec<(String, String)>,
    accept: Vec<String>,
    last_event_id: String,
    retry: Option<GivenRetry>,
    retry_floor: f64,
    retry_ceiling: f64,
    timeouts: GivenTimeouts,
    terminal: Vec<GivenTerminal>,
    callbacks: GivenCallbacks,
    dedupe: bool,
    incomplete: bool,
    max_event_size: Option<usize>,
    mailbox_events: usize,
    mailbox_bytes: usize,
    max_redirects: u32,
    tls: GivenTls,
    /// None leaves it to the environment; empty for none.
    proxy: Option<String>,
    http2: bool,
    strict: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct GivenRetry {
    attempts: Option<u32>,
    base_delay: f64,
    factor: f64,
    max_delay: f64,
    min_delay: f64,
    jitter: GivenJitter,
    elapsed: Option<f64>,
    reset_after: f64,
    recover_after: Option<f64>,
    statuses: Vec<u16>,
    #[serde(rename = "unsafe")]
    unsafe_replay: bool,
}

#[derive(Deserialize)]
struct GivenJitter {
    kind: JitterKind,
    value: f64,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum JitterKind {
    None,
    Full,
    Equal,
    Decorrelated,
    Ratio,
    Add,
    AddRatio,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct GivenTimeouts {
    connect: Option<f64>,
    headers: Option<f64>,
    idle: Option<f64>,
    event: Option<f64>,
    event_ignore: Vec<String>,
    total: Option<f64>,
}

#[derive(Deserialize)]
struct GivenTerminal {
    event: Option<String>,
    data: Option<String>,
}

#[allow(clippy::struct_excessive_bools, reason = "a set of flags, as JavaScript sends it")]
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct GivenCallbacks {
    url: bool,
    headers: bool,
    body: bool,
    should_retry: bool,
    terminal: bool,
}

#[derive(Deserialize)]
struct GivenTls {
    ca: Option<String>,
    cert: Option<String>,
    key: Option<String>,
    insecure: bool,
}

/// Reads the options of a stream. JavaScript has validated them already, with better words.
pub fn parse(json: &str, body: Option<Bytes>) -> napi::Result<Options> {
    let given: Given = serde_json::from_str(json).map_err(|error| invalid(&error))?;
    let tls = Tls {
        ca: given.tls.ca.map(String::into_bytes),
        cert: given.tls.cert.map(String::into_bytes),
        key: given.tls.key.map(String::into_bytes),
        insecure: given.tls.insecure,
    };
    tls.check().map_err(|error| invalid(&error))?;
    let proxy = match given.proxy.as_deref() {
        None => Proxy::Environment,
        Some("") => Proxy::Never,
        Some(url) => Proxy::Through(ProxyUrl::parse(url).map_err(|error| invalid(&error))?),
    };
    let method = Method::from_bytes(given.method.as_bytes()).map_err(|error| invalid(&error))?;
    let safe = method == Method::GET || method == Method::HEAD;
    let base = match (given.strict && method == Method::GET, safe) {
        (true, _) => Policy::event_source(),
        (false, true) => Policy::subscribe(),
        (false, false) => Policy::request(),
    };
    let retry = Policy {
        server_min: millis(given.retry_floor),
        server_max: millis(given.retry_ceiling),
        ..given.retry.map_or_else(Policy::never, |retry| retry.over(base))
    };
    Ok(Options {
        method,
        url: given.url.as_deref().map(parse_url).transpose()?,
        path: given.path,
        endpoints: None,
        affinity: given.affinity,
        headers: header_map(given.headers)?,
        body,
        accept: given.accept,
        strict: given.strict,
        last_event_id: given.last_event_id,
        retry,
        timeouts: given.timeouts.into(),
        terminal: given
            .terminal
            .into_iter()
            .map(|GivenTerminal { event, data }| Terminal { event, data })
            .collect(),
        callbacks: Callbacks {
            url: given.callbacks.url,
            headers: given.callbacks.headers,
            body: given.callbacks.body,
            should_retry: given.callbacks.should_retry,
            terminal: given.callbacks.terminal,
        },
        dedupe: given.dedupe,
        incomplete: given.incomplete,
        max_event_size: Some(given.max_event_size.unwrap_or(LONGEST_STRING).min(LONGEST_STRING)),
        mailbox: Limits { events: given.mailbox_events, bytes: given.mailbox_bytes },
        max_redirects: given.max_redirects,
        tls,
        proxy,
        http2: given.http2,
        impatient: false,
    })
}

impl GivenRetry {
    /// The policy `base` with what was given; what JavaScript has no option for stays.
    fn over(self, base: Policy) -> Policy {
        Policy {
            attempts: self.attempts,
            elapsed: self.elapsed.map(millis),
            reset_after: millis(self.reset_after),
            recover_after: self.recover_after.map(millis),
            statuses: self.statuses.into_iter().collect(),
            unsafe_replay: self.unsafe_replay,
            backoff: Backoff {
                base: millis(self.base_delay),
                factor: self.factor,
                min: millis(self.min_delay),
                max: millis(self.max_delay),
                jitter: match self.jitter.kind {
                    JitterKind::None => Jitter::None,
                    JitterKind::Full => Jitter::Full,
                    JitterKind::Equal => Jitter::Equal,
                    JitterKind::Decorrelated => Jitter::Decorrelated,
                    JitterKind::Ratio => Jitter::Ratio(self.jitter.value),
                    JitterKind::AddRatio => Jitter::AddRatio(self.jitter.value),
                    JitterKind::Add => Jitter::Add(millis(self.jitter.value)),
                },
            },
            ..base
        }
    }
}

impl From<GivenTimeouts> for Timeouts {
    fn from(given: GivenTimeouts) -> Self {
        Self {
            connect: given.connect.map(millis),
            headers: given.headers.map(millis),
            idle: given.idle.map(millis),
            event: given.event.map(millis),
            event_ignore: given.event_ignore,
            total: given.total.map(millis),
        }
    }
}

/// Reads a URL that JavaScript has serialised.
pub fn parse_url(url: &str) -> napi::Result<Url> {
    url.parse().map_err(|error| invalid(&error))
}

/// Header pairs; text that is not ASCII is sent as UTF-8.
pub fn header_map(pairs: Vec<(String, String)>) -> napi::Result<HeaderMap> {
    let mut headers = HeaderMap::with_capacity(pairs.len());
    for (name, value) in pairs {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|error| invalid(&error))?;
        let mut value =
            HeaderValue::from_bytes(value.as_bytes()).map_err(|error| invalid(&error))?;
        value.set_sensitive(true);
        headers.append(name, value);
    }
    Ok(headers)
}

pub fn invalid(error: &dyn Display) -> napi::Error {
    napi::Error::new(Status::InvalidArg, error.to_string())
}

pub fn millis(millis: f64) -> Duration {
    Duration::try_from_secs_f64(millis / 1000.0).unwrap_or(Duration::MAX)
}
