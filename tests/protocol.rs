//! The protocol from outside: the numbered edge cases of WHATWG HTML 9.2.5 and 9.2.6.

#[path = "protocol/bodies.rs"]
mod bodies;
#[path = "protocol/differential.rs"]
mod differential;
#[path = "protocol/encoding.rs"]
mod encoding;
#[path = "protocol/memory.rs"]
mod memory;
#[path = "protocol/reference.rs"]
mod reference;
#[path = "protocol/size.rs"]
mod size;
#[path = "protocol/transcript.rs"]
mod transcript;

use perennial_sse::protocol::{Decoder, Framing, Item};
use transcript::{Said, Transcript, comment, event, id, retry};

/// What a body says, which must not depend on where it is cut in two or on one-byte chunks.
fn say(body: impl AsRef<[u8]>) -> Vec<Said> {
    let body = body.as_ref();
    let whole = Transcript::of([body], None);
    assert_eq!(whole, Transcript::of(body.chunks(1), None), "in single bytes: {body:?}");
    for at in 0..=body.len() {
        let (front, back) = body.split_at(at);
        assert_eq!(whole, Transcript::of([front, back], None), "cut at {at}: {body:?}");
    }
    assert_eq!(whole.failure, None);
    whole.said
}

/// The data of the events in `body`.
fn data_of(body: impl AsRef<[u8]>) -> Vec<String> {
    say(body)
        .into_iter()
        .filter_map(|said| match said {
            Said::Event { data, .. } => Some(data),
            _ => None,
        })
        .collect()
}

fn unfinished_in(body: &str) -> Option<Said> {
    let whole = Transcript::of([body.as_bytes()], None);
    assert_eq!(whole, Transcript::of(body.as_bytes().chunks(1), None), "in single bytes: {body:?}");
    whole.unfinished
}

#[test]
fn invalid_utf8_is_passed_on_for_replacement() {
    assert_eq!(data_of(b"data: a\xFFb\xE2\x82\n\n"), ["a\u{FFFD}b\u{FFFD}"]);
    assert_eq!(data_of("data: \u{20AC} \u{1F30A}\n\n"), ["\u{20AC} \u{1F30A}"]);
}

#[test]
fn one_byte_order_mark_is_stripped_and_only_at_the_start() {
    assert_eq!(data_of("\u{FEFF}data: a\n\n"), ["a"]);
    assert_eq!(data_of("\u{FEFF}\u{FEFF}data: a\n\ndata: b\n\n"), ["b"]);
    assert_eq!(data_of("data: a\n\n\u{FEFF}data: b\n\n"), [String::from("a")]);
    assert_eq!(data_of("\n\u{FEFF}data: a\n\n"), [""; 0]);
    assert_eq!(data_of("data:\u{FEFF}a\n\n"), ["\u{FEFF}a"]);
    assert_eq!(data_of("\u{FEFF}\ndata: a\n\n"), ["a"]);
}

#[test]
fn half_a_byte_order_mark_makes_an_unknown_field() {
    assert_eq!(data_of(b"\xEF\xBBdata: a\n\ndata: b\n\n"), ["b"]);
    assert_eq!(say(b"\xEF:a\n\n"), []);
    assert_eq!(data_of(b"\xEF\xBB\ndata: a\n\n"), ["a"]);
}

#[test]
fn a_byte_order_mark_may_arrive_behind_empty_chunks_and_in_pieces() {
    let pieces: [&[u8]; 7] = [b"", b"\xEF", b"", b"\xBB", b"\xBF", b"", b"data: a\n\n"];
    assert_eq!(Transcript::of(pieces, None).said, [event("a")]);
}

#[test]
fn lines_end_with_cr_lf_crlf_and_any_mix() {
    for ending in ["\n", "\r", "\r\n"] {
        let body = ["data: a", "data: b", "", "data: c", "", ""].join(ending);
        assert_eq!(data_of(body), ["a\nb", "c"], "{ending:?}");
    }
    assert_eq!(data_of("data: a\r\n\ndata: b\n\rdata: c\r\r\n"), ["a", "b", "c"]);
    assert_eq!(data_of("data: a\n\r\n"), ["a"]);
}

