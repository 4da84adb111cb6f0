//! The Responses API of `OpenAI`.
#![forbid(unsafe_code)]

use serde::Deserialize;

use super::compact::Compact;
use super::dialect::{Told, tool_call};
use super::payload::{Payload, parse};
use super::problem::{Fault, bare_error, of_error_event};
use super::scalar::Scalar;
use super::shape::Shape;
use super::usage::{Tokens, Usage};
use super::{Class, Delta, Dialect, Failure};
use crate::protocol::Event;

/// Decodes `response.…` events.
#[derive(Debug, Default)]
pub(super) struct Responses {
    told: Told,
    tools: Vec<Tool>,
    /// The last sequence number.
    cursor: Option<u64>,
    /// What a resumed body may repeat: everything up to here.
    known: Option<u64>,
}

/// A call to one of the caller's tools. Item ids are no key: Copilot changes them with every event.
#[derive(Debug)]
struct Tool {
    output_index: u64,
    /// Whether any of its arguments arrived.
    streamed: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Envelope<'a> {
    #[serde(borrow, rename = "type")]
    kind: Scalar<'a>,
    sequence_number: Scalar<'a>,
    output_index: Scalar<'a>,
    delta: Scalar<'a>,
    /// Of `function_call_arguments.done`.
    arguments: Compact<'a>,
    /// Of `custom_tool_call_input.done`.
    input: Compact<'a>,
    item: Shape<'a, Item<'a>>,
    response: Shape<'a, Response<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Item<'a> {
    #[serde(borrow, rename = "type")]
    kind: Scalar<'a>,
    call_id: Scalar<'a>,
    name: Scalar<'a>,
    arguments: Compact<'a>,
    input: Compact<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Response<'a> {
    #[serde(borrow)]
    id: Scalar<'a>,
    model: Scalar<'a>,
    usage: Shape<'a, Tokens<'a>>,
    error: Fault<'a>,
    incomplete_details: Shape<'a, Incomplete<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Incomplete<'a> {
    #[serde(borrow)]
    reason: Scalar<'a>,
}

impl Dialect for Responses {
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
                let envelope: Envelope<'_> = parse(&data)?;
                if let Some(number) = envelope.sequence_number.number() {
                    if self.known.is_some_and(|known| number <= known) {
                        return Ok(());
                    }
                    self.cursor = Some(number);
                }
                let name = event.name.and_then(|name| std::str::from_utf8(name).ok());
                let kind = envelope.kind.text().or(name).unwrap_or_default();
                match kind {
                    "error" => self.told.error(&of_error_event(&data), sink),
                    "" => {
                        if let Some(failure) = bare_error(&data) {
                            self.told.error(&failure, sink);
                        }
                    }
                    kind => self.envelope(kind, &envelope, sink)?,
                }
            }
        }
        Ok(())
    }

    fn cursor(&self) -> Option<u64> {
        self.cursor
    }

    fn resume(&mut self) {
        self.known = self.cursor;
    }
}

