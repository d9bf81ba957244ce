//! Targets with TLS: a listener that ends TLS, in front of the specimen.
//!
//! Its certificate and the CA that signed it are in `tls/`, valid until 2126. They are for these tests only.

use std::process::Stdio;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

use crate::command::{Output, SECRET, Specimen, command, finish};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/all/tls");

/// The specimen behind TLS.
struct SecureSpecimen {
    base: String,
    _specimen: Specimen,
    _runtime: tokio::runtime::Runtime,
}

impl SecureSpecimen {
    fn start() -> Self {
        let specimen = Specimen::start(&[]);
        let server = specimen.base.trim_start_matches("http://").to_owned();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let runtime = runtime.expect("a runtime");
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).expect("a port");
        let base = format!("https://{}", listener.local_addr().expect("an address"));
        let acceptor = acceptor();
        runtime.spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (acceptor, server) = (acceptor.clone(), server.clone());
                tokio::spawn(async move {
                    let _ = client.set_nodelay(true);
                    let Ok(mut client) = acceptor.accept(client).await else { return };
                    let Ok(mut server) = tokio::net::TcpStream::connect(server).await else { return };
                    let _ = server.set_nodelay(true);
                    // One side or the other closes the connection.
                    let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
                });
            }
        });
        SecureSpecimen { base, _specimen: specimen, _runtime: runtime }
    }

    fn syncproof(&self, subcommand: &str, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
        let mut command = command(&[subcommand, "--target", &self.base]);
        command.args(arguments).env("SYNCPROOF_JWT_SECRET", SECRET).envs(variables.iter().copied());
        finish(command.stdout(Stdio::piped()).spawn().expect("the command starts"))
    }
}

fn acceptor() -> TlsAcceptor {
    let certificate = CertificateDer::from_pem_file(format!("{FOLDER}/server.pem")).expect("a certificate");
    let key = PrivateKeyDer::from_pem_file(format!("{FOLDER}/server.key")).expect("a key");
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()));
    let config = config.with_safe_default_protocol_versions().expect("versions").with_no_client_auth();
    TlsAcceptor::from(Arc::new(config.with_single_cert(vec![certificate], key).expect("a matching key")))
}

fn ca(name: &str) -> String {
    format!("{FOLDER}/{name}.pem")
}

#[test]
fn raw_connections_and_lost_answers_are_tried_over_tls_too() {
    let server = SecureSpecimen::start();
    let chapters = ["--filter", "http/*", "--filter", "durable/*lost-answer*", "--filter", "isolation/*"];
    let ca_file = ca("ca");
    let arguments = [&["--ca-file", &ca_file, "--format", "json"][..], &chapters].concat();
    let output = server.syncproof("run", &arguments, &[]);
    assert_eq!(output.code, 0, "{output:?}");
    let report: serde_json::Value = serde_json::from_str(&output.stdout).expect("a report");
    assert_eq!(report["summary"]["skipped"], 0, "{}", report["summary"]);
    assert_eq!(report["summary"]["cases"], report["summary"]["passed"], "{}", report["summary"]);
}

#[test]
fn a_certificate_of_an_unknown_ca_is_refused_and_the_error_says_what_to_give() {
    let server = SecureSpecimen::start();
    for arguments in [&[][..], &["--ca-file", &ca("other-ca")]] {
        let output = server.syncproof("run", &[arguments, &["--filter", "isolation/*"]].concat(), &[]);
        assert_eq!(output.code, 3, "{output:?}");
        for words in [server.base.as_str(), "certificate", "--ca-file", "--insecure"] {
            assert!(output.stderr.contains(words), "{words}: {output:?}");
        }
    }
}

#[test]
fn any_certificate_is_accepted_on_request_and_with_a_warning() {
    let server = SecureSpecimen::start();
    let one = "isolation/same-pk-put-in-two-workspaces";
    for (flags, variables) in [(&["--insecure"][..], &[][..]), (&[], &[("SYNCPROOF_INSECURE", "true")])] {
        let output = server.syncproof("run", &[flags, &["--filter", one]].concat(), variables);
        assert_eq!(output.code, 0, "{output:?}");
        assert!(output.stderr.contains("WARNING --insecure"), "{output:?}");
    }
}

#[test]
fn sequences_and_the_doctor_use_the_ca_file_of_the_settings() {
    let server = SecureSpecimen::start();
    let variables = [("SYNCPROOF_CA_FILE", ca("ca"))];
    let variables = variables.each_ref().map(|(name, value)| (*name, value.as_str()));
    let output = server.syncproof("fuzz", &["--cases", "3", "--seed", "1"], &variables);
    assert_eq!(output.code, 0, "{output:?}");
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("syncproof.toml");
    let output = server.syncproof("doctor", &["--write", file.to_str().expect("text")], &variables);
    assert_eq!(output.code, 0, "{output:?}");
    let written = std::fs::read_to_string(&file).expect("a file");
    assert!(written.contains(&format!("ca_file = \"{}\"", ca("ca"))), "{written}");
}
