//! UTF-8 to the two forms in which V8 keeps text.
//!
//! What models write is mostly ASCII around runs of other text, and general converters pay for each
//! change between the two. These copy ASCII in large steps and decode a sequence at a time, or two
//! of the three bytes that most of Chinese, Japanese and Korean takes.
#![forbid(unsafe_code)]

use encoding_rs::mem;

/// Copies short ASCII to an `out` of its length; says whether it was that. Two steps that overlap:
/// a loop, or a call, would take longer than the copying.
#[inline]
pub fn copy_short(text: &[u8], out: &mut [u8]) -> bool {
    let copied = match text.len() {
        2..4 => copy_ends::<2>(text, out),
        4..8 => copy_ends::<4>(text, out),
        8..16 => copy_ends::<8>(text, out),
        16..=32 => copy_ends::<16>(text, out),
        _ => None,
    };
    copied.is_some()
}

fn copy_ends<const N: usize>(text: &[u8], out: &mut [u8]) -> Option<()> {
    let (first, last) = (text.first_chunk::<N>()?, text.last_chunk::<N>()?);
    *out.first_chunk_mut()? = *first;
    *out.last_chunk_mut()? = *last;
    (first.is_ascii() && last.is_ascii()).then_some(())
}

/// How many bytes at the front of `text` are ASCII.
#[inline]
pub fn ascii_prefix(text: &[u8]) -> usize {
    let high = |eight: &[u8; 8]| u64::from_le_bytes(*eight) & 0x8080_8080_8080_8080;
    let mut plain = 0;
    for block in text.as_chunks::<32>().0 {
        if block.as_chunks().0.iter().fold(0, |any, eight| any | high(eight)) != 0 {
            break;
        }
        plain += 32;
    }
    for eight in text[plain..].as_chunks().0 {
        let high = high(eight);
        if high != 0 {
            return plain + high.trailing_zeros() as usize / 8;
        }
        plain += 8;
    }
    plain + text[plain..].iter().take_while(|byte| byte.is_ascii()).count()
}

/// Writes ASCII to the front of `out`.
pub fn widen<T: From<u8>>(ascii: &[u8], out: &mut [T]) {
    for (byte, unit) in ascii.iter().zip(out) {
        *unit = T::from(*byte);
    }
}

/// Writes `text` as Latin-1 to the front of `out`, which must be as long; returns its length.
/// `None` if a character has no place in Latin-1 or a sequence is malformed.
pub fn to_latin1(text: &[u8], out: &mut [u8]) -> Option<usize> {
    let (mut rest, mut written) = (text, 0);
    loop {
        while let [lead @ 0xc2..=0xc3, next @ 0x80..=0xbf, after @ ..] = rest {
            out[written] = lead << 6 | next & 0x3f;
            written += 1;
            rest = after;
        }
        let (plain, after) = rest.split_at(ascii_prefix(rest));
        if plain.is_empty() {
            return rest.is_empty().then_some(written);
        }
        widen(plain, &mut out[written..]);
        written += plain.len();
        rest = after;
    }
}

/// Writes `text` as UTF-16 to the front of `out`, which must be longer by one; returns its length.
/// Malformed sequences become U+FFFD as in WHATWG's *UTF-8 decode*.
pub fn to_utf16(text: &[u8], out: &mut [u16]) -> usize {
    let (mut rest, mut written) = (text, 0);
    loop {
        while let Some(eight) = rest.first_chunk()
            && let Some(units) = two_of_three(*eight)
            && let Some(target) = out[written..].first_chunk_mut()
        {
            *target = units;
            written += 2;
            rest = &rest[6..];
        }
        match *rest {
            [] => return written,
            [0..0x80, ..] => {
                let (plain, after) = rest.split_at(ascii_prefix(rest));
                widen(plain, &mut out[written..]);
                written += plain.len();
                rest = after;
            }
            _ => {
                let Some((character, length)) = first(rest) else {
                    return written + mem::convert_utf8_to_utf16(rest, &mut out[written..]);
                };
                written += character.encode_utf16(&mut out[written..]).len();
                rest = &rest[length..];
            }
        }
    }
}

/// The units of the first six of these bytes, if they are two sequences of three bytes.
fn two_of_three(eight: [u8; 8]) -> Option<[u16; 2]> {
    const fn both(mask: u64) -> u64 {
        mask | mask << 24
    }
    // The five highest bits of what takes fewer bytes, and of surrogates.
    const MALFORMED: u32 = 1 | 1 << 0b11011;
    let word = u64::from_le_bytes(eight);
    if word & both(0xc0_c0f0) != both(0x80_80e0) {
        return None;
    }
    let units = (word & both(0x0f)) << 12 | word >> 2 & both(0x0fc0) | word >> 16 & both(0x3f);
    let malformed = |unit: u64| MALFORMED >> (unit >> 11 & 0x1f) & 1 == 1;
    if malformed(units) || malformed(units >> 24) {
        return None;
    }
    let [a, b, _, c, d, ..] = units.to_le_bytes();
    Some([u16::from_le_bytes([a, b]), u16::from_le_bytes([c, d])])
}

