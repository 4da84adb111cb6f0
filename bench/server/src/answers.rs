//! Answers of language models, token by token, as their providers stream them.

/// A token of a streamed chat completion, about 260 bytes.
pub fn chat(number: usize) -> String {
    let token = token(number);
    chat_chunk(&format!(
        "[{{\"index\":0,\"delta\":{{\"content\":\"{token}\"}},\"logprobs\":null,\"finish_reason\":null}}]"
    ))
}

/// What comes before the first token.
pub fn chat_opening() -> String {
    chat_chunk(
        "[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\",\"refusal\":null},\
         \"logprobs\":null,\"finish_reason\":null}]",
    )
}

/// What comes after the last.
pub fn chat_closing() -> String {
    let finish =
        chat_chunk("[{\"index\":0,\"delta\":{},\"logprobs\":null,\"finish_reason\":\"stop\"}]");
    let usage = chat_chunk(
        "[],\"usage\":{\"prompt_tokens\":17,\"completion_tokens\":4096,\"total_tokens\":4113,\
         \"prompt_tokens_details\":{\"cached_tokens\":0,\"audio_tokens\":0},\
         \"completion_tokens_details\":{\"reasoning_tokens\":0,\"audio_tokens\":0}}",
    );
    format!("{finish}{usage}data: [DONE]\n\n")
}

fn chat_chunk(choices: &str) -> String {
    format!(
        "data: {{\"id\":\"chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT\",\"object\":\"chat.completion.chunk\",\
         \"created\":1741569952,\"model\":\"gpt-4.1-2025-04-14\",\"system_fingerprint\":\"fp_b3f1157249\",\
         \"choices\":{choices}}}\n\n"
    )
}

/// A token of a message of Anthropic's.
pub fn anthropic(number: usize) -> String {
    let token = token(number);
    anthropic_event(
        "content_block_delta",
        &format!(",\"index\":0,\"delta\":{{\"type\":\"text_delta\",\"text\":\"{token}\"}}"),
    )
}

/// What comes before the first token.
pub fn anthropic_opening() -> String {
    [
        anthropic_event(
            "message_start",
            ",\"message\":{\"id\":\"msg_1nZdL29xx5MUA1yADyHTEsnR8uuvGzszyY\",\"type\":\"message\",\
             \"role\":\"assistant\",\"content\":[],\"model\":\"claude-sonnet-5-5\",\
             \"stop_reason\":null,\"stop_sequence\":null,\
             \"usage\":{\"input_tokens\":17,\"output_tokens\":1}}",
        ),
        anthropic_event(
            "content_block_start",
            ",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}",
        ),
        anthropic_event("ping", ""),
    ]
    .concat()
}

/// What comes after the last.
pub fn anthropic_closing() -> String {
    [
        anthropic_event("content_block_stop", ",\"index\":0"),
        anthropic_event(
            "message_delta",
            ",\"delta\":{\"stop_reason\":\"end_turn\",\"stop_sequence\":null},\
             \"usage\":{\"output_tokens\":4096}",
        ),
        anthropic_event("message_stop", ""),
    ]
    .concat()
}

fn anthropic_event(kind: &str, members: &str) -> String {
    format!("event: {kind}\ndata: {{\"type\":\"{kind}\"{members}}}\n\n")
}

/// Five characters, in the JSON of a string. In three of sixteen there is something to unescape.
fn token(number: usize) -> &'static str {
    const TOKENS: [&str; 16] = [
        " then",
        " the ",
        " into",
        " over",
        " long",
        " rain",
        " sea,",
        " land",
        " from",
        " runs",
        " ends",
        " with",
        " what",
        " \\\"so\\\"",
        ".\\nIt ",
        ".\\n\\nAs",
    ];
    // The golden ratio takes turns without an order that can be learned in a few.
    TOKENS[((number as u32).wrapping_mul(0x9E37_79B1) >> 28) as usize]
}
