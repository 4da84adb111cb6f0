//! Paths that are served, and the channels that they name.
#![forbid(unsafe_code)]

use percent_encoding::percent_decode_str;

/// A path whose segments are text, or names of parameters: `/events/:channel`.
#[derive(Clone, Debug)]
pub struct Pattern(Vec<Segment>);

#[derive(Clone, Debug)]
enum Segment {
    Text(String),
    Parameter(String),
}

/// The parameters of a path by their names, decoded.
pub type Parameters = Vec<(String, String)>;

/// The parameter whose value is a channel.
pub const CHANNEL: &str = "channel";

impl Pattern {
    /// Reads one; `lib/options/listen.js` has checked it.
    #[must_use]
    pub fn new(pattern: &str) -> Self {
        let segments = pattern.trim_matches('/').split('/').map(|segment| {
            segment.strip_prefix(':').map_or_else(
                || Segment::Text(segment.to_owned()),
                |name| Segment::Parameter(name.to_owned()),
            )
        });
        Self(segments.collect())
    }

    /// The parameters, if a path is one of these. A segment that is no UTF-8 is none.
    #[must_use]
    pub fn parameters(&self, path: &str) -> Option<Parameters> {
        let path = path.strip_prefix('/')?;
        let path = path.strip_suffix('/').unwrap_or(path);
        let mut segments = path.split('/');
        let mut parameters = Parameters::new();
        for expected in &self.0 {
            let segment = segments.next()?;
            let decoded = percent_decode_str(segment).decode_utf8().ok()?;
            match expected {
                Segment::Text(text) if *text == decoded => {}
                Segment::Parameter(name) if !decoded.is_empty() => {
                    parameters.push((name.clone(), decoded.into_owned()));
                }
                _ => return None,
            }
        }
        segments.next().is_none().then_some(parameters)
    }
}

/// The longest name of a channel, in UTF-8; the same as in `lib/options/channel.js`.
const LONGEST: usize = 256;

/// Whether clients may name a channel so: neither that of all nor that of a user.
#[must_use]
pub fn is_channel(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= LONGEST
        && name != "*"
        && !name.starts_with("user:")
        && !name.chars().any(char::is_control)
}

/// The value of a parameter of a query, decoded.
#[must_use]
pub fn of_query(query: Option<&str>, names: &[&str]) -> Option<String> {
    let query = query?.as_bytes();
    names.iter().find_map(|name| {
        let mut pairs = url::form_urlencoded::parse(query);
        let value = pairs.find(|(key, value)| key == name && !value.is_empty())?.1;
        Some(value.into_owned())
    })
}
