//! Leases, ends and orders.

use std::time::Duration;

use perennial_sse::log::{End, LogError};
use perennial_sse::relay::{OnDisconnect, Policy};

use super::rig::{POLICY, Rig, ms};

const SECOND: Duration = Duration::from_secs(1);

fn code(rig: &Rig) -> &str {
    match &rig.ended {
        Some(End::Failed(failure)) => &failure.code,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_lease_is_renewed_by_time_and_not_by_frames() {
    let mut rig = Rig::new(POLICY);
    rig.pass(60 * SECOND);
    let times: Vec<u64> = rig.renewed.iter().map(Duration::as_secs).collect();
    assert_eq!(times, [5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60]);
    assert!(!rig.over);
}

#[test]
fn what_waits_is_appended_before_the_end() {
    let mut rig = Rig::new(POLICY);
    rig.frame("a");
    rig.production.frame(b"b", rig.now);
    rig.production.frame(b"c", rig.now);
    rig.production.end(End::Done);
    rig.settle();
    assert_eq!(rig.frames(), ["a", "b", "c"]);
    assert_eq!((rig.ended.clone(), rig.over), (Some(End::Done), true));
    assert_eq!(rig.aborted, None, "its source has ended itself");
    rig.frame("late");
    assert_eq!(rig.frames().len(), 3);
}

#[test]
fn a_stop_aborts_the_source_and_ends_the_run() {
    let mut rig = Rig::new(POLICY);
    rig.frame("a");
    rig.now += ms(5);
    rig.production.stop();
    rig.settle();
    assert_eq!(rig.aborted, Some(ms(5)));
    assert_eq!(rig.ended, Some(End::Stopped));
    // What its source says of it is no news.
    rig.production.end(End::Lost);
    rig.settle();
}

#[test]
fn the_first_end_counts() {
    let mut rig = Rig::new(POLICY);
    rig.production.end(End::Done);
    rig.production.stop();
    rig.production.end(End::Lost);
    rig.settle();
    assert_eq!((rig.ended.clone(), rig.aborted), (Some(End::Done), None));
}

#[test]
fn a_silent_source_ends_if_it_has_no_clock_of_its_own() {
    let mut rig = Rig::new(Policy { idle: Some(10 * SECOND), ..POLICY });
    rig.pass(9 * SECOND);
    rig.frame("x");
    rig.pass(9 * SECOND);
    assert_eq!(rig.ended, None);
    rig.pass(SECOND);
    assert_eq!((code(&rig), rig.aborted), ("ERR_SSE_TIMEOUT", Some(19 * SECOND)));
}

#[test]
fn a_run_that_is_too_large_ends_with_what_fits() {
    let mut rig = Rig::new(Policy { max_bytes: 5, ..POLICY });
    for _ in 0..6 {
        rig.frame("xx");
    }
    rig.settle();
    assert_eq!((code(&rig), rig.frames().len()), ("ERR_SSE_SIZE", 2));
    assert!(rig.aborted.is_some());
}

#[test]
fn a_fenced_producer_aborts_its_source_and_says_nothing_more() {
    for renewing in [false, true] {
        let mut rig = Rig::new(POLICY);
        rig.refusal = Some(LogError::Fenced);
        if renewing {
            rig.pass(5 * SECOND);
        } else {
            rig.frame("x");
        }
        assert!(rig.over && rig.aborted.is_some(), "{renewing}");
        assert_eq!(rig.ended, None);
        rig.production.end(End::Done);
        rig.settle();
        assert_eq!(rig.ended, None, "the run is another's");
    }
}

#[test]
fn a_log_that_is_away_fails_the_run() {
    let mut rig = Rig::new(POLICY);
    rig.refusal = Some(LogError::Away("it is restarting".to_owned()));
    rig.frame("x");
    assert_eq!(code(&rig), "ERR_SSE_LOG");
    assert!(rig.aborted.is_some());
}

#[test]
fn leaving_stops_a_run_only_if_it_is_told_to() {
    let policies = [
        (OnDisconnect::Continue, None),
        (OnDisconnect::Abort, Some(30)),
        (OnDisconnect::Grace(10 * SECOND), Some(40)),
    ];
    for (on_disconnect, stopped) in policies {
        let mut rig = Rig::new(Policy { on_disconnect, ..POLICY });
        rig.pass(5 * SECOND);
        rig.production.readers(1, true, rig.now);
        rig.pass(5 * SECOND);
        // Gone for less than the grace, and back; abort has none.
        if on_disconnect != OnDisconnect::Abort {
            rig.production.readers(0, true, rig.now);
        }
        rig.pass(9 * SECOND);
        rig.production.readers(2, true, rig.now);
        rig.pass(11 * SECOND);
        rig.production.readers(0, true, rig.now);
        rig.pass(60 * SECOND);
        assert_eq!(rig.aborted.map(|at| at.as_secs()), stopped, "{on_disconnect:?}");
        assert_eq!(rig.ended, stopped.map(|_| End::Stopped));
    }
}

#[test]
fn a_reader_that_was_gone_before_it_was_looked_for_has_left() {
    let mut rig = Rig::new(Policy { on_disconnect: OnDisconnect::Abort, ..POLICY });
    rig.pass(ms(10));
    rig.production.readers(0, true, rig.now);
    rig.settle();
    assert_eq!(rig.ended, Some(End::Stopped));
}

#[test]
fn a_run_that_nobody_ever_read_has_its_grace_too() {
    let mut rig = Rig::new(Policy { on_disconnect: OnDisconnect::Grace(10 * SECOND), ..POLICY });
    rig.pass(11 * SECOND);
    assert_eq!(rig.ended, Some(End::Stopped));
    let mut rig = Rig::new(Policy { on_disconnect: OnDisconnect::Abort, ..POLICY });
    rig.pass(60 * SECOND);
    assert_eq!(rig.ended, None, "its first reader may be on its way");
}
