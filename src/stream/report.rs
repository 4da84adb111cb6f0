//! An error as JavaScript gets it.

use serde::Serialize;
use url::Url;

use super::secrets::Secret;
use crate::error::Error;

/// What stands where a secret was.
const HIDDEN: &str = "***";

/// Secrets with fewer characters are hidden only in what a server said.
const SHORT: usize = 8;

/// A failure, with everything that a person looks for at three in the morning.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    code: &'static str,
    message: String,
    phase: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    headers: Vec<(String, String)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    attempt: u64,
    retryable: bool,
    /// The attempts, or the time, of the policy are used up.
    exhausted: bool,
    /// Milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    causes: Vec<String>,
    last_event_id: String,
    events: u64,
    bytes: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    tail: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider_code: Option<String>,
}

/// What surrounds a failure.
#[derive(Debug)]
pub struct Scene<'a> {
    /// The attempt that failed, counted over the stream's life.
    pub attempt: u64,
    /// Whether another attempt could help.
    pub retryable: bool,
    /// Where the attempt went.
    pub url: Option<&'a Url>,
    /// The last id parsed.
    pub last_event_id: &'a str,
    /// Events parsed so far.
    pub events: u64,
    /// Bytes received so far.
    pub bytes: u64,
    /// The last bytes of the body, at most 1 KiB.
    pub tail: Option<&'a [u8]>,
}

impl Report {
    /// Describes `error` in its surroundings.
    #[must_use]
    pub fn new(error: &Error, scene: &Scene<'_>) -> Self {
        let refusal = error.refusal();
        Self {
            code: error.code(),
            message: error.to_string(),
            phase: error.phase().name(),
            // What a provider says inside a 200 stands for a status as well.
            status: refusal
                .map(|refusal| refusal.status)
                .filter(|status| *status > 0)
                .or_else(|| error.fault()?.status),
            headers: refusal.map(|refusal| refusal.headers.clone()).unwrap_or_default(),
            body: refusal.filter(|refusal| refusal.status > 0).map(|refusal| refusal.body.clone()),
            attempt: scene.attempt,
            retryable: scene.retryable,
            exhausted: false,
            retry_after: refusal
                .and_then(|refusal| refusal.retry_after)
                .map(|time| u64::try_from(time.as_millis()).unwrap_or(u64::MAX)),
            url: scene.url.map(redact),
            causes: error.causes(),
            last_event_id: scene.last_event_id.to_owned(),
            events: scene.events,
            bytes: scene.bytes,
            tail: scene.tail.map(|tail| String::from_utf8_lossy(tail).into_owned()),
            kind: error.fault().map(|fault| fault.class),
            provider_code: error.fault().and_then(|fault| fault.code.clone()),
        }
    }

    /// The attempts, or the time, of the policy are used up.
    pub const fn exhaust(&mut self) {
        self.exhausted = true;
    }

    /// Takes a secret out of everything that a server may have quoted it in; one that is guessed not out of
    /// the last id, after which the caller may want to resume: `?channel=orders` and an id `orders:7`.
    pub(super) fn hide(&mut self, secret: &Secret) {
        let Secret { text: secret, guessed } = secret;
        if secret.is_empty() {
            return;
        }
        // So short a secret may be a word of our own sentences.
        let short = secret.chars().count() < SHORT;
        let own = if short { self.own_words() } else { 0 };
        if let Some(said) = self.message.get(own..).filter(|said| said.contains(secret)) {
            let hidden = said.replace(secret, HIDDEN);
            self.message.replace_range(own.., &hidden);
        }
        let causes = self.causes.iter_mut().filter(|_| !short);
        let optional = [&mut self.body, &mut self.tail, &mut self.provider_code];
        let headers = self.headers.iter_mut().map(|(_, value)| value);
        let id = [&mut self.last_event_id].into_iter().filter(|_| !guessed);
        let texts = id.chain(optional.into_iter().flatten());
        for text in texts.chain(causes).chain(headers) {
            if text.contains(secret) {
                *text = text.replace(secret, HIDDEN);
            }
        }
        // What was cut out of a body may end, or begin, within it.
        for text in [&mut self.body, &mut self.tail].into_iter().flatten() {
            if let Some(part) = edges(secret).find(|(start, _)| text.ends_with(start)) {
                text.truncate(text.len() - part.0.len());
                text.push_str(HIDDEN);
            }
            if let Some((_, end)) = edges(secret).find(|(_, end)| text.starts_with(end)) {
                text.replace_range(..end.len(), HIDDEN);
            }
        }
    }

