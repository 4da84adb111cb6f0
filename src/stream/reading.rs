//! Reading the body of an open response: bytes in, meanings out, until it ends.

use std::future::poll_fn;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;

use super::body_handler::BodyHandler;
use super::cache_prefetch::{CachePrefetch, Extent};
use super::clock::Silence;
use super::decode::{Completion, Meaning};
use super::delivery::Delivery;
use super::engine::Engine;
use super::turn::Turn;
use super::wake_coalescing;
use crate::error::{Error, Kind, Phase};
use crate::protocol::{Event, Framing, Item, Oversize};
use crate::transport::{Body, give_way};

/// How long the rest of a stream is waited for that is complete without it, whatever else comes:
/// token counts follow at once, if they do.
const FINISHED_WAIT: Duration = Duration::from_secs(2);

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

enum Next {
    Chunk(Bytes),
    End,
    Failed(Error),
}

impl<H: BodyHandler> Engine<H> {
    /// Reads `body` to its end.
    pub(super) async fn read(&mut self, body: &mut dyn Body) -> BodyEnd {
        let mut framing = self.handler.framing(self.options.max_event_size);
        let end = self.read_all(&mut framing, body).await;
        self.delivery.flush();
        match end {
            BodyEnd::Failed(error) => {
                let unread = framing.take_unread();
                BodyEnd::Failed(self.explain(error, &unread))
            }
            end => end,
        }
    }

    async fn read_all(&mut self, framing: &mut H::Framing, body: &mut dyn Body) -> BodyEnd {
        let mut idle = Silence::new(self.options.timeouts.idle);
        // Boxed, as most streams have neither.
        let mut event = Silence::new(self.options.timeouts.event).map(Box::new);
        let mut rest = None;
        let mut turn = Turn::default();
        // Looked up once: for each event of a thousand streams the options are in no cache.
        let keeps_tail = !self.options.safe() && self.options.terminal_declared();
        let mut prefetch = CachePrefetch::new(
            self.control.task_size(),
            [
                Extent::of(&self.handler),
                Extent::of(&self.delivery),
                Extent::of(&*self.control),
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
            if turn.is_over(now) {
                // A deadline or an order may end the stream here, and what was read must not be lost.
                self.delivery.flush();
                wake_coalescing::turn();
                give_way().await;
                // While there always is more to read, `next` does not look at them.
                let mut clocks = clocks(&mut idle, &mut event, &mut rest);
                if let Some(error) = poll_fn(|cx| Poll::Ready(late(&mut clocks, cx))).await {
                    return self.broken(error);
                }
            }
            let clocks = clocks(&mut idle, &mut event, &mut rest);
            let chunk = match next(body, &mut self.delivery, clocks, &mut turn, &mut prefetch).await
            {
                // Work that brought nothing.
                Next::Chunk(chunk) if chunk.is_empty() => continue,
                Next::Chunk(chunk) => chunk,
                Next::End => return self.finish(framing).await,
                Next::Failed(error) => return self.broken(error),
            };
            wake_coalescing::read(chunk.len());
            if keeps_tail {
                self.tail.keep(&chunk);
            }
            self.control.counts.bytes.fetch_add(chunk.len() as u64, Ordering::Relaxed);
            if let Some(end) = self.take(framing, &chunk, &mut rest, event.as_deref_mut()).await {
                return end;
            }
        }
    }

    async fn take(
        &mut self,
        framing: &mut H::Framing,
        chunk: &[u8],
        rest: &mut Option<Box<Silence>>,
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
            while !self.delivery.fits(&item) {
                let waited = self.delivery.make_room(&item).await;
                now = None;
                if let Some(clock) = &mut clock {
                    clock.excuse(waited);
                }
            }
            let meaning = self.handler.take(&item, &mut self.delivery);
            self.delivery.flush_if_high();
            if matches!(meaning, Meaning::Event | Meaning::Progress) {
                *rest = None;
                if let Some(clock) = &mut clock {
                    clock.heard(*now.get_or_insert_with(Instant::now));
                }
            }
            match meaning {
                Meaning::Event | Meaning::Other => {}
                Meaning::Terminal => return Some(BodyEnd::Terminal),
                Meaning::Failed(error) => {
                    if let Item::Event(event) = &item {
                        self.tail.quote(event.data);
                    }
                    return Some(BodyEnd::Failed(error));
                }
                Meaning::Finished => {
                    if rest.is_none() {
                        *rest = Silence::new(Some(FINISHED_WAIT)).map(Box::new);
                    }
                }
                meaning => self.note(&meaning),
            }
        }
    }

