//! Where a log is, as `lib/options/log.js` says it.

use serde::Deserialize;

use crate::log::{Bounds, MemoryBounds};
use crate::reconnect::millis;
use crate::redis::{Address, Certificates, Topology};
use crate::serve::{BadAddress, LogOptions, Mismatch, RedisOptions};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GivenLog {
    pub max_events: usize,
    pub max_bytes: usize,
    pub max_age: f64,
    total_bytes: usize,
    redis: Option<GivenRedis>,
    #[serde(default)]
    when_down: GivenWhenDown,
    #[serde(default)]
    bridge: Vec<String>,
}

#[derive(Clone, Deserialize)]
pub struct GivenRedis {
    mode: GivenMode,
    nodes: Vec<String>,
    master: Option<String>,
    username: Option<String>,
    password: Option<String>,
    tls: Option<GivenTls>,
    pub prefix: String,
    connect: f64,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum GivenMode {
    Single,
    Cluster,
    Sentinel,
}

#[derive(Clone, Deserialize)]
struct GivenTls {
    ca: Option<String>,
    cert: Option<String>,
    key: Option<String>,
}

#[derive(Clone, Copy, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum GivenWhenDown {
    #[default]
    Fail,
    Local,
}

impl GivenLog {
    pub fn options(&self) -> LogOptions {
        let channel = Bounds {
            events: self.max_events,
            bytes: self.max_bytes,
            age: millis::from(self.max_age),
        };
        LogOptions {
            bounds: MemoryBounds { channel, total: self.total_bytes },
            redis: self.redis.as_ref().map(|redis| RedisOptions {
                address: redis.address(),
                prefix: redis.prefix.clone(),
                local: self.when_down == GivenWhenDown::Local,
                bridge: self.bridge.clone(),
            }),
        }
    }
}

impl GivenRedis {
    pub fn address(&self) -> Address {
        let topology = match self.mode {
            GivenMode::Single => Topology::Single,
            GivenMode::Cluster => Topology::Cluster,
            GivenMode::Sentinel => Topology::Sentinel {
                master: self.master.clone().unwrap_or_default(),
                username: self.username.clone(),
                password: self.password.clone(),
            },
        };
        let certificates = self
            .tls
            .clone()
            .map(|GivenTls { ca, cert, key }| Certificates { ca, client: cert.zip(key) });
        Address {
            topology,
            nodes: self.nodes.clone(),
            certificates,
            patience: millis::from(self.connect),
        }
    }
}

/// Why there is no such relay, hub or store.
pub fn mismatched(kind: &str, name: &str, mismatch: Mismatch) -> napi::Error {
    napi::Error::from_reason(match mismatch {
        Mismatch::Other => format!(
            "there is a {kind} \"{name}\" with other options in this process; give this one another name, or \
             the same options"
        ),
        Mismatch::Address(address) => return unusable(address),
    })
}

/// Why there is no connection to Redis, and never will be.
pub fn unusable(BadAddress(reason): BadAddress) -> napi::Error {
    napi::Error::from_reason(format!("the address of Redis cannot be used: {reason}"))
}
