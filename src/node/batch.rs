//! Drains an office into typed arrays that JavaScript owns.

use napi::bindgen_prelude::{Uint16ArraySlice, Uint32ArraySlice};

use crate::mailbox::{Batch, Drained, Office};

/// Set in the result of a drain when more waits.
const MORE: i32 = 1 << 30;

/// Returns how many words are in use, with [`MORE`] set if more waits; or, below zero, how many
/// bytes of text the first record needs when it is larger than the room given. The last word tells
/// how many bytes of text there are.
#[allow(unsafe_code, reason = "typed arrays can only be written to through raw memory")]
pub fn drain(
    office: &Office,
    words: &mut Uint32ArraySlice<'_>,
    units: &mut Uint16ArraySlice<'_>,
) -> i32 {
    // SAFETY: both arrays belong to `lib/batch.js`, which hands them to nobody else, are distinct,
    // and no JavaScript runs while this call lasts.
    let (words, units) = unsafe { (words.as_mut(), units.as_mut()) };
    let Some((text, words)) = words.split_last_mut() else { return 0 };
    let mut batch = Batch::new(words, units);
    let drained = office.drain(&mut batch);
    // A batch has far fewer than 2^30 words and bytes.
    let used = i32::try_from(batch.words_used()).unwrap_or(0);
    *text = u32::try_from(batch.units_used() * 2).unwrap_or(0);
    match drained {
        Drained::All => used,
        Drained::More => used | MORE,
        Drained::TooSmall(bytes) => -i32::try_from(bytes).unwrap_or(i32::MAX),
    }
}
