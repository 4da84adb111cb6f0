//! Halves of surrogate pairs, which JSON may hold and Rust's text may not.
//!
//! `"\ud83d"` is half of a character, whose other half may begin the next piece of the same text. While
//! an event is read, a half is written as a [`MARK`] and a private letter; a genuine [`MARK`] is escaped,
//! so that nothing a server sends is taken for a half.
#![forbid(unsafe_code)]

/// A code point that is no character.
const MARK: char = '\u{FDD0}';
/// Behind a [`MARK`]: it is itself.
const ITSELF: char = '\u{FDD1}';
/// Behind a [`MARK`]: the first of the 2,048 halves.
const FIRST: u32 = 0xE000;
const HALVES: std::ops::Range<u32> = 0xD800..0xE000;

/// Writes half of a pair.
pub(super) fn write_half(half: u32, out: &mut String) {
    let letter = half.checked_sub(HALVES.start).and_then(|at| char::from_u32(FIRST + at));
    out.extend([MARK, letter.unwrap_or(char::REPLACEMENT_CHARACTER)]);
}

/// Writes a character.
pub(super) fn write(letter: char, out: &mut String) {
    out.push(letter);
    if letter == MARK {
        out.push(ITSELF);
    }
}

/// Whether this is half of a pair.
pub(super) fn is_half(unit: u32) -> bool {
    HALVES.contains(&unit)
}

/// Whether this character must be escaped.
pub(super) const fn is_mark(letter: char) -> bool {
    letter == MARK
}

/// Reads text in pieces: joins halves, also over the seams. A half that stays alone becomes U+FFFD.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Joiner {
    /// The first half of a pair, which ended the last piece.
    high: Option<u32>,
}

impl Joiner {
    /// The text of the next piece, as far as it is known.
    pub(super) fn read(&mut self, piece: &str) -> String {
        let mut out = String::with_capacity(piece.len());
        let mut letters = piece.chars().peekable();
        while let Some(letter) = letters.next() {
            let mark = letters.next_if(|next| letter == MARK && is_order(*next));
            let half = mark.filter(|next| *next != ITSELF).map(|next| u32::from(next) - FIRST);
            match half.map(|half| HALVES.start + half) {
                Some(high @ ..0xDC00) => {
                    out.extend(self.end());
                    self.high = Some(high);
                }
                Some(low) => {
                    let pair =
                        self.high.take().map(|high| ((high - 0xD800) << 10) + (low - 0xDC00));
                    let letter = pair.and_then(|pair| char::from_u32(0x1_0000 + pair));
                    out.push(letter.unwrap_or(char::REPLACEMENT_CHARACTER));
                }
                None => {
                    out.extend(self.end());
                    out.push(letter);
                }
            }
        }
        out
    }

    /// What stands for the half whose other half did not come.
    pub(super) fn end(&mut self) -> Option<char> {
        self.high.take().map(|_| char::REPLACEMENT_CHARACTER)
    }

    /// Whether it waits for the other half.
    pub(super) const fn waits(self) -> bool {
        self.high.is_some()
    }
}

/// A text that comes in one piece.
pub(super) fn whole(text: &str) -> String {
    let mut joiner = Joiner::default();
    let mut out = joiner.read(text);
    out.extend(joiner.end());
    out
}

/// Whether this letter, behind a mark, means something.
fn is_order(letter: char) -> bool {
    letter == ITSELF || (FIRST..FIRST + 0x800).contains(&u32::from(letter))
}
