//! A first `syncproof.toml` for a target, from what the doctor found. It says where secrets are, and never contains
//! one.

use std::fmt::Write as _;

use super::probe_report::{Finding, ProbeReport, ProbeResult};
use crate::config::{Reach, Source, TlsSettings};
use syncproof_protocol::capability::{Capabilities, Capability};

/// The text of the file. `capabilities` are those of the target, and `look` is how they were found.
#[must_use]
pub(crate) fn first_file(
    reach: &Reach,
    source: Option<&Source>,
    capabilities: &Capabilities,
    look: &ProbeReport,
) -> String {
    let mut file = String::from("# Settings of `syncproof run`; flags and SYNCPROOF_… variables outweigh them.\n\n");
    match reach.targets.as_slice() {
        addresses if addresses.iter().any(|address| holds_password(address)) => {
            file.push_str("# The address holds a password: it stays in SYNCPROOF_TARGET.\n");
        }
        [] if reach.exec.is_none() && reach.image.is_none() => {
            file.push_str("# Without target, exec and an image the reference server is started.\n");
        }
        [] => {}
        [address] => line(&mut file, "target", address),
        addresses => {
            let _ = writeln!(file, "target = {}", addresses.iter().collect::<toml_edit::Array>());
        }
    }
    match &reach.tls {
        TlsSettings::System => {}
        TlsSettings::CaFile(path) => line(&mut file, "ca_file", &path.to_string_lossy()),
        TlsSettings::Insecure => file.push_str("insecure = true\n"),
    }
    if let Some(command) = &reach.exec {
        line(&mut file, "exec", command);
    }
    if let Some(count) = reach.instances {
        let _ = writeln!(file, "instances = {count}");
    }
    list(&mut file, capabilities, look);
    file.push_str("\n# jobs = 8\n# deadline_seconds = 120\n\n");
    credentials(&mut file, source);
    if let Some(image) = &reach.image {
        file.push_str("\n[container]\n");
        line(&mut file, "image", &format!("{}:{}", image.name, image.tag));
        let _ = writeln!(file, "port = {}", image.port);
        file.push_str("# What its environment holds beside the shared secret:\n# env = { NAME = \"value\" }\n");
    }
    file.push_str(EXAMPLES);
    file
}

const EXAMPLES: &str = r#"
# What breaks a run:
# [gate]
# baseline = "known-failures.toml"   # failures that are known; `syncproof run --update-baseline` writes it
# level = "must"                     # or should: a broken SHOULD breaks the run, too
# reruns = 1                         # how often a case that failed is run again
# fail_fast = false

# Reports to write beside the one on standard output:
# [reports]
# junit = "syncproof.xml"

# What a server that is started calls its settings:
# [startup]
# database = "OR3_SQLITE_DB_PATH"
# allow_in_memory = "OR3_SQLITE_ALLOW_IN_MEMORY"
# strict = "OR3_SQLITE_STRICT"

# Commands that do what cannot be asked for over HTTP:
# [hooks]
# add_member = "./add-member.sh {workspace} {user} {role}"
# set_role = "./set-role.sh {workspace} {user} {role}"
# remove_member = "./remove-member.sh {workspace} {user}"
# count_tombstones = "./count-tombstones.sh {workspace}"
# restart = "./restart.sh"
"#;

fn line(file: &mut String, name: &str, text: &str) {
    let _ = writeln!(file, "{name} = {}", toml_edit::Value::from(text));
}

/// Lists every capability on a line of its own; those that the target does not have are comments.
fn list(file: &mut String, capabilities: &Capabilities, look: &ProbeReport) {
    file.push_str(
        "\n# What the server can do beyond the core. What is declared and broken fails; what is not declared is\n",
    );
    file.push_str(
        "# not looked at. What follows from the credentials (bad_credentials, providers) need not be declared.\n",
    );
    // A list that is too short would hide what the server gets later.
    let known = if look.problems.is_empty() { "" } else { "# " };
    if !known.is_empty() {
        file.push_str(
            "# Too little works yet to know them: they are probed at the start of each run until this list is given.\n",
        );
    }
    let _ = writeln!(file, "{known}capabilities = [");
    for capability in Capability::ALL {
        let of_credentials = matches!(capability, Capability::BadCredentials | Capability::Providers);
        let finding = look.findings.iter().find(|finding| finding.capability == capability);
        if of_credentials {
            continue;
        }
        let mark = if capabilities.contains(&capability) { "" } else { "# " };
        let how = match finding {
            Some(Finding { seen: ProbeResult::Unclear, words, .. }) => format!("; unclear: {words}"),
            Some(Finding { seen: ProbeResult::Undecided, words, .. }) => {
                format!("; not known, list it if the server has it: {words}")
            }
            _ => String::new(),
        };
        let name = format!("\"{capability}\",");
        let _ = writeln!(file, "{known}    {mark}{name:24} # {}{}", capability.meaning(), one_line(&how));
    }
    let _ = writeln!(file, "{known}]");
}

