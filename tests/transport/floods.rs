//! HTTP/2 servers that flood: what they send costs neither memory nor other streams' time.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::time::{Duration, Instant};

use perennial_sse::transport::{Client, Request};
use tokio::task::yield_now;

use super::server::{PATIENCE, Server, dial_with, get, read};

/// How much a flood may cost, in KiB.
const MEMORY: u64 = 64 * 1024;
/// The deadline of the request that is flooded.
const DEADLINE: Duration = Duration::from_millis(200);
/// How long a flood lasts if the client takes it that long.
const LASTS: Duration = Duration::from_secs(3);

/// A frame (RFC 9113, 4.1).
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// A server that greets, waits for a request, says `first`, and then `again` for ever. It reads what
/// the client says to it if it is `polite`. Its URL.
fn flooding(first: Vec<u8>, again: &[u8], polite: bool) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let again = again.repeat(64 * 1024 / again.len() + 1);
    std::thread::spawn(move || {
        for mut socket in listener.incoming().flatten() {
            let (first, again) = (first.clone(), again.clone());
            std::thread::spawn(move || {
                let mut heard = vec![0; 64 * 1024];
                socket.set_write_timeout(Some(LASTS)).unwrap();
                if socket.write_all(&frame(4, 0, 0, &[])).is_err()
                    || socket.read(&mut heard).is_err()
                {
                    return;
                }
                // The request follows the greeting.
                std::thread::sleep(Duration::from_millis(50));
                let mut talk = socket.try_clone().unwrap();
                if polite {
                    std::thread::spawn(move || while matches!(talk.read(&mut heard), Ok(1..)) {});
                }
                let began = Instant::now();
                let mut fine = socket.write_all(&first).is_ok();
                while fine && began.elapsed() < LASTS {
                    fine = socket.write_all(&again).is_ok();
                }
            });
        }
    });
    url
}

/// What this process occupies, in KiB; nothing where the system does not say.
fn occupied() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse().unwrap_or(0)
}

/// A flooded request fails in time, and meanwhile an honest server is heard, on the same thread.
async fn harmless(what: &str, first: Vec<u8>, again: &[u8]) {
    for polite in [true, false] {
        let url = flooding(first.clone(), again, polite);
        let honest = Server::answering(
            "HTTP/1.1 200 OK\r\ncontent-length: 9\r\nconnection: close\r\n\r\ndata: x\n\n",
        )
        .await;
        let before = occupied();
        let began = Instant::now();
        let client = Client::new();
        let flooded = tokio::spawn({
            let client = client.clone();
            async move {
                let request = Request { http2: true, headers_timeout: Some(DEADLINE), ..get(&url) };
                let mut response = dial_with(&client, request).await.ok()?;
                // A head may come, and then a body that is none.
                let body = read(&mut response);
                tokio::time::timeout(2 * DEADLINE, body).await.ok()?.1
            }
        });
        let mut asked = 0;
        while !flooded.is_finished() || asked < 3 {
            let mut response = dial_with(&client, get(&honest.url("/"))).await.unwrap();
            assert_eq!(read(&mut response).await.0, "data: x\n\n", "{what}");
            asked += 1;
            yield_now().await;
        }
        flooded.await.unwrap();
        let (took, grown) = (began.elapsed(), occupied().saturating_sub(before));
        assert!(took < 2 * PATIENCE, "{what} took {took:?}");
        assert!(grown < MEMORY, "{what} took {grown} KiB");
    }
}

#[tokio::test]
async fn continuations_without_an_end() {
    // HEADERS with `:status: 200`, and no END_HEADERS.
    let head = frame(1, 0, 1, &[0x88]);
    harmless("empty continuations", head.clone(), &frame(9, 0, 1, &[])).await;
    // A header without indexing: "a: b".
    let field = [0x00, 1, b'a', 1, b'b'].repeat(1000);
    harmless("full continuations", head, &frame(9, 0, 1, &field)).await;
}

#[tokio::test]
async fn resets_without_an_end() {
    let cancel = 8_u32.to_be_bytes();
    harmless("resets", Vec::new(), &frame(3, 0, 1, &cancel)).await;
    let head = frame(1, 4, 1, &[0x88]);
    harmless("resets behind a head", head, &frame(3, 0, 1, &cancel)).await;
}

#[tokio::test]
async fn pings_without_an_end() {
    harmless("pings", Vec::new(), &frame(6, 0, 0, &[7; 8])).await;
    harmless("pongs", Vec::new(), &frame(6, 1, 0, &[7; 8])).await;
}

#[tokio::test]
async fn settings_without_an_end() {
    harmless("empty settings", Vec::new(), &frame(4, 0, 0, &[])).await;
    let table = [&[0, 1][..], &4096_u32.to_be_bytes()].concat();
    harmless("settings", Vec::new(), &frame(4, 0, 0, &table.repeat(100))).await;
}

#[tokio::test]
async fn empty_data_and_windows_without_an_end() {
    let head = frame(1, 4, 1, &[0x88]);
    harmless("empty data", head.clone(), &frame(0, 0, 1, &[])).await;
    harmless("windows", head, &frame(8, 0, 0, &1_u32.to_be_bytes())).await;
    harmless("unknown frames", Vec::new(), &frame(0xEE, 0, 0, &[0; 64])).await;
}
