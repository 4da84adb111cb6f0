//! A transport that follows a script: one entry for each dial, and a log of what the engine did.

use std::collections::VecDeque;
use std::future::{Future, pending};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use tokio::task::coop::consume_budget;
use tokio::time::{Instant, Sleep, sleep};

use perennial_sse::error::{Error, Kind, Phase};
use perennial_sse::transport::{Body, Request, Response, Transport};

/// What a dial leads to.
#[derive(Clone, Debug)]
pub struct Dial {
    after: Duration,
    outcome: Outcome,
}

#[derive(Clone, Debug)]
enum Outcome {
    Fail { kind: Kind, phase: Phase, sent: bool },
    Respond { status: u16, headers: Vec<(&'static str, String)>, parts: VecDeque<Part> },
    Hang,
}

/// What comes next of a body; behind the last part it ends cleanly.
#[derive(Clone, Debug)]
enum Part {
    Chunk(Bytes),
    Pause(Duration),
    /// The same chunk, again and again, faster than anybody reads.
    Flood(Bytes),
    Fail(Kind),
    Hang,
}

/// A dial that never leads to anything.
pub fn hang() -> Dial {
    Dial { after: Duration::ZERO, outcome: Outcome::Hang }
}

pub fn fail(kind: Kind, phase: Phase, sent: bool) -> Dial {
    Dial { after: Duration::ZERO, outcome: Outcome::Fail { kind, phase, sent } }
}

pub fn refused() -> Dial {
    fail(Kind::Connect, Phase::Connect, false)
}

/// The request was sent, then the connection broke.
pub fn unanswered() -> Dial {
    fail(Kind::Reset, Phase::Headers, true)
}

pub fn status(status: u16) -> Dial {
    let (headers, parts) = (Vec::new(), VecDeque::new());
    Dial { after: Duration::ZERO, outcome: Outcome::Respond { status, headers, parts } }
}

/// A stream whose body begins with `text`.
pub fn stream(text: &str) -> Dial {
    status(200).header("content-type", "text/event-stream").chunk(text)
}

impl Dial {
    /// The outcome takes this long.
    pub fn after(mut self, time: Duration) -> Self {
        self.after = time;
        self
    }

    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        let Outcome::Respond { headers, .. } = &mut self.outcome else { panic!("no response") };
        headers.push((name, value.into()));
        self
    }

    pub fn chunk(self, chunk: impl AsRef<[u8]>) -> Self {
        self.part(Part::Chunk(Bytes::copy_from_slice(chunk.as_ref())))
    }

    pub fn pause(self, time: Duration) -> Self {
        self.part(Part::Pause(time))
    }

    pub fn floods(self, chunk: &'static str) -> Self {
        self.part(Part::Flood(Bytes::from_static(chunk.as_bytes())))
    }

    pub fn breaks(self, kind: Kind) -> Self {
        self.part(Part::Fail(kind))
    }

    pub fn hangs(self) -> Self {
        self.part(Part::Hang)
    }

    fn part(mut self, part: Part) -> Self {
        let Outcome::Respond { parts, .. } = &mut self.outcome else { panic!("no response") };
        parts.push_back(part);
        self
    }
}

/// One dial as the transport saw it. Times since the script began.
#[derive(Clone, Debug)]
pub struct Dialled {
    pub at: Duration,
    pub request: Request,
    /// When the engine let go of it before its outcome.
    pub abandoned: Option<Duration>,
}

/// One body as the transport saw it.
#[derive(Clone, Debug, Default)]
pub struct BodyRead {
    pub chunks: usize,
    /// Read to its clean end.
    pub ended: bool,
    pub dropped: Option<Duration>,
}

#[derive(Debug)]
struct Log {
    began: Instant,
    script: VecDeque<Dial>,
    dials: Vec<Dialled>,
    bodies: Vec<BodyRead>,
}

/// Behind the last entry of the script every dial hangs.
#[derive(Clone, Debug)]
pub struct Scripted(Arc<Mutex<Log>>);

impl Scripted {
    pub fn new(script: impl IntoIterator<Item = Dial>) -> Self {
        Self(Arc::new(Mutex::new(Log {
            began: Instant::now(),
            script: script.into_iter().collect(),
            dials: Vec::new(),
            bodies: Vec::new(),
        })))
    }

