//! Private notifications: who sees them, and that hidden ones do not change how pages work.

use std::collections::BTreeSet;

use crate::prelude::*;

pub(crate) const OWNER_ONLY: &str = "notification.owner-only";
pub(crate) const TABLE: &str = syncproof_model::NOTIFICATIONS;

cases! {
    /// Three members, with and without notifications: pulls, filters and snapshots show each their own only.
    "notification/seen-by-its-user-only" checks [OWNER_ONLY] needs [PrivateNotifications, Invite] by seen_by_its_user;
    /// Runs of hidden changes at the start, between and at the end: every page is full, goes on, and ends in time.
    "notification/hidden-in-pages-of-every-size"
        checks [OWNER_ONLY, "pull.complete", "pull.has-more", "pull.next-cursor"] needs [PrivateNotifications, Invite] by hidden_in_pages;
    /// A member goes on with the page token of another: refused, or without the other's notifications.
    "notification/anothers-page-token"
        checks [OWNER_ONLY] needs [PrivateNotifications, Invite, Snapshot] by anothers_token;
    /// The oldest entry that is kept is hidden from a member: the gap is reported, and none where there is none.
    "notification/behind-a-gap"
        checks ["gc.gap-is-told", OWNER_ONLY] needs [PrivateNotifications, Invite, Gc] by behind_a_gap;
}

/// The home of anna, with ben as editor and a viewer, and its log.
#[derive(Debug)]
pub(crate) struct SharedWorkspace {
    pub(crate) workspace: Id,
    pub(crate) anna: User,
    pub(crate) ben: User,
    pub(crate) viewer: User,
    journal: Journal,
    /// Who wrote each entry of the log.
    writers: Vec<Id>,
}

impl SharedWorkspace {
    pub(crate) async fn open(context: &Context) -> Checked<Self> {
        Self::open_at(context, None).await
    }

    /// As [`SharedWorkspace::open`], with anna and ben beside it.
    pub(crate) async fn with_users(context: &Context) -> Checked<(Self, User, User)> {
        let shared = Self::open(context).await?;
        let (anna, ben) = (shared.anna.clone(), shared.ben.clone());
        Ok((shared, anna, ben))
    }

    /// As [`SharedWorkspace::open`], at the server of that address.
    pub(crate) async fn open_at(context: &Context, base: Option<&str>) -> Checked<Self> {
        let user = async |label| match base {
            Some(base) => context.user_at(label, base).await,
            None => context.user(label).await,
        };
        let (anna, ben, viewer) = (user("anna").await?, user("ben").await?, user("viewer").await?);
        anna.invite(&anna.home, &ben, Role::Editor).await?;
        anna.invite(&anna.home, &viewer, Role::Viewer).await?;
        let journal = Journal::of(anna.clone(), OWNER_ONLY);
        Ok(SharedWorkspace { workspace: anna.home.clone(), anna, ben, viewer, journal, writers: Vec::new() })
    }

    /// The same workspace at a server with another address, on the same store.
    pub(crate) fn at(self, base: &str) -> Checked<Self> {
        let (anna, ben, viewer) = (self.anna.at(base)?, self.ben.at(base)?, self.viewer.at(base)?);
        Ok(SharedWorkspace { anna, ben, viewer, ..self })
    }

    /// Pushes ops of that user, which have to succeed with the next versions.
    pub(crate) async fn push_ok(&mut self, user: &User, ops: &[Op], requirement: &'static str) -> Checked {
        self.journal.checks(requirement).push_by_ok(user, ops).await?;
        self.writers.resize(self.journal.ops.len(), user.id.clone());
        Ok(())
    }

    /// The entries that a user may see: version and op.
    fn visible(&self, reader: &User) -> Vec<(u64, Op)> {
        let entries = (1..).zip(self.journal.ops.iter().zip(&self.writers));
        let visible = entries.filter(|(_, (op, writer))| op.table() != TABLE || **writer == reader.id);
        visible.map(|(version, (op, _))| (version, op.clone())).collect()
    }

