//! A user who syncs: push, pull, cursor, snapshot.
//!
//! Before a request in a workspace the workspace is activated, since a server may allow sync only in the active one
//! (section 2 of the requirements). The `…_unactivated` methods skip that step, for requests that must be refused. The
//! `…_ok` methods must succeed; the others return the answer.

use serde_json::{Value, json};

use super::endpoint_call::EndpointCall;
use super::user::User;
use crate::client::Answer;
use syncproof_protocol::endpoint::{self, Filling};
use syncproof_protocol::failure::Checked;
use syncproof_protocol::json::compact_length;
use syncproof_protocol::op::Op;
use syncproof_protocol::wire::{Change, Id, Item, OkAnswer, Operation, PushAnswer};

/// Changes in a page when the whole log is read.
pub(super) const PULL_LIMIT: u64 = 1000;
/// Items in a page when the whole snapshot is read.
pub(super) const SNAPSHOT_PAGE_SIZE: u64 = 500;

/// The most ops in a batch that every server takes, and their most bytes of JSON (section 4 of the requirements).
const BATCH_OPS: usize = 100;
const BATCH_BYTES: usize = 512 * 1024;

/// These ops in batches that every server takes.
#[must_use]
pub fn batches(ops: &[Op]) -> Vec<&[Op]> {
    let (mut batches, mut start, mut bytes) = (Vec::new(), 0, 0);
    for (place, op) in ops.iter().enumerate() {
        let length = compact_length(&op.json());
        if place - start == BATCH_OPS || (place > start && bytes + length > BATCH_BYTES) {
            batches.push(&ops[start..place]);
            (start, bytes) = (place, 0);
        }
        bytes += length;
    }
    batches.extend((start < ops.len()).then(|| &ops[start..]));
    batches
}

/// The body of a push.
#[must_use]
pub fn push_body(workspace: &Id, ops: &[Op]) -> Value {
    json!({"scope": {"workspaceId": workspace}, "ops": ops.iter().map(Op::json).collect::<Vec<_>>()})
}

impl User {
    /// Pushes without activating the workspace first.
    pub async fn push_unactivated(&self, workspace: &Id, ops: &[Op]) -> Answer {
        self.post(endpoint::PUSH.path, &push_body(workspace, ops)).await
    }

    /// Pulls without activating the workspace first.
    pub async fn pull_unactivated(&self, workspace: &Id, cursor: u64, limit: u64) -> Answer {
        let body = json!({"scope": {"workspaceId": workspace}, "cursor": cursor, "limit": limit});
        self.post(endpoint::PULL.path, &body).await
    }

    /// Moves a cursor without activating the workspace first.
    pub async fn update_cursor_unactivated(&self, workspace: &Id, device_id: &str, version: u64) -> Answer {
        let body = json!({"scope": {"workspaceId": workspace}, "deviceId": device_id, "version": version});
        self.post(endpoint::UPDATE_CURSOR.path, &body).await
    }

    /// Asks for a first page of a snapshot without activating the workspace first.
    pub async fn snapshot_unactivated(&self, workspace: &Id, page_size: u64) -> Answer {
        let body = json!({"scope": {"workspaceId": workspace}, "pageSize": page_size});
        self.post(endpoint::SNAPSHOT.path, &body).await
    }

    /// Asks to collect what is older than that, without activating the workspace first. `path` says whether to collect
    /// the change log or the tombstones.
    pub async fn collect_unactivated(&self, path: &str, workspace: &Id, retention_seconds: u64) -> Answer {
        let body = json!({"scope": {"workspaceId": workspace}, "retentionSeconds": retention_seconds});
        self.post(path, &body).await
    }

