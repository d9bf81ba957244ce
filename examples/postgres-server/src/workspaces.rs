//! Users, workspaces and members: who is asking, what they may do, and where they stand.

use std::time::Instant;

use serde_json::{Value, json};

use crate::store::{Attempt, Refused, Store, Work};

/// What those lock a workspace with who write in it; whoever only refers to its row goes on.
pub(crate) const WRITE: &str = "FOR NO KEY UPDATE";
pub(crate) const WRITERS: &[&str] = &["owner", "editor"];
/// Those who change memberships: activations wait, too.
const CHANGE: &str = "FOR UPDATE";
/// Activations.
const STAY: &str = "FOR KEY SHARE";
const NOWHERE: Refused = Refused::Status(404, "no such workspace");

impl Work {
    /// The id of an identity's user; None when they are new, or stand nowhere. Tells PostgreSQL who is asking, for the
    /// transaction: what is private is selected by `app.user`.
    pub(crate) async fn user(&self, claims: &Value, scope: &str) -> Result<Option<String>, Refused> {
        let sql = "SELECT id, CASE $3 WHEN 'none' THEN '' ELSE set_config('app.user', id, $3 = 'transaction') END \
                   FROM users WHERE provider = $1 AND subject = $2 AND active IS NOT NULL ORDER BY id LIMIT 1";
        let row = self.row(sql, &[&claims["provider"].as_str(), &claims["sub"].as_str(), &scope]).await?;
        Ok(row.map(|row| row.get(0)))
    }

    async fn create(&self, user: &str, name: &str, about: Option<&str>, wrong: &str) -> Result<String, Refused> {
        let id = new_id();
        self.run("INSERT INTO workspaces (id, name, description) VALUES ($1, $2, $3)", &[&id, &name, &about]).await?;
        self.run("INSERT INTO members (workspace, user_id, role) VALUES ($1, $2, 'owner')", &[&id, &user]).await?;
        if wrong == "version-from-sequence" {
            self.batch(&format!("CREATE SEQUENCE \"versions_{id}\"")).await?;
        }
        Ok(id)
    }
}

impl Store {
    /// Makes what an identity misses: the user, a workspace, and where they stand. Its first requests meet at the row of the
    /// user, where all but one wait until that one has committed, and find everything made.
    pub(crate) async fn provision(&self, claims: &Value) -> Result<(), Refused> {
        let [provider, subject, email, name] = ["provider", "sub", "email", "name"].map(|name| claims[name].as_str());
        let work = self.begin("BEGIN").await?;
        let find = "SELECT id, active FROM users WHERE provider = $1 AND subject = $2 ORDER BY id FOR NO KEY UPDATE";
        let is_read_first = self.wrong == "read-then-insert-login";
        if !is_read_first || work.row(find, &[&provider, &subject]).await?.is_none() {
            let sql = "INSERT INTO users VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
            work.run(sql, &[&new_id(), &provider, &subject, &email, &name]).await?;
        }
        let user = work.row(find, &[&provider, &subject]).await?;
        if let Some(user) = user.filter(|user| user.get::<_, Option<&str>>(1).is_none()) {
            let id: &str = user.get(0);
            let sql = "SELECT workspace FROM members WHERE user_id = $1 ORDER BY created_at LIMIT 1";
            let home = match work.row(sql, &[&id]).await? {
                Some(row) => row.get(0),
                None => work.create(id, "Personal", None, self.wrong).await?,
            };
            work.run("UPDATE users SET active = $2 WHERE id = $1", &[&id, &home]).await?;
        }
        work.end("COMMIT").await
    }
}

fn new_id() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}

