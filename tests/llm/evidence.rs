//! When an answer is complete.

use perennial_sse::llm::{Delta, Evidence, Family, Stage};

use crate::reading::{Reader, read, read_data};

const TEXT: &str = r#"{"choices":[{"index":0,"delta":{"content":"a"}}]}"#;
const STOP: &str = r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#;
const ERROR: &str = r#"{"error":{"message":"x","type":"BadRequestError","code":400}}"#;

fn stage(data: &[&str]) -> Stage {
    read_data(Family::ChatCompletions, data).stage
}

#[test]
fn the_end_of_a_body_proves_nothing() {
    for family in ["chat-completions", "responses", "anthropic", "gemini", "ollama"] {
        let family = Family::named(family).expect("a family");
        let empty = read(family, b"");
        assert!(!empty.is_complete() && !empty.has_content);
        assert_eq!(empty.stage, Stage::Startup);
    }
    assert_eq!(stage(&[TEXT]), Stage::Content);
    let comments = read(Family::ChatCompletions, b": keep-alive\n\n: keep-alive\n\n");
    assert_eq!((comments.stage, comments.comments), (Stage::Startup, 2));
    let page = read(Family::ChatCompletions, b"<html>\n<body>Bad gateway</body>\n</html>\n");
    assert_eq!((page.stage, page.events), (Stage::Startup, 0));
}

#[test]
fn a_reason_proves_it() {
    assert_eq!(stage(&[TEXT, STOP]), Stage::Finished);
    assert_eq!(stage(&[TEXT, STOP, "[DONE]"]), Stage::Done);
}

#[test]
fn done_without_a_reason_proves_nothing() {
    assert_eq!(stage(&["[DONE]"]), Stage::Unproven);
    assert_eq!(stage(&[TEXT, "[DONE]"]), Stage::Unproven);
    let trusting = Evidence::new(Family::ChatCompletions, 1).trusting_done(true);
    let mut reader = Reader::judging(Family::ChatCompletions, trusting);
    reader.body([format!("data: {TEXT}\n\ndata: [DONE]\n\n").as_bytes()]);
    assert_eq!(reader.finish().stage, Stage::Done);
}

#[test]
fn an_error_wins_wherever_it_stands() {
    assert_eq!(stage(&[ERROR, "[DONE]"]), Stage::Failed);
    assert_eq!(stage(&[TEXT, ERROR, STOP, "[DONE]"]), Stage::Failed);
    assert_eq!(stage(&[TEXT, STOP, ERROR]), Stage::Failed);
    assert_eq!(stage(&[TEXT, STOP, ERROR, TEXT, STOP, "[DONE]"]), Stage::Failed);
}

#[test]
fn every_alternative_must_end() {
    let other = r#"{"choices":[{"index":1,"delta":{"content":"b"}}]}"#;
    let end = r#"{"choices":[{"index":1,"delta":{},"finish_reason":"stop"}]}"#;
    assert_eq!(stage(&[TEXT, other, STOP]), Stage::Content);
    assert_eq!(stage(&[TEXT, other, STOP, end]), Stage::Finished);
    assert_eq!(stage(&[TEXT, other, STOP, "[DONE]"]), Stage::Unproven);
    assert_eq!(stage(&[end]), Stage::Startup);

    let mut reader = Reader::expecting(Family::ChatCompletions, 2);
    let body = |data: &str| format!("data: {data}\n\n");
    reader.body([body(TEXT).as_bytes(), body(STOP).as_bytes()]);
    assert!(!reader.finish().is_complete(), "the other one never began");
    reader.body([body(end).as_bytes()]);
    assert!(reader.finish().is_complete());
}

#[test]
fn an_ending_that_content_follows_was_none() {
    assert_eq!(stage(&[TEXT, STOP, TEXT]), Stage::Content);
    assert_eq!(stage(&[TEXT, STOP, TEXT, STOP]), Stage::Finished);
}

#[test]
fn hostile_numbers_of_choices_are_harmless() {
    let mut evidence = Evidence::new(Family::ChatCompletions, u32::MAX);
    evidence.note(&Delta::Content { choice: u32::MAX, text: "a" });
    evidence.note(&Delta::Finish { choice: 4_000_000_000, reason: "stop" });
    assert!(!evidence.is_complete());
    let mut evidence = Evidence::new(Family::ChatCompletions, 0);
    evidence.note(&Delta::Finish { choice: 0, reason: "stop" });
    assert!(evidence.is_complete());
}
