//! HTTP/2: how a stream ends, code by code, and what the server saw of it.

use std::time::Duration;

use bytes::Bytes;
use h2::server::SendResponse;
use h2::{Reason, SendStream};
use http::Response;
use perennial_sse::error::{Error, Kind, Phase};
use perennial_sse::transport::{Client, Request};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use super::server::{PATIENCE, Server, chunk, dial, dial_with, failure, get, post, read, text};

type Responder = SendResponse<Bytes>;

/// A server that hands every request to `handle`; its URL.
async fn serve(handle: impl Fn(Responder) + Send + Sync + Clone + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let handle = handle.clone();
            tokio::spawn(async move {
                let mut connection = h2::server::handshake(stream).await.unwrap();
                while let Some(Ok((_, responder))) = connection.accept().await {
                    handle(responder);
                }
            });
        }
    });
    url
}

fn http2(request: Request) -> Request {
    Request { http2: true, ..request }
}

/// Answers with a head and one event, and leaves the body open.
fn begin(mut responder: Responder) -> SendStream<Bytes> {
    let mut body = responder.send_response(Response::new(()), false).unwrap();
    body.send_data(Bytes::from_static(b"data: 1\n\n"), false).unwrap();
    body
}

const CODES: [Reason; 5] = [
    Reason::NO_ERROR,
    Reason::CANCEL,
    Reason::INTERNAL_ERROR,
    Reason::ENHANCE_YOUR_CALM,
    Reason::PROTOCOL_ERROR,
];

#[tokio::test]
async fn a_stream_reset_before_its_answer_may_have_been_acted_on() {
    for reason in CODES {
        let url = serve(move |mut responder| responder.send_reset(reason)).await;
        let error = failure(http2(post(&url))).await;
        assert_eq!((error.kind(), error.phase()), (Kind::Connect, Phase::Headers), "{reason:?}");
        assert!(error.sent() && !error.permanent(), "{reason:?}");
        assert!(error.to_string().ends_with(reason.description()), "{error}");
    }
}

#[tokio::test]
async fn a_refused_stream_was_not_acted_on() {
    let url = serve(|mut responder| responder.send_reset(Reason::REFUSED_STREAM)).await;
    for request in [get as fn(&str) -> Request, post] {
        let error = failure(http2(request(&url))).await;
        assert_eq!((error.kind(), error.phase()), (Kind::Connect, Phase::Headers));
        assert!(!error.sent() && !error.permanent());
    }
}

#[tokio::test]
async fn a_body_that_is_reset_never_passes_as_complete() {
    for reason in CODES {
        let url = serve(move |responder| {
            let mut body = begin(responder);
            tokio::spawn(async move {
                tokio::time::sleep(Duration::from_millis(50)).await;
                body.send_reset(reason);
            });
        })
        .await;
        let mut response = dial(http2(post(&url))).await.unwrap();
        assert_eq!(text(&mut response).await, "data: 1\n\n");
        let error = chunk(&mut response).await.expect("it passed as complete").unwrap_err();
        let kind = if reason == Reason::NO_ERROR { Kind::Truncated } else { Kind::Reset };
        assert_eq!((error.kind(), error.phase()), (kind, Phase::Body), "{reason:?}");
        assert!(chunk(&mut response).await.is_none());
    }
}

#[tokio::test]
async fn an_answer_that_does_not_wait_for_the_whole_request_is_complete() {
    // RFC 9113, 8.1: such a server resets the stream behind its answer, without an error.
    let url = serve(|responder| {
        let mut body = begin(responder);
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(20)).await;
            body.send_data(Bytes::from_static(b"data: 2\n\n"), true).unwrap();
        });
    })
    .await;
    let body = Some(Bytes::from(vec![b'x'; 8 << 20]));
    let mut response = dial(http2(Request { body, ..post(&url) })).await.unwrap();
    let (text, error) = read(&mut response).await;
    assert_eq!(text, "data: 1\n\ndata: 2\n\n");
    assert!(error.is_none(), "{error:?}");
}

/// A server whose answer announces `length` bytes and consists of these pieces.
async fn announcing(length: usize, pieces: &'static [&'static str], ends: bool) -> String {
    serve(move |mut responder| {
        let head = Response::builder().header("content-length", length);
        let mut body = responder.send_response(head.body(()).unwrap(), false).unwrap();
        tokio::spawn(async move {
            for (number, piece) in pieces.iter().enumerate() {
                // An engine that takes the first in takes it in before the second.
                tokio::time::sleep(Duration::from_millis(20)).await;
                let last = ends && number + 1 == pieces.len();
                if body.send_data(Bytes::from_static(piece.as_bytes()), last).is_err() {
                    return;
                }
            }
            let _ = std::future::poll_fn(|cx| body.poll_reset(cx)).await;
        });
    })
    .await
}

