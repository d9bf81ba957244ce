//! A case for the unit tests of this crate, which does nothing.

use syncproof_harness::case::{Case, Homes, Stage};

/// It is about pulls.
pub(crate) static CASE: Case = Case {
    id: "pull/a-case",
    requirements: &["pull.complete"],
    needs: &[],
    stage: Stage::Main,
    homes: Homes::New,
    summary: "",
    run: |_| Box::pin(async { Ok(()) }),
};
