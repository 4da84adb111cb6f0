//! Gemini.

use perennial_sse::llm::{Bound, Class, Family, ToolCall};

use crate::reading::{Reading, read_data};

fn gemini(data: &[&str]) -> Reading {
    let reading = read_data(Family::Gemini, data);
    assert_eq!(reading.refused, []);
    reading
}

#[test]
fn an_error_is_a_chunk() {
    let text = r#"{"candidates":[{"content":{"parts":[{"text":"a"}]}}]}"#;
    let error =
        r#"{"error":{"code":503,"message":"The model is overloaded.","status":"UNAVAILABLE"}}"#;
    let reading = gemini(&[text, error]);
    let failure = reading.error();
    assert_eq!((failure.class(), failure.status()), (Class::Overloaded, Some(503)));
    assert_eq!(failure.code(), Some("UNAVAILABLE"));
    assert!(!reading.is_complete());
    assert_eq!(reading.content(), "a");
}

#[test]
fn a_blocked_prompt_is_an_error() {
    let blocked = r#"{"promptFeedback":{"blockReason":"PROHIBITED_CONTENT"},"usageMetadata":{"promptTokenCount":4}}"#;
    let reading = gemini(&[blocked]);
    assert_eq!(reading.error().class(), Class::ContentFilter);
    assert!(!reading.error().is_retryable());
}

#[test]
fn an_unspecified_reason_finishes_nothing() {
    let chunk = r#"{"candidates":[{"content":{"parts":[{"text":"a"}]},"finishReason":"FINISH_REASON_UNSPECIFIED"}]}"#;
    assert!(!gemini(&[chunk]).is_complete());
}

#[test]
fn calls_come_whole_and_are_numbered() {
    let chunk = r#"{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":{"b":1,"a":[true,"\u00e9\n"]}}},{"functionCall":{"id":"x","name":"g"}}]}}]}"#;
    let reading = gemini(&[chunk, chunk]);
    let calls = &reading.message.answer.tool_calls;
    let told: Vec<_> =
        calls.iter().map(|call| (call.index, &*call.name, &*call.arguments)).collect();
    let whole = "{\"b\":1,\"a\":[true,\"é\\n\"]}";
    assert_eq!(told, [(0, "f", whole), (1, "g", "{}"), (2, "f", whole), (3, "g", "{}")]);
    assert_eq!(calls[1].id.as_deref(), Some("x"));
}

#[test]
fn parts_that_are_no_text_say_nothing() {
    let chunk = r#"{"candidates":[{"content":{"parts":[{"inlineData":{"mimeType":"image/png","data":"x"}},{"executableCode":{"code":"1"}},{"thoughtSignature":"x"},{"text":""}]}},{"content":null},{"index":1}]}"#;
    assert!(!gemini(&[chunk, "{}"]).has_content);
}

