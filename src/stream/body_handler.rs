//! What differs between a stream of events and an answer: whatever takes in what bodies say.

use std::borrow::Cow;
use std::future::Future;
use std::time::Duration;

use super::options::Options;
use super::record_buffer::RecordBuffer;
use super::report::Report;
use crate::error::Error;
use crate::pool::{Assignment, Endpoint, Outcome};
use crate::protocol::{Event, Framing, Item};
use crate::reconnect::{Ending, Progress, RequestFacts};
use crate::transport::{Request, Response};

/// What an item was.
#[derive(Debug)]
pub enum Taken {
    /// An event that the event clock counts.
    Event,
    /// An event with or after which nothing need follow: the rest is waited for, but not for long.
    Finished,
    /// The event that completes the stream.
    Terminal,
    /// The reconnection time that the server wants.
    Retry(Duration),
    /// A comment, an id, or an event that the event clock ignores.
    Other,
    /// The attempt fails here, although the connection is fine.
    Failed(Error),
}

/// What the end of a body means.
#[derive(Debug)]
pub enum Completion {
    /// The stream is complete.
    Complete,
    /// What the table of endings says of a clean end.
    Clean,
    /// The attempt failed.
    Failed(Error),
}

/// What a handler says about another attempt.
#[derive(Debug)]
pub enum RetryAdvice {
    /// As the table of endings says, for such a request. `delivered` tells whether the consumer was
    /// given anything that a repetition would give again.
    Table {
        /// What kind of request it was.
        facts: RequestFacts,
        /// Whether a repetition would be noticed.
        delivered: bool,
    },
    /// Another attempt is sensible, whatever the table says; within the limits of the policy.
    Repeat,
    /// No further attempt; the error is the last one.
    Final,
}

impl RetryAdvice {
    /// What kind of request it was.
    pub(super) fn facts(&self) -> RequestFacts {
        match self {
            Self::Table { facts, .. } => *facts,
            Self::Repeat | Self::Final => RequestFacts { safe: false, terminal_declared: false },
        }
    }

    /// Whether another attempt would do no harm.
    pub(super) fn permits(&self) -> bool {
        match self {
            Self::Table { facts, delivered } => facts.safe || !delivered,
            Self::Repeat => true,
            Self::Final => false,
        }
    }
}

/// Takes the items of a stream to its mailbox, and keeps what must survive a reconnect.
pub trait BodyHandler: Send + Sync + 'static {
    /// How its bodies are cut into items.
    type Framing: Framing;

    /// A framing for a new body.
    fn framing(&self, max_event_size: Option<usize>) -> Self::Framing;

    /// Completes the request of the attempt with this number, which goes to the endpoint of `assignment`
    /// if there is a pool.
    fn complete_request(
        &mut self,
        request: &mut Request,
        options: &Options,
        assignment: Option<&Assignment>,
        attempt: u64,
    ) -> Result<(), Error>;

    /// Whether the next attempt may go to this endpoint.
    fn fits(&self, _endpoint: &Endpoint) -> bool {
        true
    }

    /// Whether the next attempt must go where the last one went.
    fn stays(&self) -> bool {
        false
    }

    /// What it is if the server answers 204; `None` where that is an end like others.
    fn absent(&self) -> Option<Error> {
        None
    }

    /// Adds to a refusal what its body says.
    fn explain(&self, error: Error) -> Error {
        error
    }

    /// A response was accepted.
    fn opened(&mut self, response: &Response);

    /// Takes one item; `None` if the mailbox is full, and then [`BodyHandler::make_room`] comes first.
    fn take(&mut self, item: &Item<'_>) -> Option<Taken>;

    /// Takes an event whose blank line never came, should it count.
    fn take_incomplete(&mut self, event: Event<'_>) -> Option<Taken>;

    /// Where its records pile up.
    fn buffer(&self) -> &RecordBuffer;

    /// Hands over what has piled up.
    fn flush(&mut self);

    /// Waits until the consumer has made room for an item that did not fit; returns how long. Until
    /// then the socket is not read.
    fn make_room(&mut self, item: &Item<'_>) -> impl Future<Output = Duration> + Send;

    /// The body ended cleanly.
    fn ended(&mut self) -> Completion {
        Completion::Clean
    }

    /// Whether the stream is complete although its body may not be.
    fn complete(&self) -> bool {
        false
    }

    /// Whether the present body has said nothing, in which case something that stands in none of its
    /// fields may be what it has to say.
    fn is_unheard(&self) -> bool {
        false
    }

    /// What a failure is, if the body said so outside of its items.
    fn explain_unread(&self, _error: &Error, _unread: &[u8]) -> Option<Error> {
        None
    }

    /// What an ending says about the endpoint and the key that were used.
    fn outcome(&self, ending: &Ending, error: Option<&Error>) -> Outcome;

    /// An attempt ended; what follows? Called once for each that did not complete the stream.
    /// `received` counts the bytes of all bodies so far.
    fn judge(
        &mut self,
        options: &Options,
        ending: &Ending,
        error: Option<&Error>,
        received: u64,
    ) -> RetryAdvice;

    /// The caller wants to connect afresh in the middle of an attempt. `received` counts the bytes of all
    /// bodies so far.
    fn interrupted(&mut self, _received: u64) {}

    /// What the present connection brought that ends an outage. An answer counts its attempts from its
    /// beginning to its end.
    fn progress(&self) -> Progress {
        Progress::None
    }

    /// The stream is over; `error` if it failed. Nothing but the notice of it follows.
    fn over(&mut self, _error: Option<&Report>, _received: u64) {}

    /// The last id parsed: what a reconnect resumes after.
    fn last_event_id(&self) -> Cow<'_, str>;

    /// Events parsed so far.
    fn events(&self) -> u64;
}

/// What an ending says about an endpoint and a key, by statuses alone.
pub fn outcome(ending: &Ending, error: Option<&Error>) -> Outcome {
    use crate::error::Kind;
    match ending {
        Ending::Terminal | Ending::End | Ending::NoContent => Outcome::Success,
        // What a proxy refuses is not the key's fault.
        Ending::Status { .. } if error.is_some_and(|error| error.kind() == Kind::Proxy) => {
            Outcome::EndpointFailed
        }
        Ending::Status { status: 401..=403, .. } => Outcome::KeyDead,
        Ending::Status { status: 429, retry_after } => Outcome::KeyCooling(*retry_after),
        Ending::Status { status: 408 | 425 | 500.., .. }
        | Ending::Lost
        | Ending::Unsent
        | Ending::Unanswered
        | Ending::HeadersTimeout => Outcome::EndpointFailed,
        Ending::Status { .. } => Outcome::Neutral,
        Ending::Fatal => match error.map(Error::kind) {
            // A login page, or a certificate that nobody can check: as good as no answer.
            Some(Kind::ContentType | Kind::ContentEncoding | Kind::Tls | Kind::Redirect) => {
                Outcome::EndpointFailed
            }
            _ => Outcome::Neutral,
        },
    }
}
