//! One answer as each family tells it: thought, text with wide characters, a tool call, usage.

use perennial_sse::llm::{Choice, Family, Finish, Message, ToolCall, Usage};

use crate::reading::{Reading, Told, read_everywhere};

const TRANSCRIPTS: [(Family, &[u8]); 5] = [
    (Family::ChatCompletions, include_bytes!("transcripts/chat_completions.sse")),
    (Family::Responses, include_bytes!("transcripts/responses.sse")),
    (Family::Anthropic, include_bytes!("transcripts/anthropic.sse")),
    (Family::Gemini, include_bytes!("transcripts/gemini.sse")),
    (Family::Ollama, include_bytes!("transcripts/ollama.ndjson")),
];

/// The data of the event that proves the end, by family.
fn is_proof(family: Family, event: &str) -> bool {
    match family {
        Family::ChatCompletions => event.contains(r#""finish_reason":"tool_calls""#),
        Family::Responses => event.contains("response.completed"),
        Family::Anthropic => event.contains("message_stop"),
        Family::Gemini => event.contains("finishReason"),
        Family::Ollama => event.contains(r#""done":true"#),
    }
}

fn expected(family: Family) -> Message {
    use Family::{Anthropic, ChatCompletions, Gemini, Ollama, Responses};
    let own = |text: &str| Some(text.to_owned());
    let (id, model, reason) = match family {
        ChatCompletions => (own("c1"), "gpt-4.1", "tool_calls"),
        Responses => (own("resp_1"), "gpt-5", "completed"),
        Anthropic => (own("msg_1"), "claude-sonnet-4-5", "tool_use"),
        Gemini => (own("r1"), "gemini-2.5-flash", "STOP"),
        Ollama => (None, "qwen3", "stop"),
    };
    let call_id = match family {
        ChatCompletions | Responses => own("call_1"),
        Anthropic => own("toolu_1"),
        Gemini | Ollama => None,
    };
    let content = match family {
        ChatCompletions => "你好, \"wörld\" 🌊\n",
        _ => "你好 🌊",
    };
    let arguments = match family {
        Gemini => r#"{"city":"東京","days":[1,-2,3.5],"now":null}"#,
        _ => r#"{"city":"東京"}"#,
    };
    let usage = Usage {
        input: Some(9),
        cached: Some(4).filter(|_| family != Ollama),
        output: Some(14),
        reasoning: Some(5).filter(|_| !matches!(family, Anthropic | Ollama)),
        total: Some(23),
    };
    Message {
        id,
        model: own(model),
        answer: Choice {
            content: content.into(),
            reasoning: "先想".into(),
            tool_calls: vec![ToolCall {
                index: 0,
                id: call_id,
                name: "weather".into(),
                arguments: arguments.into(),
            }],
            finish_reason: own(reason),
            ..Choice::default()
        },
        others: Vec::new(),
        usage: Some(usage),
    }
}

fn told(family: Family, body: &[u8]) -> Reading {
    let reading = read_everywhere(family, body, 5);
    assert_eq!(reading.refused, [], "{family:?}");
    reading
}

#[test]
fn every_family_tells_the_same_message_at_every_split() {
    for (family, body) in TRANSCRIPTS {
        let reading = told(family, body);
        assert_eq!(reading.message, expected(family), "{family:?}");
        assert_eq!(reading.message.answer.finish(), Some(Finish::ToolCalls), "{family:?}");
    }
}

#[test]
fn an_answer_is_complete_from_its_evidence_on_and_never_before() {
    for (family, body) in TRANSCRIPTS {
        let text = std::str::from_utf8(body).expect("text").replace("\r\n", "\n");
        let end = if family == Family::Ollama { "\n" } else { "\n\n" };
        let events = text.split_terminator(end).filter(|event| {
            let first = event.lines().next().unwrap_or_default();
            !first.is_empty() && !first.starts_with(':')
        });
        let mut proven = false;
        let proof = events.map(|event| {
            proven |= is_proof(family, event);
            proven
        });
        assert_eq!(told(family, body).complete, proof.collect::<Vec<_>>(), "{family:?}");
    }
}

#[test]
fn start_up_is_no_content_and_content_no_start_up() {
    for (family, body) in TRANSCRIPTS {
        let told = told(family, body).told;
        let thought = Told::Reasoning(0, "先想".into());
        let first = told.iter().position(|told| *told == thought).expect("a thought");
        let startup = &told[..first];
        let silent = startup.iter().all(|told| matches!(told, Told::Start(..) | Told::Usage(_)));
        assert!(silent, "{family:?}: {startup:?}");
        let starts = told.iter().filter(|told| matches!(told, Told::Start(..))).count();
        assert_eq!(starts, 1, "{family:?}");
    }
}

#[test]
fn families_are_found_by_their_names_and_by_providers() {
    for (family, _) in TRANSCRIPTS {
        assert_eq!(Family::named(family.name()), Some(family));
    }
    let providers = ["openai", "azure", "deepseek", "qwen", "kimi", "zai", "mistral", "groq"];
    for provider in providers.into_iter().chain(["xai", "openrouter", "vllm", "holysheep"]) {
        assert_eq!(Family::named(provider), Some(Family::ChatCompletions), "{provider}");
    }
    assert_eq!(Family::named("OpenAI"), None);
    assert_eq!(Family::named(""), None);
}

#[test]
fn a_message_is_plain_json() {
    let json = serde_json::to_value(expected(Family::ChatCompletions)).expect("plain data");
    let call = serde_json::json!({
        "index": 0, "id": "call_1", "name": "weather", "arguments": r#"{"city":"東京"}"#
    });
    let usage = serde_json::json!({
        "input": 9, "cached": 4, "output": 14, "reasoning": 5, "total": 23
    });
    let whole = serde_json::json!({
        "id": "c1",
        "model": "gpt-4.1",
        "content": "你好, \"wörld\" 🌊\n",
        "reasoning": "先想",
        "refusal": "",
        "toolCalls": [call],
        "finishReason": "tool_calls",
        "usage": usage,
    });
    assert_eq!(json, whole);
}
