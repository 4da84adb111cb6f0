//! Up to the response head: names, ports, deadlines, and what was sent.

use std::io::Write;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::HeaderValue;
use perennial_sse::error::{Error, Kind, Phase};
use perennial_sse::transport::{Client, Request};
use tokio::net::TcpListener;

use super::server::{PATIENCE, Server, dial_with, failure, get, headers, post, read};

const SHORT: Duration = Duration::from_millis(150);

fn told(error: &Error) -> (Kind, Phase, bool) {
    (error.kind(), error.phase(), error.sent())
}

#[tokio::test]
async fn a_refused_port() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    let error = failure(post(&url)).await;
    assert_eq!(told(&error), (Kind::Connect, Phase::Connect, false));
    assert!(error.to_string().starts_with("the connection was refused"), "{error}");
}

#[tokio::test]
async fn an_unknown_name() {
    let error = failure(post("http://user:secret@nosuch.invalid/?key=secret")).await;
    assert_eq!(told(&error), (Kind::Dns, Phase::Connect, false));
    assert_eq!(error.to_string(), "the host name nosuch.invalid could not be resolved");
    assert!(!format!("{error:?}{:?}", error.causes()).contains("secret"), "{error:?}");
}

#[tokio::test]
async fn a_url_that_is_not_http() {
    let error = failure(get("ftp://a.test/")).await;
    assert_eq!(told(&error), (Kind::Request, Phase::Prepare, false));
}

#[tokio::test]
async fn a_tls_port_that_never_answers_is_a_connect_timeout() {
    let server = Server::start(|mut peer| async move { peer.left().await }).await;
    for request in [get as fn(&str) -> Request, post] {
        let url = format!("https://{}/", server.addr);
        let start = Instant::now();
        let error = failure(Request { connect_timeout: Some(SHORT), ..request(&url) }).await;
        assert_eq!(told(&error), (Kind::Timeout, Phase::Connect, false));
        assert_eq!(error.to_string(), "the connection was not made within 150 ms");
        assert!(start.elapsed() < 10 * SHORT);
    }
}

#[tokio::test]
async fn a_silent_server_is_a_headers_timeout() {
    let server = Server::start(|mut peer| async move { peer.left().await }).await;
    for request in [get as fn(&str) -> Request, post] {
        let start = Instant::now();
        let request = Request {
            connect_timeout: Some(SHORT / 3),
            headers_timeout: Some(SHORT),
            ..request(&server.url("/"))
        };
        let error = failure(request).await;
        assert_eq!(told(&error), (Kind::Timeout, Phase::Headers, true));
        assert!(start.elapsed() >= SHORT);
        assert!(start.elapsed() < 10 * SHORT);
    }
}

#[tokio::test]
async fn a_flood_of_early_hints_does_not_stop_the_clock() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    // On a thread of its own, so that there is always more.
    let server = std::thread::spawn(move || {
        let hint = format!("HTTP/1.1 103 Early Hints\r\nlink: <{}>\r\n\r\n", "x".repeat(8192));
        let hints = hint.repeat(128);
        let (mut client, _) = listener.accept().unwrap();
        while client.write_all(hints.as_bytes()).is_ok() {}
    });
    let start = Instant::now();
    let error = failure(Request { headers_timeout: Some(SHORT), ..post(&url) }).await;
    assert_eq!(told(&error), (Kind::Timeout, Phase::Headers, true));
    assert!(start.elapsed() < 5 * SHORT, "{:?}", start.elapsed());
    server.join().unwrap();
}

