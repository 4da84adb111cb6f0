//! When an answer is complete, and when it is not.

use serde_json::json;

use perennial_sse::error::Kind;
use perennial_sse::llm::Family;

use super::asking::{DONE, ask, chunk, data, finish, says, says_all, text, usage};
use super::rig::secs;
use super::scripted::{Dial, status, stream};

#[tokio::test(start_paused = true)]
async fn an_answer_is_told_and_pieces_that_wait_are_joined() {
    let asked = ask().start([says_all(&["Hel", "lo"])]);
    assert_eq!(
        asked.end().await,
        ["open 200", "start \"c1\"", "content Hello", "finish stop", "close terminal"]
    );
    assert_eq!(asked.content(), "Hello");
    assert_eq!(asked.attempts("billed"), ["yes"]);
    let dial = &asked.net.dials()[0].request;
    assert_eq!(dial.url.as_str(), "http://one.example/v1/chat/completions");
    assert_eq!(dial.headers["authorization"], "Bearer key-1");
    assert_eq!(
        (&dial.headers["x-request-id"], &dial.headers["x-request-attempt"]),
        (&"r-1".parse().unwrap(), &"1".parse().unwrap())
    );
}

#[tokio::test(start_paused = true)]
async fn a_model_that_is_told_late_is_told_on() {
    let first = data(&json!({ "id": "c1", "choices": [{ "delta": { "content": "Hi" } }] }));
    let asked = ask().start([stream(&first).chunk(finish()).chunk(DONE)]);
    let told = asked.end().await;
    assert_eq!(told[1..4], ["start \"c1\"", "content Hi", "start null"]);
    let snapshot = asked.snapshot();
    assert_eq!((&snapshot["id"], &snapshot["model"]), (&json!("c1"), &json!("m")));
}

#[tokio::test(start_paused = true)]
async fn a_collected_answer_is_told_nothing_of_but_its_end() {
    let asked = ask().collecting().start([says_all(&["Hel", "lo"])]);
    assert_eq!(asked.end().await, ["open 200", "close terminal"]);
    assert_eq!(asked.content(), "Hello");
}

#[tokio::test(start_paused = true)]
async fn a_clean_end_without_evidence_is_no_completion() {
    let asked = ask().attempts(0).start([says(&["Hel"])]);
    let told = asked.end().await;
    assert_eq!(told.last().unwrap(), "close error ERR_SSE_TRUNCATED");
    assert_eq!((asked.content(), asked.attempts("billed")), ("Hel".into(), vec!["perhaps".into()]));
}

#[tokio::test(start_paused = true)]
async fn a_finish_reason_is_evidence_even_if_the_body_breaks_behind_it() {
    let asked = ask().start([says(&["Hi"]).chunk(finish()).breaks(Kind::Reset)]);
    assert_eq!(asked.end().await.last().unwrap(), "close terminal");
    assert_eq!(asked.attempts("billed"), ["yes"]);
}

#[tokio::test(start_paused = true)]
async fn behind_a_finish_reason_the_rest_is_waited_for_but_not_for_long() {
    let late = says(&["Hi"]).chunk(finish()).pause(secs(1)).chunk(usage(3, 1)).hangs();
    let asked = ask().start([late]);
    let told = asked.end().await;
    assert_eq!(told[told.len() - 2..], ["usage 4", "close terminal"]);
    assert_eq!(asked.net.bodies()[0].dropped.unwrap().as_secs(), 2);
}

