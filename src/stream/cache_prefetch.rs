//! Memory on its way into the processor's caches while its stream waits for its turn.
//!
//! What a thousand streams touch does not fit into the caches: for each event the engine goes through
//! some forty lines of memory that it last saw with the stream's last event, and waits for most of
//! them one after the other. But the I/O thread hears of some twenty streams at once before it serves
//! the first of them. The thread that wakes a stream therefore asks for all that its poll is going to
//! touch, and the processor fetches that for many streams at the same time. With a thousand streams
//! (`npm run bench -- --rows many`) that takes a third off the engine's time.
#![allow(unsafe_code, reason = "only an instruction can ask for memory; it reads nothing")]

use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Wake, Waker};

/// The usual size of a line of the caches, in bytes.
const LINE: usize = 64;
/// The bits that are zero in the address of a line, where an extent has the number of its lines.
const BITS: usize = LINE - 1;
/// What an event mostly fills, in lines.
const EVENT: usize = 6;
/// What a runtime needs in front of the state of a task, in bytes. Where tokio has something else
/// behind its wakers, the wrong lines are fetched, which is no more than a waste.
const HEAD: usize = 2 * LINE;

/// Where some memory is: the address of its first line, and how many there are.
#[derive(Clone, Copy, Debug, Default)]
pub struct Extent(usize);

impl Extent {
    fn new(start: usize, end: usize) -> Self {
        if start == end {
            return Self::default();
        }
        let first = start & !BITS;
        Self(first | (end - first).div_ceil(LINE).min(BITS))
    }

    /// A value, without what is behind its pointers.
    pub fn of<T: ?Sized>(value: &T) -> Self {
        let start = ptr::from_ref(value).addr();
        Self::new(start, start + size_of_val(value))
    }

    /// As much of the beginning of `values` as an event mostly fills.
    pub fn beginning<T>(values: &[T]) -> Self {
        let lines = Self::of(values);
        Self(lines.start() | lines.lines().min(EVENT))
    }

    /// A task with a state of this size, in bytes.
    fn of_task(task: &Waker, state: usize) -> Self {
        let start = task.data().addr();
        Self::new(start, start.saturating_add(HEAD + state))
    }

    const fn start(self) -> usize {
        self.0 & !BITS
    }

    const fn lines(self) -> usize {
        self.0 & BITS
    }

    fn fetch(self) {
        for line in 0..self.lines() {
            fetch(ptr::without_provenance(self.start() + line * LINE));
        }
    }
}

#[cfg(target_arch = "x86_64")]
fn fetch(line: *const i8) {
    use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
    // SAFETY: a hint, which is ignored where there is no memory.
    unsafe { _mm_prefetch::<_MM_HINT_T0>(line) };
}

#[cfg(target_arch = "aarch64")]
fn fetch(line: *const i8) {
    // SAFETY: a hint, which is ignored where there is no memory.
    unsafe {
        std::arch::asm!("prfm pldl1keep, [{}]", in(reg) line, options(nostack, preserves_flags));
    }
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
const fn fetch(_line: *const i8) {}

/// What a stream touches as long as its body is open, besides its task.
pub type Touched = [Extent; 5];

struct Shared {
    task: Waker,
    state: Extent,
    touched: Touched,
    /// Where its next records are going to be written.
    ahead: [AtomicUsize; 2],
}

impl Wake for Shared {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.state.fetch();
        for extent in self.touched {
            extent.fetch();
        }
        for extent in &self.ahead {
            Extent(extent.load(Ordering::Relaxed)).fetch();
        }
        self.task.wake_by_ref();
    }
}

/// Has the memory of a stream fetched whenever its socket wakes it.
pub struct CachePrefetch {
    /// The size of the task's state, in bytes.
    size: usize,
    shared: Arc<Shared>,
    waker: Waker,
}

impl CachePrefetch {
    /// For a task of which only the size of its state is known yet.
    pub fn new(size: usize, touched: Touched) -> Self {
        Self::for_task(Waker::noop().clone(), size, touched)
    }

    fn for_task(task: Waker, size: usize, touched: Touched) -> Self {
        let state = Extent::of_task(&task, size);
        let shared = Arc::new(Shared { task, state, touched, ahead: Default::default() });
        Self { size, waker: Arc::clone(&shared).into(), shared }
    }

    /// What to give to the socket instead of the task's own waker.
    pub fn waker(&mut self, task: &Waker) -> &Waker {
        if !self.shared.task.will_wake(task) {
            *self = Self::for_task(task.clone(), self.size, self.shared.touched);
        }
        &self.waker
    }

    /// From now on the next records are going to be written there.
    pub fn ahead(&self, extents: [Extent; 2]) {
        for (ahead, Extent(extent)) in self.shared.ahead.iter().zip(extents) {
            ahead.store(extent, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use super::*;

    #[test]
    fn an_extent_has_every_line_that_is_touched() {
        for (start, end, first, lines) in [
            (0x1000, 0x1040, 0x1000, 1),
            (0x1000, 0x1041, 0x1000, 2),
            (0x103f, 0x1041, 0x1000, 2),
            (0x1020, 0x1040, 0x1000, 1),
            (0x1040, 0x9040, 0x1040, BITS),
        ] {
            let extent = Extent::new(start, end);
            assert_eq!((extent.start(), extent.lines()), (first, lines), "{start:x} to {end:x}");
        }
        assert_eq!(Extent::of::<[u8]>(&[]).lines(), 0);
        assert!((1..=2).contains(&Extent::of(&[0_u8; 64]).lines()));
        assert!(Extent::beginning(&[0_u16; 4096]).lines() <= EVENT);
    }

    #[derive(Default)]
    struct Task {
        woken: AtomicBool,
        state: [u64; 32],
    }

    impl Wake for Task {
        fn wake(self: Arc<Self>) {
            self.woken.store(true, Ordering::Relaxed);
        }
    }

    #[test]
    fn a_task_is_fetched_with_all_of_its_state() {
        let task = Arc::new(Task::default());
        let waker = Waker::from(Arc::clone(&task));
        let whole = Extent::of_task(&waker, size_of_val(&task.state));
        let last = Extent::of(&task.state[31]);
        assert!(whole.start() <= waker.data().addr());
        assert!(whole.start() + whole.lines() * LINE >= last.start() + LINE);
    }

    #[test]
    fn it_wakes_the_task_that_polled_last() {
        let tasks = [Arc::new(Task::default()), Arc::new(Task::default())];
        let wakers = tasks.clone().map(Waker::from);
        let mut prefetch = CachePrefetch::new(64, [Extent::of(&wakers); 5]);
        prefetch.ahead([Extent::of(&tasks); 2]);
        for (task, waker) in tasks.iter().zip(&wakers) {
            let given = prefetch.waker(waker).clone();
            assert!(prefetch.waker(waker).will_wake(&given), "it stays while the task does");
            given.wake();
            assert!(task.woken.swap(false, Ordering::Relaxed));
        }
        assert!(!tasks[0].woken.load(Ordering::Relaxed));
    }
}
