//! One attempt on an open response: bytes in, items to the inbox, until it ends.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use tokio::task::yield_now;
use tokio::time::{Instant, timeout};

use super::clock::Silence;
use super::control::Control;
use super::intake::{Completion, Intake, Taken};
use super::options::Options;
use super::pace;
use super::prefetch::{Extent, Prefetch};
use super::turn::Turn;
use crate::error::{Error, Kind, Phase};
use crate::protocol::{Framing, Item, Oversize};
use crate::transport::Body;

/// How long the consumer of a complete stream waits for the end of its body, which mostly comes in one
/// flight with the terminal event: whoever asks the next question should find the connection free.
const LEFTOVER_HASTE: Duration = Duration::from_millis(1);
/// How long, and for how many bytes in all, a body is read on after that: one round trip, and the end
/// of a chunked body.
const LEFTOVER_WAIT: Duration = Duration::from_millis(99);
const LEFTOVER_BYTES: usize = 4 * 1024;
/// What a read counts that brings nothing.
const LEFTOVER_NOTHING: usize = 256;
/// How long the rest of a stream is waited for that is complete without it, whatever else comes:
/// token counts follow at once, if they do.
const FINISHED_WAIT: Duration = Duration::from_secs(2);
/// How much of a body's end is kept to show what a truncated stream looked like.
const TAIL: usize = 1024;

/// How the body ended.
#[derive(Debug)]
pub enum BodyEnd {
    /// The terminal event came; more may follow.
    Terminal,
    /// There is no more, and nothing is missing.
    Complete,
    /// Cleanly, without a terminal event.
    Clean,
    /// It failed.
    Failed(Error),
}

/// Reads one body.
pub struct Reader<'a, I> {
    pub options: &'a Options,
    pub control: &'a Control,
    pub intake: &'a mut I,
    /// What to do with the server's reconnection time, which counts as soon as it is parsed.
    pub told: &'a mut (dyn FnMut(Duration) + Send),
    /// The end of the body so far; kept only where truncation is an error.
    pub tail: &'a mut VecDeque<u8>,
}

enum Next {
    Chunk(Bytes),
    End,
    Failed(Error),
}

impl<I: Intake> Reader<'_, I> {
    /// Reads `body` to its end.
    pub async fn read(&mut self, body: &mut dyn Body) -> BodyEnd {
        let end = self.read_all(body).await;
        self.intake.flush();
        end
    }

    async fn read_all(&mut self, body: &mut dyn Body) -> BodyEnd {
        let timeouts = &self.options.timeouts;
        let mut idle = Silence::new(timeouts.idle);
        let mut event = Silence::new(timeouts.event);
        let mut rest = None;
        let mut turn = Turn::default();
        let mut framing = self.intake.framing(self.options.max_event_size);
        // Looked up once: for each event of a thousand streams the options are in no cache.
        let keeps_tail = !self.options.safe() && self.options.terminal_declared();
        let mut prefetch = Prefetch::new(
            self.control.task_size(),
            [
                Extent::of(&*self.intake),
                Extent::of(self.control),
                Extent::of(&**self.control.mailbox()),
                Extent::of(body),
            ],
        );
        loop {
            // The clock runs while we wait for the server, not while the consumer makes us wait.
            let now = Instant::now();
            if let Some(idle) = &mut idle {
                idle.heard(now);
            }
            let mut clocks =
                [(&mut idle, Phase::Idle), (&mut event, Phase::Event), (&mut rest, Phase::Idle)];
            if turn.is_over(now) {
                yield_now().await;
                // While there always is more to read, nobody else looks at them.
                if let Some(error) = poll_fn(|cx| Poll::Ready(late(&mut clocks, cx))).await {
                    return self.broken(error);
                }
            }
            let chunk = match next(body, self.intake, clocks, &mut turn, &mut prefetch).await {
                // Work that brought nothing.
                Next::Chunk(chunk) if chunk.is_empty() => continue,
                Next::Chunk(chunk) => chunk,
                Next::End => return self.finish(&mut framing).await,
                Next::Failed(error) => return self.broken(error),
            };
            pace::read(chunk.len());
            if keeps_tail {
                self.keep_tail(&chunk);
            }
            self.control.counts.bytes.fetch_add(chunk.len() as u64, Ordering::Relaxed);
            if let Some(end) = self.take(&mut framing, &chunk, &mut rest, event.as_mut()).await {
                return end;
            }
        }
    }

    async fn take(
        &mut self,
        framing: &mut I::Framing,
        chunk: &[u8],
        rest: &mut Option<Silence>,
        mut clock: Option<&mut Silence>,
    ) -> Option<BodyEnd> {
        let mut input = chunk;
        // Looked at once for all events of a chunk: to read it costs as much as a tenth of an event.
        let mut now = None;
        loop {
            let item = match framing.next(&mut input) {
                Ok(Some(item)) => item,
                Ok(None) => return None,
                Err(oversize) => return Some(BodyEnd::Failed(too_large(oversize))),
            };
            let taken = loop {
                if let Some(taken) = self.intake.take(&item) {
                    break taken;
                }
                let waited = self.intake.make_room(&item).await;
                now = None;
                if let Some(clock) = &mut clock {
                    clock.excuse(waited);
                }
            };
            match taken {
                Taken::Terminal => return Some(BodyEnd::Terminal),
                Taken::Failed(error) => return Some(BodyEnd::Failed(error)),
                Taken::Retry(delay) => (self.told)(delay),
                Taken::Finished => {
                    if rest.is_none() {
                        *rest = Silence::new(Some(FINISHED_WAIT));
                    }
                }
                Taken::Event => {
                    *rest = None;
                    if let Some(clock) = &mut clock {
                        clock.heard(*now.get_or_insert_with(Instant::now));
                    }
                }
                Taken::Other => {}
            }
        }
    }

    async fn finish(&mut self, framing: &mut I::Framing) -> BodyEnd {
        if let Some(event) = framing.end() {
            let taken = loop {
                if let Some(taken) = self.intake.take_incomplete(event) {
                    break taken;
                }
                self.intake.make_room(&Item::Event(event)).await;
            };
            match taken {
                Taken::Terminal => return BodyEnd::Complete,
                Taken::Failed(error) => return BodyEnd::Failed(error),
                _ => {}
            }
        }
        match self.intake.ended() {
            Completion::Complete => BodyEnd::Complete,
            Completion::Clean => BodyEnd::Clean,
            Completion::Failed(error) => BodyEnd::Failed(error),
        }
    }

    /// The body broke, which matters only if something was missing.
    fn broken(&mut self, error: Error) -> BodyEnd {
        if self.intake.complete() {
            self.intake.ended();
            return BodyEnd::Complete;
        }
        BodyEnd::Failed(error)
    }

    fn keep_tail(&mut self, chunk: &[u8]) {
        let chunk = &chunk[chunk.len().saturating_sub(TAIL)..];
        let surplus = (self.tail.len() + chunk.len()).saturating_sub(TAIL);
        self.tail.drain(..surplus);
        self.tail.extend(chunk);
    }
}