    /// Checks what a user gets from a pull of all tables, from pulls with filters and from a snapshot.
    pub(crate) async fn shows(&self, reader: &User, requirement: &'static str) -> Checked {
        let visible = self.visible(reader);
        for names in [&[][..], &[TABLE], &["threads", TABLE], &["threads"]] {
            let (changes, answer) = reader.log_of_tables(&self.workspace, &json!(names), requirement).await?;
            let named = visible.iter().filter(|(_, op)| names.is_empty() || names.contains(&op.table()));
            let expected: Vec<Value> = named.map(|(version, op)| op.as_change(*version)).collect();
            let message = format!(
                "a pull with the tables filter {names:?} does not give exactly the changes that the member may see"
            );
            answer.equal(requirement, message, expected, entries(&changes))?;
        }
        let own: Vec<Op> = visible.into_iter().map(|(_, op)| op).collect();
        reader.shows(&self.workspace, &own, requirement).await?;
        if reader.context().has(Capability::Snapshot) {
            let pages = reader.snapshot_pages(&self.workspace, 1000, requirement).of_tables(&json!([TABLE]));
            let (items, _, answer) = pages.rest().await?;
            let own: Vec<Op> = own.into_iter().filter(|op| op.table() == TABLE).collect();
            let expected: BTreeSet<String> = fold(&own).iter().filter_map(pk_of).collect();
            let actual: BTreeSet<String> = items.iter().map(|item| item.position().1.to_owned()).collect();
            let message = "a snapshot of the notifications does not give exactly the member's own";
            answer.equal(requirement, message, expected, actual)?;
        }
        Ok(())
    }

    /// As [`SharedWorkspace::shows`], for every member.
    pub(crate) async fn shows_all(&self, requirement: &'static str) -> Checked {
        for reader in [&self.anna, &self.ben, &self.viewer] {
            self.shows(reader, requirement).await?;
        }
        Ok(())
    }

    /// Checks that a user sees under the keys of their notifications what they wrote there. They may also have tried to
    /// write under other keys.
    pub(crate) async fn still_sees_own(&self, user: &User, requirement: &'static str) -> Checked {
        let mut own = self.visible(user);
        own.retain(|(_, op)| op.table() == TABLE);
        let is_own = |pk: &str| own.iter().any(|(_, op)| op.pk() == pk);
        let (mut changes, answer) = user.log_of_tables(&self.workspace, &json!([TABLE]), requirement).await?;
        changes.retain(|change| is_own(&change.pk));
        let expected: Vec<Value> = own.iter().map(|(version, op)| op.as_change(*version)).collect();
        let message = "a pull does not give a member's notifications as they wrote them";
        answer.equal(requirement, message, expected, entries(&changes))?;
        if user.context().has(Capability::Snapshot) {
            let (items, answer) = user.items(&self.workspace, requirement).await?;
            let items = items.iter().filter(|item| item.position().0 == TABLE && is_own(item.position().1));
            let mut actual: Vec<Value> = items.map(item_json).collect();
            actual.sort_by_cached_key(pk_of);
            let ops: Vec<Op> = own.iter().map(|(_, op)| op.clone()).collect();
            let mut expected = fold(&ops);
            expected.sort_by_cached_key(pk_of);
            let message = "a snapshot does not give a member's notifications as they wrote them";
            answer.equal(requirement, message, expected, actual)?;
        }
        Ok(())
    }
}

fn pk_of(item: &Value) -> Option<String> {
    Some(item.get("pk")?.as_str()?.to_owned())
}

