//! HTTP/2 connections: how many streams share one, and when another is made.
//!
//! Each connection is a *lane*, and a stream leases a place on the first lane that has room.
#![forbid(unsafe_code)]

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use hyper::client::conn::http2::{Builder, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::runtime::Handle;

use super::connect::{Configs, Connector, PROBE_AFTER, Peer, Socket};
use super::upload::Upload;
use super::ways::Negotiated;
use crate::error::Source;

/// The most streams on one connection. Servers allow 100 or more (RFC 9113, 6.5.2); fewer keep what
/// one lost connection takes with it, and the memory of paused streams, small.
pub(super) const STREAMS: usize = 64;

/// How long a lane without streams keeps its connection.
const IDLE: Duration = Duration::from_secs(4);

/// How long a server that chose HTTP/1.1 is not asked again.
const HTTP1: Duration = Duration::from_secs(600);

/// What a stream that is not read may have on its way: at 100 ms of latency enough for 2.5 MB/s,
/// more than any event stream, and little enough that 64 of them are no burden.
const STREAM_WINDOW: u32 = 256 * 1024;

/// All streams that a connection may carry can be paused, full, and one more still flows.
#[allow(clippy::cast_possible_truncation, reason = "65")]
const CONNECTION_WINDOW: u32 = (STREAMS as u32 + 1) * STREAM_WINDOW;

/// How long a ping may take, sent after [`PROBE_AFTER`] without a byte while a stream is open.
const PING_TIMEOUT: Duration = Duration::from_secs(20);

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

/// The connection of a lane, once it is made. Locked meanwhile: the first makes it, the others use it.
type Slot = Arc<tokio::sync::Mutex<Option<SendRequest<Upload>>>>;

struct Lane {
    number: u64,
    slot: Slot,
    live: usize,
    /// How many of them have been answered.
    answered: usize,
    /// How many the server takes, as far as we learned.
    limit: usize,
    /// Counts leases, to know whether there was one since.
    leases: u64,
}

impl Lanes {
    /// A place on a lane to `peer`, on a new one if all are full. None for a server that speaks
    /// HTTP/1.1.
    pub(super) fn lease(self: &Arc<Self>, peer: &Peer) -> Option<Lease> {
        let mut state = self.lock();
        if state.speaks_http1(peer) {
            return None;
        }
        let lane = state.free(peer);
        lane.live += 1;
        lane.leases += 1;
        Some(Lease {
            lanes: Arc::clone(self),
            peer: peer.clone(),
            number: lane.number,
            slot: Arc::clone(&lane.slot),
            answered: false,
            runtime: Handle::current(),
        })
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
    fn speaks_http1(&self, peer: &Peer) -> bool {
        self.http1.get(peer).is_some_and(|since| since.elapsed() < HTTP1)
    }

    fn free(&mut self, peer: &Peer) -> &mut Lane {
        let lanes = self.lanes.entry(peer.clone()).or_default();
        let free = lanes.iter().position(|lane| lane.live < lane.limit).unwrap_or_else(|| {
            self.next += 1;
            lanes.push(Lane::new(self.next));
            lanes.len() - 1
        });
        &mut lanes[free]
    }
}

impl Lane {
    fn new(number: u64) -> Self {
        Self { number, slot: Arc::default(), live: 0, answered: 0, limit: STREAMS, leases: 0 }
    }
}

/// A place on a connection; dropping it makes room.
pub(super) struct Lease {
    lanes: Arc<Lanes>,
    peer: Peer,
    number: u64,
    slot: Slot,
    answered: bool,
    runtime: Handle,
}

impl Lease {
    /// The connection, made if it has to be.
    pub(super) async fn sender(
        &self,
        connector: &Connector,
        peer: &Peer,
        configs: &Configs,
    ) -> Result<Negotiated, Source> {
        let mut slot = self.slot.lock().await;
        if let Some(sender) = slot.as_ref().filter(|sender| !sender.is_closed()) {
            return Ok(Negotiated::Http2(sender.clone()));
        }
        if self.lanes.lock().speaks_http1(peer) {
            return Ok(Negotiated::Http1(None));
        }
        let made = Box::pin(connector.connect(peer, configs.clone())).await?;
        // Nothing but TLS can negotiate.
        if peer.is_secure() && !made.http2 {
            let mut state = self.lanes.lock();
            state.http1.retain(|_, since| since.elapsed() < HTTP1);
            state.http1.insert(peer.clone(), Instant::now());
            return Ok(Negotiated::Http1(Some(made.socket)));
        }
        Ok(Negotiated::Http2(slot.insert(handshake(made.socket).await?).clone()))
    }

    /// The server answered.
    pub(super) fn answered(&mut self) {
        let mut state = self.lanes.lock();
        self.answered = true;
        self.with(&mut state, |lane| lane.answered += 1);
    }

    /// The server did not take the request, or not in time, while it was serving others here: it
    /// may allow fewer streams than we do, which hyper does not tell.
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

async fn handshake(socket: Socket) -> hyper::Result<SendRequest<Upload>> {
    let (sender, connection) = Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .keep_alive_interval(PROBE_AFTER)
        .keep_alive_timeout(PING_TIMEOUT)
        .handshake(TokioIo::new(socket))
        .await?;
    // Its streams tell how it ended.
    tokio::spawn(connection);
    Ok(sender)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(origin: &str) -> Peer {
        Peer { origin: origin.to_owned(), tls: None, proxy: None }
    }

    fn lease(lanes: &Arc<Lanes>, origin: &str) -> Option<Lease> {
        lanes.lease(&peer(origin))
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
        leases[..4].iter_mut().for_each(Lease::answered);
        leases[9].crowded();
        leases.truncate(4);
        assert!(lease(&lanes, "a").is_some_and(|lease| lease.number == 2));
        leases.truncate(3);
        assert!(lease(&lanes, "a").is_some_and(|lease| lease.number == 1));
    }
}
