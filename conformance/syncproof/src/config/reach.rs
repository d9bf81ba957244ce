//! How the target is reached: by addresses, by a command, or by a container image. All of it comes from one layer of
//! settings.

use serde::Deserialize;

use super::address::check_address;
use super::target_args::TargetArgs;
use super::tls::TlsSettings;
use syncproof_harness::exit::CliError;
use syncproof_harness::targets::Image;

/// How many processes a case may start on one store at most.
const MAX_INSTANCES: u16 = 16;
/// The port inside a container by default: the reference server's own.
const PORT: u16 = 8787;

/// One string, or several.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum OneOrMore {
    One(String),
    More(Vec<String>),
}

impl From<OneOrMore> for Vec<String> {
    fn from(given: OneOrMore) -> Self {
        match given {
            OneOrMore::One(one) => vec![one],
            OneOrMore::More(more) => more,
        }
    }
}

/// `[container]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct FileContainer {
    image: Option<String>,
    port: Option<u16>,
    env: std::collections::BTreeMap<String, String>,
}

/// How the target is reached.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reach {
    /// Addresses of running servers on one store; none when the suite starts the target.
    pub targets: Vec<String>,
    /// Which certificates of https targets are accepted.
    pub tls: TlsSettings,
    /// Command that starts a server.
    pub exec: Option<String>,
    /// Image of the container that is the target.
    pub image: Option<Image>,
    /// How many processes a case may start on one store, when that was given.
    pub instances: Option<usize>,
    /// Whether all of this stands in the configuration file.
    pub is_of_file: bool,
}

impl Reach {
    /// The name of the target in reports, before it is reached.
    #[must_use]
    pub(crate) fn described(&self) -> String {
        let image = self.image.as_ref().map(|image| format!("{}:{}", image.name, image.tag));
        let targets = Some(self.targets.join(", ")).filter(|targets| !targets.is_empty());
        let target = image.or_else(|| self.exec.clone()).or(targets);
        target.unwrap_or_else(|| "the reference server".to_owned())
    }

    /// The flags that select the target again; none where the configuration file does.
    #[must_use]
    pub(crate) fn flags(&self) -> Vec<String> {
        let mut flags = Vec::new();
        if self.is_of_file {
            return flags;
        }
        let mut flag = |name: &str, value: String| flags.extend([name.to_owned(), value]);
        self.exec.iter().for_each(|exec| flag("--exec", exec.clone()));
        self.targets.iter().for_each(|target| flag("--target", target.clone()));
        if let Some(image) = &self.image {
            flag("--image", format!("{}:{}", image.name, image.tag));
            flag("--port", image.port.to_string());
            // Values of the environment may be secret; a name alone takes them from the environment again.
            image.environment.iter().for_each(|(name, _)| flag("--env", name.clone()));
        }
        self.instances.iter().for_each(|count| flag("--instances", count.to_string()));
        flags
    }
}

