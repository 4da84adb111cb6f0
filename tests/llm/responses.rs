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
    assert_eq!(reading.finishes(), ["failed"]);
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
