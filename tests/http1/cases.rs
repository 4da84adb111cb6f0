//! Connections written by hand, whole and cut, and the seeds of the fuzzer.

use http::Method;

use super::transport::compare::{End, compare};
use super::transport::script::Script;

const OK: &str = "HTTP/1.1 200 OK\r\n";

/// How the answers end, as ours reads them, and whether the connection may be used behind the last.
fn read(answers: &[&str]) -> (Vec<End>, bool) {
    let pieces = [1, 2, 3, 7, 16, 61, usize::MAX];
    let bytes = || answers.iter().map(|answer| answer.as_bytes());
    for piece in pieces {
        compare(&Method::GET, &Script::new(bytes(), piece, true));
        compare(&Method::HEAD, &Script::new(bytes(), piece, false));
    }
    let mut read = pieces.map(|piece| {
        let exchanges = compare(&Method::GET, &Script::new(bytes(), piece, false));
        let free = exchanges.last().unwrap().free;
        (exchanges.iter().map(|exchange| exchange.end).collect(), free)
    });
    read.rotate_right(1);
    let (whole, rest) = read.split_first().unwrap();
    assert!(rest.iter().all(|read| read == whole), "{answers:?}: {read:?}");
    whole.clone()
}

fn chunked(body: &str) -> (Vec<End>, bool) {
    read(&[&format!("{OK}transfer-encoding: chunked\r\n\r\n{body}")])
}

#[test]
fn a_connection_carries_one_request_after_the_other() {
    let counted = format!("{OK}content-length: 2\r\n\r\nab");
    let chunked = format!("{OK}transfer-encoding: chunked\r\n\r\n2\r\nab\r\n0\r\nx: y\r\n\r\n");
    let ends = vec![End::Complete; 4];
    assert_eq!(read(&[&counted, &chunked, "HTTP/1.1 204 No\r\n\r\n", &counted]), (ends, true));
}

#[test]
fn trailers_are_read_as_strictly_as_headers() {
    assert_eq!(chunked("0\r\nx: y\r\nz:\r\n\r\n"), (vec![End::Complete], true));
    for trailers in [
        "x: y\n\r\n",
        "x: y\n\n",
        "x: y\rz: a\r\n\r\n",
        "x: y\r\r\n\r\n",
        "\nx: y\r\n\r\n",
        "x\r\n\r\n",
        "x : y\r\n\r\n",
        ": y\r\n\r\n",
        "x: y\r\n z\r\n\r\n",
        "x: \0\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",
    ] {
        let read = chunked(&format!("1\r\na\r\n0\r\n{trailers}"));
        assert!(matches!(read.0[..], [End::Refused]) && !read.1, "{trailers:?}: {read:?}");
    }
}

#[test]
fn sizes_of_chunks() {
    for complete in ["0\r\n\r\n", "1 \t;x\r\na\r\n0\r\n\r\n", "00A;\r\n0123456789\r\n000\r\n\r\n"] {
        assert_eq!(chunked(complete), (vec![End::Complete], true), "{complete:?}");
    }
    for refused in ["1 1\r\n", "1;\n\r\n", "1\n", "1\ra", "g", "1\r\nab", "fffffffffffffffff"] {
        assert_eq!(chunked(refused), (vec![End::Refused], false), "{refused:?}");
    }
}

#[test]
fn what_says_its_length_in_two_ways_is_read_but_not_followed_by_another() {
    for head in [
        "transfer-encoding: chunked, chunked\r\n",
        "transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n",
        "transfer-encoding: x, chunked\r\n",
        "transfer-encoding: chunked\r\ncontent-length: 5\r\n",
        "content-length: 5\r\ntransfer-encoding: chunked\r\n",
    ] {
        let answer = format!("{OK}{head}\r\n0\r\n\r\n");
        assert_eq!(read(&[&answer, &answer]), (vec![End::Complete], false), "{head:?}");
    }
    for head in ["content-length: 5, 5\r\n", "content-length: 5\r\ncontent-length: 5\r\n"] {
        let answer = format!("{OK}{head}\r\n0\r\n\r\n");
        assert_eq!(read(&[&answer, &answer]), (vec![End::Complete], false), "{head:?}");
    }
    for head in ["content-length: 5, 6\r\n", "content-length: +5\r\n", "content-length: 5,\r\n"] {
        assert_eq!(read(&[&format!("{OK}{head}\r\nabcde")]), (vec![End::Refused], false));
    }
    let coded = "HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ntransfer-encoding: chunked\r\n\r\n";
    assert_eq!(read(&[&format!("{coded}0\r\n\r\n")]), (vec![End::Refused], false));
}

#[test]
fn lines_of_a_head_that_end_oddly() {
    for head in [
        "HTTP/1.1 200 OK\ncontent-length: 0\n\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\n",
        "\r\n\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
    ] {
        assert_eq!(read(&[head]), (vec![End::Complete], false), "{head:?}");
    }
    for head in [
        "\rHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\na: b\rcontent-length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\na\r\n\r\n",
    ] {
        assert_eq!(read(&[head]), (vec![End::Refused], false), "{head:?}");
    }
}

#[test]
fn folded_lines_are_read_but_their_connection_is_not_used_again() {
    for value in ["b\r\n c", "b\r\n\t c", "b\r\n \r\n c"] {
        let answer = format!("{OK}a: {value}\r\ncontent-length: 0\r\n\r\n");
        assert_eq!(read(&[&answer]), (vec![End::Complete], false), "{value:?}");
    }
}

#[test]
fn what_follows_an_answer_unasked_ends_the_connection() {
    let counted = format!("{OK}content-length: 2\r\n\r\nab");
    let (ends, free) = read(&[&format!("{counted}{counted}"), &counted]);
    assert_eq!((&ends[..], free), (&[End::Complete][..], false));
}

#[test]
fn the_seeds_of_the_fuzzer() {
    let seeds = concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/seeds/heads");
    let mut count = 0;
    for seed in std::fs::read_dir(seeds).unwrap() {
        let seed = std::fs::read(seed.unwrap().path()).unwrap();
        for (piece, closes) in [(1, true), (5, false), (usize::MAX, false), (usize::MAX, true)] {
            let answers = seed.split(|byte| *byte == 0x1e);
            compare(&Method::GET, &Script::new(answers, piece, closes));
        }
        count += 1;
    }
    assert!(count >= 10, "{count} seeds");
}
