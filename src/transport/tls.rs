//! TLS settings, from PEM to what rustls wants.
#![forbid(unsafe_code)]

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};

use super::request::Tls;
use crate::error::{Error, Kind, Phase};

impl Tls {
    /// Whether these settings can be used at all, without a connection: the PEM is readable, `cert`
    /// and `key` come together and belong together.
    ///
    /// # Errors
    ///
    /// [`Kind::Request`], naming the setting to correct.
    pub fn check(&self) -> Result<(), Error> {
        config(self, RootCertStore::empty()).map(drop)
    }
}

/// The configuration for these settings, trusting `roots` beside [`Tls::ca`].
///
/// ring is named here, so that no process-wide provider is needed or disturbed.
pub(super) fn config(tls: &Tls, mut roots: RootCertStore) -> Result<ClientConfig, Error> {
    if let Some(pem) = &tls.ca {
        for certificate in certificates("ca", pem)? {
            roots.add(certificate).map_err(|error| {
                refuse("tls.ca holds a certificate that cannot be used as a root")
                    .with_source(error)
            })?;
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| refuse("tls cannot be set up").with_source(error))?;
    let builder = if tls.insecure {
        builder.dangerous().with_custom_certificate_verifier(Arc::new(Unverified { provider }))
    } else {
        builder.with_root_certificates(roots)
    };
    let config = match (&tls.cert, &tls.key) {
        (None, None) => builder.with_no_client_auth(),
        (Some(cert), Some(key)) => {
            let chain = certificates("cert", cert)?;
            let key = PrivateKeyDer::from_pem_slice(key)
                .map_err(|_| refuse("tls.key holds no private key; pass it unencrypted in pem"))?;
            builder.with_client_auth_cert(chain, key).map_err(|error| {
                refuse("tls.key does not belong to tls.cert, or is of an unknown type")
                    .with_source(error)
            })?
        }
        (Some(_), None) => return Err(refuse("tls.cert needs tls.key; pass both")),
        (None, Some(_)) => return Err(refuse("tls.key needs tls.cert; pass both")),
    };
    Ok(config)
}

fn certificates(option: &str, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, Error> {
    // The parser's own message may quote the input, and the input may be a misplaced key.
    let found = CertificateDer::pem_slice_iter(pem).collect::<Result<Vec<_>, _>>();
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        Ok(_) => Err(refuse(format!("tls.{option} holds no certificate; pass it in pem"))),
        Err(_) => Err(refuse(format!("tls.{option} is not readable as pem"))),
    }
}

fn refuse(message: impl Into<String>) -> Error {
    Error::new(Kind::Request, Phase::Prepare, message)
}

/// Accepts every certificate, for callers who turned verification off by name. Signatures are
/// still checked, which costs nothing and keeps the handshake honest.
#[derive(Debug)]
struct Unverified {
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Unverified {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, cert, dss, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// The sentence for what TLS found wrong, with what to do about it.
pub(super) fn explain(error: &rustls::Error) -> &'static str {
    use rustls::{AlertDescription as Alert, CertificateError as Cert, Error as Tls};
    match error {
        Tls::InvalidCertificate(certificate) => match certificate {
            Cert::UnknownIssuer => "the certificate is not trusted; pass its issuer as tls.ca",
            Cert::Expired | Cert::ExpiredContext { .. } => "the certificate has expired",
            Cert::NotValidYet | Cert::NotValidYetContext { .. } => {
                "the certificate is not valid yet; check this machine's clock"
            }
            Cert::NotValidForName | Cert::NotValidForNameContext { .. } => {
                "the certificate is for another host name; check the url"
            }
            Cert::Revoked => "the certificate has been revoked",
            Cert::BadSignature | Cert::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
                "the certificate was not signed by the issuer it names; pass the right one as tls.ca"
            }
            Cert::InvalidPurpose | Cert::InvalidPurposeContext { .. } => {
                "the certificate is not meant for servers"
            }
            Cert::Other(_) => {
                "the certificate cannot be accepted as a server's; if it signs itself, make one \
                 that is not an authority and pass its issuer as tls.ca"
            }
            _ => "the certificate cannot be verified",
        },
        Tls::InvalidMessage(_) => {
            "the server does not speak tls here; check the url's scheme and port"
        }
        Tls::AlertReceived(Alert::CertificateRequired) => {
            "the server demands a client certificate; pass tls.cert and tls.key"
        }
        Tls::AlertReceived(
            Alert::BadCertificate
            | Alert::UnsupportedCertificate
            | Alert::CertificateRevoked
            | Alert::CertificateExpired
            | Alert::CertificateUnknown
            | Alert::UnknownCA
            | Alert::AccessDenied,
        ) => "the server refused the client certificate; check tls.cert",
        Tls::AlertReceived(Alert::UnrecognisedName) => "the server does not know this host name",
        Tls::AlertReceived(_) => "the server broke off the tls handshake",
        Tls::PeerIncompatible(_) => "the server offers no common version or cipher of tls",
        _ => "tls failed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pem(name: &str) -> Option<Vec<u8>> {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/__test__/support/tls/");
        std::fs::read(format!("{folder}{name}.pem")).ok()
    }

    fn refusal(tls: &Tls) -> String {
        let error = tls.check().unwrap_err();
        assert_eq!((error.kind(), error.phase()), (Kind::Request, Phase::Prepare));
        error.to_string()
    }

    #[test]
    fn usable_settings_pass() {
        Tls::default().check().unwrap();
        Tls { insecure: true, ..Tls::default() }.check().unwrap();
        let (ca, cert, key) = (pem("ca"), pem("client"), pem("client-key"));
        Tls { ca, cert, key, insecure: false }.check().unwrap();
    }

    #[test]
    fn unusable_settings_say_which_and_quote_nothing() {
        let ca = Some(b"secret".to_vec());
        assert_eq!(
            refusal(&Tls { ca, ..Tls::default() }),
            "tls.ca holds no certificate; pass it in pem"
        );
        let ca = Some(b"-----BEGIN CERTIFICATE-----\n*secret*\n-----END CERTIFICATE-----".to_vec());
        assert_eq!(refusal(&Tls { ca, ..Tls::default() }), "tls.ca is not readable as pem");
        assert_eq!(
            refusal(&Tls { cert: pem("client"), ..Tls::default() }),
            "tls.cert needs tls.key; pass both"
        );
        assert_eq!(
            refusal(&Tls { key: pem("client-key"), ..Tls::default() }),
            "tls.key needs tls.cert; pass both"
        );
        let (cert, key) = (pem("client"), pem("ca-key"));
        assert!(refusal(&Tls { cert, key, ..Tls::default() }).contains("does not belong"));
        let (cert, key) = (pem("client"), pem("client"));
        assert!(refusal(&Tls { cert, key, ..Tls::default() }).contains("no private key"));
    }
}
