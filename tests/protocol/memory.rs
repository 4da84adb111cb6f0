//! What is copied, allocated and kept: counted by the allocator.
#![expect(unsafe_code, reason = "an allocator that counts has to be one")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use perennial_sse::protocol::{Decoder, Event, Framing, Item, MAX_COMMENT};

/// Counts for each thread on its own, because tests run side by side.
struct Meter;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
    static HELD: Cell<isize> = const { Cell::new(0) };
}

fn note(allocations: usize, bytes: isize) {
    // A thread that is ending has no counters left, and nobody reads them.
    let _ = ALLOCATIONS.try_with(|count| count.set(count.get() + allocations));
    let _ = HELD.try_with(|held| held.set(held.get() + bytes));
}

// SAFETY: every call goes to the system's allocator unchanged.
unsafe impl GlobalAlloc for Meter {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(1, layout.size().cast_signed());
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        note(0, -layout.size().cast_signed());
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static METER: Meter = Meter;

/// How many allocations `work` made, and how many bytes more it left held.
fn measure(work: impl FnOnce()) -> (usize, isize) {
    let (allocations, held) = (ALLOCATIONS.get(), HELD.get());
    work();
    (ALLOCATIONS.get() - allocations, HELD.get() - held)
}

fn feed(decoder: &mut Decoder, mut chunk: &[u8]) -> usize {
    let mut items = 0;
    while decoder.next(&mut chunk).expect("no bound").is_some() {
        items += 1;
    }
    items
}

#[test]
fn a_whole_event_is_lent_out_of_its_chunk() {
    let chunk = b"\n: beat\nid: 7\nevent: delta\ndata: {\"a\":1}\n\nid: 8\n\n";
    let inside = |slice: &[u8]| chunk.as_ptr_range().contains(&slice.as_ptr());
    let mut decoder = Decoder::new(None);
    let mut rest: &[u8] = chunk;
    let mut lent = 0;
    while let Some(item) = decoder.next(&mut rest).expect("no bound") {
        match item {
            Item::Event(Event { name: Some(name), data, id: Some(id), .. }) => {
                assert!(inside(name) && inside(data) && inside(id));
            }
            Item::Comment(text) | Item::Id(text) => assert!(inside(text)),
            other => panic!("unexpected {other:?}"),
        }
        lent += 1;
    }
    assert_eq!(lent, 3);
}

#[test]
fn whole_events_allocate_nothing() {
    let chunk = b"retry: 10\nevent: a\nid: 1\ndata: b\r\n\r\n:c\nid: 2\n\nx: y\n\n".repeat(100);
    let (allocations, held) = measure(|| {
        let mut decoder = Decoder::new(Some(100));
        assert_eq!(feed(&mut decoder, &chunk), 400);
        assert_eq!(decoder.end(), None);
    });
    assert_eq!((allocations, held), (0, 0));
}

#[test]
fn a_decoder_is_small() {
    assert!(size_of::<Decoder>() <= 192, "{} bytes", size_of::<Decoder>());
}

#[test]
fn a_dripped_comment_does_not_grow() {
    let mut decoder = Decoder::new(None);
    let (_, held) = measure(|| {
        feed(&mut decoder, b":");
        for _ in 0..1_000_000 {
            feed(&mut decoder, b"c");
        }
    });
    assert!(held <= 2 * MAX_COMMENT.cast_signed(), "{held} bytes held");
}

#[test]
fn an_unknown_field_is_not_kept() {
    let mut decoder = Decoder::new(None);
    let drip = measure(|| {
        for _ in 0..100_000 {
            feed(&mut decoder, b"unknown");
        }
    });
    assert_eq!(drip, (0, 0));
}

#[test]
fn a_large_event_leaves_no_large_buffer() {
    let mut decoder = Decoder::new(None);
    for field in ["data", "event", "id", "retry", ""] {
        let body = format!("{field}: {}\ndata\n\n", "7".repeat(1_000_000));
        let (_, held) = measure(|| {
            let items: usize =
                body.as_bytes().chunks(1_000).map(|chunk| feed(&mut decoder, chunk)).sum();
            assert!(items >= 1);
            feed(&mut decoder, b"");
        });
        assert!(held <= 16 * 1024, "{held} bytes held after a large {field:?}");
    }
}
