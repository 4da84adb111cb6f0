//! What a server says outside of all events.

use serde_json::{Value, json};

use super::asking::{DONE, ask, finish, role, says, says_all, text};
use super::rig::secs;
use super::scripted::{Dial, status, stream};

const ERROR_LINE: &str =
    "error: {\"code\":500,\"message\":\"decode failed\",\"type\":\"server_error\"}\n\n";

/// A body in pieces of so many characters.
fn in_pieces(body: &str, size: usize) -> Dial {
    let letters: Vec<char> = body.chars().collect();
    letters.chunks(size).fold(stream(""), |dial, piece| dial.chunk(String::from_iter(piece)))
}

/// The error of an answer that is asked for once: the same however its body is cut.
async fn error_of(body: &str) -> Value {
    let whole = ask().attempts(0).start([stream(body)]).error().await;
    for size in [1, 7, 64] {
        let cut = ask().attempts(0).start([in_pieces(body, size)]).error().await;
        assert_eq!(cut, whole, "{size} {body}");
    }
    whole
}

#[tokio::test(start_paused = true)]
async fn an_error_in_a_field_of_its_own_is_heard() {
    let half = text("Half");
    for end in [DONE, "", "data: [DONE]"] {
        let error = error_of(&format!("{half}{ERROR_LINE}{end}")).await;
        assert_eq!(
            (&error["code"], &error["kind"]),
            (&json!("ERR_SSE_PROVIDER"), &json!("server"))
        );
        assert!(error["message"].as_str().unwrap().ends_with("decode failed"), "{error}");
        assert!(error["tail"].as_str().unwrap().contains("decode failed"), "{error}");
    }
    let error = error_of("error: slow down, too many requests\n\n").await;
    assert_eq!(error["kind"], json!("rate-limit"));

    // Also if nothing follows it.
    let mut asking = ask().attempts(0);
    asking.options.timeouts.idle = Some(secs(3));
    let error = asking.start([stream(&half).chunk(ERROR_LINE).hangs()]).error().await;
    assert_eq!(error["code"], json!("ERR_SSE_PROVIDER"));
}

#[tokio::test(start_paused = true)]
async fn it_is_asked_again_as_what_it_stands_for() {
    let broken = stream(&role()).chunk(ERROR_LINE).chunk(DONE);
    let asked = ask().start([broken, says_all(&["Hi"])]);
    assert_eq!(asked.end().await.last().unwrap(), "close terminal");
    assert_eq!((asked.content(), asked.net.dials().len()), ("Hi".into(), 2));
}

#[tokio::test(start_paused = true)]
async fn a_body_that_is_no_stream_tells_why() {
    let page = "<!doctype html>\n<html><head><title>504 Gateway Time-out</title></head>\n<body>\n<center><h1>504</h1></center>\n</body></html>\n";
    for (body, kind, message) in [
        (
            "{\"error\":{\"message\":\"no channel\",\"code\":\"model_not_found\"}}",
            "not-found",
            "no channel",
        ),
        ("{\n  \"error\": {\n    \"message\": \"no channel\"\n  }\n}\n", "server", "no channel"),
        (
            "[{\"error\":{\"message\":\"bad key\",\"status\":\"UNAUTHENTICATED\"}}]",
            "auth",
            "bad key",
        ),
        (": busy\n\n{\"code\":402,\"msg\":\"pay\"}\n", "quota", "pay"),
        (page, "timeout", "504 Gateway Time-out"),
        ("<p>Too many <b>requests</b></p>", "rate-limit", "Too many requests"),
        ("upstream connect error\n", "server", "upstream connect error"),
        ("oops", "server", "oops"),
        ("\u{feff}oops", "server", "oops"),
    ] {
        let error = error_of(body).await;
        assert_eq!((&error["code"], &error["kind"]), (&json!("ERR_SSE_PROVIDER"), &json!(kind)));
        assert!(error["message"].as_str().unwrap().ends_with(message), "{error}");
        let tail = error["tail"].as_str().unwrap();
        assert!(tail.contains(message.split(' ').next_back().unwrap()), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_no_stream_is_one_all_the_same() {
    let body = json!({
        "id": "c1",
        "object": "chat.completion",
        "choices": [{ "index": 0, "message": { "content": "Hi" }, "finish_reason": "stop" }],
    });
    let asked = ask().start([stream(&body.to_string())]);
    assert_eq!(asked.end().await.last().unwrap(), "close terminal");
    assert_eq!(asked.content(), "Hi");
}

#[tokio::test(start_paused = true)]
async fn unknown_fields_beside_events_change_nothing() {
    let asked =
        ask().start([stream("ts: 1\n").chunk(text("Hi")).chunk("x\ny: z\n\n").chunk(finish())]);
    assert_eq!(asked.end().await.last().unwrap(), "close terminal");
    let error = error_of(&format!("ts: 1\n{}", text("Hi"))).await;
    assert_eq!(error["code"], json!("ERR_SSE_TRUNCATED"));
}

#[tokio::test(start_paused = true)]
async fn what_is_refused_is_quoted() {
    let error = error_of("data: <html>Bad gateway</html>\n\n").await;
    assert_eq!(error["code"], json!("ERR_SSE_MALFORMED"));
    assert_eq!(error["tail"], json!("<html>Bad gateway</html>"));
}

#[tokio::test(start_paused = true)]
async fn a_flood_outside_of_events_is_bounded() {
    let line = "x".repeat(1 << 16);
    let flood = (0..64).fold(says(&["Hi"]), |dial, _| dial.chunk(format!("{line}\n")));
    let error = ask().attempts(0).start([flood]).error().await;
    assert_eq!(error["code"], json!("ERR_SSE_TRUNCATED"));
    assert_eq!(error["tail"].as_str().map(str::len), Some(1024));
}

#[tokio::test(start_paused = true)]
async fn what_an_earlier_body_said_is_not_told_of_a_later_attempt() {
    let asked = ask().attempts(1).start([stream("data: <p>\n\n"), status(204)]);
    let error = asked.error().await;
    assert_eq!((&error["code"], &error["tail"]), (&json!("ERR_SSE_TRUNCATED"), &Value::Null));
}
