//! What a hostile provider cannot do.

use perennial_sse::llm::{
    Accumulator, Bound, Bounds, Class, Delta, Dialect, Failure, Family, MAX_DEPTH,
};
use perennial_sse::protocol::Event;

use crate::reading::{BOUNDS, read_data};

const FAMILIES: [Family; 5] =
    [Family::ChatCompletions, Family::Responses, Family::Anthropic, Family::Gemini, Family::Ollama];

fn decode(dialect: &mut dyn Dialect, data: &str) -> Result<usize, Failure> {
    let event = Event { name: None, data: data.as_bytes(), id: None, retry: None };
    let mut count = 0;
    dialect.decode(&event, &mut |_| count += 1)?;
    Ok(count)
}

fn refusal(family: Family, data: &str) -> Class {
    decode(&mut *family.dialect(), data).expect_err("a bound").class()
}

#[test]
fn a_million_choices_are_refused() {
    let choices = vec![r#"{"delta":{"content":"a"}}"#; 1_000_000].join(",");
    let chunk = format!(r#"{{"choices":[{choices}]}}"#);
    assert_eq!(refusal(Family::ChatCompletions, &chunk), Class::Bound(Bound::Choices));
    let chunk = format!(r#"{{"candidates":[{}]}}"#, vec!["{}"; 1_000_000].join(","));
    assert_eq!(refusal(Family::Gemini, &chunk), Class::Bound(Bound::Choices));
    for index in ["128", "1000000", "4294967296", "18446744073709551615", "1e300"] {
        let chunk = format!(r#"{{"choices":[{{"index":{index},"delta":{{"content":"a"}}}}]}}"#);
        assert_eq!(refusal(Family::ChatCompletions, &chunk), Class::Bound(Bound::Choices));
    }
}

#[test]
fn too_many_tool_calls_are_refused() {
    let chunk = |calls: &str| format!(r#"{{"choices":[{{"delta":{{"tool_calls":[{calls}]}}}}]}}"#);
    let many = vec![r#"{"index":0,"id":"a"}"#; 1_000_000].join(",");
    assert_eq!(refusal(Family::ChatCompletions, &chunk(&many)), Class::Bound(Bound::ToolCalls));
    let far = chunk(r#"{"index":128,"id":"a"}"#);
    assert_eq!(refusal(Family::ChatCompletions, &far), Class::Bound(Bound::ToolCalls));
    let rows = [
        (Family::ChatCompletions, chunk(r#"{"function":{"name":"f"}}"#)),
        (
            Family::Anthropic,
            r#"{"type":"content_block_start","content_block":{"type":"tool_use"}}"#.into(),
        ),
        (Family::Gemini, r#"{"candidates":[{"content":{"parts":[{"functionCall":{}}]}}]}"#.into()),
        (Family::Ollama, r#"{"message":{"tool_calls":[{"function":{"name":"f"}}]}}"#.into()),
    ];
    for (family, data) in rows {
        let mut dialect = family.dialect();
        let failed = (0..1000).find_map(|count| Some((count, decode(&mut *dialect, &data).err()?)));
        let (count, failure) = failed.expect("a bound");
        assert_eq!((count, failure.class()), (128, Class::Bound(Bound::ToolCalls)), "{family:?}");
    }
    let mut dialect = Family::Responses.dialect();
    let failed = (0..1000).find(|index| {
        let item = format!(r#"{{"type":"response.output_item.added","output_index":{index},"item":{{"type":"function_call"}}}}"#);
        decode(&mut *dialect, &item).is_err()
    });
    assert_eq!(failed, Some(128));
}

#[test]
fn too_many_parts_are_refused() {
    let parts = vec!["{}"; 1_000_000].join(",");
    let chunk = format!(r#"{{"choices":[{{"delta":{{"content":[{parts}]}}}}]}}"#);
    assert_eq!(refusal(Family::ChatCompletions, &chunk), Class::Bound(Bound::Parts));
    let chunk = format!(
        r#"{{"choices":[{{"delta":{{"content":[{{"type":"thinking","thinking":[{parts}]}}]}}}}]}}"#
    );
    assert_eq!(refusal(Family::ChatCompletions, &chunk), Class::Bound(Bound::Parts));
    let chunk = format!(r#"{{"candidates":[{{"content":{{"parts":[{parts}]}}}}]}}"#);
    assert_eq!(refusal(Family::Gemini, &chunk), Class::Bound(Bound::Parts));
}

#[test]
fn arguments_are_bounded_in_one_event_and_in_many() {
    let bounds = BOUNDS;
    let mut accumulator = Accumulator::new(bounds);
    let huge = "x".repeat(100 << 20);
    let call =
        |id, arguments| Delta::ToolCall { choice: 0, index: 0, id, name: Some("f"), arguments };
    let failure = accumulator.apply(&call(None, &huge)).expect_err("a bound");
    assert_eq!(failure.class(), Class::Bound(Bound::Arguments));
    assert!(!failure.is_retryable());
    assert_eq!(accumulator.message().answer.tool_calls, []);

    let piece = &huge[..1 << 10];
    let failed = (0..100 << 10).position(|_| accumulator.apply(&call(Some("a"), piece)).is_err());
    assert_eq!(failed, Some((bounds.argument_bytes - 2) >> 10));
    assert!(accumulator.message().answer.tool_calls[0].arguments.len() <= bounds.argument_bytes);
    let failure = accumulator.apply(&call(Some(piece), "")).expect_err("ids count too");
    assert_eq!(failure.class(), Class::Bound(Bound::Arguments));
}

#[test]
fn content_of_every_kind_counts_together() {
    let bounds = Bounds { content_bytes: 9, ..BOUNDS };
    let mut accumulator = Accumulator::new(bounds);
    let deltas = [
        Delta::Start { id: Some("i"), model: Some("m") },
        Delta::Content { choice: 0, text: "ab" },
        Delta::Reasoning { choice: 1, text: "ab" },
        Delta::Refusal { choice: 0, text: "ab" },
        Delta::Finish { choice: 0, reason: "x" },
        Delta::Finish { choice: 0, reason: "x" },
    ];
    for delta in &deltas {
        assert_eq!(accumulator.apply(delta), Ok(()));
    }
    let failure = accumulator.apply(&Delta::Content { choice: 0, text: "a" });
    let failure = failure.expect_err("a bound");
    assert_eq!(failure.class(), Class::Bound(Bound::Content));
    assert_eq!(failure.to_string(), "the answer is too long; raise the bound if it may be");
    assert_eq!(accumulator.message().answer.content, "ab");
    accumulator.apply(&Delta::Reset).expect("always possible");
    assert_eq!(accumulator.apply(&Delta::Content { choice: 0, text: "123456789" }), Ok(()));
    let message = accumulator.into_message();
    assert_eq!((&*message.answer.content, message.id), ("123456789", None));
}

#[test]
fn a_delta_out_of_bounds_is_refused_whoever_made_it() {
    let mut accumulator = Accumulator::new(BOUNDS);
    let delta = Delta::Content { choice: u32::MAX, text: "a" };
    assert_eq!(
        accumulator.apply(&delta).expect_err("a bound").class(),
        Class::Bound(Bound::Choices)
    );
    let call =
        |index| Delta::ToolCall { choice: 0, index, id: None, name: Some("f"), arguments: "" };
    // Any index will do, for some providers begin elsewhere; it is the count that matters.
    for index in (0..128).map(|index| u32::MAX - index) {
        assert_eq!(accumulator.apply(&call(index)), Ok(()));
    }
    assert_eq!(
        accumulator.apply(&call(0)).expect_err("a bound").class(),
        Class::Bound(Bound::ToolCalls)
    );
    assert_eq!(accumulator.apply(&call(u32::MAX)), Ok(()));
}

#[test]
fn arguments_may_be_nested_but_not_without_end() {
    let gemini = |depth: usize| {
        let args = format!("{}{}", "{\"a\":[".repeat(depth / 2), "]}".repeat(depth / 2));
        format!(
            r#"{{"candidates":[{{"content":{{"parts":[{{"functionCall":{{"args":{args}}}}}]}}}}]}}"#
        )
    };
    assert!(decode(&mut *Family::Gemini.dialect(), &gemini(MAX_DEPTH)).is_ok());
    for depth in [MAX_DEPTH + 2, 200, 2_000_000] {
        assert_eq!(refusal(Family::Gemini, &gemini(depth)), Class::Bound(Bound::Depth), "{depth}");
    }
}

#[test]
fn deep_nesting_never_overflows_the_stack() {
    const DEPTH: usize = 20_000;
    let list = format!("{}{}", "[".repeat(DEPTH), "]".repeat(DEPTH));
    let object = format!("{}1{}", "{\"a\":".repeat(DEPTH), "}".repeat(DEPTH));
    let keys =
        ["unknown", "id", "usage", "error", "choices", "delta", "item", "response", "message"];
    let more = ["content_block", "candidates", "type", "sequence_number", "arguments", "done"];
    for nested in [&list, &object] {
        for key in keys.into_iter().chain(more) {
            for shape in [
                format!(r#"{{"{key}":{nested}}}"#),
                format!(r#"{{"choices":[{{"delta":{{"{key}":{nested},"content":{nested}}}}}]}}"#),
            ] {
                for family in FAMILIES {
                    // Refused or ignored, as the place has it; what matters is that it returns.
                    let _ = decode(&mut *family.dialect(), &shape);
                }
            }
        }
    }
    let refused = |family: &Family| decode(&mut *family.dialect(), &list).is_err();
    assert!(FAMILIES.iter().all(refused), "an answer is no list");
}

#[test]
fn bytes_that_were_changed_at_random_are_never_a_panic() {
    let transcripts: [(Family, &str); 5] = [
        (Family::ChatCompletions, include_str!("transcripts/chat_completions.sse")),
        (Family::Responses, include_str!("transcripts/responses.sse")),
        (Family::Anthropic, include_str!("transcripts/anthropic.sse")),
        (Family::Gemini, include_str!("transcripts/gemini.sse")),
        (Family::Ollama, include_str!("transcripts/ollama.ndjson")),
    ];
    let mut chance = fastrand::Rng::with_seed(5);
    for (family, text) in transcripts {
        let lines: Vec<_> =
            text.lines().map(|line| line.trim_start_matches("data:").trim()).collect();
        for _ in 0..500 {
            let mut dialect = family.dialect();
            let mut accumulator = Accumulator::new(BOUNDS);
            for line in &lines {
                let mut data = line.as_bytes().to_vec();
                for _ in 0..chance.usize(0..3).min(data.len()) {
                    let at = chance.usize(0..data.len());
                    match chance.u8(0..4) {
                        0 => data[at] = chance.u8(..),
                        1 => data.truncate(at.max(1)),
                        2 => data.insert(at, *chance.choice(b"{}[]\",:0n\\").expect("some")),
                        _ => drop(data.remove(at)),
                    }
                    if data.is_empty() {
                        break;
                    }
                }
                let event = Event { name: None, data: &data, id: None, retry: None };
                let _ = dialect.decode(&event, &mut |delta| {
                    let _ = accumulator.apply(&delta);
                });
            }
        }
    }
}

#[test]
fn numbers_of_any_size_are_read() {
    let chunk = r#"{"choices":[],"usage":{"prompt_tokens":1e30,"completion_tokens":-5,"total_tokens":18446744073709551615}}"#;
    let reading = read_data(Family::ChatCompletions, &[chunk]);
    let usage = reading.message.usage.expect("some usage");
    assert_eq!((usage.input, usage.output, usage.total), (Some(u64::MAX), None, Some(u64::MAX)));
}
