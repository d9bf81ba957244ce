//! Generators of large volumes: more members, ops and bytes than most sequences have.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::json;

use super::plan::StepPlan;
use crate::sequence::{Draft, EXTRA_USERS, Member, Step, User, VersionRef, WorkspaceRef};
use syncproof_protocol::wire::Operation;

/// Where it happens.
const AT: WorkspaceRef = WorkspaceRef::Home(0);
/// The op ids of the large batches: above those of other drafts, and below those of copies.
const IDS: [u32; 2] = [200, 201];
/// A batch that is large, and no more.
pub(super) const LARGE_BATCH: u16 = 30;
/// A crowd of members. There are more in sequences that are about that.
const CROWD: User = 30;
/// How many ops of a large batch are sent again: more than a careless server looks up at once.
pub(super) const REPEATED: u16 = 130;
/// A batch of not quite a megabyte: copies of an op, and the length of a text in each.
const LONG: (u16, usize) = (24, 40_000);
/// The op ids of these batches.
const LONG_IDS: u32 = 340;

/// More than a careless server can handle.
pub(super) fn volume() -> BoxedStrategy<StepPlan> {
    // Many small ops; bodies of half a megabyte, of two and of three and a half, and one of more than four.
    let many = select(vec![(600, 0), (1000, 0), (15, 40_000), (60, 40_000), (90, 40_000), (110, 40_000)]);
    let many = many.prop_map(|(copies, length)| StepPlan::Steps(many_ops(copies, length)));
    // More than a server puts on one page.
    let long = select(vec![3, 6, 11]).prop_map(|count| StepPlan::Steps(long_pages(AT, count)));
    let crowd = select(vec!["editor", "viewer"]).prop_map(|role| StepPlan::Steps(many_members(role)));
    prop_oneof![4 => many, 2 => long, 1 => crowd].boxed()
}

/// A put with so many copies, and a text of that length in each, if that is not 0.
pub(super) fn many(id: u32, table: &str, copies: u16, length: usize) -> Draft {
    let mut draft = Draft::new(id, Operation::Put, table, &format!("many-{id}"), 1);
    draft.copies = Some(copies);
    if length > 0 {
        draft.set_field("filling", json!("x".repeat(length)));
    }
    draft
}

/// Many ops at once, others after them, and the first ones again; and all of them read.
fn many_ops(copies: u16, length: usize) -> Vec<Step> {
    let push = |id, copies, length| Step::Push { by: 0, at: AT, ops: vec![many(id, "threads", copies, length)] };
    vec![
        push(IDS[0], copies, length),
        push(IDS[1], LARGE_BATCH, 0),
        push(IDS[0], REPEATED.min(copies), length),
        Step::Pull { by: 0, at: AT, cursor: VersionRef::At(0), limit: 1000, tables: None },
    ]
}

/// So many batches of a megabyte, read to the end in pages of as many changes as may be.
pub(super) fn long_pages(at: WorkspaceRef, count: u32) -> Vec<Step> {
    let (copies, length) = LONG;
    let push = |number: u32| Step::Push { by: 0, at, ops: vec![many(LONG_IDS + number, "posts", copies, length)] };
    let follow = Step::Follow { by: 0, at, cursor: VersionRef::At(0), limit: 1000, tables: None };
    (0..count).map(push).chain([follow]).collect()
}

/// More members than fit in one page of a careless list.
fn many_members(role: &str) -> Vec<Step> {
    let add = |member| Step::AddMember { by: 0, at: AT, member: Member::User(member), role: role.to_owned() };
    (EXTRA_USERS..EXTRA_USERS + CROWD).map(add).chain([Step::Members { by: 0, at: AT }]).collect()
}
