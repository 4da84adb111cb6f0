//! HTTP/2 connections: how many streams share one, and when another is made.
//!
//! A stream reserves a place on the first connection that has room.
#![forbid(unsafe_code)]

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use hyper::client::conn::http2::{Builder, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::runtime::Handle;

use super::connect::{Configs, Connector, PROBE_AFTER, Peer, Socket};
use super::routes::Negotiated;
use super::upload::Upload;
use crate::error::Source;

/// The most streams on one connection. Servers allow 100 or more (RFC 9113, 6.5.2); fewer keep what
/// one lost connection takes with it, and the memory of paused streams, small.
pub(super) const STREAMS: usize = 64;

/// How long a connection without streams is kept.
const IDLE: Duration = Duration::from_secs(4);

/// How long a server that chose HTTP/1.1 is not asked again.
const HTTP1: Duration = Duration::from_secs(600);

/// What a stream that is not read may have on its route: at 100 ms of latency enough for 2.5 MB/s,
/// more than any event stream, and little enough that 64 of them are no burden.
const STREAM_WINDOW: u32 = 256 * 1024;

/// All streams that a connection may carry can be paused, full, and one more still flows.
#[allow(clippy::cast_possible_truncation, reason = "65")]
const CONNECTION_WINDOW: u32 = (STREAMS as u32 + 1) * STREAM_WINDOW;

/// How long a ping may take, sent after [`PROBE_AFTER`] without a byte while a stream is open.
const PING_TIMEOUT: Duration = Duration::from_secs(20);

/// All HTTP/2 connections of a transport.
#[derive(Default)]
pub(super) struct Http2Pool {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    connections: HashMap<Peer, Vec<Http2Connection>>,
    /// Servers without HTTP/2, and when they said so.
    http1: HashMap<Peer, Instant>,
    next: u64,
}

/// The connection, once it is made. Locked meanwhile: the first stream makes it, the others use it.
type Slot = Arc<tokio::sync::Mutex<Option<SendRequest<Upload>>>>;

struct Http2Connection {
    number: u64,
    slot: Slot,
    live: usize,
    /// How many of them have been answered.
    answered: usize,
    /// How many the server takes, as far as we learned.
    limit: usize,
    /// Counts reservations, to know whether there was one since.
    reservations: u64,
}

impl Http2Pool {
    /// A place on a connection to `peer`, on a new one if all are full. None for a server that speaks
    /// HTTP/1.1.
    pub(super) fn reserve(self: &Arc<Self>, peer: &Peer) -> Option<Reservation> {
        let mut state = self.lock();
        if state.speaks_http1(peer) {
            return None;
        }
        let connection = state.free(peer);
        connection.live += 1;
        connection.reservations += 1;
        Some(Reservation {
            pool: Arc::clone(self),
            peer: peer.clone(),
            number: connection.number,
            slot: Arc::clone(&connection.slot),
            answered: false,
            runtime: Handle::current(),
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Closes a connection unless it was reserved since.
    fn close(&self, peer: &Peer, number: u64, reservations: u64) {
        let mut state = self.lock();
        if let Some(connections) = state.connections.get_mut(peer) {
            connections.retain(|connection| {
                connection.number != number || connection.reservations != reservations
            });
            if connections.is_empty() {
                state.connections.remove(peer);
            }
        }
    }
}

impl State {
    fn speaks_http1(&self, peer: &Peer) -> bool {
        self.http1.get(peer).is_some_and(|since| since.elapsed() < HTTP1)
    }

    fn free(&mut self, peer: &Peer) -> &mut Http2Connection {
        let connections = self.connections.entry(peer.clone()).or_default();
        let free = connections
            .iter()
            .position(|connection| connection.live < connection.limit)
            .unwrap_or_else(|| {
                self.next += 1;
                connections.push(Http2Connection::new(self.next));
                connections.len() - 1
            });
        &mut connections[free]
    }
}

impl Http2Connection {
    fn new(number: u64) -> Self {
        Self { number, slot: Arc::default(), live: 0, answered: 0, limit: STREAMS, reservations: 0 }
    }
}

/// A place on a connection; dropping it makes room.
pub(super) struct Reservation {
    pool: Arc<Http2Pool>,
    peer: Peer,
    number: u64,
    slot: Slot,
    answered: bool,
    runtime: Handle,
}

impl Reservation {
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
        if self.pool.lock().speaks_http1(peer) {
            return Ok(Negotiated::Http1(None));
        }
        let made = Box::pin(connector.connect(peer, configs.clone())).await?;
        // Nothing but TLS can negotiate.
        if peer.is_secure() && !made.http2 {
            let mut state = self.pool.lock();
            state.http1.retain(|_, since| since.elapsed() < HTTP1);
            state.http1.insert(peer.clone(), Instant::now());
            return Ok(Negotiated::Http1(Some(made.socket)));
        }
        Ok(Negotiated::Http2(slot.insert(handshake(made.socket).await?).clone()))
    }

    /// The server answered.
    pub(super) fn answered(&mut self) {
        let mut state = self.pool.lock();
        self.answered = true;
        self.with(&mut state, |connection| connection.answered += 1);
    }

    /// The server did not take the request, or not in time, while it was serving others here: it
    /// may allow fewer streams than we do, which hyper does not tell.
    pub(super) fn crowded(&self) {
        let mut state = self.pool.lock();
        self.with(&mut state, |connection| {
            if connection.answered > 0 {
                connection.limit = connection.answered;
            }
        });
    }

    fn with<R>(&self, state: &mut State, act: impl FnOnce(&mut Http2Connection) -> R) -> Option<R> {
        let connections = state.connections.get_mut(&self.peer)?;
        connections.iter_mut().find(|connection| connection.number == self.number).map(act)
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        let mut state = self.pool.lock();
        let idle = self.with(&mut state, |connection| {
            connection.live -= 1;
            connection.answered -= usize::from(self.answered);
            (connection.live == 0).then_some(connection.reservations)
        });
        if let Some(Some(reservations)) = idle {
            let (pool, peer, number) = (Arc::clone(&self.pool), self.peer.clone(), self.number);
            self.runtime.spawn(async move {
                tokio::time::sleep(IDLE).await;
                pool.close(&peer, number, reservations);
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

    fn reserve(pool: &Arc<Http2Pool>, origin: &str) -> Option<Reservation> {
        pool.reserve(&peer(origin))
    }

    fn live(pool: &Http2Pool, origin: &str) -> Vec<usize> {
        let state = pool.lock();
        state
            .connections
            .get(&peer(origin))
            .into_iter()
            .flatten()
            .map(|connection| connection.live)
            .collect()
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_lane_with_room_is_taken_and_an_unused_one_closed() {
        let pool = Arc::<Http2Pool>::default();
        let mut reservations: Vec<_> = (0..=2 * STREAMS).map(|_| reserve(&pool, "a")).collect();
        let other = reserve(&pool, "b");
        assert_eq!(live(&pool, "a"), [STREAMS, STREAMS, 1]);
        assert_eq!(live(&pool, "b"), [1]);
        reservations.remove(3);
        reservations.pop();
        assert_eq!(live(&pool, "a"), [STREAMS - 1, STREAMS, 0]);
        reservations.push(reserve(&pool, "a"));
        assert_eq!(live(&pool, "a"), [STREAMS, STREAMS, 0]);
        tokio::time::sleep(IDLE / 2).await;
        assert_eq!(live(&pool, "a").len(), 3);
        tokio::time::sleep(IDLE).await;
        assert_eq!(live(&pool, "a"), [STREAMS, STREAMS]);
        drop((reservations, other));
        tokio::time::sleep(2 * IDLE).await;
        assert!(pool.lock().connections.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_lane_that_is_used_again_in_time_stays() {
        let pool = Arc::<Http2Pool>::default();
        for _ in 0..5 {
            drop(reserve(&pool, "a"));
            tokio::time::sleep(IDLE / 2).await;
        }
        assert_eq!(pool.lock().next, 1);
    }

    #[tokio::test]
    async fn a_server_that_takes_fewer_streams_is_believed() {
        let pool = Arc::<Http2Pool>::default();
        let mut reservations: Vec<_> = (0..10).filter_map(|_| reserve(&pool, "a")).collect();
        reservations[9].crowded();
        assert!(reserve(&pool, "a").is_some_and(|reservation| reservation.number == 1));
        reservations[..4].iter_mut().for_each(Reservation::answered);
        reservations[9].crowded();
        reservations.truncate(4);
        assert!(reserve(&pool, "a").is_some_and(|reservation| reservation.number == 2));
        reservations.truncate(3);
        assert!(reserve(&pool, "a").is_some_and(|reservation| reservation.number == 1));
    }
}
