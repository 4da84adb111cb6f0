//! Which tool call a fragment belongs to.
#![forbid(unsafe_code)]

use super::dialect::{MAX_TOOL_CALLS, tool_call};
use super::{Delta, Failure};

/// The calls of each alternative, told apart by id, then by index. What has neither goes on with the
/// last call.
#[derive(Debug, Default)]
pub(super) struct Calls(Vec<(u32, Alternative)>);

/// What an event says of a call. Empty text says nothing.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Fragment<'a> {
    pub index: Option<u64>,
    pub id: Option<&'a str>,
    pub name: Option<&'a str>,
    pub arguments: &'a str,
}

#[derive(Debug, Default)]
struct Alternative {
    calls: Vec<Call>,
    /// Which one the last fragment belonged to.
    last: usize,
}

#[derive(Debug)]
struct Call {
    /// The index that the consumer sees.
    number: u32,
    /// The provider's.
    index: Option<u64>,
    id: String,
    name: String,
    /// Whether any of its arguments came.
    begun: bool,
}

impl Calls {
    /// Tells what a fragment adds to its call.
    pub(super) fn tell(
        &mut self,
        choice: u32,
        fragment: &Fragment<'_>,
        sink: &mut dyn FnMut(Delta<'_>),
    ) -> Result<(), Failure> {
        let Fragment { index, id, name, arguments } = *fragment;
        if id.is_none() && name.is_none() && arguments.is_empty() {
            return Ok(());
        }
        let alternative = self.alternative(choice);
        let at = match alternative.find(fragment) {
            Some(at) => at,
            None => alternative.add(index)?,
        };
        alternative.last = at;
        let call = &mut alternative.calls[at];
        // Some repeat both with every fragment, some with another id each time: the first counts.
        let id = id.filter(|_| call.id.is_empty());
        let name = name.filter(|name| call.name != **name);
        if let Some(id) = id {
            id.clone_into(&mut call.id);
        }
        if let Some(name) = name {
            name.clone_into(&mut call.name);
        }
        call.begun |= !arguments.is_empty();
        if id.is_some() || name.is_some() || !arguments.is_empty() {
            sink(Delta::ToolCall { choice, index: call.number, id, name, arguments });
        }
        Ok(())
    }

    /// The number of a call that begins, whatever came before.
    pub(super) fn begin(&mut self, choice: u32) -> Result<u32, Failure> {
        let alternative = self.alternative(choice);
        let at = alternative.add(None)?;
        Ok(alternative.calls[at].number)
    }

    fn alternative(&mut self, choice: u32) -> &mut Alternative {
        let place = self.0.iter().position(|(of, _)| *of == choice);
        let place = place.unwrap_or_else(|| {
            self.0.push((choice, Alternative::default()));
            self.0.len() - 1
        });
        &mut self.0[place].1
    }
}

impl Alternative {
    fn find(&self, fragment: &Fragment<'_>) -> Option<usize> {
        let Fragment { index, id, .. } = *fragment;
        let same = |call: &Call| match (index, call.index) {
            (Some(index), Some(own)) => index == own,
            _ => true,
        };
        let by_id = id.and_then(|id| self.calls.iter().rposition(|it| it.id == id && same(it)));
        by_id.or_else(|| {
            let at = match index {
                Some(index) => self.calls.iter().rposition(|call| call.index == Some(index))?,
                None => self.last,
            };
            self.calls.get(at).is_some_and(|call| !call.is_over(fragment)).then_some(at)
        })
    }

    fn add(&mut self, index: Option<u64>) -> Result<usize, Failure> {
        let number = self.number(index)?;
        let (id, name) = (String::new(), String::new());
        self.calls.push(Call { number, index, id, name, begun: false });
        Ok(self.calls.len() - 1)
    }

    /// The provider's index, unless another call has it; else the next, as long as there is one.
    fn number(&self, index: Option<u64>) -> Result<u32, Failure> {
        tool_call(self.calls.len())?;
        let is_free = |number: &usize| self.calls.iter().all(|it| it.number as usize != *number);
        if let Some(index) = index {
            let wanted = usize::try_from(index).unwrap_or(usize::MAX);
            let number = tool_call(wanted)?;
            if is_free(&wanted) {
                return Ok(number);
            }
        }
        let next = self.calls.iter().map(|call| call.number as usize + 1).max().unwrap_or(0);
        if next < MAX_TOOL_CALLS {
            return tool_call(next);
        }
        tool_call((0..MAX_TOOL_CALLS).find(is_free).unwrap_or(MAX_TOOL_CALLS))
    }
}

impl Call {
    /// Whether a fragment that leads here by its index, or by having none, begins another call. An id
    /// without a name does not: there are servers that make up an id for every fragment.
    fn is_over(&self, fragment: &Fragment<'_>) -> bool {
        let Some(name) = fragment.name else { return false };
        if fragment.id.is_some() && !self.id.is_empty() {
            return true;
        }
        let renamed = self.begun && self.name != name;
        !self.name.is_empty() && (fragment.index.is_none() || renamed)
    }
}