impl Attempt<'_> {
    /// The text of that field, or "".
    pub(crate) fn text(&self, pointer: &str) -> &str {
        self.call.body.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
    }

    /// An id of the path, or "".
    pub(crate) fn id(&self, number: usize) -> &str {
        self.call.ids.get(number).map_or("", String::as_str)
    }

    /// Gives the head of a workspace and the last version that was collected, if the caller has one of these roles, or any
    /// where none is named. Those who are not members learn nothing, not even whether the workspace exists.
    ///
    /// `how` is the lock until the transaction ends. In READ COMMITTED a statement that waited for it sees the row that it
    /// waited for as it is now, and all others as they were before: so the role is for the next statement.
    pub(crate) async fn enter(&self, workspace: &str, how: &str, allowed: &[&str]) -> Result<(i64, i64), Refused> {
        let (mut lock, mut head) = (how, "head");
        match (how, self.store.wrong) {
            (WRITE, "lock-on-user") => {
                lock = "";
                self.work.run("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))::text", &[&self.user]).await?;
            }
            (WRITE, "max-plus-one" | "commit-error-swallowed") => {
                (lock, head) = ("", "(SELECT coalesce(max(version), 0) FROM log WHERE workspace = id)");
            }
            (WRITE, "version-from-sequence" | "lock-on-process" | "retry-keeps-results") => lock = "",
            (CHANGE, "last-owner-unlocked") | (STAY, "activate-unlocked") => lock = "",
            // It forgets what it knew of what this process changes. Other processes do not.
            (CHANGE, "membership-cached") => self.store.roles.lock().await.clear(),
            _ => {}
        }
        let role = "(SELECT role FROM members WHERE workspace = id AND user_id = $2)";
        let sql = format!("SELECT {head}, collected, {role} FROM workspaces WHERE id = $1 {lock}");
        let row = self.work.row(&sql, &[&workspace, &self.user]).await?.ok_or(NOWHERE)?;
        let sql = "SELECT role FROM members WHERE workspace = $1 AND user_id = $2";
        let key = format!("{workspace} {}", self.user);
        let known = self.store.roles.lock().await.get(&key).cloned().filter(|(_, since)| since.elapsed().as_secs() < 5);
        let role: Option<String> = match &known {
            _ if self.store.wrong == "role-with-the-lock" => row.get(2),
            Some((role, _)) => role.clone(),
            None => self.work.row(sql, &[&workspace, &self.user]).await?.map(|row| row.get(0)),
        };
        if self.store.wrong == "membership-cached" && known.is_none() {
            self.store.roles.lock().await.insert(key, (role.clone(), Instant::now()));
        }
        let role = role.ok_or(NOWHERE)?;
        let is_allowed = allowed.is_empty() || allowed.contains(&role.as_str());
        is_allowed.then(|| (row.get(0), row.get(1))).ok_or(Refused::Status(403, "your role does not allow this"))
    }

    pub(crate) async fn create_workspace(&self) -> Result<Value, Refused> {
        let (name, about) = (self.text("/name").trim(), self.call.body["description"].as_str());
        Ok(json!({ "id": self.work.create(&self.user, name, about, self.store.wrong).await? }))
    }

    pub(crate) async fn rename_workspace(&self) -> Result<Value, Refused> {
        self.enter(self.id(0), WRITE, WRITERS).await?;
        let about = self.call.body.get("description").map(|about| about.as_str().unwrap_or_default());
        let sql = "UPDATE workspaces SET name = $2, description = coalesce($3, description) WHERE id = $1";
        self.work.run(sql, &[&self.id(0), &self.text("/name").trim(), &about]).await
    }

    /// The foreign keys remove all that is in it, and its members stand nowhere from then on: see `provision`.
    pub(crate) async fn delete_workspace(&self) -> Result<Value, Refused> {
        self.enter(self.id(0), CHANGE, &["owner"]).await?;
        let deleted = self.work.run("DELETE FROM workspaces WHERE id = $1", &[&self.id(0)]).await?;
        self.rehome(None).await.map(|()| deleted)
    }

    /// For the switches under which no foreign key does it.
    async fn rehome(&self, member: Option<&str>) -> Result<(), Refused> {
        if self.store.wrong == "rehome-outside" {
            self.work.batch("COMMIT; BEGIN").await?;
        }
        if matches!(self.store.wrong, "rehome-outside" | "activate-unlocked") {
            let sql = "UPDATE users SET active = NULL WHERE active = $1 AND id = coalesce($2, id)";
            self.work.run(sql, &[&self.id(0), &member]).await?;
        }
        Ok(())
    }

    pub(crate) async fn activate(&self) -> Result<Value, Refused> {
        self.enter(self.text("/id"), STAY, &[]).await?;
        self.work.run("UPDATE users SET active = $2 WHERE id = $1", &[&self.user, &self.text("/id")]).await
    }

    pub(crate) async fn add_member(&self) -> Result<Value, Refused> {
        self.enter(self.id(0), CHANGE, &["owner"]).await?;
        let (user, role) = (self.text("/userId"), self.text("/role"));
        let sql = "INSERT INTO members (workspace, user_id, role) SELECT $1, id, $3 FROM users WHERE id = $2
                   ON CONFLICT (workspace, user_id) DO UPDATE SET role = members.role RETURNING 1";
        let added = self.work.row(sql, &[&self.id(0), &user, &role]).await?;
        added.map(|_| json!({ "ok": true })).ok_or(Refused::Status(404, "no such user"))
    }

    /// Gives a member another role; without one, removes the member, which members may do to themselves.
    pub(crate) async fn change_member(&self, role: Option<&str>) -> Result<Value, Refused> {
        let (workspace, member) = (self.id(0), self.id(1));
        let allowed: &[&str] = if role.is_none() && member == self.user { &[] } else { &["owner"] };
        self.enter(workspace, CHANGE, allowed).await?;
        let sql = "SELECT role = 'owner' AND NOT EXISTS (SELECT FROM members o WHERE o.workspace = $1 AND o.user_id <> $2 \
                   AND o.role = 'owner') FROM members WHERE workspace = $1 AND user_id = $2";
        let row = self.work.row(sql, &[&workspace, &member]).await?.ok_or(Refused::Status(404, "no such member"))?;
        if row.get(0) && role != Some("owner") {
            return Err(Refused::Status(409, "a workspace needs an owner"));
        }
        if let Some(role) = role {
            let sql = "UPDATE members SET role = $3 WHERE workspace = $1 AND user_id = $2";
            return self.work.run(sql, &[&workspace, &member, &role]).await;
        }
        let sql = "DELETE FROM members WHERE workspace = $1 AND user_id = $2";
        let removed = self.work.run(sql, &[&workspace, &member]).await?;
        self.rehome(Some(member)).await.map(|()| removed)
    }
}
