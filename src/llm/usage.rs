//! Token counts.
#![forbid(unsafe_code)]

use serde::{Deserialize, Serialize};

use super::scalar::Scalar;
use super::shape::Shape;

/// Token counts of an answer, as far as the provider told. The counts mean the same whatever the
/// provider: cached tokens are part of `input`, reasoning tokens part of `output`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Usage {
    /// Tokens read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<u64>,
    /// Tokens of the input that came from a cache.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cached: Option<u64>,
    /// Tokens produced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<u64>,
    /// Tokens of the output that were thought and not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasoning: Option<u64>,
    /// Input and output together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
}

impl Usage {
    /// Takes in a later count of the same attempt: what it tells replaces what was known.
    pub fn update(&mut self, later: Self) {
        self.input = later.input.or(self.input);
        self.cached = later.cached.or(self.cached);
        self.output = later.output.or(self.output);
        self.reasoning = later.reasoning.or(self.reasoning);
        self.total = later.total.or(self.total);
    }

    /// Adds the count of another attempt. What neither told stays unknown.
    pub fn add(&mut self, other: Self) {
        let sum = |mine: Option<u64>, other: Option<u64>| match (mine, other) {
            (Some(mine), Some(other)) => Some(mine.saturating_add(other)),
            (mine, other) => mine.or(other),
        };
        self.input = sum(self.input, other.input);
        self.cached = sum(self.cached, other.cached);
        self.output = sum(self.output, other.output);
        self.reasoning = sum(self.reasoning, other.reasoning);
        self.total = sum(self.total, other.total);
    }

    /// The sum where the provider gave none.
    pub(super) fn with_total(mut self) -> Self {
        if let (None, Some(input), Some(output)) = (self.total, self.input, self.output) {
            self.total = Some(input.saturating_add(output));
        }
        self
    }
}

/// The object of Chat Completions (`prompt_…`, `completion_…`) and of Responses (`input_…`,
/// `output_…`); gateways mix them.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_field_names, reason = "the names on the wire")]
pub(super) struct Tokens<'a> {
    #[serde(borrow)]
    prompt_tokens: Scalar<'a>,
    completion_tokens: Scalar<'a>,
    input_tokens: Scalar<'a>,
    output_tokens: Scalar<'a>,
    total_tokens: Scalar<'a>,
    prompt_cache_hit_tokens: Scalar<'a>,
    prompt_tokens_details: Shape<'a, Details<'a>>,
    input_tokens_details: Shape<'a, Details<'a>>,
    completion_tokens_details: Shape<'a, Details<'a>>,
    output_tokens_details: Shape<'a, Details<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Details<'a> {
    #[serde(borrow)]
    cached_tokens: Scalar<'a>,
    reasoning_tokens: Scalar<'a>,
}

impl Tokens<'_> {
    pub(super) fn usage(&self) -> Usage {
        let cached = [&self.prompt_tokens_details, &self.input_tokens_details];
        let cached =
            cached.into_iter().find_map(|details| details.object()?.cached_tokens.number());
        let thought = [&self.completion_tokens_details, &self.output_tokens_details];
        let thought =
            thought.into_iter().find_map(|details| details.object()?.reasoning_tokens.number());
        Usage {
            input: self.prompt_tokens.number().or(self.input_tokens.number()),
            cached: cached.or(self.prompt_cache_hit_tokens.number()),
            output: self.completion_tokens.number().or(self.output_tokens.number()),
            reasoning: thought,
            total: self.total_tokens.number(),
        }
        .with_total()
    }
}
