//! Questions to the caller, and what the engine makes of the answers.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method};

use perennial_sse::delivery::Demand;
use perennial_sse::error::Kind;
use perennial_sse::stream::{CallbackReply, Callbacks, Options, Parts, Timeouts};

use super::rig::{Rig, URL, get, options, post, secs};
use super::scripted::{hang, refused, status, stream};

/// Leaves the request as it is configured.
pub fn keep() -> CallbackReply {
    CallbackReply::Request(Box::new(Parts { url: None, headers: None, body: None }))
}

fn request(options: Options) -> Options {
    Options { callbacks: Callbacks { headers: true, ..Callbacks::default() }, ..options }
}

fn should_retry(options: Options) -> Options {
    Options { callbacks: Callbacks { should_retry: true, ..Callbacks::default() }, ..options }
}

fn complete(options: Options) -> Options {
    Options { callbacks: Callbacks { terminal: true, ..Callbacks::default() }, ..options }
}

fn bounded(options: Options) -> Options {
    let timeouts = Timeouts { connect: Some(secs(10)), ..options.timeouts };
    Options { timeouts, ..options }
}

#[tokio::test(start_paused = true)]
async fn the_answer_is_the_request() {
    let callbacks = Callbacks { url: true, headers: true, body: true, ..Callbacks::default() };
    let mut rig = Rig::start(Options { callbacks, url: None, ..post() }, [hang()]);
    assert_eq!(rig.next().await, "question 0 request");
    let mut headers = HeaderMap::new();
    headers.insert("x-api-key", HeaderValue::from_static("k"));
    rig.control.reply(
        0,
        CallbackReply::Request(Box::new(Parts {
            url: Some("http://other.example/".parse().unwrap()),
            headers: Some(headers),
            body: Some(Bytes::from_static(b"{}")),
        })),
    );
    rig.reach("connecting (attempt 1)").await;
    let request = rig.net.dials()[0].request.clone();
    assert_eq!((request.method, request.url.as_str()), (Method::POST, "http://other.example/"));
    assert_eq!(request.headers["x-api-key"], "k");
    assert_eq!(request.headers["accept"], "text/event-stream");
    assert_eq!(request.body.as_deref(), Some(&b"{}"[..]));
}

#[tokio::test(start_paused = true)]
async fn what_is_not_answered_stays_as_it_was() {
    let mut options = request(post());
    options.headers.insert("x-own", HeaderValue::from_static("1"));
    options.body = Some(Bytes::from_static(b"own"));
    let mut rig = Rig::start(options, [hang()]);
    rig.next().await;
    rig.control.reply(0, keep());
    rig.reach("connecting (attempt 1)").await;
    let request = rig.net.dials()[0].request.clone();
    assert_eq!(request.url.as_str(), URL);
    assert_eq!(request.headers["x-own"], "1");
    assert_eq!(request.body.as_deref(), Some(&b"own"[..]));
}

#[tokio::test(start_paused = true)]
async fn without_a_url_there_is_no_request() {
    let mut rig = Rig::start(Options { url: None, ..request(get()) }, [hang()]);
    rig.next().await;
    rig.control.reply(0, keep());
    assert_eq!(rig.transcript().await, ["close error ERR_SSE_REQUEST"]);
    assert_eq!(rig.net.dials().len(), 0);
}

#[tokio::test(start_paused = true)]
async fn every_attempt_asks_and_tells_what_went_before() {
    let script = [stream("id: 7\ndata: a\n\n").breaks(Kind::Reset), hang()];
    let mut rig = Rig::start(request(get()), script);
    let first = rig.notice().await;
    assert_eq!((&first["attempt"], &first["lastEventId"]), (&1.into(), &"".into()));
    assert!(first["error"].is_null());
    rig.control.reply(0, keep());
    for expected in ["open 200", "event a #7", "retry 1 in 1000 ERR_SSE_RESET"] {
        assert_eq!(rig.next().await, expected);
    }
    let second = rig.notice().await;
    assert_eq!(second["number"], 1);
    assert_eq!((&second["attempt"], &second["lastEventId"]), (&2.into(), &"7".into()));
    assert_eq!(second["error"]["code"], "ERR_SSE_RESET");
    assert_eq!(rig.now(), secs(1), "asked after the wait, not before it");
}