/// The text on one line, since a comment ends with its line.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(200).collect()
}

fn credentials(file: &mut String, source: Option<&Source>) {
    file.push_str("[credentials]\n");
    match source {
        Some(Source::SecretVariable) => {
            file.push_str("# The secret that JWTs are minted with stays in SYNCPROOF_JWT_SECRET.\n");
        }
        Some(Source::SecretFile(path)) => line(file, "jwt_secret_file", &path.to_string_lossy()),
        Some(Source::Header(template)) if holds_more_than_names(template) => {
            file.push_str("# The header holds more than names, perhaps a secret: it stays in SYNCPROOF_HEADER.\n");
        }
        Some(Source::Header(template)) => line(file, "header", template),
        Some(Source::Command(command)) => line(file, "command", command),
        Some(Source::List(path)) => line(file, "list", &path.to_string_lossy()),
        None => file.push_str("# header = \"Authorization: Bearer {user}\"   # or jwt_secret_file, command, list\n"),
    }
}

fn holds_password(address: &str) -> bool {
    reqwest::Url::parse(address).is_ok_and(|url| url.password().is_some() || !url.username().is_empty())
}

/// Whether the value of a header contains more than the scheme and the placeholders.
fn holds_more_than_names(template: &str) -> bool {
    let (_, value) = template.split_once(':').unwrap_or(("", template));
    let value = value.trim_start();
    let schemes = ["bearer ", "basic ", "token "];
    let lower = value.to_ascii_lowercase();
    let skip = schemes.iter().find(|scheme| lower.starts_with(**scheme)).map_or(0, |scheme| scheme.len());
    let mut rest = value.get(skip..).unwrap_or_default().to_owned();
    for placeholder in ["{user}", "{provider}", "{email}", "{name}"] {
        rest = rest.replace(placeholder, "");
    }
    rest.chars().any(char::is_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_written_only_where_it_holds_names_alone() {
        for plain in ["Authorization: Bearer {user}", "X-User: {provider}:{user}", "X-User:{user}"] {
            assert!(!holds_more_than_names(plain), "{plain}");
        }
        for secret in ["Authorization: Bearer hunter2-{user}", "X-Key: s3cret {user}", "Cookie: a={user}; b=7"] {
            assert!(holds_more_than_names(secret), "{secret}");
        }
    }

    #[test]
    fn the_file_is_toml_whatever_stands_in_it() {
        let odd = "a \"quoted\" \\ 'word'\nand a line";
        let (header, command) = (Source::Header("X: {user}".into()), Source::Command(odd.into()));
        let words = "status 500: a\nline".to_owned();
        let findings = vec![Finding { capability: Capability::Gc, seen: ProbeResult::Unclear, words }];
        let look = ProbeReport { findings, ..ProbeReport::default() };
        let secret = Source::Header("X-Key: s3cret {user}".into());
        let reach = Reach {
            targets: vec!["http://u:p@x".into()],
            exec: Some(odd.into()),
            instances: Some(3),
            ..Reach::default()
        };
        for source in [None, Some(&header), Some(&secret), Some(&command), Some(&Source::SecretVariable)] {
            let text = first_file(&reach, source, &[Capability::Gc].into(), &look);
            let table: toml::Table = text.parse().unwrap_or_else(|error| panic!("{error}: {text}"));
            assert_eq!(table["exec"].as_str(), Some(odd));
            assert_eq!(table["capabilities"].as_array().map(Vec::len), Some(1));
            assert!(!text.contains("u:p") && !text.contains("s3cret"), "{text}");
        }
    }
}
