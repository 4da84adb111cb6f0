//! The producer of a run, as `lib/server/run-source.js` holds it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use napi::bindgen_prelude::Uint8ArraySlice;
use napi_derive::napi;

use super::chat_stream::NativeChatStream;
use super::event_stream::NativeEventStream;
use crate::delivery::Mailbox;
use crate::log::{End, Failure, Kind};
use crate::serve::{Producer, RunSink};

/// The producer of a run. Dropping it, also by garbage collection or with its environment, is the loss of the
/// source, unless that is a stream of the core, which says so itself.
#[napi]
pub struct NativeProducer {
    producer: Arc<Producer>,
    mailbox: Arc<Mailbox>,
    idle: Option<Duration>,
    in_core: AtomicBool,
}

impl NativeProducer {
    pub(super) const fn new(
        producer: Arc<Producer>,
        mailbox: Arc<Mailbox>,
        idle: Option<Duration>,
    ) -> Self {
        Self { producer, mailbox, idle, in_core: AtomicBool::new(false) }
    }

    /// Gives the stream of the core its sink, if it takes one; `abort` ends the stream.
    fn attach(
        &self,
        attach: impl FnOnce(Arc<RunSink>) -> bool,
        abort: impl FnOnce() + Send + 'static,
    ) -> bool {
        let sink = RunSink::new(Arc::clone(&self.producer));
        let attached = attach(Arc::clone(&sink));
        if attached {
            self.in_core.store(true, Ordering::Release);
            self.producer.on_abort(abort);
        } else {
            sink.discard();
        }
        attached
    }
}

#[napi]
impl NativeProducer {
    /// The number under which an order to stop arrives.
    #[napi(getter)]
    pub fn id(&self) -> u32 {
        self.mailbox.id()
    }

    /// The source is an answer; `false` if that is over already, or has another run.
    #[napi(catch_unwind)]
    pub fn chat(&self, stream: &NativeChatStream) -> bool {
        self.attach(|sink| stream.attach(sink), stream.abort())
    }

    /// The source is a stream of events; `false` if that was open already, is over, or has another run.
    #[napi(catch_unwind)]
    pub fn events(&self, stream: &NativeEventStream) -> bool {
        self.attach(|sink| stream.attach(sink), stream.abort())
    }

    /// The source is in JavaScript, and says events, or bytes if it is raw.
    #[napi(catch_unwind)]
    pub fn here(&self, raw: bool) {
        self.producer.describe(if raw { Kind::Raw } else { Kind::Frames }, self.idle);
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
        if !self.in_core.load(Ordering::Acquire) {
            self.producer.end(End::Lost);
        }
    }
}
