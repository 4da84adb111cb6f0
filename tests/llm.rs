//! LLM streams from outside: events to deltas, deltas to a message, and when it is complete.

#[path = "llm/anthropic.rs"]
mod anthropic;
#[path = "llm/bounds.rs"]
mod bounds;
#[path = "llm/chat_completions.rs"]
mod chat_completions;
#[path = "llm/evidence.rs"]
mod evidence;
#[path = "llm/failures.rs"]
mod failures;
#[path = "llm/fixtures.rs"]
mod fixtures;
#[path = "llm/gemini.rs"]
mod gemini;
#[path = "llm/json_lines.rs"]
mod json_lines;
#[path = "llm/leniency.rs"]
mod leniency;
#[path = "llm/ollama.rs"]
mod ollama;
#[path = "llm/reading.rs"]
mod reading;
#[path = "llm/responses.rs"]
mod responses;
#[path = "llm/sha256.rs"]
mod sha256;
#[path = "llm/transcripts.rs"]
mod transcripts;
