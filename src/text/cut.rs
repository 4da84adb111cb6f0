//! Where a text may end.
#![forbid(unsafe_code)]

use unicode_segmentation::GraphemeCursor;

/// What ends a line, what ends a sentence, what ends a clause or a word: a piece ends behind the first of these that its
/// second half has.
const SOFT_BREAKS: [&[char]; 3] = [
    &['\n'],
    &['。', '！', '？', '；', '…', '.', '!', '?', ';'],
    &[' ', '，', '、', '：', ',', ':', '\t', '\u{3000}'],
];

/// The most bytes of `text`, at most `limit`, that end between two characters, as people see them; behind a soft
/// break if the second half has one. A character that is larger than `limit` ends between two of its code points.
/// At least one code point if `limit` has room for it.
pub fn cut(text: &str, limit: usize) -> usize {
    if text.len() <= limit {
        return text.len();
    }
    let whole = floor_grapheme(text, limit);
    if whole == 0 {
        return floor_char(text, limit);
    }
    let half = floor_char(text, limit / 2).min(whole);
    SOFT_BREAKS.iter().find_map(|breaks| last_break(text, half, whole, breaks)).unwrap_or(whole)
}

/// The end of the last of these characters that lies behind `from` and ends, with its grapheme, at most at `to`.
fn last_break(text: &str, from: usize, to: usize, breaks: &[char]) -> Option<usize> {
    let mut end = to;
    while let Some(at) = text[from..end].rfind(breaks) {
        let start = from + at;
        let behind = start + text[start..].chars().next().map_or(1, char::len_utf8);
        if is_boundary(text, behind) && !is_inside_number(text, start, behind) {
            return Some(behind);
        }
        end = start;
    }
    None
}

/// Whether the character between `start` and `behind` stands between two digits, as in 3.14 or 12:30.
fn is_inside_number(text: &str, start: usize, behind: usize) -> bool {
    let digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_digit);
    start > 0 && digit(text.as_bytes().get(start - 1)) && digit(text.as_bytes().get(behind))
}

fn is_boundary(text: &str, at: usize) -> bool {
    GraphemeCursor::new(at, text.len(), true).is_boundary(text, 0).unwrap_or(true)
}

/// The last end of a grapheme that is at most `limit`.
fn floor_grapheme(text: &str, limit: usize) -> usize {
    let at = floor_char(text, limit);
    if is_boundary(text, at) {
        return at;
    }
    GraphemeCursor::new(at, text.len(), true).prev_boundary(text, 0).ok().flatten().unwrap_or(0)
}

/// The last end of a code point that is at most `limit`.
fn floor_char(text: &str, limit: usize) -> usize {
    (0..=limit.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}
