//! One stream, as `lib/core/stream-handle.js` holds it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use napi::bindgen_prelude::Uint8ArraySlice;
use napi_derive::napi;

use super::callback_reply;
use super::dispatcher::Streams;
use crate::chat::SharedChatState;
use crate::delivery::Demand;
use crate::stream::{BodyHandler, Control, Engine};

/// Sets a stream going, whatever its engine takes in.
type Start = Box<dyn FnOnce(&Control) + Send>;

/// A stream. Dropping it, also by garbage collection, closes the connection.
#[napi]
pub struct NativeStream {
    id: u32,
    control: Arc<Control>,
    /// Of an answer.
    chat: Option<Arc<SharedChatState>>,
    start: Mutex<Option<Start>>,
    streams: Arc<Streams>,
}

impl NativeStream {
    pub(super) fn new<I: BodyHandler>(
        id: u32,
        control: Arc<Control>,
        chat: Option<Arc<SharedChatState>>,
        engine: Engine<I>,
        streams: Arc<Streams>,
    ) -> Self {
        let start: Start = Box::new(|control| control.start(engine));
        Self { id, control, chat, start: Mutex::new(Some(start)), streams }
    }
}

impl Drop for NativeStream {
    fn drop(&mut self) {
        self.control.close();
        self.streams.remove(self.id);
    }
}

#[napi]
impl NativeStream {
    /// The number under which its records arrive.
    #[napi(getter)]
    pub fn id(&self) -> u32 {
        self.id
    }

    /// Starts the first attempt.
    #[napi(catch_unwind)]
    pub fn dial(&self) {
        let start = self.start.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(start) = start {
            start(&self.control);
        }
    }

    /// 0: nothing, 1: one batch, 2: everything as it comes. Returns whether something waits that can be
    /// drained at once.
    #[napi(catch_unwind)]
    pub fn ask(&self, demand: u32) -> bool {
        self.control.ask(match demand {
            0 => Demand::Off,
            1 => Demand::Once,
            _ => Demand::Flow,
        })
    }

    /// How what arrives is handed over. A stream of events: 2 for the bytes of an event stream, else
    /// one by one. An answer: bit 0 for pieces and deltas, bit 1 for the bytes of standard chunks, 0
    /// for not at all; what came until then comes first. `false` if the answer is over already, and
    /// then only `snapshot` and `chunks` have it.
    #[napi(catch_unwind)]
    pub fn form(&self, form: u32) -> bool {
        if let Some(chat) = &self.chat {
            return chat.set_form(form & 1 != 0, form & 2 != 0);
        }
        self.control.encode(form & 2 != 0);
        true
    }

    /// Whether the events of an answer's bodies arrive as well, as they are.
    #[napi(catch_unwind)]
    pub fn raw(&self, raw: bool) {
        if let Some(chat) = &self.chat {
            chat.set_raw(raw);
        }
    }

    /// The answer so far, in JSON; empty for a stream of events.
    #[napi(catch_unwind)]
    pub fn snapshot(&self) -> String {
        self.chat.as_ref().map(|chat| chat.snapshot()).unwrap_or_default()
    }

    /// An answer that is over as the text of standard chunks; empty if it failed before anything came.
    #[napi(catch_unwind)]
    pub fn chunks(&self) -> String {
        let bytes = self.chat.as_ref().map(|chat| chat.chunks()).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Ends the stream.
    #[napi(catch_unwind)]
    pub fn close(&self) {
        self.control.close();
    }

    /// Whether each attempt is told of when it starts.
    #[napi(catch_unwind)]
    pub fn announce(&self, announces: bool) {
        self.control.announce(announces);
    }

    /// Connects afresh.
    #[napi(catch_unwind)]
    pub fn reconnect(&self) {
        self.control.reconnect();
    }

    /// Ends the stream as complete.
    #[napi(catch_unwind)]
    pub fn finish(&self) {
        self.control.finish();
    }

    /// Ends the stream with an error: a function of the caller threw.
    #[napi(catch_unwind)]
    pub fn fail(&self) {
        self.control.fail();
    }

    /// Forgets the failures so far.
    #[napi(catch_unwind)]
    pub fn reset_retries(&self) {
        self.control.reset_retries();
    }

    /// Sends an alarm notice with this number after `delay` milliseconds.
    #[napi(catch_unwind)]
    pub fn alarm(&self, number: u32, delay: f64) {
        let delay = Duration::try_from_secs_f64(delay / 1000.0).unwrap_or(Duration::MAX);
        self.control.alarm(number, delay);
    }

    /// Statistics, in JSON.
    #[napi(catch_unwind)]
    pub fn stats(&self) -> String {
        serde_json::to_string(&self.control.stats()).unwrap_or_default()
    }

    /// Replies to a question notice; `reply` is the JSON that `lib/core/stream-handle.js` makes.
    #[napi(catch_unwind)]
    pub fn reply(
        &self,
        question: u32,
        reply: String,
        body: Option<Uint8ArraySlice<'_>>,
    ) -> napi::Result<()> {
        let body = body.map(|body| Bytes::copy_from_slice(&body));
        self.control.reply(question, callback_reply::parse(&reply, body)?);
        Ok(())
    }
}