#[tokio::test]
async fn a_body_is_as_long_as_its_content_length_says() {
    for (length, pieces, expected, kind) in [
        (9, &["data: 1\n\n"][..], "data: 1\n\n", None),
        (99, &["data: 1\n\n", ""], "data: 1\n\n", Some(Kind::Truncated)),
        (99, &["data: 1\n\n", "data"], "data: 1\n\n", Some(Kind::Truncated)),
        (99, &["", "data: 1\n\n"], "", Some(Kind::Truncated)),
        (9, &["data: 1\n\n", "data: 2\n\n"], "data: 1\n\n", Some(Kind::Reset)),
        (12, &["data: 1\n\n", "data: 2\n\n"], "data: 1\n\n", Some(Kind::Truncated)),
    ] {
        let url = announcing(length, pieces, true).await;
        for request in [get as fn(&str) -> Request, post] {
            let mut response = dial(http2(request(&url))).await.unwrap();
            let (text, error) = read(&mut response).await;
            assert_eq!((&*text, error.as_ref().map(Error::kind)), (expected, kind), "{pieces:?}");
            let message = error.map(|error| error.to_string());
            assert!(message.is_none_or(|message| message.contains("content-length")));
        }
    }
    // So is one without any body.
    let url = serve(|mut responder| {
        let head = Response::builder().header("content-length", 9).body(()).unwrap();
        responder.send_response(head, true).unwrap();
    })
    .await;
    for request in [get as fn(&str) -> Request, post] {
        let error = failure(http2(request(&url))).await;
        assert_eq!((error.kind(), error.sent()), (Kind::Truncated, true), "{error:?}");
        assert!(!error.permanent());
    }
    // What is too long is noticed without an end, too.
    let url = announcing(2, &["data: 1\n\n"], false).await;
    let mut response = dial(http2(get(&url))).await.unwrap();
    assert!(chunk(&mut response).await.unwrap().is_err());
}

#[tokio::test]
async fn leaving_cancels_one_stream_and_not_its_neighbour() {
    let (tell, mut told) = mpsc::unbounded_channel();
    let url = serve(move |responder| {
        let tell = tell.clone();
        let mut body = begin(responder);
        tokio::spawn(async move {
            let reason = std::future::poll_fn(|cx| body.poll_reset(cx));
            match tokio::time::timeout(Duration::from_millis(200), reason).await {
                Ok(reason) => tell.send(reason.unwrap()).unwrap(),
                Err(_) => body.send_data(Bytes::from_static(b"data: 2\n\n"), true).unwrap(),
            }
        });
    })
    .await;
    let client = Client::new();
    let leaver = dial_with(&client, http2(get(&url))).await.unwrap();
    let mut stayer = dial_with(&client, http2(get(&url))).await.unwrap();
    drop(leaver);
    assert_eq!(tokio::time::timeout(PATIENCE, told.recv()).await.unwrap(), Some(Reason::CANCEL));
    let (text, error) = read(&mut stayer).await;
    assert_eq!((text.as_str(), error.is_none()), ("data: 1\n\ndata: 2\n\n", true));
    assert!(told.try_recv().is_err());
}

#[tokio::test]
async fn a_server_that_speaks_something_else() {
    for answer in
        ["HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n", "SSH-2.0-OpenSSH_9.2\r\n"]
    {
        let server = Server::start(move |mut peer| async move {
            peer.send(answer).await;
            peer.left().await;
        })
        .await;
        let error = failure(http2(get(&server.url("/")))).await;
        assert_eq!(error.kind(), Kind::Connect);
        assert!(error.permanent(), "{error:?}");
        assert!(error.to_string().contains("does not speak http/2"), "{error}");
    }
}

#[tokio::test]
async fn a_connection_that_says_goodbye_ends_its_streams_and_takes_no_more() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let (tell, mut told) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        for number in 0.. {
            let (stream, _) = listener.accept().await.unwrap();
            let tell = tell.clone();
            tokio::spawn(async move {
                let mut connection = h2::server::handshake(stream).await.unwrap();
                while let Some(Ok((_, responder))) = connection.accept().await {
                    tell.send(number).unwrap();
                    let mut body = begin(responder);
                    connection.graceful_shutdown();
                    tokio::spawn(async move {
                        tokio::time::sleep(Duration::from_millis(50)).await;
                        body.send_data(Bytes::from_static(b"data: 2\n\n"), true).unwrap();
                    });
                }
            });
        }
    });
    let client = Client::new();
    let mut first = dial_with(&client, http2(post(&url))).await.unwrap();
    assert_eq!(text(&mut first).await, "data: 1\n\n");
    tokio::time::sleep(Duration::from_millis(20)).await;
    let mut second = dial_with(&client, http2(post(&url))).await.unwrap();
    for response in [&mut first, &mut second] {
        let (text, error) = read(response).await;
        assert!(text.ends_with("data: 2\n\n") && error.is_none(), "{text} {error:?}");
    }
    assert_eq!((told.recv().await, told.recv().await), (Some(0), Some(1)));
}

#[tokio::test]
async fn a_connection_that_nobody_waits_for_any_more_is_made_for_the_next() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}/", listener.local_addr().unwrap());
    // The first handshake is never answered, all others fail at once.
    std::thread::spawn(move || {
        let first = listener.accept();
        while listener.accept().is_ok() {}
        drop(first);
    });
    let client = Client::new();
    let request = || http2(Request { connect_timeout: Some(PATIENCE), ..get(&url) });
    let first = tokio::spawn({
        let (client, request) = (client.clone(), request());
        async move { dial_with(&client, request).await.map(drop) }
    });
    tokio::time::sleep(Duration::from_millis(50)).await;
    let second = tokio::spawn({
        let (client, request) = (client.clone(), request());
        async move { dial_with(&client, request).await.map(drop) }
    });
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(!second.is_finished());
    first.abort();
    let error = tokio::time::timeout(PATIENCE / 2, second).await.unwrap().unwrap().unwrap_err();
    assert_eq!((error.kind(), error.phase(), error.sent()), (Kind::Connect, Phase::Connect, false));
}
