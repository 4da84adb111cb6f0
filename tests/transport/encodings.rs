//! Compressed bodies. The bytes are made by hand of stored blocks, one event each, which is what a
//! compressor that flushes after every event sends.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use perennial_sse::error::{Kind, Phase};

use super::server::{Server, dial, failure, get, read, text};

const GZIP: &[u8] = &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
const EVENTS: [&str; 3] = ["data: a\n\n", "data: b\n\n", "data: c\n\n"];

fn stored(data: &str) -> Vec<u8> {
    let length = u16::try_from(data.len()).unwrap();
    [&[0], &length.to_le_bytes()[..], &(!length).to_le_bytes(), data.as_bytes()].concat()
}

fn gzip_end(data: &str) -> Vec<u8> {
    let crc = !data.bytes().fold(!0_u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 * (crc & 1)))
    });
    let length = u32::try_from(data.len()).unwrap();
    [&[1, 0, 0, 0xff, 0xff], &crc.to_le_bytes()[..], &length.to_le_bytes()].concat()
}

/// RFC 7932 9.2: a meta-block that is neither the last nor compressed; the first of a stream comes
/// after the bit that says how large the window is.
fn uncompressed(data: &str, first: bool) -> Vec<u8> {
    let bits = u32::try_from(data.len() - 1).unwrap() << 3 | 1 << 19;
    let bits = if first { bits << 1 } else { bits };
    [&bits.to_le_bytes()[..3], data.as_bytes()].concat()
}

const BROTLI_END: &[u8] = &[3];

/// A member of gzip that holds one event.
fn gzip(event: &str) -> Vec<u8> {
    [GZIP, &stored(event), &gzip_end(event)].concat()
}

fn raw_deflate(data: &str) -> Vec<u8> {
    [&stored(data)[..], &[1, 0, 0, 0xff, 0xff]].concat()
}

/// RFC 1950: deflate between two bytes of a head and a sum.
fn zlib(data: &str) -> Vec<u8> {
    let (a, b) = data.bytes().fold((1, 0), |(a, b), byte| {
        let a = (a + u32::from(byte)) % 65_521;
        (a, (b + a) % 65_521)
    });
    [&[0x78, 1], &raw_deflate(data)[..], &(b << 16 | a).to_be_bytes()].concat()
}

/// At most 64 KiB.
fn brotli(data: &[u8]) -> Vec<u8> {
    let length = u32::try_from(data.len() - 1).unwrap();
    let bits = length << 4 | 1 << 20;
    [&bits.to_le_bytes()[..3], data, BROTLI_END].concat()
}

pub fn head(encoding: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-encoding: {encoding}\r\n\r\n").into()
}

async fn flushed(encoding: &'static str, parts: Vec<Vec<u8>>) {
    let (sent, next) = tokio::sync::watch::channel(0);
    let server = Server::start(move |mut peer| {
        let (parts, mut next) = (parts.clone(), next.clone());
        async move {
            let request = peer.request().await;
            assert!(request.contains("accept-encoding: gzip,br\r\n"), "{request}");
            peer.send(head(encoding)).await;
            for (index, part) in parts.iter().enumerate() {
                next.wait_for(|next| *next > index).await.unwrap();
                peer.send(part).await;
            }
        }
    })
    .await;
    let mut response = dial(get(&server.url("/"))).await.unwrap();
    assert!(!response.headers.contains_key("content-encoding"));
    for (index, event) in EVENTS.iter().enumerate() {
        sent.send_replace(index + 1);
        assert_eq!(text(&mut response).await, *event);
    }
    sent.send_replace(usize::MAX);
    let (rest, error) = read(&mut response).await;
    assert_eq!((rest.as_str(), error.map(|error| error.to_string())), ("", None));
}

