//! Starts the target, if it is not running already: the reference server, a command, or a container.

use std::ffi::OsString;

use crate::config::TargetSettings;
use syncproof_harness::exit::CliError;
use syncproof_harness::targets as target;
use syncproof_harness::targets::{Hooks, Launcher, ManagedServer, START_TIMEOUT, TargetControls};
use syncproof_protocol::capability::{Capabilities, Capability};

/// Processes that a case starts on one store of the reference server, by default.
const INSTANCES: usize = 2;

/// A running target, and what is known about it.
pub(crate) struct Started {
    pub(crate) base: String,
    pub(crate) launcher: Option<Launcher>,
    pub(crate) controls: TargetControls,
    /// The server, if the suite started it.
    pub(crate) process: Option<ManagedServer>,
    pub(crate) description: String,
    /// Its capabilities, if they are known beforehand.
    pub(crate) known: Option<Capabilities>,
}

/// Starts the target that the settings describe, or takes the running one.
///
/// # Errors
/// When it cannot be started.
pub(crate) async fn start(settings: &TargetSettings) -> Result<Started, CliError> {
    let reach = &settings.reach;
    let hooks = settings.hooks.clone();
    if let (Some((base, siblings)), None) = (reach.targets.split_first(), &reach.exec) {
        let controls = TargetControls { siblings: siblings.to_vec(), hooks, ..TargetControls::default() };
        let (base, description) = (base.clone(), reach.targets.join(" and "));
        return Ok(Started { base, launcher: None, controls, process: None, description, known: None });
    }
    let secret = match (&settings.secret, &settings.credentials) {
        (Some(secret), _) => Some(secret.clone()),
        (None, None) => Some(fresh_secret()),
        (None, Some(_)) => None,
    };
    if let Some(image) = &reach.image {
        return start_image(image.clone(), secret, hooks).await;
    }
    let (mut launcher, description, known, hooks, instances) = match &reach.exec {
        Some(command) => {
            // SIGTERM reaches the shell and the server. The shell has to wait for the server and return its exit
            // status, instead of ending at once.
            let waiting = format!("trap : TERM\n{command}");
            let arguments: Vec<OsString> = vec!["sh".into(), "-c".into(), waiting.into()];
            let fixed_base = reach.targets.first().cloned();
            let launcher = Launcher {
                arguments,
                secret,
                settings: settings.startup.clone(),
                fixed_base,
                start_timeout: START_TIMEOUT,
            };
            (launcher, format!("`{command}`"), None, hooks, reach.instances.unwrap_or(1))
        }
        None => {
            let secret = secret.ok_or_else(|| {
                CliError::usage(
                    "the reference server takes JWTs only: give --jwt-secret-file, or no credentials at all",
                )
            })?;
            let launcher = crate::reference::launcher(&secret, &[]).map_err(CliError::fault)?;
            let own = crate::reference::hooks().map_err(CliError::fault)?;
            let known = Some(crate::reference::capabilities());
            let instances = reach.instances.unwrap_or(INSTANCES);
            (launcher, "the reference server".to_owned(), known, hooks_or(hooks, own), instances)
        }
    };
    launcher.start_timeout = launcher.start_timeout.mul_f64(settings.pace.time_scale);
    let process = ManagedServer::start(&launcher).await;
    let process = process.map_err(|reason| CliError::target(format!("{description}: {reason}")))?;
    let database = process.database().map(std::path::Path::to_owned);
    let controls = TargetControls { siblings: Vec::new(), instances, image: None, database, hooks };
    let base = process.base().to_owned();
    Ok(Started { base, launcher: Some(launcher), controls, process: Some(process), description, known })
}

async fn start_image(image: target::Image, secret: Option<String>, hooks: Hooks) -> Result<Started, CliError> {
    let description = format!("the image {}:{}", image.name, image.tag);
    let process = ManagedServer::start_image(&image, secret.as_deref()).await;
    let process = process.map_err(|reason| CliError::target(format!("{description}: {reason}")))?;
    let controls = TargetControls { image: Some((image, secret)), hooks, ..TargetControls::default() };
    let base = process.base().to_owned();
    Ok(Started { base, launcher: None, controls, process: Some(process), description, known: None })
}

fn hooks_or(given: Hooks, own: Hooks) -> Hooks {
    Hooks {
        add_member: given.add_member.or(own.add_member),
        set_role: given.set_role.or(own.set_role),
        remove_member: given.remove_member.or(own.remove_member),
        count_tombstones: given.count_tombstones.or(own.count_tombstones),
        restart: given.restart.or(own.restart),
        older: given.older.or(own.older),
        newer: given.newer.or(own.newer),
    }
}

/// 256 bits, which HS256 asks for (RFC 7518, section 3.2).
fn fresh_secret() -> String {
    format!("{}{}", uuid::Uuid::new_v4().simple(), uuid::Uuid::new_v4().simple())
}

/// Adds the capabilities that follow from what the suite can do to the target. Removes those that were declared
/// although the suite has no means to use them.
pub(crate) fn apply_controls(capabilities: &mut Capabilities, launcher: Option<&Launcher>, controls: &TargetControls) {
    let starts = launcher.is_some_and(|launcher| launcher.fixed_base.is_none());
    let restarts = starts || controls.image.is_some() || controls.hooks.restart.is_some();
    let several = !controls.siblings.is_empty() || (starts && controls.instances > 1);
    let means = [
        (Capability::Launch, starts, false),
        (Capability::Restart, restarts, controls.image.is_some() || controls.hooks.restart.is_some()),
        (Capability::Instances, several, several),
        (Capability::Inspect, controls.hooks.count_tombstones.is_some(), true),
        (Capability::Invite, controls.hooks.add_member.is_some(), true),
        (Capability::Manage, controls.hooks.manage_members(), true),
    ];
    for (capability, there, follows) in means {
        if !there {
            capabilities.remove(&capability);
        } else if follows {
            capabilities.insert(capability);
        }
    }
}
