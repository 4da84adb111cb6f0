//! What a failure tells.

use http::{HeaderMap, Method};
use serde_json::{Value, json};

use perennial_sse::error::Kind;
use perennial_sse::stream::Options;

use super::rig::{Rig, get, ms, options, post, secs, until_done};
use super::scripted::{Dial, refused, status, stream};

/// The error with which a stream ends.
async fn error(options: Options, script: impl IntoIterator<Item = Dial>) -> Value {
    let mut rig = Rig::start(options, script);
    loop {
        if let super::harness::Received::Notice(json) = rig.record().await {
            let notice: Value = serde_json::from_str(&json).unwrap();
            if notice["type"] == "close" {
                assert_eq!(notice["reason"], "error");
                return notice["error"].clone();
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_tells_everything() {
    let mut options = options(Method::POST);
    options.url = Some("http://user:secret@example.com/v1?key=secret#top".parse().unwrap());
    options.last_event_id = "41".into();
    options.headers = HeaderMap::new();
    options.headers.insert("authorization", "Bearer secret".parse().unwrap());
    let busy = status(429)
        .header("x-request-id", "r1")
        .header("retry-after", "90")
        .chunk("too ")
        .chunk("many")
        .pause(ms(10));
    let error = error(options, [refused(), busy]).await;
    assert_eq!(error["code"], "ERR_SSE_STATUS");
    assert_eq!((&error["phase"], &error["status"]), (&json!("response"), &json!(429)));
    assert_eq!(error["headers"], json!([["x-request-id", "r1"], ["retry-after", "90"]]));
    assert_eq!(error["body"], "too many");
    assert_eq!((&error["attempt"], &error["retryable"]), (&json!(2), &json!(true)));
    assert_eq!(error["retryAfter"], 90_000);
    assert_eq!(error["lastEventId"], "41");
    assert!(!error.to_string().contains("secret"), "{error}");
    assert!(error["url"].as_str().unwrap().starts_with("http://example.com/v1"));
}

#[tokio::test(start_paused = true)]
async fn of_a_refused_body_a_kibibyte_is_kept() {
    let page = status(404).chunk([b'x'; 1_000]).chunk([b'y'; 1_000]).hangs();
    let error = error(get(), [page]).await;
    assert_eq!(error["body"], format!("{}{}", "x".repeat(1_000), "y".repeat(24)));
    assert_eq!(error["retryable"], false);
}

#[tokio::test(start_paused = true)]
async fn a_refused_body_that_hangs_is_waited_for_at_most_a_second() {
    let mut rig = Rig::start(get(), [status(404).chunk("half").hangs()]);
    let close = rig.notice().await;
    assert_eq!(close["error"]["body"], "half");
    assert_eq!(rig.now(), secs(1));
    assert_eq!(rig.net.bodies()[0].dropped, Some(secs(1)));
}

#[tokio::test(start_paused = true)]
async fn a_refused_body_that_breaks_is_shown_as_far_as_it_came() {
    let error = error(get(), [status(404).chunk(b"half \xff").breaks(Kind::Reset)]).await;
    assert_eq!(
        (&error["code"], &error["body"]),
        (&json!("ERR_SSE_STATUS"), &json!("half \u{fffd}"))
    );
}

#[tokio::test(start_paused = true)]
async fn a_page_in_a_200_is_shown() {
    let page = status(200).header("content-type", "text/html").chunk("<h1>Login</h1>");
    let error = error(get(), [page]).await;
    assert_eq!((&error["code"], &error["status"]), (&json!("ERR_SSE_CONTENT_TYPE"), &json!(200)));
    assert_eq!(error["body"], "<h1>Login</h1>");
    assert!(error["message"].as_str().unwrap().contains("text/html"));
}

#[tokio::test(start_paused = true)]
async fn a_truncated_answer_tells_how_far_it_came() {
    let body = format!("id: 7\ndata: {}\n\ndata: tail", "x".repeat(2_000));
    let error = error(until_done(post()), [stream(&body)]).await;
    assert_eq!(error["code"], "ERR_SSE_TRUNCATED");
    assert_eq!(error["lastEventId"], "7");
    assert_eq!((&error["events"], &error["bytes"]), (&json!(1), &json!(body.len())));
    assert_eq!(error["tail"], body[body.len() - 1024..]);
}

#[tokio::test(start_paused = true)]
async fn the_tail_joins_chunks() {
    let pieces: Vec<String> = (0..200).map(|number| format!("data: {number}\n\n")).collect();
    let dial = pieces.iter().fold(stream(""), Dial::chunk);
    let error = error(until_done(post()), [dial]).await;
    let whole = pieces.concat();
    assert_eq!(error["tail"], whole[whole.len() - 1024..]);
    assert_eq!(error["events"], 200);
}

#[tokio::test(start_paused = true)]
async fn a_retry_tells_its_reason() {
    let mut rig = Rig::start(get(), [status(503).chunk("later"), stream(""), status(204)]);
    let retry = rig.notice().await;
    assert_eq!(retry["error"]["status"], 503);
    assert_eq!((&retry["error"]["body"], &retry["error"]["attempt"]), (&json!("later"), &json!(1)));
    assert!(retry["maxAttempts"].is_null());
    assert_eq!(rig.next().await, "open 200");
    assert!(rig.notice().await["error"].is_null(), "a clean end is no failure");
}

#[tokio::test(start_paused = true)]
async fn an_opening_tells_of_its_response() {
    let mut rig = Rig::start(get(), [stream("").header("x-id", "caf\u{e9}").hangs()]);
    let open = rig.notice().await;
    assert_eq!((&open["status"], &open["url"]), (&json!(200), &json!(super::rig::URL)));
    assert_eq!(open["headers"][0], json!(["content-type", "text/event-stream"]));
    // Two bytes of UTF-8 on the wire, read as Latin-1, as Node reads headers.
    assert_eq!(open["headers"][1], json!(["x-id", "caf\u{c3}\u{a9}"]));
}

#[tokio::test(start_paused = true)]
async fn what_may_be_a_secret_of_a_query_is_hidden_but_not_in_the_last_id() {
    let mut options = get();
    options.retry.attempts = Some(1);
    options.url = Some("http://example.com/?channel=orders-1&token=t0ken".parse().unwrap());
    let refusal = status(404).chunk("orders-1 t0ken");
    let error = error(options, [stream("id: orders-1:7:t0ken\ndata: x\n\n"), refusal]).await;
    // A caller that resumes after it needs it as it is.
    assert_eq!(error["lastEventId"], "orders-1:7:***");
    assert_eq!(error["body"], "*** ***");
}
