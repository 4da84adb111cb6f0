//! The Responses API of `OpenAI`.
#![forbid(unsafe_code)]

use serde::Deserialize;

use super::compact::Compact;
use super::dialect::Told;
use super::items::{Items, Place, ToolItem};
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
    items: Items,
    /// The last sequence number.
    cursor: Option<u64>,
    /// What a resumed body may repeat: everything up to here.
    known: Option<u64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Envelope<'a> {
    #[serde(borrow, rename = "type")]
    kind: Scalar<'a>,
    sequence_number: Scalar<'a>,
    item_id: Scalar<'a>,
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
    id: Scalar<'a>,
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
    status: Scalar<'a>,
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
                    let done = kind == "response.output_item.done";
                    let item = envelope.item_of(item, done)?;
                    self.items.tell(&item, sink)?;
                }
            }
            "response.function_call_arguments.delta" | "response.custom_tool_call_input.delta" => {
                if let Some(text) = envelope.delta()? {
                    self.items.tell_piece(&envelope.place(), text, sink)?;
                }
            }
            "response.function_call_arguments.done" => {
                self.items.tell_whole(&envelope.place(), envelope.arguments.text()?, sink)?;
            }
            "response.custom_tool_call_input.done" => {
                self.items.tell_whole(&envelope.place(), envelope.input.text()?, sink)?;
            }
            // Some gateways complete what failed.
            "response.completed" => {
                let response = envelope.response.object();
                let status = response.and_then(|response| response.status.text());
                self.end(status.unwrap_or("completed"), envelope, sink);
            }
            "response.cancelled" => self.end("cancelled", envelope, sink),
            "response.incomplete" => self.end("incomplete", envelope, sink),
            "response.failed" => self.end("failed", envelope, sink),
            _ => {}
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
        self.told.finish(0, reason, None, sink);
        sink(Delta::Done);
    }
}

impl Envelope<'_> {
    /// Where its call is.
    fn place(&self) -> Place<'_> {
        Place { id: self.item_id.text(), output_index: self.output_index.number() }
    }

    fn item_of<'i>(&'i self, item: &'i Item<'i>, done: bool) -> Result<ToolItem<'i>, Failure> {
        let arguments = item.arguments.text()?;
        let arguments = if arguments.is_empty() { item.input.text()? } else { arguments };
        Ok(ToolItem {
            place: Place { id: item.id.text(), output_index: self.output_index.number() },
            call_id: item.call_id.text(),
            name: item.name.text(),
            arguments,
            done,
        })
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
