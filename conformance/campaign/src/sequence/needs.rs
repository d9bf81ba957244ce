//! The endpoints that a step needs.

use super::step::Step;
use super::token_misuse::TokenMisuse;
use super::workspace_ref::WorkspaceRef;
use syncproof_protocol::endpoint::{self, Endpoint};
use syncproof_protocol::wire::Collected;

impl Step {
    /// The endpoints that it cannot do without.
    #[must_use]
    pub fn endpoints(&self) -> Vec<&'static Endpoint> {
        let mut needed: Vec<&'static Endpoint> = match self {
            Step::Session { .. } | Step::SessionAtOnce { .. } => vec![&endpoint::SESSION],
            Step::List { .. } => vec![&endpoint::LIST_WORKSPACES],
            Step::Create { .. } => vec![&endpoint::CREATE_WORKSPACE],
            Step::Rename { .. } | Step::RenameAtOnce { .. } => vec![&endpoint::RENAME_WORKSPACE],
            Step::Delete { .. } => vec![&endpoint::DELETE_WORKSPACE],
            Step::Activate { .. } => vec![&endpoint::ACTIVATE],
            Step::ActivateAtOnce { .. } => vec![&endpoint::ACTIVATE, &endpoint::SESSION, &endpoint::LIST_WORKSPACES],
            Step::Members { .. } => vec![&endpoint::LIST_MEMBERS],
            Step::AddMember { .. } => vec![&endpoint::ADD_MEMBER],
            Step::ChangeRole { .. } | Step::DemoteAtOnce { .. } => vec![&endpoint::CHANGE_MEMBER],
            Step::RemoveMember { .. } => vec![&endpoint::REMOVE_MEMBER],
            Step::Push { .. } => vec![&endpoint::PUSH],
            Step::PushAtOnce { .. } => vec![&endpoint::PUSH, &endpoint::PULL],
            Step::Pull { .. } | Step::Follow { .. } | Step::Reread { .. } => vec![&endpoint::PULL],
            Step::Cursor { .. } => vec![&endpoint::UPDATE_CURSOR],
            Step::Snapshot { between, .. } if between.is_empty() => vec![&endpoint::SNAPSHOT],
            Step::Snapshot { .. } => vec![&endpoint::SNAPSHOT, &endpoint::PUSH],
            Step::Rewrite { .. } => {
                vec![&endpoint::PULL, &endpoint::SNAPSHOT, &endpoint::CREATE_WORKSPACE, &endpoint::PUSH]
            }
            Step::Token { misuse, .. } => match misuse {
                TokenMisuse::Deleted => vec![&endpoint::SNAPSHOT, &endpoint::DELETE_WORKSPACE],
                TokenMisuse::Collected => vec![&endpoint::SNAPSHOT, &endpoint::GC_TOMBSTONES],
                TokenMisuse::Elsewhere(_) => vec![&endpoint::SNAPSHOT, &endpoint::CREATE_WORKSPACE],
                _ => vec![&endpoint::SNAPSHOT],
            },
            Step::Collect { only, .. } => match only {
                Some(Collected::Log) => vec![&endpoint::GC_CHANGE_LOG, &endpoint::PULL],
                Some(Collected::Tombstones) => vec![&endpoint::GC_TOMBSTONES],
                None => vec![&endpoint::GC_CHANGE_LOG, &endpoint::GC_TOMBSTONES, &endpoint::PULL],
            },
            Step::Renew { .. } => vec![&endpoint::SESSION],
            Step::Spoilt { spoil, .. } => vec![spoil.call.endpoint()],
            Step::Malformed { call, .. } => vec![call.endpoint()],
            Step::Forged { .. } | Step::Expire { .. } => {
                vec![&endpoint::SESSION, &endpoint::LIST_WORKSPACES, &endpoint::PULL, &endpoint::PUSH]
            }
            Step::Compare { .. } => vec![
                &endpoint::RENAME_WORKSPACE,
                &endpoint::DELETE_WORKSPACE,
                &endpoint::ACTIVATE,
                &endpoint::PUSH,
                &endpoint::PULL,
            ],
            Step::Route { .. } | Step::Wait { .. } | Step::Restart { .. } | Step::Anonymous { .. } => Vec::new(),
        };
        let syncs = needed.iter().any(|endpoint| endpoint.is_sync());
        if syncs && self.at().is_some_and(|at| self.by().map(WorkspaceRef::Home) != Some(at)) {
            needed.push(&endpoint::ACTIVATE);
        }
        needed
    }
}