#[test]
fn a_cr_ends_its_line_at_once() {
    let mut decoder = Decoder::new(None);
    let mut chunk: &[u8] = b"data: a\r\r";
    let item = decoder.next(&mut chunk).expect("no bound");
    assert!(matches!(item, Some(Item::Event(event)) if event.data == b"a"));
    let mut chunk: &[u8] = b"\ndata: b\n";
    assert_eq!(decoder.next(&mut chunk), Ok(None));
    let mut chunk: &[u8] = b"\n";
    let item = decoder.next(&mut chunk).expect("no bound");
    assert!(matches!(item, Some(Item::Event(event)) if event.data == b"b"));
}

#[test]
fn a_crlf_across_chunks_is_one_line_ending() {
    let pieces: [&[u8]; 4] = [b"data: a\r", b"", b"\ndata: b\r", b"\n\r\n"];
    assert_eq!(Transcript::of(pieces, None).said, [event("a\nb")]);
}

#[test]
fn other_separators_do_not_end_a_line() {
    let text = "a\u{2028}b\u{2029}c\u{B}d\u{C}e\u{85}f";
    assert_eq!(data_of(format!("data: {text}\n\n")), [text]);
}

#[test]
fn comments_are_reported_and_dispatch_nothing() {
    assert_eq!(say(": hi\n\n"), [comment("hi")]);
    assert_eq!(say(":\n:  two\n:data: a\n\n"), [comment(""), comment(" two"), comment("data: a")]);
    assert_eq!(say("id: 1\ndata: a\n:x\ndata: b\n\n"), [comment("x"), event("a\nb").id("1")]);
}

#[test]
fn a_comment_is_reported_when_its_line_ends() {
    let mut decoder = Decoder::new(None);
    let mut chunk: &[u8] = b"data: a\n: beat\n";
    assert_eq!(decoder.next(&mut chunk), Ok(Some(Item::Comment(b"beat"))));
}

#[test]
fn the_first_colon_splits_and_one_space_is_stripped() {
    assert_eq!(data_of("data:a:b\n\n"), ["a:b"]);
    assert_eq!(data_of("data:  a\n\n"), [" a"]);
    assert_eq!(data_of("data:\ta \n\n"), ["\ta "]);
    assert_eq!(data_of("data: \n\n"), [""]);
}

#[test]
fn names_are_exact_and_unknown_fields_are_ignored() {
    for name in ["data ", " data", "Data", "dat", "datas", "dataset", "x", "comment", "i", "events"]
    {
        assert_eq!(say(format!("{name}: a\n\n")), [], "{name:?}");
        assert_eq!(say(format!("{name}\n\n")), [], "{name:?}");
    }
    assert_eq!(data_of("unknown: a\ndata: b\nlonger than any name\n\n"), ["b"]);
}

#[test]
fn data_lines_are_joined_and_one_final_lf_is_stripped() {
    assert_eq!(data_of("data\n\n"), [""]);
    assert_eq!(data_of("data:\n\n"), [""]);
    assert_eq!(data_of("data\ndata\n\n"), ["\n"]);
    assert_eq!(data_of("data:\ndata: a\n\n"), ["\na"]);
    assert_eq!(data_of("data: a\ndata:\ndata\n\n"), ["a\n\n"]);
}

#[test]
fn a_block_without_data_commits_its_id_and_resets_the_type() {
    assert_eq!(say("id: 7\n\n"), [id("7")]);
    assert_eq!(say("event: x\nid: 7\n\ndata: a\n\n"), [id("7"), event("a")]);
    assert_eq!(say("event: x\n\ndata: a\n\n"), [event("a")]);
    assert_eq!(say("id\n\n"), [id("")]);
    assert_eq!(say("\n\n\r\n\r"), []);
}

#[test]
fn the_type_is_the_last_one_and_resets_after_each_dispatch() {
    assert_eq!(say("event: x\ndata: a\n\ndata: b\n\n"), [event("a").name("x"), event("b")]);
    assert_eq!(say("event: x\nevent:\ndata: a\n\n"), [event("a")]);
    assert_eq!(say("event: x\nevent: y\ndata: a\n\n"), [event("a").name("y")]);
    assert_eq!(say("event: message\ndata\n\n"), [event("").name("message")]);
}

#[test]
fn an_id_belongs_to_its_block() {
    assert_eq!(say("id: 1\ndata: a\n\ndata: b\n\n"), [event("a").id("1"), event("b")]);
    assert_eq!(say("id\ndata: a\n\n"), [event("a").id("")]);
    assert_eq!(say("id: 1\nid: 2\ndata: a\n\n"), [event("a").id("2")]);
    assert_eq!(say("id: 1\n"), []);
}

