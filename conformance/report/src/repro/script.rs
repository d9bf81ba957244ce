//! The script of a bundle: the requests of the case up to the one that shows the failure, as calls of curl.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::context::{BundleContext, ScriptCredential};
use super::pieces::{comment, document, head, tail, users};
use super::template::Template;
use crate::evidence::evidence;
use syncproof_harness::case::CaseReport;
use syncproof_harness::client::{Proof, Sent};
use syncproof_harness::credential::Identity;
use syncproof_harness::shell::word;
use syncproof_protocol::capability::Capability;
use syncproof_protocol::counted::counted;
use syncproof_protocol::exchange::Exchange;
use syncproof_protocol::visible::visible;

/// The script repeats pauses of the run from this length on, since a case that waits has a reason.
const PAUSE: Duration = Duration::from_millis(900);
/// Lifetime of a credential that a case did not choose, in seconds.
const LIFETIME_SECONDS: i64 = 4 * 3600;

/// A script, and what it cannot do.
pub(super) struct Script {
    pub(super) text: String,
    pub(super) limits: Vec<String>,
}

/// The script for that case. `report` has the transcript; `clean` is the same report without secrets.
pub(super) fn script(about: &BundleContext, report: &CaseReport, clean: &CaseReport) -> Script {
    let mut limits = Vec::new();
    let mut text = String::from("#!/bin/sh\n");
    text.push_str(&comment(&format!("{}: {}", clean.case.id, clean.case.summary)));
    text.push_str("#\n");
    if let Some(failure) = clean.failures.first() {
        text.push_str(&comment(&format!(
            "{}\nexpected  {}\nactual    {}",
            failure.message, failure.expected, failure.actual
        )));
    }
    text.push_str("#\n# Repeats the requests of that case with curl, and ends with 1 when the target answers as it did then, with 0\n");
    text.push_str(
        "# when it answers otherwise, and with 2 when it cannot ask. Set SYNCPROOF_TARGET to ask another server.\n",
    );
    text.push_str(&comment(&format!(
        "The suite itself repeats it, and judges again, with\n  {}",
        about.subject.repeat(clean)
    )));
    let shown = report.failures.first().and_then(|failure| failure.exchange.as_ref());
    let sent = up_to_the_failure(report, shown, &mut limits);
    if let Some(reason) = impossible(report, &sent) {
        limits.push(reason.clone());
        let words = format!("{reason}; run: {}", about.subject.repeat(clean));
        let _ = write!(text, "\nprintf '%s\\n' {} >&2\nexit 2\n", word(&visible(&words)));
        return Script { text, limits };
    }
    let template = Template::of(&sent, &report.transcript.run_name);
    text.push('\n');
    text.push_str(&head(about.base.as_deref(), &template.opening));
    text.push_str(&users(&about.credential));
    text.push_str("\n# The requests of the case.\n");
    steps(&mut text, about, &sent, &template, &mut limits);
    last(&mut text, clean, sent.last().map(|sent| &*sent.exchange), &template);
    Script { text, limits }
}

/// The requests in the order in which they were sent, up to the one that shows the failure. Those that a rate limit refused
/// are left out, since the script itself waits.
fn up_to_the_failure<'a>(
    report: &'a CaseReport,
    shown: Option<&Arc<Exchange>>,
    limits: &mut Vec<String>,
) -> Vec<&'a Sent> {
    let all = &report.transcript.sent;
    let end = shown.and_then(|shown| all.iter().position(|sent| Arc::ptr_eq(&sent.exchange, shown)));
    let end = end.unwrap_or(all.len().saturating_sub(1));
    let sent: Vec<&Sent> = all
        .iter()
        .take(end + 1)
        .enumerate()
        .filter(|(at, sent)| *at == end || sent.exchange.status != Some(429))
        .map(|(_, sent)| sent)
        .collect();
    if report.transcript.left_out > 0 {
        limits.push(format!(
            "The case sent {} more than are kept of one case; the script ends before them.",
            counted(report.transcript.left_out, "request")
        ));
    }
    let overlap = sent.windows(2).any(|pair| matches!(pair, [before, after] if after.started < before.ended));
    if overlap {
        limits.push("The case sent some of its requests at the same time; the script sends them one after the other, so a failure that takes a race may not show.".to_owned());
    }
    sent
}

/// Why a script of curl calls cannot repeat the case.
fn impossible(report: &CaseReport, sent: &[&Sent]) -> Option<String> {
    let shown = report.failures.first()?.exchange.as_ref();
    if shown.is_some_and(|shown| !report.transcript.sent.iter().any(|sent| Arc::ptr_eq(&sent.exchange, shown)))
        && report.transcript.left_out == 0
    {
        return Some(
            "The answer that shows the failure was given to another case, which passed, so its requests were not kept"
                .to_owned(),
        );
    }
    let starts = |need: &Capability| matches!(need, Capability::Launch | Capability::Restart | Capability::Instances);
    if report.case.needs.iter().any(starts) || sent.iter().any(|sent| sent.elsewhere.is_some()) {
        return Some("The case starts and stops servers itself, which a script of requests cannot".to_owned());
    }
    sent.is_empty().then(|| "The case sent no request".to_owned())
}

