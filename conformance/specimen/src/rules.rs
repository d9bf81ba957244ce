//! The rules of the protocol as mutants change them: one match arm for each wrong decision, the protocol for everything else.

use std::sync::Arc;

use super::payload;
use super::switch::Switch;
use super::variant::{self, Freedom, Freedoms};
use serde_json::Value;
use std::cell::Cell;
use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use syncproof_model::{
    Author, Change, Flaw, Identity, Key, LogRules, NOTIFICATIONS, Op, Operation, Protocol, Record, Role, TenancyRules,
    Workspace,
};

/// The rules of a change log, with what a mutant has to know.
#[derive(Debug, Default)]
pub(super) struct LogMutation {
    pub(super) switch: Option<Switch>,
    pub(super) freedoms: Freedoms,
    /// The user who pushes.
    pub(super) author: String,
    /// Whether they own the workspace.
    pub(super) is_owner: bool,
    /// The owners of the notifications that the batch overwrites, by op id, where a mutant allows it.
    pub(super) owners: HashMap<String, String>,
    /// The highest head of all workspaces.
    pub(super) highest_head: u64,
    /// The head that was read too early, or the last version that was reserved.
    pub(super) start: Option<u64>,
    /// How many versions were given after `start`.
    pub(super) given: Cell<u64>,
    /// The op ids of the batch that count as known, where a mutant looks them up itself.
    pub(super) known_ids: HashSet<String>,
    /// The op ids of the batch that are not validated.
    pub(super) unchecked: HashSet<String>,
    /// The op ids of writes that won and whose log entries were collected.
    pub(super) collected: HashSet<String>,
    /// The op ids of the batch that delete a record that never existed.
    pub(super) empty_deletes: HashSet<String>,
}

impl LogRules for LogMutation {
    fn check(&self, op: &Op) -> Result<(), Flaw> {
        let verdict = variant::check_op(self.freedoms, &Author(&self.author), op);
        match (self.switch, &verdict) {
            (Some(Switch::FirstOpChecked), Err(Flaw::Missing(_) | Flaw::WrongType(_)))
                if self.unchecked.contains(&op.stamp.op_id) =>
            {
                Ok(())
            }
            (Some(Switch::RequiredUnchecked), Err(Flaw::Missing(_)))
            | (Some(Switch::TypesUnchecked), Err(Flaw::WrongType(_)))
            | (Some(Switch::PkMismatchAccepted), Err(Flaw::PkDiffers(_)))
            | (Some(Switch::UnknownTableAccepted), Err(Flaw::UnknownTable))
            | (Some(Switch::NonObjectAccepted), Err(Flaw::NotAnObject))
            | (Some(Switch::PayloadUnbounded), Err(Flaw::TooLarge))
            | (Some(Switch::NotificationForged), Err(Flaw::NamesAnother)) => Ok(()),
            (Some(Switch::PairsTaken), Err(Flaw::NotAnObject)) if payload::is_pairs(op) => Ok(()),
            (Some(Switch::NegativeNumbersRefused), Ok(())) if payload::has_negative(op) => {
                Err(Flaw::WrongType("a number"))
            }
            (Some(Switch::OwnerForges), Err(Flaw::NamesAnother)) if self.is_owner => Ok(()),
            (Some(Switch::ForgeryIsInvalid), Err(Flaw::NamesAnother)) => Err(Flaw::WrongType("user_id")),
            (Some(Switch::DeleteWithPayloadRefused), Ok(()))
                if op.operation == Operation::Delete && op.payload.is_some() =>
            {
                Err(Flaw::NotAnObject)
            }
            (Some(Switch::PayloadBoundTight), Ok(())) if payload::bytes(op) > 64 * 1024 => Err(Flaw::TooLarge),
            (Some(Switch::NotificationsReadOnly), Ok(())) if op.table == "notifications" => Err(Flaw::UnknownTable),
            (Some(Switch::EmptyDeleteFails), Ok(())) if self.empty_deletes.contains(&op.stamp.op_id) => {
                Err(Flaw::EmptyPk)
            }
            _ => verdict,
        }
    }

