//! TLS to PostgreSQL.
//!
//! `sslmode=prefer`, the default, encrypts when the server offers it and checks nothing, as libpq does: a
//! server with its own self-made certificate (Debian's package) must not become unreachable, and whoever
//! can stand in between could refuse TLS altogether. `sslmode=require` checks the certificate and the host
//! name against the machine's trusted roots, which is more than libpq does under that name.

use std::sync::Arc;

use rustls::{
    ClientConfig, DigitallySignedStruct, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime},
};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::error::{Error, Result};

/// Encrypts, and trusts only the machine's roots.
pub(super) fn verified() -> Result<MakeRustlsConnect> {
    // Already installed by somebody else is as good.
    let _ = aws_lc_rs::default_provider().install_default();
    let (connector, unreadable) = MakeRustlsConnect::with_native_certs().map_err(|_| {
        Error::Config("sslmode=require: the machine has no trusted root certificates".to_owned())
    })?;
    if !unreadable.is_empty() {
        tracing::warn!(certificates = unreadable.len(), "trusted root certificates could not be read");
    }
    Ok(connector)
}

/// Encrypts, whoever the server is.
pub(super) fn opportunistic() -> Result<MakeRustlsConnect> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::engine("setting up TLS", error))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(AnyServer(provider)))
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

/// Takes every certificate; the handshake itself is still checked.
#[derive(Debug)]
struct AnyServer(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyServer {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
