//! The client leaves, at every moment, and the server sees it.

use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use perennial_sse::transport::{Client, Request, Transport};

use super::server::{PATIENCE, Server, dial, get, post, text};

/// Answers with `head`, then waits for the client to leave and tells when that was.
async fn watching(head: &'static str) -> (Server, mpsc::UnboundedReceiver<Instant>) {
    let (tell, told) = mpsc::unbounded_channel();
    let server = Server::start(move |mut peer| {
        let tell = tell.clone();
        async move {
            if !head.is_empty() {
                peer.request().await;
                peer.send(head).await;
            }
            peer.left().await;
            let _ = tell.send(Instant::now());
        }
    })
    .await;
    (server, told)
}

async fn seen_within_100_ms(left: Instant, mut told: mpsc::UnboundedReceiver<Instant>) {
    let seen = tokio::time::timeout(PATIENCE, told.recv()).await.expect("never seen").unwrap();
    assert!(seen.saturating_duration_since(left) < Duration::from_millis(100));
}

async fn leave_while_dialling(request: Request, told: mpsc::UnboundedReceiver<Instant>) {
    let dialling = Client::new().dial(request);
    assert!(tokio::time::timeout(Duration::from_millis(100), dialling).await.is_err());
    seen_within_100_ms(Instant::now(), told).await;
}

#[tokio::test]
async fn during_the_tls_handshake() {
    let (server, told) = watching("").await;
    leave_while_dialling(get(&format!("https://{}/", server.addr)), told).await;
}

#[tokio::test]
async fn before_the_response_head() {
    let (server, told) = watching("").await;
    leave_while_dialling(get(&server.url("/")), told).await;
    let (server, told) = watching("").await;
    leave_while_dialling(post(&server.url("/")), told).await;
}

#[tokio::test]
async fn by_a_deadline() {
    let (server, told) = watching("").await;
    let headers_timeout = Some(Duration::from_millis(100));
    assert!(dial(Request { headers_timeout, ..get(&server.url("/")) }).await.is_err());
    seen_within_100_ms(Instant::now(), told).await;
}

#[tokio::test]
async fn before_the_first_byte_of_the_body() {
    let (server, told) = watching("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").await;
    drop(dial(get(&server.url("/"))).await.unwrap());
    seen_within_100_ms(Instant::now(), told).await;
}

#[tokio::test]
async fn in_the_middle_of_the_body() {
    for head in ["connection: close", "transfer-encoding: chunked", "content-length: 99"] {
        let head = format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n5\r\ndata:\r\n").leak();
        let (server, told) = watching(head).await;
        let mut response = dial(get(&server.url("/"))).await.unwrap();
        text(&mut response).await;
        drop(response);
        seen_within_100_ms(Instant::now(), told).await;
    }
}

#[tokio::test]
async fn in_the_middle_of_a_compressed_body() {
    let head = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-encoding: gzip\r\n\r\n";
    let (server, told) = watching(head).await;
    drop(dial(get(&server.url("/"))).await.unwrap());
    seen_within_100_ms(Instant::now(), told).await;
}

/// A body that is not read stops the sender: nothing is buffered beyond the socket.
#[tokio::test]
async fn a_body_that_is_not_read_pushes_back() {
    let (tell, mut told) = mpsc::unbounded_channel();
    let server = Server::start(move |mut peer| {
        let tell = tell.clone();
        async move {
            peer.request().await;
            peer.send("HTTP/1.1 200 OK\r\n\r\n").await;
            for _ in 0..1024 {
                peer.send(vec![b'x'; 64 << 10]).await;
                let _ = tell.send(64 << 10);
            }
        }
    })
    .await;
    let response = dial(get(&server.url("/"))).await.unwrap();
    let mut sent = 0;
    while let Ok(Some(more)) = tokio::time::timeout(Duration::from_millis(200), told.recv()).await {
        sent += more;
    }
    assert!(sent < 32 << 20, "{sent} bytes were taken");
    drop(response);
}
