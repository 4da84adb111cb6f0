//! HTTP/2 connections: how many streams share one, and when another is made.
//!
//! reqwest keeps one HTTP/2 connection a host and puts every stream on it. Here each connection is a
//! *lane*, a client of its own, and a stream leases a place on the first lane that has room.
#![forbid(unsafe_code)]

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::sync::OwnedMutexGuard;

use super::proxy::ProxyUrl;
use super::request::Tls;
use crate::error::Error;

/// The most streams on one connection. Servers allow 100 or more (RFC 9113, 6.5.2); fewer keep what
/// one lost connection takes with it, and the memory of paused streams, small.
pub(super) const STREAMS: usize = 64;

/// How long a lane without streams keeps its connection.
const IDLE: Duration = Duration::from_secs(4);

/// How long a server that chose HTTP/1.1 is not asked again.
const HTTP1: Duration = Duration::from_secs(600);

/// What the streams of a lane have in common.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Peer {
    pub(super) origin: String,
    /// None without TLS.
    pub(super) tls: Option<Tls>,
    pub(super) proxy: Option<ProxyUrl>,
}

/// All lanes of a transport.
#[derive(Default)]
pub(super) struct Lanes {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    lanes: HashMap<Peer, Vec<Lane>>,
    /// Servers without HTTP/2, and when they said so.
    http1: HashMap<Peer, Instant>,
    next: u64,
}

struct Lane {
    number: u64,
    client: reqwest::Client,
    /// Held while a request waits for the connection: the first makes it, the others use it.
    turn: Arc<tokio::sync::Mutex<()>>,
    live: usize,
    /// How many of them have been answered.
    answered: usize,
    /// How many the server takes, as far as we learned.
    limit: usize,
    /// Counts leases, to know whether there was one since.
    leases: u64,
}

impl Lanes {
    /// A place on a lane to `peer`, on a new one from `make` if all are full. None for a server
    /// that speaks HTTP/1.1.
    pub(super) fn lease(
        self: &Arc<Self>,
        peer: &Peer,
        make: impl FnOnce() -> Result<reqwest::Client, Error>,
    ) -> Result<Option<(reqwest::Client, Lease)>, Error> {
        let mut state = self.lock();
        if state.http1.get(peer).is_some_and(|since| since.elapsed() < HTTP1) {
            return Ok(None);
        }
        let lane = match state.free(peer) {
            Some(lane) => lane,
            None => state.add(peer, make()?),
        };
        lane.live += 1;
        lane.leases += 1;
        let lease = Lease {
            lanes: Arc::clone(self),
            peer: peer.clone(),
            number: lane.number,
            turn: Arc::clone(&lane.turn),
            answered: false,
            runtime: Handle::current(),
        };
        Ok(Some((lane.client.clone(), lease)))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Closes a lane unless it was leased since.
    fn close(&self, peer: &Peer, number: u64, leases: u64) {
        let mut state = self.lock();
        if let Some(lanes) = state.lanes.get_mut(peer) {
            lanes.retain(|lane| lane.number != number || lane.leases != leases);
            if lanes.is_empty() {
                state.lanes.remove(peer);
            }
        }
    }
}

impl State {
    fn free(&mut self, peer: &Peer) -> Option<&mut Lane> {
        self.lanes.get_mut(peer)?.iter_mut().find(|lane| lane.live < lane.limit)
    }

    fn add(&mut self, peer: &Peer, client: reqwest::Client) -> &mut Lane {
        self.next += 1;
        let lanes = self.lanes.entry(peer.clone()).or_default();
        lanes.push(Lane::new(self.next, client));
        let last = lanes.len() - 1;
        &mut lanes[last]
    }
}

impl Lane {
    fn new(number: u64, client: reqwest::Client) -> Self {
        Self {
            number,
            client,
            turn: Arc::default(),
            live: 0,
            answered: 0,
            limit: STREAMS,
            leases: 0,
        }
    }
}

/// A place on a connection; dropping it makes room.
pub(super) struct Lease {
    lanes: Arc<Lanes>,
    peer: Peer,
    number: u64,
    turn: Arc<tokio::sync::Mutex<()>>,
    answered: bool,
    runtime: Handle,
}

impl Lease {
    /// Waits until no other request is waiting for the connection.
    pub(super) fn turn(&self) -> impl Future<Output = OwnedMutexGuard<()>> + Send + use<> {
        Arc::clone(&self.turn).lock_owned()
    }

    /// The server answered, in this version of HTTP.
    pub(super) fn answer(&mut self, version: http::Version) {
        let mut state = self.lanes.lock();
        if version == http::Version::HTTP_2 {
            self.answered = true;
            self.with(&mut state, |lane| lane.answered += 1);
        } else {
            state.http1.retain(|_, since| since.elapsed() < HTTP1);
            state.http1.insert(self.peer.clone(), Instant::now());
        }
    }

