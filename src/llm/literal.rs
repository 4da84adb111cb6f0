//! The text of a JSON string, without a reader of JSON around it.
#![forbid(unsafe_code)]

/// The most memory that is kept for the next text, in bytes.
const KEPT: usize = 4 * 1024;

/// The text that stands between quotes at `start` of `data`, if nothing but a string stands there. It is
/// lent out of the data, or out of `unescaped`, which is only there to be used again.
pub(super) fn literal<'t>(
    data: &[u8],
    start: usize,
    text: &'t [u8],
    unescaped: &'t mut String,
) -> Option<&'t str> {
    let is_special = |byte: &u8| *byte < 0x20 || *byte == b'"' || *byte == b'\\';
    let text = std::str::from_utf8(text).ok()?;
    let Some(mut special) = text.as_bytes().iter().position(is_special) else { return Some(text) };
    unescaped.clear();
    unescaped.shrink_to(KEPT);
    let mut rest = text;
    loop {
        unescaped.push_str(&rest[..special]);
        let [b'\\', escaped, ..] = rest.as_bytes()[special..] else { return None };
        unescaped.push(match escaped {
            b'"' | b'\\' | b'/' => char::from(escaped),
            b'n' => '\n',
            b't' => '\t',
            b'r' => '\r',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            _ => {
                let quoted = data.get(start - 1..=start + text.len())?;
                *unescaped = serde_json::from_slice(quoted).ok()?;
                return Some(unescaped);
            }
        });
        rest = &rest[special + 2..];
        special = rest.as_bytes().iter().position(is_special).unwrap_or(rest.len());
        if special == rest.len() {
            unescaped.push_str(rest);
            return Some(unescaped);
        }
    }
}
