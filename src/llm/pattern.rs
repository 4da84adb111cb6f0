//! Events that differ in their text alone, as nearly all events of an answer do.
//!
//! To read the JSON of an event takes as long as everything else that happens to it. But where two
//! events are the same up to the text of a string and behind it, the second says what the first
//! said, with another text: JSON is read from front to back, and a string is a string.
#![forbid(unsafe_code)]

use super::Delta;
use super::literal::literal;
use crate::protocol::Event;

/// After so many events in a row that were no repetition no more are learned: some providers add
/// something random to each.
const PATIENCE: u8 = 16;

/// The most that is kept of an event, in bytes. Others are as rare as they are large.
const SIZE: usize = 4 * 1024;

/// The last event that said nothing but one piece of text.
#[derive(Debug, Default)]
pub(super) struct Pattern {
    learned: Option<Learned>,
    misses: u8,
    /// Where a text is unescaped that has to be.
    unescaped: String,
}

#[derive(Debug)]
struct Learned {
    name: Option<Vec<u8>>,
    /// Up to the text and from behind it, the quotes included.
    before: Vec<u8>,
    behind: Vec<u8>,
    voice: Voice,
    choice: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Voice {
    Content,
    Reasoning,
}

/// What a repetition says.
pub(super) struct Said<'t> {
    voice: Voice,
    choice: u32,
    text: &'t str,
}

impl Said<'_> {
    pub(super) fn delta(&self) -> Delta<'_> {
        let Self { choice, text, .. } = *self;
        match self.voice {
            Voice::Content => Delta::Content { choice, text },
            Voice::Reasoning => Delta::Reasoning { choice, text },
        }
    }
}

impl Pattern {
    /// One that learns nothing.
    #[cfg(test)]
    pub(super) const fn blind() -> Self {
        Self { learned: None, misses: PATIENCE, unescaped: String::new() }
    }

    /// What `event` says, if it repeats the last one but for its text.
    pub(super) fn read<'t>(&'t mut self, event: &Event<'t>) -> Option<Said<'t>> {
        let Self { learned, misses, unescaped } = self;
        let said = learned.as_ref()?.read(event, unescaped);
        if said.is_some() {
            *misses = 0;
        } else if *misses < PATIENCE {
            *misses += 1;
        } else {
            *learned = None;
        }
        said
    }

    /// Learns from an event that was read in full.
    pub(super) fn learn(&mut self, event: &Event<'_>, seen: &Seen<'_>) {
        if self.misses == PATIENCE || event.data.len() > SIZE {
            return;
        }
        if let Seen { deltas: 1, piece: Some((voice, choice, start, end)), .. } = *seen
            && let (before @ [.., b'"'], behind) = event.data.split_at(start)
            && let (_, behind @ [b'"', ..]) = behind.split_at(end - start)
        {
            let name = event.name.map(<[u8]>::to_vec);
            let (before, behind) = (before.to_vec(), behind.to_vec());
            self.learned = Some(Learned { name, before, behind, voice, choice });
        }
    }
}

impl Learned {
    fn read<'t>(&self, event: &Event<'t>, unescaped: &'t mut String) -> Option<Said<'t>> {
        if event.name != self.name.as_deref() {
            return None;
        }
        let text = event.data.strip_prefix(&*self.before)?.strip_suffix(&*self.behind)?;
        let text = literal(event.data, self.before.len(), text, unescaped)?;
        // What an empty text says is not for here to know.
        (!text.is_empty()).then_some(Said { voice: self.voice, choice: self.choice, text })
    }
}

/// What the deltas of an event were.
pub(super) struct Seen<'e> {
    data: &'e [u8],
    deltas: usize,
    /// The last that was text, and where in the data that is.
    piece: Option<(Voice, u32, usize, usize)>,
}

impl<'e> Seen<'e> {
    pub(super) const fn of(event: &Event<'e>) -> Self {
        Self { data: event.data, deltas: 0, piece: None }
    }

    pub(super) fn note(&mut self, delta: &Delta<'_>) {
        self.deltas += 1;
        self.piece = match *delta {
            Delta::Content { choice, text } => self.place(Voice::Content, choice, text),
            Delta::Reasoning { choice, text } => self.place(Voice::Reasoning, choice, text),
            _ => None,
        };
    }

    /// Nowhere, if the text had to be unescaped: then it is not lent out of the data.
    fn place(&self, voice: Voice, choice: u32, text: &str) -> Option<(Voice, u32, usize, usize)> {
        let start = text.as_ptr().addr().checked_sub(self.data.as_ptr().addr())?;
        let end = start.checked_add(text.len())?;
        (end <= self.data.len()).then_some((voice, choice, start, end))
    }
}

#[cfg(test)]
mod tests {
    use fastrand::Rng;

    use crate::llm::Family;
    use crate::llm::anthropic::Anthropic;
    use crate::llm::chat_completions::ChatCompletions;
    use crate::llm::dialect::Dialect;
    use crate::llm::lenient::Lenient;
    use crate::protocol::Event;

    /// What a dialect makes of events.
    fn told(dialect: &mut dyn Dialect, events: &[(Option<&str>, Vec<u8>)]) -> Vec<String> {
        events
            .iter()
            .map(|(name, data)| {
                let name = name.map(str::as_bytes);
                let event = Event { name, data, id: None, retry: None };
                let mut deltas = Vec::new();
                let ended = dialect.decode(&event, &mut |delta| deltas.push(format!("{delta:?}")));
                format!("{deltas:?} {ended:?}")
            })
            .collect()
    }

