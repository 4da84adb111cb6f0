//! Whom to trust: the system's roots, Mozilla's, and `NODE_EXTRA_CA_CERTS`.
#![forbid(unsafe_code)]

use std::sync::Arc;

use rustls::RootCertStore;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use tokio::sync::OnceCell;

/// The variable by which Node, too, is told of further authorities: a PEM file.
const EXTRA: &str = "NODE_EXTRA_CA_CERTS";

static ROOTS: OnceCell<Arc<RootCertStore>> = OnceCell::const_new();

/// The roots that every verified connection trusts. Read once per process, off the caller's
/// thread: a system's store is some hundred files.
pub(super) async fn shared() -> Arc<RootCertStore> {
    let load = || async {
        let loaded = tokio::task::spawn_blocking(load).await;
        Arc::new(loaded.unwrap_or_else(|_| bundled()))
    };
    Arc::clone(ROOTS.get_or_init(load).await)
}

fn bundled() -> RootCertStore {
    webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect()
}

/// What cannot be read is left out: a broken file in the system's store, or a variable that names
/// no file, must not disable the others.
fn load() -> RootCertStore {
    let mut roots = bundled();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(path) = std::env::var_os(EXTRA)
        && let Ok(extra) = CertificateDer::pem_file_iter(path)
    {
        roots.add_parsable_certificates(extra.flatten());
    }
    roots
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bundled_roots_are_always_there() {
        assert!(load().len() >= webpki_roots::TLS_SERVER_ROOTS.len());
    }
}