async fn seen_by_its_user(context: Context) -> Checked {
    let (mut shared, anna, ben) = SharedWorkspace::with_users(&context).await?;
    let viewer = shared.viewer.clone();
    for user in [&anna, &ben, &viewer] {
        user.activate_ok(&shared.workspace).await?;
    }
    let annas = [
        anna.put("threads", "pk"),
        anna.put(TABLE, "annas").mark("for anna"),
        anna.put(TABLE, "annas").clock(2).mark("for anna, again"),
        anna.put(TABLE, "annas-gone"),
        anna.delete(TABLE, "annas-gone").clock(2),
    ];
    let bens = [
        ben.put(TABLE, "bens").mark("for ben"),
        ben.put("kv", "pk"),
        ben.put(TABLE, "bens-gone"),
        ben.delete(TABLE, "bens-gone").clock(2).payload(Some(json!({"id": "bens-gone"}))),
        ben.put(TABLE, "bens-back"),
        ben.delete(TABLE, "bens-back").clock(2),
        ben.put(TABLE, "bens-back").clock(3),
    ];
    shared.push_ok(&anna, &annas, OWNER_ONLY).await.in_setup()?;
    shared.push_ok(&ben, &bens, OWNER_ONLY).await.in_setup()?;
    for reader in [&anna, &ben, &viewer] {
        shared.shows(reader, OWNER_ONLY).await?;
        // The same on another connection.
        shared.shows(&reader.on_new_connections()?, OWNER_ONLY).await?;
    }
    Ok(())
}

async fn hidden_in_pages(context: Context) -> Checked {
    let (mut shared, anna, ben) = SharedWorkspace::with_users(&context).await?;
    let hidden = |name: &str, count: usize| -> Vec<Op> {
        (0..count).map(|number| anna.put(TABLE, &format!("{name}{number}"))).collect()
    };
    for (user, ops) in [
        (&anna, hidden("first", 2)),
        (&anna, vec![anna.put("threads", "pk")]),
        (&ben, vec![ben.put(TABLE, "bens")]),
        (&anna, hidden("between", 3)),
        (&ben, vec![ben.put("kv", "pk")]),
        (&anna, hidden("last", 2)),
    ] {
        shared.push_ok(user, &ops, OWNER_ONLY).await.in_setup()?;
    }
    for limit in [1, 2, 3, 1000] {
        for reader in [&ben, &shared.viewer] {
            pages(&shared, reader, limit).await?;
        }
    }
    // A device that continues from the cursor of its last page gets the next visible change.
    let last = ben.pull(&shared.workspace, 0, 1000).await?.read::<PullAnswer>(OWNER_ONLY)?;
    shared.push_ok(&anna, &[anna.put(TABLE, "more"), anna.put("threads", "more")], OWNER_ONLY).await.in_setup()?;
    let answer = ben.pull(&shared.workspace, last.next_cursor, 1).await?;
    let page: PullAnswer = answer.read(OWNER_ONLY)?;
    let message = "a pull misses a change that follows another member's notification";
    answer.equal("pull.complete", message, [shared.journal.head()], versions(&page.changes))
}

/// Checks every page of that size: it gives what the reader may see, says whether more follows, and its cursor skips
/// nothing. Hidden changes do not count; the cursor may be before or after them.
async fn pages(shared: &SharedWorkspace, reader: &User, limit: u64) -> Checked {
    let visible = shared.visible(reader);
    for cursor in 0..=shared.journal.head() {
        let answer = reader.pull(&shared.workspace, cursor, limit).await?;
        let page: PullAnswer = answer.read(OWNER_ONLY)?;
        let mut rest = visible.iter().filter(|(version, _)| *version > cursor);
        let most = usize::try_from(limit).unwrap_or(usize::MAX);
        let expected: Vec<Value> = rest.by_ref().take(most).map(|(version, op)| op.as_change(*version)).collect();
        let what = format!("a page with limit {limit} from version {cursor}");
        let foreign = page.changes.iter().any(|change| !visible.iter().any(|(at, _)| *at == change.server_version));
        let broken = if foreign { OWNER_ONLY } else { "pull.complete" };
        let message = format!("{what} does not give exactly what the member may see");
        answer.equal(broken, message, expected, entries(&page.changes))?;
        let next = rest.next().map(|(version, _)| *version);
        let message = format!("{what} has a wrong hasMore, which counts only what the member may see");
        answer.equal("pull.has-more", message, next.is_some(), page.has_more)?;
        let least = page.changes.last().map_or(cursor, |change| change.server_version);
        let most = next.map_or(shared.journal.head(), |next| next - 1);
        let (fits, message) = (
            (least..=most).contains(&page.next_cursor),
            format!("{what} has a nextCursor that is not between its last change and the next one"),
        );
        let (expected, actual) = (format!("from {least} to {most}"), page.next_cursor.to_string());
        answer.ensure("pull.next-cursor", fits, message, expected, actual)?;
    }
    let (changes, answer) = reader.log_after(&shared.workspace, 0, limit, "pull.complete").await?;
    let expected: Vec<u64> = visible.iter().map(|(version, _)| *version).collect();
    let message = format!("pages with limit {limit} do not give exactly what the member may see");
    answer.equal("pull.complete", message, expected, versions(&changes))
}