    /// The server did not take the request, or not in time, while it was serving others here: it
    /// may allow fewer streams than we do, which reqwest does not tell.
    pub(super) fn crowded(&self) {
        let mut state = self.lanes.lock();
        self.with(&mut state, |lane| {
            if lane.answered > 0 {
                lane.limit = lane.answered;
            }
        });
    }

    fn with<R>(&self, state: &mut State, act: impl FnOnce(&mut Lane) -> R) -> Option<R> {
        let lanes = state.lanes.get_mut(&self.peer)?;
        lanes.iter_mut().find(|lane| lane.number == self.number).map(act)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let mut state = self.lanes.lock();
        let idle = self.with(&mut state, |lane| {
            lane.live -= 1;
            lane.answered -= usize::from(self.answered);
            (lane.live == 0).then_some(lane.leases)
        });
        if let Some(Some(leases)) = idle {
            let (lanes, peer, number) = (Arc::clone(&self.lanes), self.peer.clone(), self.number);
            self.runtime.spawn(async move {
                tokio::time::sleep(IDLE).await;
                lanes.close(&peer, number, leases);
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(origin: &str) -> Peer {
        Peer { origin: origin.to_owned(), tls: None, proxy: None }
    }

    fn lease(lanes: &Arc<Lanes>, origin: &str) -> Option<Lease> {
        let make = || {
            let provider = Arc::new(rustls::crypto::ring::default_provider());
            let config = rustls::ClientConfig::builder_with_provider(provider)
                .with_safe_default_protocol_versions()
                .unwrap()
                .with_root_certificates(rustls::RootCertStore::empty())
                .with_no_client_auth();
            Ok(reqwest::Client::builder().tls_backend_preconfigured(config).build().unwrap())
        };
        lanes.lease(&peer(origin), make).unwrap().map(|(_, lease)| lease)
    }

    fn live(lanes: &Lanes, origin: &str) -> Vec<usize> {
        let state = lanes.lock();
        state.lanes.get(&peer(origin)).into_iter().flatten().map(|lane| lane.live).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_lane_with_room_is_taken_and_an_unused_one_closed() {
        let lanes = Arc::<Lanes>::default();
        let mut leases: Vec<_> = (0..=2 * STREAMS).map(|_| lease(&lanes, "a")).collect();
        let other = lease(&lanes, "b");
        assert_eq!(live(&lanes, "a"), [STREAMS, STREAMS, 1]);
        assert_eq!(live(&lanes, "b"), [1]);
        leases.remove(3);
        leases.pop();
        assert_eq!(live(&lanes, "a"), [STREAMS - 1, STREAMS, 0]);
        leases.push(lease(&lanes, "a"));
        assert_eq!(live(&lanes, "a"), [STREAMS, STREAMS, 0]);
        tokio::time::sleep(IDLE / 2).await;
        assert_eq!(live(&lanes, "a").len(), 3);
        tokio::time::sleep(IDLE).await;
        assert_eq!(live(&lanes, "a"), [STREAMS, STREAMS]);
        drop((leases, other));
        tokio::time::sleep(2 * IDLE).await;
        assert!(lanes.lock().lanes.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_lane_that_is_used_again_in_time_stays() {
        let lanes = Arc::<Lanes>::default();
        for _ in 0..5 {
            drop(lease(&lanes, "a"));
            tokio::time::sleep(IDLE / 2).await;
        }
        assert_eq!(lanes.lock().next, 1);
    }

    #[tokio::test]
    async fn a_server_that_takes_fewer_streams_is_believed() {
        let lanes = Arc::<Lanes>::default();
        let mut leases: Vec<_> = (0..10).filter_map(|_| lease(&lanes, "a")).collect();
        leases[9].crowded();
        assert!(lease(&lanes, "a").is_some_and(|lease| lease.number == 1));
        leases[..4].iter_mut().for_each(|lease| lease.answer(http::Version::HTTP_2));
        leases[9].crowded();
        leases.truncate(4);
        assert!(lease(&lanes, "a").is_some_and(|lease| lease.number == 2));
        leases.truncate(3);
        assert!(lease(&lanes, "a").is_some_and(|lease| lease.number == 1));
    }

    #[tokio::test]
    async fn a_server_without_http2_gets_no_lane() {
        let lanes = Arc::<Lanes>::default();
        lease(&lanes, "a").unwrap().answer(http::Version::HTTP_11);
        assert!(lease(&lanes, "a").is_none());
        assert!(lease(&lanes, "b").is_some());
    }
}
