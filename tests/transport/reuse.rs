//! Which connection a request uses, and what becomes of it afterwards.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use http::Method;
use perennial_sse::error::Kind;
use perennial_sse::transport::{Client, Request};
use tokio::net::TcpListener;

use super::server::{PATIENCE, Peer, Server, dial_with, get, headers, post, read};

/// How many connections three requests make when each is answered with these bytes.
async fn connections(answer: &'static str, request: impl Fn(&str) -> Request) -> usize {
    let server = Server::start(move |mut peer| async move {
        while !peer.request().await.is_empty() {
            peer.send(answer).await;
        }
    })
    .await;
    let client = Client::new();
    for _ in 0..3 {
        let mut response = dial_with(&client, request(&server.url("/"))).await.unwrap();
        assert!(matches!(read(&mut response).await, (_, None)), "{answer:?}");
    }
    server.connections()
}

#[tokio::test]
async fn a_body_that_is_over_frees_its_connection() {
    for answer in [
        "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n\n\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n\n\n\r\n0\r\nx: y\r\n\r\n",
        "HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.1 204 No Content\r\n\r\n",
        "HTTP/1.1 503 Busy\r\ncontent-length: 2\r\n\r\n\n\n",
    ] {
        assert_eq!(connections(answer, get).await, 1, "{answer:?}");
    }
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n";
    let request = |url: &str| Request { method: Method::HEAD, ..get(url) };
    assert_eq!(connections(head, request).await, 1);
}

#[tokio::test]
async fn a_connection_in_doubt_is_not_used_again() {
    for answer in [
        "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n\n\nmore",
        "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n\n\n",
        "HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\n\n\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ncontent-length: 9\r\n\r\n0\r\n\r\n",
    ] {
        assert_eq!(connections(answer, get).await, 3, "{answer:?}");
    }
    let answer = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
    let request = |url: &str| Request { headers: headers(&[("connection", "close")]), ..get(url) };
    assert_eq!(connections(answer, request).await, 3);
}

#[tokio::test]
async fn a_redirect_whose_body_came_with_it_uses_its_connection() {
    let server = Server::start(move |mut peer| async move {
        while let request = peer.request().await
            && !request.is_empty()
        {
            peer.send(if request.starts_with("GET /to") {
                "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"
            } else {
                "HTTP/1.1 302 Found\r\nlocation: /to\r\ncontent-length: 4\r\n\r\nmove"
            })
            .await;
        }
    })
    .await;
    dial_with(&Client::new(), get(&server.url("/"))).await.unwrap();
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn connections_that_wait_are_closed_in_time() {
    // By whoever is first: a server that does not wait, or the client after four seconds.
    for patience in [Duration::ZERO, PATIENCE] {
        let open = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&open);
        let server = Server::start(move |mut peer| {
            counter.fetch_add(1, Ordering::SeqCst);
            let counter = Arc::clone(&counter);
            async move {
                peer.request().await;
                peer.send("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
                if patience.is_zero() {
                    tokio::io::AsyncWriteExt::shutdown(&mut peer.stream).await.unwrap();
                }
                peer.left().await;
                counter.fetch_sub(1, Ordering::SeqCst);
            }
        })
        .await;
        let client = Client::new();
        let url = server.url("/");
        let (first, second) =
            tokio::join!(dial_with(&client, get(&url)), dial_with(&client, get(&url)));
        assert!(first.is_ok() && second.is_ok() && server.connections() == 2);
        let start = Instant::now();
        while open.load(Ordering::SeqCst) > 0 {
            assert!(start.elapsed() < 2 * PATIENCE, "connections stay open");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        // At once, or when they have waited for four seconds.
        let waited = start.elapsed() > Duration::from_secs(3);
        assert_eq!(waited, !patience.is_zero(), "{:?}", start.elapsed());
    }
}

#[tokio::test]
async fn a_request_that_was_sent_stays_so_where_its_second_connection_fails() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let mut peer = Peer { stream: listener.accept().await.unwrap().0 };
        peer.request().await;
        peer.send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n\n\n").await;
        // It reads the next one, too, and is gone.
        peer.request().await;
        drop(listener);
    });
    let client = Client::new();
    let mut response = dial_with(&client, get(&url)).await.unwrap();
    assert!(matches!(read(&mut response).await, (_, None)));
    let error = dial_with(&client, post(&url)).await.err().unwrap();
    assert_eq!((error.kind(), error.sent()), (Kind::Connect, true));
}
