//! The chunked transfer coding (RFC 9112, 7.1).
#![forbid(unsafe_code)]

use super::fault::Fault;
use super::head::HEADERS;
use super::length::Cut;

/// What the size and the extensions of one chunk, or all trailers, may take, in bytes. The engine drops
/// them, and a server must not keep it busy with them for ever.
const OVERHEAD: u32 = 16 * 1024;

/// Where in a chunked body we are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// In the size of a chunk.
    Size {
        size: u64,
        begun: bool,
    },
    /// Behind it, in white space.
    Space {
        size: u64,
    },
    /// Behind it, in what is not read.
    Extension {
        size: u64,
    },
    /// Before the LF that ends the line of the size.
    SizeEnd {
        size: u64,
    },
    /// So many bytes of data are left.
    Data(u64),
    /// Before the CR, and the LF, that end the data.
    DataCr,
    DataLf,
    /// At the start of a line behind the last chunk, in its name, in its value, and before its LF.
    Trailer,
    TrailerName,
    TrailerValue,
    TrailerLf,
    /// Before the LF that ends the empty line behind them.
    TrailerEnd,
    Over,
}

/// Takes the framing of chunks away.
#[derive(Debug)]
pub(super) struct Chunks {
    state: State,
    overhead: u32,
    trailers: usize,
}

const START: State = State::Size { size: 0, begun: false };

impl Chunks {
    pub(super) const fn new() -> Self {
        Self { state: START, overhead: 0, trailers: 0 }
    }

    pub(super) fn is_over(&self) -> bool {
        self.state == State::Over
    }

    /// Cuts the next data out of `input`, with the framing around it as far as it is there.
    pub(super) fn cut(&mut self, input: &[u8]) -> Result<Cut, Fault> {
        let start = self.skip(input, 0);
        let State::Data(left) = self.state else {
            let read = self.is_over() || start == input.len();
            return if read { Ok(Cut::nothing(start)) } else { Err(Fault::Chunks) };
        };
        let length = usize::try_from(left).unwrap_or(usize::MAX).min(input.len() - start);
        let left = left - length as u64;
        self.state = if left == 0 { State::DataCr } else { State::Data(left) };
        let end = start + length;
        // What is wrong behind the data fails the next cut: the data has arrived.
        Ok(Cut { data: start..end, used: self.skip(input, end) })
    }

    /// Reads framing from `at` on; returns where it ends, be it with data or with what is no framing.
    fn skip(&mut self, input: &[u8], mut at: usize) -> usize {
        while !matches!(self.state, State::Data(_) | State::Over)
            && let Some(&byte) = input.get(at)
            && let Some(state) = self.step(byte)
        {
            self.state = state;
            at += 1;
        }
        at
    }

    /// What follows on a byte that is not data.
    fn step(&mut self, byte: u8) -> Option<State> {
        Some(match (self.state, byte) {
            (
                State::Size { size, begun: true }
                | State::Space { size }
                | State::Extension { size },
                b'\r',
            ) => State::SizeEnd { size },
            (State::Size { size, begun: true } | State::Space { size }, b';') => {
                State::Extension { size }
            }
            (State::Size { size, begun: true } | State::Space { size }, b' ' | b'\t') => {
                self.spend()?;
                State::Space { size }
            }
            (State::Size { size, .. }, digit) => {
                self.spend()?;
                let digit = char::from(digit).to_digit(16)?;
                let size = size.checked_mul(16)?.checked_add(u64::from(digit))?;
                State::Size { size, begun: true }
            }
            // A lone LF may end the line for a proxy on the way.
            (State::Extension { .. }, b'\n') => return None,
            (State::SizeEnd { size: 0 } | State::TrailerLf, b'\n') => State::Trailer,
            (State::SizeEnd { size }, b'\n') => State::Data(size),
            (State::DataCr, b'\r') => State::DataLf,
            (State::DataLf, b'\n') => {
                self.overhead = 0;
                START
            }
            // Trailers are read as strictly as headers, though the engine drops them: what may be two
            // lines to a proxy on the way may be two messages.
            (State::Trailer, b'\r') => State::TrailerEnd,
            (State::TrailerName, b':') => State::TrailerValue,
            (State::TrailerValue, b'\r') => State::TrailerLf,
            (State::TrailerEnd, b'\n') => State::Over,
            (state @ State::Extension { .. }, _) => {
                self.spend()?;
                state
            }
            (State::Trailer, byte) if is_token(byte) => {
                self.trailers += 1;
                self.spend()?;
                (self.trailers <= HEADERS).then_some(State::TrailerName)?
            }
            (State::TrailerName, byte) if is_token(byte) => {
                self.spend()?;
                State::TrailerName
            }
            (State::TrailerValue, b'\t' | b' '..=b'~' | 0x80..) => {
                self.spend()?;
                State::TrailerValue
            }
            _ => return None,
        })
    }

    fn spend(&mut self) -> Option<()> {
        self.overhead += 1;
        (self.overhead <= OVERHEAD).then_some(())
    }
}