#[tokio::test]
async fn gzip_flushed_per_event_arrives_per_event() {
    let mut parts: Vec<_> = EVENTS.iter().map(|event| stored(event)).collect();
    parts[0].splice(0..0, GZIP.iter().copied());
    parts.push(gzip_end(&EVENTS.concat()));
    flushed("gzip", parts).await;
}

#[tokio::test]
async fn brotli_flushed_per_event_arrives_per_event() {
    let mut parts: Vec<_> =
        EVENTS.iter().enumerate().map(|(index, event)| uncompressed(event, index == 0)).collect();
    parts.push(BROTLI_END.to_vec());
    flushed("br", parts).await;
}

/// Asserts that a body says all events, whole and however it is cut.
async fn says_all(encoding: &str, body: &[u8]) {
    let cuts = 0..=body.len();
    let cuts: Vec<usize> = if body.len() > 256 { vec![0, 255, body.len()] } else { cuts.collect() };
    let (next, cuts) = (AtomicUsize::new(0), Arc::new(cuts));
    let (head, body, count) = (head(encoding), Arc::new(body.to_vec()), cuts.len());
    let server = Server::start(move |mut peer| {
        let cut = cuts[next.fetch_add(1, Ordering::SeqCst)];
        let (head, body) = (head.clone(), Arc::clone(&body));
        async move {
            peer.stream.set_nodelay(true).unwrap();
            peer.request().await;
            peer.send(&[&head[..], &body[..cut]].concat()).await;
            tokio::task::yield_now().await;
            peer.send(&body[cut..]).await;
        }
    })
    .await;
    for cut in 0..count {
        let mut response = dial(get(&server.url("/"))).await.unwrap();
        let (text, error) = read(&mut response).await;
        let error = error.map(|error| error.to_string());
        assert_eq!((text, error), (EVENTS.concat(), None), "{encoding}, cut {cut}");
    }
}

#[tokio::test]
async fn all_members_count_wherever_they_are_cut() {
    let members = EVENTS.map(gzip).concat();
    says_all("gzip", &members).await;
    says_all("X-GZip", &members).await;
    let (a, empty) = (gzip(&EVENTS.concat()), gzip(""));
    says_all("gzip", &[&empty[..], &a, &empty].concat()).await;
    says_all("deflate", &EVENTS.map(zlib).concat()).await;
    says_all("deflate", &EVENTS.map(raw_deflate).concat()).await;
    says_all("BR", &EVENTS.map(|event| brotli(event.as_bytes())).concat()).await;
}

#[tokio::test]
async fn zeros_behind_a_member_are_padding() {
    let padded = [EVENTS.map(gzip).concat(), vec![0; 20]].concat();
    says_all("gzip", &padded).await;
    says_all("gzip", &EVENTS.map(|event| [gzip(event), vec![0; 3]].concat()).concat()).await;
    let (text, kind) = broken("gzip", &[&padded[..], b"\r\n"].concat()).await;
    assert_eq!((text, kind), (EVENTS.concat(), Kind::ContentEncoding));
    assert_eq!(broken("gzip", &[&[0][..], &padded].concat()).await.1, Kind::ContentEncoding);
}

#[tokio::test]
async fn several_codings_are_undone_from_the_last_to_the_first() {
    let members = EVENTS.map(gzip).concat();
    says_all("gzip, br", &brotli(&members)).await;
    says_all("gzip\r\ncontent-encoding: BR", &brotli(&members)).await;
    says_all("identity,gzip, ,br", &brotli(&members)).await;
}

#[tokio::test]
async fn what_is_no_coding_is_passed_through() {
    for encoding in ["none", "identity", "", "utf-8", "UTF-8", " , "] {
        says_all(encoding, EVENTS.concat().as_bytes()).await;
    }
}

#[tokio::test]
async fn a_body_without_a_byte_is_complete_in_any_coding() {
    for encoding in ["gzip", "deflate", "br", "gzip, br"] {
        let server = Server::answering(head(encoding)).await;
        let mut response = dial(get(&server.url("/"))).await.unwrap();
        assert!(matches!(read(&mut response).await, (text, None) if text.is_empty()), "{encoding}");
    }
}

