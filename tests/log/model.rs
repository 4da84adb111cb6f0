//! Random lives of a log in memory beside the oracle: appends, reads, cursors, leases, ends and time.

use std::future::Future;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use perennial_sse::log::{
    Bounds, Claim, End, Entry, Failure, Generation, Key, Kind, Log, LogError, MemoryBounds,
    MemoryLog, Position, Restart, Role, Status, Tail, Token,
};

use super::oracle::{Oracle, OracleRun};

const OPERATIONS: usize = 100_000;
const IDS: usize = 12;

/// A log in memory has everything at once.
pub fn now<T>(future: impl Future<Output = T>) -> T {
    let mut future = Box::pin(future);
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("a log in memory waits for nothing"),
    }
}

/// Everything behind a place, frame by frame, and the place behind it.
pub fn read_all(tail: &Tail, mut position: Position) -> (Vec<Vec<u8>>, Position) {
    let mut frames = Vec::new();
    while let Some((seq, entry, skipped)) = tail.read(position) {
        for at in skipped..entry.frames() {
            frames.push(entry.frame(at).expect("a frame that it says it has").to_vec());
        }
        position = Position { seq, index: u32::try_from(entry.frames()).expect("few") };
    }
    (frames, position)
}

pub fn bounds(total: usize) -> MemoryBounds {
    let channel = Bounds { events: 10, bytes: 1000, age: Duration::from_secs(60) };
    MemoryBounds { channel, total }
}

struct Life {
    chance: fastrand::Rng,
    log: MemoryLog,
    oracle: Oracle,
    now: u64,
    tokens: u64,
}

impl Life {
    fn at(&self) -> Duration {
        Duration::from_millis(self.now)
    }

    fn key(id: usize) -> Key {
        Key::run(Some("me"), &id.to_string())
    }

    fn acquire(&mut self, id: usize) {
        self.tokens += 1;
        let lease = self.chance.u64(1..5000);
        let restart = if self.chance.bool() { Restart::Lost } else { Restart::Never };
        let claim = Claim {
            generation: Generation::new(self.tokens),
            token: Token(self.tokens),
            lease: Duration::from_millis(lease),
            restart,
        };
        let acquired = now(self.log.acquire(&Self::key(id), claim, self.at())).expect("room");
        let anew = self.oracle.runs.get(&id).is_none_or(|run| match run.ended {
            Some("error") => run.last == 0,
            Some("lost") => run.last == 0 || restart == Restart::Lost,
            _ => false,
        });
        let role = if anew { Role::Producer } else { Role::Reader };
        assert_eq!(acquired.role, role, "{:?}", self.oracle.runs.get(&id));
        if anew {
            let run =
                OracleRun { token: self.tokens, leased: self.now + lease, ..OracleRun::default() };
            self.oracle.runs.insert(id, run);
        }
    }

    /// The producer, or one that has been fenced, or one that counts wrongly.
    fn append(&mut self, id: usize) {
        let Some(run) = self.oracle.runs.get_mut(&id) else { return };
        let fenced = self.chance.u8(0..10) == 0;
        let hole = self.chance.u8(0..10) == 0;
        let token = if fenced { run.token + 1_000_000 } else { run.token };
        let seq = if hole { run.last + self.chance.u64(2..4) } else { run.last + 1 };
        let mut entry = Entry::new(Kind::Frames);
        let mut frames = Vec::new();
        for index in 1..=self.chance.u32(1..4) {
            let frame = self.chance.u64(..).to_string().into_bytes();
            entry.push(&frame);
            frames.push(((seq, index), frame));
        }
        let at = Duration::from_millis(self.now);
        let appended = now(self.log.append(&Self::key(id), Token(token), seq, entry, at));
        let expected = if fenced || run.ended.is_some() {
            Err(LogError::Fenced)
        } else if hole {
            Err(LogError::Hole { expected: run.last + 1 })
        } else {
            Ok(())
        };
        assert_eq!(appended, expected);
        if expected.is_ok() {
            run.frames.extend(frames);
            run.last = seq;
        }
    }

    fn renew_or_finish(&mut self, id: usize) {
        let at = self.at();
        let Some(run) = self.oracle.runs.get_mut(&id) else { return };
        let key = Self::key(id);
        let open = run.ended.is_none();
        if self.chance.bool() {
            let lease = self.chance.u64(1..5000);
            let renewed =
                now(self.log.renew(&key, Token(run.token), Duration::from_millis(lease), at));
            assert_eq!(renewed.is_ok(), open);
            if open {
                run.leased = self.now + lease;
            }
            return;
        }
        let (end, word) = match self.chance.u8(0..3) {
            0 => (End::Done, "done"),
            1 => (End::Failed(Failure::default()), "error"),
            _ => (End::Stopped, "stopped"),
        };
        let retention = self.chance.u64(1..10_000);
        let kept = Duration::from_millis(retention);
        let finished = now(self.log.finish(&key, Token(run.token), end, kept, at));
        assert_eq!(finished.is_ok(), open);
        if open {
            run.ended = Some(word);
            run.expires = Some(self.now + retention);
        }
    }