    fn both(events: &[(Option<&str>, Vec<u8>)]) -> Vec<String> {
        for family in [Family::ChatCompletions, Family::Anthropic] {
            let mut blind: Box<dyn Dialect> = match family {
                Family::Anthropic => Box::new(Lenient::new(Anthropic::blind())),
                _ => Box::new(Lenient::new(ChatCompletions::blind())),
            };
            assert_eq!(
                told(&mut *family.dialect(), events),
                told(&mut *blind, events),
                "{family:?} {:?}",
                events.iter().map(|(_, data)| String::from_utf8_lossy(data)).collect::<Vec<_>>()
            );
        }
        told(&mut *Family::ChatCompletions.dialect(), events)
    }

    fn chunk(text: &str) -> String {
        format!(
            "{{\"id\":\"a\",\"model\":\"m\",\"choices\":[{{\"index\":1,\"delta\":{{\"content\":{text}}},\
             \"finish_reason\":null}}]}}"
        )
    }

    #[test]
    fn a_repetition_says_its_own_text() {
        let texts = [
            "\"\"",
            "\"first\"",
            "\"second\"",
            "\"\"",
            "\"caf\u{e9} \u{6c34}\"",
            "\"a\\nb\\u00e9\\\"\"",
            "\"\\b\\f\\n\\r\\t\\/\\\\\\\"\"",
            "\"\u{6c34}\\n\u{6c34}\"",
            "\"a\\n\\x\"",
            "\"a\\n\"b\"",
            "\"a\\n\\\"",
            "\" \"",
            "null",
            "7",
            "\"a\",\"refusal\":\"b\"",
            "\"a\"},\"error\":{\"message\":\"b\"",
            "\"a\\\"",
            "\"\\ud800\"",
            "\"tab\there\"",
            "\"third\"",
        ];
        let events: Vec<_> = texts.iter().map(|text| (None, chunk(text).into_bytes())).collect();
        let told = both(&events);
        assert!(
            told[2].starts_with("[\"Content { choice: 1, text: \\\"second\\\" }\"]"),
            "{told:?}"
        );
    }

    #[test]
    fn dialects_that_know_patterns_say_what_others_say() {
        let mut chance = Rng::with_seed(1);
        let frames = [
            ("{\"choices\":[{\"delta\":{\"content\":\"", "\"}}]}"),
            ("{\"choices\":[{\"delta\":{\"reasoning_content\":\"", "\"}}]}"),
            ("{\"choices\":[{\"delta\":{\"content\":\"", "\"},\"finish_reason\":\"stop\"}]}"),
            ("{\"choices\":[{\"delta\":{\"content\":\"a\"}},{\"delta\":{\"content\":\"", "\"}}]}"),
            ("{\"choices\":[{\"delta\":{\"content\":[{\"type\":\"text\",\"text\":\"", "\"}]}}]}"),
            (
                "{\"id\":\"x\",\"choices\":[{\"delta\":{\"content\":\"",
                "\"}}],\"usage\":{\"prompt_tokens\":3}}",
            ),
            (
                "{\"type\":\"content_block_delta\",\"delta\":{\"type\":\"text_delta\",\"text\":\"",
                "\"}}",
            ),
            (
                "{\"type\":\"content_block_delta\",\"delta\":{\"type\":\"thinking_delta\",\"thinking\":\"",
                "\"}}",
            ),
            (
                "{\"type\":\"content_block_start\",\"content_block\":{\"type\":\"text\",\"text\":\"",
                "\"}}",
            ),
            (
                "{\"type\":\"content_block_start\",\"content_block\":{\"type\":\"tool_use\",\"input\":{\"a\":\"",
                "\"}}}",
            ),
        ];
        let parts: [&[u8]; 17] = [
            b"a",
            b"two words",
            b"\\n",
            b"\\u00e9",
            b"\\/\\\"\\\\",
            b"\\b\\f\\r\\t",
            b"\\x",
            b"\\",
            b"\"",
            b"\"}",
            b"\xff",
            b"\n",
            b"{",
            "\u{6c34}".as_bytes(),
            b"\",\"content\":\"",
            b" ",
            b"",
        ];
        for _ in 0..3_000 {
            let events: Vec<_> = (0..8)
                .map(|_| {
                    // Few frames at a time, so that they repeat.
                    let (before, behind) = frames[chance.usize(..frames.len()) / 3 * 3];
                    let mut data = before.as_bytes().to_vec();
                    for _ in 0..chance.usize(..3) {
                        data.extend_from_slice(parts[chance.usize(..parts.len())]);
                    }
                    data.extend_from_slice(behind.as_bytes());
                    if chance.usize(..8) == 0 {
                        data.truncate(chance.usize(..=data.len()));
                    }
                    (chance.bool().then_some("content_block_delta"), data)
                })
                .collect();
            both(&events);
            let frame = frames[chance.usize(..frames.len())];
            let same: Vec<_> = (0..4)
                .map(|_| {
                    let part = parts[chance.usize(..parts.len())];
                    (None, [frame.0.as_bytes(), part, frame.1.as_bytes()].concat())
                })
                .collect();
            both(&same);
        }
    }
}
