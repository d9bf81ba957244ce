//! `POST /api/sync/snapshot`.

use super::app::{App, Shared};
use super::failure::{Failure, Reason};
use super::items::items;
use super::pull::short_page;
use super::state::{ServerState, WorkspaceState};
use super::stored_snapshot::Snapshot;
use super::switch::{Switch, deviation, deviations};
use super::variant::Freedom;
use super::{changed_text, shape, snapshot_pages, wire};
use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::HashSet;
use std::time::Duration;
use syncproof_protocol::simulation;
use syncproof_protocol::table::Table;

/// How many snapshots a workspace keeps for later pages; the oldest is dropped first.
const MAX_SNAPSHOTS: usize = 32;

/// How long a mutant takes page tokens.
const MEMORY: Duration = Duration::from_secs(4);

/// The content of a page token, which is bound to one workspace and one filter (`isolation.snapshot-token`, `snapshot.bad-token`).
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Token {
    workspace: String,
    snapshot: String,
    tables: Option<Vec<String>>,
    offset: usize,
}

impl Token {
    fn write(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(json!(self).to_string())
    }

    fn read(text: &str) -> Option<Self> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
        serde_json::from_slice(&bytes).ok()
    }
}

/// Answers with one page of a snapshot.
pub(super) async fn page(State(app): Shared, request: Request) -> Result<Json<Value>, Failure> {
    let (caller, body) = app.caller_and_body(request).await?;
    let scope = shape::scope(&body)?;
    let mut size = match shape::integer(&body, "pageSize", 1, 1000) {
        Err(_) if app.is(Switch::PageSizeUnchecked) => 100,
        size => usize::try_from(size?).unwrap_or(usize::MAX),
    };
    let mut tables = shape::tables(&body)?;
    if let Some(names) = tables.as_mut().filter(|_| app.is(Switch::FilterNamesTwice)) {
        // As they were given, in that order and with repetitions.
        let given = shape::array(&body, "tables")?.iter().filter_map(Value::as_str);
        *names = given.map(str::to_owned).collect();
    }
    let is_known = |names: &Vec<String>| names.iter().all(|name| Table::named(name).is_some());
    if !tables.as_ref().is_none_or(is_known) && !app.is(Switch::SnapshotUnknownTable) {
        return Err(Failure::bad_request("unknown table"));
    }
    let token = shape::optional_text(&body, "pageToken")?;
    let mut state = app.state();
    if token.is_none() || !app.is(Switch::TokenOutlivesAccess) {
        state.sync_role(&app, &caller.user, &scope)?;
    }
    if app.is(Switch::EmptySnapshotNotFound) && state.workspace(&scope).log.head() == 0 {
        return Err(Failure::not_found());
    }
    let mut token = match token.map(Token::read) {
        None => take(&app, &mut state, &scope, &caller.user, tables.clone()),
        Some(None) if app.is(Switch::GarbledTokenStartsOver) => {
            take(&app, &mut state, &scope, &caller.user, tables.clone())
        }
        Some(None) => return Err(Failure::bad_request("the page token is not valid").because(Reason::BadToken)),
        Some(Some(token)) => token,
    };
    if token.workspace != scope && !app.is(Switch::TokenOpensForeign) {
        return Err(Failure::bad_request("the page token is of another workspace").because(Reason::ForeignToken));
    }
    let is_tolerated = deviation!(match app.switches() {
        Switch::FilterMayChange => true,
        Switch::FilterMayBeLeftOut => is_within(token.tables.as_ref(), tables.as_ref()),
        Switch::FilterMayShrink => is_within(tables.as_ref(), token.tables.as_ref()),
        _ => false,
    });
    if token.tables != tables && !is_tolerated {
        return Err(Failure::bad_request("the page token is of another filter"));
    }
    let is_kept = state.workspace(&token.workspace).snapshots.iter().any(|snapshot| snapshot.id == token.snapshot);
    if !is_kept && app.is(Switch::EvictedSnapshotGoesOnLive) {
        token.snapshot = take(&app, &mut state, &scope, &caller.user, tables.clone()).snapshot;
    }
    let workspace = state.workspace(&token.workspace);
    let reader =
        workspace.snapshots.iter().find(|snapshot| snapshot.id == token.snapshot).map(|snapshot| &snapshot.reader);
    if reader.is_some_and(|reader| *reader != caller.user) && !app.is(Switch::TokenShowsNotifications) {
        return Err(Failure::bad_request("the page token is of another user"));
    }
    deviations!(match app.switches() {
        Switch::TokenStaysWithServer => {
            let position = state.mutant_state.positions.entry(token.snapshot.clone()).or_insert(0);
            token.offset = *position;
            *position += size;
        }
        Switch::TokenCountsPages => token.offset *= size,
        Switch::TokenKeepsSize => size = *state.mutant_state.sizes.entry(token.snapshot.clone()).or_insert(size),
        _ => {}
    });
    let workspace = state.workspace(&token.workspace);
    page_of(&app, workspace, token, &scope, size).map(Json)
}

