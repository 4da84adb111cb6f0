//! Host names to addresses: coalesced, bounded, with typed failures.
#![forbid(unsafe_code)]

use std::collections::HashMap;
use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use hyper_util::client::legacy::connect::dns::Name;
use tokio::sync::{Semaphore, watch};
use tower_service::Service;

/// Each look-up blocks a thread in `getaddrinfo`, for half a minute when the name server is away;
/// a reconnect storm must not turn into hundreds of such threads.
const THREADS: usize = 4;

type Answer = Result<Arc<[SocketAddr]>, Unresolved>;
type Waiting = Arc<Mutex<HashMap<String, watch::Receiver<Option<Answer>>>>>;

/// The system's resolver. Concurrent look-ups of one name share one call; answers are not kept,
/// since the system has a cache of its own that knows their age.
pub(super) struct Resolver {
    waiting: Waiting,
    threads: Arc<Semaphore>,
    find: Find,
}

/// A resolver, shared.
#[derive(Clone)]
pub(super) struct Shared(pub(super) Arc<Resolver>);

/// Finds the addresses of a host name, blocking.
type Find = fn(&str) -> io::Result<Arc<[SocketAddr]>>;

fn ask_system(host: &str) -> io::Result<Arc<[SocketAddr]>> {
    (host, 0).to_socket_addrs().map(Iterator::collect)
}

impl Resolver {
    pub(super) fn new() -> Self {
        Self::with(ask_system)
    }

    pub(super) fn with(find: Find) -> Self {
        Self { waiting: Waiting::default(), threads: Arc::new(Semaphore::new(THREADS)), find }
    }

    /// The addresses of a host.
    pub(super) async fn addresses(&self, host: &str) -> Result<Arc<[SocketAddr]>, Unresolved> {
        let mut answer = self.ask(host);
        let answer = answer.wait_for(Option::is_some).await.ok().and_then(|answer| answer.clone());
        answer.unwrap_or_else(|| Err(Unresolved::new(host, "the look-up was cut short")))
    }

    fn ask(&self, host: &str) -> watch::Receiver<Option<Answer>> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(asked) = waiting.get(host) {
            return asked.clone();
        }
        let (answered, answer) = watch::channel(None);
        waiting.insert(host.to_owned(), answer.clone());
        let lookup = Lookup { host: host.to_owned(), waiting: Arc::clone(&self.waiting) };
        // A task of its own: the request that asked first may be given up while others still wait.
        tokio::spawn(lookup.run(self.find, Arc::clone(&self.threads), answered));
        answer
    }
}

/// As a connector asks for addresses.
impl Service<Name> for Shared {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = Unresolved;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Unresolved>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Unresolved>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let resolver = Arc::clone(&self.0);
        Box::pin(
            async move { Ok(Vec::from(&*resolver.addresses(name.as_str()).await?).into_iter()) },
        )
    }
}

/// One look-up on its way. However it ends, the next one starts afresh.
struct Lookup {
    host: String,
    waiting: Waiting,
}

impl Lookup {
    async fn run(
        self,
        find: Find,
        threads: Arc<Semaphore>,
        answered: watch::Sender<Option<Answer>>,
    ) {
        let Ok(thread) = threads.acquire_owned().await else { return };
        let host = self.host.clone();
        let found = tokio::task::spawn_blocking(move || {
            // The thread, not the task, holds the permit: a blocked call outlives its task.
            let _thread = thread;
            find(&host)
        });
        let answer = match found.await.unwrap_or_else(|cut| Err(io::Error::other(cut))) {
            Ok(addresses) if addresses.is_empty() => {
                Err(Unresolved::new(&self.host, "the name has no address"))
            }
            Ok(addresses) => Ok(addresses),
            Err(error) => Err(Unresolved::new(&self.host, error)),
        };
        drop(self);
        answered.send_replace(Some(answer));
    }
}

impl Drop for Lookup {
    fn drop(&mut self) {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.host);
    }
}

/// A host name without an address.
#[derive(Clone, Debug)]
pub(super) struct Unresolved {
    host: String,
    reason: String,
}

impl Unresolved {
    fn new(host: &str, reason: impl fmt::Display) -> Self {
        Self { host: host.to_owned(), reason: reason.to_string() }
    }

    /// The name that was asked for.
    pub(super) fn host(&self) -> &str {
        &self.host
    }
}

impl fmt::Display for Unresolved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl StdError for Unresolved {}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn concurrent_lookups_of_one_name_are_one() {
        let resolver = Resolver::new();
        let first = resolver.ask("localhost");
        let second = resolver.ask("localhost");
        assert!(first.same_channel(&second));
        assert!(!resolver.addresses("localhost").await.unwrap().is_empty());
        assert!(resolver.waiting.lock().unwrap().is_empty());
    }

    #[tokio::test]
    async fn at_most_four_lookups_block_at_once() {
        static RUNNING: AtomicUsize = AtomicUsize::new(0);
        static MOST: AtomicUsize = AtomicUsize::new(0);
        let resolver = Resolver::with(|_| {
            MOST.fetch_max(RUNNING.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            std::thread::sleep(Duration::from_millis(5));
            RUNNING.fetch_sub(1, Ordering::SeqCst);
            Ok([SocketAddr::from(([127, 0, 0, 1], 0))].into())
        });
        let answers: Vec<_> = (0..40).map(|host| resolver.ask(&format!("host{host}"))).collect();
        for mut answer in answers {
            assert!(answer.wait_for(Option::is_some).await.is_ok());
        }
        assert_eq!(MOST.load(Ordering::SeqCst), THREADS);
    }

    #[tokio::test]
    async fn a_caller_who_leaves_does_not_cancel_the_others() {
        let resolver = Resolver::new();
        drop(resolver.ask("localhost"));
        assert!(resolver.addresses("localhost").await.is_ok());
    }

    #[tokio::test]
    async fn failures_name_the_host_and_are_not_remembered() {
        let resolver = Resolver::new();
        let error = resolver.addresses("nosuch.invalid").await.unwrap_err();
        assert_eq!(error.host(), "nosuch.invalid");
        assert!(resolver.waiting.lock().unwrap().is_empty());
    }
}
