//! The suite against a changed server: a run, or a campaign.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, UNIX_EPOCH};

use serde_json::Value;
use tempfile::TempDir;

use crate::bounded;
use crate::outcome::Outcome;

/// The longest that a run may take; it ends with the first case that fails.
const RUN: Duration = Duration::from_secs(400);

/// How much longer than its time a campaign may take: it starts the server, and shrinks what it has found.
const MORE: Duration = Duration::from_secs(60);

/// The longest that all points of a loss of power may take.
const POWER: Duration = Duration::from_secs(900);

/// Everything that the reference server can do. It is declared, because a probe would pass over what a patch has broken.
const CAPABILITIES: &str = "members,gc,snapshot,applied,op_id_tie_break,private_notifications,launch,restart,instances,inspect,\
                            providers,bad_credentials";

/// A server, and how it is started.
pub(crate) struct Server<'a> {
    pub(crate) program: PathBuf,
    /// What its arguments are besides the usual ones.
    pub(crate) arguments: &'a [String],
    /// The generated mutant that is on.
    pub(crate) switch: Option<usize>,
}

impl Server<'_> {
    fn command(&self) -> String {
        let switch = self.switch.map(|number| format!("env SYNCPROOF_SWITCH={number} ")).unwrap_or_default();
        let further: String = self.arguments.iter().map(|argument| format!(" '{argument}'")).collect();
        let program = self.program.display();
        format!("{switch}'{program}' --listen 127.0.0.1:{{port}} --gc-min-retention-seconds 1{further}")
    }
}

/// What came of a run or a campaign.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The suite has judged the server.
    Given(Outcome),
    /// It has not.
    Missing {
        /// Its exit code; `None` if it was ended at the end of its time.
        code: Option<i32>,
        /// The last line that it wrote.
        said: String,
    },
}

impl Verdict {
    fn outcome(self) -> Result<Outcome, String> {
        match self {
            Self::Given(outcome) => Ok(outcome),
            Self::Missing { code, said } => Err(format!("the suite came to no verdict ({code:?}): {said}")),
        }
    }
}

/// The suite's command.
pub(crate) struct Suite {
    program: PathBuf,
    /// The working directory, and where reports go.
    folder: TempDir,
}

impl Suite {
    /// With the program at this path.
    pub(crate) fn new(program: PathBuf) -> Result<Self, String> {
        if !program.is_file() {
            return Err(format!(
                "{} does not exist: build it (`cargo build`), or name it with --syncproof",
                program.display()
            ));
        }
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        Ok(Self { program, folder })
    }

    /// Tells apart commands that are not the same.
    pub(crate) fn fingerprint(&self) -> Result<String, String> {
        let told = |error: std::io::Error| format!("{}: {error}", self.program.display());
        let file = fs::metadata(&self.program).map_err(told)?;
        let built = file.modified().map_err(told)?.duration_since(UNIX_EPOCH).unwrap_or_default();
        Ok(format!("suite of {} bytes, built at {}", file.len(), built.as_secs()))
    }

    /// The cases that one of the patterns matches, or all.
    pub(crate) fn run(&self, server: &Server<'_>, patterns: &[String]) -> Result<Outcome, String> {
        self.judge(&mut self.cases(server, patterns), RUN)?.outcome()
    }

    /// A suite that fails the server as it is would notice every fault.
    pub(crate) fn check_unchanged(&self, server: &Server<'_>) -> Result<(), String> {
        match self.run(server, &[])? {
            Outcome::Survives => Ok(()),
            Outcome::Killed { requirement, case } => {
                Err(format!("the server as it is fails {case} ({requirement}): mend that first"))
            }
        }
    }

    /// The cases that one of the patterns matches, or all, once: a case that fails is not tried again.
    pub(crate) fn run_once(&self, server: &Server<'_>, patterns: &[String]) -> Result<Verdict, String> {
        self.judge(self.cases(server, patterns).args(["--reruns", "0"]), RUN)
    }

    fn cases(&self, server: &Server<'_>, patterns: &[String]) -> Command {
        let mut command = self.command("run", server);
        command.args(["--level", "should"]);
        for pattern in patterns {
            command.args(["--filter", pattern]);
        }
        command
    }

    /// A campaign of that length.
    pub(crate) fn campaign(&self, server: &Server<'_>, time: Duration) -> Result<Outcome, String> {
        let mut command = self.command("fuzz", server);
        command.args(["--shrink", "1", "--time", &time.as_secs().to_string()]);
        self.judge(&mut command, time + MORE)?.outcome()
    }

