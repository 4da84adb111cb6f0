//! The table of endings, through the engine: what each way to end leads to.

use perennial_sse::error::{Kind, Phase};
use perennial_sse::reconnect::Policy;
use perennial_sse::stream::{Options, Timeouts};

use super::policies;
use super::rig::{Rig, get, ms, post, secs, transcript, until_done};
use super::scripted::{Dial, fail, hang, refused, status, stream, unanswered};

/// What happens when the first dial leads to this and the second to a 204.
async fn ends(options: &Options, first: Dial) -> Vec<String> {
    let mut rig = Rig::start(options.clone(), [first, status(204)]);
    let transcript = rig.transcript().await;
    let dials = rig.net.dials().len();
    let retried = transcript.iter().any(|line| line.starts_with("retry"));
    assert_eq!(dials, 1 + usize::from(retried), "{transcript:?}");
    rig.stays_quiet().await;
    transcript
}

fn lines(lines: &[&str]) -> Vec<String> {
    lines.iter().map(|&line| line.to_owned()).collect()
}

fn retried(before: &[&str], retry: &str) -> Vec<String> {
    lines(&[before, &[retry, "close no-content"]].concat())
}

fn idle(options: Options) -> Options {
    let timeouts = Timeouts { idle: Some(secs(5)), ..Timeouts::default() };
    Options { timeouts, ..options }
}

