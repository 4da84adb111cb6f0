//! Where what a stream brings may go besides its mailbox, without JavaScript.

use std::fmt;
use std::time::Duration;

use super::report::Report;

/// Takes what a stream brings as the text of an event stream: the log of a run does.
///
/// It is called on the engine's thread, and must neither wait nor call back into the stream.
pub trait Sink: fmt::Debug + Send + Sync {
    /// One event, without its id.
    fn frame(&self, frame: &[u8]);

    /// Nothing more is known for now: what was told may be passed on.
    fn flush(&self);

    /// It waits before it asks again, which says nothing of what comes.
    fn retry(&self, retry: SinkRetry<'_>);

    /// Nothing follows.
    fn end(&self, end: SinkEnd<'_>);
}

/// A wait, for a sink.
#[derive(Clone, Copy, Debug)]
pub struct SinkRetry<'a> {
    /// Counted from 1 since the last progress.
    pub attempt: u32,
    /// How long it waits.
    pub delay: Duration,
    /// Why, unless the last attempt ended as it should.
    pub error: Option<&'a Report>,
}

/// How a stream ended, for its sink.
#[derive(Clone, Copy, Debug)]
pub enum SinkEnd<'a> {
    /// As it should.
    Complete,
    /// JavaScript closed or aborted it.
    Closed,
    /// Its JavaScript environment is gone.
    Abandoned,
    /// With this failure.
    Failed(&'a Report),
}
