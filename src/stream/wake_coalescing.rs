//! Fewer wake-ups under load: many small reads are gathered before a thread is woken for them.
//!
//! With a thousand streams that bring an event now and then, most of the work is waking: the I/O
//! thread for each read, and JavaScript for each notification. Above some thousand small reads a second the
//! I/O thread therefore keeps a beat: it rests until the clock's next full millisecond before it looks
//! for more, and notifies once for all that it found. Below that rate nothing is ever held back, and
//! large reads never count.
//!
//! At the beat Node's timers are due, too. An event loop counts in whole milliseconds: woken between
//! two, it is late for its timers by as much, and by up to one more when nothing wakes it. With a
//! thousand streams (`npm run bench -- --rows many`) that took the 99th percentile of its delay from
//! 0.53 to 0.28 ms.

use std::cell::RefCell;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crate::delivery::Notifier;

/// A read of at least so many bytes is worth a wake-up of its own.
const SMALL: usize = 4 * 1024;
/// How often the rate is looked at.
const WINDOW: Duration = Duration::from_millis(10);
/// Small reads in a window from which on they are gathered: 4,000 a second.
const BUSY: u32 = 40;
/// From one beat to the next. At 500 µs a thousand streams cost a tenth more.
const BEAT: Duration = Duration::from_millis(1);
/// So near to the next beat a wake-up waits for it. Right behind a beat it does not: what was read then
/// has waited for that one.
const NEAR: Duration = Duration::from_micros(700);
/// How long a wake-up may wait while the thread does not come to rest.
const PATIENCE: Duration = Duration::from_micros(500);
/// How many reads there are between two looks at that: a few microseconds each.
const LOOK: u32 = 16;

/// Tells when there are so many small reads that they are gathered.
#[derive(Debug, Default)]
struct Gauge {
    since: Option<Instant>,
    small: u32,
    gathering: bool,
}

impl Gauge {
    fn read(&mut self, bytes: usize) {
        if bytes < SMALL {
            self.small = self.small.saturating_add(1);
        }
    }

    /// Whether to gather from `now` on.
    fn look(&mut self, now: Instant) -> bool {
        let window = now - *self.since.get_or_insert(now);
        if window >= WINDOW {
            // One that took longer, because there was nothing to do, must have had more in it.
            self.gathering = WINDOW * self.small >= window * BUSY;
            (self.since, self.small) = (Some(now), 0);
        }
        self.gathering
    }
}

/// What one I/O thread holds back.
#[derive(Default)]
struct Coalescer {
    gauge: Gauge,
    held: Vec<Arc<dyn Notifier>>,
    held_since: Option<Instant>,
    /// Reads so far.
    reads: u32,
}

impl Coalescer {
    fn take_held(&mut self) -> Vec<Arc<dyn Notifier>> {
        self.held_since = None;
        std::mem::take(&mut self.held)
    }
}

thread_local! {
    static COALESCER: RefCell<Coalescer> = RefCell::default();
}

/// Counts a read on this thread.
pub fn read(bytes: usize) {
    let late = COALESCER.with_borrow_mut(|coalescer| {
        coalescer.gauge.read(bytes);
        coalescer.reads = coalescer.reads.wrapping_add(1);
        let looks = coalescer.reads.is_multiple_of(LOOK);
        let late = looks && coalescer.held_since.is_some_and(|since| since.elapsed() > PATIENCE);
        if late { coalescer.take_held() } else { Vec::new() }
    });
    for notifier in late {
        notifier.notify();
    }
}

/// Notifies now, or with all others once this thread comes to rest.
pub fn notify(notifier: &Arc<dyn Notifier>) {
    let held = COALESCER.with_borrow_mut(|coalescer| {
        if coalescer.gauge.gathering {
            coalescer.held_since.get_or_insert_with(Instant::now);
            coalescer.held.push(Arc::clone(notifier));
        }
        coalescer.gauge.gathering
    });
    if !held {
        notifier.notify();
    }
}

