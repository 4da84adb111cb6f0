//! `next_step.json` as values of Rust; README.md says what its fields mean.

use std::collections::HashMap;

use perennial_sse::reconnect::{
    Facts, History, Policy, PoolFacts, PoolPart, RequestFacts, RetryAdvice, ShouldRetry,
};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::given::{
    GivenAdvice, GivenAnswer, GivenEnding, GivenHistory, GivenPart, GivenPolicy, GivenPool,
    GivenRequest, ms,
};

/// The whole file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Cases {
    #[serde(rename = "about")]
    _about: String,
    policies: HashMap<String, Map<String, Value>>,
    pub groups: Vec<Group>,
    pub pool_waits: Vec<PoolWait>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    pub about: String,
    pub cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Case {
    #[serde(rename = "case")]
    pub name: String,
    pub policy: Value,
    #[serde(default)]
    history: GivenHistory,
    ending: GivenEnding,
    #[serde(default)]
    request: GivenRequest,
    #[serde(default)]
    advice: GivenAdvice,
    pub pool: Option<GivenPool>,
    pub should_retry: Option<GivenAnswer>,
    #[serde(default)]
    stale: bool,
    left_ms: Option<f64>,
    #[serde(default)]
    now_ms: f64,
    #[serde(default = "half")]
    chance: f64,
    pub steps: Vec<Value>,
    history_after: Option<GivenHistory>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct PoolWait {
    #[serde(rename = "case")]
    pub name: String,
    pub policy: Value,
    pub rest_ms: f64,
    pub left_ms: Option<f64>,
    #[serde(default = "half")]
    pub chance: f64,
    pub delay_ms: Option<f64>,
}

impl Cases {
    pub fn read() -> Self {
        serde_json::from_str(include_str!("next_step.json")).unwrap()
    }

    /// A policy by its name, or one that says how it differs from another.
    pub fn policy(&self, given: &Value) -> Policy {
        let named = |name: &Value| self.policies[name.as_str().unwrap()].clone();
        let all = match given {
            Value::Object(differs) => {
                let mut all = named(&differs["of"]);
                all.extend(differs.clone());
                all.remove("of");
                all
            }
            name => named(name),
        };
        let given: GivenPolicy = serde_json::from_value(all.into()).unwrap();
        given.into()
    }
}

impl Case {
    /// The facts before the caller or the pool was asked.
    pub fn facts(&self) -> Facts {
        let GivenRequest { safe, delivered, terminal_declared } = self.request;
        Facts {
            history: self.history.into(),
            ending: self.ending.into(),
            stale: self.stale,
            advice: match self.advice {
                GivenAdvice::Table => {
                    RetryAdvice::Table(RequestFacts { safe, delivered, terminal_declared })
                }
                GivenAdvice::Repeat => RetryAdvice::Repeat,
                GivenAdvice::Final => RetryAdvice::Final,
            },
            pool: self.pool.map(|pool| PoolFacts {
                failed: match pool.failed {
                    GivenPart::Endpoint => PoolPart::Endpoint,
                    GivenPart::Key => PoolPart::Key,
                },
                another: None,
            }),
            should_retry: match self.should_retry {
                None => ShouldRetry::Absent,
                Some(_) => ShouldRetry::Unasked,
            },
            left: self.left_ms.map(ms),
            now: ms(self.now_ms),
            chance: self.chance,
        }
    }

    /// The history once the last step is obeyed, where the case says it.
    pub fn history_after(&self) -> Option<History> {
        self.history_after.map(History::from)
    }
}

fn half() -> f64 {
    0.5
}
