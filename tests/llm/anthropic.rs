//! Anthropic's Messages.

use perennial_sse::llm::{Class, Family, Finish, Usage};

use crate::reading::{Reading, Told, read, read_data};

fn messages(data: &[&str]) -> Reading {
    let reading = read_data(Family::Anthropic, data);
    assert_eq!(reading.refused, []);
    reading
}

const START: &str = r#"{"type":"message_start","message":{"id":"m1","model":"claude","usage":{"input_tokens":5,"output_tokens":1}}}"#;
const OTHER: &str = r#"{"type":"message_start","message":{"id":"m2","model":"claude","usage":{"input_tokens":5,"output_tokens":1}}}"#;
const TEXT: &str =
    r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a"}}"#;
const STOP: &str = r#"{"type":"message_stop"}"#;

fn end(reason: &str) -> String {
    format!(
        r#"{{"type":"message_delta","delta":{{"stop_reason":"{reason}"}},"usage":{{"output_tokens":7}}}}"#
    )
}

#[test]
fn only_the_last_event_proves_the_end() {
    let reading = messages(&[START, TEXT, &end("end_turn"), STOP]);
    assert_eq!(reading.complete, [false, false, false, true]);
}

#[test]
fn stop_reasons_are_translated() {
    let reasons = [
        ("end_turn", Finish::Stop),
        ("max_tokens", Finish::Length),
        ("stop_sequence", Finish::Stop),
        ("tool_use", Finish::ToolCalls),
        ("pause_turn", Finish::Other),
        ("refusal", Finish::ContentFilter),
        ("model_context_window_exceeded", Finish::Length),
    ];
    for (reason, finish) in reasons {
        let reading = messages(&[START, TEXT, &end(reason), STOP]);
        assert_eq!(reading.message.answer.finish(), Some(finish), "{reason}");
    }
}

#[test]
fn a_repeated_start_means_nothing() {
    let reading = messages(&[START, START, TEXT, START, TEXT, &end("end_turn"), STOP]);
    assert_eq!(reading.content(), "aa");
    assert!(!reading.told.contains(&Told::Reset));
}

#[test]
fn a_spliced_start_is_a_reset() {
    let tool = r#"{"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"t","name":"f","input":{}}}"#;
    let reading = messages(&[START, TEXT, tool, OTHER, TEXT, tool, &end("tool_use"), STOP]);
    assert_eq!(reading.told.iter().filter(|told| **told == Told::Reset).count(), 1);
    assert_eq!(reading.content(), "a");
    assert_eq!(reading.message.id.as_deref(), Some("m2"));
    assert_eq!(reading.message.answer.tool_calls.len(), 1);
    assert_eq!(reading.message.answer.tool_calls[0].index, 0);
    assert!(reading.is_complete());
}

#[test]
fn a_reset_takes_the_evidence_back() {
    let reading = messages(&[START, TEXT, &end("end_turn"), OTHER]);
    assert!(!reading.has_content);
    assert!(!reading.is_complete());
    assert_eq!(reading.content(), "");
}

#[test]
fn overload_may_be_the_first_event() {
    let body = b"event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n";
    let named = read(Family::Anthropic, body);
    let unnamed = messages(&[
        r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#,
    ]);
    for reading in [named, unnamed] {
        let failure = reading.error();
        assert_eq!((failure.class(), failure.status()), (Class::Overloaded, Some(529)));
        assert!(failure.is_retryable() && !reading.has_content);
    }
}

#[test]
fn usage_is_cumulative_and_counts_the_cache() {
    let start = r#"{"type":"message_start","message":{"id":"m1","usage":{"input_tokens":5,"cache_creation_input_tokens":10,"cache_read_input_tokens":100,"output_tokens":1}}}"#;
    let reading = messages(&[start, &end("end_turn"), &end("end_turn")]);
    let usage = Usage {
        input: Some(115),
        cached: Some(100),
        output: Some(7),
        reasoning: None,
        total: Some(122),
    };
    assert_eq!(reading.message.usage, Some(usage));
}

#[test]
fn input_that_comes_whole_is_told_unless_it_comes_again() {
    let start = r#"{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t","name":"f","input":{"a": [1]}}}"#;
    let piece = r#"{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\"a\":[1]}"}}"#;
    let stop = r#"{"type":"content_block_stop","index":0}"#;
    for data in [&[START, start, stop][..], &[START, start, piece, stop], &[START, start, STOP]] {
        assert_eq!(
            messages(data).message.answer.tool_calls[0].arguments,
            "{\"a\":[1]}",
            "{data:?}"
        );
    }
}

#[test]
fn blocks_may_overlap() {
    let start = |block: u8| {
        format!(
            r#"{{"type":"content_block_start","index":{block},"content_block":{{"type":"tool_use","id":"t{block}","name":"f","input":{{}}}}}}"#
        )
    };
    let piece = |block: u8| {
        format!(
            r#"{{"type":"content_block_delta","index":{block},"delta":{{"type":"input_json_delta","partial_json":"{block}"}}}}"#
        )
    };
    let reading = messages(&[START, &start(1), &start(4), &piece(1), &piece(4), &piece(1)]);
    let calls = &reading.message.answer.tool_calls;
    let told: Vec<_> = calls.iter().map(|call| (call.index, &*call.arguments)).collect();
    assert_eq!(told, [(0, "11"), (1, "4")]);
}

#[test]
fn arguments_cut_by_a_limit_stay_as_they_came() {
    let start = r#"{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t","name":"f","input":{}}}"#;
    let piece = r#"{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\"a\":\"b"}}"#;
    let reading = messages(&[START, start, piece, &end("max_tokens"), STOP]);
    assert!(reading.is_complete());
    assert_eq!(reading.message.answer.tool_calls[0].arguments, "{\"a\":\"b");
}

#[test]
fn tools_of_the_server_are_not_the_callers() {
    let start = r#"{"type":"content_block_start","index":0,"content_block":{"type":"server_tool_use","id":"t","name":"web_search","input":{}}}"#;
    let piece = r#"{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{}"}}"#;
    assert!(!messages(&[START, start, piece]).has_content);
}

#[test]
fn what_follows_the_stop_means_nothing() {
    let reading = messages(&[START, TEXT, &end("end_turn"), STOP, "[DONE]", OTHER, "nonsense"]);
    assert!(reading.is_complete());
    assert_eq!(reading.content(), "a");
    assert_eq!(reading.told.iter().filter(|told| **told == Told::Done).count(), 1);
}

#[test]
fn unknown_events_and_deltas_say_nothing() {
    let reading = messages(&[
        START,
        r#"{"type":"content_block_start","index":0,"content_block":{"type":"redacted_thinking","data":"x"}}"#,
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"x"}}"#,
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"something_new","text":"x"}}"#,
        r#"{"type":"something_new","delta":"x"}"#,
        r#"{"type":"ping"}"#,
        "{}",
    ]);
    assert!(!reading.has_content);
}
