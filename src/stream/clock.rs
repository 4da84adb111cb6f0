//! The deadline of an open stream: bytes and events must keep coming.

use std::future::Future as _;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

use crate::error::{Error, Kind, Phase};

/// Watches one kind of silence. Marking activity costs a clock reading: the timer itself is only
/// moved when it fires too early.
#[derive(Debug)]
pub struct Silence {
    limit: Duration,
    last: Instant,
    sleep: Pin<Box<Sleep>>,
}

impl Silence {
    /// Starts watching now; `None` without a limit.
    pub fn new(limit: Option<Duration>) -> Option<Self> {
        let limit = limit?;
        let last = Instant::now();
        Some(Self { limit, last, sleep: Box::pin(sleep_until(deadline(last, limit))) })
    }

    /// Something arrived.
    pub fn heard(&mut self, now: Instant) {
        self.last = now;
    }

    /// This much time does not count.
    pub fn excuse(&mut self, time: Duration) {
        self.last += time;
    }

    /// Ready once the limit has passed without a sound.
    pub fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            if self.sleep.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            let deadline = deadline(self.last, self.limit);
            if deadline <= Instant::now() {
                return Poll::Ready(());
            }
            self.sleep.as_mut().reset(deadline);
        }
    }

    /// The error that this silence is.
    pub fn error(&self, phase: Phase) -> Error {
        let what = if phase == Phase::Event { "event" } else { "byte" };
        let limit = self.limit.as_millis();
        let sentence = format!(
            "no {what} arrived for {limit} ms; raise timeouts.{} if the server may be silent for longer",
            phase.name()
        );
        Error::new(Kind::Timeout, phase, sentence).with_sent(true)
    }
}

/// Far deadlines saturate: a limit of a century must not overflow the clock.
pub fn deadline(from: Instant, limit: Duration) -> Instant {
    const CENTURY: Duration = Duration::from_secs(100 * 365 * 24 * 3600);
    from + limit.min(CENTURY)
}