/// # Errors
/// When addresses, command and image contradict each other, or one of them cannot be read.
pub(super) fn resolve(
    flags: &TargetArgs,
    env: &impl Fn(&str) -> Option<String>,
    (target, exec, instances): (Option<OneOrMore>, Option<String>, Option<u16>),
    container: FileContainer,
) -> Result<Reach, CliError> {
    let listed =
        |text: String| text.split(',').map(|one| one.trim().to_owned()).filter(|one| !one.is_empty()).collect();
    let layers: [(Vec<String>, Option<String>, Option<String>); 3] = [
        (flags.target.clone(), flags.exec.clone(), flags.image.clone()),
        (env("SYNCPROOF_TARGET").map(listed).unwrap_or_default(), env("SYNCPROOF_EXEC"), env("SYNCPROOF_IMAGE")),
        (target.map(Vec::from).unwrap_or_default(), exec, container.image.clone()),
    ];
    let is_given = |(targets, exec, image): &(Vec<String>, _, _)| {
        !targets.is_empty() || Option::is_some(exec) || Option::is_some(image)
    };
    let strongest = layers.iter().position(is_given);
    let is_changed = flags.instances.is_some() || flags.port.is_some() || !flags.env.is_empty();
    let is_changed = is_changed || env("SYNCPROOF_INSTANCES").is_some() || env("SYNCPROOF_PORT").is_some();
    let is_of_file = !is_changed && strongest.is_none_or(|layer| layer == 2);
    let (targets, exec, image) = layers.into_iter().find(is_given).unwrap_or_default();
    for target in &targets {
        check_address(target)?;
    }
    let targets: Vec<String> = targets.iter().map(|target| target.trim_end_matches('/').to_owned()).collect();
    if let Some(twice) = (1..targets.len()).find(|place| targets[..*place].contains(&targets[*place])) {
        return Err(CliError::usage(format!("the target `{}` is given twice", targets[twice])));
    }
    if image.is_some() && (exec.is_some() || !targets.is_empty()) {
        return Err(CliError::usage(
            "a container image is a target of its own: give no --target and no --exec beside it",
        ));
    }
    if exec.is_some() && targets.len() > 1 {
        return Err(CliError::usage("beside --exec, --target says where that server listens: give one address"));
    }
    let of_image =
        flags.port.is_some() || !flags.env.is_empty() || container.port.is_some() || !container.env.is_empty();
    if image.is_none() && of_image {
        return Err(CliError::usage("a container's port or environment is given, and no image"));
    }
    let image = image.map(|image| read_image(&image, flags, env, container)).transpose()?;
    let instances = instances_of(flags, env, instances)?;
    if instances.is_some_and(|count| count > 1) && (image.is_some() || !targets.is_empty()) {
        let message = "--instances is for servers that the suite starts at ports of its choice; name running ones by \
            several --target";
        return Err(CliError::usage(message));
    }
    Ok(Reach { targets, exec, image, instances, is_of_file, ..Reach::default() })
}

fn instances_of(
    flags: &TargetArgs,
    env: &impl Fn(&str) -> Option<String>,
    in_file: Option<u16>,
) -> Result<Option<usize>, CliError> {
    let wrong = |text: &str| CliError::usage(format!("instances: `{text}` is no number from 1 to {MAX_INSTANCES}"));
    let in_env =
        env("SYNCPROOF_INSTANCES").map(|text| text.trim().parse::<u16>().map_err(|_| wrong(&text))).transpose()?;
    let count = flags.instances.or(in_env).or(in_file);
    match count {
        Some(count) if !(1..=MAX_INSTANCES).contains(&count) => Err(wrong(&count.to_string())),
        count => Ok(count.map(usize::from)),
    }
}

fn read_image(
    image: &str,
    flags: &TargetArgs,
    env: &impl Fn(&str) -> Option<String>,
    container: FileContainer,
) -> Result<Image, CliError> {
    let (name, tag) =
        Image::parse(image).ok_or_else(|| CliError::usage(format!("`{image}` is no name of an image")))?;
    let in_env = env("SYNCPROOF_PORT").map(|text| {
        text.trim().parse::<u16>().map_err(|_| CliError::usage(format!("SYNCPROOF_PORT: `{text}` is no port")))
    });
    let port = flags.port.or(in_env.transpose()?).or(container.port).unwrap_or(PORT);
    let mut environment: Vec<(String, String)> = container.env.into_iter().collect();
    for setting in &flags.env {
        environment.push(match setting.split_once('=') {
            Some((name, value)) if !name.is_empty() => (name.to_owned(), value.to_owned()),
            None if !setting.is_empty() => {
                // A value on the command line would be visible in the list of processes.
                let value = env(setting).ok_or_else(|| {
                    CliError::usage(format!("--env {setting}: no value, and the environment has none either"))
                })?;
                (setting.clone(), value)
            }
            _ => return Err(CliError::usage(format!("--env `{setting}` is no NAME=VALUE"))),
        });
    }
    Ok(Image { name, tag, port, environment })
}
