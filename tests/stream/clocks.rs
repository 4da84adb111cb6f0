//! The deadlines of an open stream, and what stops them.

use perennial_sse::delivery::{Demand, Limits};
use perennial_sse::error::Kind;
use perennial_sse::stream::{Callbacks, Options, Timeouts};

use super::rig::{Rig, get, ms, post, secs};
use super::scripted::{Dial, hang, refused, status, stream};

fn idle(seconds: u64) -> Options {
    let timeouts = Timeouts { idle: Some(secs(seconds)), ..Timeouts::default() };
    Options { timeouts, ..post() }
}

fn event(seconds: u64, ignore: &[&str]) -> Options {
    let event_ignore = ignore.iter().map(|&name| name.to_owned()).collect();
    let timeouts = Timeouts { event: Some(secs(seconds)), event_ignore, ..Timeouts::default() };
    Options { timeouts, ..post() }
}

fn total(options: Options) -> Options {
    let timeouts = Timeouts { total: Some(secs(10)), ..Timeouts::default() };
    Options { timeouts, ..options }
}

/// The last thing that happens, and when.
async fn end(options: Options, dial: Dial) -> (String, u128) {
    let mut rig = Rig::start(options, [dial]);
    let last = rig.transcript().await.pop().unwrap();
    (last, rig.now().as_millis())
}

const IDLE: &str = "close error ERR_SSE_TIMEOUT idle";
const EVENT: &str = "close error ERR_SSE_TIMEOUT event";
const TOTAL: &str = "close error ERR_SSE_TIMEOUT total";

#[tokio::test(start_paused = true)]
async fn a_body_without_a_byte_is_given_up() {
    assert_eq!(end(idle(5), stream("").hangs()).await, (IDLE.into(), 5_000));
    let late = stream("").pause(ms(4_999)).chunk("data: a\n\n").hangs();
    assert_eq!(end(idle(5), late).await, (IDLE.into(), 9_999));
    let too_late = stream("").pause(ms(5_001)).chunk("data: a\n\n").hangs();
    assert_eq!(end(idle(5), too_late).await, (IDLE.into(), 5_000));
}

#[tokio::test(start_paused = true)]
async fn the_idle_clock_begins_with_the_response() {
    let slow = stream("").hangs().after(secs(60));
    assert_eq!(end(idle(5), slow).await, (IDLE.into(), 65_000));
}

#[tokio::test(start_paused = true)]
async fn any_byte_is_a_sign_of_life() {
    let mut dripping = stream("");
    for piece in [":", "\n", ": beat\n", "data: a", "\n\n", "x"] {
        dripping = dripping.pause(secs(4)).chunk(piece);
    }
    assert_eq!(end(idle(5), dripping.hangs()).await, (IDLE.into(), 29_000));
}

#[tokio::test(start_paused = true)]
async fn the_event_clock_counts_events_only() {
    let beating = |piece: &str| {
        let beats = (0..20).fold(stream("data: a\n\n"), |dial, _| dial.pause(secs(1)).chunk(piece));
        beats.hangs()
    };
    for piece in [": beat\n\n", "id: 7\n\n", "event: ping\ndata: 1\n\n", "data: unfinished\n"] {
        let ended = end(event(5, &["ping"]), beating(piece)).await;
        assert_eq!(ended, (EVENT.into(), 5_000), "{piece:?}");
    }
    for piece in ["data: b\n\n", "event: pong\ndata: 1\n\n"] {
        let ended = end(event(5, &["ping"]), beating(piece)).await;
        assert_eq!(ended, (EVENT.into(), 25_000), "{piece:?}");
    }
    let unnamed = end(event(5, &["message"]), beating("data: b\n\n")).await;
    assert_eq!(unnamed, (EVENT.into(), 5_000), "an event without a name is called message");
}

#[tokio::test]
async fn a_flood_does_not_stop_the_event_clock() {
    let timeouts = Timeouts { event: Some(ms(50)), ..Timeouts::default() };
    let flood = end(Options { timeouts, ..post() }, stream("").floods("an unknown field\n"));
    let (ended, after) = tokio::time::timeout(secs(2), flood).await.expect("it never fires");
    assert_eq!(ended, EVENT);
    assert!(after < 1_000, "{after}");
}

#[tokio::test(start_paused = true)]
async fn the_clocks_begin_anew_with_each_connection() {
    let mut options = idle(5);
    options.method = http::Method::GET;
    let script = [stream("").hangs(), stream("").hangs(), status(204)];
    let mut rig = Rig::start(options, script);
    rig.transcript().await;
    assert_eq!(rig.net.times(), [0, 6_000, 13_000]);
}

#[tokio::test(start_paused = true)]
async fn the_total_time_ends_a_stream_wherever_it_is() {
    let expected = (TOTAL.to_owned(), 10_000);
    assert_eq!(end(total(get()), hang()).await, expected, "connecting");
    assert_eq!(end(total(get()), stream("data: a\n\n").hangs()).await, expected, "open");
    assert_eq!(end(total(get()), refused().after(secs(9))).await.0, TOTAL, "waiting");
    let callbacks = Callbacks { url: true, ..Callbacks::default() };
    assert_eq!(end(Options { callbacks, ..total(get()) }, hang()).await, expected, "preparing");
    let callbacks = Callbacks { should_retry: true, ..Callbacks::default() };
    assert_eq!(end(Options { callbacks, ..total(get()) }, refused()).await, expected, "deciding");
    let callbacks = Callbacks { terminal: true, ..Callbacks::default() };
    assert_eq!(end(Options { callbacks, ..total(get()) }, stream("")).await, expected, "draining");
}

