//! A channel beside a list of all that was ever published.

use std::sync::Arc;
use std::time::Duration;

use perennial_sse::log::{Bounds, Generation, Key, Log, MemoryBounds, MemoryLog, Publish};

const BOUNDS: Bounds = Bounds { events: 10, bytes: 1000, age: Duration::from_secs(60) };

fn event(text: &str, dedupe_id: Option<&str>, seen: u64, epoch: u64) -> Publish {
    Publish {
        key: None,
        frame: Arc::from(text.as_bytes()),
        dedupe_id: dedupe_id.map(str::to_owned),
        seen,
        epoch: Generation::new(epoch),
    }
}

fn log() -> MemoryLog {
    MemoryLog::new(MemoryBounds { channel: BOUNDS, total: usize::MAX })
}

#[test]
fn what_is_kept_is_replayed_and_what_is_not_is_a_gap() {
    let log = log();
    let key = Key::channel("a");
    let mut chance = fastrand::Rng::with_seed(8);
    let mut published: Vec<(Duration, String)> = Vec::new();
    let mut at = Duration::from_secs(100);
    for step in 0..20_000_u64 {
        at += Duration::from_millis(chance.u64(0..6000));
        if chance.bool() {
            let text = "x".repeat(chance.usize(0..300));
            let publication = log.publish(&key, event(&text, None, 0, 1), at);
            published.push((at, text));
            assert_eq!(publication.offset, published.len() as u64, "step {step}");
            continue;
        }
        // The naive rule: from the newest back, as long as everything fits.
        let mut kept = 0_u64;
        let mut bytes = 0;
        for (when, text) in published.iter().rev() {
            bytes += text.len();
            if kept == BOUNDS.events as u64 || bytes > BOUNDS.bytes || at >= *when + BOUNDS.age {
                break;
            }
            kept += 1;
        }
        let last = published.len() as u64;
        let first = last - kept + 1;
        let offset = chance.u64(0..last + 3);
        let after = chance.bool().then_some((Generation::new(1), offset));
        let replay = log.replay(&key, after, usize::MAX, Generation::new(1), at);
        let known = offset <= last;
        let from = match after {
            Some(_) if known => first.max(offset + 1),
            _ => first,
        };
        let expected: Vec<u64> = (from..=last).collect();
        let offsets: Vec<u64> = replay.frames.iter().map(|frame| frame.offset).collect();
        assert_eq!(offsets, expected, "step {step}: behind {after:?} of {last}");
        for frame in &replay.frames {
            let (_, text) = &published[usize::try_from(frame.offset - 1).expect("small")];
            assert_eq!(&*frame.text, text.as_bytes());
        }
        let gap = after.is_some() && (!known || offset + 1 < first);
        assert_eq!((replay.last, replay.gap), (last, gap));
    }
}

#[test]
fn the_same_event_is_published_once_a_minute() {
    let log = log();
    let key = Key::channel("a");
    let publish = |id, at| {
        let publication = log.publish(&key, event("x", Some(id), 0, 1), Duration::from_secs(at));
        (publication.offset, publication.repeated)
    };
    assert_eq!(publish("a", 0), (1, false));
    assert_eq!(publish("b", 1), (2, false));
    assert_eq!(publish("a", 59), (1, true));
    assert_eq!(publish("a", 60), (3, false), "it is forgotten");
    assert_eq!(publish("b", 60), (2, true));
}

#[test]
fn a_log_that_is_behind_its_readers_begins_a_new_epoch() {
    let log = log();
    let key = Key::channel("a");
    let at = Duration::from_secs(1);
    for _ in 0..3 {
        log.publish(&key, event("x", None, 0, 1), at);
    }
    let publication = log.publish(&key, event("y", None, 3, 2), at);
    assert_eq!((publication.offset, publication.epoch), (4, Generation::new(1)));
    // A process has seen what this log does not know of.
    let publication = log.publish(&key, event("z", None, 7, 3), at);
    assert_eq!((publication.offset, publication.epoch), (1, Generation::new(3)));
    let replay =
        log.replay(&key, Some((Generation::new(1), 4)), usize::MAX, Generation::new(9), at);
    assert!(replay.gap);
    assert_eq!(replay.frames.len(), 1);
}

#[test]
fn a_quiet_channel_keeps_its_offsets() {
    let log = log();
    let key = Key::channel("a");
    let day = Duration::from_secs(24 * 60 * 60);
    log.publish(&key, event("x", None, 0, 1), Duration::ZERO);
    log.sweep(day * 29);
    let after = Some((Generation::new(1), 1));
    let replay = log.replay(&key, after, usize::MAX, Generation::new(2), day * 29);
    assert_eq!((replay.last, replay.gap), (1, false), "nothing was missed");
    log.sweep(day * 60);
    let replay = log.replay(&key, after, usize::MAX, Generation::new(2), day * 60);
    assert_eq!((replay.epoch, replay.gap), (Generation::new(2), true));
}

#[test]
fn many_channels_take_no_more_than_all_together_may() {
    const TOTAL: usize = 1_000_000;
    let log = MemoryLog::new(MemoryBounds { channel: BOUNDS, total: TOTAL });
    let mut chance = fastrand::Rng::with_seed(4);
    let mut last = vec![0_u64; 20_000];
    for step in 0..200_000 {
        let number = chance.usize(0..last.len());
        let key = Key::channel(&format!("user:{number}"));
        let at = Duration::from_millis(step);
        let text = "x".repeat(chance.usize(0..100));
        let publication = log.publish(&key, event(&text, None, last[number], step), at);
        last[number] = publication.offset;
        assert!(log.bytes() <= TOTAL, "{} at step {step}", log.bytes());
    }
    assert!(log.bytes() > TOTAL / 2, "{} are kept", log.bytes());
    // The newest of all is there, and a place behind it is no gap.
    let key = Key::channel("the last");
    let at = Duration::from_secs(200);
    log.publish(&key, event("z", None, 0, 9), at);
    let after = Some((Generation::new(9), 0));
    let replay = log.replay(&key, after, usize::MAX, Generation::new(9), at);
    assert_eq!((replay.frames.len(), replay.gap), (1, false));
    log.sweep(at + BOUNDS.age);
    assert!(log.bytes() < 20_000 * 400 + 1000, "no event is left");
    log.sweep(Duration::from_secs(32 * 24 * 60 * 60));
    assert_eq!(log.bytes(), 0, "and then no channel");
}
