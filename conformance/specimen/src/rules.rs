//! The rules of the protocol as mutants change them: one arm for each wrong decision, the protocol for everything else.

use std::sync::Arc;

use super::switch::{Switch, Switches, deviation, deviations};
use super::variant::{self, Freedom, Freedoms};
use super::{changed_text, odd_keys, payload, payload_forms};
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
    pub(super) switches: Switches,
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
    /// Records that were put or deleted more often than a mutant bears.
    pub(super) often_written: HashSet<Key>,
    /// Now, in milliseconds since 1970.
    pub(super) now_ms: u64,
}

impl LogRules for LogMutation {
    fn check(&self, op: &Op) -> Result<(), Flaw> {
        let verdict = variant::check_op(self.freedoms, &Author(&self.author), op);
        let fails = |flaw: fn(&Flaw) -> bool| verdict.as_ref().is_err_and(flaw);
        deviation!(match self.switches {
            Switch::FirstOpChecked
                if fails(|flaw| matches!(flaw, Flaw::Missing(_) | Flaw::WrongType(_)))
                    && self.unchecked.contains(&op.stamp.op_id) =>
            {
                Ok(())
            }
            Switch::RequiredUnchecked if fails(|flaw| matches!(flaw, Flaw::Missing(_))) => Ok(()),
            Switch::TypesUnchecked if fails(|flaw| matches!(flaw, Flaw::WrongType(_))) => Ok(()),
            Switch::PkMismatchAccepted if fails(|flaw| matches!(flaw, Flaw::PkDiffers(_))) => Ok(()),
            Switch::UnknownTableAccepted if fails(|flaw| *flaw == Flaw::UnknownTable) => Ok(()),
            Switch::NonObjectAccepted if fails(|flaw| *flaw == Flaw::NotAnObject) => Ok(()),
            Switch::PayloadUnbounded if fails(|flaw| *flaw == Flaw::TooLarge) => Ok(()),
            Switch::NotificationForged if fails(|flaw| *flaw == Flaw::NamesAnother) => Ok(()),
            Switch::PairsTaken if fails(|flaw| *flaw == Flaw::NotAnObject) && payload::is_pairs(op) => Ok(()),
            Switch::NegativeNumbersRefused if verdict.is_ok() && payload::has_negative(op) => {
                Err(Flaw::WrongType("a number"))
            }
            Switch::DeletesNameOthers
                if fails(|flaw| *flaw == Flaw::NamesAnother) && op.operation == Operation::Delete =>
                Ok(()),
            Switch::OwnerForges if fails(|flaw| *flaw == Flaw::NamesAnother) && self.is_owner => Ok(()),
            Switch::ForgeryIsInvalid if fails(|flaw| *flaw == Flaw::NamesAnother) => Err(Flaw::WrongType("user_id")),
            Switch::DeleteWithPayloadRefused
                if verdict.is_ok() && op.operation == Operation::Delete && op.payload.is_some() =>
            {
                Err(Flaw::NotAnObject)
            }
            Switch::NotificationDeletesRefused
                if verdict.is_ok() && op.operation == Operation::Delete && op.table == NOTIFICATIONS =>
            {
                Err(Flaw::UnknownTable)
            }
            Switch::PayloadBoundTight if verdict.is_ok() && payload::bytes(op) > 64 * 1024 => Err(Flaw::TooLarge),
            Switch::NotificationsReadOnly if verdict.is_ok() && op.table == "notifications" => Err(Flaw::UnknownTable),
            Switch::EmptyDeleteFails if verdict.is_ok() && self.empty_deletes.contains(&op.stamp.op_id) => {
                Err(Flaw::EmptyPk)
            }
            _ => verdict,
        })
    }

    fn owner(&self, op: &Op) -> Option<String> {
        let owner = Author(&self.author).owner(op);
        if self.freedoms.take(Freedom::NotificationsForAll) {
            return None;
        }
        deviation!(match self.switches {
            Switch::NotificationForged | Switch::OwnerForges => named_user(op).or(owner),
            Switch::NotificationOverwritten
            | Switch::NotificationTombstoneOverwritten
            | Switch::GoneNotificationOverwritten
                if op.operation == Operation::Put =>
                self.owners.get(&op.stamp.op_id).cloned().or(owner),
            Switch::NotificationDeleted if op.operation == Operation::Delete => {
                self.owners.get(&op.stamp.op_id).cloned().or(owner)
            }
            _ => owner,
        })
    }

