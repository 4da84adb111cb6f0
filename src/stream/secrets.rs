//! The caller's secrets, which a careless server quotes when it refuses them.

use std::borrow::Cow;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::HeaderMap;
use percent_encoding::percent_decode_str;
use url::Url;

/// How the name of a header, or of a part of a query, ends if its value is a secret.
const TELLING: [&str; 20] = [
    "auth",
    "authentication",
    "authorization",
    "cookie",
    "credential",
    "credentials",
    "jwt",
    "key",
    "pass",
    "passwd",
    "password",
    "pwd",
    "secret",
    "session",
    "session-id",
    "session_id",
    "sid",
    "sig",
    "signature",
    "token",
];

/// What is shorter gives nothing away, and would be found in harmless words.
const SHORTEST: usize = 4;
/// What is shorter is no secret if nothing but its place says so.
const LONG: usize = 8;

/// Texts that must not be shown, the longest first.
#[derive(Clone, Default)]
pub struct Secrets(Vec<Secret>);

/// A text that must not be shown.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Secret {
    pub text: String,
    /// Nothing but its place says that it may be one.
    pub guessed: bool,
}

impl Secrets {
    /// Those of a request: the values of telling headers, user and password of its URL, and what its
    /// query says.
    pub fn of(headers: &HeaderMap, url: Option<&Url>) -> Self {
        let mut secrets = Self::default();
        for (name, value) in headers {
            if tells(name.as_str()) {
                secrets.header(name.as_str(), &String::from_utf8_lossy(value.as_bytes()));
            }
        }
        if let Some(url) = url {
            secrets.user(url);
            secrets.query(url.query().unwrap_or_default());
        }
        secrets
    }

    /// Adds user and password of a URL.
    pub fn user(&mut self, url: &Url) {
        let (user, password) = (url.username(), url.password().unwrap_or_default());
        if !user.is_empty() || !password.is_empty() {
            let decoded = |text| percent_decode_str(text).decode_utf8_lossy();
            self.pair(&format!("{}:{}", decoded(user), decoded(password)));
            self.add(password);
        }
    }

    /// Adds a text, however short.
    pub fn key(&mut self, key: &str) {
        if !key.is_empty() {
            self.push(key.to_owned(), false);
        }
    }

    /// In the order in which they have to be hidden.
    pub fn sorted(mut self) -> Self {
        self.0.sort_unstable_by(|one, other| {
            other.text.len().cmp(&one.text.len()).then_with(|| one.cmp(other))
        });
        self.0.dedup_by(|one, other| one.text == other.text);
        self
    }

    pub fn iter(&self) -> impl Iterator<Item = &Secret> {
        self.0.iter()
    }

    fn header(&mut self, name: &str, value: &str) {
        self.add(value);
        let (scheme, credentials) = value.split_once(' ').unwrap_or_default();
        self.add(credentials.trim());
        if scheme.eq_ignore_ascii_case("basic")
            && let Ok(pair) = BASE64_STANDARD.decode(credentials.trim())
            && let Ok(pair) = String::from_utf8(pair)
        {
            self.pair(&pair);
        }
        if name.ends_with("cookie") {
            for (_, value) in value.split(';').filter_map(|pair| pair.split_once('=')) {
                self.long(value.trim(), false);
            }
        }
    }

    /// Adds a user name and password, also as a header has them.
    fn pair(&mut self, pair: &str) {
        self.add(&BASE64_STANDARD.encode(pair));
        self.add(pair);
        if let Some((_, password)) = pair.split_once(':') {
            self.add(password);
        }
    }

    fn query(&mut self, query: &str) {
        for pair in query.split('&') {
            // What has no name may be a secret as a whole.
            let (name, value) = pair.split_once('=').unwrap_or(("", pair));
            let plus: Cow<'_, str> =
                if value.contains('+') { value.replace('+', " ").into() } else { value.into() };
            let decoded = percent_decode_str(&plus).decode_utf8_lossy();
            if tells(&name.to_ascii_lowercase()) {
                self.add(value);
                self.add(&decoded);
            } else {
                self.long(value, true);
                self.long(&decoded, true);
            }
        }
    }

    fn long(&mut self, text: &str, guessed: bool) {
        if text.len() >= LONG {
            self.spell(text, guessed);
        }
    }

    fn add(&mut self, text: &str) {
        self.spell(text, false);
    }

    fn spell(&mut self, text: &str, guessed: bool) {
        if text.len() < SHORTEST {
            return;
        }
        self.push(text.to_owned(), guessed);
        if text.contains('/') {
            // As some writers of JSON quote it.
            self.push(text.replace('/', "\\/"), guessed);
        }
    }

    fn push(&mut self, text: String, guessed: bool) {
        self.0.push(Secret { text, guessed });
    }
}

fn tells(name: &str) -> bool {
    TELLING.iter().any(|part| name.ends_with(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets(headers: &[(&'static str, &'static str)], url: &str) -> Vec<String> {
        let pairs =
            headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        let url: Url = url.parse().unwrap();
        Secrets::of(&pairs.collect(), Some(&url)).sorted().0.into_iter().map(|it| it.text).collect()
    }

    #[test]
    fn headers_that_hold_secrets() {
        let found = secrets(
            &[
                ("authorization", "Bearer abcd-efgh"),
                ("x-api-key", "k3y/longer"),
                ("cookie", "lang=de; sid=0123456789"),
                ("x-tenant", "nobody-cares"),
                ("accept-language", "de-DE-1996"),
                ("x-token", "abc"),
            ],
            "http://a.test/",
        );
        for text in ["Bearer abcd-efgh", "abcd-efgh", "k3y/longer", "k3y\\/longer", "0123456789"] {
            assert!(found.iter().any(|secret| secret == text), "{text}: {found:?}");
        }
        for text in ["de", "nobody-cares", "de-DE-1996", "abc"] {
            assert!(!found.iter().any(|secret| secret == text), "{text}: {found:?}");
        }
        assert!(found.is_sorted_by(|one, other| one.len() >= other.len()));
    }

    #[test]
    fn credentials_in_every_form() {
        let basic = secrets(&[("authorization", "Basic dXNlcjpwYXNzd29yZA==")], "http://a.test/");
        let url = secrets(&[], "http://user:p%61ssword@a.test/");
        for text in ["dXNlcjpwYXNzd29yZA==", "user:password", "password"] {
            assert!(basic.iter().any(|secret| secret == text), "{text}: {basic:?}");
            assert!(url.iter().any(|secret| secret == text), "{text}: {url:?}");
        }
        assert!(url.iter().any(|secret| secret == "p%61ssword"));
    }

    #[test]
    fn what_a_query_says() {
        let url = "http://a.test/?token=abcd&model=gpt4&q=long+w%C3%B6rd&wholesecret&x=1";
        assert_eq!(secrets(&[], url), ["long+w%C3%B6rd", "wholesecret", "long wörd", "abcd"]);
    }
}
