//! What `JSON.parse` takes.

use perennial_sse::llm::{Class, Failure, Family};

use crate::reading::{Reader, Reading, Told, read_data};

fn chat(data: &[&str]) -> Reading {
    let reading = read_data(Family::ChatCompletions, data);
    assert_eq!(reading.refused, []);
    reading
}

fn with(delta: &str) -> String {
    format!(r#"{{"choices":[{{"index":0,"delta":{{{delta}}}}}]}}"#)
}

const STOP: &str = r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#;

#[test]
fn halves_of_a_pair_are_joined_wherever_they_are_cut() {
    let rows: [(&[&str], &str); 8] = [
        (&[r"ok \ud83d", r"\ude00 fine"], "ok \u{1F600} fine"),
        (&["ok ", r"\ud83d", r"\ude00", " fine"], "ok \u{1F600} fine"),
        (&[r"ok \ud83d end"], "ok \u{FFFD} end"),
        (&[r"ok \ud83d", " end"], "ok \u{FFFD} end"),
        (&[r"ok \ud83d"], "ok \u{FFFD}"),
        (&[r"\ude00 ok"], "\u{FFFD} ok"),
        (&[r"\ude00\ud83d", r"\ud83d", r"\ude00"], "\u{FFFD}\u{FFFD}\u{1F600}"),
        (
            &["\u{FDD0}\u{E000}", r"\ud83d", "\u{FDD0}\u{E000}"],
            "\u{FDD0}\u{E000}\u{FFFD}\u{FDD0}\u{E000}",
        ),
    ];
    for (pieces, expected) in rows {
        for name in ["content", "reasoning_content", "refusal"] {
            let mut data: Vec<String> =
                pieces.iter().map(|piece| with(&format!(r#""{name}":"{piece}""#))).collect();
            data.push(STOP.into());
            let reading = chat(&data.iter().map(String::as_str).collect::<Vec<_>>());
            let answer = &reading.message.answer;
            let told = [&answer.content, &answer.reasoning, &answer.refusal].map(String::as_str);
            assert_eq!(told.concat(), expected, "{name} {pieces:?}");
            assert!(reading.is_complete(), "{name} {pieces:?}");
        }
    }
}

#[test]
fn halves_of_different_texts_do_not_meet() {
    let data = [
        r#"{"choices":[{"index":0,"delta":{"content":"\ud83d"}},{"index":1,"delta":{"content":"\ud83d"}}]}"#,
        &with(r#""reasoning_content":"\ude00a\ud83d""#),
        r#"{"choices":[{"index":1,"delta":{"content":"\ude01"}},{"index":0,"delta":{"content":"\ude00"}}]}"#,
        STOP,
    ];
    let message = chat(&data).message;
    assert_eq!(message.answer.content, "\u{1F600}");
    assert_eq!(message.answer.reasoning, "\u{FFFD}a\u{FFFD}");
    assert_eq!(message.others[0].content, "\u{1F601}");
}

#[test]
fn halves_are_joined_in_arguments_names_and_ids() {
    let data = [
        with(
            r#""tool_calls":[{"index":0,"id":"a\ud83d","function":{"name":"\ud83d\ude00","arguments":"{\"q\":\"\ud83d"}}]"#,
        ),
        with(r#""tool_calls":[{"index":0,"function":{"arguments":"\ude00\\ud83d\"}"}}]"#),
        with(
            r#""tool_calls":[{"index":1,"id":"b","function":{"name":"g","arguments":{"x":"\ud83d","n":[1e400]}}}]"#,
        ),
        STOP.into(),
    ];
    let data: Vec<&str> = data.iter().map(String::as_str).collect();
    let calls = chat(&data).message.answer.tool_calls;
    assert_eq!(calls[0].id.as_deref(), Some("a\u{FFFD}"));
    assert_eq!(calls[0].name, "\u{1F600}");
    assert_eq!(calls[0].arguments, "{\"q\":\"\u{1F600}\\ud83d\"}");
    assert_eq!(calls[1].arguments, "{\"x\":\"\u{FFFD}\",\"n\":[null]}");
}

#[test]
fn the_other_families_take_halves_too() {
    let rows: [(Family, &[&str]); 4] = [
        (
            Family::Anthropic,
            &[
                r#"{"type":"message_start","message":{"id":"m\ud800"}}"#,
                r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a\ud83d"}}"#,
                r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"\ude00\ud83d"}}"#,
                r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"}}"#,
                r#"{"type":"message_stop"}"#,
            ],
        ),
        (
            Family::Responses,
            &[
                r#"{"type":"response.output_text.delta","delta":"a\ud83d"}"#,
                r#"{"type":"response.output_text.delta","delta":"\ude00\ud83d"}"#,
                r#"{"type":"response.completed","response":{}}"#,
            ],
        ),
        (
            Family::Gemini,
            &[
                r#"{"candidates":[{"content":{"parts":[{"text":"a\ud83d"}]}}]}"#,
                r#"{"candidates":[{"content":{"parts":[{"text":"\ude00\ud83d"}]},"finishReason":"STOP"}]}"#,
            ],
        ),
        (
            Family::Ollama,
            &[
                r#"{"message":{"content":"a\ud83d"},"done":false}"#,
                r#"{"message":{"content":"\ude00\ud83d"},"done":true}"#,
            ],
        ),
    ];
    for (family, data) in rows {
        let reading = read_data(family, data);
        assert_eq!(reading.refused, [], "{family:?}");
        assert_eq!(reading.content(), "a\u{1F600}\u{FFFD}", "{family:?}");
        assert!(reading.is_complete(), "{family:?}");
    }
}

#[test]
fn the_last_of_equal_keys_counts() {
    let data = [
        with(r#""role":"assistant","reasoning_content":"x","content":"","reasoning_content":"I add.""#),
        r#"{"choices":null,"id":"c","choices":[{"index":7,"delta":{"content":"4"},"\u0069ndex":0}]}"#.into(),
        with(r#""content":" = 4","content":" = 4""#),
        STOP.into(),
    ];
    let data: Vec<&str> = data.iter().map(String::as_str).collect();
    let reading = chat(&data);
    assert_eq!(reading.message.answer.reasoning, "I add.");
    assert_eq!(reading.content(), "4 = 4");
    assert_eq!(reading.message.id.as_deref(), Some("c"));
}

#[test]
fn what_a_failure_says_is_spelled_as_well() {
    let reading =
        chat(&[r#"{"error":{"message":"no \ud83d","message":"bad \ud83d end","code":"x"}}"#]);
    assert_eq!(reading.error().message(), "bad \u{FFFD} end");
    let body = b"event: error\ndata: {\"error\":{\"message\":\"bad \\ud83d end\",\"code\":\"overloaded\"}}\n\n";
    let reading = Reader::new(Family::ChatCompletions).body([&body[..]]).finish();
    assert_eq!(reading.error().message(), "bad \u{FFFD} end");
    assert_eq!(reading.error().class(), Class::Overloaded);
    let refusal =
        Failure::of_refusal(400, r#"{"error":{"code":"x","code":"y","message":"\ud83d"}}"#);
    assert_eq!((refusal.code(), refusal.message()), (Some("y"), "\u{FFFD}"));
}

#[test]
fn a_half_is_told_before_what_proves_the_end() {
    let reading = chat(&[&with(r#""content":"a\ud83d""#), STOP]);
    let finish = reading.told.iter().position(|told| matches!(told, Told::Finish(..)));
    let half = reading.told.iter().position(|told| *told == Told::Content(0, "\u{FFFD}".into()));
    assert!(half < finish && half.is_some(), "{:?}", reading.told);
}

#[test]
fn strange_values_are_as_json_has_them() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let data = [
        with(r#""content":"a\u0000b""#),
        format!(
            r#"{{"seed":1e999,"n":{deep},"choices":[{{"delta":{{"content":"c"}}}}],"x":123456789012345678901234567890}}"#
        ),
        r#"{"usage":{"prompt_tokens":1e400,"completion_tokens":2},"choices":[]}"#.into(),
        STOP.into(),
    ];
    let data: Vec<&str> = data.iter().map(String::as_str).collect();
    let reading = chat(&data);
    assert_eq!(reading.content(), "a\0bc");
    assert_eq!(reading.message.usage.and_then(|usage| usage.output), Some(2));
}

#[test]
fn what_is_no_json_stays_malformed() {
    for data in [
        r#"{"choices":[{"delta":{"content":"\ud83d","content":"a"}}]"#,
        "{\"choices\":[{\"delta\":{\"content\":\"\\ud83d\n\"}}]}",
        r#"{"choices":[{"delta":{"content":"\ud83"}}]}"#,
        r#"{"choices":[{"delta":{"content":'a'}}]}"#,
        "\u{FEFF}{\"choices\":[]}",
    ] {
        let reading = read_data(Family::ChatCompletions, &[data]);
        assert_eq!(reading.refused(), Class::Malformed, "{data}");
    }
}
