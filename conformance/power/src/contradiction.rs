//! Contradictions: what was acknowledged before a point, and is not what clients see after it.

use std::collections::BTreeMap;

use crate::fact::Batch;
use crate::recording::Recording;
use crate::seen::Seen;
use syncproof_protocol::wire::Change;

/// What kind of loss it is. Of each kind the first is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LossKind {
    /// The server does not start.
    NoStart,
    /// A user is another one, or has no session.
    Session,
    /// A workspace is gone.
    Workspace,
    /// A log cannot be read.
    Log,
    /// An acknowledged op is gone, or has another version or content.
    Op,
    /// Of a batch there is a part.
    Batch,
    /// Versions repeat, or leave some out.
    Versions,
    /// The server takes no write.
    Write,
}

/// One thing that is not as it has to be.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Contradiction {
    /// What kind of loss it is.
    pub kind: LossKind,
    /// The position of the journal at which it was acknowledged; the point itself where nothing was.
    pub acknowledged: usize,
    /// What is not as it has to be, in a sentence without a full stop.
    pub says: String,
}

/// What a server that lost its power after `at` changes must not show, and does.
pub(crate) fn contradictions(recording: &Recording, seen: &Seen, at: usize) -> Vec<Contradiction> {
    let mut found = Vec::new();
    let mut add = |kind, acknowledged, says| found.push(Contradiction { kind, acknowledged, says });
    let name = |user: usize| recording.users.get(user).map_or("a user", |user| user.name.as_str());
    for login in recording.logins.iter().filter(|login| login.at <= at) {
        let user = name(login.user);
        match seen.sessions.get(&login.user) {
            Some(Ok(session)) if session.user.id == login.id => {}
            Some(Ok(session)) => {
                let says = format!("{user} logged in as {}, and is {} now", login.id, session.user.id);
                add(LossKind::Session, login.at, says);
            }
            Some(Err(said)) => add(LossKind::Session, login.at, format!("the session of {user} gets {said}")),
            None => {}
        }
    }
    let homes = recording.logins.iter().map(|login| (login.user, login.at, &login.home, None));
    let made = recording.creations.iter().map(|made| (made.user, made.at, &made.id, Some(made.name.as_str())));
    for (user, acknowledged, id, called) in homes.chain(made).filter(|(_, when, ..)| *when <= at) {
        match seen.workspaces.get(&user) {
            Some(Ok(list)) => {
                let is_it = |(listed, title): &(_, String)| listed == id && called.is_none_or(|called| called == title);
                if !list.iter().any(is_it) {
                    let says = format!("workspace {id} is not in the list of {}", name(user));
                    add(LossKind::Workspace, acknowledged, says);
                }
            }
            Some(Err(said)) => {
                add(LossKind::Workspace, acknowledged, format!("the list of workspaces of {} gets {said}", name(user)));
            }
            None => {}
        }
    }
    let known = known_workspaces(recording, at);
    for ((user, workspace), log) in &seen.logs {
        // What was seen may be of a later point that leaves the same disk.
        let Some(acknowledged) = known.get(&(*user, workspace.clone())) else { continue };
        let of_it = |batch: &&Batch| batch.user == *user && batch.workspace.to_string() == *workspace;
        let batches: Vec<&Batch> = recording.batches.iter().filter(of_it).collect();
        match log {
            Ok(log) => of_log(&batches, log, workspace, at, &mut add),
            Err(said) => add(LossKind::Log, *acknowledged, format!("the log of workspace {workspace} gets {said}")),
        }
    }
    if let Err(said) = &seen.write {
        add(LossKind::Write, at, format!("a push after the loss gets {said}"));
    }
    found
}

/// The workspaces that were acknowledged, by user and id, and the position at which they were.
fn known_workspaces(recording: &Recording, at: usize) -> BTreeMap<(usize, String), usize> {
    let homes = recording.logins.iter().map(|login| (login.user, &login.home, login.at));
    let made = recording.creations.iter().map(|made| (made.user, &made.id, made.at));
    let known = homes.chain(made).filter(|(_, _, when)| *when <= at);
    known.map(|(user, id, when)| ((user, id.to_string()), when)).collect()
}

fn of_log(
    batches: &[&Batch],
    log: &[Change],
    workspace: &str,
    at: usize,
    add: &mut impl FnMut(LossKind, usize, String),
) {
    let by_id: BTreeMap<&str, &Change> = log.iter().map(|change| (change.stamp.op_id.as_str(), change)).collect();
    for batch in batches {
        let there = batch.ops.iter().filter(|op| by_id.contains_key(op.id.as_str())).count();
        let all = batch.ops.len();
        let known = batch.acknowledged.as_ref().filter(|answer| answer.at <= at);
        if let Some(answer) = known {
            for (op, version) in batch.ops.iter().zip(&answer.versions) {
                let says = match by_id.get(op.id.as_str()) {
                    None => format!("op {} of workspace {workspace} had version {version}, and is gone", op.id),
                    Some(change) if change.server_version != *version => {
                        format!("op {} had version {version}, and has {} now", op.id, change.server_version)
                    }
                    Some(change) if !op.is(change) => format!("op {} has another content than was sent", op.id),
                    Some(_) => continue,
                };
                add(LossKind::Op, answer.at, says);
            }
        } else if there != 0 && there != all {
            add(LossKind::Batch, at, format!("of a batch of {all} ops to workspace {workspace} there are {there}"));
        } else if batch.ops.iter().any(|op| by_id.get(op.id.as_str()).is_some_and(|change| !op.is(change))) {
            add(LossKind::Batch, at, format!("an op to workspace {workspace} has another content than was sent"));
        }
    }
    let gap = (1..).zip(log).find(|(expected, change)| change.server_version != *expected);
    if let Some((expected, change)) = gap {
        let says =
            format!("in workspace {workspace} version {} follows where {expected} has to", change.server_version);
        add(LossKind::Versions, at, says);
    }
}
