//! The certificate of a listener, which may be replaced while it listens.
#![forbid(unsafe_code)]

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

/// What TLS begins with; connections that are open keep what they began with.
pub struct Certificate {
    provider: Arc<CryptoProvider>,
    key: RwLock<Arc<CertifiedKey>>,
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate").finish_non_exhaustive()
    }
}

impl Certificate {
    /// Reads a chain and its key, in PEM.
    ///
    /// # Errors
    ///
    /// What is wrong with them, in one sentence that quotes neither.
    pub fn new(cert: &[u8], key: &[u8]) -> Result<Arc<Self>, String> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let certified = read(&provider, cert, key)?;
        Ok(Arc::new(Self { provider, key: RwLock::new(certified) }))
    }

    /// Takes another one for connections to come.
    ///
    /// # Errors
    ///
    /// What is wrong with it; then the one before stays.
    pub fn replace(&self, cert: &[u8], key: &[u8]) -> Result<(), String> {
        let certified = read(&self.provider, cert, key)?;
        *self.key.write().unwrap_or_else(PoisonError::into_inner) = certified;
        Ok(())
    }

    /// How TLS is spoken with it: HTTP/2 with who can, else HTTP/1.1.
    ///
    /// # Errors
    ///
    /// If TLS cannot be set up.
    pub fn config(self: &Arc<Self>) -> Result<Arc<ServerConfig>, String> {
        let builder = ServerConfig::builder_with_provider(Arc::clone(&self.provider));
        let mut config = builder
            .with_safe_default_protocol_versions()
            .map_err(|error| format!("TLS cannot be set up: {error}"))?
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(Current(Arc::clone(self))));
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }
}

/// Whichever certificate there is now.
#[derive(Debug)]
struct Current(Arc<Certificate>);

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let key = self.0.key.read().unwrap_or_else(PoisonError::into_inner);
        Some(Arc::clone(&key))
    }
}

fn read(provider: &CryptoProvider, cert: &[u8], key: &[u8]) -> Result<Arc<CertifiedKey>, String> {
    // The parser's own message may quote the input, and the input may be a misplaced key.
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(cert)
        .collect::<Result<_, _>>()
        .map_err(|_| "tls.cert is not readable as pem".to_owned())?;
    if chain.is_empty() {
        return Err("tls.cert holds no certificate; pass it in pem".to_owned());
    }
    let key = PrivateKeyDer::from_pem_slice(key)
        .map_err(|_| "tls.key holds no private key; pass it unencrypted in pem".to_owned())?;
    CertifiedKey::from_der(chain, key, provider)
        .map(Arc::new)
        .map_err(|_| "tls.key does not belong to tls.cert, or is of an unknown type".to_owned())
}
