//! Commands from the consumer, at every state.

use perennial_sse::delivery::{Demand, Limits};
use perennial_sse::stream::{Callbacks, Options};

use super::callbacks::keep;
use super::rig::{Rig, get, secs};
use super::scripted::{hang, refused, status, stream};

const STATES: [&str; 8] = [
    "idle",
    "preparing (attempt 1)",
    "connecting (attempt 1)",
    "open",
    "draining",
    "deciding",
    "waiting (1000 ms)",
    "closed",
];

/// A stream in this state at time zero, its records so far taken. A further dial would hang.
async fn at(state: &str) -> Rig {
    let (callbacks, first) = match state {
        "idle" | "connecting (attempt 1)" => (Callbacks::default(), hang()),
        "preparing (attempt 1)" => (Callbacks { url: true, ..Callbacks::default() }, hang()),
        "open" => (Callbacks::default(), stream("data: a\n\n").hangs()),
        "draining" => (Callbacks { terminal: true, ..Callbacks::default() }, stream("data: a\n\n")),
        "deciding" => (Callbacks { should_retry: true, ..Callbacks::default() }, refused()),
        "waiting (1000 ms)" => (Callbacks::default(), refused()),
        "closed" => (Callbacks::default(), status(204)),
        other => panic!("{other}"),
    };
    let mut rig = Rig::idle(Options { callbacks, ..get() }, [first]);
    rig.control.ask(Demand::Flow);
    if state != "idle" {
        rig.dial();
    }
    rig.reach(state).await;
    rig.waiting().await;
    assert_eq!(rig.state(), state);
    rig
}

/// Every dial and every body of the script is over.
fn assert_left(rig: &Rig, state: &str) {
    for dial in rig.net.dials() {
        assert_eq!(dial.at, secs(0), "{state}");
        assert!(dial.abandoned.is_none_or(|time| time == secs(0)), "{state}");
    }
    for body in rig.net.bodies() {
        assert_eq!(body.dropped, Some(secs(0)), "{state}");
    }
}

#[tokio::test(start_paused = true)]
async fn closing_ends_a_stream_at_once_and_without_a_word() {
    for state in STATES {
        let mut rig = at(state).await;
        rig.control.close();
        assert_eq!(rig.state(), "closed");
        rig.settle().await;
        assert_left(&rig, state);
        rig.control.close();
        if state == "idle" {
            rig.dial();
        }
        rig.control.reconnect();
        rig.control.finish();
        rig.control.ask(Demand::Once);
        rig.stays_quiet().await;
        assert_eq!(rig.state(), "closed");
    }
}

#[tokio::test(start_paused = true)]
async fn closing_abandons_a_dial() {
    let rig = at("connecting (attempt 1)").await;
    rig.control.close();
    rig.settle().await;
    assert_eq!(rig.net.dials()[0].abandoned, Some(secs(0)));
}

#[tokio::test(start_paused = true)]
async fn closing_drops_what_waits() {
    let mut rig = Rig::idle(get(), [stream("data: a\n\ndata: b\n\n").hangs()]);
    rig.dial();
    rig.reach("open").await;
    rig.settle().await;
    rig.control.close();
    rig.control.ask(Demand::Flow);
    rig.stays_quiet().await;
}

#[tokio::test(start_paused = true)]
async fn closing_ends_a_wait_for_room() {
    let options = Options { mailbox: Limits { events: 1, bytes: 100 }, ..get() };
    let mut rig = Rig::idle(options, [stream("data: a\n\ndata: b\n\n").hangs()]);
    rig.dial();
    rig.settle().await;
    rig.control.close();
    rig.settle().await;
    assert_eq!(rig.net.bodies()[0].dropped, Some(secs(0)));
    rig.stays_quiet().await;
}

/// The engine may be on another thread and quicker than the second look.
#[test]
fn a_stream_closed_before_its_start_never_dials() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_time()
        .build()
        .unwrap();
    let dials: usize = (0..2_000)
        .map(|_| {
            let _inside = runtime.enter();
            let mut rig = Rig::idle(get(), [hang()]);
            rig.control.close();
            rig.dial();
            rig.net
        })
        .collect::<Vec<_>>()
        .iter()
        .map(|net| net.dials().len())
        .sum();
    drop(runtime);
    assert_eq!(dials, 0);
}

#[tokio::test(start_paused = true)]
async fn finishing_completes_a_stream() {
    for state in STATES {
        let mut rig = at(state).await;
        rig.control.finish();
        if state == "idle" {
            rig.dial();
        }
        rig.settle().await;
        assert_eq!(rig.state(), "closed", "{state}");
        assert_left(&rig, state);
        let expected: &[&str] = if state == "closed" { &[] } else { &["close terminal"] };
        assert_eq!(rig.waiting().await, expected, "{state}");
        rig.stays_quiet().await;
    }
}

