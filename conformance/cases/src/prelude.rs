//! The words that nearly every case is written in: people and their journals, ops, answers, and how a check ends.

pub(crate) use serde_json::{Value, json};

pub(crate) use syncproof_harness::cases;
pub(crate) use syncproof_harness::client::{Answer, Request};
pub(crate) use syncproof_harness::world::pages::{entries, versions};
pub(crate) use syncproof_harness::world::sync::{push_body, successes};
pub(crate) use syncproof_harness::world::{Context, Journal, User, at_once, fold, item_json, send_together};
pub(crate) use syncproof_protocol::capability::Capability;
pub(crate) use syncproof_protocol::failure::{Checked, Failure, Setup as _, Stop};
pub(crate) use syncproof_protocol::op::{Op, change_json};
pub(crate) use syncproof_protocol::table::TABLES;
pub(crate) use syncproof_protocol::wire::{
    Change, ErrorCode, Id, Item, OkAnswer, Operation, PullAnswer, PushAnswer, Revision, Role, SnapshotAnswer,
};
