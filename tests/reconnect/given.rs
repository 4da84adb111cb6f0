//! The values that cases of `next_step.json` are made of.

use std::time::Duration;

use perennial_sse::reconnect::{Backoff, Ending, History, Jitter, Policy, Progress, Statuses};
use serde::Deserialize;

use super::policies;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct GivenPolicy {
    attempts: Option<u32>,
    elapsed_ms: Option<f64>,
    reset_after_ms: Option<f64>,
    recover_after_ms: Option<f64>,
    statuses: Vec<GivenStatus>,
    #[serde(rename = "unsafe")]
    unsafe_replay: bool,
    retry_after_cap_ms: f64,
    base_ms: f64,
    factor: f64,
    min_ms: f64,
    max_ms: f64,
    jitter: GivenJitter,
}

#[derive(Deserialize)]
#[serde(untagged)]
pub enum GivenStatus {
    One(u16),
    Range(u16, u16),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum GivenJitter {
    None,
    Full,
    Equal,
    Decorrelated,
    Ratio(f64),
    AddMs(f64),
    AddRatio(f64),
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct GivenHistory {
    failures: u32,
    previous_ms: Option<f64>,
    retry_field_ms: Option<f64>,
    outage_since_ms: Option<f64>,
    connected_at_ms: Option<f64>,
    moves: u32,
    progress: GivenProgress,
    waited_ms: f64,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GivenProgress {
    #[default]
    None,
    Event,
    NewId,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum GivenEnding {
    Terminal,
    End,
    Lost,
    Unsent,
    Unanswered,
    HeadersTimeout,
    Status { status: u16, retry_after_ms: Option<f64> },
    NoContent,
    Fatal,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct GivenRequest {
    pub safe: bool,
    pub delivered: bool,
    pub terminal_declared: bool,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GivenAdvice {
    #[default]
    Table,
    Repeat,
    Final,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GivenAnswer {
    Yes,
    No,
    Undecided,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GivenPool {
    pub failed: GivenPart,
    pub another: bool,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GivenPart {
    Endpoint,
    Key,
}

impl From<GivenPolicy> for Policy {
    fn from(given: GivenPolicy) -> Self {
        let mut statuses = Statuses::default();
        for status in given.statuses {
            statuses = match status {
                GivenStatus::One(status) => statuses.with(status..=status),
                GivenStatus::Range(first, last) => statuses.with(first..=last),
            };
        }
        Self {
            attempts: given.attempts,
            elapsed: given.elapsed_ms.map(ms),
            reset_after: given.reset_after_ms.map_or(Duration::MAX, ms),
            recover_after: given.recover_after_ms.map(ms),
            statuses,
            unsafe_replay: given.unsafe_replay,
            retry_after_cap: ms(given.retry_after_cap_ms),
            backoff: Backoff {
                base: ms(given.base_ms),
                factor: given.factor,
                min: ms(given.min_ms),
                max: ms(given.max_ms),
                jitter: match given.jitter {
                    GivenJitter::None => Jitter::None,
                    GivenJitter::Full => Jitter::Full,
                    GivenJitter::Equal => Jitter::Equal,
                    GivenJitter::Decorrelated => Jitter::Decorrelated,
                    GivenJitter::Ratio(ratio) => Jitter::Ratio(ratio),
                    GivenJitter::AddMs(extra) => Jitter::Add(ms(extra)),
                    GivenJitter::AddRatio(ratio) => Jitter::AddRatio(ratio),
                },
            },
            // Their bounds concern the retry field alone, which the cases give as it was clamped.
            ..policies::subscribe()
        }
    }
}

impl From<GivenHistory> for History {
    fn from(given: GivenHistory) -> Self {
        Self {
            failures: given.failures,
            previous: given.previous_ms.map(ms),
            server_base: given.retry_field_ms.map(ms),
            outage_since: given.outage_since_ms.map(ms),
            connected_at: given.connected_at_ms.map(ms),
            moves: given.moves,
            progress: match given.progress {
                GivenProgress::None => Progress::None,
                GivenProgress::Event => Progress::Event,
                GivenProgress::NewId => Progress::NewId,
            },
            waited: ms(given.waited_ms),
        }
    }
}

impl From<GivenEnding> for Ending {
    fn from(given: GivenEnding) -> Self {
        match given {
            GivenEnding::Terminal => Self::Terminal,
            GivenEnding::End => Self::End,
            GivenEnding::Lost => Self::Lost,
            GivenEnding::Unsent => Self::Unsent,
            GivenEnding::Unanswered => Self::Unanswered,
            GivenEnding::HeadersTimeout => Self::HeadersTimeout,
            GivenEnding::Status { status, retry_after_ms } => {
                Self::Status { status, retry_after: retry_after_ms.map(ms) }
            }
            GivenEnding::NoContent => Self::NoContent,
            GivenEnding::Fatal => Self::Fatal,
        }
    }
}

pub fn ms(millis: f64) -> Duration {
    Duration::from_secs_f64(millis / 1000.0)
}
