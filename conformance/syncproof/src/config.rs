//! Settings of a run: flags outweigh the environment, which outweighs `syncproof.toml`. Secrets come from files or the
//! environment, never from flags.

mod address;
mod credential;
pub(crate) mod gate;
mod hooks;
mod level;
mod reach;
mod repeat_file;
mod target_args;
mod tls;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;

pub(crate) use address::check_address;
pub(crate) use credential::{CredentialArgs, Source};
pub(crate) use reach::Reach;
pub(crate) use repeat_file::RepeatFile;
pub(crate) use target_args::TargetArgs;
pub(crate) use tls::{TlsArgs, TlsSettings};

use crate::config::gate::GateFile;
use crate::patience::FilePatience;
use syncproof_harness::client::PaceSettings;
use syncproof_harness::credential::Credentials;
use syncproof_harness::exit::CliError;
use syncproof_harness::redaction::Secrets;
use syncproof_harness::targets::{Hooks, StartupSettings};
use syncproof_protocol::capability::{Capabilities, Capability};
use syncproof_report::{Format, RunSettings};

/// The configuration file that is read when no other is given.
pub(crate) const DEFAULT_FILE: &str = "syncproof.toml";

/// `syncproof.toml`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct File {
    target: Option<reach::OneOrMore>,
    ca_file: Option<PathBuf>,
    insecure: Option<bool>,
    exec: Option<String>,
    instances: Option<u16>,
    container: reach::FileContainer,
    hooks: hooks::FileHooks,
    capabilities: Option<Vec<String>>,
    jobs: Option<usize>,
    deadline_seconds: Option<u64>,
    seed: Option<u64>,
    credentials: credential::FileCredentials,
    patience: FilePatience,
    startup: Option<StartupSettings>,
    gate: GateFile,
    reports: FileReports,
}

/// `[reports]`: a file for each format, and the folder of bundles.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(try_from = "BTreeMap<String, String>")]
struct FileReports {
    /// In the form of the values of `--report`.
    wanted: Vec<String>,
    repro: Option<PathBuf>,
}

impl TryFrom<BTreeMap<String, String>> for FileReports {
    type Error = String;

    fn try_from(mut files: BTreeMap<String, String>) -> Result<Self, String> {
        let repro = files.remove("repro").map(PathBuf::from);
        let wanted = files.into_iter().map(|(format, file)| {
            format.parse::<Format>()?;
            Ok(format!("{format}={file}"))
        });
        Ok(FileReports { wanted: wanted.collect::<Result<_, String>>()?, repro })
    }
}

/// How a target is reached, and how requests to it are made.
#[derive(Debug, Default)]
pub(crate) struct TargetSettings {
    /// How the target is reached.
    pub reach: Reach,
    /// The operator's commands.
    pub hooks: Hooks,
    /// What the target declares; `None` when it has to be probed.
    pub capabilities: Option<Capabilities>,
    /// Where credentials come from; `None` when none were given.
    pub credentials: Option<Credentials>,
    /// The authentication provider of the users that the suite creates.
    pub provider: String,
    /// The shared secret, when credentials are minted: a server that the suite starts needs it, too.
    pub secret: Option<String>,
    /// The names of the settings of a server that the suite starts.
    pub startup: StartupSettings,
    /// Speed limits and waiting times.
    pub pace: PaceSettings,
    /// Flags for a command that repeats a case, in addition to those of the target.
    pub other_flags: Vec<String>,
    /// What no report may show.
    pub secrets: Arc<Secrets>,
}

impl TargetSettings {
    /// The flags for a command that repeats a case.
    #[must_use]
    pub(crate) fn flags(&self) -> Vec<String> {
        [self.reach.flags(), self.other_flags.clone()].concat()
    }

    /// Lets cases that look whether something expires wait for so many seconds, now and when a case is repeated.
    pub(crate) fn wait_for_expiry(&mut self, seconds: u64) {
        self.pace.expiry_seconds = seconds;
        self.other_flags.extend(["--long".to_owned(), seconds.to_string()]);
    }

    /// Those of these settings that the results of a run may depend on.
    #[must_use]
    pub(crate) fn run_settings(&self) -> RunSettings {
        let PaceSettings { max_wait, rate, time_scale, expiry_seconds: _ } = self.pace;
        RunSettings {
            max_wait_seconds: max_wait.as_secs_f64(),
            rate,
            time_scale,
            provider: self.provider.clone(),
            hooks: self.hooks.names().map(str::to_owned).collect(),
            ..RunSettings::default()
        }
    }
}

