//! Pages of a pull as mutants show them that are wrong at an edge only: where a page begins, where it ends, and what one
//! reader is not shown.

use super::app::App;
use super::state::ServerState;
use super::switch::{Switch, deviation, deviations};
use super::view::PullQuery;
use std::time::Duration;
use syncproof_model::{Change, Operation, Page};
use syncproof_protocol::json::compact_length;

/// How many changes of one record a page holds.
const RAPID: usize = 20;
/// How long an empty page is remembered.
const POLL_AGE: Duration = Duration::from_secs(1);
/// How many entries a pull with a filter looks at.
const SCANNED: usize = 500;
/// The bytes of payload at which a page ends.
const PAGE_BYTES: usize = 128 * 1024;

/// The cursor at which these mutants begin a pull.
pub(super) fn start(app: &App, state: &mut ServerState, scope: &str, reader: &str, cursor: u64) -> u64 {
    let gone = state.mutant_state.collected_deletes.get(scope).cloned().unwrap_or_default();
    let log = &state.workspace(scope).log;
    let at = log.after(cursor.saturating_sub(1)).first().filter(|change| change.version == cursor);
    let is_overwritten = |change: &Change| log.after(cursor).iter().any(|other| other.key() == change.key());
    let mut missing = cursor + 1..log.oldest_kept();
    deviation!(match app.switches() {
        Switch::SupersededCursorStartsOver if at.is_some_and(is_overwritten) => 0,
        Switch::HiddenCursorStartsOver if at.is_some_and(|change| !change.key().is_for(reader)) => 0,
        Switch::GapOfADeleteUntold if !missing.is_empty() && missing.all(|version| gone.contains(&version)) => {
            log.oldest_kept() - 1
        }
        _ => cursor,
    })
}

/// Changes a page into what these mutants show.
pub(super) fn mutate(app: &App, state: &mut ServerState, scope: &str, query: PullQuery<'_>, page: &mut Page) {
    if page.gap.is_some() {
        return;
    }
    let by_reader = (query.reader.to_owned(), scope.to_owned());
    let filters = query.tables.is_some();
    deviations!(match app.switches() {
        Switch::EchoSuppressed => {
            let pushed = state.mutant_state.last_push.remove(&by_reader);
            if let Some((_, last)) = pushed.filter(|(before, _)| *before == query.cursor) {
                page.changes.retain(|change| change.version > last);
            }
        }
        Switch::EmptyPollsCached => {
            let polls = &mut state.mutant_state.empty_polls;
            let is_known = |(cursor, since): &(u64, Duration)| {
                *cursor == query.cursor && app.now().saturating_sub(*since) < POLL_AGE
            };
            if polls.get(&by_reader).is_some_and(is_known) {
                *page = Page { changes: Vec::new(), next_cursor: query.cursor, has_more: false, gap: None };
            } else if page.changes.is_empty() {
                polls.insert(by_reader.clone(), (query.cursor, app.now()));
            }
        }
        Switch::AbsenceNeverCaughtUp => {
            let absences = state.mutant_state.absences.get(&by_reader).cloned().unwrap_or_default();
            page.changes.retain(|change| !absences.iter().any(|(from, to)| (from + 1..=*to).contains(&change.version)));
        }
        Switch::ChangesOfGoneMembersHidden => {
            let workspace = state.directory.workspace(scope);
            let is_member = |user: &String| workspace.is_some_and(|workspace| workspace.role_of(user).is_some());
            let author = |change: &Change| {
                let key = (scope.to_owned(), change.stamp.op_id.clone());
                state.mutant_state.senders.get(&key).cloned()
            };
            page.changes.retain(|change| author(change).as_ref().is_none_or(is_member));
        }
        Switch::RapidUpdatesDeduplicated => {
            retain(page, |all, place| {
                all[place + 1..].iter().filter(|other| other.key() == all[place].key()).count() < RAPID
            });
        }
        Switch::ShortLivedHidden => {
            retain(page, |all, place| {
                let dies = all.get(place + 1).is_some_and(|next| is_short_life(&all[place], next));
                let died = place.checked_sub(1).is_some_and(|before| is_short_life(&all[before], &all[place]));
                !dies && !died
            });
        }
        Switch::LastPageOneShort if query.cursor > 0 && !page.has_more && page.changes.len() > 1 => {
            page.next_cursor -= 1;
        }
        Switch::FilterAfterLimit if filters => end_behind(state, scope, query, page, query.limit),
        Switch::FilterScanCapped if filters => end_behind(state, scope, query, page, SCANNED),
        Switch::TrailingDeletesNotPulled if query.cursor > 0 => end_at_last_put(state, scope, query, page),
        Switch::HasMoreByCount => {
            let kept = state.workspace(scope).log.changes().len();
            page.has_more &= page.next_cursor < u64::try_from(kept).unwrap_or(u64::MAX);
        }
        Switch::LargeChangeStalls => end_at_bytes(page, query.cursor),
        _ => {}
    });
}

/// Keeps the changes for which `stays` is true, given all of the page and a place in it.
fn retain(page: &mut Page, stays: impl Fn(&[Change], usize) -> bool) {
    let all = page.changes.clone();
    page.changes = (0..all.len()).filter(|place| stays(&all, *place)).map(|place| all[place].clone()).collect();
}

/// Whether a record is put by the first change and deleted by the second, which follows at once.
fn is_short_life(first: &Change, second: &Change) -> bool {
    let puts_and_deletes = (first.operation, second.operation) == (Operation::Put, Operation::Delete);
    puts_and_deletes && first.version + 1 == second.version && first.key() == second.key()
}

/// Ends a filtered page behind this many entries of the log: by itself if nothing matches by then.
fn end_behind(state: &mut ServerState, scope: &str, query: PullQuery<'_>, page: &mut Page, count: usize) {
    let after = state.workspace(scope).log.after(query.cursor);
    let Some(last) = after.iter().filter(|change| change.key().is_for(query.reader)).nth(count - 1) else { return };
    let before = page.changes.len();
    page.changes.retain(|change| change.version <= last.version);
    if page.changes.len() == before && !page.changes.is_empty() {
        return;
    }
    page.has_more = !page.changes.is_empty() && count == query.limit;
    page.next_cursor = page.changes.last().map_or(query.cursor, |change| change.version);
}

/// Ends a page with the last put of the log.
fn end_at_last_put(state: &mut ServerState, scope: &str, query: PullQuery<'_>, page: &mut Page) {
    let is_put = |change: &&Change| change.operation == Operation::Put;
    let last = state.workspace(scope).log.changes().iter().rfind(is_put).map_or(0, |change| change.version);
    let before = page.changes.len();
    page.changes.retain(|change| change.version <= last);
    page.has_more &= page.next_cursor < last;
    if page.changes.len() < before {
        page.next_cursor = page.changes.last().map_or(query.cursor, |change| change.version);
    }
}

/// Ends a page before the change with which it becomes too large, even if that is its first.
fn end_at_bytes(page: &mut Page, cursor: u64) {
    let (mut bytes, before) = (0, page.changes.len());
    page.changes.retain(|change| {
        bytes += change.payload.as_deref().map_or(0, compact_length);
        bytes <= PAGE_BYTES
    });
    if page.changes.len() < before {
        page.has_more = true;
        page.next_cursor = page.changes.last().map_or(cursor, |change| change.version);
    }
}
