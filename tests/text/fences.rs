//! A fence of code that a piece leaves open.

use perennial_sse::text::split_utf8;

#[test]
fn is_closed_at_its_end_and_opened_again() {
    let text = "Code:\n```js\nconst one = 1;\nconst two = 2;\n```\nDone.";
    assert_eq!(
        split_utf8(text, 36),
        ["Code:\n```js\nconst one = 1;\n```", "```js\nconst two = 2;\n```\nDone."]
    );
}

#[test]
fn is_closed_on_a_line_of_its_own() {
    let text = format!("```\n{}\n```", "x".repeat(40));
    let pieces = split_utf8(&text, 30);
    assert_eq!(pieces[0], format!("```\n{}\n```", "x".repeat(22)));
    assert_eq!(pieces[1], format!("```\n{}\n```", "x".repeat(18)));
}

#[test]
fn is_not_opened_by_the_last_line_of_a_piece() {
    let text = "A sentence before it.\n```python\nprint(1)\nprint(2)\n```\n";
    let pieces = split_utf8(text, 34);
    assert_eq!(pieces[0], "A sentence before it.\n");
    assert!(pieces[1].starts_with("```python\nprint(1)\n"), "{pieces:?}");
}

#[test]
fn has_its_own_end_where_that_still_fits() {
    let text = format!("```\n{}\n```\nAnd on it goes.", "y".repeat(20));
    assert_eq!(split_utf8(&text, 32)[0], format!("```\n{}\n```\n", "y".repeat(20)));
}

#[test]
fn may_be_of_tildes_and_longer_than_three() {
    let text = "~~~~\nabc abc abc\n```\nnot the end\n~~~~\nafter";
    let pieces = split_utf8(text, 28);
    assert!(pieces[0].ends_with("\n~~~~"), "{pieces:?}");
    assert!(pieces[1].starts_with("~~~~\n"), "{pieces:?}");
    assert!(pieces.last().unwrap().ends_with("after"), "{pieces:?}");
}

#[test]
fn within_a_line_is_none() {
    let text = "Say ```x``` in one line, and then say some more of it.";
    assert_eq!(split_utf8(text, 30).concat(), text);
    let text = "```x``` at the beginning of a line, and then some more.";
    assert_eq!(split_utf8(text, 30).concat(), text);
}

#[test]
fn with_lines_larger_than_half_a_piece_is_left_as_it_is() {
    let text = format!("```{}\ncode code code\n```\n", "l".repeat(40));
    assert_eq!(split_utf8(&text, 24).concat(), text);
}
