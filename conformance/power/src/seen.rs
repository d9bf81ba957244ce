//! What clients see of a server that was started on a disk.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::caller::Caller;
use crate::fact::User;
use crate::recording::Recording;
use syncproof_campaign::TargetHandle;
use syncproof_protocol::op::Op;
use syncproof_protocol::wire::{Change, Id, Session};

/// What was answered, or in words what came in place of an answer.
pub(crate) type Answered<T> = Result<T, String>;

/// What clients see.
#[derive(Debug)]
pub(crate) struct Seen {
    /// The sessions, by the place of the user.
    pub(crate) sessions: BTreeMap<usize, Answered<Session>>,
    /// The lists of workspaces, each with ids and names.
    pub(crate) workspaces: BTreeMap<usize, Answered<Vec<(Id, String)>>>,
    /// The logs, by user and workspace.
    pub(crate) logs: BTreeMap<(usize, String), Answered<Vec<Change>>>,
    /// Whether a push is taken and shown afterwards.
    pub(crate) write: Answered<()>,
}

impl Seen {
    /// Looks at everything that was acknowledged up to that position of the journal, then writes.
    ///
    /// # Errors
    /// When there are no credentials.
    pub(crate) async fn of(
        handle: &TargetHandle,
        base: &str,
        recording: &Recording,
        at: usize,
    ) -> Result<Self, String> {
        let mut seen =
            Seen { sessions: BTreeMap::new(), workspaces: BTreeMap::new(), logs: BTreeMap::new(), write: Ok(()) };
        let client = handle.anonymous(&handle.recorder()).at(base)?;
        let mut writer = None;
        for login in recording.logins.iter().filter(|login| login.at <= at) {
            let Some(user) = recording.users.get(login.user) else { continue };
            let caller = Caller::new(handle, user, &client).await?;
            seen.sessions.insert(login.user, caller.session().await);
            let listed = caller.workspaces().await;
            let listed = listed.map(|answer| answer.workspaces.into_iter().map(|one| (one.id, one.name)).collect());
            seen.workspaces.insert(login.user, listed);
            for workspace in written(recording, login.user, at) {
                seen.logs.insert((login.user, workspace.to_string()), caller.log(&workspace).await);
            }
            writer.get_or_insert(caller);
        }
        let writer = match writer {
            Some(writer) => writer,
            None => Caller::new(handle, &newcomer(handle, recording), &client).await?,
        };
        seen.write = write(&writer).await;
        Ok(seen)
    }
}

/// The workspaces that a user pushed to, as far as it was acknowledged that they are there.
fn written(recording: &Recording, user: usize, at: usize) -> Vec<Id> {
    let homes = recording.logins.iter().filter(|login| login.user == user && login.at <= at).map(|login| &login.home);
    let made = recording.creations.iter().filter(|made| made.user == user && made.at <= at).map(|made| &made.id);
    let pushed = |id: &&Id| recording.batches.iter().any(|batch| batch.user == user && batch.workspace == **id);
    homes.chain(made).filter(pushed).cloned().collect()
}

/// Somebody who never logged in.
fn newcomer(handle: &TargetHandle, recording: &Recording) -> User {
    let subject = format!("power-newcomer-{}", recording.seed);
    let (provider, email) = (handle.credentials().provider().to_owned(), format!("{subject}@example.test"));
    User { provider, subject, email, name: "newcomer".to_owned() }
}

/// Pushes one op where the user stands, and looks for it.
async fn write(caller: &Caller) -> Answered<()> {
    let session = caller.session().await?;
    let Some(workspace) = session.workspace else { return Err("a session without a workspace".to_owned()) };
    let op = Op::put("threads", "after-power-loss", &Value::from(session.user.id.to_string()));
    let answer = caller.push(&workspace.id, std::slice::from_ref(&op)).await?;
    let Some(version) = answer.results.first().filter(|result| result.success).and_then(|one| one.server_version)
    else {
        return Err("an answer by which the op is not taken".to_owned());
    };
    let log = caller.log(&workspace.id).await?;
    match log.iter().any(|change| change.server_version == version && change.stamp.op_id == op.id()) {
        true => Ok(()),
        false => Err(format!("version {version}, and the log does not show it")),
    }
}
