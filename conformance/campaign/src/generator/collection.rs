//! Garbage collections: what gets old, which devices have read it, and what is read afterwards.

use proptest::prelude::*;
use proptest::sample::select;

use super::op::picks;
use super::page::{mark, size};
use super::plan::{ELSEWHERE, LateWrites, StepPlan};
use super::text;
use super::users::{USERS, place, user};
use crate::sequence::{Step, TokenMisuse, VersionRef, WorkspaceRef};
use syncproof_protocol::family::Family;
use syncproof_protocol::wire::Collected;

/// Devices read, time passes, and a user collects; then users read and write again.
pub(super) fn collection(family: Family) -> BoxedStrategy<StepPlan> {
    let at = prop_oneof![4 => Just(WorkspaceRef::Home(0)), 1 => place()];
    (at, text::devices(family)).prop_flat_map(|(at, devices)| collection_at(at, devices)).boxed()
}

fn collection_at(at: WorkspaceRef, devices: Vec<&'static str>) -> BoxedStrategy<StepPlan> {
    let version = prop_oneof![4 => Just(VersionRef::Head(0)), 2 => (-3..0_i64).prop_map(VersionRef::Head), 1 => mark()];
    let cursor = move |at: WorkspaceRef| {
        let moves = (user(), select(devices.clone()), version.clone());
        moves.prop_map(move |(by, device, version)| Step::Cursor { by, at, device: device.to_owned(), version })
    };
    let ageing = (prop::collection::vec(cursor(at), 0..4), select(vec![2, 5, 6])).prop_map(|(mut steps, seconds)| {
        steps.push(Step::Wait { seconds });
        steps
    });
    let elsewhere = prop_oneof![3 => Just(None), 1 => (picks(), cursor(ELSEWHERE)).prop_map(Some)];
    let young = prop_oneof![2 => Just(LateWrites::Nothing), 1 => Just(LateWrites::Deletes), 1 => picks().prop_map(LateWrites::Picks)];
    let leaves = (1..USERS).prop_map(|by| vec![Step::Activate { by, at: WorkspaceRef::Home(by) }]);
    let leaves = prop_oneof![3 => Just(Vec::new()), 1 => leaves];
    let retention = select(vec![1, 1, 3, 3, 3600, (1 << 32) + 1]);
    let collecting = (user(), retention, 0..10_u8).prop_map(move |(by, retention, way)| {
        let collect = |retention, only| Step::Collect { by, at, retention, only };
        match way {
            0 => vec![Step::Token { by, at, misuse: TokenMisuse::Collected }],
            1 => vec![collect(retention, Some(Collected::Tombstones))],
            2 => vec![collect(retention, Some(Collected::Log))],
            3 => vec![collect(1, Some(Collected::Log)), collect(3600, Some(Collected::Tombstones))],
            _ => vec![collect(retention, None)],
        }
    });
    let look = (user(), mark(), size(), text::tables()).prop_map(move |(by, cursor, limit, tables)| Step::Pull {
        by,
        at,
        cursor,
        limit,
        tables,
    });
    let late = prop_oneof![1 => Just(Vec::new()), 1 => picks()];
    let before = (picks(), ageing, elsewhere, young);
    let after = (prop::collection::vec(cursor(at), 0..2), leaves, collecting, look, late);
    (before, after)
        .prop_map(move |((old, ageing, elsewhere, young), (cursors, leaves, collecting, look, late))| {
            let collecting = [cursors, leaves, collecting, vec![look]].concat();
            StepPlan::Collection { at, old, ageing, elsewhere, young, collecting, late }
        })
        .boxed()
}
