//! A pool, as `lib/pool/endpoint-pool.js` holds it.

use std::sync::Arc;

use napi_derive::napi;
use serde::{Deserialize, Serialize};

use super::options::invalid;
use crate::delivery::Mailbox;
use crate::pool::{BreakerRules, COOLDOWN_MAX, Change, Endpoint, Key, Pool, Rules, Share};
use crate::reconnect::millis;
use crate::stream::Endpoints;

/// Endpoints and their keys, shared by many streams.
#[napi]
pub struct NativePool {
    id: u32,
    endpoints: Arc<Endpoints>,
}

#[derive(Deserialize)]
struct Given {
    cooldown: f64,
    breaker: Option<GivenBreaker>,
    endpoints: Vec<Endpoint>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct GivenBreaker {
    window: f64,
    requests: u32,
    failures: f64,
    open_for: f64,
    max_open_for: f64,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Notice {
    Change(Change),
}

impl NativePool {
    /// Reads the JSON that `lib/pool/endpoint-pool.js` makes; changes are told to `mailbox`.
    pub(super) fn new(json: &str, mailbox: Arc<Mailbox>) -> napi::Result<Self> {
        let given: Given = serde_json::from_str(json).map_err(|error| invalid(&error))?;
        let rules = Rules {
            cooldown: millis::from(given.cooldown),
            breaker: given.breaker.map(|breaker| BreakerRules {
                window: millis::from(breaker.window),
                requests: breaker.requests,
                failures: breaker.failures,
                open_for: millis::from(breaker.open_for),
                open_max: millis::from(breaker.max_open_for),
            }),
            cooldown_max: COOLDOWN_MAX,
        };
        let mut pool = Pool::new(rules);
        for endpoint in given.endpoints {
            pool.add(endpoint).map_err(|error| invalid(&error))?;
        }
        let id = mailbox.id();
        let endpoints = Endpoints::new(pool, move |change| {
            // Strings only: serialising cannot fail.
            let json = serde_json::to_string(&Notice::Change(change)).unwrap_or_default();
            mailbox.notify(&json);
        });
        Ok(Self { id, endpoints })
    }

    pub(super) const fn endpoints(&self) -> &Arc<Endpoints> {
        &self.endpoints
    }
}

#[napi]
impl NativePool {
    /// The number under which its changes arrive.
    #[napi(getter)]
    pub fn id(&self) -> u32 {
        self.id
    }

    /// Adds an endpoint; throws if one has its name.
    #[napi(catch_unwind)]
    pub fn add(&self, endpoint: String) -> napi::Result<()> {
        let endpoint: Endpoint =
            serde_json::from_str(&endpoint).map_err(|error| invalid(&error))?;
        self.endpoints.with(|pool, _| pool.add(endpoint)).map_err(|error| invalid(&error))
    }

    /// Changes an endpoint's share of the traffic; whether there is one.
    #[napi(catch_unwind)]
    pub fn update(&self, name: String, share: String) -> napi::Result<bool> {
        let share: Share = serde_json::from_str(&share).map_err(|error| invalid(&error))?;
        Ok(self.endpoints.with(|pool, _| pool.update(&name, &share)))
    }

    /// Removes an endpoint; whether there was one.
    #[napi(catch_unwind)]
    pub fn remove(&self, name: String) -> bool {
        self.endpoints.with(|pool, _| pool.remove(&name))
    }

    /// Adds a key; whether there is such an endpoint, without that key.
    #[napi(catch_unwind)]
    pub fn add_key(&self, name: String, hash: String, secret: String) -> bool {
        self.endpoints.with(|pool, _| pool.add_key(&name, Key { hash, secret }))
    }

    /// Removes a key; whether there was one.
    #[napi(catch_unwind)]
    pub fn remove_key(&self, name: String, hash: String) -> bool {
        self.endpoints.with(|pool, _| pool.remove_key(&name, &hash))
    }

    /// Replaces a key; whether there was one.
    #[napi(catch_unwind)]
    pub fn rotate_key(
        &self,
        name: String,
        hash: String,
        successor: String,
        secret: String,
    ) -> bool {
        self.endpoints
            .with(|pool, _| pool.rotate_key(&name, &hash, Key { hash: successor, secret }))
    }

    /// Makes keys and breakers as new, of one endpoint or of all; whether there was one.
    #[napi(catch_unwind)]
    pub fn revive(&self, name: Option<String>) -> bool {
        self.endpoints.with(|pool, _| pool.revive(name.as_deref()))
    }

    /// The endpoints as they may be shown, in JSON.
    #[napi(catch_unwind)]
    pub fn state(&self) -> String {
        let view = self.endpoints.with(|pool, now| {
            pool.settle(now);
            pool.view(now)
        });
        serde_json::to_string(&view).unwrap_or_default()
    }
}
