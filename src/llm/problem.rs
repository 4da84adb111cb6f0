//! How providers write an error.
#![forbid(unsafe_code)]

use std::borrow::Cow;

use serde::Deserialize;

use super::Failure;
use super::classify::classify;
use super::payload::parse;
use super::rewriting::rewrite;
use super::scalar::Scalar;
use super::shape::Shape;
use super::surrogates::whole;

/// The fields of an error object, in all spellings.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Problem<'a> {
    #[serde(borrow)]
    message: Scalar<'a>,
    /// The web framework behind vLLM and many gateways says it so.
    detail: Scalar<'a>,
    code: Scalar<'a>,
    #[serde(rename = "type")]
    kind: Scalar<'a>,
    /// Gemini's is a name, others' a number.
    status: Scalar<'a>,
    status_code: Scalar<'a>,
}

impl<'a> Problem<'a> {
    fn of_sentence(text: &'a str) -> Self {
        Self { message: Scalar::Text(Cow::Borrowed(text)), ..Self::default() }
    }

    fn says_something(&self) -> bool {
        let labels = [&self.message, &self.detail, &self.kind, &self.status];
        let numbers = [&self.code, &self.status, &self.status_code];
        labels.iter().any(|label| label.text().is_some())
            || self.code.text().is_some()
            || numbers.iter().any(|number| number.status().is_some())
    }

    fn failure(&self) -> Failure {
        let labels = [&self.code, &self.kind, &self.status];
        let labels = labels.iter().filter_map(|label| label.text());
        let statuses = [&self.status_code, &self.code, &self.status];
        let status = statuses.iter().find_map(|status| status.status());
        let message = self.message.text().or(self.detail.text()).unwrap_or_default();
        let class = classify(labels.clone(), status, message);
        let code = labels.clone().find(|label| label.parse::<u64>().is_err());
        Failure::told(class, status, code, message)
    }
}

/// What stands under `error`: an object, a bare sentence, or nothing.
pub(super) type Fault<'a> = Shape<'a, Problem<'a>>;

impl Fault<'_> {
    pub(super) fn failure(&self) -> Option<Failure> {
        match self {
            Self::Nothing => None,
            Self::Text(text) if text.is_empty() => None,
            Self::Text(text) => Some(Problem::of_sentence(text).failure()),
            Self::Object(problem) => problem.says_something().then(|| problem.failure()),
        }
    }
}

/// The data of an event that is an error, whatever it holds.
pub(super) fn of_error_event(data: &str) -> Failure {
    let data = &*readable(data);
    bare_error(data).unwrap_or_else(|| {
        let flat: Option<Problem<'_>> = parse(data).ok().filter(Problem::says_something);
        flat.unwrap_or_else(|| Problem::of_sentence(data)).failure()
    })
}

/// The same with what serde refuses rewritten, so that what the server said is not lost.
fn readable(data: &str) -> Cow<'_, str> {
    rewrite(data).map_or(Cow::Borrowed(data), |json| Cow::Owned(whole(&json)))
}

/// What the body of a refusal says, beside its status.
pub(super) fn of_refusal(status: u16, body: &str) -> Failure {
    let told = bare_error(&readable(body.trim()));
    let message = told.as_ref().map_or("", Failure::message);
    let code = told.as_ref().and_then(Failure::code);
    Failure::told(classify(code.into_iter(), Some(status), message), Some(status), code, message)
}

/// The error in an object that is nothing else: nested as everywhere, or flat as older vLLM,
/// Mistral and web frameworks send it.
pub(super) fn bare_error(data: &str) -> Option<Failure> {
    #[derive(Deserialize)]
    struct Envelope<'a> {
        #[serde(borrow, default)]
        error: Fault<'a>,
    }

    let nested = parse::<Envelope<'_>>(data).ok().and_then(|envelope| envelope.error.failure());
    nested.or_else(|| {
        let flat: Problem<'_> = parse(data).ok()?;
        (flat.message.text().is_some() || flat.detail.text().is_some()).then(|| flat.failure())
    })
}
