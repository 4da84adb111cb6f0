//! One attempt on an open response: bytes in, items to the handler, until it ends.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use tokio::task::yield_now;
use tokio::time::Instant;

use super::body_handler::{BodyHandler, Completion, Taken};
use super::cache_prefetch::{CachePrefetch, Extent};
use super::clock::Silence;
use super::control::Control;
use super::options::Options;
use super::turn::Turn;
use super::wake_coalescing;
use crate::error::{Error, Kind, Phase};
use crate::protocol::{Event, Framing, Item, Oversize};
use crate::transport::Body;

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
    pub handler: &'a mut I,
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

impl<I: BodyHandler> Reader<'_, I> {
    /// Reads `body` to its end.
    pub async fn read(&mut self, body: &mut dyn Body) -> BodyEnd {
        let mut framing = self.handler.framing(self.options.max_event_size);
        let end = self.read_all(&mut framing, body).await;
        self.handler.flush();
        match end {
            BodyEnd::Failed(error) => {
                let unread = framing.take_unread();
                BodyEnd::Failed(self.explain(error, &unread))
            }
            end => end,
        }
    }

    async fn read_all(&mut self, framing: &mut I::Framing, body: &mut dyn Body) -> BodyEnd {
        let timeouts = &self.options.timeouts;
        let mut idle = Silence::new(timeouts.idle);
        let mut event = Silence::new(timeouts.event);
        let mut rest = None;
        let mut turn = Turn::default();
        // Looked up once: for each event of a thousand streams the options are in no cache.
        let keeps_tail = !self.options.safe() && self.options.terminal_declared();
        let mut prefetch = CachePrefetch::new(
            self.control.task_size(),
            [
                Extent::of(&*self.handler),
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
                // A deadline or an order may end the stream here, and what was read must not be lost.
                self.handler.flush();
                yield_now().await;
                // While there always is more to read, `next` does not look at them.
                if let Some(error) = poll_fn(|cx| Poll::Ready(late(&mut clocks, cx))).await {
                    return self.broken(error);
                }
            }
            let chunk = match next(body, self.handler, clocks, &mut turn, &mut prefetch).await {
                // Work that brought nothing.
                Next::Chunk(chunk) if chunk.is_empty() => continue,
                Next::Chunk(chunk) => chunk,
                Next::End => return self.finish(framing).await,
                Next::Failed(error) => return self.broken(error),
            };
            wake_coalescing::read(chunk.len());
            if keeps_tail {
                self.keep_tail(&chunk);
            }
            self.control.counts.bytes.fetch_add(chunk.len() as u64, Ordering::Relaxed);
            if let Some(end) = self.take(framing, &chunk, &mut rest, event.as_mut()).await {
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
                if let Some(taken) = self.handler.take(&item) {
                    break taken;
                }
                let waited = self.handler.make_room(&item).await;
                now = None;
                if let Some(clock) = &mut clock {
                    clock.excuse(waited);
                }
            };
            match taken {
                Taken::Terminal => return Some(BodyEnd::Terminal),
                Taken::Failed(error) => {
                    if let Item::Event(event) = &item {
                        quote(self.tail, event.data);
                    }
                    return Some(BodyEnd::Failed(error));
                }
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
                if let Some(taken) = self.handler.take_incomplete(event) {
                    break taken;
                }
                self.handler.make_room(&Item::Event(event)).await;
            };
            match taken {
                Taken::Terminal => return BodyEnd::Complete,
                Taken::Failed(error) => return BodyEnd::Failed(error),
                _ => {}
            }
        }
        let unread = framing.take_unread();
        if !unread.is_empty() && self.handler.is_unheard() {
            let event = Event { name: None, data: unread.trim_ascii(), id: None, retry: None };
            // It says nothing that the mailbox has no room for: nothing came before it.
            if let Some(Taken::Failed(error)) = self.handler.take_incomplete(event) {
                quote(self.tail, &unread);
                return BodyEnd::Failed(error);
            }
        }
        match self.handler.ended() {
            Completion::Complete => BodyEnd::Complete,
            Completion::Clean => BodyEnd::Clean,
            Completion::Failed(error) => BodyEnd::Failed(self.explain(error, &unread)),
        }
    }

    /// Adds to a failure what the body said outside of its items.
    fn explain(&mut self, error: Error, unread: &[u8]) -> Error {
        if unread.is_empty() {
            return error;
        }
        let explained = self.handler.explain_unread(&error, unread);
        if explained.is_some() {
            self.tail.clear();
        }
        quote(self.tail, unread);
        explained.unwrap_or(error)
    }

    /// The body broke, which matters only if something was missing.
    fn broken(&mut self, error: Error) -> BodyEnd {
        if self.handler.complete() {
            self.handler.ended();
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
    handler: &mut impl BodyHandler,
    mut clocks: Clocks<'_>,
    turn: &mut Turn,
    prefetch: &mut CachePrefetch,
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
        handler.flush();
        prefetch.ahead(handler.buffer().ahead());
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

/// Keeps what a failure is about, where the end of the body is not kept.
fn quote(tail: &mut VecDeque<u8>, text: &[u8]) {
    if tail.is_empty() {
        tail.extend(&text[text.len().saturating_sub(TAIL)..]);
    }
}

fn too_large(oversize: Oversize) -> Error {
    let sentence = format!(
        "an event is larger than {} bytes; raise maxEventSize if that is expected",
        oversize.limit
    );
    Error::new(Kind::Size, Phase::Body, sentence).with_sent(true)
}
