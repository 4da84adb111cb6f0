//! Raw servers that misbehave on purpose, and the client's side of a conversation.

use std::future::{Future, poll_fn};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use perennial_sse::error::Error;
use perennial_sse::transport::{Client, Proxy, Request, Response, Tls, Transport};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

/// Longer than anything in these tests should take.
pub const PATIENCE: Duration = Duration::from_secs(5);

pub struct Server {
    pub addr: SocketAddr,
    connections: Arc<AtomicUsize>,
}

impl Server {
    /// Runs `serve` for every connection.
    pub async fn start<F, S>(serve: F) -> Self
    where
        F: Fn(Peer) -> S + Send + 'static,
        S: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&connections);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counter.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(serve(Peer { stream }));
            }
        });
        Self { addr, connections }
    }

    /// Answers the first request of every connection with `bytes`, then closes it.
    pub async fn answering(bytes: impl Into<Vec<u8>>) -> Self {
        let bytes = Arc::new(bytes.into());
        Self::start(move |mut peer| {
            let bytes = Arc::clone(&bytes);
            async move {
                peer.request().await;
                peer.send(&*bytes).await;
            }
        })
        .await
    }

    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.addr)
    }
}

/// The server's end of one connection.
pub struct Peer {
    pub stream: TcpStream,
}

impl Peer {
    /// The next request, head and body, as text; empty when the client has left.
    pub async fn request(&mut self) -> String {
        let mut read = Vec::new();
        loop {
            let text = String::from_utf8_lossy(&read).into_owned();
            if let Some((head, body)) = text.split_once("\r\n\r\n") {
                let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
                if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
                    return text;
                }
            }
            if self.stream.read_buf(&mut read).await.unwrap_or(0) == 0 {
                return String::new();
            }
        }
    }

    /// Sends, or finds the client gone.
    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let _ = self.stream.write_all(bytes.as_ref()).await;
    }

    /// Closes with RST instead of FIN.
    pub fn reset(self) {
        self.stream.set_zero_linger().unwrap();
    }

    /// Resolves when the client closes.
    pub async fn left(&mut self) {
        let mut rest = [0; 1024];
        while self.stream.read(&mut rest).await.unwrap_or(0) > 0 {}
    }
}

/// A GET with short deadlines.
pub fn get(url: &str) -> Request {
    Request {
        method: Method::GET,
        url: url.parse().unwrap(),
        headers: headers(&[("accept", "text/event-stream")]),
        body: None,
        connect_timeout: Some(PATIENCE),
        headers_timeout: Some(PATIENCE),
        max_redirects: 20,
        tls: Tls::default(),
        proxy: Proxy::Never,
        http2: false,
    }
}

/// A POST of a small JSON body.
pub fn post(url: &str) -> Request {
    let body = Some(Bytes::from_static(b"{\"a\":1}"));
    Request { method: Method::POST, body, ..get(url) }
}

pub fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
    let header = |&(name, value)| {
        (HeaderName::from_static(name), HeaderValue::from_bytes(str::as_bytes(value)).unwrap())
    };
    pairs.iter().map(header).collect()
}

pub async fn dial(request: Request) -> Result<Response, Error> {
    dial_with(&Client::new(), request).await
}

pub async fn dial_with(client: &Client, request: Request) -> Result<Response, Error> {
    timeout(2 * PATIENCE, client.dial(request)).await.expect("dialling hangs")
}

pub async fn failure(request: Request) -> Error {
    dial(request).await.err().expect("it was answered")
}

/// The next bytes, of which there is at least one.
pub async fn chunk(response: &mut Response) -> Option<Result<Bytes, Error>> {
    let next = async {
        loop {
            let chunk = poll_fn(|cx| response.body.poll_chunk(cx)).await;
            if !matches!(&chunk, Some(Ok(bytes)) if bytes.is_empty()) {
                return chunk;
            }
        }
    };
    timeout(PATIENCE, next).await.expect("the body hangs")
}

/// The next bytes as text.
pub async fn text(response: &mut Response) -> String {
    String::from_utf8(chunk(response).await.unwrap().unwrap().to_vec()).unwrap()
}

/// Everything up to the end of the body, and the failure if it did not end well.
pub async fn read(response: &mut Response) -> (String, Option<Error>) {
    let mut read = Vec::new();
    let mut failed = None;
    while let Some(chunk) = chunk(response).await {
        match chunk {
            Ok(bytes) => read.extend_from_slice(&bytes),
            Err(error) => failed = Some(error),
        }
    }
    (String::from_utf8(read).unwrap(), failed)
}