/// Takes a snapshot, and returns the token of its first page.
fn take(app: &App, state: &mut ServerState, scope: &str, reader: &str, tables: Option<Vec<String>>) -> Token {
    let hidden = match app.is(Switch::ProjectsHiddenInSnapshots) {
        true => state.mutant_state.in_project.clone(),
        false => HashSet::new(),
    };
    let workspace = state.workspace(scope);
    let id = simulation::uuid().to_string();
    let mut items = match &tables {
        Some(names) if app.is(Switch::FilterNamesTwice) => {
            let one = |name: &String| items(app.switches(), &workspace.log, reader, Some(std::slice::from_ref(name)));
            names.iter().flat_map(one).collect()
        }
        _ => items(app.switches(), &workspace.log, reader, tables.as_deref()),
    };
    items.retain(|item| hidden.is_empty() || !hidden.contains(&(scope.to_owned(), item.revision.op_id.clone())));
    if app.is(Switch::SnapshotEndsAfter1000) {
        items.truncate(1000);
    }
    if app.takes(Freedom::SnapshotInUtf16Order) {
        let units = |text: &str| text.encode_utf16().collect::<Vec<u16>>();
        items.sort_by_cached_key(|item| (units(&item.key.table), units(&item.key.pk), item.kind));
    }
    while workspace.snapshots.len() >= MAX_SNAPSHOTS {
        workspace.snapshots.pop_front();
    }
    workspace.snapshots.push_back(Snapshot {
        id: id.clone(),
        reader: reader.to_owned(),
        taken_at: app.now(),
        high_watermark: deviation!(match app.switches() {
            Switch::WatermarkTooHigh => workspace.log.head() + 1,
            Switch::WatermarkFromTheLog => workspace.log.changes().last().map_or(0, |change| change.version),
            Switch::WatermarkTooLow => workspace.log.head().saturating_sub(1),
            _ => workspace.log.head(),
        }),
        items: items
            .iter()
            .map(|item| match app.is(Switch::HiddenEndsTheSnapshot) && !item.key.is_for(reader) {
                true => Value::Null,
                false => shown(app, wire::item(&workspace.log, item)),
            })
            .collect(),
    });
    Token { workspace: scope.to_owned(), snapshot: id, tables, offset: 0 }
}

/// An item as this server shows it.
fn shown(app: &App, mut item: Value) -> Value {
    if app.is(Switch::SnapshotPlusesBlank) {
        item["pk"] = item["pk"].as_str().map(|pk| pk.replace('+', " ")).into();
    }
    item
}