    fn next_version(&self, head: u64) -> u64 {
        match self.start {
            _ if self.switches.has(Switch::VersionsGlobal) => self.highest_head.max(head) + 1,
            Some(start) => {
                self.given.set(self.given.get() + 1);
                start + self.given.get()
            }
            None => Protocol.next_version(head),
        }
    }

    fn versions_lost_by_failure(&self) -> u64 {
        u64::from(self.switches.has(Switch::FailureTakesVersion))
    }

    fn recalls(&self, op: &Op, in_this_batch: bool) -> bool {
        deviation!(match self.switches {
            Switch::ReplayIsNew => in_this_batch,
            Switch::DuplicateIsNew => !in_this_batch,
            Switch::ReplayPerUser
            | Switch::ConcurrentReplaysRace
            | Switch::ReuseOverwrites
            | Switch::OpIdsForgotten
            | Switch::WinnersForgotten
            | Switch::LostPushForgotten
            | Switch::TombstonesForgetOps
            | Switch::LosersForgottenAfterAWin
            | Switch::FailedOpForgetsBatch
            | Switch::ReplaysPerDeviceWindow
            | Switch::ReplaysForgotten
            | Switch::LookupCutAt90
            | Switch::OpIdsExpire
            | Switch::OldReplaysForgotten
            | Switch::ReplaysByBatch => in_this_batch || self.known_ids.contains(&op.stamp.op_id),
            _ => Protocol.recalls(op, in_this_batch),
        })
    }

    fn is_replay(&self, op: &Op, known: &Op) -> bool {
        deviation!(match self.switches {
            Switch::ReuseUntold => true,
            Switch::ReplayComparesEnvelope => Protocol.is_replay(op, known) && op.attempts == known.attempts,
            Switch::ReplayIgnoresPayload => op.pk == known.pk && op.table == known.table,
            Switch::ReuseOfAlikeUntold => Protocol.is_replay(&loosely(op), &loosely(known)),
            Switch::ReuseOfOtherNumbersUntold => Protocol.is_replay(&without_numbers(op), &without_numbers(known)),
            Switch::ReuseElsewhereUntold => op.stamp == known.stamp && op.payload == known.payload,
            Switch::ReplayRefused => false,
            _ => Protocol.is_replay(op, known),
        })
    }

    fn keeps(&self, given: &Arc<Value>) -> Arc<Value> {
        if self.switches == Switches::default() {
            return Protocol.keeps(given);
        }
        Arc::new(self.switches.iter().fold(Value::clone(given), |value, switch| {
            let value = payload::kept(switch, value);
            if odd_keys::ALL.contains(&switch) { odd_keys::kept(switch, &value, 0) } else { value }
        }))
    }

    fn record_key(&self, change: &Change) -> Key {
        let mut key = Protocol.record_key(change);
        deviations!(match self.switches {
            Switch::DeleteByPayload if change.operation == Operation::Delete => {
                let named = change.payload.as_ref().and_then(|payload| payload.get("id")?.as_str());
                key.pk = named.map_or(key.pk, str::to_owned);
            }
            Switch::PkCaseFolded => key.pk = key.pk.to_lowercase(),
            Switch::PkLineEndsFolded => key.pk = key.pk.replace("\r\n", "\n").replace('\r', "\n"),
            Switch::PkUnquoted => key.pk = payload::unquoted(&key.pk),
            Switch::PkTrimmed => key.pk = key.pk.trim_end().to_owned(),
            Switch::PkComposed => key.pk = payload::composed(&key.pk),
            Switch::PkAsNumber => key.pk = payload_forms::as_number(&key.pk),
            Switch::PkEndsAtNul => key.pk = key.pk.split('\0').next().unwrap_or_default().to_owned(),
            _ => {}
        });
        changed_text::key(self.switches, &mut key.pk);
        key
    }

