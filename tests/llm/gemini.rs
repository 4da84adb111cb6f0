//! Gemini.

use perennial_sse::llm::{Class, Family};

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