    /// Calls every sync endpoint that the target has, without activating the workspace first: pushes new ops and these
    /// known ones, reads and collects.
    pub async fn sync_all_unactivated(&self, workspace: &Id, known: &[Op]) -> Vec<Answer> {
        let label = format!("attempt in {workspace}");
        let new = [self.put("threads", &label).clock(1_000), self.delete("kv", &label).clock(1_000)];
        let filling = Filling { ops: &new, ..Filling::of(workspace, &self.id) };
        let mut answers = vec![self.pull_unactivated(workspace, 1, 1).await];
        for endpoint in self.context().endpoints().filter(|endpoint| endpoint.is_sync()) {
            answers.push(self.send(EndpointCall::new(endpoint, &filling).request()).await);
        }
        if !known.is_empty() {
            answers.push(self.push_unactivated(workspace, known).await);
        }
        answers
    }

    /// Pushes a batch.
    ///
    /// # Errors
    /// Fails the setup when the workspace cannot be activated.
    pub async fn push(&self, workspace: &Id, ops: &[Op]) -> Checked<Answer> {
        self.activate_unless_active(workspace).await?;
        Ok(self.push_unactivated(workspace, ops).await)
    }

    /// Pushes a batch in which every op must succeed: each result names its op, is a success and has a version. Returns
    /// the versions in the order of the ops.
    ///
    /// # Errors
    /// Fails that requirement when an op does not succeed.
    pub async fn push_ok(&self, workspace: &Id, ops: &[Op], requirement: &'static str) -> Checked<Vec<u64>> {
        let answer = self.push(workspace, ops).await?;
        successes(&answer, ops, requirement)
    }

    /// Pulls one page.
    ///
    /// # Errors
    /// Fails the setup when the workspace cannot be activated.
    pub async fn pull(&self, workspace: &Id, cursor: u64, limit: u64) -> Checked<Answer> {
        self.activate_unless_active(workspace).await?;
        Ok(self.pull_unactivated(workspace, cursor, limit).await)
    }

    /// Pulls one page with that body, to which the scope is added.
    ///
    /// # Errors
    /// Fails the setup when the workspace cannot be activated.
    pub async fn pull_with(&self, workspace: &Id, mut body: Value) -> Checked<Answer> {
        self.activate_unless_active(workspace).await?;
        body["scope"] = json!({"workspaceId": workspace});
        Ok(self.post(endpoint::PULL.path, &body).await)
    }

    /// The whole change log after a cursor, read page by page, and the answer with the last page.
    ///
    /// # Errors
    /// Fails that requirement when a page is not valid, or when the cursor does not advance.
    pub async fn log_after(
        &self,
        workspace: &Id,
        cursor: u64,
        limit: u64,
        requirement: &'static str,
    ) -> Checked<(Vec<Change>, Answer)> {
        self.pull_pages(workspace, limit, requirement).after(cursor).rest().await
    }

    /// The change log of these tables, and the answer with the last page. An empty list means all tables.
    ///
    /// # Errors
    /// As [`User::log_after`].
    pub async fn log_of_tables(
        &self,
        workspace: &Id,
        tables: &Value,
        requirement: &'static str,
    ) -> Checked<(Vec<Change>, Answer)> {
        self.pull_pages(workspace, PULL_LIMIT, requirement).of_tables(tables).rest().await
    }

    /// The whole change log, and the answer with the last page.
    ///
    /// # Errors
    /// As [`User::log_after`].
    pub async fn log(&self, workspace: &Id, requirement: &'static str) -> Checked<(Vec<Change>, Answer)> {
        self.log_after(workspace, 0, PULL_LIMIT, requirement).await
    }

    /// The highest version of the workspace, by reading its log.
    ///
    /// # Errors
    /// As [`User::log_after`].
    pub async fn head(&self, workspace: &Id, requirement: &'static str) -> Checked<u64> {
        let (changes, _) = self.log(workspace, requirement).await?;
        let before = self.context().collected_through(workspace);
        Ok(changes.last().map_or(before, |change| change.server_version))
    }

    /// Moves a cursor.
    ///
    /// # Errors
    /// Fails the setup when the workspace cannot be activated.
    pub async fn update_cursor(&self, workspace: &Id, device_id: &str, version: u64) -> Checked<Answer> {
        self.activate_unless_active(workspace).await?;
        Ok(self.update_cursor_unactivated(workspace, device_id, version).await)
    }

