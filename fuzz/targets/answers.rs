//! The dialects: whatever a provider sends, however it is cut, nothing panics, nothing grows without
//! bound, and an answer means the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use perennial_sse::llm::{Accumulator, Bounds, Delta, Evidence, Family, Message};
use perennial_sse::protocol::{Event, Item};

const FAMILIES: [Family; 5] =
    [Family::ChatCompletions, Family::Responses, Family::Anthropic, Family::Gemini, Family::Ollama];

/// What `chat` allows unless it is told otherwise.
const USUAL: Bounds = Bounds { argument_bytes: 16 << 20, content_bytes: 64 << 20 };

/// What came of an answer.
#[derive(Debug, PartialEq)]
struct Outcome {
    message: Message,
    complete: bool,
    content: bool,
    failures: usize,
    refusals: usize,
}

fn read<'a>(family: Family, pieces: impl Iterator<Item = &'a [u8]>, bounds: Bounds) -> Outcome {
    let mut framing = family.framing(None);
    let mut dialect = family.dialect();
    let mut evidence = Evidence::new(family, 1);
    let mut accumulator = Accumulator::new(bounds);
    let (mut failures, mut refusals) = (0, 0);
    let mut take = |event: &Event<'_>| {
        let mut refused = false;
        let decoded = dialect.decode(event, &mut |delta| {
            evidence.note(&delta);
            failures += usize::from(matches!(delta, Delta::Error(_)));
            refused |= accumulator.apply(&delta).is_err();
        });
        refusals += usize::from(refused || decoded.is_err());
    };
    for mut piece in pieces {
        while let Ok(Some(item)) = framing.next(&mut piece) {
            if let Item::Event(event) = item {
                take(&event);
            }
        }
    }
    if let Some(event) = framing.end() {
        take(&event);
    }
    let (complete, content) = (evidence.is_complete(), evidence.has_content());
    Outcome { message: accumulator.into_message(), complete, content, failures, refusals }
}

fn size(message: &Message) -> usize {
    let choices = std::iter::once(&message.answer).chain(&message.others);
    choices
        .map(|choice| {
            let calls = choice.tool_calls.iter();
            choice.content.len()
                + choice.reasoning.len()
                + choice.refusal.len()
                + calls.map(|call| call.name.len() + call.arguments.len()).sum::<usize>()
        })
        .sum()
}

// The last byte chooses the family, so that a seed is a body.
fuzz_target!(|input: &[u8]| {
    let Some((&choice, body)) = input.split_last() else { return };
    let family = FAMILIES[usize::from(choice) % FAMILIES.len()];
    let whole = read(family, [body].into_iter(), USUAL);
    assert_eq!(read(family, body.chunks(1), USUAL), whole, "in single bytes");
    let cut = body.len() * usize::from(choice) / 256;
    let halves = [&body[..cut], &body[cut..]];
    assert_eq!(read(family, halves.into_iter(), USUAL), whole, "cut at {cut}");

    let bounds = Bounds { argument_bytes: 64, content_bytes: 64 };
    let small = read(family, [body].into_iter(), bounds);
    assert!(size(&small.message) <= 128, "a bounded answer outgrew its bounds");
    assert_eq!(small.complete, whole.complete, "bounds are no evidence");
});
