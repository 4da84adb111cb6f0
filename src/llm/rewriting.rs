//! JSON that `JSON.parse` takes and serde does not, rewritten.
#![forbid(unsafe_code)]

use std::borrow::Cow;
use std::collections::HashMap;

use serde::de::IgnoredAny;

use super::surrogates;

/// How deep equal keys are looked for: deeper than anything that a dialect reads. What lies below is
/// text for the caller's parser.
const DEPTH: usize = 64;

/// In how many members of an event equal keys are looked for, so that memory stays bounded.
const MEMBERS: usize = 1 << 16;

/// The object in `data` with halves of surrogate pairs as [`surrogates`] writes them, the last of equal
/// keys alone, and `null` for numbers that are too large. `None` if nothing of that is in it, or it is no
/// JSON.
pub(super) fn rewrite(data: &str) -> Option<String> {
    let data = data.trim_ascii();
    if !data.starts_with('{') {
        return None;
    }
    // From here on the grammar is known to hold.
    serde_json::from_str::<IgnoredAny>(data).ok()?;
    let rewriter =
        Rewriter { data, at: 0, out: String::with_capacity(data.len() + 16), changed: false };
    rewriter.run()
}

struct Rewriter<'a> {
    data: &'a str,
    at: usize,
    out: String,
    changed: bool,
}

/// A list or an object that is not closed yet.
enum Open<'a> {
    List,
    Object(Members<'a>),
}

#[derive(Default)]
struct Members<'a> {
    /// Where each begins in what is written.
    starts: Vec<usize>,
    /// The last of each key.
    last: HashMap<Cow<'a, str>, usize>,
}

impl<'a> Rewriter<'a> {
    fn run(mut self) -> Option<String> {
        let mut open: Vec<Open<'a>> = Vec::new();
        let mut depth = 0_usize;
        let mut members = 0_usize;
        // What is void of what is written.
        let mut void: Vec<(usize, usize)> = Vec::new();
        let mut key_due = false;
        while let Some(byte) = self.data.as_bytes().get(self.at).copied() {
            match byte {
                b'{' | b'[' => {
                    if depth < DEPTH {
                        let object = byte == b'{';
                        open.push(if object {
                            Open::Object(Members::default())
                        } else {
                            Open::List
                        });
                    }
                    depth += 1;
                    key_due = byte == b'{';
                    self.copy(1);
                }
                b'}' | b']' => {
                    depth -= 1;
                    open.truncate(depth);
                    key_due = false;
                    self.copy(1);
                }
                b',' => {
                    key_due = matches!(open.last(), Some(Open::Object(_))) && open.len() == depth;
                    self.copy(1);
                }
                b'"' => {
                    let (start, from) = (self.out.len(), self.at);
                    self.string();
                    if std::mem::take(&mut key_due)
                        && open.len() == depth
                        && let Some(Open::Object(object)) = open.last_mut()
                    {
                        members += 1;
                        if members > MEMBERS {
                            return None;
                        }
                        void.extend(object.add(key(&self.data[from..self.at]), start));
                    }
                }
                b'-' | b'0'..=b'9' => self.number(),
                // Whitespace and words.
                _ => self.copy(1),
            }
        }
        self.changed |= !void.is_empty();
        self.changed.then(|| without(&self.out, void))
    }

    fn copy(&mut self, length: usize) {
        self.out.push_str(&self.data[self.at..self.at + length]);
        self.at += length;
    }

    fn number(&mut self) {
        let rest = &self.data[self.at..];
        let is_part = |byte: u8| byte.is_ascii_digit() || b"+-.eE".contains(&byte);
        let length = rest.bytes().take_while(|byte| is_part(*byte)).count();
        if rest[..length].parse::<f64>().is_ok_and(f64::is_finite) {
            return self.copy(length);
        }
        self.out.push_str("null");
        self.at += length;
        self.changed = true;
    }

    /// A string, both quotes included.
    fn string(&mut self) {
        self.copy(1);
        while let Some(letter) = self.data[self.at..].chars().next() {
            match letter {
                '"' => return self.copy(1),
                '\\' => self.escape(),
                letter if surrogates::is_mark(letter) => self.put(letter),
                letter => self.copy(letter.len_utf8()),
            }
        }
    }

    fn escape(&mut self) {
        let Some(unit) = unit(&self.data[self.at..]) else { return self.copy(2) };
        let next = unit_low(self.data.get(self.at + 6..).unwrap_or_default());
        if (0xD800..0xDC00).contains(&unit) && next {
            return self.copy(12);
        }
        if surrogates::is_half(unit) {
            surrogates::write_half(unit, &mut self.out);
            self.changed = true;
        } else if let Some(mark) = char::from_u32(unit).filter(|mark| surrogates::is_mark(*mark)) {
            surrogates::write(mark, &mut self.out);
            self.changed = true;
        } else {
            return self.copy(6);
        }
        self.at += 6;
    }

    /// A mark, which must not be taken for that of a half.
    fn put(&mut self, letter: char) {
        surrogates::write(letter, &mut self.out);
        self.at += letter.len_utf8();
        self.changed = true;
    }
}