/// Settings from flags, environment and file together.
#[derive(Debug)]
pub(crate) struct Settings {
    /// How the target is reached, and how requests to it are made.
    pub target: TargetSettings,
    /// Cases at once.
    pub jobs: Option<usize>,
    /// Longest time for one case, in seconds.
    pub deadline_seconds: Option<u64>,
    /// The seed.
    pub seed: Option<u64>,
    /// What fails a run, as set in the file.
    pub gate: GateFile,
    /// The requested source of credentials.
    pub source: Option<Source>,
    /// Reports to write, each `FORMAT=FILE`.
    pub reports: Vec<String>,
    /// Where to write a bundle for each failure.
    pub repro: Option<PathBuf>,
}

/// Combines the flags, the environment (read through `env`) and the file.
///
/// # Errors
/// A sentence that names the setting and where it comes from, and says what is wrong with it.
pub(crate) fn resolve(flags: &TargetArgs, env: &dyn Fn(&str) -> Option<String>) -> Result<Settings, CliError> {
    // An empty variable counts as unset.
    let env = |name: &str| env(name).filter(|value| !value.is_empty());
    let (file, config) = read_file(flags.config.clone().or_else(|| env("SYNCPROOF_CONFIG").map(Into::into)))?;

    let tls = flags.tls.resolve(&env, (file.ca_file, file.insecure))?;
    let reach = reach::resolve(flags, &env, (file.target, file.exec, file.instances), file.container)?;
    let reach = Reach { tls, ..reach };
    let hooks = hooks::resolve(&flags.hooks, &env, file.hooks);

    let named = flags.capabilities.clone().or_else(|| env("SYNCPROOF_CAPABILITIES"));
    let named = named.map(|list| list.split(',').map(|name| name.trim().to_owned()).collect()).or(file.capabilities);
    let capabilities = named.map(|names| read_capabilities(&names)).transpose()?;

    let provider = flags.credential.provider(&env, &file.credentials);
    let source = credential::resolve(&flags.credential, &env, file.credentials)?;
    let secret = match &source {
        Some(Source::SecretVariable) => env("SYNCPROOF_JWT_SECRET"),
        Some(Source::SecretFile(path)) => Some(read_secret(path)?),
        _ => None,
    };
    let secrets = secrets(&reach, source.as_ref(), secret.as_deref());
    let credentials =
        source.clone().map(|source| open_credentials(source, secret.as_deref(), &provider)).transpose()?;
    let startup = file.startup.unwrap_or_default();
    let pace = flags.patience.resolve(&env, file.patience)?;
    let other_flags = flags.beside_the_target(config.as_deref());
    let target = TargetSettings {
        reach,
        hooks,
        capabilities,
        credentials,
        provider,
        secret,
        startup,
        pace,
        other_flags,
        secrets,
    };
    Ok(Settings {
        target,
        jobs: file.jobs,
        deadline_seconds: file.deadline_seconds,
        seed: file.seed,
        gate: file.gate,
        source,
        repro: file.reports.repro,
        reports: file.reports.wanted,
    })
}

/// The secrets that the settings contain.
fn secrets(reach: &Reach, source: Option<&Source>, secret: Option<&str>) -> Arc<Secrets> {
    let secrets = Secrets::default();
    reach.targets.iter().for_each(|target| secrets.keep_address(target));
    reach.exec.iter().for_each(|exec| secrets.keep_command(exec));
    secret.into_iter().for_each(|secret| secrets.keep(secret));
    match source {
        Some(Source::Header(template)) => secrets.keep_template(template),
        Some(Source::Command(line)) => secrets.keep_command(line),
        Some(Source::SecretVariable | Source::SecretFile(_) | Source::List(_)) | None => {}
    }
    Arc::new(secrets)
}

