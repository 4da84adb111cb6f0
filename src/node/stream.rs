//! What a stream of events and an answer have in common, as `lib/core/stream-handle.js` holds both.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;

use super::callback_reply;
use super::demand;
use super::dispatcher::Streams;
use crate::reconnect::millis;
use crate::stream::{BodyHandler, Control, Engine};

/// Sets a stream going, whatever its engine takes in.
type Start = Box<dyn FnOnce(&Control) + Send>;

/// A stream. Dropping it, also by garbage collection, closes the connection.
pub struct Stream {
    id: u32,
    control: Arc<Control>,
    start: Mutex<Option<Start>>,
    streams: Arc<Streams>,
}

impl Stream {
    pub fn new<H: BodyHandler>(
        id: u32,
        control: Arc<Control>,
        engine: Engine<H>,
        streams: Arc<Streams>,
    ) -> Self {
        let start: Start = Box::new(|control| control.start(engine));
        Self { id, control, start: Mutex::new(Some(start)), streams }
    }

    pub const fn id(&self) -> u32 {
        self.id
    }

    pub fn control(&self) -> &Control {
        &self.control
    }

    /// What ends it, from any thread: its consumer in JavaScript hears of it as of its own close.
    pub fn abort(&self) -> impl FnOnce() + Send + 'static + use<> {
        let control = Arc::downgrade(&self.control);
        move || {
            if let Some(control) = control.upgrade() {
                control.stop();
            }
        }
    }

    pub fn dial(&self) {
        let start = self.start.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(start) = start {
            start(&self.control);
        }
    }

    pub fn ask(&self, demand: u32) -> bool {
        self.control.ask(demand::of_number(demand))
    }

    pub fn alarm(&self, number: u32, delay: f64) {
        self.control.alarm(number, millis::from(delay));
    }

    pub fn stats(&self) -> String {
        serde_json::to_string(&self.control.stats()).unwrap_or_default()
    }

    pub fn reply(&self, question: u32, reply: &str, body: Option<&[u8]>) -> napi::Result<()> {
        let body = body.map(Bytes::copy_from_slice);
        self.control.reply(question, callback_reply::parse(reply, body)?);
        Ok(())
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.control.close();
        self.streams.remove(self.id);
    }
}

/// Gives a class of JavaScript, which has a `stream`, the methods of every stream.
macro_rules! stream_methods {
    ($class:ident) => {
        #[napi_derive::napi]
        impl $class {
            /// The number under which its records arrive.
            #[napi(getter)]
            pub fn id(&self) -> u32 {
                self.stream.id()
            }

            /// Starts the first attempt.
            #[napi(catch_unwind)]
            pub fn dial(&self) {
                self.stream.dial();
            }

            /// 0: nothing, 1: one batch, 2: everything as it comes. Returns whether something waits
            /// that can be drained at once.
            #[napi(catch_unwind)]
            pub fn ask(&self, demand: u32) -> bool {
                self.stream.ask(demand)
            }

            /// Ends the stream.
            #[napi(catch_unwind)]
            pub fn close(&self) {
                self.stream.control().close();
            }

            /// Whether each attempt is told of when it starts.
            #[napi(catch_unwind)]
            pub fn announce(&self, announces: bool) {
                self.stream.control().announce(announces);
            }

            /// Connects afresh.
            #[napi(catch_unwind)]
            pub fn reconnect(&self) {
                self.stream.control().reconnect();
            }

            /// Forgets the failures so far.
            #[napi(catch_unwind)]
            pub fn reset_retries(&self) {
                self.stream.control().reset_retries();
            }

            /// Sends an alarm notice with this number after `delay` milliseconds.
            #[napi(catch_unwind)]
            pub fn alarm(&self, number: u32, delay: f64) {
                self.stream.alarm(number, delay);
            }

            /// Statistics, in JSON.
            #[napi(catch_unwind)]
            pub fn stats(&self) -> String {
                self.stream.stats()
            }

            /// Replies to a question notice; `reply` is the JSON that `lib/core/callbacks.js` makes.
            #[napi(catch_unwind)]
            pub fn reply(
                &self,
                question: u32,
                reply: String,
                body: Option<napi::bindgen_prelude::Uint8ArraySlice<'_>>,
            ) -> napi::Result<()> {
                self.stream.reply(question, &reply, body.as_deref())
            }
        }
    };
}

pub(super) use stream_methods;
