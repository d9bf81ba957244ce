//! Traces that are cases: the build makes a case of every file in `regressions/`.

use crate::judged_sequence::judge;
use crate::sequence::Trace;
use crate::target_handle::TargetHandle;
use syncproof_harness::case::{Case, Homes, Stage};
use syncproof_harness::world::Context;
use syncproof_protocol::failure::{Checked, Stop};
use syncproof_protocol::requirement;

/// The id of each case with the text of its trace.
static TRACES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/regressions.rs"));

/// The cases. A file that holds no trace, or one that names no requirement, is none: a test says which.
#[must_use]
pub fn cases() -> Vec<Case> {
    TRACES.iter().filter_map(|(id, text)| case(id, text).ok()).collect()
}

fn case(id: &'static str, text: &str) -> Result<Case, String> {
    let trace = Trace::read(text.as_bytes()).map_err(|error| format!("{id}: {error}"))?;
    let requirement = trace.requirement.as_deref().and_then(requirement::find);
    let requirement = requirement.ok_or_else(|| format!("{id}: no requirement is named"))?;
    // Once a file, for as long as the program runs: the list of cases is made once.
    let (requirements, summary) = (Box::leak(Box::new([requirement.id])), Box::leak(trace.summary.into_boxed_str()));
    // Of several capabilities through which a requirement shows, one will do.
    let needs = requirement.capabilities.get(..1).unwrap_or_default();
    Ok(Case {
        id,
        requirements,
        needs,
        stage: Stage::Main,
        homes: Homes::New,
        summary,
        run: |context| Box::pin(replay(context)),
    })
}

async fn replay(context: Context) -> Checked {
    let text = TRACES.iter().find(|(id, _)| *id == context.case()).map_or("", |(_, text)| text);
    let trace = Trace::read(text.as_bytes()).map_err(|error| Stop::Skipped(error.to_string()))?;
    if !context.credentials().invents() {
        return Err(Stop::Skipped("a fixed list of users has nobody who is new".to_owned()));
    }
    judge(&context, &TargetHandle::of_case(&context), trace.steps).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_a_case() {
        let wrong: Vec<String> = TRACES.iter().filter_map(|(id, text)| case(id, text).err()).collect();
        assert!(wrong.is_empty(), "{wrong:?}");
        assert!(!TRACES.is_empty());
    }
}
