//! Which of the Responses API's items an event speaks of, if it is a tool call.
#![forbid(unsafe_code)]

use super::dialect::tool_call;
use super::{Delta, Failure};

/// The calls of a response, told apart by `call_id` and `item_id`, then by `output_index`: there are
/// gateways that give all items the same index, and others that change the item's id with every event.
#[derive(Debug, Default)]
pub(super) struct Items(Vec<Known>);

/// Where an event says that its item is.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Place<'a> {
    pub id: Option<&'a str>,
    pub output_index: Option<u64>,
}

/// A call as an event has it that tells of the whole item.
#[derive(Clone, Copy, Debug)]
pub(super) struct ToolItem<'a> {
    pub place: Place<'a>,
    pub call_id: Option<&'a str>,
    pub name: Option<&'a str>,
    pub arguments: &'a str,
    /// Whether nothing of it follows.
    pub done: bool,
}

#[derive(Debug, Default)]
struct Known {
    id: Option<String>,
    output_index: Option<u64>,
    call_id: Option<String>,
    name: Option<String>,
    /// Whether any of its arguments came.
    streamed: bool,
    done: bool,
}

impl Items {
    /// Whether no call was told.
    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// An item was added or done; either tells what was not told before.
    pub(super) fn tell(
        &mut self,
        item: &ToolItem<'_>,
        sink: &mut dyn FnMut(Delta<'_>),
    ) -> Result<(), Failure> {
        let at = self.find(item).map_or_else(|| self.add(&item.place), Ok)?;
        let index = tool_call(at)?;
        let known = &mut self.0[at];
        known.done |= item.done;
        known.id = known.id.take().or_else(|| kept(item.place.id));
        let id = item.call_id.filter(|_| known.call_id.is_none());
        let name = item.name.filter(|_| known.name.is_none());
        if id.is_some() || name.is_some() {
            known.call_id = known.call_id.take().or_else(|| id.map(str::to_owned));
            known.name = known.name.take().or_else(|| name.map(str::to_owned));
            sink(Delta::ToolCall { choice: 0, index, id, name, arguments: "" });
        }
        known.whole(index, item.arguments, sink);
        Ok(())
    }

    /// A piece of a call's arguments came.
    pub(super) fn tell_piece(
        &mut self,
        place: &Place<'_>,
        arguments: &str,
        sink: &mut dyn FnMut(Delta<'_>),
    ) -> Result<(), Failure> {
        // Behind an item that is done, the pieces of an unknown one are another's, whatever its index.
        let is_over = |at: &usize| place.id.is_some() && self.0[*at].done;
        let by_index = || self.by_index(place).filter(|at| !is_over(at));
        let at = self.by_id(place).or_else(by_index).map_or_else(|| self.add(place), Ok)?;
        self.0[at].streamed = true;
        let index = tool_call(at)?;
        sink(Delta::ToolCall { choice: 0, index, id: None, name: None, arguments });
        Ok(())
    }

    /// All of a call's arguments came, which counts only if no piece did.
    pub(super) fn tell_whole(
        &mut self,
        place: &Place<'_>,
        arguments: &str,
        sink: &mut dyn FnMut(Delta<'_>),
    ) -> Result<(), Failure> {
        let at = self.by_id(place).or_else(|| self.by_index(place));
        let at = at.map_or_else(|| self.add(place), Ok)?;
        self.0[at].whole(tool_call(at)?, arguments, sink);
        Ok(())
    }

    fn find(&self, item: &ToolItem<'_>) -> Option<usize> {
        let called =
            |known: &Known| item.call_id.is_some() && known.call_id.as_deref() == item.call_id;
        let by_call = self.0.iter().rposition(called);
        let by_call = by_call.or_else(|| self.by_id(&item.place).filter(|at| self.fits(*at, item)));
        by_call.or_else(|| {
            let at = self.by_index(&item.place)?;
            // Behind an item that is done, an item that is added is another, whatever its index.
            (self.fits(at, item) && (item.done || !self.0[at].done)).then_some(at)
        })
    }

    fn fits(&self, at: usize, item: &ToolItem<'_>) -> bool {
        let known = self.0[at].call_id.as_deref();
        known.is_none() || item.call_id.is_none() || known == item.call_id
    }

    fn by_id(&self, place: &Place<'_>) -> Option<usize> {
        let id = place.id?;
        self.0.iter().rposition(|known| known.id.as_deref() == Some(id))
    }

    /// The last call, where no index tells.
    fn by_index(&self, place: &Place<'_>) -> Option<usize> {
        let same = |known: &Known| match (known.output_index, place.output_index) {
            (Some(own), Some(index)) => own == index,
            _ => true,
        };
        self.0.iter().rposition(same)
    }

    fn add(&mut self, place: &Place<'_>) -> Result<usize, Failure> {
        tool_call(self.0.len())?;
        let Place { id, output_index } = *place;
        self.0.push(Known { id: kept(id), output_index, ..Known::default() });
        Ok(self.0.len() - 1)
    }
}

/// An item's id, which is kept but never told: no longer one than any server has.
fn kept(id: Option<&str>) -> Option<String> {
    const LONGEST: usize = 4096;
    id.filter(|id| id.len() <= LONGEST).map(str::to_owned)
}

impl Known {
    fn whole(&mut self, index: u32, arguments: &str, sink: &mut dyn FnMut(Delta<'_>)) {
        if !arguments.is_empty() && !self.streamed {
            self.streamed = true;
            sink(Delta::ToolCall { choice: 0, index, id: None, name: None, arguments });
        }
    }
}