#[tokio::test]
async fn a_pooled_connection_counts_as_made() {
    let server = Server::start(|mut peer| async move {
        peer.request().await;
        peer.send("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
        peer.left().await;
    })
    .await;
    let client = Client::new();
    let mut response = dial_with(&client, post(&server.url("/"))).await.unwrap();
    read(&mut response).await;
    tokio::time::sleep(Duration::from_millis(5)).await;
    let request = Request {
        connect_timeout: Some(SHORT / 3),
        headers_timeout: Some(SHORT),
        ..post(&server.url("/"))
    };
    let error = dial_with(&client, request).await.err().unwrap();
    assert_eq!(told(&error), (Kind::Timeout, Phase::Headers, true));
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn only_what_may_be_repeated_uses_a_connection_that_has_rested() {
    for (request, connections) in [(get as fn(&str) -> Request, 1), (post, 2)] {
        let server = Server::start(|mut peer| async move {
            while !peer.request().await.is_empty() {
                peer.send("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
            }
        })
        .await;
        let client = Client::new();
        for rest in [Duration::ZERO, Duration::from_millis(1200)] {
            tokio::time::sleep(rest).await;
            let mut response = dial_with(&client, request(&server.url("/"))).await.unwrap();
            read(&mut response).await;
        }
        assert_eq!(server.connections(), connections);
    }
}

#[tokio::test]
async fn a_large_body_that_nobody_reads_was_not_sent() {
    let server = Server::start(|peer| async move {
        tokio::time::sleep(Duration::from_mins(1)).await;
        drop(peer);
    })
    .await;
    let body = Some(Bytes::from(vec![b'x'; 32 << 20]));
    let headers_timeout = Some(SHORT);
    let error = failure(Request { body, headers_timeout, ..post(&server.url("/")) }).await;
    assert_eq!(told(&error), (Kind::Timeout, Phase::Headers, false));
}

#[tokio::test]
async fn a_server_that_closes_without_an_answer() {
    for partial in ["", "HTTP/1.1 200 OK\r\ncontent-ty"] {
        let server = Server::answering(partial).await;
        let error = failure(post(&server.url("/"))).await;
        assert_eq!(told(&error), (Kind::Connect, Phase::Headers, true));
        let expected = "the server closed the connection before it answered";
        assert_eq!(error.to_string(), expected);
    }
    let server = Server::start(|mut peer| async move {
        peer.request().await;
        peer.reset();
    })
    .await;
    let error = failure(post(&server.url("/"))).await;
    assert_eq!(told(&error), (Kind::Connect, Phase::Headers, true));
    assert_eq!(error.to_string(), "the connection was reset before the server answered");
}

#[tokio::test]
async fn an_answer_that_is_not_http() {
    let server = Server::answering("SSH-2.0-OpenSSH_9.2\r\n\r\n").await;
    let error = failure(get(&server.url("/"))).await;
    assert_eq!(told(&error), (Kind::Connect, Phase::Headers, true));
    assert!(error.to_string().contains("is no http/1.1"), "{error}");
}

/// The request as the server reads it.
async fn seen(request: impl FnOnce(&str) -> Request) -> String {
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    let server = Server::start(move |mut peer| {
        let tell = tell.clone();
        async move {
            tell.send(peer.request().await).unwrap();
            peer.send("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
        }
    })
    .await;
    let response = dial_with(&Client::new(), request(&server.url("/x?q=1"))).await.unwrap();
    assert_eq!(response.url.as_str(), server.url("/x?q=1"));
    told.recv().await.unwrap()
}

#[tokio::test]
async fn the_request_as_sent() {
    let text = seen(|url| Request {
        headers: headers(&[
            ("accept", "text/event-stream"),
            ("content-length", "999"),
            ("transfer-encoding", "chunked"),
            ("last-event-id", "é漢"),
        ]),
        ..post(url)
    })
    .await;
    assert!(text.starts_with("POST /x?q=1 HTTP/1.1\r\n"), "{text}");
    assert!(text.contains("\r\ncontent-length: 7\r\n"), "{text}");
    assert!(text.contains("\r\nlast-event-id: é漢\r\n"), "{text}");
    assert!(text.contains("\r\nhost: 127.0.0.1:"), "{text}");
    assert!(!text.contains("999") && !text.contains("transfer-encoding"), "{text}");
    assert!(text.ends_with("\r\n\r\n{\"a\":1}"), "{text}");

    let text = seen(|url| Request { body: None, ..post(url) }).await;
    assert!(text.contains("\r\ncontent-length: 0\r\n"), "{text}");
    let text = seen(get).await;
    assert!(!text.contains("content-length"), "{text}");
}

#[tokio::test]
async fn credentials_of_the_url_are_a_header_unless_there_is_one() {
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    let server = Server::start(move |mut peer| {
        let tell = tell.clone();
        async move {
            tell.send(peer.request().await).unwrap();
            peer.send("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
        }
    })
    .await;
    let url = format!("http://user:pass@{}/", server.addr);
    let response = dial_with(&Client::new(), get(&url)).await.unwrap();
    assert_eq!(response.url.as_str(), server.url("/"));
    assert!(told.recv().await.unwrap().contains("authorization: Basic dXNlcjpwYXNz\r\n"));
    let mut request = get(&url);
    request.headers.insert("authorization", HeaderValue::from_static("Bearer t"));
    dial_with(&Client::new(), request).await.unwrap();
    let text = told.recv().await.unwrap();
    assert!(text.contains("authorization: Bearer t\r\n") && !text.contains("Basic"), "{text}");
}

#[tokio::test]
async fn a_storm_makes_256_connections_to_a_server_at_a_time() {
    let (go, wait) = tokio::sync::watch::channel(false);
    let server = Server::start(move |peer| {
        let mut wait = wait.clone();
        async move {
            wait.wait_for(|go| *go).await.unwrap();
            drop(peer);
        }
    })
    .await;
    let client = Client::new();
    let url = format!("https://{}/", server.addr);
    let storm: Vec<_> = (0..300)
        .map(|_| {
            let (client, request) = (client.clone(), get(&url));
            tokio::spawn(async move { dial_with(&client, request).await.map(drop) })
        })
        .collect();
    let start = Instant::now();
    while server.connections() < 256 {
        assert!(start.elapsed() < PATIENCE, "{} connections", server.connections());
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert_eq!(server.connections(), 256);
    go.send_replace(true);
    for dial in storm {
        assert_eq!(dial.await.unwrap().unwrap_err().phase(), Phase::Connect);
    }
    assert_eq!(server.connections(), 300);
}