/// The configuration file, and its path if there is one.
fn read_file(named: Option<PathBuf>) -> Result<(File, Option<PathBuf>), CliError> {
    let path = match named {
        Some(path) => path,
        None if Path::new(DEFAULT_FILE).exists() => DEFAULT_FILE.into(),
        None => return Ok((File::default(), None)),
    };
    let text = std::fs::read_to_string(&path)
        .map_err(|error| CliError::usage(format!("the configuration {} cannot be read: {error}", path.display())))?;
    match toml::from_str(&text) {
        Ok(file) => Ok((file, Some(path))),
        Err(error) => Err(CliError::usage(format!("the configuration {} is wrong: {error}", path.display()))),
    }
}

fn read_capabilities(names: &[String]) -> Result<Capabilities, CliError> {
    if let [only] = names
        && only == "none"
    {
        return Ok(Capabilities::new());
    }
    names.iter().map(|name| name.parse::<Capability>().map_err(CliError::usage)).collect()
}

/// The secret in a file, without the line break that editors put at its end.
pub(crate) fn read_secret(path: &Path) -> Result<String, CliError> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| CliError::usage(format!("the secret file {} cannot be read: {error}", path.display())))?;
    let secret = text.trim_end_matches(['\r', '\n']);
    if secret.is_empty() {
        return Err(CliError::usage(format!("the secret file {} is empty", path.display())));
    }
    Ok(secret.to_owned())
}