#[tokio::test(start_paused = true)]
async fn no_traffic_prolongs_that_wait() {
    let warm = |dial: Dial| (0..9).fold(dial, |dial, _| dial.pause(secs(1)).chunk(": p\n\n"));
    let asked = ask().start([warm(says(&["Hi"]).chunk(finish())).hangs()]);
    assert_eq!(asked.end().await.last().unwrap(), "close terminal");
    assert_eq!(asked.net.bodies()[0].dropped.unwrap().as_secs(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_deadline_within_that_wait_makes_no_failure_of_a_complete_answer() {
    let mut asking = ask();
    asking.options.timeouts.total = Some(secs(1));
    let asked = asking.start([says(&["Hi"]).chunk(finish()).hangs()]);
    assert_eq!(asked.end().await.last().unwrap(), "close terminal");
    assert_eq!(asked.attempts("billed"), ["yes"]);
}

#[tokio::test(start_paused = true)]
async fn what_another_dialect_ends_with_proves_nothing() {
    for family in [Family::Anthropic, Family::Gemini, Family::Responses] {
        let asked = ask().attempts(0).family(family).start([says_all(&["Hi"])]);
        let told = asked.end().await;
        assert_eq!(told.last().unwrap(), "close error ERR_SSE_TRUNCATED", "{family:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn chunks_without_anything_in_them_are_no_sign_of_life() {
    let empty = || data(&json!({ "choices": [] }));
    let mut asking = ask().attempts(0);
    asking.options.timeouts.event = Some(secs(3));
    let warm = (0..9).fold(stream(&text("a")), |dial, _| dial.pause(secs(1)).chunk(empty()));
    let asked = asking.start([warm]);
    assert_eq!(asked.end().await.last().unwrap(), "close error ERR_SSE_TIMEOUT event");
}

#[tokio::test(start_paused = true)]
async fn an_error_behind_a_finish_reason_wins() {
    let error = data(&json!({ "error": { "message": "no", "code": 400 } }));
    let asked = ask().start([says(&["Hi"]).chunk(finish()).chunk(error).chunk(DONE)]);
    assert_eq!(asked.end().await.last().unwrap(), "close error ERR_SSE_PROVIDER");
}

#[tokio::test(start_paused = true)]
async fn a_last_event_without_its_blank_line_counts_if_it_is_whole() {
    let whole = finish();
    let asked = ask().start([says(&["Hi"]).chunk(whole.trim_end())]);
    assert_eq!(asked.end().await.last().unwrap(), "close terminal");
    let half = &whole[..whole.len() - 9];
    let asked = ask().attempts(0).start([says(&["Hi"]).chunk(half)]);
    assert_eq!(asked.end().await.last().unwrap(), "close error ERR_SSE_TRUNCATED");
}

#[tokio::test(start_paused = true)]
async fn an_empty_success_is_no_answer() {
    let asked = ask().attempts(0).start([status(204)]);
    assert_eq!(asked.end().await, ["close error ERR_SSE_TRUNCATED"]);
    let asked = ask().attempts(0).start([stream("")]);
    assert_eq!(asked.end().await.last().unwrap(), "close error ERR_SSE_TRUNCATED");
}

#[tokio::test(start_paused = true)]
async fn what_is_no_event_of_the_dialect_is_malformed() {
    let asked = ask().start([says(&["Hi"]).chunk("data: {oops\n\n")]);
    assert_eq!(asked.end().await.last().unwrap(), "close error ERR_SSE_MALFORMED");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_outgrows_its_bound_ends() {
    let mut asking = ask();
    asking.chat_options.bounds.content_bytes = 8;
    let asked = asking.start([says_all(&["123", "456", "789"])]);
    assert_eq!(asked.end().await.last().unwrap(), "close error ERR_SSE_SIZE");
    assert_eq!(asked.net.dials().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_tool_call_is_begun_and_then_told_in_pieces() {
    let call = |call| chunk(&json!({ "delta": { "tool_calls": [call] }, "finish_reason": null }));
    let asked = ask().start([stream("")
        .chunk(call(json!({ "index": 0, "id": "t", "function": { "name": "f", "arguments": "" } })))
        .chunk(call(json!({ "index": 0, "function": { "arguments": "{\"a\":" } })))
        .chunk(call(json!({ "index": 0, "function": { "arguments": "1}" } })))
        .chunk(chunk(&json!({ "delta": {}, "finish_reason": "tool_calls" })))
        .chunk(DONE)]);
    let told = asked.end().await;
    assert!(told[2].starts_with("toolCall {"), "{told:?}");
    assert_eq!(told[3..], ["arguments 0 {\"a\":1}", "finish tool_calls", "close terminal"]);
    assert_eq!(asked.snapshot()["toolCalls"][0]["arguments"], "{\"a\":1}");
}

#[tokio::test(start_paused = true)]
async fn line_delimited_json_is_read_where_it_is_the_dialect() {
    let mut asking = ask().family(Family::Ollama);
    asking.options.accept.push("application/x-ndjson".into());
    let body = status(200)
        .header("content-type", "application/x-ndjson")
        .chunk("{\"message\":{\"content\":\"Hi\"},\"done\":false}\n")
        .chunk("{\"message\":{\"content\":\"\"},\"done\":true,\"done_reason\":\"stop\"}\n");
    let asked = asking.start([body]);
    assert_eq!(asked.end().await.last().unwrap(), "close terminal");
    assert_eq!(asked.content(), "Hi");
    assert_eq!(asked.net.dials()[0].request.url.path(), "/v1/api/chat");
}

#[tokio::test(start_paused = true)]
async fn no_wait_outlives_the_deadline() {
    let mut asking = ask().attempts(10);
    asking.options.timeouts.total = Some(secs(2));
    let asked = asking.start([status(503), status(503), status(503)]);
    let told = asked.end().await;
    // 500 ms, then 1 s; the third would end at 3.5 s.
    assert_eq!(told.last().unwrap(), "close error ERR_SSE_STATUS");
    assert_eq!(asked.net.times(), [0, 500, 1_500]);
}

#[tokio::test(start_paused = true)]
async fn the_deadline_ends_an_answer_that_goes_on() {
    let mut asking = ask();
    asking.options.timeouts.total = Some(secs(2));
    let asked = asking.start([says(&["a"]).pause(secs(1)).chunk(text("b")).hangs()]);
    assert_eq!(asked.end().await.last().unwrap(), "close error ERR_SSE_TIMEOUT total");
    assert_eq!(asked.content(), "ab");
}
