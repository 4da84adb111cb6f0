//! WHATWG HTML 9.2.5 and 9.2.6, word by word: the whole body decoded at once, with no care for
//! speed or memory.

use crate::transcript::{Said, Transcript};

/// The buffers of 9.2.6, and what this block alone said.
#[derive(Default)]
struct Buffers {
    data: String,
    event_type: String,
    id: Option<String>,
    retry: Option<u64>,
}

/// What a body says.
pub fn interpret(body: &[u8]) -> Transcript {
    // "Streams must be decoded using the UTF-8 decode algorithm", which strips one mark.
    let text = String::from_utf8_lossy(body);
    let mut rest = text.strip_prefix('\u{FEFF}').unwrap_or(&text);
    let mut buffers = Buffers::default();
    let mut said = Vec::new();
    // "Lines must be separated by either CRLF, a single LF, or a single CR."
    while let Some(at) = rest.find(['\r', '\n']) {
        let (line, ending) = rest.split_at(at);
        rest = ending.strip_prefix("\r\n").unwrap_or(&ending[1..]);
        process_line(line, &mut buffers, &mut said);
    }
    // Not in the standard, which discards: what the end of the body hands over.
    if rest.starts_with("data:") {
        process_line(rest, &mut buffers, &mut said);
    }
    Transcript { said, failure: None, unfinished: dispatch(&mut buffers) }
}

fn process_line(line: &str, buffers: &mut Buffers, said: &mut Vec<Said>) {
    if line.is_empty() {
        // "If the line is empty: dispatch the event."
        let id = buffers.id.clone();
        match (dispatch(buffers), id) {
            (Some(event), _) => said.push(event),
            (None, Some(id)) => said.push(Said::Id(id)),
            (None, None) => {}
        }
    } else if let Some(comment) = line.strip_prefix(':') {
        // "If the line starts with a U+003A COLON character: ignore the line."
        said.push(Said::Comment(comment.strip_prefix(' ').unwrap_or(comment).into()));
    } else if let Some((field, value)) = line.split_once(':') {
        // "If value starts with a U+0020 SPACE character, remove it from value."
        process_field(field, value.strip_prefix(' ').unwrap_or(value), buffers, said);
    } else {
        // "Using the whole line as the field name, and the empty string as the field value."
        process_field(line, "", buffers, said);
    }
}

fn process_field(field: &str, value: &str, buffers: &mut Buffers, said: &mut Vec<Said>) {
    match field {
        "event" => buffers.event_type = value.into(),
        "data" => {
            buffers.data.push_str(value);
            buffers.data.push('\n');
        }
        "id" if !value.contains('\0') => buffers.id = Some(value.into()),
        "retry" if !value.is_empty() && value.chars().all(|c| c.is_ascii_digit()) => {
            let time = value.parse().unwrap_or(u64::MAX);
            buffers.retry = Some(time);
            said.push(Said::Retry(time));
        }
        _ => {}
    }
}

fn dispatch(buffers: &mut Buffers) -> Option<Said> {
    let Buffers { mut data, event_type, id, retry } = std::mem::take(buffers);
    // "If the data buffer is an empty string, set the data buffer and the event type buffer to the
    // empty string and return."
    if data.is_empty() {
        return None;
    }
    // "If the data buffer's last character is a U+000A LINE FEED character, remove it."
    data.pop();
    let name = (!event_type.is_empty()).then_some(event_type);
    Some(Said::Event { name, data, id, retry })
}
