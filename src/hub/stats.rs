//! What a hub has been through.
#![forbid(unsafe_code)]

use serde::Serialize;

use super::client::Stage;
use super::hub::Hub;
use super::step::Reason;
use super::{EVERYONE, USER};

/// Counted since the hub began.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counters {
    pub published: u64,
    pub deliveries: u64,
    pub bytes: u64,
    pub heartbeats: u64,
    pub gaps: u64,
    pub lagged: u64,
    pub refused: u64,
    pub left: u64,
    ended: [u64; 7],
}

impl Counters {
    pub const fn delivered(&mut self, bytes: usize, times: usize) {
        self.deliveries += times as u64;
        self.bytes += bytes as u64 * times as u64;
    }

    pub fn end(&mut self, reason: Reason) {
        self.ended[reason as usize] += 1;
    }
}

/// What a hub has been through, and what it has now.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HubStats {
    clients: usize,
    users: usize,
    channels: usize,
    stalled: usize,
    behind: usize,
    published: u64,
    deliveries: u64,
    bytes: u64,
    heartbeats: u64,
    gaps: u64,
    lagged: u64,
    refused: u64,
    closed: ClosedStats,
}

/// Clients that are gone, by why.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClosedStats {
    disconnect: u64,
    lag: u64,
    expired: u64,
    age: u64,
    timeout: u64,
    revoked: u64,
    shutdown: u64,
    left: u64,
}

impl Hub {
    /// What it has been through, and what it has now.
    #[must_use]
    pub fn stats(&self) -> HubStats {
        let (mut stalled, mut behind) = (0, 0);
        for client in self.clients.values() {
            match client.stage {
                Stage::Live => {}
                Stage::Behind(_) if client.stalled().is_some() => stalled += 1,
                Stage::Behind(_) => behind += 1,
            }
        }
        let named = |name: &&std::sync::Arc<str>| ***name != *EVERYONE && !name.starts_with(USER);
        let counters = &self.counters;
        let [disconnect, lag, expired, age, timeout, revoked, shutdown] = counters.ended;
        HubStats {
            clients: self.clients.len(),
            users: self.users.len(),
            channels: self.channels.names().filter(named).count(),
            stalled,
            behind,
            published: counters.published,
            deliveries: counters.deliveries,
            bytes: counters.bytes,
            heartbeats: counters.heartbeats,
            gaps: counters.gaps,
            lagged: counters.lagged,
            refused: counters.refused,
            closed: ClosedStats {
                disconnect,
                lag,
                expired,
                age,
                timeout,
                revoked,
                shutdown,
                left: counters.left,
            },
        }
    }
}
