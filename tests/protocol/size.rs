//! Bounds, and work that stays linear: each large body would take minutes if it did not.

use perennial_sse::protocol::{Decoder, Framing, Item, MAX_COMMENT, Oversize};

use crate::transcript::{Transcript, event};

fn count(decoder: &mut Decoder, mut chunk: &[u8]) -> Result<usize, Oversize> {
    let mut items = 0;
    while decoder.next(&mut chunk)?.is_some() {
        items += 1;
    }
    Ok(items)
}

/// Feeds `piece` over and over; the first failure and how many pieces it took.
fn drip(decoder: &mut Decoder, piece: &[u8], times: usize) -> Option<(usize, Oversize)> {
    (1..=times).find_map(|time| count(decoder, piece).err().map(|failure| (time, failure)))
}

#[test]
fn an_event_of_exactly_the_bound_passes() {
    for body in
        ["data: 12345678\n\n", "id: 12\nevent: 345\ndata: 678\n\n", "data: 123\ndata: 5678\n\n"]
    {
        for chunk in [1, 4, 100] {
            let of = |limit| Transcript::of(body.as_bytes().chunks(chunk), Some(limit));
            assert_eq!(of(8).failure, None, "{body:?}");
            assert_eq!(of(8).said.len(), 1, "{body:?}");
            assert_eq!(of(7).failure, Some(Oversize { limit: 7 }), "{body:?}");
            assert_eq!(of(7).said.len(), 0, "{body:?}");
        }
    }
}

#[test]
fn what_came_before_an_oversize_event_is_delivered() {
    let body = b"data: a\n\ndata: too long\n\ndata: b\n\n";
    let transcript = Transcript::of([&body[..]], Some(4));
    assert_eq!(transcript.said, [event("a")]);
    assert_eq!(transcript.failure, Some(Oversize { limit: 4 }));
}

#[test]
fn oversize_is_terminal_until_the_end() {
    let mut decoder = Decoder::new(Some(4));
    for body in ["data: too long\n\n", "\n\ndata: b\n\n", ""] {
        assert_eq!(count(&mut decoder, body.as_bytes()), Err(Oversize { limit: 4 }));
    }
    assert_eq!(decoder.end(), None);
    assert_eq!(count(&mut decoder, b"data: b\n\n"), Ok(1));
}

#[test]
fn oversize_says_what_to_do() {
    let text = "an event is larger than 4 bytes; raise the maximum event size";
    assert_eq!(Oversize { limit: 4 }.to_string(), text);
}

#[test]
fn every_kept_field_is_bounded() {
    for front in ["data: ", "id: ", "event: ", "retry: ", "retry: 1"] {
        let mut decoder = Decoder::new(Some(1_000));
        assert_eq!(count(&mut decoder, front.as_bytes()), Ok(0));
        let (times, failure) = drip(&mut decoder, b"1", 2_000).expect(front);
        assert!((1_000..=1_001).contains(&times), "{front:?} failed after {times} bytes");
        assert_eq!(failure, Oversize { limit: 1_000 });
    }
}

#[test]
fn lines_without_a_value_are_bounded() {
    for line in ["data\n", "data:\r", "data: \r\n"] {
        let failure = drip(&mut Decoder::new(Some(1_000)), line.as_bytes(), 2_000);
        assert_eq!(failure, Some((1_002, Oversize { limit: 1_000 })), "{line:?}");
    }
}

#[test]
fn repeated_ids_and_types_replace_each_other() {
    let mut decoder = Decoder::new(Some(1_000));
    assert_eq!(drip(&mut decoder, &b"id: 123456\nevent: 123456\n".repeat(3), 1_000), None);
}

#[test]
fn what_is_replaced_later_is_bounded_all_the_same() {
    for field in ["id", "event"] {
        let body = format!("data\n\n{field}: 123456\n{field}: 1\ndata: x\n\n");
        for chunk in [1, 100] {
            let of = |limit| Transcript::of(body.as_bytes().chunks(chunk), Some(limit));
            assert_eq!(of(7).said.len(), 2, "{body:?}");
            assert_eq!(of(5).failure, Some(Oversize { limit: 5 }), "{body:?}");
        }
    }
}

#[test]
fn unknown_fields_and_comments_do_not_count() {
    for front in ["unknown", "unknown: ", ":", ": ", "datum"] {
        let mut decoder = Decoder::new(Some(10));
        assert_eq!(count(&mut decoder, front.as_bytes()), Ok(0));
        assert_eq!(drip(&mut decoder, b"0123456789", 10_000), None, "{front:?}");
    }
}

#[test]
fn a_long_comment_is_cut_in_any_pieces() {
    let body = [b":".to_vec(), b"c".repeat(3 * MAX_COMMENT), b"\n".to_vec()].concat();
    for chunk in [1, 1_000, body.len()] {
        let mut decoder = Decoder::new(None);
        let mut comments = 0;
        for mut chunk in body.chunks(chunk) {
            while let Some(item) = decoder.next(&mut chunk).expect("no bound") {
                assert!(matches!(item, Item::Comment(text) if text.len() == MAX_COMMENT));
                comments += 1;
            }
        }
        assert_eq!(comments, 1);
    }
}

#[test]
fn one_huge_line_in_single_bytes_is_linear() {
    // A call takes nine times as long without optimisation: 177 ns against 20 ns.
    const LENGTH: usize = if cfg!(debug_assertions) { 8 << 20 } else { 32 << 20 };
    let mut decoder = Decoder::new(None);
    assert_eq!(count(&mut decoder, b"data: "), Ok(0));
    assert_eq!(drip(&mut decoder, b"x", LENGTH), None);
    let mut chunk: &[u8] = b"\n\n";
    let item = decoder.next(&mut chunk).expect("no bound");
    assert!(matches!(item, Some(Item::Event(event)) if event.data.len() == LENGTH));
}

#[test]
fn an_event_of_many_lines_is_linear() {
    const LINES: usize = 100_000;
    let body = [b"data: line\n".repeat(LINES), b"\n".to_vec()].concat();
    for chunk in [7, 4_096, body.len()] {
        let transcript = Transcript::of(body.chunks(chunk), None);
        assert_eq!(transcript.said, [event(&vec!["line"; LINES].join("\n"))]);
    }
}

#[test]
fn many_tiny_events_in_one_chunk_are_linear() {
    const EVENTS: usize = 1_000_000;
    let body = b"data:x\n\n".repeat(EVENTS);
    assert_eq!(count(&mut Decoder::new(None), &body), Ok(EVENTS));
}

#[test]
fn a_field_name_that_never_ends_is_linear() {
    let mut decoder = Decoder::new(None);
    assert_eq!(drip(&mut decoder, &[b'x'; 4_096], 8_192), None);
    assert_eq!(count(&mut decoder, b"\ndata: a\n\n"), Ok(1));
}
