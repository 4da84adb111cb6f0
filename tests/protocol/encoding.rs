//! Events to bytes, and back.

use fastrand::Rng;
use perennial_sse::protocol::{
    Decoder, EncodeError, Event, Framing, Item, Outgoing, encode_comment, encode_decoded,
    encode_event,
};

use crate::bodies::{body, cut};
use crate::transcript::{Said, Transcript, comment, event, id, retry};

fn encoded(event: &Outgoing<'_>) -> String {
    let mut out = Vec::new();
    encode_event(event, &mut out).expect("nothing to refuse");
    String::from_utf8(out).expect("text in, text out")
}

#[test]
fn every_field_has_its_line() {
    let event = Outgoing {
        comment: Some("note"),
        event: Some("delta"),
        id: Some("7"),
        retry: Some(1_500),
        data: Some("a\nb"),
    };
    let text = ": note\nevent: delta\nid: 7\nretry: 1500\ndata: a\ndata: b\n\n";
    assert_eq!(encoded(&event), text);
}

#[test]
fn empty_fields_are_written_as_short_as_they_can_be_read() {
    let empty =
        Outgoing { comment: Some(""), event: Some(""), id: Some(""), retry: None, data: Some("") };
    assert_eq!(encoded(&empty), ":\nid:\ndata:\n\n");
    assert_eq!(encoded(&Outgoing::default()), "");
    assert_eq!(encoded(&Outgoing { comment: Some("beat"), ..Outgoing::default() }), ": beat\n");
    assert_eq!(encoded(&Outgoing { retry: Some(0), ..Outgoing::default() }), "retry: 0\n\n");
}

#[test]
fn data_is_split_at_every_line_ending() {
    let data = |text| encoded(&Outgoing { data: Some(text), ..Outgoing::default() });
    assert_eq!(data("a\rb\nc\r\nd\n\re"), "data: a\ndata: b\ndata: c\ndata: d\ndata:\ndata: e\n\n");
    assert_eq!(data("a\n"), "data: a\ndata:\n\n");
    assert_eq!(data("\r\n"), "data:\ndata:\n\n");
    assert_eq!(data(" a"), "data:  a\n\n");
}

#[test]
fn a_comment_of_several_lines_is_several_comments() {
    let mut out = Vec::new();
    encode_comment(b"a\r\ndata: b\r\rc", &mut out);
    assert_eq!(out, b": a\n: data: b\n:\n: c\n");
}

#[test]
fn line_breaks_and_nul_are_refused_by_field() {
    for text in ["\n", "a\rb", "a\r\ndata: b", "\0"] {
        let mut out = b"before".to_vec();
        let named = Outgoing { comment: Some("c"), event: Some(text), ..Outgoing::default() };
        assert_eq!(encode_event(&named, &mut out), Err(EncodeError::Event));
        let marked = Outgoing { comment: Some("c"), id: Some(text), ..Outgoing::default() };
        assert_eq!(encode_event(&marked, &mut out), Err(EncodeError::Id));
        assert_eq!(out, b"before");
    }
    assert_eq!(
        EncodeError::Id.to_string(),
        "id must not contain CR, LF or NUL; remove them before encoding"
    );
}

#[test]
fn encoded_events_decode_to_themselves() {
    const ATOMS: [&str; 12] = [
        "a",
        " ",
        ":",
        "\n",
        "\r",
        "\r\n",
        "\u{FEFF}",
        "\0",
        "data: x",
        "\u{1F30A}",
        "\u{85}",
        "7",
    ];
    let mut rng = Rng::with_seed(5);
    let mut text = |atoms: &[&str]| -> Option<String> {
        rng.bool().then(|| (0..rng.usize(..6)).map(|_| atoms[rng.usize(..atoms.len())]).collect())
    };
    let plain: Vec<&str> =
        ATOMS.into_iter().filter(|atom| !atom.contains(['\r', '\n', '\0'])).collect();
    for round in 0..if cfg!(miri) { 100_u64 } else { 20_000 } {
        let (note, name, mark) = (text(&ATOMS), text(&plain), text(&plain));
        let (time, data) = ((round % 3 == 0).then_some(round << 32), text(&ATOMS));
        let bytes = encoded(&Outgoing {
            comment: note.as_deref(),
            event: name.as_deref(),
            id: mark.as_deref(),
            retry: time,
            data: data.as_deref(),
        });
        let lines = |text: &str| text.replace("\r\n", "\n").replace('\r', "\n");
        let mut sent: Vec<Said> = Vec::new();
        sent.extend(
            note.iter().flat_map(|note| lines(note).split('\n').map(comment).collect::<Vec<_>>()),
        );
        sent.extend(time.map(retry));
        match (&data, &mark) {
            (Some(data), _) => sent.push(Said::Event {
                name: name.filter(|name| !name.is_empty()),
                data: lines(data),
                id: mark,
                retry: time,
            }),
            (None, Some(mark)) => sent.push(id(mark)),
            (None, None) => {}
        }
        assert_eq!(Transcript::of([bytes.as_bytes()], None).said, sent, "{bytes:?}");
    }
}

#[test]
fn decoded_events_are_encoded_byte_for_byte() {
    let mut rng = Rng::with_seed(6);
    let mut events = 0;
    for _ in 0..2_000 {
        let body = body(&mut rng, 20);
        let mut decoder = Decoder::new(None);
        for mut chunk in cut(&mut rng, &body, 30) {
            while let Some(item) = decoder.next(&mut chunk).expect("no bound") {
                let Item::Event(event) = item else { continue };
                let mut bytes = Vec::new();
                encode_decoded(&event, &mut bytes);
                let mut again = Decoder::new(None);
                let mut rest = &*bytes;
                if let Some(time) = event.retry {
                    assert_eq!(again.next(&mut rest), Ok(Some(Item::Retry(time))));
                }
                assert_eq!(again.next(&mut rest), Ok(Some(Item::Event(event))));
                assert_eq!(rest, b"");
                events += 1;
            }
        }
    }
    assert!(events > 2_000, "only {events} events");
}

#[test]
fn a_forged_event_cannot_inject_fields() {
    let mut out = Vec::new();
    let forged =
        Event { name: Some(b"x\ndata: y"), data: b"a\rid: 1", id: Some(b"7\r\n"), retry: None };
    encode_decoded(&forged, &mut out);
    assert_eq!(Transcript::of([&*out], None).said, [event("a\nid: 1")]);
}
