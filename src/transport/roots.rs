//! Whom to trust: the system's roots, Mozilla's, and `NODE_EXTRA_CA_CERTS`.
#![forbid(unsafe_code)]

use std::path::Path;
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

fn load() -> RootCertStore {
    let system = rustls_native_certs::load_native_certs().certs;
    gather(system, std::env::var_os(EXTRA).as_deref().map(Path::new))
}

/// What cannot be read is left out: a broken file in the system's store, or a variable that names
/// no file, must not disable the others.
fn gather(system: Vec<CertificateDer<'static>>, extra: Option<&Path>) -> RootCertStore {
    let mut roots = bundled();
    roots.add_parsable_certificates(system);
    if let Some(path) = extra
        && let Ok(extra) = CertificateDer::pem_file_iter(path)
    {
        roots.add_parsable_certificates(extra.flatten());
    }
    roots
}

#[cfg(test)]
mod tests {
    use super::*;

    const TESTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/__test__/support/tls");

    #[test]
    fn bundled_roots_are_there_even_if_the_system_has_none() {
        let bundled = webpki_roots::TLS_SERVER_ROOTS.len();
        assert!(bundled > 100);
        assert_eq!(gather(Vec::new(), None).len(), bundled);
        assert!(load().len() >= bundled);
    }

    #[test]
    fn what_cannot_be_read_leaves_the_others() {
        let bundled = webpki_roots::TLS_SERVER_ROOTS.len();
        let broken = vec![CertificateDer::from(vec![1, 2, 3])];
        let nowhere = Path::new(TESTS).join("nowhere.pem");
        assert_eq!(gather(broken, Some(&nowhere)).len(), bundled);
        let folder = Path::new(TESTS);
        assert_eq!(gather(Vec::new(), Some(folder)).len(), bundled);
        assert_eq!(gather(Vec::new(), Some(&folder.join("client-key.pem"))).len(), bundled);
        assert_eq!(gather(Vec::new(), Some(&folder.join("ca.pem"))).len(), bundled + 1);
    }
}
