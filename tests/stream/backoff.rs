//! When the next attempt comes, to the millisecond.

use perennial_sse::error::Kind;
use perennial_sse::reconnect::{Backoff, Jitter, Policy};
use perennial_sse::stream::Options;

use super::rig::{Rig, get, ms, post, secs};
use super::scripted::{Dial, refused, status, stream};

fn with_retry(change: impl FnOnce(&mut Policy)) -> Options {
    let mut options = get();
    change(&mut options.retry);
    options
}

/// When each dial of a stream came that ends with a 204.
async fn times(options: Options, script: impl IntoIterator<Item = Dial>) -> Vec<u128> {
    let mut rig = Rig::start(options, script.into_iter().chain([status(204)]));
    assert_eq!(rig.transcript().await.pop().unwrap(), "close no-content");
    rig.net.times()
}

fn refusals(count: usize) -> impl Iterator<Item = Dial> {
    std::iter::repeat_with(refused).take(count)
}

#[tokio::test(start_paused = true)]
async fn delays_double_up_to_the_cap() {
    let seconds: Vec<u128> =
        times(get(), refusals(8)).await.iter().map(|time| time / 1000).collect();
    assert_eq!(seconds, [0, 1, 3, 7, 15, 31, 61, 91, 121]);
}

#[tokio::test(start_paused = true)]
async fn a_delay_begins_when_the_attempt_ends() {
    let slow = refused().after(secs(10));
    assert_eq!(times(get(), [slow, refused()]).await, [0, 11_000, 13_000]);
}

#[tokio::test(start_paused = true)]
async fn a_clean_end_waits_like_a_failure() {
    let script = [stream(": a\n\n"), stream(""), stream("").pause(secs(5))];
    assert_eq!(times(get(), script).await, [0, 1_000, 3_000, 12_000]);
}

#[tokio::test(start_paused = true)]
async fn what_the_server_says_replaces_the_base() {
    let script = [stream("retry: 5000\n\n"), refused(), refused(), refused()];
    assert_eq!(times(get(), script).await, [0, 5_000, 15_000, 35_000, 65_000]);
}

#[tokio::test(start_paused = true)]
async fn it_counts_even_if_its_connection_breaks_at_once() {
    let script = [stream("retry: 4000\n").breaks(Kind::Reset), refused()];
    assert_eq!(times(get(), script).await, [0, 4_000, 12_000]);
}