    pub fn dials(&self) -> Vec<Dialled> {
        self.0.lock().unwrap().dials.clone()
    }

    pub fn bodies(&self) -> Vec<BodyRead> {
        self.0.lock().unwrap().bodies.clone()
    }

    /// When each dial was, in milliseconds.
    pub fn times(&self) -> Vec<u128> {
        self.dials().iter().map(|dial| dial.at.as_millis()).collect()
    }

    fn with<T>(&self, look: impl FnOnce(&mut Log, Duration) -> T) -> T {
        let mut log = self.0.lock().unwrap();
        let now = log.began.elapsed();
        look(&mut log, now)
    }
}

impl Transport for Scripted {
    fn dial(
        &self,
        request: Request,
    ) -> Pin<Box<dyn Future<Output = Result<Response, Error>> + Send>> {
        let (number, dial) = self.with(|log, at| {
            log.dials.push(Dialled { at, request: request.clone(), abandoned: None });
            (log.dials.len() - 1, log.script.pop_front().unwrap_or_else(hang))
        });
        let mut call = Call { script: self.clone(), number, settled: false };
        Box::pin(async move {
            sleep(dial.after).await;
            let result = match dial.outcome {
                Outcome::Hang => pending().await,
                Outcome::Fail { kind, phase, sent } => {
                    Err(Error::new(kind, phase, "as the script says").with_sent(sent))
                }
                Outcome::Respond { status, headers, parts } => {
                    let headers: HeaderMap = headers
                        .iter()
                        .map(|(name, value)| {
                            let value = HeaderValue::from_str(value).unwrap();
                            (HeaderName::from_static(name), value)
                        })
                        .collect();
                    let status = StatusCode::from_u16(status).unwrap();
                    let body = Box::new(ScriptedBody::new(call.script.clone(), parts));
                    Ok(Response { status, headers, url: request.url, body })
                }
            };
            call.settle();
            result
        })
    }
}

/// Notes when a dial is abandoned.
struct Call {
    script: Scripted,
    number: usize,
    settled: bool,
}

impl Call {
    const fn settle(&mut self) {
        self.settled = true;
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        if !self.settled {
            self.script.with(|log, now| log.dials[self.number].abandoned = Some(now));
        }
    }
}

struct ScriptedBody {
    script: Scripted,
    number: usize,
    parts: VecDeque<Part>,
    pause: Option<Pin<Box<Sleep>>>,
}

impl ScriptedBody {
    fn new(script: Scripted, parts: VecDeque<Part>) -> Self {
        let number = script.with(|log, _| {
            log.bodies.push(BodyRead::default());
            log.bodies.len() - 1
        });
        Self { script, number, parts, pause: None }
    }

    fn note(&self, change: impl FnOnce(&mut BodyRead, Duration)) {
        self.script.with(|log, now| change(&mut log.bodies[self.number], now));
    }
}

impl Body for ScriptedBody {
    fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Error>>> {
        loop {
            if let Some(pause) = &mut self.pause {
                if pause.as_mut().poll(cx).is_pending() {
                    return Poll::Pending;
                }
                self.pause = None;
            }
            match self.parts.pop_front() {
                None => {
                    self.note(|body, _| body.ended = true);
                    return Poll::Ready(None);
                }
                Some(Part::Chunk(chunk)) => {
                    self.note(|body, _| body.chunks += 1);
                    return Poll::Ready(Some(Ok(chunk)));
                }
                Some(Part::Flood(chunk)) => {
                    self.parts.push_front(Part::Flood(chunk.clone()));
                    // As a socket does.
                    ready!(pin!(consume_budget()).poll(cx));
                    return Poll::Ready(Some(Ok(chunk)));
                }
                Some(Part::Pause(time)) => self.pause = Some(Box::pin(sleep(time))),
                Some(Part::Fail(kind)) => {
                    let error = Error::new(kind, Phase::Body, "as the script says");
                    return Poll::Ready(Some(Err(error.with_sent(true))));
                }
                Some(Part::Hang) => {
                    self.parts.push_front(Part::Hang);
                    return Poll::Pending;
                }
            }
        }
    }
}

impl Drop for ScriptedBody {
    fn drop(&mut self) {
        self.note(|body, now| body.dropped = Some(now));
    }
}
