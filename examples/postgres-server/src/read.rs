//! What clients read: pulls, the cursors that say how far they are, and snapshots.

use serde_json::{Value, json};

use crate::shape::{TABLES, count};
use crate::store::{Attempt, Refused, Values};

impl Attempt<'_> {
    pub(crate) fn count(&self, pointer: &str) -> i64 {
        self.call.body.pointer(pointer).and_then(count).unwrap_or(0)
    }

    /// The tables that are asked for. An empty list means all.
    fn tables(&self) -> Vec<&str> {
        match self.call.body["tables"].as_array().filter(|asked| !asked.is_empty()) {
            Some(asked) => asked.iter().filter_map(Value::as_str).collect(),
            None => TABLES.iter().map(|(table, _)| *table).collect(),
        }
    }

    pub(crate) async fn pull(&self) -> Result<Value, Refused> {
        let (workspace, cursor, limit) = (self.text("/scope/workspaceId"), self.count("/cursor"), self.count("/limit"));
        let (_, collected) = self.enter(workspace, "", &[]).await?;
        if cursor < collected {
            return Ok(json!({ "changes": [], "nextCursor": cursor, "hasMore": false, "requiresSnapshot": true,
                              "oldestRetainedVersion": collected + 1 }));
        }
        let sql = "SELECT shown FROM changes WHERE workspace = $1 AND version > $2 AND table_name = ANY($3)
                   ORDER BY version LIMIT $4::bigint + 1";
        let values: Values<'_> = &[&workspace, &cursor, &self.tables(), &limit];
        let mut changes = match self.store.wrong {
            "lagging-replica" => self.store.replica(&self.user, sql, values).await?,
            _ => self.work.objects(sql, values).await?,
        };
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let has_more = changes.len() > limit;
        changes.truncate(limit);
        let mut next = changes.last().and_then(|change| change["serverVersion"].as_i64()).unwrap_or(cursor);
        if self.store.wrong == "cursor-from-head" && !has_more {
            // In READ COMMITTED this statement sees what was committed since the last one.
            let head = self.work.row("SELECT max(version) FROM changes WHERE workspace = $1", &[&workspace]).await?;
            next = head.and_then(|row| row.get(0)).unwrap_or(next).max(next);
        }
        Ok(json!({ "changes": changes, "nextCursor": next, "hasMore": has_more }))
    }

    pub(crate) async fn update_cursor(&self) -> Result<Value, Refused> {
        let (workspace, version) = (self.text("/scope/workspaceId"), self.count("/version"));
        if self.enter(workspace, "", &[]).await?.0 < version {
            return Err(Refused::Status(400, "the version is beyond the head"));
        }
        let sql = "INSERT INTO cursors VALUES ($1, $2, $3, $4) ON CONFLICT (workspace, user_id, device)
                   DO UPDATE SET version = greatest(cursors.version, excluded.version)";
        self.work.run(sql, &[&workspace, &self.user, &self.text("/deviceId"), &version]).await
    }

    /// The first request keeps all items, so that all pages show one moment. A page token names the snapshot, and how many of
    /// its items were given.
    pub(crate) async fn snapshot(&self) -> Result<Value, Refused> {
        const UNKNOWN: Refused = Refused::Status(400, "the page token is not of this snapshot");
        let (workspace, mut tables) = (self.text("/scope/workspaceId"), self.tables());
        let (head, _) = self.enter(workspace, "", &[]).await?;
        tables.sort_unstable();
        if tables.iter().any(|name| TABLES.iter().all(|(table, _)| table != name)) {
            return Err(Refused::Status(400, "unknown table"));
        }
        let filter = tables.join(",");
        let (id, given): (String, i32) = if self.call.body["pageToken"].is_string() {
            let (id, given) = self.text("/pageToken").split_once('.').ok_or(UNKNOWN)?;
            (id.to_owned(), given.parse().ok().filter(|given| (0..1 << 30).contains(given)).ok_or(UNKNOWN)?)
        } else {
            let id = uuid::Uuid::new_v4().simple().to_string();
            let sql = "WITH old AS (DELETE FROM snapshots WHERE at < clock_timestamp() - interval '1 hour')
                       INSERT INTO snapshots SELECT $1, $2, $3, $4, $5, ARRAY(SELECT shown FROM items
                       WHERE workspace = $2 AND table_name = ANY($6) ORDER BY table_name, pk)";
            self.work.run(sql, &[&id, &workspace, &self.user, &filter, &head, &tables]).await?;
            (id, 0)
        };
        let sql = "SELECT watermark, items[$5 + 1 : $5 + $6], $5 + $6 < cardinality(items) FROM snapshots
                   WHERE id = $1 AND workspace = $2 AND user_id = $3 AND filter = $4";
        let size = i32::try_from(self.count("/pageSize")).unwrap_or(1);
        let row = self.work.row(sql, &[&id, &workspace, &self.user, &filter, &given, &size]).await?.ok_or(UNKNOWN)?;
        let items: Vec<Value> = row.get::<_, Vec<&str>>(1).into_iter().flat_map(serde_json::from_str).collect();
        let token = row.get::<_, bool>(2).then(|| format!("{id}.{}", given + size));
        Ok(json!({ "workspaceId": workspace, "snapshotId": id, "highWatermark": row.get::<_, i64>(0), "items": items,
                   "nextPageToken": token }))
    }
}