    /// How much of the message is ours: all of it, unless it ends in a provider's sentence.
    fn own_words(&self) -> usize {
        let told = self.kind.is_some_and(|kind| !matches!(kind, "malformed" | "bound"));
        let said = told.then(|| self.message.find(": ")).flatten();
        said.map_or(self.message.len(), |colon| colon + 2)
    }

    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.code
    }

    /// The sentence.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The kind of failure that a provider told of.
    #[must_use]
    pub const fn kind(&self) -> Option<&'static str> {
        self.kind
    }
}

/// The beginnings of a secret and the ends of it of the same length, longest first; so short ones
/// that they give nothing away are left out.
fn edges(secret: &str) -> impl Iterator<Item = (&str, &str)> {
    const TELLING: usize = 4;
    let lengths = (TELLING..secret.len()).rev();
    lengths.filter_map(|length| Some((secret.get(..length)?, secret.get(secret.len() - length..)?)))
}

/// A URL without what may be secret: user, password, and the values of its query.
#[must_use]
pub fn redact(url: &Url) -> String {
    let mut url = url.clone();
    // Both fail only for URLs that cannot have a user, and then there is nothing to hide.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_fragment(None);
    let hidden = url.query().map(|query| {
        // What has no name may be a secret as a whole.
        let pair = |pair: &str| match pair.split_once('=') {
            Some((name, _)) => format!("{name}=***"),
            None => "***".to_owned(),
        };
        query.split('&').map(pair).collect::<Vec<_>>().join("&")
    });
    url.set_query(hidden.as_deref().filter(|query| !query.is_empty()));
    url.into()
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn a_secret_is_hidden_even_where_it_was_cut() {
        let secret = "sk-0123456789";
        for length in 4..secret.len() {
            let refusal = crate::error::Refusal {
                status: 401,
                body: format!("bad {secret}, bad {}", &secret[..length]),
                ..crate::error::Refusal::default()
            };
            let error = crate::error::Error::new(
                crate::error::Kind::Status,
                crate::error::Phase::Response,
                "no",
            )
            .with_refusal(refusal);
            let tail = &secret.as_bytes()[secret.len() - length..];
            let scene = super::Scene {
                attempt: 1,
                retryable: false,
                url: None,
                last_event_id: "",
                events: 0,
                bytes: 0,
                tail: Some(tail),
            };
            let mut report = super::Report::new(&error, &scene);
            report.hide(&Secret { text: secret.to_owned(), guessed: false });
            assert_eq!(report.body.as_deref(), Some("bad ***, bad ***"));
            assert_eq!(report.tail.as_deref(), Some("***"));
        }
    }

    #[test]
    fn a_short_secret_is_hidden_only_in_what_the_server_said() {
        use crate::error::{Error, Fault, Kind, Phase, Refusal};
        let scene = super::Scene {
            attempt: 1,
            retryable: false,
            url: None,
            last_event_id: "the end",
            events: 0,
            bytes: 0,
            tail: None,
        };
        let hidden = |error: &Error, secret: &str| {
            let mut report = super::Report::new(error, &scene);
            report.hide(&Secret { text: secret.to_owned(), guessed: false });
            report
        };
        let body = "the key is wrong".to_owned();
        let refusal = Refusal { status: 401, body, ..Refusal::default() };
        let sentence = "the server answered with status 401";
        let error = Error::new(Kind::Status, Phase::Response, sentence).with_refusal(refusal);
        let report = hidden(&error, "the");
        assert_eq!(report.message, sentence);
        assert_eq!(report.body.as_deref(), Some("*** key is wrong"));
        assert_eq!(report.last_event_id, "*** end");
        assert_eq!(hidden(&error, "answered").message, "the server *** with status 401");
        let sentence = "the provider ended the answer with an error (auth): the key is the";
        let fault = Fault { class: "auth", code: Some("the".into()), status: None };
        let error = Error::new(Kind::Provider, Phase::Body, sentence).with_fault(fault);
        let report = hidden(&error, "the");
        let expected = "the provider ended the answer with an error (auth): *** key is ***";
        assert_eq!(report.message, expected);
        assert_eq!(report.provider_code.as_deref(), Some("***"));
    }

    #[test]
    fn secrets_in_a_url_are_hidden() {
        let url = "https://me:secret@example.com/a?key=secret&x=1#secret".parse().unwrap();
        let shown = super::redact(&url);
        assert_eq!(shown, "https://example.com/a?key=***&x=***");
        assert_eq!(super::redact(&"http://a/?secret".parse().unwrap()), "http://a/?***");
    }
}
