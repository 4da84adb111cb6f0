//! The decoder against the standard's own words, however a body is cut, with and without a bound.
#![no_main]

#[allow(dead_code, reason = "the tests use more of it")]
#[path = "../../tests/protocol/bodies.rs"]
mod bodies;
#[path = "../../tests/protocol/reference.rs"]
mod reference;
#[allow(dead_code, reason = "the tests use more of it")]
#[path = "../../tests/protocol/transcript.rs"]
mod transcript;

use fastrand::Rng;
use libfuzzer_sys::fuzz_target;
use perennial_sse::protocol::MAX_COMMENT;

use bodies::cut;
use reference::interpret;
use transcript::Transcript;

/// Bounds tried, in bytes: around the sizes that small bodies reach.
const LIMITS: u8 = 64;

// The last byte chooses cuts and bound, so that a seed is simply a body.
fuzz_target!(|input: &[u8]| {
    let Some((&choice, body)) = input.split_last() else { return };
    // The reference knows no bound, so it keeps comments that the decoder would cut.
    if body.len() > MAX_COMMENT {
        return;
    }
    let mut rng = Rng::with_seed(choice.into());
    let pieces = cut(&mut rng, body, 1 + usize::from(choice));

    let meant = interpret(body);
    assert_eq!(Transcript::of([body], None), meant, "whole");
    assert_eq!(Transcript::of(body.chunks(1), None), meant, "in single bytes");
    assert_eq!(Transcript::of(pieces.iter().copied(), None), meant, "in pieces: {pieces:?}");

    let limit = Some(usize::from(choice % LIMITS));
    let bounded = Transcript::of([body], limit);
    assert_eq!(Transcript::of(body.chunks(1), limit), bounded, "{limit:?} in single bytes");
    assert_eq!(Transcript::of(pieces.iter().copied(), limit), bounded, "{limit:?} in {pieces:?}");
    if bounded.failure.is_none() {
        assert_eq!(bounded, meant, "{limit:?}, which was not reached");
    } else {
        assert!(meant.said.starts_with(&bounded.said), "{limit:?}: another beginning");
        assert_eq!(bounded.unfinished, None, "{limit:?}: nothing is handed over after a failure");
    }
});
