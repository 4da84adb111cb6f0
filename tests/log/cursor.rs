//! What clients say of where they stand.

use perennial_sse::log::{Cursor, Generation, Position};

#[test]
fn a_cursor_is_what_was_written() {
    let mut chance = fastrand::Rng::with_seed(9);
    for _ in 0..1000 {
        let generation = Generation::new(chance.u64(..));
        let position = Position { seq: chance.u64(1..), index: chance.u32(1..) };
        for cursor in [Cursor::At(generation, position), Cursor::End(generation)] {
            assert_eq!(Cursor::parse(&cursor.to_string()), Some(cursor));
        }
    }
}

#[test]
fn what_is_none_is_none() {
    let generation = Generation::new(12345);
    let none = [
        String::new(),
        ".".into(),
        "..".into(),
        generation.to_string(),
        format!("{generation}."),
        format!("{generation}.1"),
        format!("{generation}.1."),
        format!("{generation}.1.1.1"),
        format!("{generation}.0.1"),
        format!("{generation}.1.0"),
        format!("{generation}.01.1"),
        format!("{generation}.+1.1"),
        format!("{generation}.-1.1"),
        format!("{generation}.1.1 "),
        format!("{generation}.18446744073709551616.1"),
        format!("{generation}.1.4294967296"),
        format!("{generation}.END"),
        format!("{generation}x.1.1"),
        "short.1.1".into(),
        "\u{e9}\u{e9}\u{e9}\u{e9}.1.1".into(),
        "a b c d .1.1".into(),
        "1".repeat(10_000),
    ];
    for text in none {
        assert_eq!(Cursor::parse(&text), None, "{text:?}");
    }
}

#[test]
fn random_text_never_panics() {
    let mut chance = fastrand::Rng::with_seed(4);
    for _ in 0..20_000 {
        let length = chance.usize(0..40);
        let text: String = std::iter::repeat_with(|| {
            chance
                .choice(['A', '.', '1', '0', '\0', '\u{1F600}', 'e', 'n', 'd', '-'])
                .unwrap_or('x')
        })
        .take(length)
        .collect();
        if let Some(cursor) = Cursor::parse(&text) {
            assert_eq!(cursor.to_string(), text);
        }
    }
}
