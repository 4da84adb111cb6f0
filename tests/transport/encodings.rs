//! Compressed bodies. The bytes are made by hand of stored blocks, one event each, which is what a
//! compressor that flushes after every event sends.

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

fn head(encoding: &str) -> Vec<u8> {
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
    let gzip = [GZIP, &stored(EVENTS[0])].concat();
    assert_eq!(broken("gzip", &gzip).await, (EVENTS[0].into(), Kind::Truncated));
    let without_sum = [&gzip[..], &gzip_end(EVENTS[0])[..7]].concat();
    assert_eq!(broken("gzip", &without_sum).await, (EVENTS[0].into(), Kind::Truncated));
    assert_eq!(broken("gzip", &GZIP[..5]).await, (String::new(), Kind::Truncated));
    let brotli = uncompressed(EVENTS[0], true);
    assert_eq!(broken("br", &brotli).await, (EVENTS[0].into(), Kind::Truncated));
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
