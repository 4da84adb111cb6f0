//! Token counts of Anthropic's Messages.
#![forbid(unsafe_code)]

use serde::Deserialize;

use super::scalar::Scalar;
use super::usage::Usage;

/// Token counts so far; each event brings some of them.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    fresh: Option<u64>,
    written: Option<u64>,
    cached: Option<u64>,
    output: Option<u64>,
}

/// The counts of one event.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_field_names, reason = "the names on the wire")]
pub(super) struct Tokens<'a> {
    #[serde(borrow)]
    input_tokens: Scalar<'a>,
    cache_creation_input_tokens: Scalar<'a>,
    cache_read_input_tokens: Scalar<'a>,
    output_tokens: Scalar<'a>,
}

impl Counts {
    /// Adds what an event tells; returns what is known now.
    pub fn update(&mut self, tokens: &Tokens<'_>) -> Usage {
        self.fresh = tokens.input_tokens.number().or(self.fresh);
        self.written = tokens.cache_creation_input_tokens.number().or(self.written);
        self.cached = tokens.cache_read_input_tokens.number().or(self.cached);
        self.output = tokens.output_tokens.number().or(self.output);
        self.usage()
    }

    /// What is written to a cache or read from one is not part of `input_tokens`.
    fn usage(&self) -> Usage {
        let cache = self.written.unwrap_or(0).saturating_add(self.cached.unwrap_or(0));
        Usage {
            input: self.fresh.map(|fresh| fresh.saturating_add(cache)),
            cached: self.cached,
            output: self.output,
            reasoning: None,
            total: None,
        }
        .with_total()
    }
}
