//! How a body ends: cleanly, or not.

use perennial_sse::error::{Kind, Phase};
use perennial_sse::transport::Client;

use super::server::{Server, chunk, dial, dial_with, get, read, text};

/// What arrives of these bytes followed by FIN, and the kind of failure.
async fn ending(bytes: &str) -> (String, Option<Kind>) {
    let server = Server::answering(bytes).await;
    let mut response = dial(get(&server.url("/"))).await.unwrap();
    assert_eq!(response.status, 200);
    let (text, error) = read(&mut response).await;
    if let Some(error) = &error {
        assert_eq!(error.phase(), Phase::Body);
        assert!(error.sent());
    }
    (text, error.map(|error| error.kind()))
}

#[tokio::test]
async fn clean_ends() {
    let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\ndata:\r\n0\r\n\r\n";
    assert_eq!(ending(chunked).await, ("data:".into(), None));
    let trailers = chunked.replace("0\r\n\r\n", "0\r\nx-sum: 1\r\n\r\n");
    assert_eq!(ending(&trailers).await, ("data:".into(), None));
    let sized = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\ndata:";
    assert_eq!(ending(sized).await, ("data:".into(), None));
    let longer = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\ndata: more than was announced";
    assert_eq!(ending(longer).await, ("data:".into(), None));
    let closed = "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\ndata:";
    assert_eq!(ending(closed).await, ("data:".into(), None));
    let early = format!("HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n{sized}");
    assert_eq!(ending(&early).await, ("data:".into(), None));
}

#[tokio::test]
async fn truncated_ends() {
    let truncated = ("data:".to_owned(), Some(Kind::Truncated));
    let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    assert_eq!(ending(&format!("{head}5\r\ndata:\r\n")).await, truncated);
    assert_eq!(ending(&format!("{head}9\r\ndata:")).await, truncated);
    let short = "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\ndata:";
    assert_eq!(ending(short).await, truncated);
}

#[tokio::test]
async fn broken_chunk_framing() {
    let broken = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\ndata:\r\nxyz\r\n";
    assert_eq!(ending(broken).await, ("data:".into(), Some(Kind::Reset)));
}

#[tokio::test]
async fn resets() {
    for head in ["connection: close", "transfer-encoding: chunked", "content-length: 99"] {
        let (go, wait) = tokio::sync::watch::channel(false);
        let server = Server::start(move |mut peer| {
            let mut wait = wait.clone();
            async move {
                peer.request().await;
                peer.send(format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n5\r\ndata:\r\n")).await;
                wait.wait_for(|go| *go).await.unwrap();
                peer.reset();
            }
        })
        .await;
        let mut response = dial(get(&server.url("/"))).await.unwrap();
        assert!(text(&mut response).await.contains("data:"), "{head}");
        go.send_replace(true);
        let (_, error) = read(&mut response).await;
        let error = error.expect(head);
        assert_eq!((error.kind(), error.phase()), (Kind::Reset, Phase::Body), "{head}");
        assert!(!error.causes().is_empty());
    }
}

#[tokio::test]
async fn chunks_arrive_as_they_are_sent() {
    let (sent, next) = tokio::sync::watch::channel(0);
    let server = Server::start(move |mut peer| {
        let mut next = next.clone();
        async move {
            peer.request().await;
            peer.send("HTTP/1.1 200 OK\r\n\r\n").await;
            for part in 1..4 {
                next.wait_for(|next| *next >= part).await.unwrap();
                peer.send(format!("data: {part}\n\n")).await;
            }
        }
    })
    .await;
    let mut response = dial(get(&server.url("/"))).await.unwrap();
    for part in 1..4 {
        sent.send_replace(part);
        assert_eq!(text(&mut response).await, format!("data: {part}\n\n"));
    }
    assert!(matches!(read(&mut response).await, (_, None)));
}

#[tokio::test]
async fn a_connection_read_to_its_end_is_used_again() {
    let server = Server::start(|mut peer| async move {
        while !peer.request().await.is_empty() {
            peer.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n\n\n\r\n").await;
            peer.send("0\r\n\r\n").await;
        }
    })
    .await;
    let client = Client::new();
    for _ in 0..5 {
        let mut response = dial_with(&client, get(&server.url("/"))).await.unwrap();
        assert!(matches!(read(&mut response).await, (_, None)));
        drop(response);
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn a_pooled_connection_that_the_server_closed_is_not_used() {
    let server = Server::answering("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n\n\n").await;
    let client = Client::new();
    for _ in 0..5 {
        let mut response = dial_with(&client, get(&server.url("/"))).await.unwrap();
        assert!(matches!(read(&mut response).await, (_, None)));
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    assert_eq!(server.connections(), 5);
}

#[tokio::test]
async fn what_was_read_is_held_no_longer() {
    let burst = format!("{:x}\r\n{}\r\n5\r\ndata:\r\n", 20_000, "x".repeat(20_000));
    let server = Server::start(move |mut peer| {
        let burst = burst.clone();
        async move {
            peer.request().await;
            peer.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").await;
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            peer.send(burst).await;
            peer.left().await;
        }
    })
    .await;
    let mut response = dial(get(&server.url("/"))).await.unwrap();
    let mut last = chunk(&mut response).await.unwrap().unwrap();
    while last != "data:" {
        last = chunk(&mut response).await.unwrap().unwrap();
    }
    // Another read takes this thread's memory away from the first.
    let _other = dial(get(&server.url("/"))).await.unwrap();
    assert!(last.is_unique(), "a silent stream keeps 64 KiB");
    drop(response);
}