impl<'a> Members<'a> {
    /// A member begins: what is void if its key came before.
    fn add(&mut self, key: Cow<'a, str>, start: usize) -> Option<(usize, usize)> {
        self.starts.push(start);
        let earlier = self.last.insert(key, self.starts.len() - 1)?;
        // Up to the next member, with the comma.
        Some((self.starts[earlier], self.starts[earlier + 1]))
    }
}

/// A key as it is compared.
fn key(quoted: &str) -> Cow<'_, str> {
    if quoted.contains('\\')
        && let Ok(key) = serde_json::from_str::<String>(quoted)
    {
        return Cow::Owned(key);
    }
    Cow::Borrowed(quoted.trim_matches('"'))
}

/// The code unit of an escape of the form `\uXXXX` at the beginning.
fn unit(text: &str) -> Option<u32> {
    u32::from_str_radix(text.strip_prefix("\\u")?.get(..4)?, 16).ok()
}

fn unit_low(text: &str) -> bool {
    unit(text).is_some_and(|unit| (0xDC00..0xE000).contains(&unit))
}

fn without(text: &str, mut void: Vec<(usize, usize)>) -> String {
    void.sort_unstable();
    let (mut out, mut at) = (String::with_capacity(text.len()), 0);
    for (start, end) in void {
        out.push_str(text.get(at..start).unwrap_or_default());
        at = at.max(end);
    }
    out.push_str(&text[at..]);
    out
}

#[cfg(test)]
mod tests {
    use super::rewrite;
    use crate::llm::surrogates::whole;

    fn rewritten(data: &str) -> Option<String> {
        rewrite(data).map(|json| whole(&json))
    }

    #[test]
    fn what_serde_takes_stays() {
        for data in [
            "",
            "[DONE]",
            "{}",
            "[1,{}]",
            r#"{"a":"\ud83d\ude00\\ud83d","b":[1e3,{"a":null}],"c":{"a":-0.0}}"#,
            r#"{"a":1,"a":2"#,
            "{\"a\":\"\n\",\"a\":2}",
            r#"{"a":1e400,}"#,
        ] {
            assert_eq!(rewrite(data), None, "{data}");
        }
    }

    #[test]
    fn the_last_of_equal_keys_counts() {
        let rows = [
            (r#"{"a":1,"a":2}"#, r#"{"a":2}"#),
            (r#"{"a":1, "b" : 2 ,"a":3,"a":[{"b":1,"b":2}]}"#, r#"{"b" : 2 ,"a":[{"b":2}]}"#),
            (r#"{"a":{"x":1,"x":2},"\u0061":3,"":4,"":5}"#, r#"{"\u0061":3,"":5}"#),
            (r#"{"a\"":"a","a\"":"a\\"}"#, r#"{"a\"":"a\\"}"#),
        ];
        for (data, expected) in rows {
            assert_eq!(rewritten(data).as_deref(), Some(expected), "{data}");
            let value = |json: &str| serde_json::from_str::<serde_json::Value>(json).unwrap();
            assert_eq!(value(data), value(expected), "{data}");
        }
    }

    #[test]
    fn halves_are_joined_or_replaced() {
        let rows = [
            (r#"{"a":"\ud83dx\ude00"}"#, "{\"a\":\"\u{FFFD}x\u{FFFD}\"}"),
            (r#"{"a":"\ud83d\ud83d\ude00\ude00"}"#, "{\"a\":\"\u{FFFD}\\ud83d\\ude00\u{FFFD}\"}"),
            (r#"{"\ud83d":1}"#, "{\"\u{FFFD}\":1}"),
            ("{\"a\":\"\u{FDD0}\u{E000} \\ud800\"}", "{\"a\":\"\u{FDD0}\u{E000} \u{FFFD}\"}"),
            (r#"{"a":"\ufdd0\ue000\ud800"}"#, "{\"a\":\"\u{FDD0}\\ue000\u{FFFD}\"}"),
        ];
        for (data, expected) in rows {
            assert_eq!(rewritten(data).as_deref(), Some(expected), "{data}");
        }
    }

    #[test]
    fn numbers_beyond_all_numbers_are_none() {
        let digits = "9".repeat(400);
        assert_eq!(
            rewritten(&format!(r#"{{"a":[1e400,-1E+999,1e-999,{digits}],"b":1}}"#)).as_deref(),
            Some(r#"{"a":[null,null,1e-999,null],"b":1}"#)
        );
    }

    #[test]
    fn depth_and_members_cost_no_more_than_their_bytes() {
        let deep = |inner: &str| {
            let depth = 200_000;
            format!("{{\"a\":{}{inner}{}}}", "[".repeat(depth), "]".repeat(depth))
        };
        assert_eq!(rewrite(&deep("1")), None);
        assert_eq!(rewritten(&deep(r#""\ud800""#)), Some(deep("\"\u{FFFD}\"")));
        let many = format!("{{{}\"b\":1}}", "\"a\":1,".repeat(60_000));
        assert_eq!(rewrite(&many).as_deref(), Some(r#"{"a":1,"b":1}"#));
        let more = format!("{{{}\"b\":1}}", "\"a\":1,".repeat(70_000));
        assert_eq!(rewrite(&more), None);
    }
}