/// What comes next. Only when that has to be waited for is handed over what has piled up, so that a
/// body which comes in small chunks is no dearer than one in large ones.
async fn next(
    body: &mut dyn Body,
    intake: &mut impl Intake,
    mut clocks: Clocks<'_>,
    turn: &mut Turn,
    prefetch: &mut Prefetch,
) -> Next {
    poll_fn(|cx| {
        let waker = prefetch.waker(cx.waker());
        if let Poll::Ready(chunk) = body.poll_chunk(&mut Context::from_waker(waker)) {
            return Poll::Ready(match chunk {
                Some(Ok(chunk)) => Next::Chunk(chunk),
                Some(Err(error)) => Next::Failed(error),
                None => Next::End,
            });
        }
        intake.flush();
        prefetch.ahead(intake.pile().ahead());
        turn.pause();
        late(&mut clocks, cx).map_or(Poll::Pending, |error| Poll::Ready(Next::Failed(error)))
    })
    .await
}

type Clocks<'a> = [(&'a mut Option<Silence>, Phase); 3];

/// The error of the clock that has run out, if one has.
fn late(clocks: &mut Clocks<'_>, cx: &mut Context<'_>) -> Option<Error> {
    clocks.iter_mut().find_map(|(silence, phase)| {
        let silence = silence.as_mut()?;
        silence.poll(cx).is_ready().then(|| silence.error(*phase))
    })
}

/// What follows a terminal event, read so that the connection can be used again.
pub struct Leftover {
    body: Box<dyn Body>,
    left: usize,
}

impl Leftover {
    pub fn new(body: Box<dyn Body>) -> Self {
        Self { body, left: LEFTOVER_BYTES }
    }

    /// Reads for so long at the most; returns what is left to read.
    async fn read(mut self, limit: Duration) -> Option<Self> {
        let read = async {
            while let Some(Ok(chunk)) = poll_fn(|cx| self.body.poll_chunk(cx)).await {
                let read = if chunk.is_empty() { LEFTOVER_NOTHING } else { chunk.len() };
                let Some(rest) = self.left.checked_sub(read) else { return };
                self.left = rest;
            }
        };
        timeout(limit, read).await.is_err().then_some(self)
    }

    /// Reads what is as good as there.
    pub async fn read_at_once(self) -> Option<Self> {
        self.read(LEFTOVER_HASTE).await
    }

    /// Reads the rest; whether it ended in time or not, the body is dropped then.
    pub async fn read_on(self) {
        self.read(LEFTOVER_WAIT).await;
    }
}

fn too_large(oversize: Oversize) -> Error {
    let sentence = format!(
        "an event is larger than {} bytes; raise maxEventSize if that is expected",
        oversize.limit
    );
    Error::new(Kind::Size, Phase::Body, sentence).with_sent(true)
}
