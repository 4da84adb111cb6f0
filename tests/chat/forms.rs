//! In which forms an answer is handed over.

use serde_json::{Value, json};

use perennial_sse::chat::Resume;
use perennial_sse::error::Kind;

use super::asking::{Ask, ask, chunk, finish, says, says_all, text, usage};
use super::rig::secs;
use super::scripted::stream;

fn bytes() -> Ask {
    let mut asking = ask();
    asking.form = (false, true);
    asking
}

fn chunks(told: &[String]) -> Vec<Value> {
    let text: String = told.iter().filter_map(|told| told.strip_prefix("bytes ")).collect();
    text.split("\n\n")
        .filter(|event| !event.is_empty())
        .map(|event| {
            let data = event.strip_prefix("data: ").unwrap();
            serde_json::from_str(data).unwrap_or_else(|_| Value::from(data))
        })
        .collect()
}

#[tokio::test(start_paused = true)]
async fn standard_chunks_whatever_came() {
    let thought = chunk(&json!({ "delta": { "reasoning": "hm" }, "finish_reason": null }));
    let asked = bytes().start([stream("")
        .chunk(thought)
        .chunk(text("Hi"))
        .chunk(finish())
        .chunk(usage(1, 2))]);
    let chunks = chunks(&asked.end().await);
    assert_eq!(chunks[0]["id"], "c1");
    assert_eq!(chunks[0]["object"], "chat.completion.chunk");
    let deltas: Vec<&Value> = chunks.iter().map(|chunk| &chunk["choices"][0]["delta"]).collect();
    assert_eq!(deltas[0], &json!({ "role": "assistant", "reasoning_content": "hm" }));
    assert_eq!(deltas[1], &json!({ "content": "Hi" }));
    assert_eq!(chunks[2]["choices"][0]["finish_reason"], "stop");
    assert_eq!(chunks[3]["usage"]["total_tokens"], 3);
    assert_eq!(chunks[4], "[DONE]");
}

#[tokio::test(start_paused = true)]
async fn a_failure_is_the_last_chunk_and_nothing_is_done() {
    let asked = bytes().start([says(&["Hi"]).breaks(Kind::Reset)]);
    let chunks = chunks(&asked.end().await);
    assert_eq!(chunks.last().unwrap()["error"]["code"], "ERR_SSE_RESET");
    assert!(!chunks.contains(&json!("[DONE]")));
}

#[tokio::test(start_paused = true)]
async fn comments_and_pings_keep_the_client_alive() {
    let ping = "data: {\"choices\":[]}\n\n";
    let body = stream("").chunk(": BUSY\n\n").chunk(ping).chunk(text("Hi")).chunk(": more\n\n");
    let asked = bytes().start([body.chunk(finish())]);
    let told = asked.end().await;
    let wire: String = told.iter().filter_map(|told| told.strip_prefix("bytes ")).collect();
    assert!(wire.starts_with(": BUSY\n\n:\n\ndata: {"), "{wire}");
    assert!(wire.contains("\n\n: more\n\ndata: {"), "{wire}");
    let body = stream("").chunk(": BUSY\n\n").chunk(ping).chunk(text("Hi"));
    let told = ask().start([body.chunk(finish())]).end().await;
    assert_eq!(told, ["open 200", "start \"c1\"", "content Hi", "finish stop", "close terminal"]);
}

#[tokio::test(start_paused = true)]
async fn only_what_is_finished_is_called_so() {
    for (reason, word) in [
        ("stop", "stop"),
        ("end_turn", "stop"),
        ("max_tokens", "length"),
        ("SAFETY", "content_filter"),
        ("pause_turn", "pause_turn"),
        ("OTHER", "OTHER"),
        ("LANGUAGE", "LANGUAGE"),
        ("something of tomorrow", "something of tomorrow"),
    ] {
        let end = chunk(&json!({ "delta": {}, "finish_reason": reason }));
        let asked = bytes().start([stream("").chunk(text("Hi")).chunk(end)]);
        let chunks = chunks(&asked.end().await);
        assert_eq!(chunks[1]["choices"][0]["finish_reason"], word);
    }
}

#[tokio::test(start_paused = true)]
async fn a_reason_that_is_a_failure_is_no_end() {
    for reason in ["network_error", "abort", "overloaded_error", "cancelled"] {
        let end = chunk(&json!({ "delta": {}, "finish_reason": reason }));
        let asked = bytes().start([stream("").chunk(text("Hi")).chunk(end)]);
        let chunks = chunks(&asked.end().await);
        assert!(chunks.iter().all(|it| it["choices"][0]["finish_reason"].is_null()), "{reason}");
        assert_eq!(chunks.last().unwrap()["error"]["code"], "ERR_SSE_PROVIDER", "{reason}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_reset_is_a_chunk_that_others_pass_over() {
    let asked = bytes()
        .resume(&[Resume::Restart])
        .start([says(&["H"]).breaks(Kind::Reset), says_all(&["Hi"])]);
    let chunks = chunks(&asked.end().await);
    assert_eq!((&chunks[1]["reset"], &chunks[1]["choices"]), (&json!(true), &json!([])));
}

#[tokio::test(start_paused = true)]
async fn whoever_comes_late_gets_everything_so_far() {
    let thought = chunk(&json!({ "delta": { "reasoning": "hm" }, "finish_reason": null }));
    let body = stream("").chunk(thought).chunk(text("Hel")).pause(secs(1));
    let asked = ask().collecting().start([body.chunk(text("lo")).chunk(finish())]);
    tokio::time::sleep(secs(1) / 2).await;
    assert!(asked.chat.set_form(true, false));
    assert_eq!(
        asked.end().await,
        [
            "open 200",
            "start \"c1\"",
            "reasoning hm",
            "content Hel",
            "content lo",
            "finish stop",
            "close terminal"
        ]
    );
    assert!(!asked.chat.set_form(true, true));
}

#[tokio::test(start_paused = true)]
async fn raw_events_come_as_they_are() {
    let asked = ask()
        .collecting()
        .start([stream("").chunk("event: x\n").chunk(text("Hi")).chunk(finish())]);
    asked.chat.set_raw(true);
    let told = asked.end().await;
    assert!(told[1].starts_with("event x: {"), "{told:?}");
    assert!(told[2].contains("finish_reason"), "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_over_still_has_its_chunks() {
    let text = |asked: &super::asking::Asked| String::from_utf8(asked.chat.chunks()).unwrap();
    let asked = ask().collecting().start([says_all(&["Hel", "lo"])]);
    asked.end().await;
    let late = chunks(&[format!("bytes {}", text(&asked))]);
    assert_eq!(late[0]["choices"][0]["delta"], json!({ "role": "assistant", "content": "Hello" }));
    assert_eq!(
        (&late[1]["choices"][0]["finish_reason"], &late[2]),
        (&json!("stop"), &json!("[DONE]"))
    );
    let asked = ask().collecting().start([says(&["Hi"]).breaks(Kind::Reset)]);
    asked.end().await;
    assert!(text(&asked).contains("ERR_SSE_RESET"), "and no [DONE]");
    assert!(!text(&asked).contains("[DONE]"));
    let asked = ask().attempts(0).collecting().start([says(&[])]);
    asked.end().await;
    assert_eq!(text(&asked), "", "what has failed before anything came can become a status");
}
