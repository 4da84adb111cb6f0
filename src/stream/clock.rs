//! The deadline of an open stream: bytes and events must keep coming.

use std::future::Future as _;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::task::coop::unconstrained;
use tokio::time::{Instant, Sleep, sleep_until};

use crate::error::{Error, Kind, Phase};
use crate::transport::{LOOKS, look_again};

/// Watches one kind of silence. Marking activity costs a clock reading: the timer itself is only
/// moved when it fires too early.
#[derive(Debug)]
pub struct Silence {
    limit: Duration,
    last: Instant,
    sleep: Pin<Box<Sleep>>,
    /// When the timer fires, once it is armed: it wakes the task that watches, always the same.
    fires: Option<Instant>,
    /// Something arrived since the timer was looked at.
    fresh: bool,
    /// How often the socket was looked at since the limit passed.
    looks: u8,
}

impl Silence {
    /// Starts watching now; `None` without a limit.
    pub fn new(limit: Option<Duration>) -> Option<Self> {
        let limit = limit?;
        let last = Instant::now();
        let sleep = Box::pin(sleep_until(deadline(last, limit)));
        Some(Self { limit, last, sleep, fires: None, fresh: true, looks: 0 })
    }

    /// Something arrived.
    pub fn heard(&mut self, now: Instant) {
        self.last = now;
        self.fresh = true;
        self.looks = 0;
    }

    /// This much time does not count.
    pub fn excuse(&mut self, time: Duration) {
        self.last += time;
    }

    /// Ready once the limit has passed without a sound.
    pub fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        // An armed timer need not be touched for every event of a thousand streams.
        let fresh = std::mem::take(&mut self.fresh);
        if fresh && self.fires.is_some_and(|fires| self.last < fires) {
            return Poll::Pending;
        }
        loop {
            // Bytes that never cease use up what the task may do in one go; still it must fire.
            if pin!(unconstrained(self.sleep.as_mut())).poll(cx).is_pending() {
                self.fires = Some(self.sleep.deadline());
                return Poll::Pending;
            }
            let deadline = deadline(self.last, self.limit);
            if deadline <= Instant::now() {
                // The process may have been frozen, and what came meanwhile wait in the socket.
                if self.looks < LOOKS {
                    self.looks += 1;
                    return look_again(cx);
                }
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
