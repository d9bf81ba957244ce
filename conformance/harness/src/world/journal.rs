//! A workspace whose log the case can predict: what it must contain, and how a push must be answered.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::context::Context;
use super::expectation::{CONTIGUOUS, OF_VERSIONS, unless_about};
use super::pages::entries;
use super::sync::{batches, successes};
use super::user::User;
use crate::client::Answer;
use syncproof_protocol::failure::Checked;
use syncproof_protocol::op::{Op, change_json};
use syncproof_protocol::wire::{Id, Item, Role};

/// A workspace that only the case writes to, and the log that it must have by now.
#[derive(Debug, Clone)]
pub struct Journal {
    /// The user who writes.
    pub user: User,
    /// The workspace.
    pub workspace: Id,
    /// The requirement that is broken when a push or the log is not as predicted.
    pub requirement: &'static str,
    /// The log, from its first version on: 1, or in a home that was collected before the case began the next one after that.
    pub ops: Vec<Op>,
}

impl Journal {
    /// The empty home of a new user.
    ///
    /// # Errors
    /// As [`Context::user`].
    pub async fn open(context: &Context, requirement: &'static str) -> Checked<Self> {
        Ok(Journal::of(context.user("anna").await?, requirement))
    }

    /// As [`Journal::open`], and returns the user too.
    ///
    /// # Errors
    /// As [`Context::user`].
    pub async fn with_user(context: &Context, requirement: &'static str) -> Checked<(User, Self)> {
        let journal = Journal::open(context, requirement).await?;
        Ok((journal.user.clone(), journal))
    }

    /// The empty home of that user.
    #[must_use]
    pub fn of(user: User, requirement: &'static str) -> Self {
        Journal { workspace: user.home.clone(), user, requirement, ops: Vec::new() }
    }

    /// A new workspace of that user, in addition to their home.
    ///
    /// # Errors
    /// As [`User::new_workspace`].
    pub async fn beside(user: &User, name: &str, requirement: &'static str) -> Checked<Self> {
        let workspace = user.new_workspace(name).await?;
        Ok(Journal { workspace, ..Journal::of(user.clone(), requirement) })
    }

    /// Sets the requirement that is checked from now on.
    pub fn checks(&mut self, requirement: &'static str) -> &mut Self {
        self.requirement = requirement;
        self
    }

    /// As [`User::put`] of the journal's user.
    #[must_use]
    pub fn put(&self, table: &str, label: &str) -> Op {
        self.user.put(table, label)
    }

    /// As [`User::delete`] of the journal's user.
    #[must_use]
    pub fn delete(&self, table: &str, label: &str) -> Op {
        self.user.delete(table, label)
    }

    /// As [`User::new_member`].
    ///
    /// # Errors
    /// As [`User::new_member`].
    pub async fn member(&self, label: &str, role: Role) -> Checked<User> {
        self.user.new_member(&self.workspace, label, role).await
    }

    /// The same journal as its user reads it from a server at another address, on the same store.
    ///
    /// # Errors
    /// As [`User::at`].
    pub fn at(&self, base: &str) -> Checked<Self> {
        Ok(Journal { user: self.user.at(base)?, ..self.clone() })
    }

    /// As [`User::pull`], by the journal's user.
    ///
    /// # Errors
    /// As [`User::pull`].
    pub async fn pull(&self, cursor: u64, limit: u64) -> Checked<Answer> {
        self.user.pull(&self.workspace, cursor, limit).await
    }

    /// As [`User::items`], for the journal's user.
    ///
    /// # Errors
    /// As [`User::items`].
    pub async fn items(&self, requirement: &'static str) -> Checked<(Vec<Item>, Answer)> {
        self.user.items(&self.workspace, requirement).await
    }

    /// As [`User::update_cursor`], by the journal's user.
    ///
    /// # Errors
    /// As [`User::update_cursor`].
    pub async fn update_cursor(&self, device: &str, version: u64) -> Checked<Answer> {
        self.user.update_cursor(&self.workspace, device, version).await
    }

    /// As [`User::update_cursor_ok`], by the journal's user.
    ///
    /// # Errors
    /// As [`User::update_cursor_ok`].
    pub async fn update_cursor_ok(&self, device: &str, version: u64, requirement: &'static str) -> Checked {
        self.user.update_cursor_ok(&self.workspace, device, version, requirement).await
    }

