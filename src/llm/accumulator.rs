//! Deltas to a message.
#![forbid(unsafe_code)]

use super::dialect::{choice, tool_call};
use super::failure::Bound;
use super::message::{Choice, Message, ToolCall};
use super::{Class, Delta, Failure, Usage};

/// How large an answer may grow in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Ids, names and arguments of all tool calls together, in bytes.
    pub argument_bytes: usize,
    /// Everything else that is kept, in bytes.
    pub content_bytes: usize,
}

/// Puts an answer together.
#[derive(Clone, Debug)]
pub struct Accumulator {
    message: Message,
    argument_bytes: usize,
    content_bytes: usize,
    bounds: Bounds,
}

impl Accumulator {
    /// An empty answer that may grow within `bounds`.
    #[must_use]
    pub fn new(bounds: Bounds) -> Self {
        Self { message: Message::default(), argument_bytes: 0, content_bytes: 0, bounds }
    }

    /// Adds a delta. [`Delta::Reset`] empties the message, token counts included: what another
    /// attempt cost is for the caller to remember.
    ///
    /// # Errors
    ///
    /// [`Class::Bound`] when the delta does not fit. The message stays as it was.
    pub fn apply(&mut self, delta: &Delta<'_>) -> Result<(), Failure> {
        match *delta {
            Delta::Start { id, model } => {
                self.start(id, |message| &mut message.id)?;
                self.start(model, |message| &mut message.model)?;
            }
            Delta::Content { choice, text } => {
                self.append(choice, text, |choice| &mut choice.content)?;
            }
            Delta::Reasoning { choice, text } => {
                self.append(choice, text, |choice| &mut choice.reasoning)?;
            }
            Delta::Refusal { choice, text } => {
                self.append(choice, text, |choice| &mut choice.refusal)?;
            }
            Delta::ToolCall { choice, index, id, name, arguments } => {
                self.call(choice, index, [id, name], arguments)?;
            }
            Delta::Usage(usage) => {
                self.message.usage.get_or_insert_with(Usage::default).update(usage);
            }
            Delta::Finish { choice, reason } => {
                if self.choice(choice)?.finish_reason.as_deref() != Some(reason) {
                    self.spend_content(reason)?;
                    self.choice(choice)?.finish_reason = Some(reason.to_owned());
                }
            }
            Delta::Reset => *self = Self::new(self.bounds),
            Delta::Error(_) | Delta::Done => {}
        }
        Ok(())
    }

    /// The answer so far.
    #[must_use]
    pub const fn message(&self) -> &Message {
        &self.message
    }

    /// The answer.
    #[must_use]
    pub fn into_message(self) -> Message {
        self.message
    }

    /// Keeps the first that is told.
    fn start(
        &mut self,
        text: Option<&str>,
        place: impl Fn(&mut Message) -> &mut Option<String>,
    ) -> Result<(), Failure> {
        if let Some(text) = text
            && place(&mut self.message).is_none()
        {
            self.spend_content(text)?;
            *place(&mut self.message) = Some(text.to_owned());
        }
        Ok(())
    }

    fn append(
        &mut self,
        choice: u32,
        text: &str,
        place: impl Fn(&mut Choice) -> &mut String,
    ) -> Result<(), Failure> {
        let Self { message, content_bytes, bounds, .. } = self;
        let choice = choice_of(message, choice)?;
        spend(content_bytes, bounds.content_bytes, text)?;
        place(choice).push_str(text);
        Ok(())
    }

    /// Adds a fragment of a call. What is empty or repeated changes nothing.
    fn call(
        &mut self,
        choice: u32,
        index: u32,
        [id, name]: [Option<&str>; 2],
        arguments: &str,
    ) -> Result<(), Failure> {
        let calls = &mut self.choice(choice)?.tool_calls;
        let place = calls.binary_search_by_key(&index, |call| call.index);
        let known = place.ok().map(|place| &calls[place]);
        let id = id.filter(|id| known.is_none_or(|call| call.id.as_deref() != Some(id)));
        let name = name.filter(|name| known.is_none_or(|call| call.name != **name));
        if known.is_none() {
            tool_call(calls.len())?;
        }
        let cost = id.map_or(0, str::len) + name.map_or(0, str::len) + arguments.len();
        let spent = self.argument_bytes.saturating_add(cost);
        if spent > self.bounds.argument_bytes {
            return Err(Failure::refused(Class::Bound(Bound::Arguments)));
        }
        self.argument_bytes = spent;
        let calls = &mut self.choice(choice)?.tool_calls;
        let place = place.unwrap_or_else(|place| {
            calls.insert(place, ToolCall { index, ..ToolCall::default() });
            place
        });
        let call = &mut calls[place];
        if let Some(id) = id {
            call.id = Some(id.to_owned());
        }
        if let Some(name) = name {
            name.clone_into(&mut call.name);
        }
        call.arguments.push_str(arguments);
        Ok(())
    }

    fn choice(&mut self, index: u32) -> Result<&mut Choice, Failure> {
        choice_of(&mut self.message, index)
    }

    fn spend_content(&mut self, text: &str) -> Result<(), Failure> {
        spend(&mut self.content_bytes, self.bounds.content_bytes, text)
    }
}

fn choice_of(message: &mut Message, index: u32) -> Result<&mut Choice, Failure> {
    if index == 0 {
        return Ok(&mut message.answer);
    }
    let other = choice(Some(u64::from(index)), 0)? as usize - 1;
    let others = &mut message.others;
    if others.len() <= other {
        others.resize_with(other + 1, Choice::default);
    }
    Ok(&mut others[other])
}

fn spend(bytes: &mut usize, bound: usize, text: &str) -> Result<(), Failure> {
    let spent = bytes.saturating_add(text.len());
    if spent > bound {
        return Err(Failure::refused(Class::Bound(Bound::Content)));
    }
    *bytes = spent;
    Ok(())
}
