//! A stream of events, as `EventStream` and `EventSource` have it.

use std::sync::Arc;

use napi_derive::napi;

use super::stream::{Stream, stream_methods};
use crate::stream::Sink;

/// A stream of events.
#[napi]
pub struct NativeEventStream {
    stream: Stream,
}

impl NativeEventStream {
    pub(super) const fn new(stream: Stream) -> Self {
        Self { stream }
    }

    /// What ends it, from any thread.
    pub(super) fn abort(&self) -> impl FnOnce() + Send + 'static + use<> {
        self.stream.abort()
    }

    /// Its events go to `sink` as well, from the first on; `false` if it was open before, is over, or has a
    /// sink.
    pub(super) fn attach(&self, sink: Arc<dyn Sink>) -> bool {
        self.stream.control().attach(sink)
    }
}

stream_methods!(NativeEventStream);

#[napi]
impl NativeEventStream {
    /// Whether events arrive as the bytes of an event stream, instead of one by one.
    #[napi(catch_unwind)]
    pub fn encode(&self, encodes: bool) {
        self.stream.control().encode(encodes);
    }

    /// Whether events pass JavaScript by, since a run takes them and nobody listens.
    #[napi(catch_unwind)]
    pub fn mute(&self, muted: bool) {
        self.stream.control().mute(muted);
    }

    /// Ends the stream as complete.
    #[napi(catch_unwind)]
    pub fn finish(&self) {
        self.stream.control().finish();
    }

    /// Ends the stream with an error: a function of the caller threw.
    #[napi(catch_unwind)]
    pub fn fail(&self) {
        self.stream.control().fail();
    }
}