    /// The log after that version, as pulls must return it.
    #[must_use]
    pub fn entries_after(&self, version: u64) -> Vec<Value> {
        self.numbered().filter(|(own, _)| *own > version).map(|(version, op)| op.as_change(version)).collect()
    }

    /// Each op with its version.
    fn numbered(&self) -> impl Iterator<Item = (u64, &Op)> {
        (self.begin() + 1..).zip(&self.ops)
    }

    /// The version after which the log begins.
    #[must_use]
    pub fn begin(&self) -> u64 {
        self.user.context().collected_through(&self.workspace)
    }

    /// The highest version.
    #[must_use]
    pub fn head(&self) -> u64 {
        self.begin() + self.ops.len() as u64
    }

    /// The version of the op with that id.
    #[must_use]
    pub fn version(&self, op_id: &str) -> Option<u64> {
        self.numbered().find(|(_, op)| op.id() == op_id).map(|(version, _)| version)
    }

    /// Adds ops that do not conflict with each other to the log, as a conformant server would, and returns the version
    /// that each must get: a known op keeps its version, a new one gets the next.
    pub fn predict(&mut self, batch: &[Op]) -> Vec<u64> {
        let mut versions = Vec::with_capacity(batch.len());
        for op in batch {
            let version = self.version(op.id()).unwrap_or_else(|| {
                self.ops.push(op.clone());
                self.head()
            });
            versions.push(version);
        }
        versions
    }

    /// Pushes ops, known or new. Each must succeed with the predicted version.
    ///
    /// # Errors
    /// Fails the requirement when one does not.
    pub async fn push_ok(&mut self, batch: &(impl AsRef<[Op]> + ?Sized)) -> Checked<Answer> {
        let user = self.user.clone();
        self.push_by_ok(&user, batch).await
    }

    /// As [`Journal::push_ok`], by another user or over other connections.
    ///
    /// # Errors
    /// Fails the requirement when one does not succeed.
    pub async fn push_by_ok(&mut self, user: &User, batch: &(impl AsRef<[Op]> + ?Sized)) -> Checked<Answer> {
        let batch = batch.as_ref();
        let answer = user.push(&self.workspace, batch).await?;
        self.gets_its_versions(batch, &answer)?;
        Ok(answer)
    }

    /// Checks the answer to a push of ops, known or new: each must succeed with the predicted version.
    ///
    /// # Errors
    /// Fails the requirement when one does not succeed.
    pub fn gets_its_versions(&mut self, batch: &[Op], answer: &Answer) -> Checked {
        let versions = successes(answer, batch, self.requirement)?;
        let head = self.head();
        let expected = self.predict(batch);
        let differs = (0..expected.len()).find(|place| versions.get(*place) != expected.get(*place));
        let is_new = |place: usize| expected[place] > head && !expected[..place].contains(&expected[place]);
        let (rule, message) = match differs {
            Some(place) if is_new(place) => {
                let message = format!("a new op does not get the next version after the head, which is {head}");
                // A version that is too high is not one that was used before.
                let leaps = self.requirement == "gc.versions-go-on" && versions.get(place) > expected.get(place);
                let rule = if leaps { CONTIGUOUS } else { unless_about(OF_VERSIONS, CONTIGUOUS, self.requirement) };
                (rule, message)
            }
            place => {
                // What an earlier batch has made known is no question of copies in this one.
                let is_copy = place.is_some_and(|place| expected[place] > head);
                let is_replay = self.requirement.starts_with("op.duplicate-") && !is_copy;
                let asked = if is_replay { "op.replay-mixed-batch" } else { self.requirement };
                let rule = unless_about(&["op", "gc"], "op.replay-same-version", asked);
                (rule, "an op that was pushed before does not keep its version".to_owned())
            }
        };
        answer.equal(rule, message, expected, versions)
    }

