//! What a response says that it is: `Content-Type`, as servers write it.

use std::borrow::Cow;

use http::HeaderMap;
use http::header::CONTENT_TYPE;

/// How much of it is shown, in characters.
const SHOWN: usize = 100;

/// The media types that a response names; one, as a rule, but some servers and gateways send a list.
pub struct MediaTypes(String);

impl MediaTypes {
    pub fn of(headers: &HeaderMap) -> Self {
        let mut whole = String::new();
        for value in headers.get_all(CONTENT_TYPE) {
            if !whole.is_empty() {
                whole.push_str(", ");
            }
            whole.push_str(&String::from_utf8_lossy(value.as_bytes()));
        }
        whole.make_ascii_lowercase();
        Self(whole)
    }

    /// Whether one of them, or all as they stand, is among those that the caller accepts.
    pub fn suit(&self, accept: &[String]) -> bool {
        let accepted = |text: &str| accept.iter().any(|wanted| same(wanted, text));
        let mut each = pieces(&self.0);
        each.any(|piece| accepted(essence(piece)) || accepted(piece)) || accepted(&self.0)
    }

    /// The same as a browser has it (Fetch, "extract a MIME type"): the last one that is one counts.
    pub fn suit_strictly(&self, accept: &[String]) -> bool {
        let named =
            pieces(&self.0).map(essence).filter(|name| name.contains('/') && *name != "*/*");
        named.last().is_some_and(|name| accept.iter().any(|wanted| wanted == name))
    }

    /// For people; `None` without any.
    pub fn shown(&self) -> Option<Cow<'_, str>> {
        let names: Vec<_> = pieces(&self.0).map(essence).filter(|name| !name.is_empty()).collect();
        match names[..] {
            [] => None,
            [name] if name.len() <= SHOWN => Some(name.into()),
            _ => Some(names.join(", ").chars().take(SHOWN).collect()),
        }
    }
}

/// The parts of a list; a comma in quotes divides nothing.
fn pieces(list: &str) -> impl Iterator<Item = &str> {
    let (mut quoted, mut escaped) = (false, false);
    let divides = move |character: char| {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = quoted,
            '"' => quoted = !quoted,
            _ => return character == ',' && !quoted,
        }
        false
    };
    list.split(divides).map(str::trim)
}

/// A media type without its parameters.
fn essence(text: &str) -> &str {
    text.split(';').next().unwrap_or_default().trim()
}

/// Whether two texts differ in nothing but blanks and case.
fn same(one: &str, other: &str) -> bool {
    // What differs within the name is another type: "text /event-stream" is none.
    essence(one) == essence(other) && letters(one).eq(letters(other))
}

fn letters(text: &str) -> impl Iterator<Item = u8> {
    text.bytes().filter(|byte| !matches!(byte, b' ' | b'\t')).map(|byte| byte.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn types(values: &[&'static str]) -> MediaTypes {
        let value = |value: &&'static str| (CONTENT_TYPE, http::HeaderValue::from_static(value));
        MediaTypes::of(&values.iter().map(value).collect())
    }

    const STREAM: &str = "text/event-stream";

    #[test]
    fn one_of_several_is_enough() {
        let accept = [STREAM.to_owned()];
        for (values, suits, strictly) in [
            (&["Text/Event-Stream; charset=utf-8"][..], true, true),
            (&["application/json, text/event-stream; charset=utf-8"], true, true),
            (&["text/event-stream, application/json"], true, false),
            (&["application/json", "text/event-stream"], true, true),
            (&["text/event-stream", "application/json"], true, false),
            (&["text/event-stream;a=\",\\\",\", x"], true, true),
            (&["text/event-stream,", "*/*"], true, true),
            (&["text/html;a=\"x, text/event-stream\""], false, false),
            (&["text/html; text/event-stream"], false, false),
            (&["text /event-stream"], false, false),
            (&["text/event-streams"], false, false),
            (&[""], false, false),
            (&[], false, false),
        ] {
            let types = types(values);
            assert_eq!(types.suit(&accept), suits, "{values:?}");
            assert_eq!(types.suit_strictly(&accept), strictly, "{values:?}");
        }
    }

    #[test]
    fn what_the_caller_accepts_is_taken_literally() {
        for (accept, value) in [
            ("text/plain", "Text/Plain; charset=utf-8"),
            ("text/plain; charset=utf-8", "text/plain;charset=UTF-8"),
            ("text/plain; charset=utf-8", "application/json, text/plain; charset=utf-8"),
            ("event-stream", "event-stream"),
            ("application/json, text/x", "application/json, text/x"),
        ] {
            assert!(types(&[value]).suit(&[STREAM.into(), accept.into()]), "{accept} {value}");
        }
        let plain = ["text/plain; charset=utf-8".to_owned()];
        for other in ["text/plain", "text/plain; charset=latin-1", "text/ plain; charset=utf-8"] {
            assert!(!types(&[other]).suit(&plain), "{other}");
        }
    }

    #[test]
    fn what_is_shown_is_short() {
        assert_eq!(types(&["Text/HTML; charset=x"]).shown().as_deref(), Some("text/html"));
        assert_eq!(types(&["a/b;c, d/e"]).shown().as_deref(), Some("a/b, d/e"));
        assert_eq!(types(&[" , "]).shown(), None);
        let long: &'static str = "x".repeat(9_999).leak();
        assert_eq!(types(&[long]).shown().map(|shown| shown.len()), Some(SHOWN));
    }
}
