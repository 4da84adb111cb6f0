//! Certificates: verified by default, and failures that say what to do.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use perennial_sse::error::{Error, Kind, Phase};
use perennial_sse::transport::{Client, Request, Tls};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use super::server::{Server, dial, dial_with, failure, get, read};

fn pem(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/__test__/support/tls/");
    std::fs::read(format!("{folder}{name}.pem")).unwrap()
}

fn trusting() -> Tls {
    Tls { ca: Some(pem("ca")), ..Tls::default() }
}

/// A TLS server on a thread that answers every connection with these bytes. It closes without
/// `close_notify` unless told to be `polite`.
fn serve(certificate: &str, clients: bool, answer: &'static str, polite: bool) -> SocketAddr {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .unwrap();
    let builder = if clients {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(&pem("ca")).unwrap()).unwrap();
        let verifier = WebPkiClientVerifier::builder_with_provider(roots.into(), provider);
        builder.with_client_cert_verifier(verifier.build().unwrap())
    } else {
        builder.with_no_client_auth()
    };
    let chain = vec![CertificateDer::from_pem_slice(&pem(certificate)).unwrap()];
    let key = PrivateKeyDer::from_pem_slice(&pem(&format!("{certificate}-key"))).unwrap();
    let config = Arc::new(builder.with_single_cert(chain, key).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let tls = ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = StreamOwned::new(tls, stream.unwrap());
            // The client may refuse the certificate: then there is nobody to answer.
            if stream.read(&mut [0; 4096]).is_err() {
                continue;
            }
            let _ = stream.write_all(answer.as_bytes());
            if polite {
                stream.conn.send_close_notify();
            }
            let _ = stream.flush();
        }
    });
    addr
}

const HELLO: &str = "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\ndata: hello\n\n";

async fn refused(certificate: &str, tls: Tls) -> Error {
    let addr = serve(certificate, false, HELLO, true);
    let error = failure(Request { tls, ..get(&format!("https://{addr}/")) }).await;
    assert_eq!((error.kind(), error.phase()), (Kind::Tls, Phase::Connect), "{error:?}");
    assert!(!error.sent());
    error
}

async fn accepted(addr: SocketAddr, host: &str, tls: Tls) {
    let url = format!("https://{host}:{}/", addr.port());
    let mut response = dial(Request { tls, ..get(&url) }).await.unwrap();
    assert!(matches!(read(&mut response).await, (text, None) if text == "data: hello\n\n"));
}

#[tokio::test]
async fn an_authority_of_the_callers_own() {
    let addr = serve("localhost", false, HELLO, true);
    accepted(addr, "127.0.0.1", trusting()).await;
    accepted(addr, "localhost", trusting()).await;
}

#[tokio::test]
async fn strangers_are_refused_by_default() {
    let untrusted = "the certificate is not trusted; pass its issuer as tls.ca";
    assert_eq!(refused("self-signed", Tls::default()).await.to_string(), untrusted);
    assert_eq!(refused("self-signed", trusting()).await.to_string(), untrusted);
    assert_eq!(refused("localhost", Tls::default()).await.to_string(), untrusted);
    let expired = refused("expired", trusting()).await;
    assert_eq!(expired.to_string(), "the certificate has expired");
    let other = refused("wrong-host", trusting()).await;
    assert_eq!(other.to_string(), "the certificate is for another host name; check the url");
}

#[tokio::test]
async fn a_self_signed_certificate_can_be_trusted_itself() {
    let addr = serve("self-signed", false, HELLO, true);
    let tls = Tls { ca: Some(pem("self-signed")), ..Tls::default() };
    accepted(addr, "localhost", tls).await;
}

#[tokio::test]
async fn verification_can_be_turned_off_by_name() {
    for certificate in ["self-signed", "expired", "wrong-host"] {
        let addr = serve(certificate, false, HELLO, true);
        accepted(addr, "127.0.0.1", Tls { insecure: true, ..Tls::default() }).await;
    }
}

