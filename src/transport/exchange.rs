//! One request and its response head, against the clock.
#![forbid(unsafe_code)]

use std::future::pending;
use std::time::Duration;

use http::Response;
use tokio::sync::watch;
use tokio::task::coop::unconstrained;
use tokio::time::{Instant, sleep_until};

use super::failure;
use super::incoming::Arriving;
use super::redirect::Hop;
use super::routes::Route;
use super::second_look::second_look;
use super::upload::Progress;
use crate::error::{Error, Phase};

/// The two deadlines of an attempt. Each connection of a chain of redirects has its own
/// `connect`; `headers` runs once, from the first connection to the head of the last response, so
/// that a chain of slow redirects cannot outlast it.
#[derive(Debug)]
pub(super) struct Clock {
    connect: Option<Duration>,
    headers: Option<Duration>,
    head_by: Option<Instant>,
}

impl Clock {
    pub(super) fn new(connect: Option<Duration>, headers: Option<Duration>) -> Self {
        Self { connect, headers, head_by: None }
    }

    /// Resolves when a deadline passes, with the one that did.
    async fn expire(&mut self, progress: &mut watch::Receiver<Progress>) -> Phase {
        tokio::select! {
            biased;
            () = connected(progress) => {}
            () = reach(after(self.connect)) => return Phase::Connect,
            () = reach(self.head_by) => return Phase::Headers,
        }
        if self.head_by.is_none() {
            self.head_by = after(self.headers);
        }
        reach(self.head_by).await;
        Phase::Headers
    }

    fn limit(&self, phase: Phase) -> Option<Duration> {
        if phase == Phase::Connect { self.connect } else { self.headers }
    }
}

/// A limit too long for the clock is none.
fn after(limit: Option<Duration>) -> Option<Instant> {
    limit.and_then(|limit| Instant::now().checked_add(limit))
}

async fn reach(instant: Option<Instant>) {
    match instant {
        Some(instant) => {
            sleep_until(instant).await;
            second_look().await;
        }
        None => pending().await,
    }
}

async fn connected(progress: &mut watch::Receiver<Progress>) {
    if progress.wait_for(|progress| *progress > Progress::Connecting).await.is_err() {
        // The request was given up before it was written; its own future says why.
        pending::<()>().await;
    }
}

/// Sends one hop and waits for the head of its response.
///
/// A connection that waited for this request may have been closed just as it was used. It is replaced at
/// once, by one that is made for it, if sending the request again costs nothing; else the error says so.
pub(super) async fn exchange(
    route: &mut Route,
    hop: &Hop,
    clock: &mut Clock,
    repeatable: bool,
) -> Result<Response<Arriving>, Error> {
    let sent = {
        let answer = try_once(route, hop, clock).await;
        if !(route.is_stale() && answer.as_ref().is_err_and(|error| repeatable || !error.sent())) {
            return answer.map_err(|error| error.with_stale(route.is_stale()));
        }
        answer.is_err_and(|error| error.sent())
    };
    route.renew();
    // Boxed, as it happens seldom: a storm of streams would have room for it at once.
    let answer = Box::pin(try_once(route, hop, clock)).await;
    answer.map_err(|error| {
        let sent = sent || error.sent();
        error.with_sent(sent)
    })
}

async fn try_once(
    route: &mut Route,
    hop: &Hop,
    clock: &mut Clock,
) -> Result<Response<Arriving>, Error> {
    let (progress, mut watched) = watch::channel(Progress::Connecting);
    let answer = tokio::select! {
        biased;
        answer = Box::pin(route.send(hop, &progress)) => answer.map_err(|error| {
            failure::before_head(error, *progress.borrow(), route.forwarder())
        }),
        // Whatever the server sends, however fast: it must not use up the clock's turns.
        phase = unconstrained(clock.expire(&mut watched)) => {
            let proxied = route.is_proxied();
            Err(failure::late(phase, clock.limit(phase), *progress.borrow(), proxied))
        }
    };
    if let Some(reservation) = &mut route.reservation {
        match &answer {
            Ok(_) => reservation.answered(),
            Err(error) if failure::not_taken(error) => reservation.crowded(),
            Err(_) => {}
        }
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn connecting_and_answering_have_a_clock_each() {
        let (_sender, mut progress) = watch::channel(Progress::Connecting);
        let start = Instant::now();
        let mut clock = Clock::new(Some(SECOND), Some(5 * SECOND));
        assert_eq!(clock.expire(&mut progress).await, Phase::Connect);
        assert_eq!(start.elapsed().as_secs(), 1);

        let (_sender, mut progress) = watch::channel(Progress::Writing);
        let start = Instant::now();
        assert_eq!(clock.expire(&mut progress).await, Phase::Headers);
        assert_eq!(start.elapsed().as_secs(), 5);
    }

    #[tokio::test(start_paused = true)]
    async fn the_head_of_a_chain_has_one_deadline() {
        let (_sender, mut connected) = watch::channel(Progress::Sent);
        let mut clock = Clock::new(Some(9 * SECOND), Some(5 * SECOND));
        let start = Instant::now();
        let first = tokio::time::timeout(2 * SECOND, clock.expire(&mut connected)).await;
        assert!(first.is_err());
        let (_sender, mut connecting) = watch::channel(Progress::Connecting);
        assert_eq!(clock.expire(&mut connecting).await, Phase::Headers);
        assert_eq!(start.elapsed().as_secs(), 5);
    }

    #[tokio::test(start_paused = true)]
    async fn absent_or_endless_limits_never_pass() {
        for limit in [None, Some(Duration::MAX)] {
            let (sender, mut progress) = watch::channel(Progress::Connecting);
            drop(sender);
            let mut clock = Clock::new(limit, limit);
            let waited = tokio::time::timeout(86_400 * SECOND, clock.expire(&mut progress)).await;
            assert!(waited.is_err());
        }
    }
}
