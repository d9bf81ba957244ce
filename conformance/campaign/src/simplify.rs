//! Simpler steps: the same step with one unusual thing less.

use serde_json::Map;

use super::smaller_values::{less, less_fields, shorter_texts};
use crate::sequence::{Draft, Step, TokenMisuse, VersionRef, WorkspaceRef};
use syncproof_protocol::wire::{Collected, Operation};

/// The simplest table.
const TABLE: &str = "threads";
/// The simplest key.
const PK: &str = "a";
/// Keys that are as simple where several are needed.
pub(super) const SIMPLE_PKS: [&str; 4] = [PK, "b", "c", "d"];
/// A page that holds everything.
const ALL: u64 = 1000;

/// Steps that are simpler than this one, the simplest first. Each differs from it, and simplifying never leads back to it.
pub(super) fn simpler_steps(step: &Step) -> Vec<Step> {
    let mut found = Vec::new();
    let mut offer = |change: &dyn Fn(&mut Step)| {
        let mut candidate = step.clone();
        change(&mut candidate);
        if candidate != *step {
            found.push(candidate);
        }
    };
    offer(&|step| {
        if let Some(by) = step.by_mut() {
            *by = 0;
        }
    });
    offer(&|step| {
        if let Some(at) = step.at_mut() {
            *at = WorkspaceRef::Home(0);
        }
    });
    // A second device of the same user does as well as another user's.
    offer(&|step| {
        if let Step::Cursor { by, device, .. } = step
            && *by != 0
        {
            (*by, *device) = (0, "phone".to_owned());
        }
    });
    // Often a user only has to be there.
    if let Some(by) = step.by()
        && !matches!(step, Step::Session { .. } | Step::List { .. })
    {
        offer(&|step| *step = Step::Session { by });
    }
    // Or only has to stand in the workspace, as whoever syncs there does.
    if let Some((by, at)) = step.by().zip(step.at())
        && !matches!(step, Step::Activate { .. } | Step::Compare { .. })
    {
        offer(&|step| *step = Step::Activate { by, at });
    }
    // A snapshot shows what these read, too.
    offer(&|step| {
        if let Step::Collect { by, at, .. } | Step::Reread { by, at, .. } | Step::Rewrite { by, at, .. } = step {
            *step = Step::Snapshot { by: *by, at: *at, page_size: ALL, tables: None, between: Vec::new() };
        }
    });
    // A collection alone needs no second page.
    offer(&|step| {
        if let Step::Token { by, at, misuse: TokenMisuse::Collected } = step {
            *step = Step::Collect { by: *by, at: *at, retention: 1, only: Some(Collected::Tombstones) };
        }
    });
    // What reads with several credentials may show in any list.
    offer(&|step| {
        if let Step::Expire { by } | Step::Renew { by } = step {
            *step = Step::List { by: *by };
        }
    });
    // Or a pull.
    offer(&|step| {
        if let Step::Reread { by, at, .. } | Step::Rewrite { by, at, .. } = step {
            *step = Step::Pull { by: *by, at: *at, cursor: VersionRef::At(0), limit: ALL, tables: None };
        }
    });
    // One page holds everything.
    offer(&|step| {
        if let Step::Follow { by, at, cursor, tables, .. } = step {
            *step = Step::Pull { by: *by, at: *at, cursor: *cursor, limit: ALL, tables: tables.take() };
        }
    });
    offer(&|step| match step {
        Step::Pull { limit, .. } | Step::Follow { limit, .. } => *limit = ALL,
        Step::Snapshot { page_size, .. } => *page_size = ALL,
        Step::Reread { limit, .. } => *limit = ALL,
        Step::Rewrite { order, .. } => *order = 0,
        _ => {}
    });
    offer(&|step| match step {
        Step::Pull { tables, .. } | Step::Follow { tables, .. } | Step::Snapshot { tables, .. } => *tables = None,
        _ => {}
    });
    offer(&|step| match step {
        Step::Reread { page_size, .. } => *page_size = ALL,
        Step::Rewrite { batch, .. } => *batch = 1,
        _ => {}
    });
    offer(&|step| match step {
        Step::Pull { cursor, .. } | Step::Follow { cursor, .. } => *cursor = VersionRef::At(0),
        Step::Cursor { version, .. } => *version = VersionRef::Head(0),
        _ => {}
    });
    offer(&|step| match step {
        Step::Create { description, .. } | Step::Rename { description, .. } => *description = None,
        _ => {}
    });
    offer(&|step| match step {
        Step::Create { id, .. } => *id = None,
        Step::Collect { only, .. } => *only = None,
        _ => {}
    });
    offer(&|step| match step {
        Step::Create { name, .. } | Step::Rename { name, .. } => "name".clone_into(name),
        Step::Cursor { device, .. } => "laptop".clone_into(device),
        _ => {}
    });
    for (place, draft) in step.ops().iter().enumerate() {
        found.extend(simpler_drafts(draft).into_iter().filter_map(|simpler| {
            let mut candidate = step.clone();
            *candidate.ops_mut()?.get_mut(place)? = simpler;
            Some(candidate)
        }));
    }
    found
}

/// Ops that are simpler than this one, the simplest first.
pub(super) fn simpler_drafts(draft: &Draft) -> Vec<Draft> {
    let with = |change: &dyn Fn(&mut Draft)| {
        let mut candidate = draft.clone();
        change(&mut candidate);
        candidate
    };
    let plainer = CHANGES.iter().map(|change| with(&|draft| change(draft))).filter(|plainer| plainer != draft);
    let fields = less_fields(&draft.fields).into_iter().map(|fields| with(&|draft| draft.fields.clone_from(&fields)));
    let payloads =
        draft.payload.iter().flat_map(less).map(|payload| with(&|draft| draft.payload = Some(payload.clone())));
    let keys = shorter_texts(&draft.pk).into_iter().map(|pk| with(&|draft| draft.pk.clone_from(&pk)));
    let hlcs =
        draft.hlc.iter().flat_map(|hlc| shorter_texts(hlc)).map(|hlc| with(&|draft| draft.hlc = Some(hlc.clone())));
    let fewer =
        draft.copies.filter(|copies| *copies > 2).into_iter().flat_map(|copies| [copies / 2, copies - copies / 8]);
    let fewer = fewer.map(|copies| with(&|draft| draft.copies = Some(copies)));
    plainer.chain(fewer).chain(fields).chain(payloads).chain(keys).chain(hlcs).collect()
}

/// Changes that make an op simpler.
const CHANGES: [fn(&mut Draft); 14] = [
    |draft| draft.id_form = None,
    |draft| draft.copies = None,
    |draft| draft.workspace = None,
    |draft| (draft.fields, draft.payload) = (Map::new(), None),
    |draft| draft.without.clear(),
    |draft| draft.wire.clear(),
    |draft| draft.missing.clear(),
    |draft| draft.device = None,
    |draft| draft.named = None,
    |draft| draft.hlc = None,
    |draft| TABLE.clone_into(&mut draft.table),
    |draft| PK.clone_into(&mut draft.pk),
    |draft| draft.op = Operation::Put,
    |draft| draft.clock = 1,
];
