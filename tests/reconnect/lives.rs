//! Whole lives of streams: what is counted from one attempt to the next.

use std::time::Duration;

use perennial_sse::reconnect::{
    Backoff, Cause, Ending, History, Jitter, Novelty, Policy, Progress, Step, Wait,
};

use super::policies;
use super::rig::{GET, HALF, POST, busy, delay_of, ms, secs, status, step};

#[test]
fn retryable_statuses_are_data() {
    for code in 100..=599 {
        let refusals: &[u16] = &[408, 425, 429];
        let passing: &[u16] = &[408, 409, 425, 429, 500, 502, 503, 504];
        for (policy, facts, statuses) in
            [(policies::subscribe(), GET, passing), (policies::request(), POST, refusals)]
        {
            let retryable = statuses.contains(&code);
            let next = step(&policy, &History::default(), &status(code), facts, ms(0), HALF);
            assert_eq!(matches!(next, Step::Retry { .. }), retryable, "{code} {facts:?}");
        }
    }
    let chat = policies::transient().with(409..=409).with(500..=599);
    assert!([409, 501, 529, 599].into_iter().all(|code| chat.contains(code)));
    assert!([400, 404, 499, 600].into_iter().all(|code| !chat.contains(code)));
}

#[test]
fn a_strict_event_source_fails_on_every_status_and_never_waits_less_than_told() {
    let policy = policies::event_source();
    for code in 201..=599 {
        let next = step(&policy, &History::default(), &status(code), GET, ms(0), HALF);
        assert_eq!(next, Step::Fail(Cause::Final), "{code}");
    }
    for told in [ms(100), secs(3), secs(30), secs(40), secs(3600)] {
        let mut history = History::default();
        history.tell(&policy, told);
        for ending in [Ending::End, Ending::Lost, Ending::Unsent, Ending::HeadersTimeout] {
            let early = delay_of(step(&policy, &history, &ending, GET, ms(0), 0.0));
            let late = delay_of(step(&policy, &history, &ending, GET, ms(0), 0.999));
            assert!(early >= told, "{told:?}: {early:?}");
            let (least, most) = (told.mul_f64(1.19), told.mul_f64(1.2001));
            assert!((least..=most).contains(&late), "{told:?}: {late:?}");
        }
    }
}

#[test]
fn counters_reset_on_stability_not_on_connect() {
    let policy = Policy { attempts: Some(3), ..policies::subscribe() };
    let mut history = History::default();
    let mut now = ms(0);
    let mut drop_after = |history: &mut History, up: Duration, ending| {
        history.connect(now);
        now += up;
        let next = step(&policy, history, &ending, GET, now, HALF);
        history.follow(&policy, &ending, &next, now);
        next
    };
    for (up, ending, expected) in [
        (secs(1), Ending::Lost, 1),
        (ms(59_999), Ending::End, 2),
        (secs(60), Ending::Lost, 1),
        (secs(0), Ending::End, 2),
        (secs(0), Ending::End, 3),
        (secs(3600), Ending::End, 1),
        (secs(0), Ending::Lost, 2),
        (secs(0), Ending::Lost, 3),
    ] {
        let next = drop_after(&mut history, up, ending);
        assert!(
            matches!(next, Step::Retry { attempt, .. } if attempt == expected),
            "up {up:?}: {next:?}"
        );
    }
    let next = drop_after(&mut history, secs(59), Ending::End);
    assert_eq!(next, Step::Fail(Cause::Exhausted));
    history.reset();
    let next = drop_after(&mut history, secs(0), Ending::End);
    assert!(matches!(next, Step::Retry { attempt: 1, .. }));
}

#[test]
fn progress_ends_an_outage_and_greetings_do_not() {
    use Progress::{Event, NewId, None};
    let policy = Policy {
        backoff: Backoff { jitter: Jitter::None, ..policies::subscribe().backoff },
        ..policies::subscribe()
    };
    // What five connections bring, how long each is up, how it ends; and the waits.
    for (progress, up, ending, waits) in [
        (NewId, ms(0), Ending::Lost, [1, 1, 1, 1, 1]),
        (Event, ms(0), Ending::End, [1, 1, 1, 1, 1]),
        (Event, ms(0), Ending::Lost, [1, 2, 4, 8, 16]),
        (Event, secs(3), Ending::Lost, [1, 1, 1, 1, 1]),
        (Event, secs(1), Ending::Lost, [1, 2, 4, 8, 16]),
        (None, ms(0), Ending::End, [1, 2, 4, 8, 16]),
        (None, secs(59), Ending::Lost, [1, 2, 4, 8, 16]),
        (None, secs(60), Ending::Lost, [1, 1, 1, 1, 1]),
    ] {
        let (mut history, mut now) = (History::default(), ms(0));
        for wait in waits {
            history.connect(now);
            history.advance(progress);
            now += up;
            let next = step(&policy, &history, &ending, GET, now, HALF);
            history.follow(&policy, &ending, &next, now);
            assert_eq!(delay_of(next), secs(wait), "{progress:?}, {up:?}, {ending:?}");
            now += delay_of(next);
        }
    }
}