    /// Moves a cursor.
    ///
    /// # Errors
    /// Fails that requirement when it is refused.
    pub async fn update_cursor_ok(
        &self,
        workspace: &Id,
        device_id: &str,
        version: u64,
        requirement: &'static str,
    ) -> Checked {
        self.update_cursor(workspace, device_id, version).await?.read::<OkAnswer>(requirement)?;
        Ok(())
    }

    /// Asks for a page of a snapshot with that body, to which the scope is added.
    ///
    /// # Errors
    /// Fails the setup when the workspace cannot be activated.
    pub async fn snapshot(&self, workspace: &Id, mut body: Value) -> Checked<Answer> {
        self.activate_unless_active(workspace).await?;
        body["scope"] = json!({"workspaceId": workspace});
        Ok(self.post(endpoint::SNAPSHOT.path, &body).await)
    }

    /// Every item of a new snapshot, read in pages of that size, the watermark, and the answer with the last page.
    ///
    /// # Errors
    /// Fails that requirement when a page is not valid, or when the pages do not end.
    pub async fn snapshot_in_pages(
        &self,
        workspace: &Id,
        page_size: u64,
        requirement: &'static str,
    ) -> Checked<(Vec<Item>, u64, Answer)> {
        self.snapshot_pages(workspace, page_size, requirement).rest().await
    }

    /// Every row and tombstone of the workspace, and the answer with the last page.
    ///
    /// # Errors
    /// As [`User::snapshot_in_pages`].
    pub async fn items(&self, workspace: &Id, requirement: &'static str) -> Checked<(Vec<Item>, Answer)> {
        let (items, _, answer) = self.snapshot_in_pages(workspace, SNAPSHOT_PAGE_SIZE, requirement).await?;
        Ok((items, answer))
    }
}

/// The versions from the answer to a push in which every op must succeed.
///
/// # Errors
/// Fails that requirement when the push is refused, or when a result is not a success or has no version; fails
/// `push.results-mirror-ops` when a result is missing or in the wrong place.
pub fn successes(answer: &Answer, ops: &[Op], requirement: &'static str) -> Checked<Vec<u64>> {
    let body: PushAnswer = answer.read(requirement)?;
    let asked: Vec<&str> = ops.iter().map(Op::id).collect();
    let answered: Vec<&str> = body.results.iter().map(|result| result.op_id.as_str()).collect();
    answer.equal("push.results-mirror-ops", "the results of a push do not name its ops in order", asked, answered)?;
    let mut versions = Vec::with_capacity(ops.len());
    for (index, result) in body.results.iter().enumerate() {
        match result.server_version.filter(|version| result.success && *version > 0) {
            Some(version) => versions.push(version),
            None => {
                let (op, pk) = (&ops[index], ops[index].pk());
                let message = format!(
                    "op {} of {} in a push, a {} of '{pk}' in {}, does not succeed, although it is valid",
                    index + 1,
                    ops.len(),
                    json!(op.operation()).as_str().unwrap_or_default(),
                    op.table(),
                );
                let actual = serde_json::to_string(result).unwrap_or_default();
                let is_delete = op.operation() == Operation::Delete;
                let rule = match requirement.split('.').next() {
                    Some("http") if requirement == "http.no-5xx" => "push.all-tables",
                    // Nothing in these chapters is about refusing a delete.
                    Some("lww" | "push" | "pull" | "snapshot" | "gc" | "concurrent") if is_delete => "push.all-tables",
                    _ => requirement,
                };
                return Err(answer.fails(rule, message, "success: true and a serverVersion", actual));
            }
        }
    }
    Ok(versions)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_are_whole_and_neither_long_nor_large() {
        let op = |size: usize| Op::put("kv", "pk", &json!("user")).mark(&"x".repeat(size));
        let ops: Vec<Op> = [vec![op(1); 150], vec![op(300_000); 3], vec![op(1)]].concat();
        let batches = batches(&ops);
        assert_eq!(batches.iter().map(|batch| batch.len()).collect::<Vec<_>>(), [100, 51, 1, 2]);
        assert!(super::batches(&[]).is_empty());
    }
}
