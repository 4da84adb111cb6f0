//! A stream of events, as `EventStream` and `EventSource` have it.

use napi_derive::napi;

use super::stream::{Stream, stream_methods};

/// A stream of events.
#[napi]
pub struct NativeEventStream {
    stream: Stream,
}

impl NativeEventStream {
    pub(super) const fn new(stream: Stream) -> Self {
        Self { stream }
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