impl Responses {
    fn envelope(
        &mut self,
        kind: &str,
        envelope: &Envelope<'_>,
        sink: &mut dyn FnMut(Delta<'_>),
    ) -> Result<(), Failure> {
        if let Some(response) = envelope.response.object() {
            self.told.start(response.id.text(), response.model.text(), sink);
        }
        match kind {
            "response.output_text.delta" => {
                if let Some(text) = envelope.delta()? {
                    sink(Delta::Content { choice: 0, text });
                }
            }
            "response.refusal.delta" => {
                if let Some(text) = envelope.delta()? {
                    sink(Delta::Refusal { choice: 0, text });
                }
            }
            "response.reasoning_text.delta" | "response.reasoning_summary_text.delta" => {
                if let Some(text) = envelope.delta()? {
                    sink(Delta::Reasoning { choice: 0, text });
                }
            }
            "response.output_item.added" | "response.output_item.done" => {
                if let Some(item) = envelope.item.object().filter(|item| item.is_tool_call()) {
                    self.item(envelope.output_index(), item, sink)?;
                }
            }
            "response.function_call_arguments.delta" | "response.custom_tool_call_input.delta" => {
                if let Some(text) = envelope.delta()? {
                    self.arguments(envelope.output_index(), text, true, sink)?;
                }
            }
            "response.function_call_arguments.done" => {
                self.arguments(envelope.output_index(), envelope.arguments.text()?, false, sink)?;
            }
            "response.custom_tool_call_input.done" => {
                self.arguments(envelope.output_index(), envelope.input.text()?, false, sink)?;
            }
            "response.completed" => self.end("completed", envelope, sink),
            "response.incomplete" => self.end("incomplete", envelope, sink),
            "response.failed" => self.end("failed", envelope, sink),
            _ => {}
        }
        Ok(())
    }

    /// The position of the call at `output_index`, and whether it is new.
    fn place(&mut self, output_index: u64) -> Result<(u32, bool), Failure> {
        let known = self.tools.iter().position(|tool| tool.output_index == output_index);
        let index = tool_call(known.unwrap_or(self.tools.len()))?;
        if known.is_none() {
            self.tools.push(Tool { output_index, streamed: false });
        }
        Ok((index, known.is_none()))
    }

    /// An item was added or done; either tells the whole of a call that was not told before.
    fn item(
        &mut self,
        output_index: u64,
        item: &Item<'_>,
        sink: &mut dyn FnMut(Delta<'_>),
    ) -> Result<(), Failure> {
        let arguments = item.arguments.text()?;
        let arguments = if arguments.is_empty() { item.input.text()? } else { arguments };
        let (index, new) = self.place(output_index)?;
        if new {
            let (id, name) = (item.call_id.text(), item.name.text());
            sink(Delta::ToolCall { choice: 0, index, id, name, arguments: "" });
        }
        self.arguments(output_index, arguments, false, sink)
    }

    /// Arguments came: a piece of them, or the whole once more, which counts only if no piece did.
    fn arguments(
        &mut self,
        output_index: u64,
        arguments: &str,
        piece: bool,
        sink: &mut dyn FnMut(Delta<'_>),
    ) -> Result<(), Failure> {
        let (index, _) = self.place(output_index)?;
        let tool = &mut self.tools[index as usize];
        if !arguments.is_empty() && (piece || !tool.streamed) {
            tool.streamed = true;
            sink(Delta::ToolCall { choice: 0, index, id: None, name: None, arguments });
        }
        Ok(())
    }

    fn end(&mut self, status: &str, envelope: &Envelope<'_>, sink: &mut dyn FnMut(Delta<'_>)) {
        let response = envelope.response.object();
        if let Some(usage) = response.and_then(|response| response.usage.object()) {
            let usage = usage.usage();
            if usage != Usage::default() {
                sink(Delta::Usage(usage));
            }
        }
        if status == "failed" {
            let failure = response.and_then(|response| response.error.failure());
            let failure = failure.unwrap_or_else(|| Failure::told(Class::Server, None, None, ""));
            self.told.error(&failure, sink);
        }
        let details = response.and_then(|response| response.incomplete_details.object());
        let reason = details.and_then(|details| details.reason.text()).unwrap_or(status);
        sink(Delta::Finish { choice: 0, reason });
        sink(Delta::Done);
    }
}

impl Envelope<'_> {
    /// Absent from a single output.
    fn output_index(&self) -> u64 {
        self.output_index.number().unwrap_or(0)
    }

    fn delta(&self) -> Result<Option<&str>, Failure> {
        match &self.delta {
            Scalar::Text(_) => Ok(self.delta.text()),
            _ => Err(Failure::malformed("its delta is not text".to_owned())),
        }
    }
}

impl Item<'_> {
    fn is_tool_call(&self) -> bool {
        matches!(self.kind.text(), Some("function_call" | "custom_tool_call"))
    }
}
