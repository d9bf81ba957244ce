//! TLS of `https` targets: which certificates are accepted, for every kind of connection to a target.

use std::io;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ConfigBuilder, DigitallySignedStruct, RootCertStore, SignatureScheme, WantsVerifier};
use rustls_platform_verifier::BuilderVerifierExt as _;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

static PROVIDER: LazyLock<Arc<CryptoProvider>> = LazyLock::new(|| Arc::new(ring::default_provider()));

/// Accepts no certificate. Plain HTTP needs none, and to read those of the system takes time.
static NONE: LazyLock<Result<Tls, String>> =
    LazyLock::new(|| Ok(Tls::of(builder()?.with_root_certificates(RootCertStore::empty()).with_no_client_auth())));

/// A connection, with or without TLS.
pub(crate) trait Connection: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Connection for T {}

/// Which certificates of a target are accepted.
#[derive(Debug, Clone)]
pub struct Tls(Arc<ClientConfig>);

impl Tls {
    /// None. This is enough for targets with plain HTTP.
    ///
    /// # Errors
    /// When the TLS library cannot be set up.
    pub fn none() -> Result<Self, String> {
        NONE.clone()
    }

    /// Those that the system accepts.
    ///
    /// # Errors
    /// When the system has no certificates.
    pub fn of_the_system() -> Result<Self, String> {
        let builder = builder()?.with_platform_verifier().map_err(|error| {
            format!("the system has no CA certificates (name a file of them with --ca-file): {error}")
        })?;
        Ok(Tls::of(builder.with_no_client_auth()))
    }

    /// Those that a CA in this PEM file has signed.
    ///
    /// # Errors
    /// When the file cannot be read, or has no certificates in it; the sentence names it.
    pub fn of_ca_file(path: &Path) -> Result<Self, String> {
        let wrong = |reason: String| format!("the CA file {} cannot be used: {reason}", path.display());
        let pem = std::fs::read(path).map_err(|error| wrong(error.to_string()))?;
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(&pem) {
            let certificate = certificate.map_err(|error| wrong(error.to_string()))?;
            roots.add(certificate).map_err(|error| wrong(error.to_string()))?;
        }
        if roots.is_empty() {
            return Err(wrong("it has no certificate in PEM format".to_owned()));
        }
        Ok(Tls::of(builder()?.with_root_certificates(roots).with_no_client_auth()))
    }

    /// All of them, so that nothing shows who has answered.
    ///
    /// # Errors
    /// When the TLS library cannot be set up.
    pub fn unverified() -> Result<Self, String> {
        let verifier = Arc::new(AcceptsAll(Arc::clone(&PROVIDER)));
        Ok(Tls::of(builder()?.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth()))
    }

    fn of(mut config: ClientConfig) -> Self {
        // The suite speaks HTTP/1.1 only.
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Tls(Arc::new(config))
    }

    /// An HTTP client that asks the target itself, without a proxy of the environment, and follows no redirect.
    pub fn http_client(&self) -> reqwest::ClientBuilder {
        let builder = reqwest::Client::builder().tls_backend_preconfigured(ClientConfig::clone(&self.0));
        builder.no_proxy().redirect(reqwest::redirect::Policy::none())
    }

    /// Starts TLS on a connection to that host.
    pub(crate) async fn wrap(&self, host: &str, stream: TcpStream) -> io::Result<impl Connection + use<>> {
        let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
        TlsConnector::from(Arc::clone(&self.0)).connect(name, stream).await
    }
}

fn builder() -> Result<ConfigBuilder<ClientConfig, WantsVerifier>, String> {
    let builder = ClientConfig::builder_with_provider(Arc::clone(&PROVIDER));
    builder.with_safe_default_protocol_versions().map_err(|error| format!("TLS cannot be set up: {error}"))
}

/// Checks that the server has the key of its certificate, and nothing about the certificate.
#[derive(Debug)]
struct AcceptsAll(Arc<CryptoProvider>);

impl ServerCertVerifier for AcceptsAll {
    fn verify_server_cert(
        &self,
        _certificate: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
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

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::Tls;

    #[test]
    fn a_file_without_certificates_is_refused_by_its_name() {
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        file.write_all(b"no certificate").expect("written");
        for path in [file.path(), std::path::Path::new("/no/such.pem")] {
            let error = Tls::of_ca_file(path).expect_err("no certificate");
            assert!(error.contains(&path.display().to_string()), "{error}");
        }
    }
}