#[tokio::test(start_paused = true)]
async fn the_total_time_closes_the_connection() {
    let mut rig = Rig::start(total(get()), [hang()]);
    rig.transcript().await;
    assert_eq!(rig.net.dials()[0].abandoned, Some(secs(10)));
    let mut rig = Rig::start(total(get()), [stream("").hangs()]);
    rig.transcript().await;
    assert_eq!(rig.net.bodies()[0].dropped, Some(secs(10)));
}

/// The deadline is the caller's, who waits from the first dial on, however long that takes.
#[tokio::test(start_paused = true)]
async fn a_wait_that_would_outlive_the_deadline_is_not_begun_after_a_slow_first_failure() {
    let impatient = Options { impatient: true, ..total(get()) };
    let expected = ("close error ERR_SSE_STATUS".to_owned(), 9_500);
    assert_eq!(end(impatient, status(503).after(ms(9_500))).await, expected);
}

/// A stream of single events, one a chunk, of which few fit the mailbox.
fn flood(options: Options) -> Rig {
    let options = Options { mailbox: Limits { events: 4, bytes: 1 << 20 }, ..options };
    let chunks =
        (0..100).fold(stream(""), |dial, number| dial.chunk(format!("data: {number}\n\n")));
    let mut rig = Rig::idle(options, [chunks.hangs()]);
    rig.dial();
    rig
}

#[tokio::test(start_paused = true)]
async fn a_consumer_that_does_not_read_stops_the_reading() {
    let mut rig = flood(get());
    tokio::time::sleep(secs(3600)).await;
    assert_eq!(rig.waiting().await, ["open 200"]);
    // An empty chunk, three events that fitted beside the notice, and one that waits for room.
    assert_eq!(rig.net.bodies()[0].chunks, 5);
    rig.control.ask(Demand::Flow);
    for number in 0..100 {
        assert_eq!(rig.next().await, format!("event {number}"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_consumer_that_does_not_read_stops_the_idle_clock() {
    let mut rig = flood(idle(5));
    tokio::time::sleep(secs(3600)).await;
    assert_eq!(rig.waiting().await, ["open 200"]);
    assert_eq!(rig.state(), "open");
    rig.control.ask(Demand::Flow);
    for number in 0..100 {
        assert_eq!(rig.next().await, format!("event {number}"));
    }
    assert_eq!(rig.next().await, IDLE);
    assert_eq!(rig.now(), secs(3605));
}

#[tokio::test(start_paused = true)]
async fn a_consumer_that_does_not_read_stops_the_event_clock() {
    let mut rig = flood(event(5, &[]));
    tokio::time::sleep(secs(3600)).await;
    assert_eq!(rig.waiting().await, ["open 200"]);
    assert_eq!(rig.state(), "open");
    rig.control.ask(Demand::Flow);
    for number in 0..100 {
        assert_eq!(rig.next().await, format!("event {number}"));
    }
    assert_eq!(rig.next().await, EVENT);
    assert_eq!(rig.now(), secs(3605));
}

/// What waits for room may be a comment, which is not what the event clock waits for.
#[tokio::test(start_paused = true)]
async fn a_consumer_that_does_not_take_a_comment_stops_the_event_clock() {
    let options = Options { mailbox: Limits { events: 1, bytes: 100 }, ..event(5, &[]) };
    let dial = stream("data: a\n\n: beat\n\n").pause(secs(1)).chunk("data: b\n\n").hangs();
    let mut rig = Rig::idle(options, [dial]);
    rig.dial();
    assert_eq!(rig.next().await, "open 200");
    tokio::time::sleep(secs(3600)).await;
    rig.control.ask(Demand::Flow);
    assert_eq!(rig.transcript().await, ["event a", "comment beat", "event b", EVENT]);
}

/// The total time is that of the caller, not that of the server.
#[tokio::test(start_paused = true)]
async fn a_consumer_that_does_not_read_does_not_stop_the_total_time() {
    let mut rig = flood(total(get()));
    tokio::time::sleep(secs(3600)).await;
    assert_eq!(rig.state(), "closed");
    assert_eq!(rig.net.bodies()[0].dropped, Some(secs(10)));
    rig.control.ask(Demand::Flow);
    let transcript = rig.transcript().await;
    assert_eq!(transcript, ["open 200", "event 0", "event 1", "event 2", TOTAL]);
}

#[tokio::test(start_paused = true)]
async fn without_limits_silence_is_borne() {
    let lasting = stream("data: a\n\n").pause(secs(7 * 24 * 3600)).breaks(Kind::Reset);
    let ended = end(post(), lasting).await;
    assert_eq!(ended, ("close error ERR_SSE_RESET".into(), 7 * 24 * 3_600_000));
}

/// A limit of an age must not overflow the clock.
#[tokio::test(start_paused = true)]
async fn limits_without_measure_are_no_limits() {
    let ages = Some(std::time::Duration::MAX);
    let timeouts = Timeouts { idle: ages, event: ages, total: ages, ..Timeouts::default() };
    let dial = stream("data: a\n\n").pause(secs(1)).breaks(Kind::Reset);
    let ended = end(Options { timeouts, ..post() }, dial).await;
    assert_eq!(ended, ("close error ERR_SSE_RESET".into(), 1_000));
}
