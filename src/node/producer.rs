//! What a source in JavaScript says, as `lib/server/source.js` says it.

use std::sync::Arc;

use napi::bindgen_prelude::Uint8ArraySlice;
use napi_derive::napi;

use crate::delivery::Mailbox;
use crate::log::{End, Failure};
use crate::serve::Producer;

/// The producer of a run whose source is in JavaScript. Dropping it, also by garbage collection or with its
/// environment, is the loss of the source.
#[napi]
pub struct NativeProducer {
    producer: Arc<Producer>,
    mailbox: Arc<Mailbox>,
}

impl NativeProducer {
    pub(super) const fn new(producer: Arc<Producer>, mailbox: Arc<Mailbox>) -> Self {
        Self { producer, mailbox }
    }
}

#[napi]
impl NativeProducer {
    /// The number under which an order to stop arrives.
    #[napi(getter)]
    pub fn id(&self) -> u32 {
        self.mailbox.id()
    }

    /// Says an event, in the text of an event stream.
    #[napi(catch_unwind)]
    pub fn frame(&self, frame: String) {
        self.producer.frame(frame.as_bytes());
        self.producer.flush();
    }

    /// Says bytes.
    #[napi(catch_unwind)]
    pub fn bytes(&self, bytes: Uint8ArraySlice<'_>) {
        self.producer.frame(&bytes);
        self.producer.flush();
    }

    /// It has said everything.
    #[napi(catch_unwind)]
    pub fn done(&self) {
        self.producer.end(End::Done);
    }

    /// It failed.
    #[napi(catch_unwind)]
    pub fn fail(&self, code: String, message: String, kind: Option<String>) {
        self.producer.end(End::Failed(Failure { code, message, kind }));
    }
}

impl Drop for NativeProducer {
    fn drop(&mut self) {
        self.producer.end(End::Lost);
    }
}
