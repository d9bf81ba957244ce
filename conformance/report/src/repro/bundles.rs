//! Writes the folder of repro bundles and the files in each bundle.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fs, io};

use serde_json::json;

use super::context::{BundleContext, ScriptCredential};
use super::script::script;
use crate::case_report::redacted;
use crate::document::FailureEntry;
use crate::evidence::evidence;
use crate::subject::Subject;
use syncproof_harness::case::{CaseReport, Status};
use syncproof_harness::credential::CredentialSource;
use syncproof_harness::exit::CliError;
use syncproof_harness::shell::word;
use syncproof_harness::world::Run;
use syncproof_protocol::visible::visible;

/// Marks a folder of bundles, which the next run may empty.
const MARK: &str = ".syncproof-repro";
/// The file that every bundle has.
const FAILURE: &str = "failure.json";

/// Writes a bundle for each broken case into one folder.
#[derive(Debug)]
pub struct Bundles {
    folder: PathBuf,
    about: Option<BundleContext>,
    errors: Vec<String>,
}

impl Bundles {
    /// Creates the folder, or removes the bundles of an earlier run from it.
    ///
    /// # Errors
    /// When it cannot be written to, or contains anything but bundles.
    pub fn open(folder: &Path) -> Result<Self, CliError> {
        let wrong = |why: String| CliError::usage(format!("--repro {}: {why}", folder.display()));
        let cannot = |error: io::Error| wrong(format!("the folder cannot be written to: {error}"));
        if folder.exists() {
            let mut entries = fs::read_dir(folder).map_err(cannot)?;
            if entries.next().is_some() && !folder.join(MARK).exists() {
                return Err(wrong(
                    "the folder contains files that are not bundles; name an empty or a new one".to_owned(),
                ));
            }
        } else {
            fs::create_dir(folder).map_err(cannot)?;
        }
        let mark = "The bundles in this folder were made by syncproof run --repro; the next such run removes them.\n";
        fs::write(folder.join(MARK), mark).map_err(cannot)?;
        for entry in fs::read_dir(folder).map_err(cannot)? {
            let path = entry.map_err(cannot)?.path();
            if path.join(FAILURE).is_file() {
                fs::remove_dir_all(&path).map_err(cannot)?;
            }
        }
        Ok(Bundles { folder: folder.to_owned(), about: None, errors: Vec::new() })
    }

    /// Sets what the run is about, before its first case ends. The subject must not contain secrets.
    pub fn about(&mut self, run: &Run, subject: &Subject) {
        let secrets = Arc::clone(&run.secrets);
        let whole = |text: String| (secrets.text(&text) == text).then_some(text);
        let credential = match run.credentials.source() {
            CredentialSource::Minted(_) => ScriptCredential::Minted,
            CredentialSource::Template(template) => ScriptCredential::Template(whole(template.to_string())),
            CredentialSource::Command(_) => ScriptCredential::Command,
            CredentialSource::List(_) => ScriptCredential::List,
        };
        let base = Some(run.target.base.clone()).filter(|_| run.target.launcher.is_none()).and_then(whole);
        self.about = Some(BundleContext { subject: subject.clone(), secrets, credential, base });
    }

    /// Writes the bundle of a case with failures, unless the suite is at fault. It is written at once, so that a run that
    /// is killed keeps the bundles so far.
    pub fn take(&mut self, report: &CaseReport) {
        let broken = matches!(report.status, Status::Failed | Status::Warned | Status::NotRun);
        let Some(about) = &self.about else { return };
        if !broken || report.fault || report.failures.is_empty() {
            return;
        }
        if let Err(error) = write(&self.folder, about, report) {
            self.errors.push(format!("the repro bundle of {} cannot be written: {error}", report.case.id));
        }
    }

    /// Finishes.
    ///
    /// # Errors
    /// A sentence that names each bundle that could not be written.
    pub fn close(self) -> Result<(), CliError> {
        if self.errors.is_empty() { Ok(()) } else { Err(CliError::fault(self.errors.join("\n"))) }
    }
}