    /// A loss of power at as many points, in the harsher of the two models.
    pub(crate) fn power_loss(&self, server: &Server<'_>, points: u32) -> Result<Outcome, String> {
        let mut command = Command::new(&self.program);
        command.current_dir(self.folder.path()).args([
            "power-loss",
            "--format",
            "json",
            "--seed",
            "1",
            "--model",
            "posix",
        ]);
        command.args(["--points", &points.to_string(), "--exec", &server.command(), "--capabilities", CAPABILITIES]);
        let output = self.folder.path().join("output");
        let code = bounded::run(&mut command, &output, POWER)?;
        let said = fs::read_to_string(&output).unwrap_or_default();
        match code {
            Some(0) => Ok(Outcome::Survives),
            Some(1) => Ok(Outcome::Killed {
                requirement: "durable.acknowledged-survives-power-loss".into(),
                case: "a loss of power".into(),
            }),
            _ => Err(format!(
                "power-loss came to no verdict ({code:?}): {}",
                said.trim().lines().last().unwrap_or_default()
            )),
        }
    }

    fn command(&self, name: &str, server: &Server<'_>) -> Command {
        let serve = server.command();
        // Of the server as it is: a patch is not to be hidden by what it breaks in a hook.
        let hook = |flags: &str| format!("'{}' serve --database {{database}} {flags}", self.program.display());
        let mut command = Command::new(&self.program);
        command.current_dir(self.folder.path()).arg(name).arg("--fail-fast");
        command.args(["--exec", &serve, "--instances", "2", "--capabilities", CAPABILITIES]);
        command.args(["--hook-count-tombstones", &hook("--count-tombstones {workspace}")]);
        command.args(["--hook-older", &hook("--rewrite-schema older")]);
        command.args(["--hook-newer", &hook("--rewrite-schema newer")]);
        command.arg("--report").arg(format!("json={}", self.report().display()));
        command
    }

    fn report(&self) -> PathBuf {
        self.folder.path().join("report.json")
    }

    fn judge(&self, command: &mut Command, limit: Duration) -> Result<Verdict, String> {
        let output = self.folder.path().join("output");
        let _ = fs::remove_file(self.report());
        let code = bounded::run(command, &output, limit)?;
        if code == Some(0) {
            return Ok(Verdict::Given(Outcome::Survives));
        }
        let report = fs::read(self.report()).ok().and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
        if let Some(killed) = report.as_ref().and_then(first_failure) {
            return Ok(Verdict::Given(killed));
        }
        let said = fs::read_to_string(&output).unwrap_or_default();
        Ok(Verdict::Missing { code, said: said.trim().lines().last().unwrap_or_default().to_owned() })
    }
}

/// The first cause of failures, with a case that fails or stops at it, or the first finding of a campaign.
fn first_failure(report: &Value) -> Option<Outcome> {
    let first = |of: &Value, key: &str| of.get(key).and_then(Value::as_array).and_then(|list| list.first()).cloned();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    if let Some(finding) = first(report, "findings") {
        return Some(Outcome::Killed { requirement: text(&finding["requirement"])?, case: "a campaign".into() });
    }
    let cause = first(report, "causes")?;
    let case = first(&cause, "cases").or_else(|| first(&cause, "blocked"))?;
    Some(Outcome::Killed { requirement: text(&cause["requirement"])?, case: text(&case)? })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Server, first_failure};
    use crate::outcome::Outcome;

    #[test]
    fn a_server_is_started_with_its_switch_and_its_arguments() {
        let arguments = ["--strict".to_owned()];
        let mut server = Server { program: "/a b".into(), arguments: &arguments, switch: Some(7) };
        let rest = "'/a b' --listen 127.0.0.1:{port} --gc-min-retention-seconds 1 '--strict'";
        assert_eq!(server.command(), format!("env SYNCPROOF_SWITCH=7 {rest}"));
        server.switch = None;
        assert_eq!(server.command(), rest);
    }

    #[test]
    fn what_failed_first_is_read_from_both_reports() {
        let killed = |requirement: &str, case: &str| {
            Some(Outcome::Killed { requirement: requirement.into(), case: case.into() })
        };
        let cause =
            |cases: &[&str], blocked: &[&str]| json!({ "requirement": "a.d", "cases": cases, "blocked": blocked });
        assert_eq!(first_failure(&json!({ "causes": [cause(&["a/c"], &["a/e"])] })), killed("a.d", "a/c"));
        assert_eq!(first_failure(&json!({ "causes": [cause(&[], &["a/e"])] })), killed("a.d", "a/e"));
        assert_eq!(first_failure(&json!({ "causes": [] })), None);
        assert_eq!(first_failure(&json!({ "findings": [{ "requirement": "a.d" }] })), killed("a.d", "a campaign"));
    }
}