    /// From a random place, which may be none, everything behind it and nothing else.
    fn read(&mut self, id: usize) {
        let tail = now(self.log.tail(&Self::key(id), self.at())).expect("in memory");
        let Some(tail) = tail else {
            assert!(!self.oracle.runs.contains_key(&id));
            return;
        };
        let run = &self.oracle.runs[&id];
        let after = match self.chance.u8(0..3) {
            0 => (0, 0),
            1 => (self.chance.u64(0..run.last + 3), self.chance.u32(0..5)),
            _ => self.chance.choice(&run.frames).map_or((0, 0), |(at, _)| *at),
        };
        let position = Position { seq: after.0, index: after.1 };
        let (frames, behind) = read_all(&tail, position);
        let expected = self.oracle.behind(id, after);
        assert_eq!(frames, expected, "behind {after:?}");
        let all = (behind.seq.max(after.0), 0) >= (run.last, 0);
        assert!(all);
        assert_eq!(tail.is_behind(behind), run.ended.is_some());
        let head = now(self.log.head(&Self::key(id), self.at())).expect("in memory").expect("it");
        assert_eq!((head.last, head.status.name()), (run.last, run.ended.unwrap_or("open")));
    }

    fn step(&mut self) {
        let id = self.chance.usize(0..IDS);
        match self.chance.u8(0..20) {
            0..=2 => self.acquire(id),
            3..=9 => self.append(id),
            10..=11 => self.renew_or_finish(id),
            12..=17 => self.read(id),
            _ => {
                self.now += self.chance.u64(0..2000);
                self.log.sweep(self.at());
                self.oracle.turn(self.now);
            }
        }
    }
}

#[test]
fn random_lives_of_a_log_are_those_of_the_oracle() {
    let mut life = Life {
        chance: fastrand::Rng::with_seed(14),
        log: MemoryLog::new(bounds(usize::MAX)),
        oracle: Oracle::default(),
        now: 1_000_000,
        tokens: 0,
    };
    for _ in 0..OPERATIONS {
        life.step();
    }
    assert_eq!(now(life.log.head(&Life::key(IDS), life.at())), Ok(None));
}

#[test]
fn bytes_are_counted_down_to_nothing() {
    let log = MemoryLog::new(bounds(usize::MAX));
    let mut chance = fastrand::Rng::with_seed(2);
    for id in 0..200 {
        let key = Key::run(None, &format!("{id}"));
        let lease = Duration::from_secs(1);
        let claim = Claim {
            generation: Generation::new(id),
            token: Token(id),
            lease,
            restart: Restart::Never,
        };
        now(log.acquire(&key, claim, Duration::ZERO)).expect("room");
        for seq in 1..=chance.u64(1..20) {
            let mut entry = Entry::new(Kind::Raw);
            entry.push(&vec![b'x'; chance.usize(0..5000)]);
            now(log.append(&key, Token(id), seq, entry, Duration::ZERO)).expect("next");
        }
        // Some are never finished: their lease ends.
        if id % 3 > 0 {
            now(log.finish(&key, Token(id), End::Done, lease, Duration::ZERO)).expect("ours");
        }
    }
    assert!(log.bytes() > 200_000);
    log.sweep(Duration::from_secs(2));
    log.sweep(Duration::from_secs(2 + 600));
    assert_eq!(log.bytes(), 0);
}

#[test]
fn a_full_log_lets_the_oldest_go_and_then_refuses() {
    let log = MemoryLog::new(bounds(10_000));
    let lease = Duration::from_secs(60);
    let claim = |id| Claim {
        generation: Generation::new(id),
        token: Token(id),
        lease,
        restart: Restart::Never,
    };
    let key = |id: u64| Key::run(None, &format!("{id}"));
    let fill = |id: u64, ends: bool| {
        let acquired = now(log.acquire(&key(id), claim(id), Duration::from_secs(id)))?;
        assert_eq!(acquired.role, Role::Producer);
        let mut entry = Entry::new(Kind::Raw);
        entry.push(&[b'x'; 4000]);
        now(log.append(&key(id), Token(id), 1, entry, Duration::ZERO))?;
        if ends {
            now(log.finish(&key(id), Token(id), End::Done, lease, Duration::from_secs(id)))?;
        }
        Ok::<(), LogError>(())
    };
    for id in 1..=3 {
        assert_eq!(fill(id, true), Ok(()));
    }
    let status = |id| {
        now(log.head(&key(id), Duration::from_secs(10))).expect("in memory").map(|head| head.status)
    };
    // The fourth needs room: the first goes.
    assert_eq!(fill(4, false), Ok(()));
    assert_eq!([status(1), status(2)], [None, Some(Status::Done)]);
    assert_eq!(fill(5, false), Ok(()));
    assert_eq!(fill(6, false), Ok(()));
    // Open ones stay, and leave no room.
    assert_eq!(fill(7, false), Err(LogError::Full));
    assert_eq!([status(4), status(5), status(6)], [Some(Status::Open); 3]);
    assert_eq!(
        now(log.finish(&key(4), Token(4), End::Stopped, lease, Duration::from_secs(7))),
        Ok(())
    );
    assert_eq!(fill(8, false), Ok(()));
}

#[test]
fn a_reader_keeps_what_it_reads_when_its_run_goes() {
    let log = MemoryLog::new(bounds(usize::MAX));
    let key = Key::run(None, "a");
    let claim = Claim {
        generation: Generation::new(1),
        token: Token(1),
        lease: Duration::from_secs(1),
        restart: Restart::Never,
    };
    let tail: Arc<Tail> = now(log.acquire(&key, claim, Duration::ZERO)).expect("room").tail;
    let mut entry = Entry::new(Kind::Frames);
    entry.push(b"data: a\n\n");
    now(log.append(&key, Token(1), 1, entry, Duration::ZERO)).expect("next");
    now(log.finish(&key, Token(1), End::Done, Duration::from_millis(1), Duration::ZERO))
        .expect("ours");
    assert_eq!(now(log.tail(&key, Duration::from_secs(1))).map(|tail| tail.is_none()), Ok(true));
    assert_eq!(read_all(&tail, Position::default()).0, [b"data: a\n\n"]);
}
