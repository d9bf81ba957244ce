//! Isolation: what one workspace must not do to another.

use super::super::mutant::Mutant;
use super::super::switch::Switch;

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant::new(
        "global-primary-key",
        Switch::GlobalPrimaryKey,
        &["isolation.same-pk"],
        "Records are keyed without the workspace: a pk that another has fails the batch with 500.",
    )
    .finding(1),
    Mutant::new(
        "versions-global",
        Switch::VersionsGlobal,
        &["isolation.versions", "push.contiguous-versions"],
        "Versions are counted across workspaces.",
    ),
    Mutant::new(
        "pull-leaks",
        Switch::PullLeaks,
        &["isolation.pull"],
        "A pull shows other workspaces' changes to records of the same key.",
    ),
    Mutant::new(
        "pull-open-to-all",
        Switch::PullOpenToAll,
        &["isolation.scope-checked"],
        "A pull asks for no membership.",
    ),
    Mutant::new(
        "sync-existence-leaks",
        Switch::SyncExistenceLeaks,
        &["workspace.stranger"],
        "The sync endpoints answer 403 for a foreign workspace and 404 for an unknown one.",
    ),
    Mutant::new(
        "token-opens-foreign",
        Switch::TokenOpensForeign,
        &["isolation.snapshot-token"],
        "A page token opens the workspace that it was made for, in any other.",
    ),
    Mutant::new(
        "cursors-global",
        Switch::CursorsGlobal,
        &["isolation.cursor"],
        "Cursors are kept by device alone, so that a low one in another workspace goes back and gets 500.",
    ),
];