/// This thread has nothing to do; called by its runtime before it waits for more. A runtime that never calls
/// it never gathers.
pub fn rest() {
    let (held, gathering) = COALESCER
        .with_borrow_mut(|coalescer| (coalescer.take_held(), coalescer.gauge.look(Instant::now())));
    let beat = if gathering { until_beat() } else { Duration::ZERO };
    if beat < NEAR {
        thread::sleep(beat);
    }
    for notifier in held {
        notifier.notify();
    }
    if beat >= NEAR {
        thread::sleep(beat);
    }
}

/// This thread goes on with a stream that always has more to read; called between its turns, since it may never
/// come to rest. What was found in others meanwhile must not wait for that.
pub fn turn() {
    let held = COALESCER.with_borrow_mut(|coalescer| {
        // It may only end here: what is gathered waits for a rest.
        if coalescer.gauge.gathering {
            coalescer.gauge.look(Instant::now());
        }
        coalescer.take_held()
    });
    for notifier in held {
        notifier.notify();
    }
}

/// The time until the next beat: on Unix of the clock that Node's timers go by, elsewhere of none.
#[cfg(unix)]
fn until_beat() -> Duration {
    use rustix::time::{ClockId, clock_gettime};
    let nanos = clock_gettime(ClockId::Monotonic).tv_nsec;
    let past = Duration::from_nanos(u64::try_from(nanos).unwrap_or(0) % 1_000_000);
    BEAT.saturating_sub(past)
}

#[cfg(not(unix))]
fn until_beat() -> Duration {
    BEAT
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::{Duration, Gauge, Instant, Notifier, SMALL, notify, read, rest, turn};

    /// Whether it gathers after two windows with so many reads of this size each.
    fn gathers(reads: u32, bytes: usize, window: u64) -> bool {
        let mut gauge = Gauge::default();
        let began = Instant::now();
        gauge.look(began);
        for round in 1..=2 {
            (0..reads).for_each(|_| gauge.read(bytes));
            gauge.look(began + Duration::from_millis(window * round));
        }
        gauge.gathering
    }

    #[test]
    fn many_small_reads_are_gathered() {
        assert!(gathers(40, 300, 10));
        assert!(!gathers(39, 300, 10));
    }

    #[test]
    fn a_rate_is_a_rate_however_long_it_took() {
        assert!(gathers(400, 300, 100));
        assert!(!gathers(399, 300, 100));
        assert!(!gathers(1, 300, 1_000));
    }

    #[test]
    fn large_reads_never_are() {
        assert!(!gathers(10_000, SMALL, 10));
    }

    #[test]
    fn it_ends_with_the_load() {
        let mut gauge = Gauge::default();
        let began = Instant::now();
        gauge.look(began);
        (0..100).for_each(|_| gauge.read(1));
        assert!(gauge.look(began + Duration::from_millis(10)));
        assert!(gauge.look(began + Duration::from_millis(15)), "until the window is over");
        assert!(!gauge.look(began + Duration::from_millis(20)));
    }

    /// So many that they were many, however long they took.
    fn gather() {
        rest();
        (0..100_000).for_each(|_| read(1));
        std::thread::sleep(super::WINDOW);
        rest();
    }

    #[test]
    fn what_is_held_waits_for_no_more_than_the_turn_of_another_stream() {
        let told = Arc::new(AtomicU32::new(0));
        let counter = Arc::clone(&told);
        let notifier: Arc<dyn Notifier> =
            Arc::new(move || _ = counter.fetch_add(1, Ordering::Relaxed));
        gather();
        notify(&notifier);
        assert_eq!(told.load(Ordering::Relaxed), 0, "it is held");
        turn();
        assert_eq!(told.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn it_ends_with_the_load_although_the_thread_never_rests() {
        let told = Arc::new(AtomicU32::new(0));
        let counter = Arc::clone(&told);
        let notifier: Arc<dyn Notifier> =
            Arc::new(move || _ = counter.fetch_add(1, Ordering::Relaxed));
        gather();
        std::thread::sleep(super::WINDOW);
        turn();
        notify(&notifier);
        assert_eq!(told.load(Ordering::Relaxed), 1);
    }
}
