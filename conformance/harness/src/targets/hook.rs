//! Hooks: commands of the operator for actions that the protocol does not offer.

use std::time::Duration;

use tokio::process::Command;

use super::process::Process;

/// How long a hook may take.
const TIMEOUT: Duration = Duration::from_secs(60);
/// How much of the output of a hook an error repeats, in characters.
const MAX_SHOWN_CHARS: usize = 400;

/// One command, run by `sh -c`. Each value is in an environment variable, `SYNCPROOF_WORKSPACE` for `{workspace}`, and
/// replaces its placeholder as one shell-quoted word, so that no value can become a second command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hook {
    name: String,
    line: String,
}

/// The hooks of one target. Each of them makes more cases possible.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hooks {
    /// Makes `{user}` a member of `{workspace}` with `{role}`.
    pub add_member: Option<Hook>,
    /// Gives `{user}`, a member of `{workspace}`, the `{role}`.
    pub set_role: Option<Hook>,
    /// Removes `{user}` from `{workspace}`.
    pub remove_member: Option<Hook>,
    /// Prints how many tombstones `{workspace}` has, or only those in `{table}` when that is not empty.
    pub count_tombstones: Option<Hook>,
    /// Restarts the target gracefully on the same store.
    pub restart: Option<Hook>,
    /// Changes the database of a stopped server at `{database}` to an older version.
    pub older: Option<Hook>,
    /// Changes the database of a stopped server at `{database}` to a newer version.
    pub newer: Option<Hook>,
}

impl Hooks {
    /// The names of those that are given.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let Hooks { add_member, set_role, remove_member, count_tombstones, restart, older, newer } = self;
        let all = [add_member, set_role, remove_member, count_tombstones, restart, older, newer];
        all.into_iter().flatten().map(|hook| hook.name.as_str())
    }

    /// Whether members can be added, changed and removed with them.
    pub fn manage_members(&self) -> bool {
        [&self.add_member, &self.set_role, &self.remove_member].into_iter().all(Option::is_some)
    }
}

impl Hook {
    /// The hook with that name and command line.
    pub fn new(name: impl Into<String>, line: impl Into<String>) -> Self {
        Hook { name: name.into(), line: line.into() }
    }

    /// Runs it with these values. Returns the beginning of its standard output.
    ///
    /// # Errors
    /// A sentence with the output of the hook, when it cannot be started, fails, or does not end in time.
    pub async fn run(&self, values: &[(&str, &str)]) -> Result<String, String> {
        let broken = |what: String, printed: &str| {
            let printed = Some(shown(printed)).filter(|printed| !printed.is_empty());
            let printed = printed.map_or("nothing".to_owned(), |printed| format!("`{printed}`"));
            format!("the hook {} {what}; it printed {printed}", self.name)
        };
        let mut command = Command::new("sh");
        command.arg("-c").arg(self.filled(values));
        for (name, value) in values {
            command.env(format!("SYNCPROOF_{}", name.to_uppercase()), value);
        }
        let ended = Process::run(command, TIMEOUT).await;
        let ended = ended.map_err(|error| broken(format!("cannot be started: {error}"), ""))?;
        match ended.status {
            Some(status) if status.success() => Ok(ended.stdout),
            Some(status) => Err(broken(format!("failed ({status})"), &ended.output)),
            None => Err(broken(format!("did not end within {} s", TIMEOUT.as_secs()), &ended.output)),
        }
    }

    /// Runs it and reads the number that it prints.
    ///
    /// # Errors
    /// As [`Hook::run`]; also when it prints anything but one number.
    pub async fn count(&self, values: &[(&str, &str)]) -> Result<u64, String> {
        let printed = self.run(values).await?;
        printed.trim().parse().map_err(|_| {
            format!("the hook {} must print a number and nothing else; it printed `{}`", self.name, shown(&printed))
        })
    }

    /// The command line with values, filled in one pass, so that a value that looks like a placeholder stays as it is.
    fn filled(&self, values: &[(&str, &str)]) -> String {
        let mut filled = String::with_capacity(self.line.len());
        let mut rest = self.line.as_str();
        while let Some(start) = rest.find('{') {
            filled.push_str(&rest[..start]);
            rest = &rest[start..];
            let known =
                values.iter().find(|(name, _)| rest[1..].strip_prefix(name).is_some_and(|s| s.starts_with('}')));
            match known {
                Some((name, value)) => {
                    filled.push_str(&crate::shell::quoted(value));
                    rest = &rest[name.len() + 2..];
                }
                None => {
                    filled.push('{');
                    rest = &rest[1..];
                }
            }
        }
        filled.push_str(rest);
        filled
    }
}

/// The beginning of what a hook printed.
fn shown(printed: &str) -> String {
    printed.trim().chars().take(MAX_SHOWN_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::Hook;

    async fn run(line: &str, values: &[(&str, &str)]) -> Result<String, String> {
        Hook::new("try", line).run(values).await
    }

    #[tokio::test]
    async fn values_are_one_word_each_whatever_is_in_them() {
        for value in ["it's", "$(echo no)", "a b; echo no", "{user}", "`echo no`", "\"", "*", ""] {
            let values = [("workspace", value), ("user", "u")];
            assert_eq!(run("printf '%s|' {workspace} {user}", &values).await, Ok(format!("{value}|u|")));
            assert_eq!(run("printf %s \"$SYNCPROOF_WORKSPACE\"", &values).await, Ok(value.to_owned()));
        }
    }

    #[tokio::test]
    async fn what_is_no_placeholder_stays() {
        assert_eq!(run("printf %s '{other} ${HOME:+x} {'", &[("user", "u")]).await, Ok("{other} ${HOME:+x} {".into()));
    }

    #[tokio::test]
    async fn an_error_repeats_the_output_of_the_hook() {
        let error = run("echo out; echo no database >&2; exit 3", &[]).await.expect_err("it fails");
        assert!(error.contains("hook try") && error.contains("no database") && error.contains('3'), "{error}");
    }

    #[tokio::test]
    async fn a_count_is_a_number_on_standard_output_and_nothing_else() {
        let count = |line: &'static str| async move { Hook::new("count", line).count(&[]).await };
        assert_eq!(count("echo a warning >&2; echo ' 12'").await, Ok(12));
        for line in ["echo twelve", "echo 1; echo 2", "true", "echo -1"] {
            assert!(count(line).await.expect_err(line).contains("a number"), "{line}");
        }
    }

    #[tokio::test]
    async fn a_hook_that_prints_without_end_is_read_within_a_bound() {
        let printed = run("head -c 1000000 /dev/zero | tr '\\0' x", &[]).await.expect("it ends");
        assert!(printed.len() < 100_000, "{}", printed.len());
    }
}
