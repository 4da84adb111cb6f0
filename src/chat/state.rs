//! The answer so far, shared between the engine that writes it and the consumer that reads it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::attempt::Attempt;
use super::chunk::Chunks;
use super::hand_over::reset_json;
use super::snapshot::snapshot;
use crate::delivery::Mailbox;
use crate::llm::{Accumulator, Bounds, Delta, Failure, Finish, Message};
use crate::record::{Queue, Record};
use crate::stream::{Control, Sink};

/// In which forms the answer goes to the consumer. In none, it is only collected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "any of them may be wanted with any other")]
pub struct Form {
    /// Pieces and deltas, one by one.
    pub records: bool,
    /// The bytes of standard chunks.
    pub bytes: bool,
    /// The events of the bodies as they are.
    pub raw: bool,
    /// The bytes of standard chunks, to a sink.
    pub sunk: bool,
}

/// The answer so far.
#[derive(Debug)]
pub struct SharedChatState {
    mailbox: Arc<Mailbox>,
    inner: Mutex<ChatState>,
}

/// What has been told, and in which form.
#[derive(Debug)]
pub struct ChatState {
    pub accumulator: Accumulator,
    pub attempts: Vec<Attempt>,
    pub form: Form,
    /// Something of the present message has come that is more than start-up.
    pub begun: bool,
    /// The answer is over, whatever its end.
    pub over: bool,
    pub(super) chunks: Chunks,
    sink: Option<Arc<dyn Sink>>,
    /// The last of the bytes, once it is over.
    ending: Vec<u8>,
    revision: u64,
}

impl SharedChatState {
    /// An empty answer, whose consumer has this mailbox.
    #[must_use]
    pub fn new(mailbox: Arc<Mailbox>, bounds: Bounds, request_id: &str) -> Arc<Self> {
        let inner = ChatState {
            accumulator: Accumulator::new(bounds),
            attempts: Vec::new(),
            form: Form::default(),
            begun: false,
            over: false,
            chunks: Chunks::new(request_id),
            sink: None,
            ending: Vec::new(),
            revision: 0,
        };
        Arc::new(Self { mailbox, inner: Mutex::new(inner) })
    }

    /// The answer so far, in JSON.
    #[must_use]
    pub fn snapshot(&self) -> String {
        let state = self.lock();
        snapshot(state.message(), &state.attempts, state.revision)
    }

    /// Changes the form. A form that was not wanted before first gets what came until now. `false`
    /// if the answer is over, and then nothing is handed over any more.
    pub fn set_form(&self, records: bool, bytes: bool) -> bool {
        let mut state = self.lock();
        if state.over {
            return false;
        }
        let new = Form {
            records: records && !state.form.records,
            bytes: bytes && !state.form.bytes,
            ..Form::default()
        };
        state.form.records = records;
        state.form.bytes = bytes;
        if state.begun && (new.records || new.bytes) {
            let mut queue = Queue::default();
            state.replay(new, &mut |record| queue.push(record));
            // Under the lock: what the engine tells next comes behind it.
            self.mailbox.push(&mut queue);
        }
        true
    }

    /// From now on the chunks go to `sink` as well, and those that came before first. `false` if the answer
    /// is over, or has a sink.
    pub fn attach(&self, control: &Control, sink: &Arc<dyn Sink>) -> bool {
        let mut state = self.lock();
        if state.over || !control.attach_late(Arc::clone(sink)) {
            return false;
        }
        state.sink = Some(Arc::clone(sink));
        if state.begun {
            let form = Form { sunk: true, ..Form::default() };
            state.replay(form, &mut |_| ());
            sink.flush();
        }
        state.form.sunk = true;
        true
    }

    /// All of it as standard chunks, for a consumer that wants them when it is over; empty if it failed
    /// before anything came.
    #[must_use]
    pub fn chunks(&self) -> Vec<u8> {
        let mut state = self.lock();
        let mut bytes = Vec::new();
        if state.begun {
            let form = Form { bytes: true, ..Form::default() };
            state.replay(form, &mut |record| {
                if let Record::Bytes(more) = record {
                    bytes.extend_from_slice(more);
                }
            });
        }
        bytes.extend_from_slice(&state.ending);
        bytes
    }

    /// Whether the events of the bodies are handed over as well.
    pub fn set_raw(&self, raw: bool) {
        self.lock().form.raw = raw;
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, ChatState> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ChatState {
    pub const fn message(&self) -> &Message {
        self.accumulator.message()
    }

    /// Adds a delta to the answer, and hands it over in the form that is wanted. Text is never empty.
    pub fn apply(
        &mut self,
        delta: &Delta<'_>,
        put: &mut dyn FnMut(&Record<'_>),
    ) -> Result<(), Failure> {
        self.accumulator.apply(delta)?;
        self.revision += 1;
        let form = self.form;
        if form.records || form.bytes || form.sunk || matches!(delta, Delta::Start { .. }) {
            self.hand_over(form, delta, put);
        }
        Ok(())
    }

    /// What came before is void: the attempt with this number begins anew.
    pub fn reset(&mut self, attempt: u64, put: &mut dyn FnMut(&Record<'_>)) {
        // Emptying needs no room.
        let _ = self.accumulator.apply(&Delta::Reset);
        self.revision += 1;
        let bytes = self.chunks.reset();
        if self.form.records {
            put(&Record::Delta(&reset_json(attempt)));
        }
        self.put_bytes(self.form, &bytes, put);
    }

    /// The last bytes, where bytes are wanted.
    pub fn close(&mut self, error: Option<(&str, &str, &str)>, put: &mut dyn FnMut(&Record<'_>)) {
        self.over = true;
        self.revision += 1;
        self.ending = match error {
            None => Chunks::done(),
            Some((message, kind, code)) if self.begun => Chunks::error(message, kind, code),
            // A failure that comes before anything else can still become a status.
            Some(_) => Vec::new(),
        };
        // A sink is told of a failure as such.
        let sunk = self.form.sunk && error.is_none();
        if !self.ending.is_empty() {
            self.put_bytes(Form { sunk, ..self.form }, &self.ending, put);
        }
    }

    pub(super) fn put_bytes(&self, form: Form, bytes: &[u8], put: &mut dyn FnMut(&Record<'_>)) {
        if form.bytes {
            put(&Record::Bytes(bytes));
        }
        if form.sunk
            && let Some(sink) = &self.sink
        {
            sink.frame(bytes);
        }
    }

    pub(super) fn finish(&self, choice: u32) -> Option<Finish> {
        let Message { answer, others, .. } = self.message();
        let other = (choice as usize).checked_sub(1);
        other.map_or(Some(answer), |other| others.get(other))?.finish()
    }
}
