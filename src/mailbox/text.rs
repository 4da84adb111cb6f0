//! Text on its way to JavaScript: one byte a character if it can, UTF-16 if it must.
#![forbid(unsafe_code)]

use encoding_rs::mem;

/// Appends `text` to `units` and returns its length word: characters shifted left by one, the
/// lowest bit set when they are UTF-16.
///
/// `text` is meant to be UTF-8; malformed sequences become U+FFFD as in WHATWG's *UTF-8 decode*.
/// V8 keeps one-byte and two-byte strings only, so this is the cheapest form to build one from:
/// transcoding here, off the JavaScript thread, is 6 to 8 times cheaper for non-ASCII text than
/// handing V8 UTF-8.
pub fn append(units: &mut Vec<u16>, text: &[u8]) -> u32 {
    let start = units.len();
    if mem::is_ascii(text) {
        units.resize(start + text.len().div_ceil(2), 0);
        bytemuck::cast_slice_mut(&mut units[start..])[..text.len()].copy_from_slice(text);
        return length_word(text.len(), false);
    }
    if mem::is_utf8_latin1(text) {
        units.resize(start + text.len().div_ceil(2), 0);
        let bytes: &mut [u8] = bytemuck::cast_slice_mut(&mut units[start..]);
        let written = mem::convert_utf8_to_latin1_lossy(text, bytes);
        units.truncate(start + written.div_ceil(2));
        return length_word(written, false);
    }
    // The converter wants room for the worst case plus one.
    units.resize(start + text.len() + 1, 0);
    let written = mem::convert_utf8_to_utf16(text, &mut units[start..]);
    units.truncate(start + written);
    length_word(written, true)
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