/// Writes a new folder and renames it, so that it replaces an old one at once.
fn write(folder: &Path, about: &BundleContext, report: &CaseReport) -> io::Result<()> {
    let place = folder.join(report.case.id.replace('/', "-"));
    let new = tempfile::Builder::new().prefix(".new-").tempdir_in(folder)?;
    let clean = redacted(report, &about.secrets);
    let script = script(about, report, &clean);
    fs::write(new.path().join("README.md"), readme(about, &clean, &script.limits))?;
    fs::write(new.path().join(FAILURE), failure(about, &clean, report))?;
    for (name, body) in long_bodies(&clean) {
        fs::write(new.path().join(name), body)?;
    }
    let path = new.path().join("repro.sh");
    // The file is as public as the report, so secrets are removed once more at the end.
    fs::write(&path, about.secrets.bytes(script.text.as_bytes()))?;
    fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    fs::set_permissions(new.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    if place.exists() {
        fs::remove_dir_all(&place)?;
    }
    fs::rename(new.keep(), place)
}

/// The bodies that `failure.json` has only in part, with the names of their files.
fn long_bodies(clean: &CaseReport) -> Vec<(String, &[u8])> {
    let mut bodies: Vec<(String, &[u8])> = Vec::new();
    for (number, failure) in (1..).zip(&clean.failures) {
        let Some(exchange) = failure.exchange.as_deref() else { continue };
        let request = exchange.request.as_deref().zip(exchange.shown_request());
        let answer = (exchange.response.as_slice(), exchange.shown_response());
        for (name, (body, shown)) in request.map(|request| ("request", request)).into_iter().chain([("answer", answer)])
        {
            if String::from_utf8_lossy(body) != shown {
                bodies.push((format!("{name}-{number}.body"), body));
            }
        }
    }
    bodies
}

fn failure(about: &BundleContext, clean: &CaseReport, report: &CaseReport) -> String {
    let failures: Vec<FailureEntry> = clean.failures.iter().map(FailureEntry::from).collect();
    let document = json!({
        "schema": 1,
        "case": clean.case.id,
        "summary": clean.case.summary,
        "requirements": clean.case.requirements,
        "status": clean.status.name(),
        "reason": clean.reason,
        "failures": failures,
        "target": about.subject.target,
        "seed": about.subject.seed,
        "repeat": about.subject.repeat(clean),
        "transcript": {"exchanges": report.transcript.sent.len(), "left_out": report.transcript.left_out},
    });
    format!("{document:#}\n")
}

fn readme(about: &BundleContext, clean: &CaseReport, limits: &[String]) -> String {
    let mut text = format!("# {}\n\n{}\n\n", clean.case.id, clean.case.summary);
    for failure in &clean.failures {
        let evidence = visible(&evidence(failure));
        let indented: Vec<String> = evidence.lines().map(|line| format!("    {line}")).collect();
        text.push_str(&format!("{}\n\n", indented.join("\n")));
    }
    text.push_str("## Repeat it\n\nWith the suite, which judges again:\n\n");
    text.push_str(&format!("    {}\n\n", about.subject.repeat(clean)));
    text.push_str("Without it (needs curl, jq and openssl):\n\n    ");
    if about.credential == ScriptCredential::Minted {
        text.push_str("SYNCPROOF_JWT_SECRET='the secret of the target' ");
    }
    let base = about.base.as_deref().unwrap_or("http://127.0.0.1:8787");
    text.push_str(&format!("SYNCPROOF_TARGET={} sh repro.sh\n\n", word(base)));
    text.push_str(
        "It ends with 1 when the target answers as it did in the run, with 0 when it answers otherwise, and with 2 \
                   when it could not ask.\n",
    );
    if !limits.is_empty() {
        text.push_str("\n## What the script cannot do\n\n");
        text.extend(limits.iter().map(|limit| format!("- {limit}\n")));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_case::CASE;
    use syncproof_protocol::exchange::Exchange;
    use syncproof_protocol::failure::Failure;

    #[test]
    fn bodies_that_the_other_files_shorten_have_files_of_their_own() {
        let mut exchange = Exchange::unanswered("anna", "POST", "/api/sync/pull", Some(b"{}".to_vec()));
        exchange.response = vec![b'x'; 5000];
        let mut failure = Failure::new("pull.complete", "what is wrong", "one", "another");
        failure.exchange = Some(Arc::new(exchange));
        let mut report = CaseReport::without_run(&CASE, Status::Failed, String::new());
        report.failures = vec![Failure::new("pull.complete", "without an exchange", "one", "another"), failure];
        let written: Vec<(String, usize)> =
            long_bodies(&report).into_iter().map(|(name, body)| (name, body.len())).collect();
        assert_eq!(written, [("answer-2.body".to_owned(), 5000)]);
    }
}