#[tokio::test(start_paused = true)]
async fn the_server_can_neither_hurry_nor_silence_its_clients() {
    assert_eq!(times(get(), [stream("retry: 0\n\n"), refused()]).await, [0, 100, 300]);
    let never = stream("retry: 99999999999999999999999\n\n");
    assert_eq!(times(get(), [never, refused()]).await, [0, 3_600_000, 7_200_000]);
    for odd in ["retry: -1\n\n", "retry: soon\n\n", "retry:\n\n", "retry: 1.5\n\n"] {
        assert_eq!(times(get(), [stream(odd)]).await, [0, 1_000], "{odd}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_stable_connection_starts_the_delays_anew() {
    let lasting = |time| stream("").pause(time).breaks(Kind::Reset);
    let script = [refused(), refused(), lasting(secs(60)), refused()];
    assert_eq!(times(get(), script).await, [0, 1_000, 3_000, 64_000, 66_000]);
    // A millisecond less, and it counts with those before it.
    let script = [refused(), refused(), lasting(ms(59_999)), refused()];
    assert_eq!(times(get(), script).await, [0, 1_000, 3_000, 66_999, 74_999]);
}

#[tokio::test(start_paused = true)]
async fn accepting_and_closing_is_not_stable() {
    let closing = std::iter::repeat_with(|| stream(": a\n\n")).take(6);
    assert_eq!(times(get(), closing).await, [0, 1_000, 3_000, 7_000, 15_000, 31_000, 61_000]);
}

/// A server may answer each request with one event, and say when to ask again.
#[tokio::test(start_paused = true)]
async fn a_server_that_ends_after_each_event_is_asked_after_its_own_time() {
    let with_ids = (1..=5).map(|id| stream(&format!("id: {id}\nretry: 2000\ndata: a\n\n")));
    assert_eq!(times(get(), with_ids).await, [0, 2_000, 4_000, 6_000, 8_000, 10_000]);
    let without = (1..=5).map(|_| stream("retry: 2000\ndata: a\n\n"));
    assert_eq!(times(get(), without).await, [0, 2_000, 4_000, 6_000, 8_000, 10_000]);
    // From 1 on each connection, with new data.
    let anew = (1..=5).map(|n| stream(&format!("id: 1\nretry: 2000\ndata: {n}\n\n")));
    assert_eq!(times(get(), anew).await, [0, 2_000, 4_000, 6_000, 8_000, 10_000]);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_crashes_after_its_greeting_meets_growing_waits() {
    let mut options = get();
    options.timeouts.event_ignore = vec!["connected".into()];
    let growing = [0, 1_000, 3_000, 7_000, 15_000, 31_000];
    for greeting in ["event: connected\ndata: a\n\n", "id: 1\nevent: connected\ndata: a\n\n"] {
        for breaks in [true, false] {
            let crash =
                || if breaks { stream(greeting).breaks(Kind::Reset) } else { stream(greeting) };
            let script = std::iter::repeat_with(crash).take(5);
            assert_eq!(times(options.clone(), script).await, growing, "{greeting}");
        }
    }
    // No greeting, but the same each time: the first connection alone was progress.
    let replay = || stream("id: 1\ndata: a\n\n").breaks(Kind::Reset);
    assert_eq!(times(get(), std::iter::repeat_with(replay).take(5)).await, growing);
    let nameless = || stream("data: a\n\n").breaks(Kind::Reset);
    assert_eq!(times(get(), std::iter::repeat_with(nameless).take(5)).await, growing);
}

#[tokio::test(start_paused = true)]
async fn each_connection_that_brings_a_new_id_ends_the_outage() {
    let mut options = get();
    options.retry.attempts = Some(2);
    let lost = |id: u32| stream(&format!("id: {id}\ndata: a\n\n")).breaks(Kind::Reset);
    let script = [lost(1), refused(), lost(2), refused(), lost(3), lost(4)];
    assert_eq!(times(options, script).await, [0, 1_000, 3_000, 4_000, 6_000, 7_000, 8_000]);
}

/// A stream that was reconnected by hand was not connected in the meantime.
#[tokio::test(start_paused = true)]
async fn time_without_a_connection_is_not_stable() {
    let script =
        [refused(), refused(), stream("").hangs(), refused().after(secs(100)), status(204)];
    let mut rig = Rig::start(get(), script);
    while rig.next().await != "open 200" {}
    rig.control.reconnect();
    assert_eq!(rig.next().await, "retry 3 in 4000 ERR_SSE_CONNECT");
}

#[tokio::test(start_paused = true)]
async fn elapsed_time_runs_out() {
    let options = with_retry(|retry| retry.elapsed = Some(secs(5)));
    let mut rig = Rig::start(options, refusals(9));
    let expected = [
        "retry 1 in 1000 ERR_SSE_CONNECT",
        "retry 2 in 2000 ERR_SSE_CONNECT",
        "close error ERR_SSE_CONNECT",
    ];
    assert_eq!(rig.transcript().await, expected);
    assert_eq!(rig.now(), secs(3), "the next wait would end at 7 s");
}

#[tokio::test(start_paused = true)]
async fn recovery_begins_a_new_round() {
    let options = with_retry(|retry| {
        retry.attempts = Some(2);
        retry.recover_after = Some(secs(300));
    });
    let mut rig = Rig::start(options, refusals(9));
    assert_eq!(rig.next().await, "retry 1 in 1000 ERR_SSE_CONNECT");
    assert_eq!(rig.next().await, "retry 2 in 2000 ERR_SSE_CONNECT");
    let recovery = rig.notice().await;
    assert_eq!((&recovery["recovery"], &recovery["attempt"]), (&true.into(), &0.into()));
    let delay = recovery["delay"].as_u64().unwrap();
    assert_eq!(delay, 300_000, "exactly as told");
    assert_eq!(rig.next().await, "retry 1 in 1000 ERR_SSE_CONNECT");
    let waited = rig.net.times()[3] - rig.net.times()[2];
    assert!(waited.abs_diff(u128::from(delay)) <= 1, "{waited} for {delay}");
}

#[tokio::test(start_paused = true)]
async fn jitter_spreads_within_its_range_and_repeats_with_its_seed() {
    let jittered = |seed| async move {
        let mut options = get();
        options.retry.backoff = Backoff { jitter: Jitter::Equal, ..options.retry.backoff };
        let mut rig = Rig::seeded(options, refusals(6).chain([status(204)]), seed);
        rig.dial();
        rig.transcript().await;
        rig.net.times()
    };
    let times = jittered(1).await;
    for (wait, full) in times.windows(2).zip([1_000, 2_000, 4_000, 8_000, 16_000, 30_000]) {
        let wait = wait[1] - wait[0];
        assert!((full / 2..=full).contains(&wait), "{wait} of {full}");
    }
    assert_eq!(times, jittered(1).await);
    assert_ne!(times, jittered(2).await);
}

#[tokio::test(start_paused = true)]
async fn the_notice_says_what_the_engine_does() {
    let mut rig = Rig::start(post(), [refused(), refused(), status(204)]);
    for (attempt, delay) in [(1, 1_000), (2, 2_000)] {
        let notice = rig.notice().await;
        assert_eq!(notice["attempt"], attempt);
        assert_eq!(notice["delay"], delay);
        assert_eq!(notice["maxAttempts"], 2);
        assert_eq!(rig.state(), format!("waiting ({delay} ms)"));
        assert_eq!(rig.control.stats().delay, Some(delay));
    }
}

#[tokio::test(start_paused = true)]
async fn resetting_retries_starts_the_delays_anew() {
    let mut rig = Rig::start(get(), refusals(9));
    for _ in 0..3 {
        rig.next().await;
    }
    rig.control.reset_retries();
    assert_eq!(rig.control.stats().attempt, 0);
    assert_eq!(rig.next().await, "retry 1 in 1000 ERR_SSE_CONNECT");
    assert_eq!(rig.next().await, "retry 2 in 2000 ERR_SSE_CONNECT");
    assert_eq!(rig.net.times(), [0, 1_000, 3_000, 7_000, 8_000], "a wait goes on as begun");
}

#[tokio::test(start_paused = true)]
async fn resetting_retries_gives_the_attempts_back() {
    let mut rig = Rig::start(post(), refusals(9));
    rig.next().await;
    rig.next().await;
    rig.control.reset_retries();
    let expected = [
        "retry 1 in 1000 ERR_SSE_CONNECT",
        "retry 2 in 2000 ERR_SSE_CONNECT",
        "close error ERR_SSE_CONNECT",
    ];
    assert_eq!(rig.transcript().await, expected);
}