#[tokio::test(start_paused = true)]
async fn a_question_goes_before_events_that_wait() {
    let script = [stream("data: a\n\n").breaks(Kind::Reset), hang()];
    let mut rig = Rig::idle(request(get()), script);
    rig.dial();
    assert_eq!(rig.next().await, "question 0 request");
    rig.control.reply(0, keep());
    assert_eq!(rig.next().await, "open 200");
    assert_eq!(rig.next().await, "question 1 request ERR_SSE_RESET");
    rig.control.ask(Demand::Flow);
    assert_eq!(rig.next().await, "event a");
}

#[tokio::test(start_paused = true)]
async fn a_callback_that_throws_ends_the_stream() {
    for options in [request(get()), should_retry(get()), complete(get())] {
        let draining = options.callbacks.terminal;
        let first = if draining { stream("") } else { refused() };
        let mut rig = Rig::start(options, [first]);
        while !rig.next().await.starts_with("question") {}
        rig.control.reply(0, CallbackReply::Threw);
        assert_eq!(rig.transcript().await, ["close error ERR_SSE_CALLBACK"]);
        rig.stays_quiet().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_callback_that_does_not_answer_ends_the_stream() {
    for options in [request(get()), should_retry(get())] {
        let mut rig = Rig::start(bounded(options), [refused()]);
        while !rig.next().await.starts_with("question") {}
        assert_eq!(rig.transcript().await, ["close error ERR_SSE_CALLBACK"]);
        assert_eq!(rig.now(), secs(10));
        rig.control.reply(0, keep());
        rig.stays_quiet().await;
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_limit_a_callback_may_take_for_ever() {
    let mut rig = Rig::start(request(get()), [hang()]);
    rig.next().await;
    tokio::time::sleep(secs(7 * 24 * 3600)).await;
    assert_eq!(rig.state(), "preparing (attempt 1)");
    rig.control.reply(0, keep());
    rig.reach("connecting (attempt 1)").await;
}

#[tokio::test(start_paused = true)]
async fn answers_to_other_questions_are_dropped() {
    let mut rig = Rig::start(request(get()), [hang()]);
    rig.next().await;
    for number in [1, 7, u32::MAX] {
        rig.control.reply(number, CallbackReply::Threw);
        rig.settle().await;
    }
    assert_eq!(rig.state(), "preparing (attempt 1)");
    rig.control.reply(0, keep());
    rig.reach("connecting (attempt 1)").await;
}

/// A callback that was asked before a reconnect may answer last.
#[tokio::test(start_paused = true)]
async fn a_late_answer_does_not_displace_the_one_that_counts() {
    let mut rig = Rig::start(request(get()), [hang()]);
    assert_eq!(rig.next().await, "question 0 request");
    rig.control.reconnect();
    assert_eq!(rig.next().await, "question 1 request");
    rig.control.reply(1, keep());
    rig.control.reply(0, keep());
    rig.settle().await;
    assert_eq!(rig.state(), "connecting (attempt 2)");
}

#[tokio::test(start_paused = true)]
async fn should_retry_is_asked_about_failures_and_told_the_policys_view() {
    let cases = [(refused(), "ERR_SSE_CONNECT", true), (status(404), "ERR_SSE_STATUS", false)];
    for (first, code, would) in cases {
        let mut rig = Rig::start(should_retry(get()), [first]);
        let question = rig.notice().await;
        assert_eq!((&question["ask"], &question["retry"]), (&"retry".into(), &would.into()));
        assert_eq!(question["error"]["code"], code);
        assert_eq!(rig.state(), "deciding");
    }
}

#[tokio::test(start_paused = true)]
async fn should_retry_is_not_asked_about_a_clean_end() {
    let mut rig = Rig::start(should_retry(get()), [stream(""), status(204)]);
    assert_eq!(rig.transcript().await, ["open 200", "retry 1 in 1000", "close no-content"]);
}

/// What follows when the caller answers so.
async fn decided(options: Options, first: super::scripted::Dial, answer: Option<bool>) -> String {
    let mut rig = Rig::start(should_retry(options), [first]);
    while !rig.next().await.starts_with("question") {}
    rig.control.reply(0, CallbackReply::Retry(answer));
    loop {
        // The question overtook what waits.
        let next = rig.next().await;
        if next.starts_with("retry") || next.starts_with("close") {
            return next;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_caller_overrules_the_policy() {
    for method in [Method::GET, Method::POST] {
        let options = || options(method.clone());
        let retry = "retry 1 in 1000 ERR_SSE_STATUS";
        let fail = "close error ERR_SSE_STATUS";
        assert_eq!(decided(options(), status(429), None).await, retry);
        assert_eq!(decided(options(), status(429), Some(true)).await, retry);
        assert_eq!(decided(options(), status(429), Some(false)).await, fail);
        assert_eq!(decided(options(), status(404), None).await, fail);
        assert_eq!(decided(options(), status(404), Some(true)).await, retry);
        assert_eq!(decided(options(), status(404), Some(false)).await, fail);
    }
}

#[tokio::test(start_paused = true)]
async fn but_not_once_a_post_has_begun_to_answer() {
    let broken = || stream("data: a\n\n").breaks(Kind::Reset);
    let error = "close error ERR_SSE_RESET";
    assert_eq!(decided(post(), broken(), Some(true)).await, error);
    let begun = || stream(": not an event\n\n").breaks(Kind::Reset);
    let retry = "retry 1 in 1000 ERR_SSE_RESET";
    assert_eq!(decided(post(), begun(), Some(true)).await, retry);
}

#[tokio::test(start_paused = true)]
async fn nor_beyond_the_attempts() {
    let mut rig = Rig::start(should_retry(post()), [refused(), refused(), refused(), hang()]);
    for number in 0..3 {
        assert_eq!(rig.next().await, format!("question {number} retry ERR_SSE_CONNECT"));
        rig.control.reply(number, CallbackReply::Retry(Some(true)));
        let expected = ["retry 1 in 1000", "retry 2 in 2000", "close error"][number as usize];
        assert_eq!(rig.next().await, format!("{expected} ERR_SSE_CONNECT"));
    }
    assert_eq!(rig.net.dials().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn an_answer_of_the_wrong_kind_is_a_throw() {
    let mut rig = Rig::start(request(get()), [hang()]);
    rig.next().await;
    rig.control.reply(0, CallbackReply::Complete(true));
    assert_eq!(rig.transcript().await, ["close error ERR_SSE_CALLBACK"]);
    let mut rig = Rig::start(should_retry(get()), [refused()]);
    rig.next().await;
    rig.control.reply(0, CallbackReply::Complete(true));
    assert_eq!(rig.transcript().await, ["close error ERR_SSE_CALLBACK"]);
}

#[tokio::test(start_paused = true)]
async fn whether_a_body_was_complete_is_asked_behind_its_events() {
    let mut rig = Rig::idle(bounded(complete(post())), [stream("data: a\n\ndata: b\n\n")]);
    rig.dial();
    assert_eq!(rig.next().await, "open 200");
    tokio::time::sleep(secs(24 * 3600)).await;
    assert_eq!(rig.waiting().await, [""; 0]);
    assert_eq!(rig.state(), "draining");
    rig.control.ask(Demand::Flow);
    for expected in ["event a", "event b", "question 0 complete"] {
        assert_eq!(rig.next().await, expected);
    }
    rig.control.reply(0, CallbackReply::Complete(true));
    assert_eq!(rig.transcript().await, ["close terminal"]);
}

#[tokio::test(start_paused = true)]
async fn an_incomplete_body_is_truncated() {
    for (options, expected) in
        [(complete(post()), "close error ERR_SSE_TRUNCATED"), (complete(get()), "retry 1 in 1000")]
    {
        let mut rig = Rig::start(options, [stream("data: a\n\n")]);
        while !rig.next().await.starts_with("question") {}
        rig.control.reply(0, CallbackReply::Complete(false));
        assert_eq!(rig.next().await, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_broke_is_not_asked_about() {
    let mut rig = Rig::start(complete(post()), [stream("data: a\n\n").breaks(Kind::Reset)]);
    assert_eq!(rig.transcript().await, ["open 200", "event a", "close error ERR_SSE_RESET"]);
}
