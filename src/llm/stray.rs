//! What a server says where an answer should be: a page, or a line that is no event.
#![forbid(unsafe_code)]

use super::Failure;
use super::classify::classify;
use super::problem::{bare_error, of_error_event};

/// What stands in a body outside of its events. `alone` says that there were none.
pub(super) fn of_stray(text: &str, alone: bool) -> Option<Failure> {
    let mut lines = text.lines().rev();
    if let Some(line) = lines.find_map(|line| line.strip_prefix("error:")) {
        return Some(of_error_event(line.trim()));
    }
    let text = text.trim();
    if !alone || text.is_empty() {
        return None;
    }
    if text.starts_with(['{', '[']) {
        // Gemini's errors come in a list of one.
        let one = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
        return bare_error(one.unwrap_or(text).trim());
    }
    let message = words(text);
    Some(Failure::told(classify(std::iter::empty(), None, &message), None, None, &message))
}

/// The title of a page, else its text without the tags.
fn words(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let title = lower.find("<title>").and_then(|start| {
        let start = start + "<title>".len();
        let length = lower[start..].find("</title>")?;
        Some(&text[start..start + length])
    });
    let mut words = String::new();
    let mut tag = false;
    for letter in title.unwrap_or(text).chars() {
        match letter {
            '<' => tag = true,
            '>' if tag => (tag, words) = (false, words + " "),
            _ if !tag => words.push(letter),
            _ => {}
        }
    }
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}
