//! Text arrives as WHATWG's UTF-8 decode would give it, one byte a character where that suffices.

use crate::harness::TryPush;
use perennial_sse::delivery::Demand;
use perennial_sse::record::Record;

use super::harness::{Received, contents, drain, mailbox, pack, ready_list};

/// What arrives of a comment with this text, and whether it came as UTF-16.
fn arrives(text: &[u8]) -> (String, bool) {
    let (ready_list, _) = ready_list();
    let mailbox = mailbox(0, 1, &ready_list);
    mailbox.ask(Demand::Flow);
    assert!(mailbox.try_push(&Record::Comment(text)));
    let packed = pack(&ready_list, 16, 1 << 16);
    let wide = packed.words[3] & 1 == 1;
    match contents(packed.records()).pop() {
        Some(Received::Comment(text)) => (text, wide),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_smallest_form_that_holds_it() {
    let cases: [(&str, bool); 9] = [
        ("", false),
        ("a", false),
        ("\0\u{7f}", false),
        ("caf\u{e9}", false),
        ("\u{80}\u{ff}", false),
        ("\u{100}", true),
        ("100 \u{20ac}", true),
        ("\u{1f600}", true),
        ("\u{ffff}\u{10ffff}\u{feff}", true),
    ];
    for (text, wide) in cases {
        assert_eq!(arrives(text.as_bytes()), (text.to_owned(), wide), "{text:?}");
    }
}

#[test]
fn malformed_text_is_replaced_as_the_standard_says() {
    let cases: [&[u8]; 12] = [
        b"\xff",
        b"a\xc3",
        b"\xc0\xaf",
        b"\xe2\x82",
        b"\xe2\x82a",
        b"\xed\xa0\x80",
        b"\xed\xb0\x80\xed\xa0\x80",
        b"\xf0\x9f\x98",
        b"\xf4\x90\x80\x80",
        b"\xf8\x88\x80\x80\x80",
        b"\xef\xbb\xbfa\xfe",
        b"caf\xc3\xa9 \x80",
    ];
    for text in cases {
        let expected = String::from_utf8_lossy(text).into_owned();
        assert_eq!(arrives(text), (expected, true), "{text:x?}");
    }
}

#[test]
fn lengths_at_every_alignment() {
    for length in 0..70 {
        for last in ["", "a", "\u{e9}", "\u{20ac}", "\u{1f600}"] {
            let text = format!("{}{last}", "x".repeat(length));
            assert_eq!(arrives(text.as_bytes()).0, text);
        }
    }
}

/// The fields of a record and the records of a batch lie behind one another, whatever their form.
#[test]
fn mixed_fields_stay_aligned() {
    let texts = ["", "a", "ab", "\u{e9}", "a\u{e9}\u{e9}", "\u{20ac}", "x\u{1f600}"];
    let (ready_list, _) = ready_list();
    let mailbox = mailbox(0, 10_000, &ready_list);
    mailbox.ask(Demand::Flow);
    let mut expected = Vec::new();
    for data in texts {
        for name in texts {
            for id in texts {
                let record = Record::Event {
                    name: Some(name.as_bytes()),
                    data: data.as_bytes(),
                    id: Some(id.as_bytes()),
                    retry: Some(expected.len() as u64),
                };
                assert!(mailbox.try_push(&record));
                expected.push(Received::Event {
                    name: Some(name.into()),
                    data: data.into(),
                    id: Some(id.into()),
                    retry: Some(expected.len().to_string()),
                });
            }
        }
    }
    assert_eq!(contents(drain(&ready_list)), expected);
}

/// A seeded walk through the bytes that begin, continue and break sequences.
#[test]
fn any_bytes_become_the_text_that_they_are() {
    let mut chance = fastrand::Rng::with_seed(7);
    let alphabet = [0x00, 0x41, 0x7f, 0x80, 0xbf, 0xc2, 0xc3, 0xe2, 0xed, 0xf0, 0xf4, 0xff];
    let (ready_list, _) = ready_list();
    let mailbox = mailbox(0, 100_000, &ready_list);
    mailbox.ask(Demand::Flow);
    let mut expected = Vec::new();
    for round in 0..if cfg!(miri) { 200 } else { 20_000 } {
        let text: Vec<u8> = (0..=round % 24).map(|_| *chance.choice(&alphabet).unwrap()).collect();
        assert!(mailbox.try_push(&Record::Id(&text)));
        expected.push(Received::Id(String::from_utf8_lossy(&text).into_owned()));
    }
    assert_eq!(contents(drain(&ready_list)), expected);
}

#[test]
fn events_of_any_length() {
    let (ready_list, _) = ready_list();
    let mailbox = mailbox(7, 10_000, &ready_list);
    mailbox.ask(Demand::Flow);
    // Around what fits into one word, in characters of one byte and of two.
    let texts: Vec<String> = ["x", "\u{e9}", "\u{6c34}"]
        .iter()
        .flat_map(|record| {
            [0, 1, 2, 254, 255, 256, 257, 1022, 1023, 1024, 1025].map(|n| record.repeat(n))
        })
        .collect();
    let mut expected = Vec::new();
    for data in &texts {
        for id in std::iter::once(None).chain(texts.iter().map(Some)) {
            for (name, retry) in [(None, None), (Some("name"), None), (None, Some(5))] {
                assert!(mailbox.try_push(&Record::Event {
                    name: name.map(str::as_bytes),
                    data: data.as_bytes(),
                    id: id.map(String::as_bytes),
                    retry,
                }));
                expected.push(Received::Event {
                    name: name.map(str::to_owned),
                    data: data.clone(),
                    id: id.cloned(),
                    retry: retry.map(|retry: u64| retry.to_string()),
                });
            }
        }
    }
    assert_eq!(contents(drain(&ready_list)), expected);
}
