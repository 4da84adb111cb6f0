//! What a stream has been through, in figures.

use perennial_sse::delivery::{Demand, Limits};
use perennial_sse::error::Kind;
use perennial_sse::stream::Options;

use super::rig::{Rig, get, post, secs, until_done};
use super::scripted::{hang, refused, status, stream};

#[tokio::test(start_paused = true)]
async fn a_stream_that_did_nothing_yet() {
    let stats = Rig::idle(get(), []).control.stats();
    assert_eq!(stats.state, "idle");
    assert_eq!((stats.attempts, stats.retries, stats.error_count, stats.attempt), (0, 0, 0, 0));
    assert_eq!((stats.downtime, stats.connected_for), (0, 0));
    assert_eq!((stats.last_error, stats.delay), (None, None));
}

#[tokio::test(start_paused = true)]
async fn attempts_retries_and_errors() {
    let script = [refused(), stream("data: a\n\n"), status(503), hang()];
    let mut rig = Rig::start(get(), script);
    for (attempts, retries, errors, attempt) in [(1, 0, 1, 1), (2, 1, 1, 1), (3, 2, 2, 2)] {
        while !rig.next().await.starts_with("retry") {}
        rig.settle().await;
        let stats = rig.control.stats();
        assert_eq!((stats.attempts, stats.retries), (attempts, retries));
        assert_eq!(
            (stats.error_count, stats.attempt),
            (errors, attempt),
            "a clean end is no error"
        );
    }
    let last_error = rig.control.stats().last_error.unwrap();
    assert!(last_error.starts_with("ERR_SSE_STATUS: "), "{last_error}");
}

#[tokio::test(start_paused = true)]
async fn events_and_bytes() {
    let body = ": hello\n\ndata: a\n\ndata: \u{e9}\n\nid: 7\n\n";
    let mut rig = Rig::start(get(), [stream(body), stream(body), status(204)]);
    rig.transcript().await;
    let stats = rig.control.stats();
    assert_eq!((stats.events, stats.bytes), (4, 2 * body.len() as u64));
}

/// Those of a chunk whose reading was broken off count as well.
#[tokio::test(start_paused = true)]
async fn events_that_were_delivered_before_a_reconnect_count() {
    let options = Options { mailbox: Limits { events: 2, bytes: 100 }, ..get() };
    let body = "data: a\n\ndata: b\n\ndata: c\n\n";
    let mut rig = Rig::idle(options, [stream("").pause(secs(1)).chunk(body).hangs()]);
    rig.dial();
    assert_eq!(rig.next().await, "open 200");
    tokio::time::sleep(secs(2)).await;
    rig.control.reconnect();
    rig.settle().await;
    rig.control.ask(Demand::Flow);
    let delivered = rig.waiting().await;
    assert_eq!(delivered, ["event a", "event b"]);
    let stats = rig.control.stats();
    assert!(stats.events >= 2 && stats.bytes == body.len() as u64, "{stats:?}");
}

#[tokio::test(start_paused = true)]
async fn connected_for_is_the_age_of_the_connection() {
    let dial = stream("").pause(secs(10)).breaks(Kind::Reset).after(secs(3));
    let mut rig = Rig::start(get(), [dial, stream("").hangs()]);
    rig.settle().await;
    assert_eq!(rig.control.stats().connected_for, 0);
    assert_eq!(rig.next().await, "open 200");
    tokio::time::sleep(secs(7)).await;
    assert_eq!(rig.control.stats().connected_for, 7_000);
    assert_eq!(rig.next().await, "retry 1 in 1000 ERR_SSE_RESET");
    assert_eq!(rig.control.stats().connected_for, 0);
    assert_eq!(rig.next().await, "open 200");
    tokio::time::sleep(secs(5)).await;
    assert_eq!(rig.control.stats().connected_for, 5_000);
}

#[tokio::test(start_paused = true)]
async fn downtime_is_the_time_between_connections() {
    let script = [
        refused(),
        stream("").pause(secs(1)),
        refused().after(secs(5)),
        stream("").pause(secs(1)),
        hang(),
    ];
    let mut rig = Rig::start(get(), script);
    while rig.next().await != "open 200" {}
    assert_eq!(rig.control.stats().downtime, 0, "counted from the first connection");
    // Closed at 1 s: a wait of 2 s, a dial of 5 s, a wait of 4 s.
    while rig.next().await != "open 200" {}
    assert_eq!(rig.control.stats().downtime, 11_000);
    while !rig.next().await.starts_with("retry") {}
    assert_eq!(rig.control.stats().downtime, 11_000);
    tokio::time::sleep(secs(3)).await;
    assert_eq!(rig.control.stats().downtime, 14_000, "while it lasts");
}

#[tokio::test(start_paused = true)]
async fn a_reconnect_by_hand_is_downtime_too() {
    let mut rig = Rig::start(get(), [stream("").hangs(), stream("").hangs().after(secs(2))]);
    assert_eq!(rig.next().await, "open 200");
    rig.control.reconnect();
    assert_eq!(rig.next().await, "open 200");
    assert_eq!(rig.control.stats().downtime, 2_000);
}

/// Nobody misses a connection that is not wanted any more.
#[tokio::test(start_paused = true)]
async fn a_stream_that_is_over_has_no_downtime() {
    for options in [until_done(get()), post()] {
        let mut rig = Rig::start(options, [stream("data: [DONE]\n\n")]);
        rig.transcript().await;
        tokio::time::sleep(secs(60)).await;
        assert_eq!(rig.control.stats().downtime, 0);
    }
    let mut rig = Rig::start(get(), [stream("").hangs()]);
    rig.next().await;
    rig.control.close();
    tokio::time::sleep(secs(60)).await;
    let stats = rig.control.stats();
    assert_eq!((stats.downtime, stats.connected_for), (0, 0));
}

/// The retries are those without a stable connection, and this one is.
#[tokio::test(start_paused = true)]
async fn a_stable_connection_leaves_no_attempts_behind() {
    let mut rig = Rig::start(get(), [refused(), refused(), stream("").hangs()]);
    while rig.next().await != "open 200" {}
    assert_eq!(rig.control.stats().attempt, 2);
    tokio::time::sleep(secs(60)).await;
    assert_eq!(rig.control.stats().attempt, 0);
}

#[tokio::test(start_paused = true)]
async fn the_failure_that_ends_a_stream_counts() {
    let mut rig = Rig::start(get(), [status(404)]);
    rig.transcript().await;
    let stats = rig.control.stats();
    assert_eq!((stats.error_count, stats.attempts, stats.state.as_str()), (1, 1, "closed"));
    assert!(stats.last_error.unwrap().starts_with("ERR_SSE_STATUS: "));
}
