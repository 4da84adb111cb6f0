//! Content codings (RFC 9110, 8.4): which ones were applied to a body.
#![forbid(unsafe_code)]

use encoding_rs::Encoding;
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH};

use crate::error::{Error, Kind, Phase};

/// What a request asks for, as `Accept-Encoding` says it. `deflate` is decoded, too, but means two
/// things to the servers that send it.
pub(super) const ENCODINGS: &str = "gzip,br";

/// Each one costs memory and multiplies what a byte can become; real servers apply one, some two.
const MOST: usize = 5;

/// A content coding that can be undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    Gzip,
    Deflate,
    Brotli,
}

impl Coding {
    fn named(name: &[u8]) -> Option<Self> {
        const NAMES: [(&[u8], Coding); 4] = [
            (b"gzip", Coding::Gzip),
            (b"x-gzip", Coding::Gzip),
            (b"br", Coding::Brotli),
            (b"deflate", Coding::Deflate),
        ];
        NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, coding)| *coding)
    }
}

/// Takes the codings of a body out of its head, in the order in which they were applied. What says
/// that nothing was done stays there.
pub(super) fn take_codings(headers: &mut HeaderMap) -> Result<Vec<Coding>, Error> {
    let mut codings = Vec::new();
    let names = headers.get_all(CONTENT_ENCODING).into_iter();
    for name in names.flat_map(|value| value.as_bytes().split(|byte| *byte == b',')) {
        let name = name.trim_ascii();
        match Coding::named(name) {
            Some(_) if codings.len() == MOST => {
                return Err(refuse(&format!("more than {MOST} times")));
            }
            Some(coding) => codings.push(coding),
            None if says_nothing(name) => {}
            None => {
                // The server's words, kept short and printable.
                let name: String = name.escape_ascii().take(64).map(char::from).collect();
                return Err(refuse(&format!("as {name}")));
            }
        }
    }
    if !codings.is_empty() {
        headers.remove(CONTENT_ENCODING);
        headers.remove(CONTENT_LENGTH);
    }
    Ok(codings)
}

/// Whether a name says that the body is as it is: servers also write the encoding of its text here.
fn says_nothing(name: &[u8]) -> bool {
    let known = [&b""[..], b"identity", b"none"];
    known.iter().any(|known| known.eq_ignore_ascii_case(name))
        || Encoding::for_label(name).is_some()
}

fn refuse(how: &str) -> Error {
    let message = format!(
        "the response is encoded {how}, which cannot be decoded; ask for gzip, br or identity"
    );
    Error::new(Kind::ContentEncoding, Phase::Response, message).with_sent(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(values: &[&'static str]) -> Result<(Vec<Coding>, usize), String> {
        let mut headers: HeaderMap =
            values.iter().map(|value| (CONTENT_ENCODING, value.parse().unwrap())).collect();
        headers.insert(CONTENT_LENGTH, 7.into());
        let codings = take_codings(&mut headers).map_err(|error| error.to_string())?;
        Ok((codings, headers.len()))
    }

    #[test]
    fn what_was_applied_in_its_order() {
        use Coding::{Brotli, Deflate, Gzip};
        for (values, codings) in [
            (&["gzip"][..], &[Gzip][..]),
            (&["GZip"], &[Gzip]),
            (&["x-gzip"], &[Gzip]),
            (&["Deflate"], &[Deflate]),
            (&["gzip, BR"], &[Gzip, Brotli]),
            (&["gzip", "br"], &[Gzip, Brotli]),
            (&[" ,identity, br ,utf-8,"], &[Brotli]),
        ] {
            assert_eq!(read(values), Ok((codings.to_vec(), 0)), "{values:?}");
        }
    }

    #[test]
    fn what_says_that_nothing_was_done_stays() {
        for value in ["", "identity", "Identity", "none", "utf-8", "UTF8", "iso-8859-1", "none, "] {
            assert_eq!(read(&[value]), Ok((vec![], 2)), "{value:?}");
        }
        assert_eq!(read(&[]), Ok((vec![], 1)));
    }

    #[test]
    fn what_cannot_be_undone_is_named() {
        for (value, told) in [
            ("zstd", "as zstd,"),
            ("gzip, compress", "as compress,"),
            ("x-br", "as x-br,"),
            ("gzip;q=1", "as gzip;q=1,"),
            ("gzip br", "as gzip br,"),
            ("br,br,br,br,br,br", "more than 5 times"),
        ] {
            let error = read(&[value]).unwrap_err();
            assert!(error.contains(told), "{value}: {error}");
        }
    }
}
