//! The Responses API of `OpenAI`.
#![forbid(unsafe_code)]

use serde_json::value::RawValue;

use super::dialect::Told;
use super::items::Items;
use super::list::list;
use super::parts::{Kind, Part, Parts};
use super::payload::{Payload, parse};
use super::problem::{bare_error, of_error_event};
use super::responses_events::{Envelope, Item, blocks};
use super::usage::Usage;
use super::{Class, Delta, Dialect, Failure};
use crate::protocol::Event;

/// Decodes `response.…` events.
#[derive(Debug, Default)]
pub(super) struct Responses {
    told: Told,
    items: Items,
    parts: Parts,
    /// The last sequence number.
    cursor: Option<u64>,
    /// What a resumed body may repeat: everything up to here.
    known: Option<u64>,
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
            "response.output_text.delta" => self.piece(Kind::Text, envelope, sink)?,
            "response.refusal.delta" => self.piece(Kind::Refusal, envelope, sink)?,
            "response.reasoning_text.delta" => self.piece(Kind::Thought, envelope, sink)?,
            "response.reasoning_summary_text.delta" => self.piece(Kind::Summary, envelope, sink)?,
            "response.output_text.done" => self.whole(Kind::Text, envelope, sink),
            "response.refusal.done" => self.whole(Kind::Refusal, envelope, sink),
            "response.reasoning_text.done" => self.whole(Kind::Thought, envelope, sink),
            "response.reasoning_summary_text.done" => self.whole(Kind::Summary, envelope, sink),
            "response.output_item.added" | "response.output_item.done" => {
                if let Some(item) = envelope.item.object() {
                    let done = kind == "response.output_item.done";
                    self.item(envelope.output_index.number(), item, done, sink)?;
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
                if let Some(output) = response.and_then(|response| response.output) {
                    self.output(output, sink)?;
                }
                self.end(status.unwrap_or("completed"), envelope, sink);
            }
            "response.cancelled" => self.end("cancelled", envelope, sink),
            "response.incomplete" => {
                if let Some(output) = envelope.response.object().and_then(|it| it.output) {
                    self.output(output, sink)?;
                }
                self.end("incomplete", envelope, sink);
            }
            "response.failed" => self.end("failed", envelope, sink),
            _ => {}
        }
        Ok(())
    }

    /// A piece of text came.
    fn piece(
        &mut self,
        kind: Kind,
        envelope: &Envelope<'_>,
        sink: &mut dyn FnMut(Delta<'_>),
    ) -> Result<(), Failure> {
        if let Some(text) = envelope.delta()? {
            self.parts.piece(envelope.part(kind));
            sink(kind.delta(text));
        }
        Ok(())
    }

    /// All of a text came, which counts only if no piece did.
    fn whole(&mut self, kind: Kind, envelope: &Envelope<'_>, sink: &mut dyn FnMut(Delta<'_>)) {
        let text = if kind == Kind::Refusal { &envelope.refusal } else { &envelope.text };
        self.tell_part(envelope.part(kind), text.text(), sink);
    }

    fn tell_part(&mut self, part: Part, text: Option<&str>, sink: &mut dyn FnMut(Delta<'_>)) {
        if let Some(text) = text
            && self.parts.whole(part)
        {
            sink(part.kind.delta(text));
        }
    }

    /// An item was added or done: what was not told of it before.
    fn item(
        &mut self,
        output_index: Option<u64>,
        item: &Item<'_>,
        done: bool,
        sink: &mut dyn FnMut(Delta<'_>),
    ) -> Result<(), Failure> {
        let output = output_index.unwrap_or(0);
        match item.kind.text() {
            Some("function_call" | "custom_tool_call") => {
                self.items.tell(&item.tool(output_index, done)?, sink)?;
            }
            Some("message") if done => {
                for (index, block) in (0..).zip(blocks(item.content)) {
                    let kind = block.kind.text();
                    let refused = kind == Some("refusal");
                    if !refused && !matches!(kind, Some("output_text" | "text")) {
                        continue;
                    }
                    let kind = if refused { Kind::Refusal } else { Kind::Text };
                    let text = block.refusal.text().filter(|_| refused).or(block.text.text());
                    self.tell_part(Part { kind, output, index }, text, sink);
                }
            }
            Some("reasoning") if done && !self.parts.any(Kind::Thought, Some(output)) => {
                let thoughts = blocks(item.content);
                let (kind, blocks) = if thoughts.is_empty() {
                    (Kind::Summary, blocks(item.summary))
                } else {
                    (Kind::Thought, thoughts)
                };
                for (index, block) in (0..).zip(blocks) {
                    self.tell_part(Part { kind, output, index }, block.text.text(), sink);
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// All items once more at the end: those of a kind of which nothing was told.
    fn output(
        &mut self,
        output: &RawValue,
        sink: &mut dyn FnMut(Delta<'_>),
    ) -> Result<(), Failure> {
        let news = [
            ("message", !self.parts.any(Kind::Text, None) && !self.parts.any(Kind::Refusal, None)),
            ("reasoning", !self.parts.any(Kind::Thought, None)),
            ("function_call", self.items.is_empty()),
            ("custom_tool_call", self.items.is_empty()),
        ];
        if news.iter().all(|(_, news)| !news) {
            return Ok(());
        }
        let items: Vec<Item<'_>> = list(Some(output));
        for (index, item) in (0..).zip(&items) {
            if news.iter().any(|(kind, news)| *news && item.kind.text() == Some(kind)) {
                self.item(Some(index), item, true, sink)?;
            }
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

impl Kind {
    fn delta(self, text: &str) -> Delta<'_> {
        match self {
            Self::Text => Delta::Content { choice: 0, text },
            Self::Refusal => Delta::Refusal { choice: 0, text },
            Self::Summary | Self::Thought => Delta::Reasoning { choice: 0, text },
        }
    }
}
