//! How providers write an error.
#![forbid(unsafe_code)]

use std::borrow::Cow;

use serde::Deserialize;

use super::Failure;
use super::classify::{classify, of_minimax};
use super::payload::parse;
use super::rewriting::rewrite;
use super::scalar::Scalar;
use super::shape::{First, Shape};
use super::surrogates::whole;

/// The fields of an error object, in all spellings.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Problem<'a> {
    #[serde(borrow)]
    message: Scalar<'a>,
    /// Qianfan and others.
    error_msg: Scalar<'a>,
    error_message: Scalar<'a>,
    #[serde(rename = "errorMessage")]
    error_message_camel: Scalar<'a>,
    errmsg: Scalar<'a>,
    msg: Scalar<'a>,
    /// `MiniMax`.
    status_msg: Scalar<'a>,
    /// The web framework behind vLLM and many gateways says it so, of a wrong request in a list.
    detail: First<'a, Problem<'a>>,
    title: Scalar<'a>,
    code: Scalar<'a>,
    error_code: Scalar<'a>,
    #[serde(rename = "type")]
    kind: Scalar<'a>,
    /// Gemini's is a name, others' a number.
    status: Scalar<'a>,
    status_code: Scalar<'a>,
    success: Scalar<'a>,
}

impl<'a> Problem<'a> {
    fn of_sentence(text: &'a str) -> Self {
        Self { message: Scalar::Text(Cow::Borrowed(text)), ..Self::default() }
    }

    fn says_something(&self) -> bool {
        let labels = [&self.kind, &self.status, &self.code, &self.error_code];
        let numbers = [&self.code, &self.error_code, &self.status, &self.status_code];
        self.sentence().is_some()
            || labels.iter().any(|label| label.text().is_some())
            || numbers.iter().any(|number| number.status().is_some())
    }

    /// What it says in words.
    fn sentence(&self) -> Option<Cow<'_, str>> {
        let places = [
            &self.message,
            &self.error_msg,
            &self.error_message,
            &self.error_message_camel,
            &self.errmsg,
            &self.msg,
            &self.status_msg,
        ];
        let own = places.into_iter().find_map(Scalar::text).map(Cow::Borrowed);
        own.or_else(|| self.detail.0.sentence()).or_else(|| self.title.text().map(Cow::Borrowed))
    }

    /// Whether it says that all is well, as some do with every event.
    fn is_success(&self) -> bool {
        let well = |code: &Scalar<'_>| {
            matches!(code.number(), Some(0 | 200))
                || matches!(code.text(), Some("0" | "200" | "success" | "Success" | "ok" | "OK"))
        };
        self.success.is_true()
            || [&self.code, &self.error_code, &self.status_code, &self.status].into_iter().any(well)
            || [&self.message, &self.msg].into_iter().any(well)
    }

    fn failure(&self) -> Failure {
        let labels = [&self.code, &self.error_code, &self.kind, &self.status];
        let labels = labels.iter().filter_map(|label| label.text());
        let statuses = [&self.status_code, &self.code, &self.error_code, &self.status];
        let status = statuses.iter().find_map(|status| status.status());
        let message = self.sentence().unwrap_or_default();
        let class = classify(labels.clone(), status, &message);
        let code = labels.clone().find(|label| label.parse::<u64>().is_err());
        Failure::told(class, status, code, &message)
    }
}

/// What stands under `error`: an object, a bare sentence, or nothing.
pub(super) type Fault<'a> = Shape<'a, Problem<'a>>;

impl Fault<'_> {
    fn sentence(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Nothing => None,
            Self::Text(text) => Some(Cow::Borrowed(&**text)).filter(|text| !text.is_empty()),
            Self::Object(problem) => problem.sentence(),
        }
    }

    pub(super) fn failure(&self) -> Option<Failure> {
        match self {
            Self::Nothing => None,
            Self::Text(text) if text.is_empty() => None,
            Self::Text(text) => Some(Problem::of_sentence(text).failure()),
            Self::Object(problem) => problem.says_something().then(|| problem.failure()),
        }
    }

    /// What stands under `base_resp`: `MiniMax`'s word on how it went, beside every answer. 0 is well.
    pub(super) fn of_base_resp(&self) -> Option<Failure> {
        let problem = self.object()?;
        let number = problem.status_code.number().filter(|number| *number != 0)?;
        let message = problem.sentence().unwrap_or_default();
        let class = of_minimax(number);
        let class = class.unwrap_or_else(|| classify(std::iter::empty(), None, &message));
        Some(Failure::told(class, None, Some(&number.to_string()), &message))
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
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Envelope<'a> {
        #[serde(borrow)]
        error: First<'a, Problem<'a>>,
        errors: First<'a, Problem<'a>>,
        base_resp: Fault<'a>,
    }

    let nested = parse::<Envelope<'_>>(data).ok().and_then(|envelope| {
        let Envelope { error, errors, base_resp } = envelope;
        error.0.failure().or_else(|| errors.0.failure()).or_else(|| base_resp.of_base_resp())
    });
    nested.or_else(|| {
        let flat: Problem<'_> = parse(data).ok()?;
        (flat.sentence().is_some() && !flat.is_success()).then(|| flat.failure())
    })
}
