//! The settings of a run in a file beside its report, so that the command that repeats a case is short. No secret gets into
//! the file: what holds one stays on the command line, as the name of a variable.

use std::path::{Path, PathBuf};

use toml_edit::{Array, DocumentMut, Item, Table, value};

use syncproof_harness::exit::CliError;
use syncproof_harness::redaction::Secrets;

/// Flags of at most this length, in characters, stay on the command line: they are as short as the name of a file.
const SHORT: usize = 60;

/// Where a flag stands in the file. Flags that are not listed stay on the command line.
const PLACES: [(&str, &str, &str); 21] = [
    ("--target", "", "target"),
    ("--exec", "", "exec"),
    ("--instances", "", "instances"),
    ("--image", "container", "image"),
    ("--port", "container", "port"),
    ("--ca-file", "", "ca_file"),
    ("--capabilities", "", "capabilities"),
    ("--jwt-secret-file", "credentials", "jwt_secret_file"),
    ("--header", "credentials", "header"),
    ("--credentials", "credentials", "list"),
    ("--provider", "credentials", "provider"),
    ("--hook-add-member", "hooks", "add_member"),
    ("--hook-set-role", "hooks", "set_role"),
    ("--hook-remove-member", "hooks", "remove_member"),
    ("--hook-count-tombstones", "hooks", "count_tombstones"),
    ("--hook-restart", "hooks", "restart"),
    ("--hook-older", "hooks", "older"),
    ("--hook-newer", "hooks", "newer"),
    ("--max-wait", "patience", "max_wait_seconds"),
    ("--rate", "patience", "rate"),
    ("--time-scale", "patience", "time_scale"),
];

/// A file with the settings of a run, which is not written yet.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct RepeatFile {
    path: PathBuf,
    text: String,
    /// The flags that take the settings from the file.
    pub(crate) flags: Vec<String>,
}

impl RepeatFile {
    /// The file for a run with these flags, beside its first report. `None` where the flags stay as they are: without a
    /// report in a file, since nothing is written that nobody asked for; where they are short; and where the configuration
    /// file of the run may hold a secret, since its copy would hold it, too.
    ///
    /// A configuration file that names reports is copied without them, or else to repeat a case would replace the reports.
    pub(crate) fn of(
        flags: &[String],
        secrets: &Secrets,
        report: Option<&Path>,
        config_names_reports: bool,
    ) -> Option<Self> {
        let path = report?.with_extension("repeat.toml");
        let length = flags.iter().map(|flag| flag.chars().count() + 1).sum::<usize>();
        if flags.is_empty() || (length <= SHORT && !config_names_reports) {
            return None;
        }
        let mut document = DocumentMut::new();
        let mut kept = vec!["--config".to_owned(), path.to_string_lossy().into_owned()];
        let mut settings = Vec::new();
        let mut words = flags.iter();
        while let Some(flag) = words.next() {
            if flag == "--insecure" {
                settings.push((flag, flag, "", "insecure"));
                continue;
            }
            let text = words.next()?;
            if flag == "--config" {
                document = copied(Path::new(text), secrets)?;
                continue;
            }
            let place = PLACES.iter().find(|(name, ..)| name == flag).filter(|_| secrets.text(text) == *text);
            match place {
                Some((_, section, key)) => settings.push((flag, text, *section, *key)),
                None => kept.extend([flag.clone(), text.clone()]),
            }
        }
        if settings.is_empty() && document.is_empty() {
            return None;
        }
        let has = |names: &[&str]| flags.iter().any(|flag| names.contains(&flag.as_str()));
        // As with flags: the target, and where credentials come from, are taken from one place as a whole.
        if has(&["--target", "--exec", "--image"]) {
            ["target", "exec", "container"].iter().for_each(|key| drop(document.remove(key)));
        }
        if has(&["--jwt-secret-file", "--header", "--credential-command", "--credentials"])
            && let Some(Item::Table(credentials)) = document.get_mut("credentials")
        {
            ["jwt_secret_file", "header", "command", "list"].iter().for_each(|key| drop(credentials.remove(key)));
        }
        let mut targets = Array::new();
        for (flag, text, section, key) in settings {
            let item = match flag.as_str() {
                "--target" => {
                    targets.push(text);
                    value(targets.clone())
                }
                "--insecure" => value(true),
                "--capabilities" => value(text.split(',').map(str::trim).collect::<Array>()),
                "--instances" | "--port" => value(text.parse::<i64>().ok()?),
                "--max-wait" | "--rate" | "--time-scale" => value(text.parse::<f64>().ok()?),
                _ => value(text),
            };
            match section {
                "" => drop(document.insert(key, item)),
                _ => {
                    let table = document.entry(section).or_insert(Item::Table(Table::new())).as_table_mut()?;
                    table.insert(key, item);
                }
            }
        }
        let text = format!("{HEAD}{document}");
        Some(RepeatFile { path, text, flags: kept })
    }

    /// Writes it, over the file of an earlier run.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn write(&self) -> Result<(), CliError> {
        let path = self.path.display();
        std::fs::write(&self.path, &self.text)
            .map_err(|error| CliError::fault(format!("the settings {path} cannot be written: {error}")))
    }
}

