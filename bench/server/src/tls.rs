//! TLS with the certificate of the tests, which is valid for a hundred years.

use std::io;
use std::sync::Arc;

use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::server::TlsStream;

const CERTIFICATE: &[u8] = include_bytes!("../../../__test__/support/tls/localhost.pem");
const KEY: &[u8] = include_bytes!("../../../__test__/support/tls/localhost-key.pem");

/// The server's side of a handshake.
#[derive(Clone)]
pub struct Tls(TlsAcceptor);

/// What client and server speak after it.
pub enum Protocol {
    Http1,
    Http2,
}

impl Tls {
    pub fn new() -> io::Result<Self> {
        let certificate = CertificateDer::from_pem_slice(CERTIFICATE).map_err(io::Error::other)?;
        let key = PrivateKeyDer::from_pem_slice(KEY).map_err(io::Error::other)?;
        let mut config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .map_err(io::Error::other)?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Self(TlsAcceptor::from(Arc::new(config))))
    }

    pub async fn accept(&self, client: TcpStream) -> io::Result<(TlsStream<TcpStream>, Protocol)> {
        let client = self.0.accept(client).await?;
        let protocol = match client.get_ref().1.alpn_protocol() {
            Some(b"h2") => Protocol::Http2,
            _ => Protocol::Http1,
        };
        Ok((client, protocol))
    }
}