/// The items of a snapshot without the one, on pages to come, that the last collected entry wrote, if it was overwritten since.
fn without_last_collected(workspace: &WorkspaceState, items: &[Value], offset: usize) -> Vec<Value> {
    let log = &workspace.log;
    let id = |item: &Value| item["revision"]["opId"].as_str().unwrap_or_default().to_owned();
    let is_last = |item: &Value| log.version_of(&id(item)).is_some_and(|version| version + 1 == log.oldest_kept());
    let is_overwritten = |item: &Value| !log.state().records().any(|(_, record)| record.revision.op_id == id(item));
    let numbered = items.iter().enumerate();
    let kept = numbered.filter(|(place, item)| *place < offset || !(is_last(item) && is_overwritten(item)));
    kept.map(|(_, item)| item.clone()).collect()
}

fn page_of(app: &App, workspace: &WorkspaceState, token: Token, scope: &str, size: usize) -> Result<Value, Failure> {
    let gone = || Failure::new(StatusCode::GONE, "the snapshot is gone");
    let snapshot = workspace.snapshots.iter().find(|snapshot| snapshot.id == token.snapshot).ok_or_else(gone)?;
    if app.is(Switch::PageTokensExpire) && app.now().saturating_sub(snapshot.taken_at) > MEMORY {
        return Err(gone());
    }
    let now = |tables: Option<&[String]>| -> Vec<Value> {
        items(app.switches(), &workspace.log, &snapshot.reader, tables)
            .iter()
            .map(|item| wire::item(&workspace.log, item))
            .collect()
    };
    let live = deviation!(match app.switches() {
        Switch::PagesAreLive => Some(now(token.tables.as_deref())),
        Switch::LastCollectedNotKept => Some(without_last_collected(workspace, &snapshot.items, token.offset)),
        Switch::FilterLostOnLaterPages if token.offset > 0 && token.tables.is_some() => Some(now(None)),
        _ => None,
    });
    let items = live.as_ref().unwrap_or(&snapshot.items);
    let size = deviation!(match app.switches() {
        Switch::PageOneTooLong => size.saturating_add(1),
        _ =>
            if app.takes(Freedom::ShortSnapshotPages) {
                short_page(size, items.len())
            } else {
                size
            },
    });
    let token = Token { offset: snapshot_pages::start(app.switches(), items, token.offset), ..token };
    // No token of this server points past the end, so this one is forged.
    let rest = match items.get(token.offset..) {
        Some(rest) => rest,
        None if live.is_some() => &[],
        None => return Err(Failure::bad_request("the page token is not valid")),
    };
    let page = &rest[..size.min(rest.len())];
    let step = deviation!(match app.switches() {
        Switch::PagesOverlap if page.len() > 1 => page.len() - 1,
        Switch::PagesSkip => page.len() + 1,
        Switch::PagesOf500Skip if page.len() >= 500 => page.len() + 1,
        _ => page.len(),
    });
    let offset = deviation!(match app.switches() {
        Switch::TokenCountsPages => token.offset / size + 1,
        _ => token.offset + step,
    });
    // Hidden items are null for one mutant only, which takes a page that is not full for the last one.
    let mut shown: Vec<Value> = page.iter().filter(|item| !item.is_null()).cloned().collect();
    changed_text::snapshotted(app.switches(), &mut shown, token.offset == 0);
    let is_last = page.len() == rest.len() || step >= rest.len() || shown.len() < page.len();
    let next = (!is_last).then(|| Token { offset, ..token }.write());
    Ok(json!({
        "workspaceId": scope,
        "snapshotId": if app.is(Switch::PageHasOwnId) { simulation::uuid().to_string() } else { snapshot.id.clone() },
        "highWatermark": snapshot.high_watermark,
        "items": shown,
        "nextPageToken": next,
    }))
}

/// Whether the first filter lets nothing through that the second one does not; none lets everything through.
fn is_within(first: Option<&Vec<String>>, second: Option<&Vec<String>>) -> bool {
    let Some(second) = second else { return true };
    first.is_some_and(|first| first.iter().all(|name| second.contains(name)))
}