    fn replaces(&self, change: &Change, held: &Record) -> bool {
        let (new, old) = (change.revision(), &held.revision);
        let deletes = change.operation == Operation::Delete;
        let buried = held.is_tombstone();
        if let Some(switch) = self.switches.first_of(changed_text::OF_HLC) {
            let order = |clock: u64, hlc: &str, id: &str| (clock, changed_text::hlc(switch, hlc), id.to_owned());
            return order(new.clock, &new.hlc, &new.op_id) > order(old.clock, &old.hlc, &old.op_id);
        }
        deviation!(match self.switches {
            Switch::WinnersForgotten if self.collected.contains(&old.op_id) => true,
            Switch::TombstonesExpire if !deletes && self.collected.contains(&old.op_id) => true,
            Switch::SecondRevivalLost if !deletes && buried && self.often_written.contains(&change.key()) => false,
            Switch::ManyWritesBeatDeletes if deletes && self.often_written.contains(&change.key()) => false,
            Switch::FutureClocksClamped => {
                let clamped = |clock: u64| clock.min(self.now_ms + 300_000);
                (clamped(new.clock), &new.hlc, &new.op_id) > (clamped(old.clock), &old.hlc, &old.op_id)
            }
            Switch::DeleteAlwaysWins if deletes => true,
            Switch::DeleteWinsTies if deletes && !buried => new.clock >= old.clock,
            Switch::PutWinsTies if !deletes && buried => new.clock >= old.clock,
            Switch::PutResurrects if !deletes && buried => true,
            Switch::TombstoneIsFinal if !deletes && buried => false,
            Switch::TombstoneKeepsLatest if deletes && buried => true,
            Switch::TombstoneKeepsFirst if deletes && buried => false,
            Switch::LastArrivalWins => true,
            Switch::FirstOfEqualClocksWins => new.clock > old.clock,
            Switch::LastOfEqualClocksWins => new.clock >= old.clock,
            Switch::OpIdTieFirst => (new.clock, &new.hlc) > (old.clock, &old.hlc),
            Switch::OpIdTieLast => (new.clock, &new.hlc) >= (old.clock, &old.hlc),
            Switch::Utf16Order => {
                let order = new.clock.cmp(&old.clock).then_with(|| utf16(&new.hlc, &old.hlc));
                order.then_with(|| new.op_id.cmp(&old.op_id)).is_gt()
            }
            Switch::HlcBeforeClock => (&new.hlc, new.clock, &new.op_id) > (&old.hlc, old.clock, &old.op_id),
            Switch::HlcCaseFolded => {
                (new.clock, new.hlc.to_lowercase(), &new.op_id) > (old.clock, old.hlc.to_lowercase(), &old.op_id)
            }
            Switch::HlcTrimmed => {
                (new.clock, new.hlc.trim(), &new.op_id) > (old.clock, old.hlc.trim(), &old.op_id)
            }
            Switch::HlcEndsAtNul => {
                let start = |hlc: &str| hlc.split('\0').next().unwrap_or_default().to_owned();
                (new.clock, start(&new.hlc), &new.op_id) > (old.clock, start(&old.hlc), &old.op_id)
            }
            Switch::PayloadClockDecides => {
                let of_payload = |payload: &Option<Arc<Value>>| payload.as_ref()?.get("clock")?.as_u64();
                let clocks = (of_payload(&change.payload), of_payload(&held.row));
                let (first, second) = (clocks.0.unwrap_or(new.clock), clocks.1.unwrap_or(old.clock));
                (first, &new.hlc, &new.op_id) > (second, &old.hlc, &old.op_id)
            }
            Switch::ClockAsText => {
                (new.clock.to_string(), &new.hlc, &new.op_id) > (old.clock.to_string(), &old.hlc, &old.op_id)
            }
            Switch::ClockIn32Bits => {
                let low = |clock: u64| clock & u64::from(u32::MAX);
                (low(new.clock), &new.hlc, &new.op_id) > (low(old.clock), &old.hlc, &old.op_id)
            }
            _ => {
                if self.freedoms.take(Freedom::TiesToTheFirst) {
                    (new.clock, &new.hlc) > (old.clock, &old.hlc)
                } else if self.freedoms.take(Freedom::TiesToTheLast) {
                    (new.clock, &new.hlc) >= (old.clock, &old.hlc)
                } else {
                    Protocol.replaces(change, held)
                }
            }
        })
    }