#[test]
fn an_id_with_nul_is_ignored() {
    assert_eq!(say("id: 1\nid: 2\0\ndata: a\n\n"), [event("a").id("1")]);
    assert_eq!(say("id: \0\n\n"), []);
    assert_eq!(say("data: a\0b\n\n"), [event("a\0b")]);
}

#[test]
fn retry_is_digits_only_and_takes_effect_when_its_line_ends() {
    assert_eq!(say("retry: 1500\n"), [retry(1500)]);
    assert_eq!(say("data: a\nretry:007\n\n"), [retry(7), event("a").retry(7)]);
    assert_eq!(say("retry: 1\nretry: 2\ndata\n\n"), [retry(1), retry(2), event("").retry(2)]);
    assert_eq!(say("retry: 1\n\ndata\n\n"), [retry(1), event("")]);
    assert_eq!(say("retry: 99999999999999999999999\n"), [retry(u64::MAX)]);
    for value in ["", " ", "1x", "+5", "-5", "1.5", " 5", "5 ", "0x5", "\u{0665}"] {
        assert_eq!(say(format!("retry: {value}\n\n")), [], "{value:?}");
    }
    assert_eq!(say("retry\n\n"), []);
}

#[test]
fn the_end_of_the_body_hands_over_the_unfinished_block() {
    assert_eq!(unfinished_in("data: a\n\n"), None);
    assert_eq!(unfinished_in("id: 1\nevent: x\n"), None);
    assert_eq!(unfinished_in("id: 1\nevent: x\ndata: a\n"), Some(event("a").name("x").id("1")));
    assert_eq!(unfinished_in("data: a\r"), Some(event("a")));
}

#[test]
fn an_unfinished_line_counts_only_as_data() {
    assert_eq!(unfinished_in("data: [DONE]"), Some(event("[DONE]")));
    assert_eq!(unfinished_in("data: a\ndata:"), Some(event("a\n")));
    assert_eq!(unfinished_in("data: a\ndata"), Some(event("a")));
    assert_eq!(unfinished_in("data: a\nid: 1"), Some(event("a")));
    assert_eq!(unfinished_in("data: a\nevent: x"), Some(event("a")));
}

#[test]
fn a_decoder_is_as_new_after_the_end() {
    let mut decoder = Decoder::new(Some(16));
    for body in ["\u{FEFF}data: a\r", "\u{FEFF}event: x\nid: 1\ndata: b\nid: 2", "retry"] {
        Transcript::take(&mut decoder, [body.as_bytes()]);
        let next = Transcript::take(&mut decoder, ["\u{FEFF}\ndata: c\n\n".as_bytes()]);
        assert_eq!(next, Transcript { said: vec![event("c")], ..Transcript::default() });
    }
}

#[test]
fn a_cr_at_the_end_of_a_body_swallows_nothing_of_the_next() {
    let mut decoder = Decoder::new(None);
    Transcript::take(&mut decoder, [&b"data: a\r"[..]]);
    // The blank line comes first, so the mark behind it is part of a name.
    let next = Transcript::take(&mut decoder, ["\n\u{FEFF}data: b\n\n".as_bytes()]);
    assert_eq!(next.said, []);
}

#[test]
fn hostile_names_are_only_bytes() {
    let long = "n".repeat(1_000_000);
    for name in ["error", "open", "close", "newListener", "__proto__", "constructor", &long] {
        let body = format!("event: {name}\ndata\n\n");
        let said = Transcript::of(body.as_bytes().chunks(4096), None).said;
        assert_eq!(said, [event("").name(name)]);
    }
}

#[test]
fn the_rest_of_a_chunk_can_wait() {
    let mut decoder = Decoder::new(None);
    let mut chunk: &[u8] = b"data: a\n\ndata: b\n\n";
    assert!(decoder.next(&mut chunk).is_ok_and(|item| item.is_some()));
    assert_eq!(chunk, b"data: b\n\n");
}

#[test]
fn framings_can_be_boxed_and_sent() {
    let mut framing: Box<dyn Framing> = Box::new(Decoder::new(None));
    let mut chunk: &[u8] = b"data: a\n\ndata: b\n\n";
    let mut count = 0;
    while framing.next(&mut chunk).expect("no bound").is_some() {
        count += 1;
    }
    assert_eq!(count, 2);
    std::thread::spawn(move || framing.end().is_none()).join().expect("no panic");
}