/// A chunk with one function call.
fn calling(call: &str) -> String {
    format!(r#"{{"candidates":[{{"content":{{"parts":[{{"functionCall":{{{call}}}}}]}}}}]}}"#)
}

fn calls(calls: &[&str]) -> Vec<ToolCall> {
    let mut data: Vec<String> = calls.iter().map(|call| calling(call)).collect();
    data.push(r#"{"candidates":[{"finishReason":"STOP"}]}"#.into());
    let reading = gemini(&data.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(reading.is_complete());
    reading.message.answer.tool_calls
}

fn call(index: u32, name: &str, arguments: &str) -> ToolCall {
    ToolCall { index, id: None, name: name.into(), arguments: arguments.into() }
}

#[test]
fn arguments_that_come_in_parts_are_one_call() {
    let f = call(0, "f", "{\"city\":\"Boston\"}");
    let begin = r#""name":"f","willContinue":true"#;
    let bos = r#""partialArgs":[{"jsonPath":"$.city","stringValue":"Bos","willContinue":true}],"willContinue":true"#;
    let ton = r#""partialArgs":[{"jsonPath":"$.city","stringValue":"ton"}]"#;
    let ton_on = format!(r#"{ton},"willContinue":true"#);
    let at_once = r#""name":"f","partialArgs":[{"jsonPath":"$.city","stringValue":"Boston"}]"#;
    let g = call(1, "g", "{}");
    for data in [
        &[begin, bos, ton][..],
        &[begin, bos, &ton_on],
        &[begin, bos, &ton_on, ""],
        &[begin, bos, &ton_on, "", ""],
        &[begin, bos, ton, ""],
        &[at_once],
        &[at_once, ""],
    ] {
        assert_eq!(calls(data), std::slice::from_ref(&f), "{data:?}");
        let more = [data, &[r#""name":"g""#]].concat();
        assert_eq!(calls(&more), [f.clone(), g.clone()], "{more:?}");
        let more = [data, &[r#""name":"g","willContinue":true"#, ""]].concat();
        assert_eq!(calls(&more), [f.clone(), g.clone()], "{more:?}");
    }
}

#[test]
fn a_path_leads_to_its_value() {
    let put = |values: &str| {
        calls(&[&format!(r#""name":"f","partialArgs":[{values}]"#)]).remove(0).arguments
    };
    let rows = [
        (
            r#"{"jsonPath":"$.a[1].b","numberValue":-1.5},{"jsonPath":"$.a[0]","boolValue":false},{"jsonPath":"$.c","nullValue":null},{"jsonPath":"$.a[1].b","numberValue":7}"#,
            r#"{"a":[false,{"b":7}],"c":null}"#,
        ),
        (
            r#"{"jsonPath":"$['a b'][\"c\\\"]\"]","stringValue":"\"\n"},{"jsonPath":"$.d","stringValue":""},{"jsonPath":"$.e","nullValue":"NULL_VALUE"},{"jsonPath":"$.f","boolValue":true}"#,
            r#"{"a b":{"c\"]":"\"\n"},"d":"","e":null,"f":true}"#,
        ),
        (
            r#"{"jsonPath":"city","stringValue":"x"},{"jsonPath":"$.l[2]","numberValue":0}"#,
            r#"{"city":"x","l":[null,null,0]}"#,
        ),
        (r#"{"jsonPath":"$.a"},{"stringValue":"x"}"#, "{}"),
        (
            r#"{"jsonPath":"$.a","stringValue":"\ud83d"},{"jsonPath":"$.a","stringValue":"\ude00"}"#,
            "{\"a\":\"\u{1F600}\"}",
        ),
    ];
    for (values, expected) in rows {
        assert_eq!(put(values), expected, "{values}");
    }
}

#[test]
fn paths_that_are_none_are_refused_and_cost_little() {
    let deep = format!("$.{}", vec!["a"; 101].join("."));
    let rows = [
        ("$", Class::Malformed),
        ("$.", Class::Malformed),
        ("$.a..b", Class::Malformed),
        ("$.a[", Class::Malformed),
        ("$.a[x]", Class::Malformed),
        ("$.a[-1]", Class::Malformed),
        ("$['a'", Class::Malformed),
        ("$.x.y", Class::Malformed),
        ("$.x[0]", Class::Malformed),
        ("$.a[4000000000]", Class::Bound(Bound::Arguments)),
        ("$.a[18446744073709551615]", Class::Bound(Bound::Arguments)),
        (&deep, Class::Bound(Bound::Depth)),
    ];
    for (path, class) in rows {
        let data = calling(&format!(
            r#""name":"f","partialArgs":[{{"jsonPath":"$.x","numberValue":1}},{{"jsonPath":"{path}","numberValue":1}}]"#
        ));
        assert_eq!(read_data(Family::Gemini, &[&data]).refused(), class, "{path}");
    }
}

#[test]
fn the_calls_of_an_answer_share_one_bound() {
    // Each leaves a gap of 15 MiB, and stays open.
    let candidates: Vec<String> = (0..64)
        .map(|index| {
            let gap = r#"{"jsonPath":"$[240000]","boolValue":true}"#;
            let call = format!(r#""name":"f","partialArgs":[{gap}],"willContinue":true"#);
            format!(r#"{{"index":{index},"content":{{"parts":[{{"functionCall":{{{call}}}}}]}}}}"#)
        })
        .collect();
    let data = format!(r#"{{"candidates":[{}]}}"#, candidates.join(","));
    let reading = read_data(Family::Gemini, &[&data]);
    assert_eq!(reading.refused(), Class::Bound(Bound::Arguments));
    assert_eq!(reading.told.len(), 2);
}

#[test]
fn an_event_that_is_refused_behind_its_text_tells_that_once() {
    let part = |path| format!(r#""partialArgs":[{{"jsonPath":"{path}","stringValue":"x"}}]"#);
    // Numbers beyond all numbers are rewritten, but then the event is not read a second time.
    let bad = format!(
        r#"{{"candidates":[{{"content":{{"parts":[{{"text":"Hi"}},{{"functionCall":{{"name":"f",{},"willContinue":true}}}}]}}}}],"n":1e400}}"#,
        part("$.a[")
    );
    let data = [&*bad, &calling(&part("$.a")), r#"{"candidates":[{"finishReason":"STOP"}]}"#];
    let reading = read_data(Family::Gemini, &data);
    assert_eq!((reading.content(), reading.refused()), ("Hi", Class::Malformed));
    assert_eq!(reading.message.answer.tool_calls, [call(0, "f", r#"{"a":"x"}"#)]);
}
