//! The bytes of an entry.

use perennial_sse::log::{Entry, EntryError, Kind};

fn entry(kind: Kind, frames: &[&[u8]]) -> Entry {
    let mut entry = Entry::new(kind);
    for frame in frames {
        entry.push(frame);
    }
    entry
}

#[test]
fn an_entry_is_what_was_encoded() {
    let long = vec![b'x'; 70_000];
    for kind in [Kind::Frames, Kind::Raw, Kind::End] {
        for frames in [vec![], vec![&b""[..]], vec![b"data: a\n\n", b"", &long, b"\0\xff"]] {
            let entry = entry(kind, &frames);
            let read = Entry::decode(&entry.encode()).expect("what was encoded");
            assert_eq!(read, entry);
            let back: Vec<_> = (0..).map_while(|at| read.frame(at)).collect();
            assert_eq!(back, frames);
        }
    }
}

#[test]
fn the_form_is_as_documented() {
    let bytes = entry(Kind::Frames, &[b"ab", &[b'c'; 200]]).encode();
    assert_eq!(bytes[..5], [1, 0, 2, b'a', b'b']);
    // 200 is 72 + 128: seven bits a byte, the lowest first.
    assert_eq!(bytes[5..7], [0xc8, 0x01]);
    assert_eq!(bytes.len(), 7 + 200);
}

#[test]
fn other_bytes_are_refused() {
    assert_eq!(Entry::decode(&[]), Err(EntryError::Malformed));
    assert_eq!(Entry::decode(&[1]), Err(EntryError::Malformed));
    assert_eq!(Entry::decode(&[2, 0]), Err(EntryError::Version(2)));
    assert_eq!(Entry::decode(&[1, 9]), Err(EntryError::Malformed));
    let whole = entry(Kind::Raw, &[b"abc", b"defg"]).encode();
    let cuts = (3..whole.len()).filter(|cut| *cut != 6);
    for cut in cuts {
        assert_eq!(Entry::decode(&whole[..cut]), Err(EntryError::Malformed), "cut at {cut}");
    }
    // A length beyond any memory, and one of more bytes than a number has.
    for length in
        [&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f][..], &[0x80; 12], &[0xff; 12]]
    {
        assert_eq!(Entry::decode(&[&[1, 0], length].concat()), Err(EntryError::Malformed));
    }
}

#[test]
fn random_bytes_are_read_or_refused() {
    let mut chance = fastrand::Rng::with_seed(3);
    for _ in 0..20_000 {
        let mut bytes = vec![1, chance.u8(0..4)];
        for _ in 0..chance.usize(0..20) {
            bytes.push(chance.u8(..));
        }
        if let Ok(entry) = Entry::decode(&bytes) {
            assert_eq!(Entry::decode(&entry.encode()), Ok(entry));
        }
    }
}