/// The character that `text` begins with and its length, if it is well-formed and not ASCII.
fn first(text: &[u8]) -> Option<(char, usize)> {
    let bits = |byte: u8| u32::from(byte & 0x3f);
    let goes_on = |byte: u8| byte & 0xc0 == 0x80;
    let (code, length, least) = match *text {
        [a @ 0xc0..=0xdf, b, ..] if goes_on(b) => (u32::from(a & 0x1f) << 6 | bits(b), 2, 0x80),
        [a @ 0xe0..=0xef, b, c, ..] if goes_on(b) && goes_on(c) => {
            (u32::from(a & 0x0f) << 12 | bits(b) << 6 | bits(c), 3, 0x800)
        }
        [a @ 0xf0..=0xf7, b, c, d, ..] if goes_on(b) && goes_on(c) && goes_on(d) => {
            (u32::from(a & 0x07) << 18 | bits(b) << 12 | bits(c) << 6 | bits(d), 4, 0x1_0000)
        }
        _ => return None,
    };
    let character = char::from_u32(code).filter(|_| code >= least)?;
    Some((character, length))
}

#[cfg(test)]
mod tests {
    use encoding_rs::mem;
    use fastrand::Rng;

    use super::{to_latin1, to_utf16};

    /// Whole and broken, with both ends of every range that the standard tells apart.
    const PIECES: [&[u8]; 28] = [
        b"a",
        b"seven b",
        b"eight by",
        b"more than thirty-two bytes of ASCII",
        b"\x00\x7f",
        b"\xc2\x80",
        b"\xc3\xbf",
        b"\xc4\x80",
        b"\xdf\xbf",
        b"\xe0\xa0\x80",
        b"\xe6\xb1\x9f",
        b"\xe6\xb1\x9f\xe6\xb0\xb4",
        b"\xed\x9f\xbf",
        b"\xee\x80\x80",
        b"\xef\xbf\xbf",
        b"\xf0\x90\x80\x80",
        b"\xf0\x9f\x98\x80",
        b"\xf4\x8f\xbf\xbf",
        b"\x80",
        b"\xc1\xbf",
        b"\xe0\x9f\xbf",
        b"\xe6\xb1",
        b"\xed\xa0\x80",
        b"\xf0\x8f\xbf\xbf",
        b"\xf0\x9f\x98",
        b"\xf4\x90\x80\x80",
        b"\xf8\x88\x80\x80",
        b"\xff",
    ];

    /// What `convert` makes of a text.
    fn converted<T: Copy + Default>(
        text: &[u8],
        convert: impl Fn(&[u8], &mut [T]) -> usize,
    ) -> Vec<T> {
        let mut out = vec![T::default(); text.len() + 1];
        let length = convert(text, &mut out);
        out.truncate(length);
        out
    }

    fn is_as_it_should_be(text: &[u8]) {
        let meant = converted(text, mem::convert_utf8_to_utf16);
        assert_eq!(converted(text, to_utf16), meant, "{text:x?}");
        if mem::is_utf8_latin1(text) {
            let meant = converted(text, mem::convert_utf8_to_latin1_lossy);
            let narrow = converted(text, |text, out| to_latin1(text, out).expect("Latin-1"));
            assert_eq!(narrow, meant, "{text:x?}");
        } else {
            assert_eq!(to_latin1(text, &mut vec![0; text.len()]), None, "{text:x?}");
        }
    }

    #[test]
    fn pieces_in_any_order_cut_anywhere() {
        let mut chance = Rng::with_seed(1);
        // In the first rounds whole ones alone, then broken ones too.
        for pieces in [&PIECES[..7], &PIECES[..18], &PIECES[..]].repeat(300) {
            let text: Vec<u8> = (0..chance.usize(1..12))
                .flat_map(|_| chance.choice(pieces).copied().unwrap_or_default().to_vec())
                .collect();
            for at in 0..=text.len() {
                is_as_it_should_be(&text[..at]);
                is_as_it_should_be(&text[at..]);
            }
        }
    }

    #[test]
    fn every_beginning_of_a_sequence() {
        let ends = [0x00, 0x7f, 0x80, 0x9f, 0xa0, 0xbf, 0xc0, 0xff];
        for (first, second) in (0x80..=0xff).flat_map(|a| (0..=0xff).map(move |b| (a, b))) {
            for end in ends {
                let sequence = [first, second, end];
                // Alone, and as the first and the second of two.
                is_as_it_should_be(&sequence);
                is_as_it_should_be(&[&sequence, "\u{6c5f}ab".as_bytes()].concat());
                is_as_it_should_be(&["\u{6c5f}".as_bytes(), &sequence, b"ab"].concat());
            }
        }
    }

    #[test]
    fn noise() {
        let mut chance = Rng::with_seed(2);
        for length in (0..80).cycle().take(20_000) {
            let text: Vec<u8> = (0..length).map(|_| chance.u8(..)).collect();
            is_as_it_should_be(&text);
        }
    }
}