    fn logs_losers(&self) -> bool {
        !self.switches.has(Switch::LoserNotLogged)
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
pub(super) struct TenancyMutation(pub(super) Switches);

impl TenancyMutation {
    fn is(self, switch: Switch) -> bool {
        self.0.has(switch)
    }
}

impl TenancyRules for TenancyMutation {
    fn identity(&self, given: &Identity) -> Identity {
        let mut identity = Protocol.identity(given);
        let id = &mut identity.provider_user_id;
        deviations!(match self.0 {
            Switch::IdentityCaseFolded => *id = id.to_lowercase(),
            Switch::IdentityTrimmed => *id = id.trim().to_owned(),
            Switch::IdentityWidthFolded => *id = payload::narrowed(id),
            Switch::IdentityQuotesDropped => id.retain(|c| !"'\"\\`".contains(c)),
            Switch::IdentityAccentsDropped => *id = payload::without_accents(id),
            Switch::IdentityGlued => id.insert_str(0, &given.provider),
            Switch::IdentityIgnoresProvider | Switch::IdentityGlued => identity.provider.clear(),
            _ => {}
        });
        identity
    }

    fn lists(&self, workspace: &Workspace) -> bool {
        Protocol.lists(workspace) || self.is(Switch::ListHoldsDeleted)
    }

    fn opens(&self, workspace: &Workspace) -> bool {
        Protocol.opens(workspace) || self.is(Switch::DeletionLeavesOpen)
    }

    fn admits_session(&self, workspace: &Workspace, role: Role) -> bool {
        deviation!(match self.0 {
            Switch::ActivateMembershipOnly => true,
            Switch::OwnerActivatesDeleted if role == Role::Owner => true,
            _ => Protocol.admits_session(workspace, role),
        })
    }

    fn rehomes(&self, stands_in_it: bool, is_actor: bool) -> bool {
        deviation!(match self.0 {
            Switch::RehomeActorOnly => stands_in_it && is_actor,
            Switch::RehomeOthersOnly => stands_in_it && !is_actor,
            Switch::RehomeEverybody => true,
            _ => Protocol.rehomes(stands_in_it, is_actor),
        })
    }

    fn is_home(&self, workspace: &Workspace) -> bool {
        Protocol.is_home(workspace) || self.is(Switch::RehomeIntoDeleted)
    }

    fn rehomes_removed(&self) -> bool {
        !self.is(Switch::RemovedStaysPut)
    }

    fn may_push(&self, role: Role) -> bool {
        deviation!(match self.0 {
            Switch::ViewerPushes => true,
            Switch::EditorCannotPush => role == Role::Owner,
            _ => Protocol.may_push(role),
        })
    }

    fn may_collect(&self, role: Role) -> bool {
        Protocol.may_collect(role) || self.is(Switch::ViewerCollects)
    }

    fn may_rename(&self, role: Role) -> bool {
        deviation!(match self.0 {
            Switch::ViewerRenames => true,
            Switch::EditorCannotRename => role == Role::Owner,
            _ => Protocol.may_rename(role),
        })
    }

    fn may_delete(&self, role: Role) -> bool {
        Protocol.may_delete(role) || (self.is(Switch::EditorDeletes) && role == Role::Editor)
    }

    fn may_manage(&self, role: Role) -> bool {
        Protocol.may_manage(role) || (self.is(Switch::EditorManages) && role == Role::Editor)
    }

    fn may_leave(&self) -> bool {
        !self.is(Switch::MembersCannotLeave)
    }

    fn keeps_last_owner(&self, demotion: bool) -> bool {
        deviation!(match self.0 {
            Switch::LastOwnerDemoted | Switch::CreatorIsEditor => !demotion,
            Switch::LastOwnerRemoved => demotion,
            // Its handler has looked before.
            Switch::OwnersRace => false,
            _ => Protocol.keeps_last_owner(demotion),
        })
    }
}

/// The op with the scalars of its payload as a loose comparison sees them: as text, with true as 1 and false as 0.
fn loosely(op: &Op) -> Op {
    with_values(op, |value: &Value| match value {
        Value::Bool(value) => Value::from(u8::from(*value).to_string()),
        Value::Number(number) => Value::from(number.to_string()),
        other => other.clone(),
    })
}

/// An op in whose payload all numbers are alike.
fn without_numbers(op: &Op) -> Op {
    with_values(op, |value| if value.is_number() { Value::from(0) } else { value.clone() })
}

/// An op with these values in place of those of its payload.
fn with_values(op: &Op, other: impl Fn(&Value) -> Value) -> Op {
    let mut op = op.clone();
    for value in op.payload.as_mut().and_then(|payload| Arc::make_mut(payload).as_object_mut()).into_iter().flatten() {
        *value.1 = other(value.1);
    }
    op
}
