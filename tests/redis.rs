//! What rings, read as it was written, and whatever else may come.

use perennial_sse::log::Generation;
use perennial_sse::redis::{Heard, LoggedEvent, hear, hear_revoked};
use std::time::Duration;

#[test]
fn an_event_that_rings_is_read_as_it_was_written() {
    let epoch = Generation::new(1);
    let message = format!("{epoch} 7 1700000000000001 proc:12 3 keydata: a b\n\n");
    let event = LoggedEvent {
        offset: 7,
        at: 1_700_000_000_000_001,
        key: Some("key".into()),
        frame: b"data: a b\n\n"[..].into(),
        origin: Some(("proc".into(), 12)),
    };
    assert_eq!(hear(message.as_bytes()), Heard::Event(epoch, event));
}

#[test]
fn what_is_cut_off_or_something_else_is_looked_for() {
    let epoch = Generation::new(1);
    let large = format!("{epoch} 7 1700000000000001 proc:12 ");
    let anew = format!("{epoch} 0 0 - ");
    let longer = format!("{epoch} 7 1 proc:12 99 data");
    for message in [&*large, &anew, &longer, "", " ", "x y z", "\u{0}\u{ff}"] {
        assert_eq!(hear(message.as_bytes()), Heard::Look, "{message}");
    }
    assert_eq!(hear(&[0xff, 0xfe, b' ', 0x80]), Heard::Look);
}

#[test]
fn any_bytes_are_read_without_a_panic() {
    let mut chance = fastrand::Rng::with_seed(16);
    let whole = format!("{} 7 1700000000000001 proc:12 3 keydata\n\n", Generation::new(1));
    for _ in 0..100_000 {
        let mut bytes = whole.clone().into_bytes();
        for _ in 0..chance.usize(0..4) {
            let at = chance.usize(0..bytes.len());
            bytes[at] = chance.u8(..);
        }
        bytes.truncate(chance.usize(0..=bytes.len()));
        // Either is right; what counts is that there is an answer.
        let heard = hear(&bytes);
        assert!(matches!(heard, Heard::Look | Heard::Event(..)));
    }
}

#[test]
fn a_revocation_that_rings_has_user_and_times() {
    let revoked = hear_revoked("revoke 1000 2000 ann of b").expect("one");
    assert_eq!(revoked.user, "ann of b");
    assert_eq!((revoked.at, revoked.until), (Duration::from_secs(1), Duration::from_secs(2)));
    for text in ["", "revoke", "revoke x y z", "revoke 1", "revoke 1 2"] {
        assert_eq!(hear_revoked(text), None, "{text}");
    }
}
