//! Ollama's own `/api/chat` and `/api/generate`: one JSON object a line.
#![forbid(unsafe_code)]

use serde::Deserialize;

use super::compact::Compact;
use super::dialect::{MAX_TOOL_CALLS, Told, tool_call};
use super::failure::Bound;
use super::list::List;
use super::payload::{Payload, parse};
use super::problem::{Fault, bare_error, of_error_event};
use super::scalar::Scalar;
use super::shape::Shape;
use super::usage::Usage;
use super::{Delta, Dialect, Failure};
use crate::protocol::Event;

/// Decodes the lines, each as an event; see [`JsonLines`](super::JsonLines).
#[derive(Debug, Default)]
pub(super) struct Ollama {
    told: Told,
    /// How many calls came; a call has no index and comes whole.
    calls: usize,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Line<'a> {
    #[serde(borrow)]
    model: Scalar<'a>,
    message: Shape<'a, Message<'a>>,
    /// `/api/generate` has no message.
    response: Scalar<'a>,
    thinking: Scalar<'a>,
    done: Scalar<'a>,
    done_reason: Scalar<'a>,
    prompt_eval_count: Scalar<'a>,
    eval_count: Scalar<'a>,
    error: Fault<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Message<'a> {
    #[serde(borrow)]
    content: Scalar<'a>,
    thinking: Scalar<'a>,
    tool_calls: List<Call<'a>, MAX_TOOL_CALLS>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Call<'a> {
    #[serde(borrow)]
    id: Scalar<'a>,
    function: Shape<'a, Function<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Function<'a> {
    #[serde(borrow)]
    name: Scalar<'a>,
    arguments: Compact<'a>,
}

impl Dialect for Ollama {
    fn decode(
        &mut self,
        event: &Event<'_>,
        sink: &mut dyn FnMut(Delta<'_>),
    ) -> Result<(), Failure> {
        match Payload::of(event) {
            // Gateways add a `[DONE]` to everything; here it proves nothing.
            Payload::Nothing | Payload::Done => {}
            Payload::Error(data) => self.told.error(&of_error_event(&data), sink),
            Payload::Json(data) => {
                let line: Line<'_> = parse(&data)?;
                self.line(&line, sink)?;
                if line.says_nothing()
                    && let Some(failure) = bare_error(&data)
                {
                    self.told.error(&failure, sink);
                }
            }
        }
        Ok(())
    }
}

impl Line<'_> {
    fn says_nothing(&self) -> bool {
        self.message.object().is_none()
            && self.response.text().is_none()
            && self.thinking.text().is_none()
            && !matches!(self.done, Scalar::Bool(_))
    }
}

impl Ollama {
    fn line(&mut self, line: &Line<'_>, sink: &mut dyn FnMut(Delta<'_>)) -> Result<(), Failure> {
        const CHOICE: u32 = 0;
        self.told.start(None, line.model.text(), sink);
        let message = line.message.object();
        let thinking = message.and_then(|message| message.thinking.text());
        if let Some(text) = thinking.or(line.thinking.text()) {
            sink(Delta::Reasoning { choice: CHOICE, text });
        }
        let content = message.and_then(|message| message.content.text());
        if let Some(text) = content.or(line.response.text()) {
            sink(Delta::Content { choice: CHOICE, text });
        }
        if let Some(message) = message {
            for call in message.tool_calls.within(Bound::ToolCalls)? {
                self.call(call, sink)?;
            }
        }
        if let Some(failure) = line.error.failure() {
            self.told.error(&failure, sink);
        }
        if line.done.is_true() {
            let usage = Usage {
                input: line.prompt_eval_count.number(),
                output: line.eval_count.number(),
                ..Usage::default()
            };
            if usage != Usage::default() {
                sink(Delta::Usage(usage.with_total()));
            }
            // Older servers give no reason.
            let reason = line.done_reason.text().unwrap_or("stop");
            self.told.finish(CHOICE, reason, None, sink);
            sink(Delta::Done);
        }
        Ok(())
    }

    fn call(&mut self, call: &Call<'_>, sink: &mut dyn FnMut(Delta<'_>)) -> Result<(), Failure> {
        let Some(function) = call.function.object() else { return Ok(()) };
        let arguments = function.arguments.text()?;
        let arguments = if arguments.is_empty() { "{}" } else { arguments };
        let index = tool_call(self.calls)?;
        self.calls += 1;
        let (id, name) = (call.id.text(), function.name.text());
        sink(Delta::ToolCall { choice: 0, index, id, name, arguments });
        Ok(())
    }
}
