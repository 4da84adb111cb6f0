//! A provider's words to a class.
#![forbid(unsafe_code)]

use super::Class;

/// Words that say what happened, wherever they stand; earlier rows win. Compared in lower case,
/// letters and digits only, because `rate_limit_exceeded`, `RateLimitError` and `Rate limit` are
/// the same word in different mouths.
const TELLING: [(&str, Class); 33] = [
    ("contextlength", Class::ContextLength),
    ("contextwindow", Class::ContextLength),
    ("ratelimit", Class::RateLimit),
    ("ratequota", Class::RateLimit),
    ("throttl", Class::RateLimit),
    ("toomanyrequests", Class::RateLimit),
    ("resourceexhausted", Class::RateLimit),
    ("quota", Class::Quota),
    ("billing", Class::Quota),
    ("insufficientbalance", Class::Quota),
    ("paymentrequired", Class::Quota),
    ("arrearage", Class::Quota),
    ("overload", Class::Overloaded),
    ("unavailable", Class::Overloaded),
    ("capacity", Class::Overloaded),
    ("insufficientsystemresource", Class::Overloaded),
    ("contentfilter", Class::ContentFilter),
    ("contentpolicy", Class::ContentFilter),
    ("datainspection", Class::ContentFilter),
    ("moderation", Class::ContentFilter),
    ("safety", Class::ContentFilter),
    ("authentication", Class::Auth),
    ("unauthenticated", Class::Auth),
    ("unauthorized", Class::Auth),
    ("invalidapikey", Class::Auth),
    ("permission", Class::Permission),
    ("forbidden", Class::Permission),
    ("accessdenied", Class::Permission),
    ("notfound", Class::NotFound),
    ("timeout", Class::Timeout),
    ("deadlineexceeded", Class::Timeout),
    ("tooluse", Class::InvalidRequest),
    ("toolarge", Class::InvalidRequest),
];

/// Words that say no more than a status, which therefore goes first.
const VAGUE: [(&str, Class); 6] = [
    ("servererror", Class::Server),
    ("internal", Class::Server),
    ("apierror", Class::Server),
    ("invalid", Class::InvalidRequest),
    ("badrequest", Class::InvalidRequest),
    ("failedprecondition", Class::InvalidRequest),
];

/// Sentences about a prompt that is too long, which some send under a label as vague as
/// `invalid_request_error`.
const TOO_LONG: [&str; 4] =
    ["maximumcontextlength", "contextwindow", "promptistoolong", "inputtokencountexceeds"];

/// What the provider's labels (code, type, status name), its status and its sentence come to.
pub(super) fn classify<'a>(
    labels: impl Iterator<Item = &'a str>,
    status: Option<u16>,
    message: &str,
) -> Class {
    let labels: Vec<String> = labels.map(plain).collect();
    let class =
        find(&TELLING, &labels).or_else(|| status.map(of_status)).or_else(|| find(&VAGUE, &labels));
    match class {
        None => {
            let message = plain(message);
            if is_too_long(&message) {
                return Class::ContextLength;
            }
            // Who says nothing that can be classified has broken down, as far as anybody knows.
            find(&TELLING, &[message]).unwrap_or(Class::Server)
        }
        Some(Class::InvalidRequest) if is_too_long(&plain(message)) => Class::ContextLength,
        Some(class) => class,
    }
}

fn find(rows: &[(&str, Class)], words: &[String]) -> Option<Class> {
    rows.iter()
        .find(|(needle, _)| words.iter().any(|word| word.contains(needle)))
        .map(|(_, class)| *class)
}

fn is_too_long(message: &str) -> bool {
    TOO_LONG.iter().any(|needle| message.contains(needle))
}

/// The first letters and digits, in lower case. What matters stands at the beginning.
fn plain(text: &str) -> String {
    text.chars()
        .take(512)
        .filter(char::is_ascii_alphanumeric)
        .map(|letter| letter.to_ascii_lowercase())
        .collect()
}

/// `MiniMax`'s numbers.
pub(super) const fn of_minimax(number: u64) -> Option<Class> {
    Some(match number {
        1001 => Class::Timeout,
        1002 | 1039 | 1041 | 2045 => Class::RateLimit,
        1004 | 2049 => Class::Auth,
        1008 | 2056 => Class::Quota,
        1000 | 1013 | 1024 | 1033 => Class::Server,
        1026 | 1027 => Class::ContentFilter,
        1042 | 2013 => Class::InvalidRequest,
        _ => return None,
    })
}

const fn of_status(status: u16) -> Class {
    match status {
        401 => Class::Auth,
        402 => Class::Quota,
        403 => Class::Permission,
        404 => Class::NotFound,
        408 | 504 => Class::Timeout,
        429 => Class::RateLimit,
        503 | 529 => Class::Overloaded,
        500.. => Class::Server,
        _ => Class::InvalidRequest,
    }
}
