//! Asking for the same in several ways: the answers are compared with each other.

use rand::SeedableRng as _;
use rand::rngs::ChaCha8Rng;
use rand::seq::SliceRandom as _;
use serde_json::json;

use super::stage::{Actor, MAX_PAGES, Stage, StepEnd, StepResult};
use crate::oracle::{NameAndDescription, Reply, SentOp, folds_to, same_log, same_state};
use syncproof_harness::client::Request;
use syncproof_model::NOTIFICATIONS;
use syncproof_protocol::capability::Capability;
use syncproof_protocol::endpoint;
use syncproof_protocol::op::Op;
use syncproof_protocol::wire::{Change, Id, Item, PullAnswer};

/// The largest page.
const ALL: u64 = 1000;

/// A log is divided into about this many batches at most.
const MAX_BATCHES: usize = 50;

impl Stage<'_> {
    /// Reads a workspace in large pages and in small ones, and its snapshot: all of them show the same.
    pub(super) async fn reread(&mut self, actor: &Actor, at: &Id, limit: u64, page_size: u64) -> StepResult {
        let (whole, paged) = (self.log(actor, at, ALL).await?, self.log(actor, at, limit).await?);
        self.fail_on(same_log(&whole, &paged))?;
        // What was collected is missing in the log, but may be in the records.
        if !self.has(Capability::Snapshot) || !self.oracle.is_whole(at) {
            return Ok(());
        }
        let items = self.items(actor, at, page_size).await?;
        self.fail_on(folds_to(&whole, &items))
    }

    /// Writes what the log holds once more into a new workspace, in another order and in other batches: the state that
    /// it ends in is the same. Notifications stay where they are, since their readers see no more than their own.
    pub(super) async fn rewrite(&mut self, actor: &Actor, at: &Id, order: u64, batch: usize) -> StepResult {
        if !self.has(Capability::Snapshot) || !self.oracle.is_whole(at) {
            return Err(StepEnd::Meaningless);
        }
        let mut log = self.log(actor, at, ALL).await?;
        log.retain(|change| change.table_name != NOTIFICATIONS);
        let items = self.items(actor, at, ALL).await?;
        log.shuffle(&mut ChaCha8Rng::seed_from_u64(order));
        let naming = NameAndDescription { name: "copy", description: None };
        let copy = self.create(actor, naming, None).await?.body.ok_or(StepEnd::Meaningless)?.id;
        self.activate_unless_active(actor, &copy).await?;
        for ops in log.chunks(batch.max(1 + log.len() / MAX_BATCHES)) {
            let offers: Vec<SentOp> = ops.iter().map(|change| SentOp { wire: Op::again(change).json() }).collect();
            let reply = self.offer(actor, &copy, &offers).await?;
            // A target may refuse here what it accepted there, if the protocol leaves it open.
            if !reply.body.is_some_and(|answer| answer.results.iter().all(|result| result.success)) {
                return Err(StepEnd::Meaningless);
            }
        }
        let is_public = |item: &Item| item.position().0 != NOTIFICATIONS;
        let items: Vec<Item> = items.into_iter().filter(is_public).collect();
        let copied = self.items(actor, &copy, ALL).await?;
        self.fail_on(same_state(&items, &copied))
    }

    /// The log as pages of that size show it. Other steps judge whether it is right.
    async fn log(&mut self, actor: &Actor, at: &Id, limit: u64) -> StepResult<Vec<Change>> {
        let (mut changes, mut cursor) = (Vec::new(), 0);
        for _ in 0..MAX_PAGES {
            let body = json!({"scope": {"workspaceId": at}, "cursor": cursor, "limit": limit});
            let page: Reply<PullAnswer> =
                self.ask(actor, Request::post(endpoint::PULL.path, &body), |_, _| Ok(())).await?;
            let page = page.body.filter(|page| page.requires_snapshot != Some(true)).ok_or(StepEnd::Meaningless)?;
            changes.extend(page.changes);
            if !page.has_more || page.next_cursor <= cursor {
                return Ok(changes);
            }
            cursor = page.next_cursor;
        }
        Err(StepEnd::Meaningless)
    }

    /// The items of a snapshot in pages of that size.
    async fn items(&mut self, actor: &Actor, at: &Id, page_size: u64) -> StepResult<Vec<Item>> {
        let mut body = json!({"scope": {"workspaceId": at}, "pageSize": page_size});
        let mut items = Vec::new();
        for _ in 0..MAX_PAGES {
            let (page, goes_on) = self.next_page(actor, &mut body).await?;
            items.extend(page.body.ok_or(StepEnd::Meaningless)?.items);
            if !goes_on {
                return Ok(items);
            }
        }
        Err(StepEnd::Meaningless)
    }
}
