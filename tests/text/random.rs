//! Whatever a text is, no piece is too large and no character is lost or divided.

use perennial_sse::text::{LEAST, split_utf8};
use unicode_segmentation::UnicodeSegmentation;

const ROUNDS: u64 = 100_000;

/// What texts are made of.
const PARTS: [&str; 24] = [
    "a",
    "é",
    "e\u{301}",
    "河",
    "。",
    "，",
    " ",
    "\n",
    "\r\n",
    "\t",
    "🌊",
    "🏞\u{fe0f}",
    "🇨🇳",
    "🇯",
    "👍🏽",
    "👨\u{200d}👩\u{200d}👧\u{200d}👦",
    "\u{200d}",
    "\u{301}",
    "क्षि",
    "각",
    "3.14",
    "`",
    "``",
    "- x",
];

/// The same with fences.
const FENCED: [&str; 8] =
    ["```\n", "```js\n", "\n```\n", "~~~~\n", "\n", "code();\n", "河", "`` ` ``"];

#[test]
fn pieces_are_the_text_and_end_between_characters() {
    for seed in 0..ROUNDS {
        let mut chance = fastrand::Rng::with_seed(seed);
        let length = chance.usize(0..60);
        let text: String = (0..length).map(|_| PARTS[chance.usize(..PARTS.len())]).collect();
        let limit = chance.usize(LEAST..120);
        let pieces = split_utf8(&text, limit);
        // Three back ticks at the beginning of a line open a fence.
        if text.contains("```") {
            continue;
        }
        assert_eq!(pieces.concat(), text, "seed {seed}");
        let ends: Vec<usize> = text.grapheme_indices(true).map(|(at, _)| at).collect();
        let mut at = 0;
        for piece in &pieces {
            assert!(!piece.is_empty() && piece.len() <= limit, "seed {seed}: {piece:?}");
            let between = ends.binary_search(&at).is_ok();
            assert!(between || is_within_giant(&text, at, limit), "seed {seed}: {piece:?}");
            at += piece.len();
        }
    }
}

/// Whether `at` lies within a character that is larger than a piece.
fn is_within_giant(text: &str, at: usize, limit: usize) -> bool {
    text.grapheme_indices(true)
        .any(|(start, one)| start < at && at < start + one.len() && one.len() > limit)
}

#[test]
fn no_piece_with_fences_is_too_large_and_only_fences_are_added() {
    for seed in 0..ROUNDS {
        let mut chance = fastrand::Rng::with_seed(seed);
        let length = chance.usize(0..40);
        let text: String = (0..length).map(|_| FENCED[chance.usize(..FENCED.len())]).collect();
        let limit = chance.usize(LEAST..80);
        let pieces = split_utf8(&text, limit);
        assert!(
            pieces.iter().all(|piece| !piece.is_empty() && piece.len() <= limit),
            "seed {seed}"
        );
        let letters =
            |text: &str| text.chars().filter(|one| "code();河".contains(*one)).collect::<String>();
        assert_eq!(letters(&pieces.concat()), letters(&text), "seed {seed}");
    }
}
