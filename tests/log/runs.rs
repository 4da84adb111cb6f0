//! Names of runs, waiting, and stopping.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Wake, Waker};
use std::time::Duration;

use perennial_sse::log::{
    Claim, End, Entry, Generation, Key, Kind, Log, MemoryLog, Position, Restart, Tail, Token,
};

use super::model::{bounds, now};

#[derive(Default)]
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

fn counted() -> (Arc<Count>, Waker) {
    let count = Arc::<Count>::default();
    (Arc::clone(&count), Waker::from(count))
}

fn entry(frames: usize) -> Entry {
    let mut entry = Entry::new(Kind::Frames);
    for _ in 0..frames {
        entry.push(b"data: x\n\n");
    }
    entry
}

#[test]
fn no_text_of_an_id_reaches_into_another_name() {
    let names = [
        Key::run(None, "a"),
        Key::run(Some("a"), ""),
        Key::run(Some(""), "a"),
        Key::run(None, "\u{1}a"),
        Key::run(Some("a"), "b"),
        Key::run(Some("ab"), ""),
        Key::run(Some("a\0"), "b"),
        Key::run(Some("a"), "\0b"),
        Key::run(Some("a:b"), "c"),
        Key::run(Some("a"), "b:c"),
        Key::channel("a"),
        Key::channel("r"),
    ];
    for (at, name) in names.iter().enumerate() {
        for other in &names[at + 1..] {
            assert_ne!(name, other);
        }
    }
}

#[test]
fn readers_are_woken_once_by_what_comes_behind_them() {
    let tail = Tail::new(Generation::new(1));
    let (woken, waker) = counted();
    let count = || woken.0.load(Ordering::SeqCst);
    assert!(tail.wait(Position::default(), 0, &waker), "nothing has come");
    tail.append(entry(2));
    tail.append(entry(1));
    assert_eq!(count(), 1);
    assert!(!tail.wait(Position { seq: 1, index: 1 }, 0, &waker), "a frame of the first is left");
    assert!(!tail.wait(Position { seq: 1, index: 2 }, 0, &waker), "the second is left");
    assert!(tail.wait(Position { seq: 2, index: 1 }, 0, &waker));
    tail.count_reader(true);
    tail.stop();
    assert_eq!(count(), 1, "neither concerns a reader");
    tail.finish(End::Done);
    assert_eq!(count(), 2);
    assert!(!tail.wait(Position { seq: 2, index: 1 }, 0, &waker), "the end is there");
}

#[test]
fn a_notice_is_told_to_those_who_are_there_and_not_kept() {
    let tail = Tail::new(Generation::new(1));
    let (woken, waker) = counted();
    assert!(tail.wait(Position::default(), 0, &waker));
    assert_eq!(tail.read_notice(0), None);
    tail.notice("first");
    tail.notice("second");
    assert_eq!(woken.0.load(Ordering::SeqCst), 1);
    assert!(!tail.wait(Position::default(), 0, &waker), "it has not seen them");
    assert_eq!(tail.read_notice(0), Some((2, "second".into())));
    assert_eq!(tail.read_notice(2), None);
    assert!(tail.wait(Position::default(), 2, &waker));
    // One that wants none is woken, and waits again.
    assert!(tail.wait(Position::default(), u64::MAX, &waker));
    assert_eq!(tail.read(Position::default()).map(|(seq, ..)| seq), None, "it is no entry");
}

#[test]
fn the_producer_is_woken_by_orders_and_readers() {
    let tail = Tail::new(Generation::new(1));
    let (woken, waker) = counted();
    let mut expected = 0;
    for change in [
        &(|| tail.count_reader(true)) as &dyn Fn(),
        &|| tail.count_reader(false),
        &|| _ = tail.stop(),
        &|| tail.finish(End::Stopped),
    ] {
        tail.wake_producer(&waker);
        tail.append(entry(1));
        change();
        expected += 1;
        assert_eq!(woken.0.load(Ordering::SeqCst), expected);
    }
    assert!(tail.stops());
    assert!(!tail.stop(), "it has ended");
    tail.finish(End::Done);
    assert_eq!(tail.end(), Some(End::Stopped), "the first end stays");
}

#[test]
fn a_lease_that_is_over_is_the_loss_of_the_producer() {
    let log = MemoryLog::new(bounds(usize::MAX));
    let key = Key::run(None, "a");
    let claim = |token, restart| Claim {
        generation: Generation::new(token),
        token: Token(token),
        lease: Duration::from_secs(15),
        restart,
    };
    let at = Duration::from_secs;
    let first = now(log.acquire(&key, claim(1, Restart::Never), at(0))).expect("room");
    now(log.append(&key, Token(1), 1, entry(1), at(1))).expect("next");
    let (woken, waker) = counted();
    assert!(first.tail.wait_for_end(&waker));
    log.sweep(at(14));
    assert_eq!(first.tail.end(), None);
    log.sweep(at(15));
    assert_eq!(first.tail.end(), Some(End::Lost));
    assert_eq!(woken.0.load(Ordering::SeqCst), 1);
    assert!(now(log.append(&key, Token(1), 2, entry(1), at(16))).is_err(), "it is fenced");
    // Only who wants it has it again, under another generation.
    let reader = now(log.acquire(&key, claim(2, Restart::Never), at(16))).expect("it");
    assert_eq!(reader.tail.generation(), first.tail.generation());
    let second = now(log.acquire(&key, claim(3, Restart::Lost), at(16))).expect("room");
    assert_ne!(second.tail.generation(), first.tail.generation());
    assert_eq!(second.tail.last(), 0);
}