    /// Adds ops that were pushed concurrently and acknowledged, each with the version from its result. Together these must
    /// be the next versions without a gap.
    ///
    /// # Errors
    /// Fails the requirement when the versions have gaps or repeat.
    pub async fn acknowledge(&mut self, mut pushed: Vec<(u64, Op)>) -> Checked {
        pushed.sort_by_key(|(version, _)| *version);
        let (versions, ops): (Vec<u64>, Vec<Op>) = pushed.into_iter().unzip();
        let (_, answer) = self.user.session(self.requirement).await?;
        let expected: Vec<u64> = (self.head() + 1..).take(versions.len()).collect();
        let message = "the versions that concurrent pushes got have gaps or repeat";
        answer.equal("concurrent.versions-unique", message, expected, versions)?;
        self.ops.extend(ops);
        Ok(())
    }

    /// Adds new ops in the order in which the log has them. The log must contain each of them once and nothing else.
    ///
    /// # Errors
    /// Fails the requirement when it does not.
    pub async fn adopt(&mut self, pushed: &[Op]) -> Checked<Answer> {
        let requirement = self.requirement;
        let (changes, answer) = self.user.log_after(&self.workspace, self.head(), 1000, requirement).await?;
        let message = format!("the log has {} new entries for {} ops that were pushed", changes.len(), pushed.len());
        answer.equal(requirement, message, pushed.len(), changes.len())?;
        for change in &changes {
            let id = &change.stamp.op_id;
            let op = pushed.iter().find(|op| op.id() == id).filter(|_| self.version(id).is_none());
            let Some(op) = op else {
                let message =
                    format!("the log has version {}, whose op was not pushed or is in it twice", change.server_version);
                return Err(answer.fails(
                    requirement,
                    message,
                    "one entry for each op",
                    change_json(change).to_string(),
                ));
            };
            self.ops.push(op.clone());
        }
        Ok(answer)
    }

    /// Checks that log and state are as predicted.
    ///
    /// # Errors
    /// Fails the requirement when they are not.
    pub async fn holds(&self) -> Checked {
        self.holds_for(&self.user).await
    }

    /// As [`Journal::holds`], by every way of reading: in large and in small pages, with a filter for each table, and from the
    /// answer to a replay of everything.
    ///
    /// # Errors
    /// Fails the requirement when they are not.
    pub async fn holds_everywhere(&mut self) -> Checked {
        for sizes in [(1000, 500), (37, 23)] {
            self.user.holds_in_pages(&self.workspace, &self.ops, sizes, self.requirement).await?;
        }
        let tables: BTreeSet<&str> = self.ops.iter().map(Op::table).collect();
        for table in tables {
            let (changes, answer) = self.user.log_of_tables(&self.workspace, &json!([table]), self.requirement).await?;
            let mut expected = self.entries_after(0);
            expected.retain(|entry| entry["tableName"] == table);
            let message = format!("a pull of the table {table} alone does not show what was pushed to it");
            answer.equal(self.requirement, message, expected, entries(&changes))?;
        }
        let known = self.ops.clone();
        for batch in batches(&known) {
            self.push_ok(batch).await?;
        }
        Ok(())
    }

    /// As [`Journal::holds`], read by another member or over other connections.
    ///
    /// # Errors
    /// Fails the requirement when they are not.
    pub async fn holds_for(&self, reader: &User) -> Checked {
        reader.holds(&self.workspace, &self.ops, self.requirement).await
    }

    /// Checks that rows and tombstones are as predicted, where the target has snapshots.
    ///
    /// # Errors
    /// Fails the requirement when they are not.
    pub async fn shows(&self) -> Checked {
        self.shows_for(&self.user).await
    }

    /// As [`Journal::shows`], read by another member or over other connections.
    ///
    /// # Errors
    /// Fails the requirement when they are not.
    pub async fn shows_for(&self, reader: &User) -> Checked {
        reader.shows(&self.workspace, &self.ops, self.requirement).await
    }

    /// Checks that pages of that size return the log after that version as it was pushed, and returns the answer with
    /// the last page.
    ///
    /// # Errors
    /// Fails the requirement with that message when they do not; versions and stamps fail their own.
    pub async fn gives_after(&self, version: u64, limit: u64, message: impl Into<String>) -> Checked<Answer> {
        let (changes, answer) = self.user.log_after(&self.workspace, version, limit, self.requirement).await?;
        answer.equal(self.requirement, message, self.entries_after(version), entries(&changes))?;
        Ok(answer)
    }
}
