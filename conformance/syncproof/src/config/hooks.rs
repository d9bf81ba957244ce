//! The operator's hooks, from flags, the environment and `[hooks]` of `syncproof.toml`.

use serde::Deserialize;

use syncproof_harness::targets::{Hook, Hooks};

/// The flags of the hooks. A command gets each value as `{name}`, quoted for the shell, and as SYNCPROOF_NAME.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct HookArgs {
    /// Command that makes {user} a member of {workspace} with {role}, for a target without member endpoints
    /// [env: SYNCPROOF_HOOK_ADD_MEMBER]
    #[arg(long, value_name = "COMMAND", help_heading = "Hooks")]
    pub hook_add_member: Option<String>,
    /// Command that gives {user}, a member of {workspace}, the {role} [env: SYNCPROOF_HOOK_SET_ROLE]
    #[arg(long, value_name = "COMMAND", help_heading = "Hooks")]
    pub hook_set_role: Option<String>,
    /// Command that removes {user} from {workspace} [env: SYNCPROOF_HOOK_REMOVE_MEMBER]
    #[arg(long, value_name = "COMMAND", help_heading = "Hooks")]
    pub hook_remove_member: Option<String>,
    /// Command that prints how many tombstones {workspace} has [env: SYNCPROOF_HOOK_COUNT_TOMBSTONES]
    #[arg(long, value_name = "COMMAND", help_heading = "Hooks")]
    pub hook_count_tombstones: Option<String>,
    /// Command that restarts the target cleanly [env: SYNCPROOF_HOOK_RESTART]
    #[arg(long, value_name = "COMMAND", help_heading = "Hooks")]
    pub hook_restart: Option<String>,
    /// Command that changes the database at {database}, of a stopped server, to an older version
    /// [env: SYNCPROOF_HOOK_OLDER]
    #[arg(long, value_name = "COMMAND", help_heading = "Hooks")]
    pub hook_older: Option<String>,
    /// Command that changes the database at {database}, of a stopped server, to a newer version
    /// [env: SYNCPROOF_HOOK_NEWER]
    #[arg(long, value_name = "COMMAND", help_heading = "Hooks")]
    pub hook_newer: Option<String>,
}

impl HookArgs {
    /// The flags as they were given.
    pub(super) fn flags(&self) -> [(&'static str, Option<String>); 7] {
        [
            ("--hook-add-member", self.hook_add_member.clone()),
            ("--hook-set-role", self.hook_set_role.clone()),
            ("--hook-remove-member", self.hook_remove_member.clone()),
            ("--hook-count-tombstones", self.hook_count_tombstones.clone()),
            ("--hook-restart", self.hook_restart.clone()),
            ("--hook-older", self.hook_older.clone()),
            ("--hook-newer", self.hook_newer.clone()),
        ]
    }
}

/// `[hooks]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct FileHooks {
    add_member: Option<String>,
    set_role: Option<String>,
    remove_member: Option<String>,
    count_tombstones: Option<String>,
    restart: Option<String>,
    older: Option<String>,
    newer: Option<String>,
}

/// Each hook from the strongest layer that names it.
pub(super) fn resolve(flags: &HookArgs, env: &impl Fn(&str) -> Option<String>, file: FileHooks) -> Hooks {
    let hook = |name: &str, flag: &Option<String>, in_file: Option<String>| {
        let variable = format!("SYNCPROOF_HOOK_{}", name.to_uppercase());
        let line = flag.clone().or_else(|| env(&variable)).or(in_file).filter(|line| !line.trim().is_empty());
        line.map(|line| Hook::new(name, line))
    };
    Hooks {
        add_member: hook("add_member", &flags.hook_add_member, file.add_member),
        set_role: hook("set_role", &flags.hook_set_role, file.set_role),
        remove_member: hook("remove_member", &flags.hook_remove_member, file.remove_member),
        count_tombstones: hook("count_tombstones", &flags.hook_count_tombstones, file.count_tombstones),
        restart: hook("restart", &flags.hook_restart, file.restart),
        older: hook("older", &flags.hook_older, file.older),
        newer: hook("newer", &flags.hook_newer, file.newer),
    }
}
