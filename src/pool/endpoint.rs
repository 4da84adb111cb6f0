//! What a caller declares of one endpoint.
#![forbid(unsafe_code)]

use std::fmt;

use serde::Deserialize;

use super::{Key, Prefill};

/// The greatest weight; greater ones count as this, so that a sum of weights stays a number.
const HEAVIEST: f64 = 1e100;

/// What a caller declares of one endpoint. Its `Debug` holds no secret.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Endpoint {
    /// Its name, unique in a pool.
    pub name: String,
    /// The URL below which requests go.
    pub base_url: String,
    /// Its share of the traffic within its priority. Below 0, or not a number, it counts as 0: asked
    /// where nothing else of its priority can be.
    pub weight: f64,
    /// A lower one is asked first, the next when none of it can be asked.
    pub priority: i32,
    /// Of ten thousand callers, this many go here. Above 0 the endpoint gets no other traffic.
    pub canary: u16,
    /// Further headers of each request.
    pub headers: Vec<(String, String)>,
    /// The header that carries the key as it is. `None`: as the kind of request has it.
    pub key_header: Option<String>,
    /// Whether and how it continues a begun answer.
    pub prefill: Option<Prefill>,
    /// Whether its `[DONE]` proves that an answer is complete, without a reason for the end.
    pub done_proves: bool,
    /// Its keys; empty for an endpoint that wants none. Always empty in a [`Assignment`](super::Assignment)
    /// and in the question whether it fits: there the pool has them.
    pub keys: Vec<Key>,
}

/// How much traffic an endpoint is to get; what is `None` stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Share {
    /// As [`Endpoint::weight`].
    pub weight: Option<f64>,
    /// As [`Endpoint::canary`].
    pub canary: Option<u16>,
}

impl Endpoint {
    /// The weight as a number to calculate with.
    pub(super) fn share(&self) -> f64 {
        if self.weight > 0.0 { self.weight.min(HEAVIEST) } else { 0.0 }
    }

    /// The base URL without what may be secret: user, password, fragment, values of the query.
    pub(super) fn shown_url(&self) -> String {
        let url = self.base_url.split('#').next().unwrap_or_default();
        let (path, query) = url.split_once('?').map_or((url, ""), |(path, query)| (path, query));
        let (scheme, rest) = path.split_once("://").unwrap_or(("", path));
        let host = rest.find(['/', '\\']).unwrap_or(rest.len());
        let rest = rest[..host].rfind('@').map_or(rest, |at| &rest[at + 1..]);

        let mut shown = String::with_capacity(url.len());
        if !scheme.is_empty() {
            shown.extend([scheme, "://"]);
        }
        shown.push_str(rest);
        let mut separator = '?';
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            shown.push(std::mem::replace(&mut separator, '&'));
            // What has no name may be a secret as a whole.
            if let Some((name, _)) = pair.split_once('=') {
                shown.extend([name, "="]);
            }
            shown.push_str("***");
        }
        shown
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        formatter
            .debug_struct("Endpoint")
            .field("name", &self.name)
            .field("base_url", &self.shown_url())
            .field("weight", &self.weight)
            .field("priority", &self.priority)
            .field("canary", &self.canary)
            .field("headers", &headers)
            .field("key_header", &self.key_header)
            .field("prefill", &self.prefill)
            .field("done_proves", &self.done_proves)
            .field("keys", &self.keys)
            .finish()
    }
}
