//! Ollama's own API.

use perennial_sse::llm::{Class, Family};

use crate::reading::{read, read_data};

#[test]
fn an_error_in_the_middle_is_a_line() {
    let text = r#"{"model":"m","message":{"role":"assistant","content":"a"},"done":false}"#;
    let reading = read_data(
        Family::Ollama,
        &[text, r#"{"error":"an error was encountered while running the model: unexpected EOF"}"#],
    );
    assert_eq!(reading.error().class(), Class::Server);
    assert!(reading.error().is_retryable() && reading.has_content && !reading.is_complete());
    let missing = read_data(Family::Ollama, &[r#"{"error":"model 'm' not found"}"#]);
    assert_eq!(missing.error().class(), Class::NotFound);
}

#[test]
fn generate_has_no_message() {
    let reading = read_data(
        Family::Ollama,
        &[
            r#"{"model":"m","thinking":"b","response":"a","done":false}"#,
            r#"{"model":"m","response":"","done":true}"#,
        ],
    );
    assert_eq!(reading.content(), "a");
    assert_eq!(reading.message.answer.reasoning, "b");
    assert_eq!(reading.finishes(), ["stop"]);
    assert!(reading.is_complete());
}

#[test]
fn the_last_line_may_lack_its_end() {
    let body = b"{\"message\":{\"content\":\"a\"},\"done\":true}";
    assert!(read(Family::Ollama, body).is_complete());
    assert!(!read(Family::Ollama, &body[..body.len() - 1]).is_complete());
}

#[test]
fn the_compatible_api_ends_without_a_word_when_it_fails() {
    let chunk = |content: &str| {
        format!(
            r#"{{"choices":[{{"index":0,"delta":{{"role":"assistant","content":"{content}"}},"finish_reason":null}}],"system_fingerprint":"fp_ollama"}}"#
        )
    };
    let reading = read_data(Family::ChatCompletions, &[&chunk("a"), &chunk("")]);
    assert!(reading.errors().is_empty() && !reading.is_complete());
}