    /// Keeps what an item meant that neither ends the body nor moves its clocks.
    fn note(&mut self, meaning: &Meaning) {
        match meaning {
            Meaning::Progress => self.control.lifecycle().attempt = 0,
            Meaning::Duplicate => {
                _ = self.control.counts.duplicates.fetch_add(1, Ordering::Relaxed);
            }
            Meaning::Skipped(error) => self.tell_skipped(error),
            Meaning::Retry(delay) => self.history.tell(&self.options.retry, *delay),
            _ => {}
        }
    }

    async fn finish(&mut self, framing: &mut H::Framing) -> BodyEnd {
        if let Some(event) = framing.end()
            && self.handler.accepts_incomplete(&event)
        {
            let item = Item::Event(event);
            while !self.delivery.fits(&item) {
                self.delivery.make_room(&item).await;
            }
            match self.handler.take_incomplete(event, &mut self.delivery) {
                Meaning::Terminal => return BodyEnd::Complete,
                Meaning::Failed(error) => return BodyEnd::Failed(error),
                meaning => self.note(&meaning),
            }
        }
        let unread = framing.take_unread();
        if !unread.is_empty() && self.delivery.is_unheard() {
            let event = Event { name: None, data: unread.trim_ascii(), id: None, retry: None };
            // There is room for it: nothing came before.
            if self.delivery.fits(&Item::Event(event))
                && self.handler.accepts_incomplete(&event)
                && let Meaning::Failed(error) =
                    self.handler.take_incomplete(event, &mut self.delivery)
            {
                self.tail.quote(&unread);
                return BodyEnd::Failed(error);
            }
        }
        match self.handler.ended(&mut self.delivery) {
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
        let unheard = self.delivery.is_unheard();
        let explained = self.handler.explain_unread(&error, unread, unheard);
        if explained.is_some() {
            self.tail.clear();
        }
        self.tail.quote(unread);
        explained.unwrap_or(error)
    }

    /// The body broke, which matters only if something was missing.
    fn broken(&mut self, error: Error) -> BodyEnd {
        if self.handler.is_complete() {
            self.handler.ended(&mut self.delivery);
            return BodyEnd::Complete;
        }
        BodyEnd::Failed(error)
    }
}

/// What comes next. Records are handed over only when that has to be waited for, so that a body which
/// comes in small chunks is no dearer than one in large ones.
async fn next(
    body: &mut dyn Body,
    delivery: &mut Delivery,
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
        delivery.flush();
        prefetch.ahead(delivery.ahead());
        turn.pause();
        late(&mut clocks, cx).map_or(Poll::Pending, |error| Poll::Ready(Next::Failed(error)))
    })
    .await
}

type Clocks<'a> = [(Option<&'a mut Silence>, Phase); 3];

fn clocks<'a>(
    idle: &'a mut Option<Silence>,
    event: &'a mut Option<Box<Silence>>,
    rest: &'a mut Option<Box<Silence>>,
) -> Clocks<'a> {
    [
        (idle.as_mut(), Phase::Idle),
        (event.as_deref_mut(), Phase::Event),
        (rest.as_deref_mut(), Phase::Idle),
    ]
}

/// The error of the clock that has run out, if one has.
fn late(clocks: &mut Clocks<'_>, cx: &mut Context<'_>) -> Option<Error> {
    clocks.iter_mut().find_map(|(silence, phase)| {
        let silence = silence.as_mut()?;
        silence.poll(cx).is_ready().then(|| silence.error(*phase))
    })
}

fn too_large(oversize: Oversize) -> Error {
    let sentence = format!(
        "an event is larger than {} bytes; raise maxEventSize if that is expected",
        oversize.limit
    );
    Error::new(Kind::Size, Phase::Body, sentence).with_sent(true)
}
