//! `POST /api/sync/pull`.

use super::app::{App, Shared};
use super::caller::Caller;
use super::failure::Failure;
use super::shape::Object;
use super::state::ServerState;
use super::switch::{Switch, deviations};
use super::variant::Freedom;
use super::view::{self, PullQuery};
use super::{changed_text, page_edges, race, shape, wire};
use axum::Json;
use axum::extract::{Request, State};
use serde_json::{Value, json};
use std::time::Duration;
use syncproof_model::{MAX_CLOCK, Operation, Page, Role};
use syncproof_protocol::json::compact_length;
use syncproof_protocol::table::Table;

/// How many entries the pages of variants with short pages hold.
const SHORT_PAGE: usize = 7;
/// What is long comes in about as many short pages.
const SHORT_PAGES: usize = 20;
/// Between the page and what is read after it.
const MOMENT: Duration = Duration::from_millis(1);
/// How far behind a stale replica is.
const REPLICA_LAG: Duration = Duration::from_millis(300);

/// What a page of that size holds of so many entries where pages are short.
pub(super) fn short_page(size: usize, entries: usize) -> usize {
    size.min(SHORT_PAGE.max(entries / SHORT_PAGES))
}

/// Answers with one page of changes.
pub(super) async fn pull(State(app): Shared, request: Request) -> Result<Json<Value>, Failure> {
    let (caller, body) = app.caller_and_body(request).await?;
    let mut answer = page(&app, &caller, &body)?;
    let is_filtered = shape::tables(&body)?.is_some();
    if app.is(Switch::FilterCursorReadLater) && is_filtered && answer["hasMore"] == json!(false) {
        race::gap(&app, Switch::FilterCursorReadLater).await;
        let head = app.state().workspace(&shape::scope(&body)?).log.head();
        answer["nextCursor"] = json!(head.max(answer["nextCursor"].as_u64().unwrap_or(0)));
    }
    if app.takes(Freedom::MoreReadLater) && answer["hasMore"] == json!(false) {
        tokio::time::sleep(MOMENT).await;
        answer["hasMore"] = json!(is_more_by_now(&app, &caller, &body, &answer)?);
    }
    Ok(Json(answer))
}

/// Whether the page after this one has anything.
fn is_more_by_now(app: &App, caller: &Caller, body: &Object, page: &Value) -> Result<bool, Failure> {
    let (scope, tables) = (shape::scope(body)?, shape::tables(body)?);
    let cursor = page["nextCursor"].as_u64().unwrap_or(u64::MAX);
    let next = PullQuery { reader: &caller.user, cursor, limit: 1, tables: tables.as_deref() };
    let next = view::page(app.switches(), app.state().workspace(&scope), next);
    Ok(page.get("requiresSnapshot").is_none() && !next.changes.is_empty())
}

