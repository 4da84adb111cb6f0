//! Text on its way to JavaScript: one byte a character if it can, UTF-16 if it must.
#![forbid(unsafe_code)]

use super::fifo::Fifo;
use super::transcode::{ascii_prefix, copy_short, to_latin1, to_utf16, widen};

/// Appends `text` to `units` and returns its length word: characters shifted left by one, the
/// lowest bit set when they are UTF-16.
///
/// `text` is meant to be UTF-8; malformed sequences become U+FFFD as in WHATWG's *UTF-8 decode*.
/// V8 keeps one-byte and two-byte strings only, so this is the cheapest form to build one from:
/// transcoding here, off the JavaScript thread, is 6 to 8 times cheaper for non-ASCII text than
/// handing V8 UTF-8.
#[inline]
pub fn append(units: &mut Fifo<u16>, text: &[u8]) -> u32 {
    if copy_short(text, &mut packed(units, text.len())[..text.len()]) {
        units.lengthen(text.len().div_ceil(2));
        return length_word(text.len(), false);
    }
    let (plain, rest) = text.split_at(ascii_prefix(text));
    if rest.is_empty() { append_bytes(units, plain) } else { append_other(units, plain, rest) }
}

/// Kept apart, so that what plain text needs stays small.
#[inline(never)]
fn append_other(units: &mut Fifo<u16>, plain: &[u8], rest: &[u8]) -> u32 {
    let (start, length) = (plain.len(), plain.len() + rest.len());
    let narrow = packed(units, length);
    let word = if let Some(more) = to_latin1(rest, &mut narrow[start..]) {
        widen(plain, narrow);
        length_word(start + more, false)
    } else {
        // The converter wants room for the worst case plus one.
        let wide = units.room(length + 1);
        widen(plain, wide);
        length_word(start + to_utf16(rest, &mut wide[start..]), true)
    };
    units.lengthen(self::units(word));
    word
}

/// Appends bytes as they are, with a length word as that of one-byte text.
pub fn append_bytes(units: &mut Fifo<u16>, bytes: &[u8]) -> u32 {
    packed(units, bytes.len())[..bytes.len()].copy_from_slice(bytes);
    units.lengthen(bytes.len().div_ceil(2));
    length_word(bytes.len(), false)
}

/// The free space of a fifo, two characters to the unit.
fn packed(units: &mut Fifo<u16>, length: usize) -> &mut [u8] {
    bytemuck::cast_slice_mut(units.room(length.div_ceil(2)))
}

/// Makes one text of the last two in `units`, whose length words are `held` and `added`, and returns
/// its length word. It is wide if either was.
pub fn join(units: &mut Fifo<u16>, held: u32, added: u32) -> u32 {
    let second = units.as_slice().len() - self::units(added);
    let first = second - self::units(held);
    let (held_length, added_length) = ((held >> 1) as usize, (added >> 1) as usize);
    let wide = (held | added) & 1 == 1;
    if !wide {
        if held_length % 2 == 1 {
            let bytes: &mut [u8] = bytemuck::cast_slice_mut(&mut units.as_mut_slice()[first..]);
            bytes.copy_within(held_length + 1..held_length + 1 + added_length, held_length);
        }
        units.truncate(first + (held_length + added_length).div_ceil(2));
    } else if added & 1 == 0 {
        let narrow = split_off(units, second);
        append_widened(units, &narrow, added_length);
    } else if held & 1 == 0 {
        let wide = split_off(units, second);
        let narrow = split_off(units, first);
        append_widened(units, &narrow, held_length);
        units.extend_from_slice(&wide);
    }
    length_word(held_length + added_length, wide)
}

fn split_off(units: &mut Fifo<u16>, at: usize) -> Vec<u16> {
    let tail = units.as_slice()[at..].to_vec();
    units.truncate(at);
    tail
}

/// Appends one-byte text, packed two characters to the unit, as UTF-16.
fn append_widened(units: &mut Fifo<u16>, packed: &[u16], length: usize) {
    let bytes: &[u8] = bytemuck::cast_slice(packed);
    widen(&bytes[..length], units.room(length));
    units.lengthen(length);
}

/// How many units of the arena a length word stands for.
pub const fn units(word: u32) -> usize {
    let characters = (word >> 1) as usize;
    if word & 1 == 1 { characters } else { characters.div_ceil(2) }
}

fn length_word(characters: usize, wide: bool) -> u32 {
    // Lengths stay far below 2^31: events are bounded, by default at 64 MiB.
    u32::try_from(characters << 1).unwrap_or(0) | u32::from(wide)
}
