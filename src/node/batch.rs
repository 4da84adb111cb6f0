//! Drains a ready list into typed arrays that JavaScript owns.

use std::cell::RefCell;
use std::sync::Arc;

use napi::Env;
use napi::bindgen_prelude::{
    Function, Uint16Array, Uint16ArraySlice, Uint32Array, Uint32ArraySlice,
};

use crate::delivery::{Drained, ReadyList};
use crate::record::Batch;

/// Set in the result of a drain when more waits.
const MORE: i32 = 1 << 30;

/// Returns how many words are in use, with [`MORE`] set if more waits; or, below zero, how many
/// bytes of text the first record needs when it is larger than the room given. The last word tells
/// how many bytes of text there are.
#[allow(unsafe_code, reason = "typed arrays can only be written to through raw memory")]
pub fn drain(
    ready_list: &ReadyList,
    words: &mut Uint32ArraySlice<'_>,
    units: &mut Uint16ArraySlice<'_>,
) -> i32 {
    // SAFETY: both arrays belong to `lib/core/batch.js`, which hands them to no other function, are distinct,
    // and no JavaScript runs while this call lasts.
    let (words, units) = unsafe { (words.as_mut(), units.as_mut()) };
    fill(ready_list, words, units)
}

/// A function that drains into the same arrays at each call. A method of a class has to make sure whose
/// it is, and what the arrays are: with a thousand streams, a tenth of the JavaScript thread's time.
#[allow(unsafe_code, reason = "typed arrays can only be written to through raw memory")]
pub fn drainer(
    env: &Env,
    ready_list: Arc<ReadyList>,
    words: Uint32Array,
    units: Uint16Array,
) -> napi::Result<Function<'_, (), i32>> {
    let arrays = RefCell::new((words, units));
    env.create_function_from_closure("drain", move |_| {
        let (words, units) = &mut *arrays.borrow_mut();
        // SAFETY: as above; and the arrays live as long as this function.
        let (words, units) = unsafe { (words.as_mut(), units.as_mut()) };
        Ok(fill(&ready_list, words, units))
    })
}

fn fill(ready_list: &ReadyList, words: &mut [u32], units: &mut [u16]) -> i32 {
    let Some((text, words)) = words.split_last_mut() else { return 0 };
    let mut batch = Batch::new(words, units);
    let drained = ready_list.drain(&mut batch);
    // A batch has far fewer than 2^30 words and bytes.
    let used = i32::try_from(batch.words_used()).unwrap_or(0);
    *text = u32::try_from(batch.units_used() * 2).unwrap_or(0);
    match drained {
        Drained::All => used,
        Drained::More => used | MORE,
        Drained::TooSmall(bytes) => -i32::try_from(bytes).unwrap_or(i32::MAX),
    }
}
