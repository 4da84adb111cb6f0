//! The answer so far, as JavaScript reads it.

use serde::Serialize;

use super::attempt::Attempt;
use crate::llm::{Choice, Message, ToolCall, Usage};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Snapshot<'a> {
    id: Option<&'a str>,
    model: Option<&'a str>,
    #[serde(flatten)]
    answer: ChoiceView<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    others: Vec<ChoiceView<'a>>,
    usage: Option<Usage>,
    attempts: &'a [Attempt],
    revision: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ChoiceView<'a> {
    content: &'a str,
    reasoning: &'a str,
    refusal: &'a str,
    tool_calls: &'a [ToolCall],
    finish_reason: Option<&'a str>,
}

impl<'a> ChoiceView<'a> {
    fn new(choice: &'a Choice) -> Self {
        Self {
            content: &choice.content,
            reasoning: &choice.reasoning,
            refusal: &choice.refusal,
            tool_calls: &choice.tool_calls,
            finish_reason: choice
                .finish_reason
                .as_deref()
                .and_then(|reason| Some(choice.finish()?.word(reason))),
        }
    }
}

/// A message and what it took, in JSON; `revision` grows with every change of it.
pub(super) fn snapshot(message: &Message, attempts: &[Attempt], revision: u64) -> String {
    let snapshot = Snapshot {
        id: message.id.as_deref(),
        model: message.model.as_deref(),
        answer: ChoiceView::new(&message.answer),
        others: message.others.iter().map(ChoiceView::new).collect(),
        usage: message.usage,
        attempts,
        revision,
    };
    // Strings and numbers only: serialising cannot fail.
    serde_json::to_string(&snapshot).unwrap_or_default()
}
