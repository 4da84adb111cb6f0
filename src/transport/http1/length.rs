//! Where a body ends (RFC 9112, 6.3).
#![forbid(unsafe_code)]

use std::ops::Range;

use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{HeaderMap, Method, StatusCode};

use super::chunks::Chunks;
use super::fault::Fault;

/// The most that a `Content-Length` may say, as hyper has it.
const LONGEST: u64 = u64::MAX - 2;

/// Where a body ends.
#[derive(Debug)]
pub(super) enum Length {
    /// After so many more bytes.
    Counted(u64),
    /// Where its last chunk says so.
    Chunked(Chunks),
    /// With the connection.
    Open,
}

impl Length {
    /// The length of the body behind this head.
    pub(super) fn of(
        method: &Method,
        status: StatusCode,
        headers: &HeaderMap,
    ) -> Result<Self, Fault> {
        let bodiless = status.is_informational() || [204, 304].contains(&status.as_u16());
        if method == Method::HEAD || bodiless {
            return Ok(Self::Counted(0));
        }
        // The coding that was applied last tells; a length beside it does not count.
        if let Some(codings) = headers.get_all(TRANSFER_ENCODING).iter().next_back() {
            let last = codings.to_str().ok().and_then(|codings| codings.rsplit(',').next());
            let chunked = last.is_some_and(|last| last.trim().eq_ignore_ascii_case("chunked"));
            return Ok(if chunked { Self::Chunked(Chunks::new()) } else { Self::Open });
        }
        let mut told = None;
        for value in headers.get_all(CONTENT_LENGTH) {
            for length in value.as_bytes().split(|byte| *byte == b',') {
                let length = number(length.trim_ascii()).ok_or(Fault::Head)?;
                if *told.get_or_insert(length) != length {
                    return Err(Fault::Head);
                }
            }
        }
        Ok(told.map_or(Self::Open, Self::Counted))
    }

    /// Whether a transfer coding says it.
    pub(super) fn is_coded(&self, headers: &HeaderMap) -> bool {
        !matches!(self, Self::Counted(_)) && headers.contains_key(TRANSFER_ENCODING)
    }

    /// Whether a head says it in more than one way, or in one that a proxy on the way may have
    /// understood otherwise.
    pub(super) fn is_doubtful(status: StatusCode, headers: &HeaderMap) -> bool {
        let mut codings = headers.get_all(TRANSFER_ENCODING).iter();
        let mut lengths = headers.get_all(CONTENT_LENGTH).iter();
        let bodiless = status == StatusCode::NO_CONTENT;
        match (codings.next(), lengths.next()) {
            _ if codings.next().is_some() || lengths.next().is_some() => true,
            (None, None) => false,
            (None, Some(length)) => {
                number(length.as_bytes()).is_none_or(|length| bodiless && length > 0)
            }
            (Some(coding), None) => bodiless || !coding.as_bytes().eq_ignore_ascii_case(b"chunked"),
            (Some(_), Some(_)) => true,
        }
    }

    /// Cuts the next data out of `input`. There is none if more has to be read first, or if the body
    /// is over.
    pub(super) fn cut(&mut self, input: &[u8]) -> Result<Cut, Fault> {
        match self {
            Self::Counted(left) => {
                let length = usize::try_from(*left).unwrap_or(usize::MAX).min(input.len());
                *left -= length as u64;
                Ok(Cut { data: 0..length, used: length })
            }
            Self::Chunked(chunks) => chunks.cut(input),
            Self::Open => Ok(Cut { data: 0..input.len(), used: input.len() }),
        }
    }

    pub(super) fn is_over(&self) -> bool {
        match self {
            Self::Counted(left) => *left == 0,
            Self::Chunked(chunks) => chunks.is_over(),
            Self::Open => false,
        }
    }

    /// Whether the end of the connection is the end of the body.
    pub(super) const fn is_open(&self) -> bool {
        matches!(self, Self::Open)
    }
}

/// Where data lies in what was read, and how much of that is done with.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Cut {
    pub(super) data: Range<usize>,
    pub(super) used: usize,
}

impl Cut {
    pub(super) const fn nothing(used: usize) -> Self {
        Self { data: 0..0, used }
    }
}

/// Digits and nothing else: what `str::parse` takes beyond them a proxy on the way may not.
fn number(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_u64, |number, digit| {
        let digit = char::from(*digit).to_digit(10)?;
        number.checked_mul(10)?.checked_add(u64::from(digit)).filter(|number| *number <= LONGEST)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn length(headers: &[(&'static str, &'static str)]) -> String {
        let headers = headers
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect();
        match Length::of(&Method::GET, StatusCode::OK, &headers) {
            Ok(Length::Counted(length)) => length.to_string(),
            Ok(Length::Chunked(_)) => "chunked".to_owned(),
            Ok(Length::Open) => "open".to_owned(),
            Err(_) => "refused".to_owned(),
        }
    }

    #[test]
    fn what_the_head_says() {
        assert_eq!(length(&[]), "open");
        assert_eq!(length(&[("content-length", "7")]), "7");
        assert_eq!(length(&[("content-length", "7, 7")]), "7");
        assert_eq!(length(&[("content-length", "7"), ("content-length", "7")]), "7");
        assert_eq!(length(&[("transfer-encoding", "Chunked")]), "chunked");
        assert_eq!(length(&[("transfer-encoding", "gzip, chunked")]), "chunked");
        assert_eq!(length(&[("transfer-encoding", "chunked, gzip")]), "open");
        assert_eq!(
            length(&[("transfer-encoding", "gzip"), ("transfer-encoding", "chunked")]),
            "chunked"
        );
        assert_eq!(length(&[("transfer-encoding", "chunked"), ("content-length", "7")]), "chunked");
        for wrong in ["", "+7", "-7", "7 8", "7,8", "0x7", "18446744073709551616"] {
            assert_eq!(length(&[("content-length", wrong)]), "refused", "{wrong}");
        }
        assert_eq!(length(&[("content-length", "7"), ("content-length", "8")]), "refused");
    }

    #[test]
    fn some_answers_have_no_body_whatever_they_say() {
        let headers = [(CONTENT_LENGTH, "7".parse().unwrap())].into_iter().collect();
        for (method, status) in [(Method::HEAD, 200), (Method::GET, 204), (Method::POST, 304)] {
            let status = StatusCode::from_u16(status).unwrap();
            assert!(Length::of(&method, status, &headers).is_ok_and(|length| length.is_over()));
        }
    }

    #[test]
    fn a_counted_body_leaves_what_is_behind_it() {
        let mut length = Length::Counted(5);
        assert_eq!(length.cut(b"dat").unwrap(), Cut { data: 0..3, used: 3 });
        assert!(!length.is_over());
        assert_eq!(length.cut(b"a: more").unwrap(), Cut { data: 0..2, used: 2 });
        assert!(length.is_over());
        assert_eq!(length.cut(b" more").unwrap(), Cut::nothing(0));
    }
}
