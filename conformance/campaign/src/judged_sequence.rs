//! A sequence as a part of a case: what the oracle finds fails the case.

use crate::fresh_execution::execute_on;
use crate::performance::Finding;
use crate::sequence::Step;
use crate::target_handle::TargetHandle;
use crate::totals::left_out;
use syncproof_harness::world::Context;
use syncproof_protocol::failure::{Checked, Failure, Stop};

/// Executes a sequence as a part of a case.
///
/// # Errors
/// Fails the rule that an answer breaks.
pub(crate) async fn judge(context: &Context, handle: &TargetHandle, steps: Vec<Step>) -> Checked {
    let performance = execute_on(handle, &steps, context.shared_recorder()).await.map_err(Stop::Skipped)?;
    match performance.finding {
        Some(finding) => Err(broken(finding)),
        None if performance.left_out > 0 => Err(Stop::Skipped(left_out(performance.left_out).trim_end().to_owned())),
        None => Ok(()),
    }
}

fn broken(finding: Finding) -> Stop {
    let violation = finding.violation;
    let mut failure = Failure::new(violation.requirement, violation.message, violation.expected, violation.actual);
    failure.exchange = finding.exchange;
    failure.into()
}
