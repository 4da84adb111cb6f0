//! One run, as `lib/server/run.js` holds it.

use std::sync::Arc;

use napi_derive::napi;

use super::dispatcher::Mailboxes;
use super::producer::NativeProducer;
use super::reader::NativeReader;
use super::runtime;
use crate::delivery::Limits;
use crate::log::{Position, Role};
use crate::reconnect::millis;
use crate::serve::{Beginning, EndWatch, Form, Reader, ReaderOptions, Run};

/// One run.
#[napi]
pub struct NativeRun {
    run: Run,
    mailboxes: Mailboxes,
}

impl NativeRun {
    pub(super) const fn new(run: Run, mailboxes: Mailboxes) -> Self {
        Self { run, mailboxes }
    }
}

#[napi]
impl NativeRun {
    /// Whether this call produces it.
    #[napi(getter, catch_unwind)]
    pub fn produces(&self) -> bool {
        self.run.role() == Role::Producer
    }

    /// Whether its frames are bytes as they came.
    #[napi(getter, catch_unwind)]
    pub fn raw(&self) -> bool {
        self.run.tail().is_raw()
    }

    /// Begins to produce it: from now on it is this call's, however long the source takes to be made. An order to stop
    /// is a notice.
    #[napi(catch_unwind)]
    pub fn produce(&self) -> napi::Result<NativeProducer> {
        let producer = self.run.producer();
        let mailbox = self.mailboxes.open(Limits { events: 1, bytes: 1 });
        let told = Arc::downgrade(&mailbox);
        producer.on_abort(move || {
            if let Some(mailbox) = told.upgrade() {
                mailbox.notify(r#"{"type":"stop"}"#);
            }
        });
        runtime::handle()?.spawn(Arc::clone(&producer).run());
        Ok(NativeProducer::new(producer, mailbox, self.run.idle()))
    }

    /// A reader that begins behind a cursor, or at the start without one; `null` if that has everything.
    #[napi(catch_unwind)]
    pub fn read(
        &self,
        cursor: Option<String>,
        events: bool,
        heartbeat_ms: Option<f64>,
        notices: bool,
    ) -> Option<NativeReader> {
        let (after, resets) = match self.run.beginning(cursor.as_deref()) {
            Beginning::After(position) => (position, false),
            Beginning::Reset => (Position::default(), true),
            Beginning::Nowhere => return None,
        };
        let form = if events { Form::Events } else { Form::Bytes };
        let heartbeat = heartbeat_ms.map(millis::from);
        let options = ReaderOptions { form, after, resets, heartbeat, notices };
        let mailbox = self.mailboxes.open(Reader::LIMITS);
        Some(NativeReader::new(self.run.reader(mailbox, options)))
    }

    /// From now on the end is told by a notice with the number that this returns.
    #[napi(catch_unwind)]
    pub fn watch(&self) -> u32 {
        let mailbox = self.mailboxes.open(Limits { events: 1, bytes: 1 });
        let id = mailbox.id();
        EndWatch::start(Arc::clone(self.run.tail()), mailbox);
        id
    }

    /// The answer so far, in JSON, if it is one.
    #[napi(catch_unwind)]
    pub fn snapshot(&self) -> Option<String> {
        self.run.snapshot()
    }
}