#[test]
fn progress_gives_the_attempts_and_the_time_back() {
    let policy = Policy { attempts: Some(1), elapsed: Some(secs(5)), ..policies::subscribe() };
    let mut history = History::default();
    for now in (0..100).map(secs) {
        history.connect(now);
        history.advance(Progress::NewId);
        let next = step(&policy, &history, &Ending::Lost, GET, now, HALF);
        assert!(matches!(next, Step::Retry { attempt: 1, .. }));
        history.follow(&policy, &Ending::Lost, &next, now);
    }
    let next = step(&policy, &history, &Ending::Unsent, GET, secs(100), HALF);
    assert_eq!(next, Step::Fail(Cause::Exhausted));
}

#[test]
fn what_comes_again_is_no_progress() {
    let mut novelty = Novelty::default();
    let mut connection = |resumed: &str, events: &[(&str, &str)]| {
        novelty.connected(resumed.as_bytes());
        for (id, data) in events {
            let id = (*id != "-").then_some(id.as_bytes());
            novelty.event(id, (None, data.as_bytes()));
        }
        novelty.progress()
    };
    assert_eq!(connection("", &[]), Progress::None);
    assert_eq!(connection("", &[("-", "a")]), Progress::Event);
    assert_eq!(connection("", &[("", "a")]), Progress::Event, "an empty id is none");
    assert_eq!(connection("", &[("1", "a"), ("2", "b")]), Progress::NewId);
    assert_eq!(connection("2", &[("2", "b")]), Progress::None, "what it resumed after");
    assert_eq!(connection("2", &[("1", "a")]), Progress::None, "what came before");
    assert_eq!(connection("1", &[("1", "x")]), Progress::Event, "counted from 1 again, but new");
    assert_eq!(connection("1", &[("1", "x"), ("3", "c")]), Progress::NewId);
    // A server that crashes after the same three events is found out, a little later.
    let crash = [("a", "1"), ("b", "2"), ("c", "3")];
    let brought: Vec<_> = (0..5).map(|_| connection("c", &crash)).collect();
    assert_eq!(brought[3..], [Progress::None; 2]);
}

#[test]
fn recovery_rests_and_begins_a_new_round() {
    let policy =
        Policy { attempts: Some(1), recover_after: Some(secs(100)), ..policies::subscribe() };
    let mut history = History::default();
    for _ in 0..3 {
        let first = step(&policy, &history, &Ending::Unsent, GET, ms(0), HALF);
        assert!(matches!(first, Step::Retry { attempt: 1, wait: Wait::Backoff, .. }));
        history.follow(&policy, &Ending::Unsent, &first, ms(0));
        let rest = step(&policy, &history, &Ending::Unsent, GET, ms(0), HALF);
        let expected = Step::Retry { delay: secs(100), attempt: 0, wait: Wait::Recovery };
        assert_eq!(rest, expected);
        let told = step(&policy, &history, &busy(secs(600)), GET, ms(0), 0.0);
        assert_eq!(delay_of(told), secs(600));
        history.follow(&policy, &Ending::Unsent, &rest, ms(0));
        assert_eq!((history.failures, history.previous), (0, None));
    }
    let only_rests = Policy { attempts: Some(0), ..policy.clone() };
    for ending in [Ending::End, Ending::Lost] {
        let rest = step(&only_rests, &history, &ending, GET, ms(0), HALF);
        assert!(matches!(rest, Step::Retry { attempt: 0, wait: Wait::Recovery, .. }));
    }
    // Only what may be repeated at all is repeated after a rest.
    let fatal = step(&policy, &history, &Ending::Fatal, GET, ms(0), HALF);
    assert_eq!(fatal, Step::Fail(Cause::Final));
}

#[test]
fn an_outage_ends_when_the_next_delay_would_exceed_its_limit() {
    let policy = Policy { elapsed: Some(secs(10)), ..policies::subscribe() };
    let mut history = History::default();
    let unsent = |history: &History, now| step(&policy, history, &Ending::Unsent, GET, now, 0.0);
    let start = secs(500);
    let first = unsent(&history, start);
    history.follow(&policy, &Ending::Unsent, &first, start);
    // The second delay is one second.
    assert_eq!(delay_of(unsent(&history, start + secs(9))), secs(1));
    assert_eq!(unsent(&history, start + ms(9001)), Step::Fail(Cause::Exhausted));

    // Time with a connection does not count, and a stable connection ends the outage.
    let mut shaky = history;
    shaky.connect(start + secs(2));
    assert_eq!(delay_of(unsent(&shaky, start + secs(11))), secs(1));
    let mut stable = history;
    stable.connect(start + secs(2));
    assert_eq!(delay_of(unsent(&stable, start + secs(62))), ms(500));

    let told = step(&policy, &History::default(), &busy(secs(11)), GET, start, 0.0);
    assert_eq!(told, Step::Fail(Cause::Exhausted));
}
