//! Events in, deltas out.
#![forbid(unsafe_code)]

use super::failure::{Bound, Failure};
use super::{Class, Delta, Finish};
use crate::protocol::Event;

/// The most alternatives in an answer. The official `OpenAI` client (7.57) has the same bound.
pub const MAX_CHOICES: usize = 128;

/// The most tool calls in one alternative. The official `OpenAI` client (7.57) has the same bound.
pub const MAX_TOOL_CALLS: usize = 128;

/// The most parts of content in one event. Recorded streams have one or two; a part costs more
/// memory than the few bytes of JSON that it takes to ask for it.
pub const MAX_PARTS: usize = 1024;

/// What one family of endpoints means by its events. It stands for one answer, whatever the number
/// of bodies in which it arrives.
pub trait Dialect: Send + Sync {
    /// Reads one event and hands what it says to `sink`, in order.
    ///
    /// An event that says nothing, or nothing known, is fine. What the provider says went wrong is
    /// a [`Delta::Error`]; the same failure said twice is told once.
    ///
    /// # Errors
    ///
    /// What is refused here: [`Class::Malformed`] or [`Class::Bound`]. What was handed to `sink`
    /// before is valid, and the dialect is in order for the next event, should the caller pass
    /// over this one.
    fn decode(&mut self, event: &Event<'_>, sink: &mut dyn FnMut(Delta<'_>))
    -> Result<(), Failure>;

    /// After which event a server would have to resume: Responses' `sequence_number`. `None` for
    /// families whose servers cannot.
    fn cursor(&self) -> Option<u64> {
        None
    }

    /// The next event comes from a new body that resumes after [`cursor`](Self::cursor). What such
    /// a body repeats is dropped.
    fn resume(&mut self) {}
}

/// The index of an alternative, within its bound.
pub(super) fn choice(index: Option<u64>, default: usize) -> Result<u32, Failure> {
    let index = index.or_else(|| u64::try_from(default).ok());
    index
        .and_then(|index| u32::try_from(index).ok())
        .filter(|index| usize::try_from(*index).is_ok_and(|index| index < MAX_CHOICES))
        .ok_or_else(|| Failure::refused(Class::Bound(Bound::Choices)))
}

/// The number of one more tool call, when `count` came before it.
pub(super) fn tool_call(count: usize) -> Result<u32, Failure> {
    u32::try_from(count)
        .ok()
        .filter(|_| count < MAX_TOOL_CALLS)
        .ok_or_else(|| Failure::refused(Class::Bound(Bound::ToolCalls)))
}

/// What is told once in an answer.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Told {
    id: bool,
    model: bool,
    error: bool,
}

impl Told {
    /// Tells what is new of the id and the model.
    pub(super) fn start(
        &mut self,
        id: Option<&str>,
        model: Option<&str>,
        sink: &mut dyn FnMut(Delta<'_>),
    ) {
        let id = id.filter(|_| !self.id);
        let model = model.filter(|_| !self.model);
        if id.is_some() || model.is_some() {
            self.id |= id.is_some();
            self.model |= model.is_some();
            sink(Delta::Start { id, model });
        }
    }

    /// Another answer begins: its id and model are news again.
    pub(super) fn reset(&mut self, sink: &mut dyn FnMut(Delta<'_>)) {
        (self.id, self.model) = (false, false);
        sink(Delta::Reset);
    }

    /// Tells why an alternative ended: a reason, or the failure that it stands for.
    pub(super) fn finish(
        &mut self,
        choice: u32,
        reason: &str,
        message: Option<&str>,
        sink: &mut dyn FnMut(Delta<'_>),
    ) {
        match Finish::failure(reason, message) {
            Some(failure) => self.error(&failure, sink),
            None => sink(Delta::Finish { choice, reason }),
        }
    }

    /// Tells a failure, unless one was told before.
    pub(super) fn error(&mut self, failure: &Failure, sink: &mut dyn FnMut(Delta<'_>)) {
        if !std::mem::replace(&mut self.error, true) {
            sink(Delta::Error(failure));
        }
    }
}
