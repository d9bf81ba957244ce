//! The endpoint of a call: by which method and under which path it is asked.

use crate::sequence::Call;
use syncproof_harness::world::{members_path, workspace_path};
use syncproof_protocol::wire::Id;

/// The method and the path of that call, on that workspace where the path names one.
pub fn endpoint(call: Call, at: &Id) -> (reqwest::Method, String) {
    let path = match call {
        Call::Push => "/api/sync/push".to_owned(),
        Call::Pull => "/api/sync/pull".to_owned(),
        Call::Cursor => "/api/sync/update-cursor".to_owned(),
        Call::Snapshot => "/api/sync/snapshot".to_owned(),
        Call::CollectLog => "/api/sync/gc-change-log".to_owned(),
        Call::CollectTombstones => "/api/sync/gc-tombstones".to_owned(),
        Call::Create => "/api/workspaces".to_owned(),
        Call::Rename => workspace_path(at),
        Call::Activate => "/api/workspaces/active".to_owned(),
        Call::AddMember => members_path(at),
    };
    let method = if call == Call::Rename { reqwest::Method::PATCH } else { reqwest::Method::POST };
    (method, path)
}