/// The page that the body asks for.
fn page(app: &App, caller: &Caller, body: &Object) -> Result<Value, Failure> {
    let scope = shape::scope(body)?;
    let mut cursor = match shape::integer(body, "cursor", 0, MAX_CLOCK) {
        Err(_) if app.is(Switch::CursorUnchecked) => 0,
        cursor => cursor?,
    };
    let max = if app.is(Switch::LimitUnchecked) { MAX_CLOCK } else { 1000 };
    let mut limit = usize::try_from(shape::integer(body, "limit", 1, max)?).unwrap_or(usize::MAX);
    let mut tables = shape::tables(body)?;
    tables.iter_mut().flatten().for_each(|name| changed_text::table(app.switches(), name));
    let mut state = app.state();
    if !app.is(Switch::PullOpenToAll) {
        state.sync_role(app, &caller.user, &scope)?;
    }
    let is_known = |names: &Vec<String>| names.iter().all(|name| Table::named(name).is_some());
    if app.takes(Freedom::UnknownFilterRefused) && !tables.as_ref().is_none_or(is_known) {
        return Err(Failure::bad_request("unknown table"));
    }
    let head = state.workspace(&scope).log.head();
    if app.takes(Freedom::ShortPulls) {
        limit = short_page(limit, usize::try_from(head).unwrap_or(usize::MAX));
    }
    if cursor > head && app.takes(Freedom::PullBeyondHeadRefused) {
        return Err(Failure::bad_request("the cursor is beyond the head"));
    }
    let beyond = cursor > head;
    deviations!(match app.switches() {
        Switch::EmptyLogNotFound if head == 0 => return Err(Failure::not_found()),
        Switch::PullOnceOnly => {
            let pulled = state.mutant_state.pulled.get(&(caller.user.clone(), scope.clone()));
            cursor = cursor.max(pulled.copied().unwrap_or(0));
        }
        Switch::CursorInclusive => cursor = cursor.saturating_sub(1),
        Switch::BeyondHeadStartsOver if beyond => cursor = 0,
        Switch::BeyondHeadBreaks if beyond => return Err(Failure::internal_error("cursor out of range")),
        Switch::LimitOneMore => limit = limit.saturating_add(1),
        Switch::PullCursorIn32Bits if i32::try_from(cursor).is_err() => {
            return Err(Failure::internal_error("value out of range for type integer"));
        }
        Switch::FilterIgnored => tables = None,
        Switch::ViewersFilterIgnored if is_viewer(&state, &scope, &caller.user) => tables = None,
        Switch::FilterCaseFolded => tables.iter_mut().flatten().for_each(|name| name.make_ascii_lowercase()),
        Switch::MixedFilterIsAll => tables = tables.filter(is_known),
        Switch::FilterUnknownIsAll => {
            tables = tables.filter(|names| names.iter().any(|name| Table::named(name).is_some()));
        }
        _ => {}
    });
    cursor = page_edges::start(app, &mut state, &scope, &caller.user, cursor);
    let query = PullQuery { reader: &caller.user, cursor, limit, tables: tables.as_deref() };
    let mut page = view::page(app.switches(), state.workspace(&scope), query);
    if app.takes(Freedom::FilterCursorFurther) && tables.is_some() && page.gap.is_none() {
        // The last version before the next match, which a page that starts at the cursor shows.
        let after = PullQuery { cursor: page.next_cursor, limit: 1, ..query };
        let next = view::page(app.switches(), state.workspace(&scope), after);
        let last = next.changes.first().map_or(head, |change| change.version - 1);
        page.next_cursor = last.max(page.next_cursor);
    }
    if app.takes(Freedom::ProjectsFilterPulls) && shape::project(body).is_some() {
        page.changes.retain(|change| state.mutant_state.is_in_project(&scope, &change.stamp.op_id));
    }
    page_edges::mutate(app, &mut state, &scope, query, &mut page);
    deviations!(match app.switches() {
        Switch::PullOnceOnly => {
            state.mutant_state.pulled.insert((caller.user.clone(), scope.clone()), page.next_cursor);
        }
        Switch::ProjectsHidden if shape::project(body).is_none() => {
            page.changes.retain(|change| !state.mutant_state.is_in_project(&scope, &change.stamp.op_id));
        }
        Switch::VersionsOfThreeDigits => {
            let text = |version: u64| format!("{version:03}");
            page.changes.retain(|change| text(change.version) > text(cursor));
            page.changes.sort_by_key(|change| text(change.version));
        }
        Switch::LongFilterStops if tables.is_some() && limit > 128 => {
            page.changes.retain(|change| change.version <= 1000);
            page.has_more &= page.next_cursor < 1000;
        }
        Switch::PagesCutByBytes => cut(&mut page),
        Switch::HasMoreWhenFull => page.has_more = page.changes.len() == limit,
        Switch::ViewersLastPageUnended if is_viewer(&state, &scope, &caller.user) => {
            page.has_more = page.changes.len() == limit;
        }
        Switch::HasMoreForgotten if page.changes.len() < 100 => page.has_more = false,
        Switch::FilterCursorIsHead if tables.is_some() => page.next_cursor = head.max(cursor),
        Switch::NextCursorIsHead => page.next_cursor = head.max(cursor),
        Switch::NextCursorOnePast if page.has_more => page.next_cursor += 1,
        Switch::EmptyPageResets if page.changes.is_empty() => page.next_cursor = 0,
        Switch::PullDescends => page.changes.reverse(),
        Switch::DeletesNotPulled => page.changes.retain(|change| change.operation == Operation::Put),
        Switch::PullCompacts => compact(&mut page),
        Switch::PullLeaks => leak(&state, &scope, &mut page),
        Switch::ReplicaLags => lag(&state, &scope, &mut page, cursor),
        Switch::UnansweredShownToSome => {
            state.mutant_state.pulls += 1;
            if state.mutant_state.pulls.is_multiple_of(2) {
                hide_unanswered(&state, &scope, &mut page, cursor);
            }
        }
        Switch::StampRewritten => {
            page.changes.iter_mut().for_each(|change| change.stamp.device_id = "server".into());
        }
        Switch::HlcRewritten => {
            page.changes.iter_mut().for_each(|change| change.stamp.hlc = change.stamp.hlc.to_lowercase());
        }
        _ => {}
    });
    let mut changes: Vec<Value> = page.changes.iter().map(wire::change).collect();
    changed_text::pulled(app.switches(), &mut changes, cursor, tables.is_some());
    let mut answer = json!({"changes": changes, "nextCursor": page.next_cursor, "hasMore": page.has_more});
    if let Some(oldest) = page.gap {
        answer["requiresSnapshot"] = json!(true);
        if !app.is(Switch::GapWithoutOldest) {
            answer["oldestRetainedVersion"] = json!(oldest);
        }
    }
    Ok(answer)
}

