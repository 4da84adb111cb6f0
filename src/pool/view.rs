//! The pool as it may be shown: without secrets.
#![forbid(unsafe_code)]

use std::time::Duration;

use serde::Serialize;

use super::Counters;
use super::member::Member;
use super::slot::Slot;

/// One endpoint as it may be shown. Serializes as JavaScript sees it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EndpointView {
    /// Its name.
    pub name: String,
    /// Where requests go, without user, password and the values of a query.
    pub base_url: String,
    /// Its share of the traffic within its priority.
    pub weight: f64,
    /// A lower one is asked first.
    pub priority: i32,
    /// The share of callers that go here, from 0 to 1.
    pub canary: f64,
    /// `closed`, `open` or `half-open`.
    pub breaker: &'static str,
    /// The milliseconds until an open breaker is half-open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opens_for: Option<u64>,
    /// The milliseconds for which an endpoint that wants no key rests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cools_for: Option<u64>,
    /// How often it was asked.
    #[serde(flatten)]
    pub counters: Counters,
    /// Its keys.
    pub keys: Vec<KeyView>,
}

/// One key as it may be shown. Serializes as JavaScript sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct KeyView {
    /// Its hash.
    pub key: String,
    /// `ok`, `cooling` or `dead`.
    pub state: &'static str,
    /// The milliseconds until a cooling key is ok.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cools_for: Option<u64>,
    /// How often it was asked.
    #[serde(flatten)]
    pub counters: Counters,
}

impl EndpointView {
    pub(super) fn new(member: &Member, now: Duration) -> Self {
        let endpoint = &member.endpoint;
        let keyless = member.slots.iter().find(|slot| slot.key.is_none());
        Self {
            name: endpoint.name.clone(),
            base_url: endpoint.shown_url(),
            weight: endpoint.share(),
            priority: endpoint.priority,
            canary: f64::from(endpoint.canary) / 10_000.0,
            breaker: member.breaker.name(now),
            opens_for: member.breaker.opens_in(now).map(millis),
            cools_for: keyless.and_then(|slot| slot.cools_for(now)).map(millis),
            counters: member.counters,
            keys: member.slots.iter().filter_map(|slot| KeyView::new(slot, now)).collect(),
        }
    }
}

impl KeyView {
    fn new(slot: &Slot, now: Duration) -> Option<Self> {
        Some(Self {
            key: slot.hash()?.to_owned(),
            state: slot.name(now),
            cools_for: slot.cools_for(now).map(millis),
            counters: slot.counters,
        })
    }
}

/// Rounded up: what rests does so for more than 0 ms.
fn millis(left: Duration) -> u64 {
    u64::try_from(left.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX)
}