#[tokio::test]
async fn client_certificates() {
    let addr = serve("localhost", true, HELLO, true);
    let (cert, key) = (Some(pem("client")), Some(pem("client-key")));
    accepted(addr, "localhost", Tls { cert, key, ..trusting() }).await;
    let url = format!("https://localhost:{}/", addr.port());
    let error = failure(Request { tls: trusting(), ..get(&url) }).await;
    assert_eq!(error.kind(), Kind::Tls, "{error:?}");
    assert!(error.to_string().contains("pass tls.cert and tls.key"), "{error}");
    let (cert, key) = (Some(pem("self-signed")), Some(pem("self-signed-key")));
    let error = failure(Request { tls: Tls { cert, key, ..trusting() }, ..get(&url) }).await;
    assert_eq!(error.kind(), Kind::Tls, "{error:?}");
    assert!(error.to_string().contains("check tls.cert"), "{error}");
}

#[tokio::test]
async fn unusable_settings_fail_before_any_connection() {
    let server = Server::answering("").await;
    let tls = Tls { ca: Some(b"nothing".to_vec()), ..Tls::default() };
    let error = failure(Request { tls, ..get(&format!("https://{}/", server.addr)) }).await;
    assert_eq!((error.kind(), error.phase()), (Kind::Request, Phase::Prepare));
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn a_port_that_does_not_speak_tls() {
    let server = Server::start(|mut peer| async move {
        peer.send("HTTP/1.1 400 Bad Request\r\n\r\n").await;
        peer.left().await;
    })
    .await;
    let error = failure(get(&format!("https://{}/", server.addr))).await;
    assert_eq!((error.kind(), error.phase()), (Kind::Tls, Phase::Connect), "{error:?}");
    assert!(error.to_string().contains("does not speak tls"), "{error}");
}

#[tokio::test]
async fn an_end_without_close_notify_may_be_a_cut() {
    let addr = serve("localhost", false, HELLO, false);
    let url = format!("https://localhost:{}/", addr.port());
    let mut response = dial(Request { tls: trusting(), ..get(&url) }).await.unwrap();
    let (text, error) = read(&mut response).await;
    assert_eq!(text, "data: hello\n\n");
    assert_eq!(error.expect("it passed as complete").kind(), Kind::Truncated);
}

#[tokio::test]
async fn https_never_becomes_http() {
    let plain = Server::answering(HELLO).await;
    let location = format!("HTTP/1.1 302 Found\r\nlocation: {}\r\n\r\n", plain.url("/"));
    let addr = serve("localhost", false, location.leak(), true);
    let url = format!("https://localhost:{}/", addr.port());
    let error = failure(Request { tls: trusting(), ..get(&url) }).await;
    assert_eq!((error.kind(), error.phase()), (Kind::Redirect, Phase::Response));
    assert_eq!(plain.connections(), 0);
}

#[tokio::test]
async fn http_may_become_https() {
    let addr = serve("localhost", false, HELLO, true);
    let to = format!("https://localhost:{}/", addr.port());
    let plain = Server::answering(format!("HTTP/1.1 301 Moved\r\nlocation: {to}\r\n\r\n")).await;
    let request = Request { tls: trusting(), ..get(&plain.url("/")) };
    let mut response = dial(request).await.unwrap();
    assert_eq!(response.url.as_str(), to);
    assert_eq!(read(&mut response).await.0, "data: hello\n\n");
}

#[tokio::test]
async fn a_crowd_that_finds_no_http2_does_not_offer_it_again() {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![CertificateDer::from_pem_slice(&pem("localhost")).unwrap()],
            PrivateKeyDer::from_pem_slice(&pem("localhost-key")).unwrap(),
        )
        .unwrap();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://localhost:{}/", listener.local_addr().unwrap().port());
    // One of its back ends speaks HTTP/1.1, the others prefer HTTP/2.
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let tls = ServerConnection::new(Arc::new(config.clone())).unwrap();
            config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
            let mut stream = StreamOwned::new(tls, stream.unwrap());
            let _ = stream.read(&mut [0; 4096]);
            let http1 = stream.conn.alpn_protocol() == Some(b"http/1.1");
            let _ = stream.write_all(if http1 { HELLO } else { "" }.as_bytes());
            stream.conn.send_close_notify();
            let _ = stream.flush();
        }
    });
    let client = Client::new();
    let request = || Request { tls: trusting(), http2: true, ..get(&url) };
    let answers = tokio::join!(
        dial_with(&client, request()),
        dial_with(&client, request()),
        dial_with(&client, request()),
    );
    assert!(answers.0.is_ok());
    assert!(answers.1.is_ok(), "{:?}", answers.1.err());
    assert!(answers.2.is_ok(), "{:?}", answers.2.err());
}
