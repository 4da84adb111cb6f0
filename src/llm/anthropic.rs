//! Anthropic's Messages.
#![forbid(unsafe_code)]

use serde::Deserialize;

use super::anthropic_usage::{Counts, Tokens};
use super::compact::Compact;
use super::dialect::{Told, tool_call};
use super::pattern::{Pattern, Seen};
use super::payload::{Payload, parse};
use super::problem::{bare_error, of_error_event};
use super::scalar::Scalar;
use super::shape::Shape;
use super::usage::Usage;
use super::{Delta, Dialect, Failure};
use crate::protocol::Event;

/// Decodes `message_start` to `message_stop`.
#[derive(Debug, Default)]
pub(super) struct Anthropic {
    told: Told,
    pattern: Pattern,
    message: Message,
    /// By index of the call.
    tools: Vec<Tool>,
    counts: Counts,
}

/// Where in the stream the dialect stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Message {
    #[default]
    Unknown,
    /// The message with this id has started.
    Started(String),
    Stopped,
}

/// A block that calls one of the caller's tools.
#[derive(Debug)]
struct Tool {
    block: Option<u64>,
    /// Input that came whole with the start of the block, until a fragment shows that it comes
    /// again.
    whole: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Envelope<'a> {
    #[serde(borrow, rename = "type")]
    kind: Scalar<'a>,
    index: Scalar<'a>,
    message: Shape<'a, Start<'a>>,
    content_block: Shape<'a, Block<'a>>,
    delta: Shape<'a, Piece<'a>>,
    usage: Shape<'a, Tokens<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Start<'a> {
    #[serde(borrow)]
    id: Scalar<'a>,
    model: Scalar<'a>,
    usage: Shape<'a, Tokens<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Block<'a> {
    #[serde(borrow, rename = "type")]
    kind: Scalar<'a>,
    text: Scalar<'a>,
    thinking: Scalar<'a>,
    id: Scalar<'a>,
    name: Scalar<'a>,
    input: Compact<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Piece<'a> {
    #[serde(borrow, rename = "type")]
    kind: Scalar<'a>,
    text: Scalar<'a>,
    thinking: Scalar<'a>,
    partial_json: Scalar<'a>,
    stop_reason: Scalar<'a>,
}

impl Dialect for Anthropic {
    fn decode(
        &mut self,
        event: &Event<'_>,
        sink: &mut dyn FnMut(Delta<'_>),
    ) -> Result<(), Failure> {
        if self.message == Message::Stopped {
            // OpenRouter adds a `[DONE]`.
            return Ok(());
        }
        if let Some(said) = self.pattern.read(event) {
            sink(said.delta());
            return Ok(());
        }
        match Payload::of(event) {
            // Gateways add a `[DONE]` to everything; here it proves nothing.
            Payload::Nothing | Payload::Done => {}
            Payload::Error(data) => self.told.error(&of_error_event(&data), sink),
            Payload::Json(data) => {
                let envelope: Envelope<'_> = parse(&data)?;
                let name = event.name.and_then(|name| std::str::from_utf8(name).ok());
                match envelope.kind.text().or(name).unwrap_or_default() {
                    "error" => self.told.error(&of_error_event(&data), sink),
                    "" => {
                        if let Some(failure) = bare_error(&data) {
                            self.told.error(&failure, sink);
                        }
                    }
                    kind => {
                        let mut seen = Seen::of(event);
                        self.envelope(kind, &envelope, &mut |delta| {
                            seen.note(&delta);
                            sink(delta);
                        })?;
                        // Others change what is expected, whatever they say.
                        if kind == "content_block_delta" {
                            self.pattern.learn(event, &seen);
                        }
                    }
                }
            }
        }
        Ok(())
    }
}

impl Anthropic {
    /// One that reads every event in full.
    #[cfg(test)]
    pub(super) fn blind() -> Self {
        Self { pattern: Pattern::blind(), ..Self::default() }
    }

    fn envelope(
        &mut self,
        kind: &str,
        envelope: &Envelope<'_>,
        sink: &mut dyn FnMut(Delta<'_>),
    ) -> Result<(), Failure> {
        match kind {
            "message_start" => {
                if let Some(start) = envelope.message.object() {
                    self.start(start, sink);
                }
            }
            "content_block_start" => {
                if let Some(block) = envelope.content_block.object() {
                    self.block(envelope.index.number(), block, sink)?;
                }
            }
            "content_block_delta" => {
                if let Some(piece) = envelope.delta.object() {
                    self.piece(envelope.index.number(), piece, sink);
                }
            }
            "content_block_stop" => self.flush(sink),
            "message_delta" => {
                self.count(&envelope.usage, sink);
                let reason = envelope.delta.object().and_then(|delta| delta.stop_reason.text());
                if let Some(reason) = reason {
                    self.told.finish(0, reason, None, sink);
                }
            }
            "message_stop" => {
                self.flush(sink);
                self.message = Message::Stopped;
                sink(Delta::Done);
            }
            _ => {}
        }
        Ok(())
    }

    /// A message starts. A gateway that silently began again shows by another id; a repetition with
    /// the same id means nothing.
    fn start(&mut self, start: &Start<'_>, sink: &mut dyn FnMut(Delta<'_>)) {
        let id = start.id.text().unwrap_or_default();
        match &self.message {
            Message::Started(known) if known == id => return,
            Message::Started(_) => {
                self.tools.clear();
                self.counts = Counts::default();
                self.told.reset(sink);
            }
            Message::Unknown | Message::Stopped => {}
        }
        self.message = Message::Started(id.to_owned());
        self.told.start(start.id.text(), start.model.text(), sink);
        self.count(&start.usage, sink);
    }

    fn block(
        &mut self,
        block: Option<u64>,
        start: &Block<'_>,
        sink: &mut dyn FnMut(Delta<'_>),
    ) -> Result<(), Failure> {
        self.flush(sink);
        match start.kind.text() {
            Some("text") => content(start.text.text(), sink),
            Some("thinking") => reasoning(start.thinking.text(), sink),
            Some("tool_use") => {
                let whole = start.input.text()?;
                let whole = if whole == "{}" { "" } else { whole };
                let index = tool_call(self.tools.len())?;
                self.tools.push(Tool { block, whole: whole.to_owned() });
                let (id, name) = (start.id.text(), start.name.text());
                sink(Delta::ToolCall { choice: 0, index, id, name, arguments: "" });
            }
            // The others, with their fragments, are between the provider and its own tools.
            _ => {}
        }
        Ok(())
    }

    fn piece(&mut self, block: Option<u64>, piece: &Piece<'_>, sink: &mut dyn FnMut(Delta<'_>)) {
        match piece.kind.text() {
            Some("text_delta") => content(piece.text.text(), sink),
            Some("thinking_delta") => reasoning(piece.thinking.text(), sink),
            Some("input_json_delta") => {
                if let Some((index, tool)) = self.tool(block)
                    && let Some(arguments) = piece.partial_json.text()
                {
                    tool.whole.clear();
                    sink(Delta::ToolCall { choice: 0, index, id: None, name: None, arguments });
                }
            }
            _ => {}
        }
    }

    /// Tells the input that came whole and will not come again. Done at the latest when another
    /// block starts, so that no more than one is held.
    fn flush(&mut self, sink: &mut dyn FnMut(Delta<'_>)) {
        for (index, tool) in (0..).zip(&mut self.tools) {
            let arguments = &*std::mem::take(&mut tool.whole);
            if !arguments.is_empty() {
                sink(Delta::ToolCall { choice: 0, index, id: None, name: None, arguments });
            }
        }
    }

    /// The call that is the latest block of this index, with its own index.
    fn tool(&mut self, block: Option<u64>) -> Option<(u32, &mut Tool)> {
        (0..).zip(&mut self.tools).filter(|(_, tool)| tool.block == block).last()
    }

    fn count(&mut self, tokens: &Shape<'_, Tokens<'_>>, sink: &mut dyn FnMut(Delta<'_>)) {
        let Some(tokens) = tokens.object() else { return };
        let usage = self.counts.update(tokens);
        if usage != Usage::default() {
            sink(Delta::Usage(usage));
        }
    }
}

fn content(text: Option<&str>, sink: &mut dyn FnMut(Delta<'_>)) {
    if let Some(text) = text {
        sink(Delta::Content { choice: 0, text });
    }
}

fn reasoning(text: Option<&str>, sink: &mut dyn FnMut(Delta<'_>)) {
    if let Some(text) = text {
        sink(Delta::Reasoning { choice: 0, text });
    }
}
