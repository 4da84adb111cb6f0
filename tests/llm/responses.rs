//! The Responses API.

use perennial_sse::llm::{Class, Family, Finish, ToolCall};

use crate::reading::{Reader, Reading, Told, read_data};

fn responses(data: &[&str]) -> Reading {
    let reading = read_data(Family::Responses, data);
    assert_eq!(reading.refused, []);
    reading
}

const TEXT: &str =
    r#"{"type":"response.output_text.delta","sequence_number":3,"output_index":0,"delta":"a"}"#;

#[test]
fn an_error_is_nested_or_flat() {
    let nested = r#"{"type":"error","sequence_number":2,"error":{"type":"rate_limit_error","code":"rate_limit_exceeded","message":"Slow down."}}"#;
    let flat = r#"{"type":"error","sequence_number":2,"code":"rate_limit_exceeded","message":"Slow down.","param":null}"#;
    for error in [nested, flat] {
        let reading = responses(&[error]);
        assert_eq!(reading.error().class(), Class::RateLimit, "{error}");
        assert_eq!(reading.error().code(), Some("rate_limit_exceeded"));
        assert_eq!(reading.error().message(), "Slow down.");
        assert!(!reading.is_complete());
    }
}

#[test]
fn a_failed_response_is_an_error_told_once() {
    let failed = r#"{"type":"response.failed","response":{"id":"r","status":"failed","error":{"code":"server_error","message":"Oops"}}}"#;
    let reading = responses(&[TEXT, failed]);
    assert_eq!(reading.error().class(), Class::Server);
    assert!(reading.finishes().is_empty());
    assert!(!reading.is_complete());
    let error = r#"{"type":"error","error":{"code":"insufficient_quota","message":"Pay"}}"#;
    let reading = responses(&[error, failed]);
    assert_eq!(reading.error().class(), Class::Quota);
    assert!(!responses(&[r#"{"type":"response.failed","response":null}"#]).is_complete());
}

#[test]
fn an_incomplete_response_is_an_answer_with_a_reason() {
    let end = r#"{"type":"response.incomplete","response":{"status":"incomplete","incomplete_details":{"reason":"max_output_tokens"}}}"#;
    let reading = responses(&[TEXT, end]);
    assert!(reading.is_complete());
    assert_eq!(reading.finishes(), ["max_output_tokens"]);
    assert_eq!(reading.message.answer.finish(), Some(Finish::Length));
}

#[test]
fn a_call_that_comes_whole_is_told_once() {
    let done =
        r#"{"type":"response.function_call_arguments.done","output_index":3,"arguments":"{}"}"#;
    let added = r#"{"type":"response.output_item.added","output_index":3,"item":{"type":"function_call","call_id":"c","name":"f","arguments":""}}"#;
    let item = r#"{"type":"response.output_item.done","output_index":3,"item":{"type":"function_call","call_id":"c","name":"f","arguments":"{}"}}"#;
    for data in [&[item][..], &[added, item], &[added, done, item], &[item, item]] {
        let calls = responses(data).message.answer.tool_calls;
        let call =
            ToolCall { index: 0, id: Some("c".into()), name: "f".into(), arguments: "{}".into() };
        assert_eq!(calls, [call], "{data:?}");
    }
}

/// An event of a call: its kind, item id and `output_index`, and what else it has.
fn event(kind: &str, item_id: &str, output_index: u64, more: &str) -> String {
    format!(
        r#"{{"type":"response.{kind}","item_id":"{item_id}","output_index":{output_index},{more}}}"#
    )
}

fn item(kind: &str, output_index: u64, item: &str) -> String {
    format!(
        r#"{{"type":"response.output_item.{kind}","output_index":{output_index},"item":{{"type":"function_call",{item}}}}}"#
    )
}

#[test]
fn calls_are_told_apart_by_their_ids_before_their_index() {
    let delta = |id: &str, index, text: &str| {
        event("function_call_arguments.delta", id, index, &format!(r#""delta":"{text}""#))
    };
    let done = |id: &str, index, text: &str| {
        event("function_call_arguments.done", id, index, &format!(r#""arguments":"{text}""#))
    };
    let whole = |call: &str, id: &str, name: &str, arguments: &str| {
        format!(r#""id":"{id}","call_id":"{call}","name":"{name}","arguments":"{arguments}""#)
    };
    let rows = [
        (
            "one index, one after the other",
            vec![
                item("added", 0, &whole("A", "fA", "f", "")),
                delta("fA", 0, "1"),
                item("done", 0, &whole("A", "fA", "f", "1")),
                item("added", 0, &whole("B", "fB", "g", "")),
                delta("fB", 0, "2"),
                item("done", 0, &whole("B", "fB", "g", "2")),
            ],
        ),
        (
            "one index, by turns, whole at the end",
            vec![
                item("added", 0, &whole("A", "fA", "f", "")),
                item("added", 0, &whole("B", "fB", "g", "")),
                done("fA", 0, "1"),
                done("fB", 0, "2"),
                item("done", 0, &whole("A", "fA", "f", "1")),
                item("done", 0, &whole("B", "fB", "g", "2")),
            ],
        ),
        (
            "another item id with every event",
            vec![
                item("added", 0, &whole("A", "p", "f", "")),
                item("added", 1, &whole("B", "q", "g", "")),
                delta("r", 0, "1"),
                delta("s", 1, "2"),
                done("t", 0, "1"),
                item("done", 0, &whole("A", "u", "f", "1")),
                item("done", 1, &whole("B", "v", "g", "2")),
            ],
        ),
        (
            "no item ids, no indexes",
            vec![
                r#"{"type":"response.output_item.added","item":{"type":"function_call","call_id":"A","name":"f"}}"#.into(),
                r#"{"type":"response.function_call_arguments.delta","delta":"1"}"#.into(),
                r#"{"type":"response.output_item.added","item":{"type":"function_call","call_id":"B","name":"g"}}"#.into(),
                r#"{"type":"response.function_call_arguments.delta","delta":"2"}"#.into(),
            ],
        ),
        (
            "arguments first, the call at the end",
            vec![
                delta("fA", 0, "1"),
                item("done", 0, &whole("A", "fA", "f", "1")),
                delta("fB", 0, "2"),
                item("done", 0, &whole("B", "fB", "g", "2")),
            ],
        ),
        (
            "in the last events alone",
            vec![
                item("done", 0, &whole("A", "fA", "f", "1")),
                item("done", 0, &whole("B", "fB", "g", "2")),
            ],
        ),
    ];
    let call = |index, id: &str, name: &str, arguments: &str| ToolCall {
        index,
        id: Some(id.into()),
        name: name.into(),
        arguments: arguments.into(),
    };
    for (what, data) in rows {
        let data: Vec<&str> = data.iter().map(String::as_str).collect();
        let calls = responses(&data).message.answer.tool_calls;
        assert_eq!(calls, [call(0, "A", "f", "1"), call(1, "B", "g", "2")], "{what}");
    }
}

#[test]
fn calls_without_a_call_id_are_told_apart_by_their_ends() {
    let data = [
        item("added", 0, r#""id":"x","name":"f""#),
        item("done", 0, r#""id":"y","name":"f","arguments":"1""#),
        item("added", 0, r#""id":"z","name":"g""#),
        item("done", 0, r#""id":"z","name":"g","arguments":"2""#),
    ];
    let data: Vec<&str> = data.iter().map(String::as_str).collect();
    let calls = responses(&data).message.answer.tool_calls;
    let told: Vec<_> = calls.iter().map(|call| (&*call.name, &*call.arguments)).collect();
    assert_eq!(told, [("f", "1"), ("g", "2")]);
}

#[test]
fn custom_tools_take_text() {
    let reading = responses(&[
        r#"{"type":"response.output_item.added","output_index":1,"item":{"type":"custom_tool_call","call_id":"c","name":"sh","input":""}}"#,
        r#"{"type":"response.custom_tool_call_input.delta","output_index":1,"delta":"ls"}"#,
        r#"{"type":"response.custom_tool_call_input.delta","output_index":1,"delta":" -l"}"#,
        r#"{"type":"response.custom_tool_call_input.done","output_index":1,"input":"ls -l"}"#,
    ]);
    assert_eq!(reading.message.answer.tool_calls[0].arguments, "ls -l");
}

#[test]
fn tools_of_the_server_are_not_the_callers() {
    let reading = responses(&[
        r#"{"type":"response.output_item.added","output_index":0,"item":{"type":"web_search_call","id":"ws"}}"#,
        r#"{"type":"response.mcp_call_arguments.delta","output_index":1,"delta":"{}"}"#,
        r#"{"type":"response.code_interpreter_call_code.delta","output_index":2,"delta":"1"}"#,
        r#"{"type":"response.something_new","delta":{"x":[]}}"#,
    ]);
    assert!(!reading.has_content);
}

#[test]
fn refusals_and_both_kinds_of_reasoning_are_content() {
    let reading = responses(&[
        r#"{"type":"response.reasoning_text.delta","output_index":0,"delta":"a"}"#,
        r#"{"type":"response.reasoning_summary_text.delta","output_index":0,"delta":"b"}"#,
        r#"{"type":"response.refusal.delta","output_index":1,"delta":"no"}"#,
    ]);
    assert_eq!(
        (&*reading.message.answer.reasoning, &*reading.message.answer.refusal),
        ("ab", "no")
    );
}

#[test]
fn a_delta_that_is_no_text_is_malformed() {
    for delta in ["7", "null", "{}", "[]"] {
        let event = format!(r#"{{"type":"response.output_text.delta","delta":{delta}}}"#);
        assert_eq!(read_data(Family::Responses, &[&event]).refused(), Class::Malformed, "{delta}");
    }
}

#[test]
fn the_name_of_the_event_is_its_type_where_it_has_none() {
    let body = b"event: response.output_text.delta\ndata: {\"delta\":\"a\"}\n\nevent: error\ndata: {\"code\":\"server_error\"}\n\n";
    let reading = Reader::new(Family::Responses).body([&body[..]]).finish();
    assert_eq!(reading.content(), "a");
    assert_eq!(reading.error().class(), Class::Server);
}

#[test]
fn only_a_resumed_body_is_compared_with_what_came() {
    let mut reader = Reader::new(Family::Responses);
    let frame = |data: &str| format!("data: {data}\n\n");
    // A gateway that numbers every event alike must not lose any.
    reader.body([frame(TEXT).as_bytes(), frame(TEXT).as_bytes()]);
    assert_eq!(reader.finish().content(), "aa");
    assert_eq!(reader.dialect.cursor(), Some(3));
    reader.dialect.resume();
    reader.body([frame(TEXT).as_bytes(), frame(&TEXT.replace(":3", ":4")).as_bytes()]);
    assert_eq!(reader.finish().content(), "aaa");
    assert!(reader.finish().told.iter().all(|told| *told != Told::Reset));
}
