//! The framing of line-delimited JSON.

use perennial_sse::llm::JsonLines;
use perennial_sse::protocol::{Event, Framing, Item};

/// The lines of a body, and what was left at its end.
fn lines<'c>(
    framing: &mut JsonLines,
    chunks: impl IntoIterator<Item = &'c [u8]>,
) -> (Vec<String>, Option<String>, bool) {
    let own = |event: &Event<'_>| {
        assert_eq!((event.name, event.id, event.retry), (None, None, None));
        String::from_utf8(event.data.to_vec()).expect("text")
    };
    let (mut lines, mut failed) = (Vec::new(), false);
    for mut chunk in chunks {
        loop {
            match framing.next(&mut chunk) {
                Ok(Some(Item::Event(event))) => lines.push(own(&event)),
                Ok(Some(other)) => panic!("only events are lines, got {other:?}"),
                Ok(None) => break,
                Err(_) => {
                    failed = true;
                    break;
                }
            }
        }
        assert_eq!(chunk, b"");
    }
    (lines, framing.end().as_ref().map(own), failed)
}

#[test]
fn lines_are_events_at_every_split() {
    let body = "\u{FEFF}{\"a\":1}\r\n\n \r\n  {\"b\":\"\u{1F30A}\"} \n\t\n{\"c\":3}";
    let expected =
        (vec!["{\"a\":1}".into(), "{\"b\":\"\u{1F30A}\"}".into()], Some("{\"c\":3}".into()), false);
    for at in 0..=body.len() {
        let (front, back) = body.as_bytes().split_at(at);
        assert_eq!(lines(&mut JsonLines::new(None), [front, back]), expected, "cut at {at}");
    }
    assert_eq!(lines(&mut JsonLines::new(None), body.as_bytes().chunks(1)), expected);
}

#[test]
fn a_line_over_the_bound_fails_whatever_the_chunks() {
    let body = b"12345\n123456\n1\n";
    for size in 1..=body.len() {
        let mut framing = JsonLines::new(Some(5));
        let expected = (vec!["12345".to_owned()], None, true);
        assert_eq!(lines(&mut framing, body.chunks(size)), expected, "pieces of {size}");
        assert_eq!(lines(&mut framing, [&b"1\n"[..]]).0, ["1"], "as new after the end");
    }
}

#[test]
fn an_endless_line_is_bounded() {
    let mut framing = JsonLines::new(Some(1 << 20));
    let chunk = vec![b'x'; 1 << 16];
    let failed = (0..32).position(|_| framing.next(&mut &chunk[..]).is_err());
    assert_eq!(failed, Some(16));
}
