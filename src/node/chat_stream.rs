//! An answer, as `lib/chat/answer-handle.js` holds it.

use std::sync::Arc;

use napi_derive::napi;

use super::stream::{Stream, stream_methods};
use crate::chat::SharedChatState;
use crate::stream::Sink;

/// An answer.
#[napi]
pub struct NativeChatStream {
    stream: Stream,
    chat: Arc<SharedChatState>,
}

impl NativeChatStream {
    pub(super) const fn new(stream: Stream, chat: Arc<SharedChatState>) -> Self {
        Self { stream, chat }
    }

    /// What ends it, from any thread.
    pub(super) fn abort(&self) -> impl FnOnce() + Send + 'static + use<> {
        self.stream.abort()
    }

    /// Its chunks go to `sink` as well, from the first on; `false` if it is over, or has a sink.
    pub(super) fn attach(&self, sink: Arc<dyn Sink>) -> bool {
        self.chat.attach(self.stream.control(), &sink)
    }
}

stream_methods!(NativeChatStream);

#[napi]
impl NativeChatStream {
    /// How the answer is handed over: bit 0 for pieces and deltas, bit 1 for the bytes of standard
    /// chunks, 0 for not at all; what came until then comes first. `false` if the answer is over
    /// already, and then only `snapshot` and `chunks` have it.
    #[napi(catch_unwind)]
    pub fn form(&self, form: u32) -> bool {
        self.chat.set_form(form & 1 != 0, form & 2 != 0)
    }

    /// Whether the events of the answer's bodies arrive as well, as they are.
    #[napi(catch_unwind)]
    pub fn raw(&self, raw: bool) {
        self.chat.set_raw(raw);
    }

    /// The answer so far, in JSON.
    #[napi(catch_unwind)]
    pub fn snapshot(&self) -> String {
        self.chat.snapshot()
    }

    /// An answer that is over as the text of standard chunks; empty if it failed before anything came.
    #[napi(catch_unwind)]
    pub fn chunks(&self) -> String {
        String::from_utf8_lossy(&self.chat.chunks()).into_owned()
    }
}