const HEAD: &str = "# The settings of a run: the commands in the report beside it name this file. Secrets are not in it; they stay in\n\
     # SYNCPROOF_… variables. Paths are relative to the folder that syncproof runs in.\n";

/// A configuration file without what it says about reports and about what breaks a run; None when it may hold a secret.
fn copied(path: &Path, secrets: &Secrets) -> Option<DocumentMut> {
    let text = std::fs::read_to_string(path).ok()?;
    let mut document: DocumentMut = text.parse().ok()?;
    let has = |section: &str, key: &str| document.get(section).is_some_and(|section| section.get(key).is_some());
    // Any word of the command, and any value of the environment, may be a secret.
    if secrets.text(&text) != text || has("credentials", "command") || has("container", "env") {
        return None;
    }
    document.remove("reports");
    document.remove("gate");
    Some(document)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{TargetArgs, resolve};

    fn words(line: &str) -> Vec<String> {
        line.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn few_settings_and_runs_without_a_report_stay_on_the_command_line() {
        let secrets = Secrets::default();
        let report = Path::new("out/report.xml");
        let long = words(&format!("--target http://127.0.0.1:8787 --hook-restart {}", "x".repeat(60)));
        assert_eq!(RepeatFile::of(&words("--target http://127.0.0.1:8787"), &secrets, Some(report), false), None);
        assert_eq!(RepeatFile::of(&long, &secrets, None, false), None);
        let file = RepeatFile::of(&long, &secrets, Some(report), false).expect("a file");
        assert_eq!(file.flags, ["--config", "out/report.repeat.toml"]);
    }

    #[test]
    fn the_file_gives_the_settings_that_the_flags_gave() {
        let folder = tempfile::tempdir().expect("a folder");
        let config = folder.path().join("s.toml");
        let text = "exec = 'old'\njobs = 3\n[hooks]\nolder = 'of the file'\n[reports]\njson = 'r.json'\n[gate]\nreruns = 2\n\
                    [credentials]\nheader = 'X: {user}'\nprovider = 'p'\n";
        std::fs::write(&config, text).expect("written");
        let flags: Vec<String> = [
            "--target",
            "http://a:1",
            "--target",
            "http://b:2",
            "--config",
            &config.to_string_lossy(),
            "--capabilities",
            "members,gc",
            "--credentials",
            "users.json",
            "--hook-restart",
            "a 'quoted' \"line\"",
            "--max-wait",
            "2.5",
            "--env",
            "NAME",
            "--insecure",
        ]
        .map(str::to_owned)
        .to_vec();
        let report = folder.path().join("r.json");
        let file = RepeatFile::of(&flags, &Secrets::default(), Some(&report), true).expect("a file");
        assert_eq!(file.flags[2..], ["--env", "NAME"]);
        file.write().expect("written");
        let table: toml::Table = file.text.parse().unwrap_or_else(|error| panic!("{error}: {}", file.text));
        assert!(
            !table.contains_key("reports") && !table.contains_key("gate") && !table.contains_key("exec"),
            "{table:?}"
        );
        assert_eq!(table["credentials"]["list"].as_str(), Some("users.json"));
        assert!(table["credentials"].get("header").is_none(), "{table:?}");
        std::fs::write(&file.path, file.text.replace("list = \"users.json\"", "header = \"X: {user}\""))
            .expect("written");
        let args = TargetArgs { config: Some(file.path.clone()), ..TargetArgs::default() };
        let settings = resolve(&args, &|_| None).expect("settings");
        assert_eq!(settings.target.reach.targets, ["http://a:1", "http://b:2"]);
        assert_eq!((settings.jobs, settings.target.provider.as_str()), (Some(3), "p"));
        assert_eq!(settings.target.pace.max_wait, std::time::Duration::from_millis(2500));
        let hook = |name: &str, line: &str| Some(syncproof_harness::targets::Hook::new(name, line));
        assert_eq!(settings.target.hooks.restart, hook("restart", "a 'quoted' \"line\""));
        assert_eq!(settings.target.hooks.older, hook("older", "of the file"));
    }

    #[test]
    fn what_holds_a_secret_stays_on_the_command_line() {
        let folder = tempfile::tempdir().expect("a folder");
        let secrets = Secrets::default();
        secrets.keep("s3cret-of-the-house");
        let report = folder.path().join("r.json");
        let header = ["--target", "http://a:1", "--header", "X-Key: s3cret-of-the-house {user}", "--hook-older", "x"];
        let header = header.map(str::to_owned);
        let file = RepeatFile::of(&header, &secrets, Some(&report), true).expect("a file");
        assert_eq!(file.flags[2..], header[2..4]);
        assert!(!file.text.contains("s3cret"), "{}", file.text);
        let config = folder.path().join("s.toml");
        for text in ["[credentials]\nheader = 'X-Key: s3cret-of-the-house {user}'", "[credentials]\ncommand = './c'"] {
            std::fs::write(&config, text).expect("written");
            let flags = ["--config".to_owned(), config.to_string_lossy().into_owned()];
            assert_eq!(RepeatFile::of(&flags, &secrets, Some(&report), true), None);
        }
    }
}
