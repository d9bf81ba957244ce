//! Examines a target before a run: does it answer, does it accept the credentials, which capabilities does it have?

mod core;
mod first_file;
mod private_notifications;
mod probe;
mod probe_report;
mod single_push;
mod tables_apart;
mod tie_break;

pub(crate) use core::blockers;
pub(crate) use first_file::first_file;
pub(crate) use probe::probe;
pub(crate) use probe_report::{ProbeReport, ProbeResult};

use std::sync::Arc;
use std::time::Duration;

use syncproof_harness::client::Request;
use syncproof_harness::exit::CliError;
use syncproof_harness::targets as target;
use syncproof_harness::world::{Context, Run};
use syncproof_protocol::endpoint;
use syncproof_protocol::failure::Stop;
use syncproof_protocol::wire::SessionAnswer;

/// How long a running target may take to answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);
const REQUIREMENT: &str = "session.provisions-user";

/// Makes sure that the target answers and accepts the credentials.
///
/// # Errors
/// The target is down, or does not accept the credentials.
pub(crate) async fn check_access(run: &Arc<Run>) -> Result<(), CliError> {
    let base = &run.target.base;
    let patience = run.pace.scaled(ANSWER_TIMEOUT);
    if let Err(reason) = target::check_reachable(base, &run.target.tls, patience).await {
        let hint = match reason.contains("invalid peer certificate") {
            true => "; name the file of its CA with --ca-file, or accept any certificate with --insecure",
            false => "",
        };
        return Err(CliError::target(format!("the target at {base} cannot be reached: {reason}{hint}")));
    }
    let context = Context::new(Arc::clone(run), "doctor").map_err(CliError::fault)?;
    let login = match context.identity_with_client("doctor").await {
        Ok((_, client)) => client,
        Err(Stop::Skipped(reason)) => return Err(CliError::usage(reason)),
        Err(Stop::Failed(failure)) => return Err(CliError::usage(failure.actual)),
    };
    // Twice, since a server may fail at a first login and still accept the credential: that bug is for the cases to
    // find.
    for _ in 0..2 {
        let answer = login.send(Request::get(endpoint::SESSION.path)).await;
        match answer.read::<SessionAnswer>(REQUIREMENT) {
            Ok(SessionAnswer { session: None }) => {}
            _ if answer.is(&[401, 403]) => {}
            _ if answer.is(&[404, 405]) => {
                let message = format!("the server at {base} has no /api/auth/session: it does not speak this protocol");
                return Err(CliError::target(message));
            }
            _ => return Ok(()),
        }
    }
    let message = format!("the target at {base} does not take the credentials: its session stays null");
    Err(CliError::usage(message))
}