fn steps(text: &mut String, about: &BundleContext, sent: &[&Sent], template: &Template, limits: &mut Vec<String>) {
    let mut users: Vec<(&Proof, String)> = Vec::new();
    let mut latest_end = Duration::ZERO;
    for (number, (sent, step)) in sent.iter().zip(&template.steps).enumerate() {
        let pause = sent.started.saturating_sub(latest_end);
        if number > 0 && pause >= PAUSE {
            let seconds = pause.as_secs_f64().ceil();
            let _ = writeln!(text, "\n# The case waited here.\nsleep {seconds}");
        } else if number > 0 && sent.started < latest_end {
            text.push_str("\n# Sent while another request was under way; here, one after the other.");
        }
        latest_end = latest_end.max(sent.ended);
        text.push('\n');
        let who = match users.iter().find(|(proof, _)| **proof == sent.proof) {
            Some((_, who)) => who.clone(),
            None => {
                let who = name_of(&sent.exchange.actor, &sent.proof, &users);
                text.push_str(&user(about, &who, &sent.proof, template, limits));
                users.push((&sent.proof, who.clone()));
                who
            }
        };
        let exchange = &sent.exchange;
        let (form, input) = match &step.body {
            None => ("none", "\n".to_owned()),
            Some(body) => document(&about.secrets.bytes(body)),
        };
        let _ = write!(
            text,
            "call {}/@ALL@ {who} {} {} {form}{input}",
            number + 1,
            word(&exchange.method),
            word(&step.path)
        );
        for learnt in &step.learns {
            let _ = writeln!(text, "learn {} {}", learnt.name, word(&learnt.path));
        }
    }
    *text = text.replace("/@ALL@ ", &format!("/{} ", sent.len()));
}

/// A unique name for a user.
fn name_of(actor: &str, proof: &Proof, users: &[(&Proof, String)]) -> String {
    if *proof == Proof::Anonymous {
        return "anonymous".to_owned();
    }
    let plain: String =
        actor.chars().filter(char::is_ascii_alphanumeric).take(16).collect::<String>().to_ascii_lowercase();
    let plain = if plain.is_empty() || plain == "anonymous" { "user".to_owned() } else { plain };
    let taken = |name: &str| users.iter().any(|(_, other)| other == name);
    let numbered = (2..).map(|number| format!("{plain}{number}"));
    // One of `users.len() + 1` names is free.
    std::iter::once(plain.clone()).chain(numbered.take(users.len() + 1)).find(|name| !taken(name)).unwrap_or(plain)
}

/// The lines that create the credential of a user.
fn user(about: &BundleContext, who: &str, proof: &Proof, template: &Template, limits: &mut Vec<String>) -> String {
    let (identity, kind) = match proof {
        Proof::Anonymous => return String::new(),
        Proof::Good(identity) => (identity, format!("lasting={LIFETIME_SECONDS}")),
        Proof::EndingIn(identity, seconds) => (identity, format!("lasting={seconds}")),
        Proof::BeginningIn(identity, seconds) => (identity, format!("beginning={seconds}")),
        Proof::Forged(identity, forgery) => (identity, format!("{forgery:?}")),
        Proof::Unknown => {
            limits.push(format!(
                "The case made the credential of `{who}` by hand; put its headers into a file and name it in SYNCPROOF_HEADERS_{}.",
                who.to_ascii_uppercase()
            ));
            let variable = format!("SYNCPROOF_HEADERS_{}", who.to_ascii_uppercase());
            return format!(
                "[ -f \"${{{variable}:-}}\" ] || stop 'set {variable} to a file with the headers of {who}'\ncp \"${variable}\" \"$work/{who}.headers\"\n"
            );
        }
    };
    let claims = template.names(&claims(identity));
    let kind = if about.credential == ScriptCredential::Minted { format!(" {kind}") } else { String::new() };
    format!("user {who}{kind} <<'END_OF_USER'\n{claims}\nEND_OF_USER\n")
}

/// The identity in one line.
fn claims(identity: &Identity) -> String {
    let Identity { provider, subject, email, name } = identity;
    json!({"provider": provider, "sub": subject, "email": email, "name": name}).to_string()
}

/// What the target answered in the run, and what was wrong with it.
fn last(text: &mut String, clean: &CaseReport, exchange: Option<&Exchange>, template: &Template) {
    let status =
        exchange.and_then(|exchange| exchange.status).map_or_else(|| "000".to_owned(), |status| status.to_string());
    let (form, input) = document(&template.saw);
    let put = if form == "text" { "cat" } else { "openssl base64 -d -A" };
    let _ = write!(text, "\n# What the run saw.\nsaw_status={status}\n{put} >\"$work/saw.blank\"{input}");
    let verdict: String = clean.failures.iter().take(1).map(|failure| visible(&evidence(failure))).collect();
    let verdict: String =
        verdict.lines().filter(|line| !line.starts_with(['>', '<'])).map(|line| format!("{line}\n")).collect();
    let (_, input) = document(verdict.trim_end().as_bytes());
    let _ = write!(text, "cat >\"$work/verdict\"{input}");
    text.push_str(&tail(template.short_ids));
}
