//! Recorded streams, where they are at hand, against the table that came with them.

use std::path::Path;

use perennial_sse::llm::Family::{self, Anthropic, ChatCompletions, Gemini, Responses};
use serde_json::Value;

use crate::reading::{Reading, Told, read, read_everywhere};
use crate::sha256;

const NOTHING: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// A row of the table. Lengths in code points.
struct Row {
    file: &'static str,
    family: Family,
    events: usize,
    comments: usize,
    done: usize,
    finishes: &'static [&'static str],
    errors: usize,
    text: (usize, &'static str),
    reasoning: Option<(usize, &'static str)>,
    tool: Option<(&'static str, usize)>,
}

const fn row(file: &'static str, family: Family, events: usize) -> Row {
    Row {
        file,
        family,
        events,
        comments: 0,
        done: 0,
        finishes: &["stop"],
        errors: 0,
        text: (0, NOTHING),
        reasoning: None,
        tool: None,
    }
}

const ROWS: [Row; 21] = [
    Row {
        done: 1,
        finishes: &["tool_calls"],
        tool: Some(("get_capital", 16)),
        ..row("pydantic-ai__openai-chat.1.sse.txt", ChatCompletions, 9)
    },
    Row {
        done: 1,
        text: (32, "6d6d6474ad3b118a39ef78a87d0b9fcf647dae1e8d4234be0f75ae3823ed2b8e"),
        ..row("pydantic-ai__openai-chat.2.sse.txt", ChatCompletions, 12)
    },
    Row {
        done: 1,
        text: (6, "bdff8c417ab50e95e95cce16035a3799c7e00104de4a7b3453f06728c620faf7"),
        ..row("pydantic-ai__openai-chat-moderation.1.sse.txt", ChatCompletions, 7)
    },
    Row {
        text: (19, "53f836c9fbdabf17eb44223ac5a576d45dae9abf3f6202b957726864c4506ae5"),
        ..row("vercel-ai__azure-model-router.chunks.txt", ChatCompletions, 8)
    },
    Row {
        done: 1,
        text: (13, "43f0c4c6d14f478ac3784e79c7b6cb713156c36287a307f056684ca529e4cfe8"),
        ..row("pydantic-ai__crusoe-openai-compatible.1.sse.txt", ChatCompletions, 17)
    },
    Row {
        finishes: &["tool_calls"],
        tool: Some(("weather", 29)),
        ..row("vercel-ai__alibaba-tool-call.chunks.txt", ChatCompletions, 6)
    },
    Row {
        finishes: &["completed"],
        tool: Some(("final_result", 15)),
        ..row("pydantic-ai__openai-responses-text.1.sse.txt", Responses, 14)
    },
    Row {
        finishes: &["completed"],
        text: (15, "088c1ac1aec9ec1a8d975f916676e06ba44b4a5144d78231fc87298d6ef78d18"),
        ..row("pydantic-ai__openai-responses-background-resume.1.sse.txt", Responses, 17)
    },
    Row {
        finishes: &["completed"],
        text: (15, "088c1ac1aec9ec1a8d975f916676e06ba44b4a5144d78231fc87298d6ef78d18"),
        ..row("pydantic-ai__openai-responses-background-resume.2.sse.txt", Responses, 16)
    },
    Row {
        finishes: &[],
        errors: 1,
        ..row("vercel-ai__openai-responses-error.chunks.txt", Responses, 4)
    },
    Row {
        finishes: &["end_turn"],
        text: (12, "89b8b8e486421463d7e0f5caf60fb9cb35ce169b76e657ab21fc4d1d6b093603"),
        ..row("anthropic-sdk__basic_response.sse.txt", Anthropic, 9)
    },
    Row {
        finishes: &["tool_use"],
        text: (48, "7f9902d69047b083cd84e289dae90328599d266d81f3f1efc4a52405118575ad"),
        tool: Some(("get_weather", 21)),
        ..row("anthropic-sdk__tool_use_response.sse.txt", Anthropic, 15)
    },
    Row {
        finishes: &["end_turn"],
        text: (1021, "1b0c432c3a48cc2829d6ff2b6e2c0f62881416d4583337d6f8a8a9a48ad73dfc"),
        reasoning: Some((202, "18c2c6e0236d")),
        ..row("pydantic-ai__anthropic-thinking.1.sse.txt", Anthropic, 118)
    },
    Row {
        finishes: &["end_turn"],
        text: (13, "dffd6021bb2bd5b0af676290809ec3a53191dd81c7f70a4b28688a362182986f"),
        ..row("vercel-ai__anthropic-duplicate-message-start.chunks.txt", Anthropic, 7)
    },
    Row {
        finishes: &["STOP"],
        text: (32, "c9ba5557ea09feef90011604657255a11621c036b482e8c85fe966f2cf20d0b7"),
        ..row("pydantic-ai__gemini-crlf.1.sse.txt", Gemini, 3)
    },
    Row {
        finishes: &["STOP"],
        tool: Some(("get_country", 2)),
        ..row("pydantic-ai__gemini-tool-thought-signature.1.sse.txt", Gemini, 2)
    },
    Row {
        done: 1,
        text: (40, "cf0e60278f7fbdc36fdaf5630f08ec831d6d051d936563171e86258ad95ae574"),
        reasoning: Some((882, "d29146ea4f40")),
        ..row("pydantic-ai__deepseek-reasoner.1.sse.txt", ChatCompletions, 212)
    },
    Row {
        comments: 17,
        done: 1,
        finishes: &["length", "length"],
        errors: 1,
        reasoning: Some((42, "2366fab4e65d")),
        ..row("pydantic-ai__openrouter-midstream-error.1.sse.txt", ChatCompletions, 5)
    },
    Row {
        finishes: &[],
        errors: 1,
        reasoning: Some((412, "42abcfd444c1")),
        ..row("pydantic-ai__groq-tool-use-failed.1.sse.txt", ChatCompletions, 95)
    },
    Row {
        finishes: &["tool_calls"],
        tool: Some(("weather", 2)),
        ..row("vercel-ai__groq-tool-call.chunks.txt", ChatCompletions, 3)
    },
    Row {
        done: 1,
        text: (607, "e61ff78a68761d944f21a92e5a89e365735022da8ffddd99ad9d87476548a8e2"),
        reasoning: Some((421, "fcab447a2e58")),
        ..row("pydantic-ai__mistral-thinking-array-content.1.sse.txt", ChatCompletions, 159)
    },
];

impl Row {
    /// The body, where the recordings are at hand; chunks without framing get theirs.
    fn body(&self) -> Option<Vec<u8>> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/fixtures");
        if !folder.exists() {
            return None;
        }
        let bytes = std::fs::read(folder.join(self.file)).expect(self.file);
        if !self.file.ends_with(".chunks.txt") {
            return Some(bytes);
        }
        let text = String::from_utf8(bytes).expect(self.file);
        let frame = |line: &str| match self.family {
            Anthropic | Responses => {
                let value: Value = serde_json::from_str(line).expect(self.file);
                format!("event: {}\ndata: {line}\n\n", value["type"].as_str().unwrap_or_default())
            }
            _ => format!("data: {line}\n\n"),
        };
        Some(text.lines().map(frame).collect::<String>().into_bytes())
    }

    fn check(&self, reading: &Reading) {
        let Self { file, errors, .. } = self;
        let answer = &reading.message.answer;
        assert_eq!(reading.refused, [], "{file}");
        assert_eq!(reading.events, self.events, "{file}");
        assert_eq!(reading.comments, self.comments, "{file}");
        assert_eq!(reading.finishes(), self.finishes, "{file}");
        assert_eq!(reading.errors().len(), *errors, "{file}");
        assert_eq!(reading.is_complete(), *errors == 0, "{file}");
        let done = reading.told.iter().filter(|told| **told == Told::Done).count();
        let in_band = matches!(self.family, Anthropic | Responses);
        assert_eq!(done, if in_band { 1 } else { self.done }, "{file}");
        let text = (answer.content.chars().count(), &*sha256::hex(&answer.content));
        assert_eq!(text, self.text, "{file}");
        let sum = sha256::hex(&answer.reasoning);
        let reasoning = (answer.reasoning.chars().count(), &sum[..12]);
        assert_eq!(reasoning, self.reasoning.unwrap_or((0, &NOTHING[..12])), "{file}");
        let tools: Vec<_> = answer.tool_calls.iter().collect();
        let tools: Vec<_> =
            tools.iter().map(|call| (&*call.name, call.arguments.chars().count())).collect();
        assert_eq!(tools, self.tool.as_slice(), "{file}");
        assert!(reading.message.model.is_some(), "{file}");
    }
}

#[test]
fn every_recording_says_what_its_table_says_at_every_split() {
    for row in ROWS {
        let Some(body) = row.body() else { return };
        row.check(&read_everywhere(row.family, &body, (body.len() / 150).max(1)));
    }
}

#[test]
fn a_recording_cut_at_an_event_is_complete_only_with_evidence() {
    for row in ROWS {
        let Some(body) = row.body() else { return };
        let expected: Vec<_> = (1..=row.events).map(|count| proof(&row, &body, count)).collect();
        assert_eq!(read(row.family, &body).complete, expected, "{}", row.file);
    }
}

#[test]
fn a_recording_cut_at_a_byte_is_never_complete_before_its_evidence() {
    for row in ROWS {
        let Some(body) = row.body() else { return };
        let whole = read(row.family, &body);
        for at in (0..body.len()).step_by((body.len() / 100).max(1)) {
            let cut = read(row.family, &body[..at]);
            // The last event may lack its blank line, or its end.
            let before = cut.events.saturating_sub(1);
            let known: Vec<_> = [&false].into_iter().chain(&whole.complete).copied().collect();
            let may = known[before] || known[cut.events];
            assert!(!cut.is_complete() || may, "{} cut at {at}", row.file);
        }
    }
}

#[test]
fn a_response_resumes_at_every_event_without_a_character_twice_or_missing() {
    let find = |part| ROWS.into_iter().find(|row| row.file.contains(part)).expect(part);
    let (first, second) = (find("background-resume.1"), find("background-resume.2"));
    let (Some(first), Some(second)) = (first.body(), second.body()) else { return };
    let whole = read(Responses, &first);
    let events = split(&first);
    for count in 1..=events.len() {
        let mut reader = crate::reading::Reader::new(Responses);
        reader.body([events[..count].concat().as_bytes()]);
        assert_eq!(reader.dialect.cursor(), u64::try_from(count - 1).ok());
        reader.dialect.resume();
        // It starts after event 0, so all the others are repeated.
        reader.body([&second[..]]);
        let resumed = reader.finish();
        assert_eq!(resumed.message, whole.message, "after {count} events");
        assert!(resumed.is_complete(), "after {count} events");
    }
}

fn split(body: &[u8]) -> Vec<String> {
    let text = String::from_utf8(body.to_vec()).expect("text");
    text.replace("\r\n", "\n").split_inclusive("\n\n").map(str::to_owned).collect()
}

/// Whether the first `count` events prove an end, judged from their JSON and nothing else.
fn proof(row: &Row, body: &[u8], count: usize) -> bool {
    let events = split(body);
    let data = events.iter().filter_map(|event| {
        event.lines().find_map(|line| line.strip_prefix("data:")).map(str::trim)
    });
    let mut proof = false;
    for data in data.take(count) {
        let value: Value = serde_json::from_str(data).unwrap_or_default();
        let some = |value: &Value| value.as_str().is_some_and(|text| !text.is_empty());
        if !value["error"].is_null() || value["type"] == "error" {
            return false;
        }
        proof |= data == "[DONE]"
            || match row.family {
                ChatCompletions => some(&value["choices"][0]["finish_reason"]),
                Gemini => some(&value["candidates"][0]["finishReason"]),
                Anthropic => value["type"] == "message_stop",
                _ => ["response.completed", "response.incomplete", "response.failed"]
                    .iter()
                    .any(|terminal| value["type"] == *terminal),
            };
    }
    proof
}
