//! The life of a large world, in phases: it grows, many devices read it, it ages and is collected while it is in use, and
//! then everything happens again.

use proptest::prelude::*;
use proptest::sample::select;

use super::plan::{StepPlan, deletes, retention_after};
use super::pool::pool;
use super::script::Script;
use super::users::{USERS, user};
use super::volume::REPEATED;
use super::{step, text};
use crate::sequence::{Draft, Step, VersionRef, WorkspaceRef};
use syncproof_protocol::family::Family;
use syncproof_protocol::wire::Operation;

/// Where the world is.
const AT: WorkspaceRef = WorkspaceRef::Home(0);
/// The op ids of the many: above those of other drafts, and below those of copies.
const MANY_ID: u32 = 330;
/// How many ops make it large: around the sizes at which servers divide what they read and write.
const SIZES: [u16; 16] = [49, 50, 51, 90, 99, 100, 101, 127, 128, 129, 200, 255, 256, 257, 300, 400];
/// How many devices there are beside those whose ids are easily confused.
const CROWDS: [usize; 4] = [0, 0, 9, 10];
/// The most steps of a phase.
const MAX_STEPS: usize = 9;
/// How many ops of the pool are sent again at once.
const AGAIN: usize = 5;
/// The size of the large batches when the log is written again.
const BATCH: usize = 200;

/// What a phase ends with: devices read, time passes, and a user collects.
#[derive(Debug, Clone)]
struct Ageing {
    /// Whether the first device stays behind.
    is_slow: bool,
    seconds: u8,
    /// Whether records are deleted when the rest is old.
    deletes: bool,
    by: u8,
}

impl Ageing {
    fn steps(&self, devices: &[String], pool: &[Draft]) -> Vec<Step> {
        // Those that read now and then would keep everything where they left off.
        let usual =
            (0..USERS).flat_map(|by| text::USUAL_DEVICES.map(|device| (by, device.to_owned(), VersionRef::Head(0))));
        let reads = devices.iter().enumerate().map(|(place, device)| {
            let version = if self.is_slow && place == 0 { VersionRef::Head(-9) } else { VersionRef::Head(0) };
            (0, device.clone(), version)
        });
        let reads = usual.chain(reads).map(|(by, device, version)| Step::Cursor { by, at: AT, device, version });
        let young = deletes(pool);
        let young = (self.deletes && !young.is_empty()).then_some(Step::Push { by: 0, at: AT, ops: young });
        let look = |cursor| Step::Pull { by: 0, at: AT, cursor, limit: 1000, tables: None };
        let retention = retention_after(self.seconds);
        let collect = Step::Collect { by: self.by, at: AT, retention, only: None };
        let end = [collect, look(VersionRef::At(0)), look(VersionRef::Head(-9))];
        reads.chain([Step::Wait { seconds: self.seconds }]).chain(young).chain(end).collect()
    }
}

fn ageing() -> BoxedStrategy<Ageing> {
    let parts = (any::<bool>(), select(vec![2, 5]), any::<bool>(), user());
    parts.prop_map(|(is_slow, seconds, deletes, by)| Ageing { is_slow, seconds, deletes, by }).boxed()
}

/// The devices that read: some whose ids are easily confused, first, and others.
fn devices(family: Family) -> BoxedStrategy<Vec<String>> {
    let crowd = |count: usize| (0..count).map(|place| format!("one of many {place}"));
    let named = |names: Vec<&'static str>| names.into_iter().map(str::to_owned);
    (text::devices(family), select(&CROWDS[..]))
        .prop_map(move |(names, count)| named(names).chain(crowd(count)).collect())
        .boxed()
}

/// Lives with values and steps of that script.
pub(super) fn life(script: Script) -> BoxedStrategy<Vec<Step>> {
    let Script { theme, family, .. } = script;
    let phase = move || prop::collection::vec(step::plan(theme, family), 1..=MAX_STEPS);
    let world = (pool(theme, family), step::initial_members(theme), select(&SIZES[..]), devices(family));
    let phases = (phase(), ageing(), phase(), ageing(), phase());
    let reading = (0..100_u64, 1..5_u64, 1..5_u64);
    (world, phases, reading, step::ending())
        .prop_map(
            |(
                (pool, members, size, devices),
                (youth, first, middle, second, age),
                (order, limit, page_size),
                ending,
            )| {
                let planned = |plans: Vec<StepPlan>| plans.into_iter().flat_map(|plan| plan.into_steps(&pool));
                let push = |ops: Vec<Draft>| Step::Push { by: 0, at: AT, ops };
                let mut grown = Draft::new(MANY_ID, Operation::Put, "threads", "world", 1);
                grown.copies = Some(size);
                let some = Draft { copies: Some(size.min(REPEATED)), ..grown.clone() };
                let again = pool.chunks(AGAIN).map(|ops| push(ops.to_vec()));
                let mut steps = members;
                steps.extend(planned(youth));
                steps.extend([push(pool.clone()), push(vec![grown]), push(vec![some.clone()])]);
                steps.extend(first.steps(&devices, &pool));
                steps.extend(again.clone());
                steps.extend(planned(middle));
                steps.push(push(vec![some]));
                steps.extend(second.steps(&devices, &pool));
                steps.extend(again);
                steps.extend(planned(age));
                // Reads that are judged by themselves say more than a comparison of several.
                steps.push(Step::Follow { by: 0, at: AT, cursor: VersionRef::At(0), limit, tables: None });
                steps.push(Step::Snapshot { by: 0, at: AT, page_size, tables: None, between: Vec::new() });
                steps.push(Step::Rewrite { by: 0, at: AT, order, batch: BATCH });
                steps.extend(ending);
                steps
            },
        )
        .boxed()
}
