//! The events of the Responses API, as they stand on the wire.
#![forbid(unsafe_code)]

use serde::Deserialize;
use serde_json::value::RawValue;

use super::Failure;
use super::compact::Compact;
use super::items::{Place, ToolItem};
use super::list::list;
use super::parts::{Kind, Part};
use super::problem::Fault;
use super::scalar::Scalar;
use super::shape::Shape;
use super::usage::Tokens;

/// What every event has room for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Envelope<'a> {
    #[serde(borrow, rename = "type")]
    pub kind: Scalar<'a>,
    pub sequence_number: Scalar<'a>,
    pub item_id: Scalar<'a>,
    pub output_index: Scalar<'a>,
    pub content_index: Scalar<'a>,
    pub summary_index: Scalar<'a>,
    pub delta: Scalar<'a>,
    /// Of `output_text.done` and of whole thoughts.
    pub text: Scalar<'a>,
    /// Of `refusal.done`.
    pub refusal: Scalar<'a>,
    /// Of `function_call_arguments.done`.
    pub arguments: Compact<'a>,
    /// Of `custom_tool_call_input.done`.
    pub input: Compact<'a>,
    pub item: Shape<'a, Item<'a>>,
    pub response: Shape<'a, Response<'a>>,
}

/// One item of the output.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Item<'a> {
    #[serde(borrow, rename = "type")]
    pub kind: Scalar<'a>,
    pub id: Scalar<'a>,
    pub call_id: Scalar<'a>,
    pub name: Scalar<'a>,
    pub arguments: Compact<'a>,
    pub input: Compact<'a>,
    /// Lists of blocks, read where they are news: another shape of them is no failure.
    pub content: Option<&'a RawValue>,
    pub summary: Option<&'a RawValue>,
}

/// One block of an item.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Block<'a> {
    #[serde(borrow, rename = "type")]
    pub kind: Scalar<'a>,
    pub text: Scalar<'a>,
    pub refusal: Scalar<'a>,
}

/// The response as a whole.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Response<'a> {
    #[serde(borrow)]
    pub id: Scalar<'a>,
    pub model: Scalar<'a>,
    pub status: Scalar<'a>,
    /// All items once more, likewise.
    pub output: Option<&'a RawValue>,
    pub usage: Shape<'a, Tokens<'a>>,
    pub error: Fault<'a>,
    pub incomplete_details: Shape<'a, Incomplete<'a>>,
}

/// Why it ended early.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Incomplete<'a> {
    #[serde(borrow)]
    pub reason: Scalar<'a>,
}

impl Envelope<'_> {
    /// Where its call is.
    pub fn place(&self) -> Place<'_> {
        Place { id: self.item_id.text(), output_index: self.output_index.number() }
    }

    /// Where its text is.
    pub fn part(&self, kind: Kind) -> Part {
        let index = if kind == Kind::Summary { &self.summary_index } else { &self.content_index };
        let (output, index) = (self.output_index.number(), index.number());
        Part { kind, output: output.unwrap_or(0), index: index.unwrap_or(0) }
    }

    /// The text that it adds.
    pub fn delta(&self) -> Result<Option<&str>, Failure> {
        match &self.delta {
            Scalar::Text(_) => Ok(self.delta.text()),
            _ => Err(Failure::malformed("its delta is not text".to_owned())),
        }
    }
}

impl Item<'_> {
    /// The call that it is.
    pub fn tool(&self, output_index: Option<u64>, done: bool) -> Result<ToolItem<'_>, Failure> {
        let arguments = self.arguments.text()?;
        let arguments = if arguments.is_empty() { self.input.text()? } else { arguments };
        Ok(ToolItem {
            place: Place { id: self.id.text(), output_index },
            call_id: self.call_id.text(),
            name: self.name.text(),
            arguments,
            done,
        })
    }
}

/// The blocks of an item.
pub(super) fn blocks(content: Option<&RawValue>) -> Vec<Block<'_>> {
    list(content)
}
