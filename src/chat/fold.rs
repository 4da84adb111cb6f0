//! Standard chunks, as a log keeps them, to the answer that they make.

use serde::Deserialize;

use super::snapshot::snapshot;
use crate::llm::{Accumulator, Bounds, Delta, Family};
use crate::protocol::{Decoder, Framing, Item};

/// What tells a chunk of an answer from another event, and a beginning anew from both.
#[derive(Deserialize)]
struct Chunk<'a> {
    #[serde(borrow)]
    object: Option<&'a str>,
    #[serde(default)]
    reset: bool,
}

/// A log is bounded by itself.
const BOUNDS: Bounds = Bounds { argument_bytes: usize::MAX, content_bytes: usize::MAX };

/// The answer that these events make, in JSON; `None` if none of them is a chunk of one.
pub fn fold_chunks<'a>(frames: impl Iterator<Item = &'a [u8]>) -> Option<String> {
    let mut dialect = Family::ChatCompletions.dialect();
    let mut accumulator = Accumulator::new(BOUNDS);
    let mut decoder = Decoder::new(None);
    let mut revision = 0;
    for frame in frames {
        let mut rest = frame;
        while let Ok(Some(item)) = decoder.next(&mut rest) {
            let Item::Event(event) = item else { continue };
            let Ok(chunk) = serde_json::from_slice::<Chunk<'_>>(event.data) else { continue };
            if chunk.object != Some("chat.completion.chunk") {
                continue;
            }
            revision += 1;
            if chunk.reset {
                dialect = Family::ChatCompletions.dialect();
                // Emptying needs no room.
                let _ = accumulator.apply(&Delta::Reset);
                continue;
            }
            // A chunk that cannot be read says nothing of the answer.
            let _ = dialect.decode(&event, &mut |delta| {
                let _ = accumulator.apply(&delta);
            });
        }
    }
    (revision > 0).then(|| snapshot(accumulator.message(), &[], revision))
}