async fn anothers_token(context: Context) -> Checked {
    let (mut shared, anna, ben) = SharedWorkspace::with_users(&context).await?;
    let mut ops: Vec<Op> = (0..4).map(|n| anna.put(TABLE, &format!("secret{n}")).mark("for anna")).collect();
    ops.extend([anna.put("threads", "pk"), anna.put("kv", "pk")]);
    shared.push_ok(&anna, &ops, OWNER_ONLY).await.in_setup()?;
    for size in [1, 3] {
        let first = anna.snapshot(&shared.workspace, json!({"pageSize": size})).await?;
        let token = first.read::<SnapshotAnswer>("snapshot.complete").in_setup()?.next_page_token;
        let mut pages = ben.snapshot_pages(&shared.workspace, 2, OWNER_ONLY).from_token(token);
        pages.may_refuse(&[400, 403, 404, 410]);
        while let Some((page, answer)) = pages.next().await? {
            let leak = page.items.iter().find(|item| item.position().0 == TABLE);
            let message = "with another member's page token, a snapshot shows that member's notifications";
            let actual = leak.map_or_else(String::new, |item| format!("the item {}", json!(item.position())));
            answer.ensure(OWNER_ONLY, leak.is_none(), message, "a refusal, or no notifications of 'anna'", actual)?;
        }
    }
    shared.shows(&ben, OWNER_ONLY).await
}

async fn behind_a_gap(context: Context) -> Checked {
    const GAP: &str = "gc.gap-is-told";
    let (mut shared, anna, ben) = SharedWorkspace::with_users(&context).await?;
    let annas = [
        anna.put("threads", "older"),
        anna.put("threads", "old"),
        anna.put(TABLE, "old"),
        anna.put(TABLE, "kept"),
        anna.put("threads", "kept"),
        anna.put(TABLE, "last"),
    ];
    shared.push_ok(&anna, &annas, GAP).await.in_setup()?;
    anna.update_cursor_ok(&shared.workspace, "annas", 6, GAP).await.in_setup()?;
    ben.update_cursor_ok(&shared.workspace, "bens", 3, GAP).await.in_setup()?;
    anna.collect_log_through_ok(&shared.workspace, 3, "gc.collects").await.in_setup()?;
    let answer = anna.pull(&shared.workspace, 3, 10).await?;
    let kept = answer.read::<PullAnswer>(GAP)?.requires_snapshot != Some(true);
    let message = "a collection removed log entries that a member's device has not read";
    answer.check("gc.keeps-unseen", kept, message, "the versions 4 to 6")?;
    // The log now begins with version 3 or 4 and ends with 6, and ben can see none of these.
    for (cursor, is_gap) in [(0, true), (1, true), (3, false), (4, false), (5, false), (6, false)] {
        let answer = ben.pull(&shared.workspace, cursor, 10).await?;
        let page: PullAnswer = answer.read(GAP)?;
        let message = format!(
            "requiresSnapshot is wrong in a pull from version {cursor} of a log that was collected up to version 3"
        );
        answer.equal(GAP, message, is_gap, page.requires_snapshot == Some(true))?;
        let expected: &[u64] = if cursor < 5 { &[5] } else { &[] };
        if !is_gap {
            let message = "a pull from behind the collected entries does not give exactly what the member may see";
            answer.equal(OWNER_ONLY, message, expected, versions(&page.changes))?;
        }
    }
    Ok(())
}