fn is_viewer(state: &ServerState, scope: &str, user: &str) -> bool {
    state.directory.workspace(scope).and_then(|workspace| workspace.role_of(user)) == Some(Role::Viewer)
}

/// Ends a page where it becomes too large.
fn cut(page: &mut Page) {
    let mut bytes = 0;
    page.changes.retain(|change| {
        bytes += change.payload.as_deref().map_or(0, compact_length);
        bytes <= 512 * 1024
    });
    page.next_cursor = page.changes.last().map_or(page.next_cursor, |change| change.version);
}

/// Removes changes that a later change of the page overwrites.
fn compact(page: &mut Page) {
    let all = page.changes.clone();
    page.changes
        .retain(|change| all.iter().all(|other| other.key() != change.key() || other.version <= change.version));
}

/// Adds the changes that other workspaces have for the same records.
fn leak(state: &ServerState, scope: &str, page: &mut Page) {
    let mut leaked = page.changes.clone();
    for (_, workspace) in state.workspaces.iter().filter(|(id, _)| *id != scope) {
        let foreign = workspace.log.changes().iter();
        leaked.extend(foreign.filter(|change| page.changes.iter().any(|own| own.key() == change.key())).cloned());
    }
    leaked.sort_by_key(|change| change.version);
    page.changes = leaked;
}

/// Removes changes that have only just arrived.
fn lag(state: &ServerState, scope: &str, page: &mut Page, cursor: u64) {
    let is_young = |version| {
        let arrival = state.mutant_state.arrivals.get(&(scope.to_owned(), version));
        arrival.is_some_and(|arrival| arrival.elapsed() < REPLICA_LAG)
    };
    end_before(page, cursor, is_young);
}

/// Ends a page before the first change of a push that is not answered yet.
fn hide_unanswered(state: &ServerState, scope: &str, page: &mut Page, cursor: u64) {
    let unanswered = state.mutant_state.unanswered.get(scope);
    end_before(page, cursor, |version| unanswered.is_some_and(|versions| versions.contains(&version)));
}

/// Ends a page, and the log with it, before the first change of that kind.
fn end_before(page: &mut Page, cursor: u64, ends: impl Fn(u64) -> bool) {
    if let Some(place) = page.changes.iter().position(|change| ends(change.version)) {
        page.changes.truncate(place);
        page.has_more = false;
        page.next_cursor = page.changes.last().map_or(cursor, |change| change.version);
    }
}
