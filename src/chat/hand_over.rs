//! Deltas to what the consumer is given of them: pieces, JSON, the bytes of chunks.

use serde_json::json;

use super::state::{ChatState, Form};
use crate::llm::{Delta, ToolCall};
use crate::record::{Record, Voice};

impl ChatState {
    pub(super) fn hand_over(
        &mut self,
        form: Form,
        delta: &Delta<'_>,
        put: &mut dyn FnMut(&Record<'_>),
    ) {
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
            if form.bytes || form.sunk {
                if let Delta::ToolCall { id, name, .. } = *delta
                    && (id.is_some() || name.is_some())
                {
                    let chunk = self.chunks.call(choice, index, id, name);
                    self.put_bytes(form, &chunk, put);
                }
                if !text.is_empty() {
                    let chunk = self.chunks.piece(voice, choice, index, text);
                    self.put_bytes(form, &chunk, put);
                }
            }
            return;
        }
        if form.records
            && let Some(json) = delta_json(delta)
        {
            put(&Record::Delta(&json));
        }
        if form.bytes || form.sunk {
            match *delta {
                Delta::Finish { choice, reason } => {
                    self.put_bytes(form, &self.chunks.finish(choice, reason), put);
                }
                Delta::Usage(usage) => self.put_bytes(form, &self.chunks.usage(usage), put),
                _ => {}
            }
        }
    }

    /// Hands over everything that came so far, as if it came now.
    pub(super) fn replay(&mut self, form: Form, put: &mut dyn FnMut(&Record<'_>)) {
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

/// What came before is void, as `lib/chat/stream.js` reads it.
pub(super) fn reset_json(attempt: u64) -> String {
    json!({ "type": "reset", "attempt": attempt }).to_string()
}