#[tokio::test(start_paused = true)]
async fn a_terminal_event_completes_any_stream() {
    let expected = ["open 200", "event a", "event [DONE]", "close terminal"];
    for options in [until_done(get()), until_done(post())] {
        let body = "data: a\n\ndata: [DONE]\n\ndata: never seen\n\n";
        assert_eq!(ends(&options, stream(body)).await, expected);
        assert_eq!(ends(&options, stream(body).breaks(Kind::Reset)).await, expected);
        let cut = "data: a\n\ndata: [DONE]";
        assert_eq!(ends(&options, stream(cut)).await, expected, "without its blank line");
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_ends() {
    let seen = ["open 200", "event a"];
    for options in [get(), until_done(get())] {
        let expected = retried(&seen, "retry 1 in 1000");
        assert_eq!(ends(&options, stream("data: a\n\n")).await, expected);
    }
    let expected = lines(&["open 200", "event a", "close end"]);
    assert_eq!(ends(&post(), stream("data: a\n\n")).await, expected);
    let expected = lines(&["open 200", "event a", "close error ERR_SSE_TRUNCATED"]);
    assert_eq!(ends(&until_done(post()), stream("data: a\n\n")).await, expected);
    assert_eq!(ends(&post(), stream("")).await, ["open 200", "close end"]);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_breaks() {
    for (kind, code) in [(Kind::Reset, "ERR_SSE_RESET"), (Kind::Truncated, "ERR_SSE_TRUNCATED")] {
        for text in ["data: a\n\n", "data: a\n\ndata: b"] {
            let seen = ["open 200", "event a"];
            let broken = || stream(text).breaks(kind);
            let retry = format!("retry 1 in 1000 {code}");
            assert_eq!(ends(&get(), broken()).await, retried(&seen, &retry));
            let error = format!("close error {code}");
            assert_eq!(ends(&post(), broken()).await, lines(&["open 200", "event a", &error]));
            let chat = Options { retry: Policy { unsafe_replay: true, ..post().retry }, ..post() };
            assert_eq!(ends(&chat, broken()).await, lines(&["open 200", "event a", &error]));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_breaks_before_its_first_event() {
    let broken = || stream(": hello\n\nid: 7\n\n").breaks(Kind::Reset);
    let seen = ["open 200", "comment hello", "id 7"];
    let retry = "retry 1 in 1000 ERR_SSE_RESET";
    assert_eq!(ends(&get(), broken()).await, retried(&seen, retry));
    let error = lines(&["open 200", "comment hello", "id 7", "close error ERR_SSE_RESET"]);
    assert_eq!(ends(&post(), broken()).await, error);
    let chat = Options { retry: Policy { unsafe_replay: true, ..post().retry }, ..post() };
    assert_eq!(ends(&chat, broken()).await, retried(&seen, retry));
}

#[tokio::test(start_paused = true)]
async fn a_body_that_falls_silent() {
    let silent = || stream("data: a\n\n").hangs();
    let seen = ["open 200", "event a"];
    let retry = "retry 1 in 1000 ERR_SSE_TIMEOUT idle";
    assert_eq!(ends(&idle(get()), silent()).await, retried(&seen, retry));
    let error = lines(&["open 200", "event a", "close error ERR_SSE_TIMEOUT idle"]);
    assert_eq!(ends(&idle(post()), silent()).await, error);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_was_not_sent_is_repeated() {
    for (kind, code) in [(Kind::Connect, "ERR_SSE_CONNECT"), (Kind::Dns, "ERR_SSE_DNS")] {
        let expected = retried(&[], &format!("retry 1 in 1000 {code}"));
        for options in [get(), post()] {
            assert_eq!(ends(&options, fail(kind, Phase::Connect, false)).await, expected);
        }
    }
    let expected = retried(&[], "retry 1 in 1000 ERR_SSE_TIMEOUT connect");
    for options in [get(), post()] {
        let slow = fail(Kind::Timeout, Phase::Connect, false);
        assert_eq!(ends(&options, slow).await, expected);
        let broken = fail(Kind::Reset, Phase::Headers, false);
        let expected = retried(&[], "retry 1 in 1000 ERR_SSE_RESET");
        assert_eq!(ends(&options, broken).await, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_that_was_sent_and_not_answered() {
    let expected = retried(&[], "retry 1 in 1000 ERR_SSE_RESET");
    assert_eq!(ends(&get(), unanswered()).await, expected);
    assert_eq!(ends(&post(), unanswered()).await, ["close error ERR_SSE_RESET"]);
    let chat = Options { retry: Policy { unsafe_replay: true, ..post().retry }, ..post() };
    assert_eq!(ends(&chat, unanswered()).await, expected);
}

#[tokio::test(start_paused = true)]
async fn a_response_head_that_does_not_come() {
    let late = || fail(Kind::Timeout, Phase::Headers, true);
    let expected = retried(&[], "retry 1 in 1000 ERR_SSE_TIMEOUT headers");
    assert_eq!(ends(&get(), late()).await, expected);
    let chat = Options { retry: Policy { unsafe_replay: true, ..post().retry }, ..post() };
    for options in [post(), chat] {
        assert_eq!(ends(&options, late()).await, ["close error ERR_SSE_TIMEOUT headers"]);
    }
}

#[tokio::test(start_paused = true)]
async fn statuses() {
    for options in [get(), post()] {
        assert_eq!(ends(&options, status(204)).await, ["close no-content"]);
        for code in [408, 425, 429] {
            let expected = retried(&[], "retry 1 in 1000 ERR_SSE_STATUS");
            assert_eq!(ends(&options, status(code)).await, expected, "{code}");
        }
        for code in [201, 206, 304, 400, 401, 403, 404, 410, 501] {
            let expected = ["close error ERR_SSE_STATUS"];
            assert_eq!(ends(&options, status(code)).await, expected, "{code}");
        }
    }
    for code in [409, 500, 502, 503, 504] {
        let expected = retried(&[], "retry 1 in 1000 ERR_SSE_STATUS");
        assert_eq!(ends(&get(), status(code)).await, expected, "{code}");
        let expected = ["close error ERR_SSE_STATUS"];
        assert_eq!(ends(&post(), status(code)).await, expected, "{code}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_no_other_attempt_can_mend() {
    for options in [get(), post()] {
        let page = || status(200).header("content-type", "text/html").chunk("<h1>");
        assert_eq!(ends(&options, page()).await, ["close error ERR_SSE_CONTENT_TYPE"]);
        assert_eq!(ends(&options, status(200)).await, ["close error ERR_SSE_CONTENT_TYPE"]);
        for kind in [Kind::Tls, Kind::Redirect, Kind::Request, Kind::ContentEncoding] {
            let expected = format!("close error {}", kind.code());
            assert_eq!(ends(&options, fail(kind, Phase::Response, true)).await, [expected]);
        }
        let bounded = Options { max_event_size: Some(8), ..options };
        let long = stream("data: a\n\ndata: far too long\n\n");
        let expected = ["open 200", "event a", "close error ERR_SSE_SIZE"];
        assert_eq!(ends(&bounded, long).await, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn a_type_that_the_caller_accepts() {
    let options =
        Options { accept: vec!["text/event-stream".into(), "text/plain".into()], ..post() };
    for media_type in ["text/plain", "Text/Plain; charset=utf-8", "text/event-stream;x=y"] {
        let odd = status(200).header("content-type", media_type).chunk("data: a\n\n");
        assert_eq!(ends(&options, odd).await, ["open 200", "event a", "close end"]);
    }
}

#[tokio::test(start_paused = true)]
async fn retry_after_is_obeyed_up_to_a_cap() {
    let busy = |after: &str| status(429).header("retry-after", after);
    for options in [get(), post()] {
        let mut rig = Rig::start(options, [busy("20"), status(204)]);
        rig.transcript().await;
        let waited = rig.net.times()[1];
        assert!((20_000..=21_000).contains(&waited), "{waited}");
    }
    let mut rig = Rig::start(get(), [busy("86400"), status(204)]);
    rig.transcript().await;
    let waited = rig.net.times()[1];
    assert!((3_599_000..=3_600_000).contains(&waited), "{waited}");
    assert_eq!(ends(&post(), busy("61")).await, ["close error ERR_SSE_STATUS"]);
    let mut rig = Rig::start(get(), [busy("0").header("retry-after-ms", "2500"), status(204)]);
    rig.transcript().await;
    let waited = rig.net.times()[1];
    assert!((2_500..=2_750).contains(&waited), "{waited}");
}

#[tokio::test(start_paused = true)]
async fn a_post_is_not_sent_again_after_its_first_event_whatever_follows() {
    let options = Options { retry: Policy { unsafe_replay: true, ..post().retry }, ..post() };
    for broken in [Kind::Reset, Kind::Truncated, Kind::ContentEncoding] {
        let mut rig = Rig::start(options.clone(), [stream("data: a\n\n").breaks(broken)]);
        let expected = format!("close error {}", broken.code());
        assert_eq!(rig.transcript().await, ["open 200", "event a", &expected]);
        rig.stays_quiet().await;
    }
}

/// The caller asked for the second request; the failures of that one still follow the table.
#[tokio::test(start_paused = true)]
async fn an_event_before_a_reconnect_counts() {
    let script = [stream("data: a\n\n").hangs(), status(429), status(204)];
    let mut rig = Rig::start(post(), script);
    rig.reach("open").await;
    assert_eq!(rig.next().await, "open 200");
    assert_eq!(rig.next().await, "event a");
    rig.control.reconnect();
    assert_eq!(rig.transcript().await, ["close error ERR_SSE_STATUS"]);
}

#[tokio::test(start_paused = true)]
async fn with_reconnecting_off_every_ending_is_final() {
    let never =
        |options| Options { retry: Policy { attempts: Some(0), ..policies::request() }, ..options };
    for options in [never(get()), never(post())] {
        assert_eq!(ends(&options, refused()).await, ["close error ERR_SSE_CONNECT"]);
        assert_eq!(ends(&options, stream("")).await, ["open 200", "close end"]);
        let broken = stream("").breaks(Kind::Reset);
        assert_eq!(ends(&options, broken).await, ["open 200", "close error ERR_SSE_RESET"]);
        let cut = ends(&until_done(options.clone()), stream("")).await;
        assert_eq!(cut, ["open 200", "close error ERR_SSE_TRUNCATED"]);
    }
}

#[tokio::test(start_paused = true)]
async fn attempts_run_out() {
    let mut rig = Rig::start(post(), [refused(), status(429), unresolved(), hang()]);
    let expected = [
        "retry 1 in 1000 ERR_SSE_CONNECT",
        "retry 2 in 2000 ERR_SSE_STATUS",
        "close error ERR_SSE_DNS",
    ];
    assert_eq!(rig.transcript().await, expected, "with the last failure");
    assert_eq!(rig.now(), secs(3));
    rig.stays_quiet().await;
}

fn unresolved() -> Dial {
    fail(Kind::Dns, Phase::Connect, false)
}

/// A clean end is no failure, so there is none to report when ends use up every attempt.
#[tokio::test(start_paused = true)]
async fn ends_run_out() {
    let twice = Options { retry: Policy { attempts: Some(1), ..get().retry }, ..get() };
    let expected = ["open 200", "retry 1 in 1000", "open 200", "close error ERR_SSE_EXHAUSTED"];
    assert_eq!(transcript(twice.clone(), [stream(""), stream("")]).await, expected);
    let expected = ["open 200", "retry 1 in 1000", "open 200", "close error ERR_SSE_TRUNCATED"];
    assert_eq!(transcript(until_done(twice), [stream(""), stream("")]).await, expected);
}

#[tokio::test(start_paused = true)]
async fn an_incomplete_event_is_dropped_unless_wanted() {
    let body = "data: a\n\nid: 7\ndata: b";
    let options = Options { incomplete: false, ..post() };
    assert_eq!(transcript(options, [stream(body)]).await, ["open 200", "event a", "close end"]);
    let options = Options { incomplete: true, ..post() };
    let expected = ["open 200", "event a", "event b #7", "close end"];
    assert_eq!(transcript(options, [stream(body).pause(ms(5))]).await, expected);
}
