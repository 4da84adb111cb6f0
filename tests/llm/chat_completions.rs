//! Chat Completions and its accents.

use perennial_sse::llm::{Class, Family, Finish, ToolCall, Usage};

use crate::reading::{Reader, Reading, Told, read, read_data};

fn chat(data: &[&str]) -> Reading {
    let reading = read_data(Family::ChatCompletions, data);
    assert_eq!(reading.refused, []);
    reading
}

/// A chunk with one choice, whose members besides `index` are given.
fn with(choice: &str) -> Reading {
    chat(&[&format!(r#"{{"id":"c1","model":"m","choices":[{{"index":0,{choice}}}]}}"#)])
}

fn call(index: u32, id: Option<&str>, name: &str, arguments: &str) -> ToolCall {
    ToolCall { index, id: id.map(str::to_owned), name: name.into(), arguments: arguments.into() }
}

#[test]
fn an_empty_finish_reason_finishes_nothing() {
    let reading = with(r#""delta":{"content":"a"},"finish_reason":"""#);
    assert_eq!(reading.finishes(), [""; 0]);
    assert!(!reading.is_complete());
    assert!(!with(r#""delta":{"content":"a"}"#).is_complete());
    assert!(!with(r#""delta":{"content":"a"},"finish_reason":null"#).is_complete());
    assert!(with(r#""delta":{"content":"a"},"finish_reason":"stop""#).is_complete());
}

#[test]
fn deltas_may_be_missing_null_or_strange() {
    for delta in [r#""delta":null"#, r#""delta":{}"#, r#""logprobs":{"content":[[[1]]]}"#] {
        assert!(!with(delta).has_content, "{delta}");
    }
    assert!(!with(r#""delta":{"role":"assistant","content":null,"refusal":null}"#).has_content);
    assert!(!with(r#""delta":{"role":"assistant","content":"","tool_calls":null}"#).has_content);
    assert_eq!(with(r#""delta":{"role":7,"content":"a","audio":{"id":[]}}"#).content(), "a");
}

#[test]
fn fields_that_do_not_matter_may_be_of_any_type() {
    let chunk = r#"{"id":7,"model":["m"],"created":"x","usage":"none","error":false,"choices":[{"delta":{"content":"a","reasoning":{"x":1}},"finish_reason":0}]}"#;
    let reading = chat(&[chunk]);
    assert_eq!(reading.told, [Told::Content(0, "a".into())]);
}

#[test]
fn an_id_that_comes_late_is_told_when_it_comes() {
    let empty = r#"{"id":"","model":"","object":"","choices":[]}"#;
    let first = r#"{"model":"m","choices":[{"delta":{"content":"a"}}]}"#;
    let second = r#"{"model":"other","choices":[],"id":"c1"}"#;
    let reading = chat(&[empty, first, second]);
    assert_eq!(reading.told[0], Told::Start(None, Some("m".into())));
    assert_eq!(reading.told[2..], [Told::Start(Some("c1".into()), None)]);
    assert_eq!(reading.message.model.as_deref(), Some("m"));
}

#[test]
fn reasoning_has_two_names_and_counts_once() {
    let one = with(r#""delta":{"reasoning_content":"a","content":null}"#);
    let other = with(r#""delta":{"reasoning":"a","content":"","channel":"analysis"}"#);
    let both = r#""delta":{"reasoning_content":"a","reasoning":"a","reasoning_details":[{"type":"reasoning.text","text":"a"}]}"#;
    for reading in
        [one, other, with(both), with(r#""delta":{"reasoning_content":"","reasoning":"a"}"#)]
    {
        assert_eq!(reading.message.answer.reasoning, "a");
        assert!(reading.has_content);
    }
}

#[test]
fn content_may_be_a_list_of_parts() {
    let thinking = r#""delta":{"content":[{"type":"thinking","thinking":[{"type":"text","text":"a"},{"type":"text","text":"b"}]},{"type":"text","text":"c"},{"type":"reference","reference_ids":[1]},{}]}"#;
    let answer = with(thinking).message.answer;
    assert_eq!((&*answer.reasoning, &*answer.content), ("ab", "c"));
    let answer = with(r#""delta":{"content":[{"type":"thinking","thinking":"a"}]}"#).message.answer;
    assert_eq!(answer.reasoning, "a");
    assert!(!with(r#""delta":{"content":[]}"#).has_content);
}

#[test]
fn content_of_another_type_is_malformed() {
    for content in ["7", "{}", "true", "[7]", r#"{"text":"a"}"#] {
        let chunk = format!(r#"{{"choices":[{{"delta":{{"content":{content}}}}}]}}"#);
        let reading = read_data(Family::ChatCompletions, &[&chunk]);
        assert_eq!(reading.refused(), Class::Malformed, "{content}");
    }
}

#[test]
fn ids_and_names_of_calls_are_overwritten_only_by_text() {
    let chunk = |call: &str| format!(r#"{{"choices":[{{"delta":{{"tool_calls":[{call}]}}}}]}}"#);
    let reading = chat(&[
        &chunk(r#"{"index":0,"id":"call_1","function":{"name":"weather","arguments":""}}"#),
        &chunk(r#"{"index":0,"id":"","function":{"name":"","arguments":"{\"a\":"}}"#),
        &chunk(r#"{"index":0,"id":null,"function":{"name":null,"arguments":"1}"}}"#),
        &chunk(r#"{"index":0,"id":"","type":"function","function":{"arguments":""}}"#),
    ]);
    assert_eq!(
        reading.message.answer.tool_calls,
        [call(0, Some("call_1"), "weather", "{\"a\":1}")]
    );
}

#[test]
fn calls_are_kept_apart_by_choice_and_index() {
    let reading = chat(&[
        r#"{"choices":[{"index":1,"delta":{"tool_calls":[{"index":1,"id":"b","function":{"name":"f","arguments":"1"}}]}},{"index":0,"delta":{"tool_calls":[{"index":1,"id":"d","function":{"name":"f","arguments":"3"}}]}}]}"#,
        r#"{"choices":[{"index":1,"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"0"}},{"index":1,"function":{"arguments":"2"}}]}}]}"#,
    ]);
    assert_eq!(reading.message.answer.tool_calls, [call(1, Some("d"), "f", "3")]);
    let [other] = &reading.message.others[..] else { panic!("one other choice") };
    assert_eq!(other.tool_calls, [call(0, Some("a"), "f", "0"), call(1, Some("b"), "f", "12")]);
}

#[test]
fn calls_without_an_index_begin_with_an_id_or_a_name() {
    let chunk = |calls: &str| format!(r#"{{"choices":[{{"delta":{{"tool_calls":[{calls}]}}}}]}}"#);
    let reading = chat(&[
        &chunk(r#"{"id":"a","function":{"name":"f","arguments":"{"}}"#),
        &chunk(r#"{"function":{"arguments":"}"}}"#),
        &chunk(
            r#"{"function":{"name":"g","arguments":{"x": 1}}},{"id":"c","function":{"name":"h"}}"#,
        ),
    ]);
    let expected = [
        call(0, Some("a"), "f", "{}"),
        call(1, None, "g", "{\"x\":1}"),
        call(2, Some("c"), "h", ""),
    ];
    assert_eq!(reading.message.answer.tool_calls, expected);
}

#[test]
fn calls_are_told_apart_by_id_before_index() {
    let chunk = |calls: &str| format!(r#"{{"choices":[{{"delta":{{"tool_calls":[{calls}]}}}}]}}"#);
    let calls = |fragments: &[&str]| {
        let chunks: Vec<String> = fragments.iter().map(|fragment| chunk(fragment)).collect();
        chat(&chunks.iter().map(String::as_str).collect::<Vec<_>>()).message.answer.tool_calls
    };
    let two = [call(0, Some("a"), "f", "{\"x\":1}"), call(1, Some("b"), "g", "{}")];
    let rows: [(&str, &[&str], &[ToolCall]); 9] = [
        (
            "two ids with one index, the second in two fragments",
            &[
                r#"{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":1}"}}"#,
                r#"{"index":0,"id":"b","function":{"name":"g","arguments":"{"}}"#,
                r#"{"index":0,"function":{"arguments":"}"}}"#,
            ],
            &two,
        ),
        (
            "two ids with one index, by turns",
            &[
                r#"{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\""}}"#,
                r#"{"index":0,"id":"b","function":{"name":"g","arguments":"{"}}"#,
                r#"{"index":0,"id":"a","function":{"arguments":":1}"}}"#,
                r#"{"index":0,"id":"b","function":{"arguments":"}"}}"#,
            ],
            &two,
        ),
        (
            "no index, by turns, everything repeated",
            &[
                r#"{"id":"a","function":{"name":"f","arguments":"{\"x\""}}"#,
                r#"{"id":"b","function":{"name":"g","arguments":"{"}}"#,
                r#"{"id":"a","function":{"name":"f","arguments":":1}"}}"#,
                r#"{"id":"b","function":{"name":"g","arguments":"}"}}"#,
            ],
            &two,
        ),
        (
            "an index at the beginning alone",
            &[
                r#"{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":1}"}}"#,
                r#"{"index":1,"id":"b","function":{"name":"g","arguments":"{"}}"#,
                r#"{"function":{"arguments":"}"}}"#,
            ],
            &two,
        ),
        (
            "an id for every fragment",
            &[
                r#"{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\""}}"#,
                r#"{"index":0,"id":"z","function":{"arguments":":1}"}}"#,
                r#"{"index":1,"id":"b","function":{"name":"g"}}"#,
                r#"{"index":1,"id":"y","function":{"arguments":"{}"}}"#,
            ],
            &two,
        ),
        (
            "an id that comes late",
            &[
                r#"{"function":{"name":"f","arguments":"{\"x\""}}"#,
                r#"{"id":"a","function":{"arguments":":1}"}}"#,
                r#"{"id":"b","function":{"name":"g","arguments":"{}"}}"#,
            ],
            &two,
        ),
        (
            "an id once more than there are indexes",
            &[
                r#"{"index":3,"id":"a","function":{"name":"f","arguments":"1"}}"#,
                r#"{"index":3,"id":"b","function":{"name":"f","arguments":"2"}}"#,
                r#"{"id":"c","function":{"name":"f","arguments":"3"}}"#,
            ],
            &[
                call(3, Some("a"), "f", "1"),
                call(4, Some("b"), "f", "2"),
                call(5, Some("c"), "f", "3"),
            ],
        ),
        (
            "one id with two indexes",
            &[
                r#"{"index":0,"id":"f","function":{"name":"f","arguments":"1"}}"#,
                r#"{"index":1,"id":"f","function":{"name":"f","arguments":"2"}}"#,
            ],
            &[call(0, Some("f"), "f", "1"), call(1, Some("f"), "f", "2")],
        ),
        (
            "no ids, one index, two names",
            &[
                r#"{"index":0,"function":{"name":"f","arguments":"{\"x\""}}"#,
                r#"{"index":0,"function":{"name":"f","arguments":":1}"}}"#,
                r#"{"index":0,"function":{"name":"g","arguments":"{}"}}"#,
            ],
            &[call(0, None, "f", "{\"x\":1}"), call(1, None, "g", "{}")],
        ),
    ];
    for (what, fragments, expected) in rows {
        assert_eq!(calls(fragments), expected, "{what}");
    }
}

#[test]
fn the_last_index_leaves_room_for_calls_without_one() {
    let chunk = |calls: &str| format!(r#"{{"choices":[{{"delta":{{"tool_calls":[{calls}]}}}}]}}"#);
    let reading = chat(&[
        &chunk(r#"{"index":127,"id":"a","function":{"name":"f"}}"#),
        &chunk(r#"{"index":127,"id":"b","function":{"name":"g"}}"#),
    ]);
    let expected = [call(0, Some("b"), "g", ""), call(127, Some("a"), "f", "")];
    assert_eq!(reading.message.answer.tool_calls, expected);
}

#[test]
fn what_is_repeated_is_told_once() {
    let chunk = |calls: &str| format!(r#"{{"choices":[{{"delta":{{"tool_calls":[{calls}]}}}}]}}"#);
    let fragment = chunk(r#"{"index":2,"id":"a","function":{"name":"f","arguments":"x"}}"#);
    let told = |id: Option<&str>, name: Option<&str>| {
        Told::ToolCall(0, 2, id.map(str::to_owned), name.map(str::to_owned), "x".into())
    };
    let reading = chat(&[&fragment, &fragment]);
    assert_eq!(reading.told, [told(Some("a"), Some("f")), told(None, None)]);
}

#[test]
fn the_old_function_call_is_a_call() {
    let reading = with(
        r#""delta":{"function_call":{"name":"f","arguments":"{}"}},"finish_reason":"function_call""#,
    );
    assert_eq!(reading.message.answer.tool_calls, [call(0, None, "f", "{}")]);
    assert_eq!(reading.message.answer.finish(), Some(Finish::ToolCalls));
}

#[test]
fn usage_may_stand_on_any_chunk_and_the_last_counts() {
    let usage = |tokens: u64| Usage {
        input: Some(9),
        output: Some(tokens),
        total: Some(9 + tokens),
        ..Usage::default()
    };
    let reading = chat(&[
        r#"{"choices":[{"delta":{"content":"a"}}],"usage":{"prompt_tokens":9,"completion_tokens":1,"total_tokens":10}}"#,
        r#"{"choices":[{"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":2.0,"total_tokens":11}}"#,
        r#"{"choices":[],"usage":null}"#,
        r#"{"choices":[],"usage":{}}"#,
    ]);
    assert_eq!(reading.message.usage, Some(usage(2)));
    let kimi = with(
        r#""delta":{},"finish_reason":"stop","usage":{"prompt_tokens":9,"completion_tokens":3}"#,
    );
    assert_eq!(kimi.message.usage, Some(usage(3)));
    let deepseek = chat(&[
        r#"{"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":3,"prompt_cache_hit_tokens":7}}"#,
    ]);
    assert_eq!(deepseek.message.usage, Some(Usage { cached: Some(7), ..usage(3) }));
}

#[test]
fn a_refusal_is_content() {
    let reading = with(r#""delta":{"refusal":"no"},"finish_reason":"stop""#);
    assert_eq!(reading.message.answer.refusal, "no");
    assert!(reading.has_content);
}

#[test]
fn events_that_keep_alive_say_nothing() {
    let body = "event: ping\ndata: now\n\nevent: thread.created\ndata: {\"id\":\"t\"}\n\ndata:\n\ndata: {}\n\n: x\n\n";
    let reading = read(Family::ChatCompletions, body.as_bytes());
    assert_eq!((reading.refused.len(), reading.has_content, reading.comments), (0, false, 1));
    assert!(!reading.is_complete());
}

#[test]
fn the_end_may_lack_its_space_and_its_blank_line() {
    let chunk = r#"{"choices":[{"delta":{"content":"a"}}]}"#;
    for end in
        ["data:[DONE]\n\n", "data: [DONE]", "data: [DONE] \r\n\r\n", "event: done\ndata: [DONE]\n"]
    {
        let body = format!("data:{chunk}\r\n\r\n{end}");
        let reading = read(Family::ChatCompletions, body.as_bytes());
        assert!(reading.told.contains(&Told::Done), "{end:?}");
    }
}

#[test]
fn invalid_utf8_is_replaced() {
    let body = b"data: {\"choices\":[{\"delta\":{\"content\":\"a\xFFb\"}}]}\n\n";
    assert_eq!(read(Family::ChatCompletions, body).content(), "a\u{FFFD}b");
}

#[test]
fn no_server_can_resume() {
    let mut reader = Reader::new(Family::ChatCompletions);
    reader.body([&b"data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n"[..]]);
    assert_eq!(reader.dialect.cursor(), None);
}
