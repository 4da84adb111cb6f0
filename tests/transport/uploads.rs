//! Answers to requests that are not sent in full yet.

use bytes::Bytes;
use perennial_sse::error::Kind;
use perennial_sse::transport::{Client, Request};
use tokio::io::AsyncReadExt;

use super::server::{Server, dial, dial_with, get, post, read};

/// More than any socket takes without somebody who reads.
const LARGE: usize = 32 << 20;

fn large(url: &str) -> Request {
    Request { body: Some(Bytes::from(vec![b'x'; LARGE])), ..post(url) }
}

/// Reads a head, and so much of the body.
async fn take(stream: &mut tokio::net::TcpStream, bytes: usize) {
    let mut read = Vec::new();
    while read.len() < bytes && stream.read_buf(&mut read).await.unwrap() > 0 {}
}

#[tokio::test]
async fn a_refusal_is_read_although_the_body_was_not() {
    let server = Server::start(|mut peer| async move {
        take(&mut peer.stream, 1000).await;
        peer.send("HTTP/1.1 413 Too Large\r\ncontent-length: 4\r\n\r\nhuge").await;
        peer.left().await;
    })
    .await;
    let mut response = dial(large(&server.url("/"))).await.unwrap();
    assert_eq!(response.status, 413);
    assert!(matches!(read(&mut response).await, (text, None) if text == "huge"));
}

#[tokio::test]
async fn the_rest_is_sent_while_the_answer_arrives() {
    let server = Server::start(|mut peer| async move {
        take(&mut peer.stream, 1000).await;
        peer.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n6\r\nbegun\n\r\n").await;
        take(&mut peer.stream, LARGE - (1 << 20)).await;
        peer.send("4\r\nall\n\r\n0\r\n\r\n").await;
        peer.left().await;
    })
    .await;
    let mut response = dial(large(&server.url("/"))).await.unwrap();
    assert!(matches!(read(&mut response).await, (text, None) if text == "begun\nall\n"));
}

#[tokio::test]
async fn a_connection_with_an_unfinished_request_is_not_used_again() {
    let server = Server::start(|mut peer| async move {
        take(&mut peer.stream, 20).await;
        peer.send("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
        peer.left().await;
    })
    .await;
    let client = Client::new();
    dial_with(&client, large(&server.url("/"))).await.unwrap();
    dial_with(&client, get(&server.url("/"))).await.unwrap();
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn a_connection_that_breaks_on_the_way_was_not_sent() {
    let server = Server::start(|mut peer| async move {
        take(&mut peer.stream, 1000).await;
        peer.reset();
    })
    .await;
    let error = dial(large(&server.url("/"))).await.err().unwrap();
    assert_eq!((error.kind(), error.sent()), (Kind::Connect, false));
}
