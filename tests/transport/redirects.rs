//! Redirects as the servers see them.

use std::time::{Duration, Instant};

use http::Method;
use perennial_sse::error::{Error, Kind, Phase};
use perennial_sse::transport::{Client, Request, Response};
use tokio::sync::mpsc;

use super::server::{Server, dial_with, get, headers, post};

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";

/// A server that redirects `/from` and answers everything else, and the requests that it saw.
async fn redirecting(
    status: u16,
    location: impl Into<String>,
) -> (Server, mpsc::UnboundedReceiver<String>) {
    let (tell, told) = mpsc::unbounded_channel();
    let location = location.into();
    let server = Server::start(move |mut peer| {
        let (tell, location) = (tell.clone(), location.clone());
        async move {
            loop {
                let request = peer.request().await;
                if request.is_empty() {
                    return;
                }
                let from = request.contains(" /from ");
                let _ = tell.send(request);
                if from {
                    let head = format!("HTTP/1.1 {status} Elsewhere\r\nlocation: {location}\r\n");
                    peer.send(format!("{head}content-length: 0\r\n\r\n")).await;
                } else {
                    peer.send(OK).await;
                }
            }
        }
    })
    .await;
    (server, told)
}

async fn go(request: Request) -> Result<Response, Error> {
    dial_with(&Client::new(), request).await
}

fn refused(result: Result<Response, Error>) -> String {
    let error = result.err().expect("it was followed");
    assert_eq!((error.kind(), error.phase()), (Kind::Redirect, Phase::Response));
    assert!(error.sent());
    error.to_string()
}

#[tokio::test]
async fn within_an_origin() {
    for (status, method, expected) in [
        (301, Method::GET, "GET /to?x HTTP/1.1"),
        (302, Method::GET, "GET /to?x HTTP/1.1"),
        (303, Method::GET, "GET /to?x HTTP/1.1"),
        (307, Method::GET, "GET /to?x HTTP/1.1"),
        (308, Method::GET, "GET /to?x HTTP/1.1"),
        (301, Method::POST, "GET /to?x HTTP/1.1"),
        (302, Method::POST, "GET /to?x HTTP/1.1"),
        (303, Method::POST, "GET /to?x HTTP/1.1"),
        (307, Method::POST, "POST /to?x HTTP/1.1"),
        (308, Method::POST, "POST /to?x HTTP/1.1"),
        (303, Method::HEAD, "HEAD /to?x HTTP/1.1"),
    ] {
        let (server, mut seen) = redirecting(status, "to?x").await;
        let request = match method {
            Method::POST => post(&server.url("/from")),
            _ => Request { method, ..get(&server.url("/from")) },
        };
        let headers = headers(&[("authorization", "Bearer t"), ("content-type", "text/x")]);
        let response = go(Request { headers, ..request }).await.unwrap();
        assert_eq!(response.url.as_str(), server.url("/to?x"));
        seen.recv().await.unwrap();
        let second = seen.recv().await.unwrap();
        assert_eq!(second.lines().next(), Some(expected), "{status}");
        assert!(second.contains("authorization: Bearer t"), "{status}");
        assert_eq!(second.contains("{\"a\":1}"), expected.starts_with("POST"), "{status}");
        assert_eq!(server.connections(), 1, "{status}");
    }
}

#[tokio::test]
async fn to_another_origin_only_a_list_of_headers_goes() {
    let (second, mut seen) = redirecting(500, "").await;
    let (first, _) = redirecting(302, second.url("/to")).await;
    let request = Request {
        headers: headers(&[
            ("accept", "text/event-stream"),
            ("accept-key", "k"),
            ("accept-language", "de"),
            ("authorization", "Bearer t"),
            ("cache-control", "no-cache"),
            ("content-type", "text/x"),
            ("cookie", "a=b"),
            ("last-event-id", "7"),
            ("x-api-key", "k"),
        ]),
        ..get(&first.url("/from"))
    };
    let response = go(request).await.unwrap();
    assert_eq!(response.url.as_str(), second.url("/to"));
    let text = seen.recv().await.unwrap();
    let mut names: Vec<_> =
        text.lines().skip(1).filter_map(|line| Some(line.split_once(':')?.0)).collect();
    names.sort_unstable();
    let expected =
        ["accept", "accept-encoding", "accept-language", "cache-control", "host", "last-event-id"];
    assert_eq!(names, expected);
}