fn open_credentials(source: Source, secret: Option<&str>, provider: &str) -> Result<Credentials, CliError> {
    let credentials = match source {
        Source::SecretVariable | Source::SecretFile(_) => Credentials::jwt_secret(secret.unwrap_or_default()),
        Source::Header(template) => Credentials::header(&template)?,
        Source::Command(line) => Credentials::command(&line),
        Source::List(path) => Credentials::list(&path)?,
    };
    Ok(credentials.with_provider(provider))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;
    use syncproof_harness::exit::Exit;

    fn flags(toml: &str) -> (TargetArgs, tempfile::NamedTempFile) {
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        file.write_all(toml.as_bytes()).expect("written");
        (TargetArgs { config: Some(file.path().to_owned()), ..TargetArgs::default() }, file)
    }

    #[test]
    fn flags_outweigh_the_environment_which_outweighs_the_file() {
        let (mut flags, _file) = flags("target = 'http://file:1'\n[credentials]\nheader = 'X: {user}'");
        let nothing = |_: &str| None;
        let targets = |flags: &TargetArgs, env: &dyn Fn(&str) -> Option<String>| {
            resolve(flags, env).expect("settled").target.reach.targets
        };
        assert_eq!(targets(&flags, &nothing), ["http://file:1"]);
        let env = |name: &str| (name == "SYNCPROOF_TARGET").then(|| "http://env:1".to_owned());
        assert_eq!(targets(&flags, &env), ["http://env:1"]);
        flags.target = vec!["http://flag:1/".to_owned(), "http://flag:2".to_owned()];
        assert_eq!(targets(&flags, &env), ["http://flag:1", "http://flag:2"]);
    }

    #[test]
    fn each_hook_comes_from_the_strongest_layer_that_names_it() {
        let (mut flags, _file) =
            flags("[hooks]\nrestart = 'of the file'\nolder = 'of the file'\nnewer = 'of the file'");
        flags.hooks.hook_newer = Some("of the flags".to_owned());
        let env = |name: &str| (name == "SYNCPROOF_HOOK_OLDER").then(|| "of the environment".to_owned());
        let hooks = resolve(&flags, &env).expect("settled").target.hooks;
        let hook = |name: &str, line: &str| Some(syncproof_harness::targets::Hook::new(name, line));
        assert_eq!(hooks.restart, hook("restart", "of the file"));
        assert_eq!(hooks.older, hook("older", "of the environment"));
        assert_eq!(hooks.newer, hook("newer", "of the flags"));
        assert_eq!(hooks.add_member, None);
        assert_eq!(flags.beside_the_target(None), ["--hook-newer", "of the flags"]);
    }

    #[test]
    fn an_image_is_read_with_its_port_and_environment() {
        let (mut flags, _file) = flags("[container]\nimage = 'x'\nport = 80\nenv = { A = '1', B = '2' }");
        flags.image = Some("registry:5000/y:3".to_owned());
        flags.env = vec!["B=3=4".to_owned(), "C".to_owned()];
        let env = |name: &str| (name == "C").then(|| "own".to_owned());
        let image = resolve(&flags, &env).expect("settled").target.reach.image.expect("an image");
        assert_eq!((image.name.as_str(), image.tag.as_str(), image.port), ("registry:5000/y", "3", 80));
        let environment: std::collections::BTreeMap<_, _> = image.environment.into_iter().collect();
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(environment, [pair("A", "1"), pair("B", "3=4"), pair("C", "own")].into());
        assert!(resolve(&flags, &|_| None).expect_err("no value").message.contains("--env C"));
    }

    #[test]
    fn a_stronger_layer_of_credentials_hides_the_weaker_ones() {
        let (flags, _file) = flags("[credentials]\nheader = 'X: {user}'");
        let env = |name: &str| (name == "SYNCPROOF_JWT_SECRET").then(|| "secret".to_owned());
        let mints = |env: &dyn Fn(&str) -> Option<String>| {
            resolve(&flags, env).expect("settled").target.credentials.expect("credentials").minter().is_some()
        };
        assert!(mints(&env) && !mints(&|_| None));
    }

    #[test]
    fn the_provider_comes_from_the_strongest_layer_that_names_it() {
        let (mut flags, _file) = flags("[credentials]\nheader = 'X: {user}'\nprovider = 'of the file'");
        let env = |name: &str| (name == "SYNCPROOF_PROVIDER").then(|| "of the environment".to_owned());
        let provider = |flags: &TargetArgs, env: &dyn Fn(&str) -> Option<String>| {
            resolve(flags, env).expect("settled").target.credentials.expect("credentials").provider().to_owned()
        };
        assert_eq!(provider(&flags, &|_| None), "of the file");
        assert_eq!(provider(&flags, &env), "of the environment");
        flags.credential.provider = Some("of the flags".to_owned());
        assert_eq!(provider(&flags, &env), "of the flags");
        assert_eq!(flags.beside_the_target(None), ["--provider", "of the flags"]);
        let header = CredentialArgs { header: Some("X: {user}".into()), ..CredentialArgs::default() };
        let plain = TargetArgs { credential: header, ..TargetArgs::default() };
        assert_eq!(provider(&plain, &|_| None), syncproof_harness::credential::DEFAULT_PROVIDER);
    }

    #[test]
    fn a_repeating_command_bears_the_flags_that_were_given() {
        let flags = TargetArgs {
            target: vec!["http://x:1".into()],
            credential: CredentialArgs { header: Some("X: {user}".into()), ..CredentialArgs::default() },
            capabilities: Some("members".into()),
            ..TargetArgs::default()
        };
        assert_eq!(
            flags.beside_the_target(Some(Path::new("s.toml"))),
            ["--config", "s.toml", "--capabilities", "members", "--header", "X: {user}"]
        );
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        let trouble = |toml: &str| {
            let (flags, _file) = flags(toml);
            let trouble = resolve(&flags, &|_| None).expect_err("wrong");
            assert_eq!(trouble.exit, Exit::Usage);
            trouble.message
        };
        assert!(trouble("targte = 'x'").contains("targte"));
        assert!(trouble("target = 'nonsense'").contains("nonsense"));
        assert!(trouble("target = 'ftp://x'").contains("https://"));
        assert!(trouble("target = '127.0.0.1:8787'").contains("did you mean http://127.0.0.1:8787?"));
        assert!(trouble("target = ['http://a:1', 'http://a:1/']").contains("twice"));
        assert!(trouble("target = ['http://a:1', 'http://a:2']\nexec = 'x'").contains("one address"));
        assert!(trouble("target = 'http://a:1'\ninstances = 2").contains("several --target"));
        assert!(trouble("instances = 0").contains("instances"));
        assert!(trouble("exec = 'x'\n[container]\nimage = 'y'").contains("--exec"));
        assert!(trouble("[container]\nimage = 'y:'").contains("y:"));
        assert!(trouble("[container]\nport = 80").contains("image"));
        assert!(trouble("[hooks]\nadd_members = 'y'").contains("add_members"));
        assert!(trouble("[reports]\nxml = 'x'").contains("unknown format `xml`"));
        assert!(trouble("capabilities = ['snapshots']").contains("snapshots"));
        assert!(trouble("[credentials]\nheader = 'X: {user}'\ncommand = 'y'").contains("more than one"));
        assert!(trouble("[credentials]\njwt_secret_file = '/no/such/file'").contains("/no/such/file"));
    }
}
