//! One stream, as `lib/stream-handle.js` holds it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use napi::bindgen_prelude::Uint8ArraySlice;
use napi_derive::napi;

use super::answer;
use super::post_office::Streams;
use crate::mailbox::Demand;
use crate::stream::{Control, Engine};

/// A stream. Dropping it, also by garbage collection, closes the connection.
#[napi]
pub struct NativeStream {
    id: u32,
    control: Arc<Control>,
    engine: Mutex<Option<Engine>>,
    streams: Arc<Streams>,
}

impl NativeStream {
    pub(super) const fn new(
        id: u32,
        control: Arc<Control>,
        engine: Engine,
        streams: Arc<Streams>,
    ) -> Self {
        Self { id, control, engine: Mutex::new(Some(engine)), streams }
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
        let engine = self.engine.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(engine) = engine {
            self.control.start(engine);
        }
    }

    /// 0: nothing, 1: one batch, 2: everything as it comes.
    #[napi(catch_unwind)]
    pub fn ask(&self, demand: u32) {
        self.control.ask(match demand {
            0 => Demand::Off,
            1 => Demand::Once,
            _ => Demand::Flow,
        });
    }

    /// Whether events arrive as the bytes of an event stream from now on.
    #[napi(catch_unwind)]
    pub fn encode(&self, encoded: bool) {
        self.control.encode(encoded);
    }

    /// Ends the stream.
    #[napi(catch_unwind)]
    pub fn close(&self) {
        self.control.close();
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

    /// Answers a question notice; `answer` is the JSON that `lib/stream-handle.js` makes.
    #[napi(catch_unwind)]
    pub fn answer(
        &self,
        question: u32,
        answer: String,
        body: Option<Uint8ArraySlice<'_>>,
    ) -> napi::Result<()> {
        let body = body.map(|body| Bytes::copy_from_slice(&body));
        self.control.answer(question, answer::parse(&answer, body)?);
        Ok(())
    }
}