    fn owner(&self, op: &Op) -> Option<String> {
        let owner = Author(&self.author).owner(op);
        match self.switch {
            Some(Switch::NotificationForged | Switch::OwnerForges) => named_user(op).or(owner),
            Some(
                Switch::NotificationOverwritten
                | Switch::NotificationTombstoneOverwritten
                | Switch::GoneNotificationOverwritten,
            ) if op.operation == Operation::Put => self.owners.get(&op.stamp.op_id).cloned().or(owner),
            Some(Switch::NotificationDeleted) if op.operation == Operation::Delete => {
                self.owners.get(&op.stamp.op_id).cloned().or(owner)
            }
            _ => owner,
        }
    }

    fn next_version(&self, head: u64) -> u64 {
        match (self.switch, self.start) {
            (Some(Switch::VersionsGlobal), _) => self.highest_head.max(head) + 1,
            (_, Some(start)) => {
                self.given.set(self.given.get() + 1);
                start + self.given.get()
            }
            _ => Protocol.next_version(head),
        }
    }

    fn versions_lost_by_failure(&self) -> u64 {
        u64::from(self.switch == Some(Switch::FailureTakesVersion))
    }

    fn recalls(&self, op: &Op, in_this_batch: bool) -> bool {
        match self.switch {
            Some(Switch::ReplayIsNew) => in_this_batch,
            Some(Switch::DuplicateIsNew) => !in_this_batch,
            Some(
                Switch::ReplayPerUser
                | Switch::ConcurrentReplaysRace
                | Switch::ReuseOverwrites
                | Switch::OpIdsForgotten
                | Switch::WinnersForgotten
                | Switch::LostPushForgotten
                | Switch::TombstonesForgetOps
                | Switch::ReplaysForgotten
                | Switch::OldReplaysForgotten
                | Switch::ReplaysByBatch,
            ) => in_this_batch || self.known_ids.contains(&op.stamp.op_id),
            _ => Protocol.recalls(op, in_this_batch),
        }
    }

    fn is_replay(&self, op: &Op, known: &Op) -> bool {
        match self.switch {
            Some(Switch::ReuseUntold) => true,
            Some(Switch::ReplayComparesEnvelope) => Protocol.is_replay(op, known) && op.attempts == known.attempts,
            Some(Switch::ReplayIgnoresPayload) => op.pk == known.pk && op.table == known.table,
            Some(Switch::ReplayRefused) => false,
            _ => Protocol.is_replay(op, known),
        }
    }

    fn keeps(&self, given: &Arc<Value>) -> Arc<Value> {
        self.switch.map_or_else(|| Protocol.keeps(given), |switch| Arc::new(payload::kept(switch, given)))
    }

    fn record_key(&self, change: &Change) -> Key {
        let key = Protocol.record_key(change);
        let pk = match self.switch {
            Some(Switch::PkCaseFolded) => key.pk.to_lowercase(),
            Some(Switch::DeleteByPayload) if change.operation == Operation::Delete => {
                let named = change.payload.as_ref().and_then(|payload| payload.get("id")?.as_str());
                named.map_or(key.pk, str::to_owned)
            }
            Some(Switch::PkLineEndsFolded) => key.pk.replace("\r\n", "\n").replace('\r', "\n"),
            Some(Switch::PkUnquoted) => payload::unquoted(&key.pk),
            Some(Switch::PkTrimmed) => key.pk.trim_end().to_owned(),
            Some(Switch::PkComposed) => payload::composed(&key.pk),
            Some(Switch::PkEndsAtNul) => key.pk.split('\0').next().unwrap_or_default().to_owned(),
            _ => key.pk,
        };
        Key { pk, ..key }
    }