#[tokio::test(start_paused = true)]
async fn finishing_keeps_what_waits() {
    let mut rig = Rig::idle(get(), [stream("data: a\n\ndata: b\n\n").hangs()]);
    rig.dial();
    rig.settle().await;
    rig.control.finish();
    rig.settle().await;
    rig.control.ask(Demand::Flow);
    assert_eq!(rig.transcript().await, ["open 200", "event a", "event b", "close terminal"]);
}

#[tokio::test(start_paused = true)]
async fn reconnecting_dials_at_once() {
    for state in STATES {
        let mut rig = at(state).await;
        rig.control.reconnect();
        if state == "idle" {
            rig.dial();
        }
        rig.settle().await;
        let mut dials = rig.net.dials().len();
        match state {
            "closed" => assert_eq!(rig.state(), "closed"),
            "idle" => assert_eq!(rig.state(), "connecting (attempt 1)"),
            "preparing (attempt 1)" => {
                assert_eq!(rig.waiting().await, ["question 1 request"]);
                assert_eq!(rig.state(), "preparing (attempt 2)");
                rig.control.reply(1, keep());
                rig.reach("connecting (attempt 2)").await;
                dials = rig.net.dials().len() + 1;
            }
            _ => assert_eq!(rig.state(), "connecting (attempt 2)", "{state}"),
        }
        assert_eq!(dials, if matches!(state, "closed" | "idle") { 1 } else { 2 }, "{state}");
        assert_left(&rig, state);
    }
}

#[tokio::test(start_paused = true)]
async fn reconnecting_leaves_the_old_connection() {
    let rig = at("connecting (attempt 1)").await;
    rig.control.reconnect();
    rig.settle().await;
    assert_eq!(rig.net.dials()[0].abandoned, Some(secs(0)));
    assert_eq!(rig.net.dials()[1].abandoned, None);
}

#[tokio::test(start_paused = true)]
async fn reconnecting_is_no_retry() {
    let mut rig = Rig::start(get(), [stream("").hangs(), stream("").hangs(), refused()]);
    for _ in 0..2 {
        assert_eq!(rig.next().await, "open 200");
        rig.control.reconnect();
    }
    assert_eq!(rig.next().await, "retry 1 in 1000 ERR_SSE_CONNECT");
    assert_eq!(rig.control.stats().error_count, 1);
}

#[tokio::test(start_paused = true)]
async fn reconnecting_resumes_after_the_last_id() {
    let mut rig = Rig::start(get(), [stream("id: 7\ndata: a\n\n").hangs()]);
    assert_eq!(rig.next().await, "open 200");
    assert_eq!(rig.next().await, "event a #7");
    rig.control.reconnect();
    rig.settle().await;
    assert_eq!(rig.net.dials()[1].request.headers["last-event-id"], "7");
}

/// The server is asked for what follows the last id: an event that was parsed, and dropped while
/// it waited for room, would be lost.
#[tokio::test(start_paused = true)]
async fn reconnecting_loses_no_event_that_waits_for_room() {
    let options = Options { mailbox: Limits { events: 1, bytes: 100 }, ..get() };
    let body = "id: 1\ndata: a\n\nid: 2\ndata: b\n\nid: 3\ndata: c\n\n";
    let mut rig = Rig::idle(options, [stream("").pause(secs(1)).chunk(body).hangs()]);
    rig.dial();
    assert_eq!(rig.next().await, "open 200");
    tokio::time::sleep(secs(2)).await;
    rig.control.reconnect();
    rig.settle().await;
    let resumed_after = rig.net.dials()[1].request.headers["last-event-id"].clone();
    rig.control.ask(Demand::Flow);
    let delivered = rig.waiting().await;
    let last = format!("#{}", resumed_after.to_str().unwrap());
    assert!(delivered.last().unwrap().ends_with(&last), "{last} after {delivered:?}");
}

#[tokio::test(start_paused = true)]
async fn an_alarm_rings_once_its_time_has_come() {
    let mut rig = Rig::idle(get(), [stream("data: a\n\n").hangs()]);
    rig.dial();
    assert_eq!(rig.next().await, "open 200");
    rig.control.alarm(3, secs(5));
    rig.control.alarm(4, secs(2));
    assert_eq!(rig.next().await, "alarm 4");
    assert_eq!(rig.now(), secs(2));
    assert_eq!(rig.next().await, "alarm 3", "before the event, which nobody asked for");
    assert_eq!(rig.now(), secs(5));
    rig.control.alarm(5, secs(1));
    rig.control.close();
    rig.stays_quiet().await;
}

#[tokio::test(start_paused = true)]
async fn a_stream_prints_where_it_is() {
    for state in STATES {
        assert_eq!(at(state).await.state(), state);
    }
}
