//! Where what a stream brings may go besides its mailbox, without JavaScript.

use std::fmt;

use super::report::Report;

/// Takes what a stream brings as the text of an event stream: the log of a run does.
///
/// It is called on the engine's thread, and must neither wait nor call back into the stream.
pub trait Sink: fmt::Debug + Send + Sync {
    /// One event, without its id.
    fn frame(&self, frame: &[u8]);

    /// Nothing more is known for now: what was told may be passed on.
    fn flush(&self);

    /// Nothing follows.
    fn end(&self, end: SinkEnd<'_>);
}

/// How a stream ended, for its sink.
#[derive(Clone, Copy, Debug)]
pub enum SinkEnd<'a> {
    /// As it should.
    Complete,
    /// JavaScript closed or aborted it.
    Closed,
    /// With this failure.
    Failed(&'a Report),
}