    fn replaces(&self, change: &Change, held: &Record) -> bool {
        let (new, old) = (change.revision(), &held.revision);
        let deletes = change.operation == Operation::Delete;
        let buried = held.is_tombstone();
        match self.switch {
            Some(Switch::LastArrivalWins) => true,
            Some(Switch::WinnersForgotten) if self.collected.contains(&old.op_id) => true,
            Some(Switch::FirstOfEqualClocksWins) => new.clock > old.clock,
            Some(Switch::LastOfEqualClocksWins) => new.clock >= old.clock,
            Some(Switch::OpIdTieFirst) => (new.clock, &new.hlc) > (old.clock, &old.hlc),
            Some(Switch::OpIdTieLast) => (new.clock, &new.hlc) >= (old.clock, &old.hlc),
            Some(Switch::Utf16Order) => {
                let order = new.clock.cmp(&old.clock).then_with(|| utf16(&new.hlc, &old.hlc));
                order.then_with(|| new.op_id.cmp(&old.op_id)).is_gt()
            }
            Some(Switch::HlcBeforeClock) => (&new.hlc, new.clock, &new.op_id) > (&old.hlc, old.clock, &old.op_id),
            Some(Switch::HlcCaseFolded) => {
                (new.clock, new.hlc.to_lowercase(), &new.op_id) > (old.clock, old.hlc.to_lowercase(), &old.op_id)
            }
            Some(Switch::HlcTrimmed) => {
                (new.clock, new.hlc.trim(), &new.op_id) > (old.clock, old.hlc.trim(), &old.op_id)
            }
            Some(Switch::HlcEndsAtNul) => {
                let start = |hlc: &str| hlc.split('\0').next().unwrap_or_default().to_owned();
                (new.clock, start(&new.hlc), &new.op_id) > (old.clock, start(&old.hlc), &old.op_id)
            }
            Some(Switch::PayloadClockDecides) => {
                let of_payload = |payload: &Option<Arc<Value>>| payload.as_ref()?.get("clock")?.as_u64();
                let clocks = (of_payload(&change.payload), of_payload(&held.row));
                let (first, second) = (clocks.0.unwrap_or(new.clock), clocks.1.unwrap_or(old.clock));
                (first, &new.hlc, &new.op_id) > (second, &old.hlc, &old.op_id)
            }
            Some(Switch::ClockAsText) => {
                (new.clock.to_string(), &new.hlc, &new.op_id) > (old.clock.to_string(), &old.hlc, &old.op_id)
            }
            Some(Switch::ClockIn32Bits) => {
                let low = |clock: u64| clock & u64::from(u32::MAX);
                (low(new.clock), &new.hlc, &new.op_id) > (low(old.clock), &old.hlc, &old.op_id)
            }
            Some(Switch::DeleteAlwaysWins) if deletes => true,
            Some(Switch::DeleteWinsTies) if deletes && !buried => new.clock >= old.clock,
            Some(Switch::PutWinsTies) if !deletes && buried => new.clock >= old.clock,
            Some(Switch::PutResurrects) if !deletes && buried => true,
            Some(Switch::TombstoneIsFinal) if !deletes && buried => false,
            Some(Switch::TombstoneKeepsLatest) if deletes && buried => true,
            Some(Switch::TombstoneKeepsFirst) if deletes && buried => false,
            _ if self.freedoms.take(Freedom::TiesToTheFirst) => (new.clock, &new.hlc) > (old.clock, &old.hlc),
            _ if self.freedoms.take(Freedom::TiesToTheLast) => (new.clock, &new.hlc) >= (old.clock, &old.hlc),
            _ => Protocol.replaces(change, held),
        }
    }

    fn logs_losers(&self) -> bool {
        self.switch != Some(Switch::LoserNotLogged)
    }
}

fn utf16(left: &str, right: &str) -> Ordering {
    left.encode_utf16().cmp(right.encode_utf16())
}

/// The user that the payload of a notification names.
fn named_user(op: &Op) -> Option<String> {
    let user_id = op.payload.as_ref()?.get("user_id")?;
    (op.table == NOTIFICATIONS).then(|| user_id.as_str().map(str::to_owned))?
}

