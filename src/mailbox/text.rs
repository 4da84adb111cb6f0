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
        return append_bytes(units, text);
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

/// Appends bytes as they are, with a length word as that of one-byte text.
pub fn append_bytes(units: &mut Vec<u16>, bytes: &[u8]) -> u32 {
    let (pairs, last) = bytes.as_chunks::<2>();
    // Written once, where `resize` would write zeros first.
    units.extend(pairs.iter().map(|pair| u16::from_ne_bytes(*pair)));
    if let [last] = *last {
        units.push(u16::from_ne_bytes([last, 0]));
    }
    length_word(bytes.len(), false)
}

/// Makes one text of the last two in `units`, whose length words are `held` and `added`, and returns
/// its length word. It is wide if either was.
pub fn join(units: &mut Vec<u16>, held: u32, added: u32) -> u32 {
    let second = units.len() - self::units(added);
    let first = second - self::units(held);
    let (held_length, added_length) = ((held >> 1) as usize, (added >> 1) as usize);
    let wide = (held | added) & 1 == 1;
    if !wide {
        if held_length % 2 == 1 {
            let bytes: &mut [u8] = bytemuck::cast_slice_mut(&mut units[first..]);
            bytes.copy_within(held_length + 1..held_length + 1 + added_length, held_length);
        }
        units.truncate(first + (held_length + added_length).div_ceil(2));
    } else if added & 1 == 0 {
        let narrow = units.split_off(second);
        widen(&narrow, added_length, units);
    } else if held & 1 == 0 {
        let wide = units.split_off(second);
        let narrow = units.split_off(first);
        widen(&narrow, held_length, units);
        units.extend_from_slice(&wide);
    }
    length_word(held_length + added_length, wide)
}

/// Appends one-byte text, packed two characters to the unit, as UTF-16.
fn widen(packed: &[u16], length: usize, units: &mut Vec<u16>) {
    let bytes: &[u8] = bytemuck::cast_slice(packed);
    units.extend(bytes[..length].iter().map(|&byte| u16::from(byte)));
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
