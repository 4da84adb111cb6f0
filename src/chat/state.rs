//! The answer so far, shared between the engine that writes it and the consumer that reads it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::json;

use super::attempt::Attempt;
use super::chunk::Chunks;
use super::snapshot::snapshot;
use crate::delivery::Mailbox;
use crate::llm::{Accumulator, Bounds, Delta, Failure, Finish, Message, ToolCall};
use crate::record::{Queue, Record, Voice};

/// In which forms the answer goes to the consumer. In none, it is only collected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Form {
    /// Pieces and deltas, one by one.
    pub records: bool,
    /// The bytes of standard chunks.
    pub bytes: bool,
    /// The events of the bodies as they are.
    pub raw: bool,
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
    chunks: Chunks,
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
            raw: false,
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
        if form.records || form.bytes || matches!(delta, Delta::Start { .. }) {
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
            put(&Record::Delta(&json!({ "type": "reset", "attempt": attempt }).to_string()));
        }
        if self.form.bytes {
            put(&Record::Bytes(&bytes));
        }
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
        if self.form.bytes && !self.ending.is_empty() {
            put(&Record::Bytes(&self.ending));
        }
    }

    fn finish(&self, choice: u32) -> Option<Finish> {
        let Message { answer, others, .. } = self.message();
        let other = (choice as usize).checked_sub(1);
        other.map_or(Some(answer), |other| others.get(other))?.finish()
    }

    fn hand_over(&mut self, form: Form, delta: &Delta<'_>, put: &mut dyn FnMut(&Record<'_>)) {
        if let Delta::Start { id, model } = *delta {
            self.chunks.start(id, model);
        }
        // Providers that call a tool and say `stop` are corrected.
        let word;
        let delta = match *delta {
            Delta::Finish { choice, reason } => {
                word = self.finish(choice).map_or(reason, |finish| finish.word(reason)).to_owned();
                &Delta::Finish { choice, reason: &word }
            }
            _ => delta,
        };
        if let Some((voice, choice, index, text)) = piece(delta) {
            if form.records {
                if let Delta::ToolCall { id, name, .. } = *delta
                    && (id.is_some() || name.is_some())
                {
                    put(&Record::Delta(&delta_json(delta).unwrap_or_default()));
                }
                if !text.is_empty() {
                    put(&Record::Piece { voice, choice, index, text });
                }
            }
            if form.bytes {
                if let Delta::ToolCall { id, name, .. } = *delta
                    && (id.is_some() || name.is_some())
                {
                    put(&Record::Bytes(&self.chunks.call(choice, index, id, name)));
                }
                if !text.is_empty() {
                    put(&Record::Bytes(&self.chunks.piece(voice, choice, index, text)));
                }
            }
            return;
        }
        if form.records
            && let Some(json) = delta_json(delta)
        {
            put(&Record::Delta(&json));
        }
        if form.bytes {
            match *delta {
                Delta::Finish { choice, reason } => {
                    put(&Record::Bytes(&self.chunks.finish(choice, reason)));
                }
                Delta::Usage(usage) => put(&Record::Bytes(&self.chunks.usage(usage))),
                _ => {}
            }
        }
    }

    /// Hands over everything that came so far, as if it came now.
    fn replay(&mut self, form: Form, put: &mut dyn FnMut(&Record<'_>)) {
        let message = self.message().clone();
        let (id, model) = (message.id.as_deref(), message.model.as_deref());
        self.hand_over(form, &Delta::Start { id, model }, put);
        for (choice, part) in (0..).zip(std::iter::once(&message.answer).chain(&message.others)) {
            let texts = [
                (Delta::Reasoning { choice, text: &part.reasoning }, &part.reasoning),
                (Delta::Content { choice, text: &part.content }, &part.content),
                (Delta::Refusal { choice, text: &part.refusal }, &part.refusal),
            ];
            for (delta, _) in texts.iter().filter(|(_, text)| !text.is_empty()) {
                self.hand_over(form, delta, put);
            }
            for ToolCall { index, id, name, arguments } in &part.tool_calls {
                let (id, name) = (id.as_deref(), Some(&**name).filter(|name| !name.is_empty()));
                let delta = Delta::ToolCall { choice, index: *index, id, name, arguments };
                self.hand_over(form, &delta, put);
            }
        }
        for (choice, part) in (0..).zip(std::iter::once(&message.answer).chain(&message.others)) {
            if let Some(reason) = &part.finish_reason {
                self.hand_over(form, &Delta::Finish { choice, reason }, put);
            }
        }
        if let Some(usage) = message.usage {
            self.hand_over(form, &Delta::Usage(usage), put);
        }
    }
}

/// The text that a delta brings, and where it belongs.
fn piece<'a>(delta: &Delta<'a>) -> Option<(Voice, u32, u32, &'a str)> {
    Some(match *delta {
        Delta::Content { choice, text } => (Voice::Content, choice, 0, text),
        Delta::Reasoning { choice, text } => (Voice::Reasoning, choice, 0, text),
        Delta::Refusal { choice, text } => (Voice::Refusal, choice, 0, text),
        Delta::ToolCall { choice, index, arguments, .. } => {
            (Voice::Arguments, choice, index, arguments)
        }
        _ => return None,
    })
}

/// A delta that is no text, as `lib/chat/stream.js` reads it.
fn delta_json(delta: &Delta<'_>) -> Option<String> {
    let json = match *delta {
        Delta::Start { id, model } => json!({ "type": "start", "id": id, "model": model }),
        Delta::ToolCall { choice, index, id, name, .. } => json!({
            "type": "toolCall", "choice": choice, "index": index, "id": id, "name": name,
        }),
        Delta::Usage(usage) => json!({ "type": "usage", "usage": usage }),
        Delta::Finish { choice, reason } => {
            json!({ "type": "finish", "choice": choice, "reason": reason })
        }
        _ => return None,
    };
    Some(json.to_string())
}