/// What the name of a field is made of (RFC 9110, 5.6.2).
const fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^'..=b'`' | b'|' | b'~')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The data of a body that comes in pieces of so many bytes, and how it ends.
    fn read(body: &str, piece: usize) -> (String, &'static str, usize) {
        let mut chunks = Chunks::new();
        let mut data = Vec::new();
        let mut behind = body.len();
        for piece in body.as_bytes().chunks(piece) {
            let mut input = piece;
            behind -= piece.len();
            while !input.is_empty() && !chunks.is_over() {
                let Ok(cut) = chunks.cut(input) else {
                    return (String::from_utf8(data).unwrap(), "broken", 0);
                };
                data.extend_from_slice(&input[cut.data]);
                input = &input[cut.used..];
            }
            if chunks.is_over() {
                return (String::from_utf8(data).unwrap(), "over", behind + input.len());
            }
            assert!(input.is_empty());
        }
        (String::from_utf8(data).unwrap(), "open", 0)
    }

    fn each(body: &str) -> (String, &'static str) {
        let whole = read(body, body.len());
        for piece in 1..body.len() {
            let cut = read(body, piece);
            assert_eq!((&cut.0, cut.1), (&whole.0, whole.1), "{body:?} in pieces of {piece}");
        }
        (whole.0, whole.1)
    }

    #[test]
    fn data_without_its_framing() {
        let over = |data: &str| (data.to_owned(), "over");
        assert_eq!(each("5\r\ndata:\r\n0\r\n\r\n"), over("data:"));
        assert_eq!(each("1\r\na\r\n00b\r\n0123456789a\r\n0\r\n\r\n"), over("a0123456789a"));
        assert_eq!(each("A ; x=\"y\"\r\n0123456789\r\n0;z\r\n\r\n"), over("0123456789"));
        assert_eq!(each("1\r\n\r\r\n1\r\n\n\r\n0\r\n\r\n"), over("\r\n"));
        assert_eq!(each("0\r\nx-sum: 1\r\ny: 2\r\nZ:\r\n\r\n"), over(""));
    }

    #[test]
    fn what_follows_is_not_taken() {
        let body = "1\r\na\r\n0\r\n\r\nHTTP/1.1 200 OK";
        assert_eq!(read(body, body.len()), ("a".to_owned(), "over", 15));
    }

    #[test]
    fn a_body_that_is_cut_is_not_over() {
        let body = "5\r\ndata:\r\n0\r\nx: 1\r\n\r\n";
        for end in 1..body.len() {
            assert_eq!(each(&body[..end]).1, "open", "{:?}", &body[..end]);
        }
    }

    #[test]
    fn what_is_no_chunk_is_refused() {
        for (body, data) in [
            ("\r\n", ""),
            ("x\r\n", ""),
            ("-1\r\n", ""),
            ("+1\r\na\r\n", ""),
            (";x\r\n", ""),
            ("1\na\r\n", ""),
            ("1;x\na\r\n", ""),
            ("1\r\nab\r\n", "a"),
            ("1\r\na\n0\r\n", "a"),
            ("1\r\na\r\nxyz\r\n", "a"),
            ("10000000000000000\r\n", ""),
            ("0\r\n\rx", ""),
            ("1 x\r\na\r\n", ""),
            ("1\t2\r\na\r\n", ""),
            ("0\r\n\n", ""),
            ("0\r\nx: 1\n\r\n", ""),
            ("0\r\nx: 1\ry: 2\r\n\r\n", ""),
            ("0\r\nx: 1\r\r\n\r\n", ""),
            ("0\r\nx: \0\r\n\r\n", ""),
            ("0\r\nx\r\n\r\n", ""),
            ("0\r\nx : 1\r\n\r\n", ""),
            ("0\r\n: 1\r\n\r\n", ""),
            ("0\r\nx: 1\r\n y\r\n\r\n", ""),
            ("0\r\nHTTP/1.1 200 OK\r\nx: y\r\n\r\n", ""),
        ] {
            assert_eq!(each(body), (data.to_owned(), "broken"), "{body:?}");
        }
        assert_eq!(each("ffffffffffffffff\r\na"), ("a".to_owned(), "open"));
    }

    #[test]
    fn what_nobody_reads_is_bounded() {
        let extension = format!("1;{}", "x".repeat(20_000));
        let trailers = format!("0\r\n{}", "x:y\r\n".repeat(9_999));
        let many = format!("0\r\n{}\r\n", "x:y\r\n".repeat(HEADERS + 1));
        let space = format!("1{}", " ".repeat(20_000));
        for body in [extension, trailers, "0".repeat(20_000), many, space] {
            assert_eq!(read(&body, 4096).1, "broken");
        }
        let long = format!("{}0\r\n\r\n", "1;extension\r\na\r\n".repeat(9_999));
        assert_eq!(read(&long, 4096), ("a".repeat(9_999), "over", 0));
    }
}