async fn broken(encoding: &str, body: &[u8]) -> (String, Kind) {
    let server = Server::answering([&head(encoding), body].concat()).await;
    let mut response = dial(get(&server.url("/"))).await.unwrap();
    let (text, error) = read(&mut response).await;
    let error = error.expect("it passed as complete");
    assert_eq!(error.phase(), Phase::Body);
    (text, error.kind())
}

#[tokio::test]
async fn truncated_compression_is_not_a_clean_end() {
    let begun = [GZIP, &stored(EVENTS[0])].concat();
    assert_eq!(broken("gzip", &begun).await, (EVENTS[0].into(), Kind::Truncated));
    let without_sum = [&begun[..], &gzip_end(EVENTS[0])[..7]].concat();
    assert_eq!(broken("gzip", &without_sum).await, (EVENTS[0].into(), Kind::Truncated));
    assert_eq!(broken("gzip", &GZIP[..5]).await, (String::new(), Kind::Truncated));
    let brotli = uncompressed(EVENTS[0], true);
    assert_eq!(broken("br", &brotli).await, (EVENTS[0].into(), Kind::Truncated));
    let zlib = zlib(EVENTS[0]);
    let cut = &zlib[..zlib.len() - 1];
    assert_eq!(broken("deflate", cut).await, (EVENTS[0].into(), Kind::Truncated));
    let members = EVENTS.map(gzip).concat();
    let (text, kind) = broken("gzip", &members[..members.len() - 1]).await;
    assert_eq!((text, kind), (EVENTS.concat(), Kind::Truncated));
    let second = gzip(EVENTS[0]).len() + 1;
    assert_eq!(broken("gzip", &members[..second]).await, (EVENTS[0].into(), Kind::Truncated));
}

#[tokio::test]
async fn corrupt_compression_says_so() {
    let garbage = [GZIP, &stored(EVENTS[0]), &[0xff; 64]].concat();
    assert_eq!(broken("gzip", &garbage).await.1, Kind::ContentEncoding);
    let sum = [GZIP, &stored(EVENTS[0]), &gzip_end("other ev.")].concat();
    assert_eq!(broken("gzip", &sum).await.1, Kind::ContentEncoding);
    assert_eq!(broken("gzip", b"data: plain text\n\n").await.1, Kind::ContentEncoding);
    assert_eq!(broken("br", &[0xff; 64]).await.1, Kind::ContentEncoding);
}

#[tokio::test]
async fn a_chunked_gzip_body_cut_by_the_network_is_truncated() {
    let body = [GZIP, &stored(EVENTS[0])].concat();
    let mut bytes = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n".to_vec();
    bytes.extend(format!("content-encoding: gzip\r\n\r\n{:x}\r\n", body.len() + 1).into_bytes());
    bytes.extend(body);
    let server = Server::answering(bytes).await;
    let mut response = dial(get(&server.url("/"))).await.unwrap();
    assert_eq!(read(&mut response).await.1.unwrap().kind(), Kind::Truncated);
}

#[tokio::test]
async fn an_unknown_encoding_is_named() {
    let server = Server::answering([&head("zstd"), &b"?"[..]].concat()).await;
    let error = failure(get(&server.url("/"))).await;
    assert_eq!((error.kind(), error.phase()), (Kind::ContentEncoding, Phase::Response));
    assert!(error.sent());
    assert!(error.to_string().contains("encoded as zstd"), "{error}");

    let refusal = "HTTP/1.1 401 No\r\ncontent-encoding: zstd\r\ncontent-length: 1\r\n\r\n?";
    let server = Server::answering(refusal).await;
    let mut response = dial(get(&server.url("/"))).await.unwrap();
    assert_eq!(response.status, 401);
    assert!(matches!(read(&mut response).await, (text, None) if text.is_empty()));
}
