//! The names that nearly every case uses: users and their journals, ops, answers, checks, and how a check ends.

pub(crate) use serde_json::{Value, json};

pub(crate) use crate::support::checks::{
    has_only_home, is_only_member, list_is_unchanged, one_succeeds, outcome, still_serves, user_and_workspace,
};
pub(crate) use crate::support::users::{active_member, new_active_member, new_owner_of, owner_of, users};
pub(crate) use syncproof_harness::cases;
pub(crate) use syncproof_harness::client::{Answer, Client, Request};
pub(crate) use syncproof_harness::world::pages::{entries, versions};
pub(crate) use syncproof_harness::world::sync::{push_body, successes};
pub(crate) use syncproof_harness::world::{
    Context, EndpointCall, Journal, SessionView, User, at_once, fold, item_json, member_path, members_path,
    send_together, workspace_path,
};
pub(crate) use syncproof_protocol::capability::Capability;
pub(crate) use syncproof_protocol::endpoint::{self, Filling};
pub(crate) use syncproof_protocol::failure::{Checked, Failure, Setup as _, Stop};
pub(crate) use syncproof_protocol::op::{Op, change_json};
pub(crate) use syncproof_protocol::table::TABLES;
pub(crate) use syncproof_protocol::wire::{
    Change, CreatedAnswer, ErrorCode, Id, Item, MembersAnswer, OkAnswer, Operation, PullAnswer, PushAnswer, Revision,
    Role, Session, SessionAnswer, SnapshotAnswer, Workspace, WorkspacesAnswer,
};