#[tokio::test]
async fn credentials_of_the_url_stay_in_its_origin() {
    let (second, mut seen) = redirecting(500, "").await;
    let location = second.url("/to").replace("//", "//mallory:x@");
    let (first, mut asked) = redirecting(302, location).await;
    let response = go(get(&first.url("/from").replace("//", "//u:p@"))).await.unwrap();
    assert!(asked.recv().await.unwrap().contains("authorization: Basic"));
    assert!(!seen.recv().await.unwrap().contains("authorization"));
    assert_eq!(response.url.as_str(), second.url("/to"));
}

#[tokio::test]
async fn a_body_never_goes_to_another_origin() {
    let (second, mut seen) = redirecting(500, "").await;
    for status in [307, 308] {
        let (first, _) = redirecting(status, second.url("/to")).await;
        let message = refused(go(post(&first.url("/from"))).await);
        assert!(message.contains("the request body is never sent"), "{message}");
    }
    assert!(seen.try_recv().is_err());
    let (first, _) = redirecting(303, second.url("/to")).await;
    go(post(&first.url("/from"))).await.unwrap();
    assert!(seen.recv().await.unwrap().starts_with("GET /to HTTP/1.1\r\n"));
}

#[tokio::test]
async fn loops_end() {
    let (server, mut seen) = redirecting(302, "/from").await;
    let message = refused(go(get(&server.url("/from"))).await);
    assert_eq!(message, "the server redirects more than 20 times");
    let mut requests = 0;
    while seen.try_recv().is_ok() {
        requests += 1;
    }
    assert_eq!(requests, 21);
    let request = Request { max_redirects: 0, ..get(&server.url("/from")) };
    refused(go(request).await);
}

#[tokio::test]
async fn locations_that_lead_nowhere() {
    for location in ["ftp://a.test/", "https://[", "data:,x"] {
        let (server, _) = redirecting(302, location).await;
        refused(go(get(&server.url("/from"))).await);
    }
    let bare = "HTTP/1.1 302 Found\r\ncontent-length: 0\r\n\r\n";
    let server = Server::answering(bare).await;
    let message = refused(go(get(&server.url("/"))).await);
    assert_eq!(message, "the server redirects without saying where to");
    let server = Server::answering("HTTP/1.1 304 Not Modified\r\n\r\n").await;
    assert_eq!(go(get(&server.url("/"))).await.unwrap().status, 304);
}

#[tokio::test]
async fn a_redirect_whose_body_never_ends_is_followed_at_once() {
    let (second, _) = redirecting(500, "").await;
    let to = second.url("/to");
    let first = Server::start(move |mut peer| {
        let to = to.clone();
        async move {
            peer.request().await;
            peer.send(format!("HTTP/1.1 302 Found\r\nlocation: {to}\r\n\r\nsome")).await;
            peer.left().await;
        }
    })
    .await;
    let start = Instant::now();
    go(get(&first.url("/"))).await.unwrap();
    assert!(start.elapsed() < Duration::from_secs(1));
}

#[tokio::test]
async fn a_post_that_became_a_get_stays_sent() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let gone = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    let (server, _) = redirecting(303, gone).await;
    let error = go(post(&server.url("/from"))).await.err().unwrap();
    assert_eq!((error.kind(), error.phase(), error.sent()), (Kind::Connect, Phase::Connect, true));
}

#[tokio::test]
async fn slow_redirects_share_one_headers_deadline() {
    let server = Server::start(|mut peer| async move {
        while !peer.request().await.is_empty() {
            tokio::time::sleep(Duration::from_millis(100)).await;
            peer.send("HTTP/1.1 302 Found\r\nlocation: /\r\ncontent-length: 0\r\n\r\n").await;
        }
    })
    .await;
    let headers_timeout = Some(Duration::from_millis(350));
    let error = go(Request { headers_timeout, ..get(&server.url("/")) }).await.err().unwrap();
    assert_eq!((error.kind(), error.phase()), (Kind::Timeout, Phase::Headers));
}