/// The rules of the directory.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct TenancyMutation(pub(super) Option<Switch>);

impl TenancyMutation {
    fn is(self, switch: Switch) -> bool {
        self.0 == Some(switch)
    }
}

impl TenancyRules for TenancyMutation {
    fn identity(&self, given: &Identity) -> Identity {
        let id = |provider_user_id: String| Identity { provider_user_id, ..given.clone() };
        match self.0 {
            Some(Switch::IdentityIgnoresProvider) => Identity { provider: String::new(), ..given.clone() },
            Some(Switch::IdentityCaseFolded) => id(given.provider_user_id.to_lowercase()),
            Some(Switch::IdentityTrimmed) => id(given.provider_user_id.trim().to_owned()),
            Some(Switch::IdentityWidthFolded) => id(payload::narrowed(&given.provider_user_id)),
            Some(Switch::IdentityGlued) => Identity {
                provider: String::new(),
                provider_user_id: format!("{}{}", given.provider, given.provider_user_id),
            },
            Some(Switch::IdentityQuotesDropped) => {
                id(given.provider_user_id.chars().filter(|c| !"'\"\\`".contains(*c)).collect())
            }
            Some(Switch::IdentityAccentsDropped) => id(payload::without_accents(&given.provider_user_id)),
            _ => Protocol.identity(given),
        }
    }

    fn lists(&self, workspace: &Workspace) -> bool {
        Protocol.lists(workspace) || self.is(Switch::ListHoldsDeleted)
    }

    fn opens(&self, workspace: &Workspace) -> bool {
        Protocol.opens(workspace) || self.is(Switch::DeletionLeavesOpen)
    }

    fn admits_session(&self, workspace: &Workspace, role: Role) -> bool {
        match self.0 {
            Some(Switch::ActivateMembershipOnly) => true,
            Some(Switch::OwnerActivatesDeleted) if role == Role::Owner => true,
            _ => Protocol.admits_session(workspace, role),
        }
    }

    fn rehomes(&self, stands_in_it: bool, is_actor: bool) -> bool {
        match self.0 {
            Some(Switch::RehomeActorOnly) => stands_in_it && is_actor,
            Some(Switch::RehomeOthersOnly) => stands_in_it && !is_actor,
            Some(Switch::RehomeEverybody) => true,
            _ => Protocol.rehomes(stands_in_it, is_actor),
        }
    }

    fn is_home(&self, workspace: &Workspace) -> bool {
        Protocol.is_home(workspace) || self.is(Switch::RehomeIntoDeleted)
    }

    fn rehomes_removed(&self) -> bool {
        !self.is(Switch::RemovedStaysPut)
    }

    fn may_push(&self, role: Role) -> bool {
        match self.0 {
            Some(Switch::ViewerPushes) => true,
            Some(Switch::EditorCannotPush) => role == Role::Owner,
            _ => Protocol.may_push(role),
        }
    }

    fn may_collect(&self, role: Role) -> bool {
        Protocol.may_collect(role) || self.is(Switch::ViewerCollects)
    }

    fn may_rename(&self, role: Role) -> bool {
        match self.0 {
            Some(Switch::ViewerRenames) => true,
            Some(Switch::EditorCannotRename) => role == Role::Owner,
            _ => Protocol.may_rename(role),
        }
    }

    fn may_delete(&self, role: Role) -> bool {
        Protocol.may_delete(role) || (self.is(Switch::EditorDeletes) && role == Role::Editor)
    }

    fn may_manage(&self, role: Role) -> bool {
        Protocol.may_manage(role) || (self.is(Switch::EditorManages) && role == Role::Editor)
    }

    fn keeps_last_owner(&self, demotion: bool) -> bool {
        match self.0 {
            Some(Switch::LastOwnerDemoted | Switch::CreatorIsEditor) => !demotion,
            Some(Switch::LastOwnerRemoved) => demotion,
            _ => Protocol.keeps_last_owner(demotion),
        }
    }
}
