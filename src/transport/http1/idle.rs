//! Connections that wait for another request.
#![forbid(unsafe_code)]

use std::collections::HashMap;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, timeout_at};

use super::connection::Connection;
use crate::transport::connect::Peer;

/// How long an unused connection is kept. Node's servers close theirs after 5 s; staying below
/// makes it rare that a request is written just as its server hangs up. TLS sessions are resumed,
/// so a connection made later is cheap.
const KEPT: Duration = Duration::from_secs(4);

/// The same for requests that must not be repeated, for which that moment is an error to the caller.
/// The shortest time that servers in use keep a connection is 2 s (gunicorn); a sequence of calls
/// still shares one connection.
const KEPT_UNREPEATABLE: Duration = Duration::from_secs(1);

/// When a storm of streams ends at once, this many connections to one host wait for the next.
const MOST: usize = 32;

/// How many connections to one server are made at a time. A storm of streams that reconnect would
/// overrun its queue, and each that is being made takes 7 KB.
const AT_ONCE: usize = 256;

/// All connections that wait.
#[derive(Default)]
pub(in crate::transport) struct Idle {
    servers: Mutex<HashMap<Peer, Weak<Spares>>>,
}

/// Those to one server. They live as long as there are connections to it.
pub(in crate::transport) struct Spares {
    resting: Mutex<Resting>,
    turns: Semaphore,
}

#[derive(Default)]
struct Resting {
    /// And since when, the oldest first; the last in is the first out.
    connections: Vec<(Connection, Instant)>,
    /// Wakes the task that watches them, which runs as long as there are any.
    watcher: Option<Waker>,
}

impl Idle {
    pub(in crate::transport) fn spares(&self, peer: &Peer) -> Arc<Spares> {
        let mut servers = self.servers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(spares) = servers.get(peer).and_then(Weak::upgrade) {
            return spares;
        }
        servers.retain(|_, spares| spares.strong_count() > 0);
        let (resting, turns) = (Mutex::default(), Semaphore::new(AT_ONCE));
        let spares = Arc::new(Spares { resting, turns });
        servers.insert(peer.clone(), Arc::downgrade(&spares));
        spares
    }
}

impl Spares {
    /// A connection for a request that may, or must not, be repeated.
    pub(in crate::transport) fn take(&self, repeatable: bool) -> Option<Connection> {
        let kept = if repeatable { KEPT } else { KEPT_UNREPEATABLE };
        let mut resting = self.lock();
        while let Some((mut connection, since)) = resting.connections.pop() {
            if since.elapsed() >= kept {
                // Those below have rested even longer, but others may take them.
                resting.connections.push((connection, since));
                return None;
            }
            if connection.poll_noise(&mut Context::from_waker(Waker::noop())).is_pending() {
                return Some(connection);
            }
        }
        None
    }

    /// Waits until another connection may be made.
    pub(in crate::transport) async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        // Never closed.
        self.turns.acquire().await.ok()
    }

    /// Keeps a connection for the next request, if it can carry one.
    pub(super) fn keep(self: &Arc<Self>, connection: Connection) {
        let (true, Ok(runtime)) = (connection.is_free(), Handle::try_current()) else { return };
        let mut resting = self.lock();
        if resting.connections.len() == MOST {
            return;
        }
        resting.connections.push((connection, Instant::now()));
        if let Some(watcher) = &resting.watcher {
            watcher.wake_by_ref();
        } else {
            resting.watcher = Some(Waker::noop().clone());
            runtime.spawn(Arc::clone(self).watch());
        }
    }

    /// Closes connections that the server closed, at once, and those that have waited for too long.
    async fn watch(self: Arc<Self>) {
        loop {
            let oldest = self.lock().connections.first().map(|(_, since)| *since);
            let until = oldest.unwrap_or_else(Instant::now) + KEPT;
            if timeout_at(until, poll_fn(|cx| self.poll_empty(cx))).await.is_ok() {
                return;
            }
        }
    }

    fn poll_empty(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut resting = self.lock();
        resting.connections.retain_mut(|(connection, since)| {
            since.elapsed() < KEPT && connection.poll_noise(cx).is_pending()
        });
        let waits = !resting.connections.is_empty();
        resting.watcher = waits.then(|| cx.waker().clone());
        if waits { Poll::Pending } else { Poll::Ready(()) }
    }

    fn lock(&self) -> MutexGuard<'_, Resting> {
        self.resting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
