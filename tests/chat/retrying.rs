//! Before content came, an attempt is repeated as a request that nobody has seen.

use serde_json::json;

use perennial_sse::chat::Malformed;
use perennial_sse::error::Kind;

use super::asking::{ask, data, endpoint, finish, role, says_all, text};
use super::scripted::{refused, status, stream, unanswered};

#[tokio::test(start_paused = true)]
async fn what_passes_by_itself_is_tried_again() {
    for dial in [
        refused(),
        unanswered(),
        status(500),
        status(409),
        status(429),
        stream(""),
        stream(&role()),
        stream(&role()).breaks(Kind::Reset),
        stream(&data(&json!({ "error": { "type": "overloaded_error", "message": "busy" } }))),
        stream("data: {oops\n\n"),
    ] {
        let asked = ask().start([dial, says_all(&["Hi"])]);
        let told = asked.end().await;
        assert_eq!(told.last().unwrap(), "close terminal", "{told:?}");
        assert!(!told.iter().any(|told| told.starts_with("reset")), "{told:?}");
        assert_eq!((asked.content(), asked.net.times()), ("Hi".into(), vec![0, 500]));
    }
}

#[tokio::test(start_paused = true)]
async fn what_does_not_pass_is_told() {
    let error = |code: &str| stream(&data(&json!({ "error": { "code": code } })));
    for (dial, code) in [
        (status(400), "ERR_SSE_STATUS"),
        (status(401), "ERR_SSE_STATUS"),
        (status(404), "ERR_SSE_STATUS"),
        (error("context_length_exceeded"), "ERR_SSE_PROVIDER"),
        (error("invalid_api_key"), "ERR_SSE_PROVIDER"),
        (status(200).header("content-type", "text/html").chunk("<p>"), "ERR_SSE_CONTENT_TYPE"),
    ] {
        let asked = ask().start([dial, says_all(&["Hi"])]);
        assert_eq!(asked.end().await.last().unwrap(), &format!("close error {code}"));
        assert_eq!(asked.net.dials().len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn an_exceeded_quota_does_not_pass_by_waiting() {
    let empty = json!({ "error": { "code": "insufficient_quota", "message": "Pay." } });
    let minimax =
        json!({ "choices": null, "base_resp": { "status_code": 1008, "status_msg": "Pay." } });
    let told = json!({ "error": { "code": "insufficient_quota", "status_code": 429 } });
    for (dial, code) in [
        (status(429).header("retry-after", "1").chunk(empty.to_string()), "ERR_SSE_STATUS"),
        (status(500).chunk(empty.to_string()), "ERR_SSE_STATUS"),
        (stream(&data(&empty)), "ERR_SSE_PROVIDER"),
        (stream(&data(&minimax)), "ERR_SSE_PROVIDER"),
        (stream(&data(&told)), "ERR_SSE_PROVIDER"),
    ] {
        let asked = ask().start([dial, says_all(&["Hi"])]);
        assert_eq!(asked.end().await.last().unwrap(), &format!("close error {code}"));
        assert_eq!(asked.net.dials().len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn another_key_may_have_what_one_has_spent() {
    let empty = json!({ "error": { "code": "insufficient_quota", "message": "Pay." } });
    let asked = ask()
        .pool(vec![endpoint("one", &["key-1", "key-2"])])
        .start([status(429).chunk(empty.to_string()), says_all(&["Hi"])]);
    assert_eq!(asked.end().await.last().unwrap(), "close terminal");
    assert_eq!(asked.net.times(), [0, 0]);
}

#[tokio::test(start_paused = true)]
async fn the_server_may_say_whether_to_try_again() {
    let please = status(400).header("x-should-retry", "true");
    let asked = ask().start([please, says_all(&["Hi"])]);
    assert_eq!(asked.end().await.last().unwrap(), "close terminal");
    let never = status(500).header("x-should-retry", "false");
    let asked = ask().start([never, says_all(&["Hi"])]);
    assert_eq!(asked.end().await, ["close error ERR_SSE_STATUS"]);
}

#[tokio::test(start_paused = true)]
async fn attempts_are_bounded_and_recorded() {
    let asked = ask().start([refused(), unanswered(), status(503), says_all(&["Hi"])]);
    assert_eq!(asked.end().await.last().unwrap(), "close error ERR_SSE_STATUS");
    assert_eq!(asked.attempts("billed"), ["no", "perhaps", "perhaps"]);
    let codes = ["ERR_SSE_CONNECT", "ERR_SSE_RESET", "ERR_SSE_STATUS"];
    assert_eq!(asked.attempts("error"), codes);
    assert_eq!(asked.attempts("status"), ["null", "null", "503"]);
    let numbers: Vec<_> = asked
        .net
        .dials()
        .iter()
        .map(|dial| dial.request.headers["x-request-attempt"].clone())
        .collect();
    assert_eq!(numbers, ["1", "2", "3"]);
}

#[tokio::test(start_paused = true)]
async fn a_told_wait_is_kept() {
    let asked = ask().start([status(429).header("retry-after-ms", "1500"), says_all(&["Hi"])]);
    assert_eq!(asked.end().await.last().unwrap(), "close terminal");
    let second = asked.net.times()[1];
    assert!((1_500..=1_650).contains(&second), "{second}");
}

#[tokio::test(start_paused = true)]
async fn a_bad_event_is_passed_over_if_the_caller_says_so() {
    let mut asking = ask();
    asking.chat_options.malformed = Malformed::Skip;
    let bad = "data: {\"choices\":[{\"delta\":{\"content\":\n\n";
    let body = stream("").chunk(bad).chunk(role()).chunk(text("a")).chunk(bad).chunk(text("b"));
    let asked = asking.start([body.chunk("data: <p>\n\n").chunk(finish())]);
    let told = asked.end().await;
    let expected = ["open 200", "malformed", "start \"c1\"", "content a", "malformed", "content b"];
    assert_eq!(told[..6], expected);
    assert_eq!(told.last().unwrap(), "close terminal");
    assert_eq!((asked.content(), asked.net.dials().len()), ("ab".into(), 1));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_sends_nothing_else_is_told_of_a_hundred_times() {
    let mut asking = ask().attempts(0);
    asking.chat_options.malformed = Malformed::Skip;
    let bad = "data: {]}\n\n".repeat(5000);
    let told = asking.start([stream("").chunk(bad)]).end().await;
    assert_eq!(told.iter().filter(|told| *told == "malformed").count(), 100);
    assert_eq!(told.last().unwrap(), "close error ERR_SSE_TRUNCATED");
}

#[tokio::test(start_paused = true)]
async fn what_a_gateway_hands_on_of_its_provider_is_waited_for() {
    let name = "llm_provider-retry-after";
    for (refusal, wait) in [
        (status(503).header(name, "7"), 7000),
        (status(503).header("llm_provider-retry-after-ms", "1500"), 1500),
        (status(503).header(name, "7").header("retry-after", "3"), 3000),
        (status(503).header(name, "7").header("retry-after", "soon"), 7000),
    ] {
        let asked = ask().start([refusal, says_all(&["a"])]);
        assert_eq!(asked.end().await.last().unwrap(), "close terminal");
        let [0, waited] = asked.net.times()[..] else { panic!("two attempts") };
        // A little is added by chance.
        assert!((wait..wait + 1000).contains(&waited), "{waited} for {wait}");
    }
}
