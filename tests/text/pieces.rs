//! Pieces end where people expect it.

use perennial_sse::text::split_utf8;

#[test]
fn an_empty_text_has_no_piece() {
    assert!(split_utf8("", 4).is_empty());
}

#[test]
fn what_fits_is_one_piece() {
    assert_eq!(split_utf8("a b\n", 4), ["a b\n"]);
    assert_eq!(split_utf8("大河は", 9), ["大河は"]);
}

#[test]
fn no_character_is_divided() {
    assert_eq!(split_utf8("大河は流", 7), ["大河", "は流"]);
    // A family, a flag, a letter with two accents, a thumb with a colour.
    for cluster in ["👨\u{200d}👩\u{200d}👧", "🇨🇳", "e\u{301}\u{323}", "👍🏽"] {
        let text = cluster.repeat(3);
        assert_eq!(split_utf8(&text, cluster.len() + 1), [cluster; 3], "{cluster}");
    }
}

#[test]
fn flags_stay_whole_wherever_a_piece_begins() {
    let text = "🇨🇳🇯🇵🇫🇷🇩🇪";
    assert_eq!(split_utf8(text, 17), ["🇨🇳🇯🇵", "🇫🇷🇩🇪"]);
}

#[test]
fn a_character_larger_than_a_piece_is_divided_between_code_points() {
    let giant = format!("a{}", "\u{301}".repeat(5));
    assert_eq!(split_utf8(&giant, 5), ["a\u{301}\u{301}", "\u{301}\u{301}", "\u{301}"]);
}

#[test]
fn a_piece_ends_behind_a_line_a_sentence_or_a_word_of_its_second_half() {
    assert_eq!(split_utf8("one two\nthree four", 12), ["one two\n", "three four"]);
    assert_eq!(split_utf8("流れる。続ける人", 18), ["流れる。", "続ける人"]);
    assert_eq!(split_utf8("one two three four", 12), ["one two ", "three four"]);
    // A break in the first half would waste more than half of a piece.
    assert_eq!(split_utf8("a bcdefghijklmnop", 10), ["a bcdefghi", "jklmnop"]);
}

#[test]
fn a_number_and_a_line_end_of_two_characters_stay_whole() {
    assert_eq!(split_utf8("pi is about 3.14159 or so", 16), ["pi is about ", "3.14159 or so"]);
    assert_eq!(split_utf8("abcdef\r\nghijkl", 9), ["abcdef\r\n", "ghijkl"]);
    assert_eq!(split_utf8("abcdefg\r\nhijkl", 8), ["abcdefg", "\r\nhijkl"]);
}

#[test]
fn a_blank_that_carries_an_accent_is_no_break() {
    let text = "abcdef \u{301}ghij";
    assert_eq!(split_utf8(text, 9), ["abcdef \u{301}", "ghij"]);
    assert_eq!(split_utf8(text, 8), ["abcdef", " \u{301}ghij"]);
}

#[test]
#[should_panic(expected = "at least 4 bytes")]
fn a_piece_without_room_for_a_code_point_is_refused() {
    drop(split_utf8("a", 3));
}
