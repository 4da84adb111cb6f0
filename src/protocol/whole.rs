//! Blocks that lie whole in one chunk, as nearly all do.
#![forbid(unsafe_code)]

use super::item::{Event, Item};
use super::lines::{split_line, strip_ending};
use super::state::Field;

/// Takes the block that begins with `input`, lent out of it, if it says what it says in the plainest
/// way: nothing but data, name and id, each at most once, and all lines end here with LF or CRLF.
///
/// Any other block is left where it is, and so is one larger than `limit`: line by line it comes to
/// the same, or to where it fails. Fields that come once only ever add to the size, so a block that
/// fits when it is complete has fitted at each of its lines.
#[inline]
pub(super) fn take_block<'i>(
    input: &mut &'i [u8],
    limit: usize,
    retry: Option<u64>,
) -> Option<Item<'i>> {
    let (mut data, mut name, mut id) = (None, None, None);
    let mut rest = *input;
    let rest = loop {
        if let Some(rest) = strip_ending(rest) {
            break rest;
        }
        let (field, value) = Field::leading(rest)?;
        // Apart, so that the space is foreseen, as any branch, where its length would be waited for.
        let (value, next) = match value {
            [b' ', value @ ..] => split_line(value)?,
            _ => split_line(value)?,
        };
        match field {
            Field::Data if data.is_none() => data = Some(value),
            Field::Event if name.is_none() => name = Some(value),
            Field::Id if id.is_none() && is_id(value) => id = Some(value),
            _ => return None,
        }
        rest = next;
    };
    let size = [data, name, id].iter().map(|field| field.map_or(0, <[u8]>::len)).sum::<usize>();
    if size > limit {
        return None;
    }
    let item = match (data, id) {
        (Some(data), _) => {
            let name = name.filter(|name| !name.is_empty());
            Item::Event(Event { name, data, id, retry })
        }
        (None, Some(id)) => Item::Id(id),
        (None, None) => return None,
    };
    *input = rest;
    Some(item)
}

/// An id with a NUL in it is ignored (WHATWG HTML 9.2.6).
pub(super) fn is_id(value: &[u8]) -> bool {
    !value.contains(&0)
}
