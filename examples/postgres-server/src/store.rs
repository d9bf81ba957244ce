//! The pool of connections, and the one place where transactions begin, end and are tried again.

use std::collections::HashMap;
use std::str::FromStr as _;
use std::time::{Duration, Instant};

use deadpool::managed::QueueMode;
use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, RecyclingMethod};
use serde_json::Value;
use tokio::sync::Mutex;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Config, NoTls, Row};

/// What `WRONG` may name: each makes the server wrong in one way that servers on PostgreSQL are wrong in. The README has what
/// each one breaks; in the code its name stands where a server with that mistake would differ.
pub(crate) const SWITCHES: &str = "version-from-sequence max-plus-one lock-on-user lock-on-process role-with-the-lock \
    replay-check-outside chunked-batch retry-keeps-results no-retry acknowledged-before-commit commit-error-swallowed \
    synchronous-commit-off upsert-without-workspace lagging-replica cursor-from-head snapshot-read-committed \
    read-then-insert-login rehome-outside activate-unlocked last-owner-unlocked membership-cached leaked-user-setting \
    left-in-transaction";
/// How often a transaction is tried that others stood in the way of.
const TRIES: u64 = 40;

/// Why a request is not carried out: with this status, or with PostgreSQL's code.
#[derive(Debug)]
pub(crate) enum Refused {
    Status(u16, &'static str),
    Sql(Option<String>),
}

/// What PostgreSQL says is for the log of the server. An error without a code is one of the connection.
fn sql(error: tokio_postgres::Error) -> Refused {
    eprintln!("PostgreSQL: {error:?}");
    Refused::Sql(error.code().map(|code| code.code().to_owned()))
}

/// A request that may be carried out, as often as it takes.
pub(crate) struct Call {
    pub(crate) endpoint: &'static str,
    pub(crate) claims: Value,
    pub(crate) body: Value,
    pub(crate) ids: Vec<String>,
}

/// One attempt to carry out a request: in a transaction, for a user who stands in a workspace of theirs.
pub(crate) struct Attempt<'a> {
    pub(crate) store: &'a Store,
    pub(crate) call: &'a Call,
    pub(crate) work: &'a Work,
    pub(crate) user: String,
}

pub(crate) struct Store {
    pool: Pool,
    pub(crate) wrong: &'static str,
    /// For `lagging-replica`: an open transaction, which sees what there was when it began.
    replica: Mutex<Option<(Work, Instant)>>,
    /// For `membership-cached`.
    pub(crate) roles: Mutex<HashMap<String, (Option<String>, Instant)>>,
    /// For `lock-on-process`.
    process: Mutex<()>,
}

impl Store {
    /// Connects, and makes the schema if it is missing.
    pub(crate) async fn open(url: &str, schema: &str, size: usize, wrong: &'static str) -> Result<Self, Refused> {
        let mut config = Config::from_str(url).map_err(sql)?;
        // A request that its client has given up, and one that waits for ever, must not hold its locks for ever.
        config.options(format!("-c search_path={schema} -c lock_timeout=25s -c client_connection_check_interval=2s"));
        let recycling_method = RecyclingMethod::Fast;
        let manager = Manager::from_config(config, NoTls, ManagerConfig { recycling_method });
        let pool = Pool::builder(manager).max_size(size).queue_mode(QueueMode::Lifo).build();
        let pool = pool.map_err(|_| Refused::Sql(None))?;
        let (replica, roles, process) = Default::default();
        let store = Store { pool, wrong, replica, roles, process };
        let work = store.begin("BEGIN").await?;
        // `IF NOT EXISTS` does not wait for another process that starts at the same time.
        work.run("SELECT pg_advisory_xact_lock(hashtext($1))::text", &[&schema]).await?;
        if work.rows("SELECT FROM pg_namespace WHERE nspname = $1", &[&schema]).await?.is_empty() {
            // What these let be is what the wrong server has no constraint against.
            let (from, to) = match wrong {
                "read-then-insert-login" => ("UNIQUE INDEX users_identity", "INDEX users_identity"),
                "replay-check-outside" => ("UNIQUE INDEX log_op_ids", "INDEX log_op_ids"),
                "upsert-without-workspace" => ("(workspace, table_name, pk)", "(table_name, pk)"),
                "rehome-outside" | "activate-unlocked" => ("ALTER TABLE users ADD FOREIGN KEY", "-- "),
                "max-plus-one" | "lock-on-user" | "lock-on-process" => {
                    ("ALTER TABLE log ADD CONSTRAINT log_versions UNIQUE", "CREATE INDEX ON log")
                }
                // It is checked at the end of the transaction: the commit is what fails.
                "commit-error-swallowed" => ("version);", "version) DEFERRABLE INITIALLY DEFERRED;"),
                _ => ("", ""),
            };
            work.batch(&format!("CREATE SCHEMA {schema}; {}", include_str!("schema.sql").replace(from, to))).await?;
        }
        work.end("COMMIT").await?;
        Ok(store)
    }

    pub(crate) async fn begin(&self, how: &str) -> Result<Work, Refused> {
        let client = Some(self.pool.get().await.map_err(|_| Refused::Sql(None))?);
        let work = Work { client, is_open: true, stays_open: self.wrong == "left-in-transaction" };
        work.batch(how).await?;
        Ok(work)
    }

    /// Carries out a request, again and again while it fails for what others did at the same time. An attempt that fails has
    /// changed nothing, and none is made after a commit whose outcome is not known.
    pub(crate) async fn perform(&self, call: &Call) -> Result<Value, Refused> {
        // Failed serialization, deadlock, a key that is missing or that exists: every endpoint looks before it writes.
        let is_passing = |code: &str| ["40001", "40P01", "23503", "23505"].contains(&code) && self.wrong != "no-retry";
        let mut results = Vec::new();
        for tried in 1..=TRIES {
            match self.attempt(call, &mut results).await {
                Err(Refused::Sql(Some(code))) if is_passing(&code) => {
                    tokio::time::sleep(Duration::from_millis(2 * tried.min(10))).await;
                }
                Ok(None) => {}
                done => return done.map(Option::unwrap_or_default),
            }
        }
        Err(Refused::Status(503, "too many others do the same"))
    }

    /// None when the user had to be provisioned first.
    async fn attempt(&self, call: &Call, results: &mut Vec<Value>) -> Result<Option<Value>, Refused> {
        let is_elsewhere = self.wrong == "leaked-user-setting";
        if is_elsewhere {
            // On whichever connection the pool gives: the transaction may get another one.
            let work = self.begin("").await?;
            work.user(&call.claims, "session").await?;
            work.end("").await?;
        }
        let is_alone = self.wrong == "lock-on-process" && call.endpoint == "push";
        let _alone = if is_alone { Some(self.process.lock().await) } else { None };
        // Reads see one moment. Writes are READ COMMITTED and lock the row of the workspace first, so that each of their later
        // statements sees what the holders before them did: they queue, where SERIALIZABLE would have most of them fail and
        // start again, and its bound on retries would fail some for good.
        let work = self.begin(match (call.endpoint, self.wrong) {
            ("push", "retry-keeps-results" | "no-retry") => "BEGIN ISOLATION LEVEL REPEATABLE READ",
            ("push", "synchronous-commit-off") => "BEGIN; SET LOCAL synchronous_commit = off",
            ("pull", "cursor-from-head") | ("snapshot", "snapshot-read-committed") => "BEGIN",
            ("session" | "workspaces" | "members" | "pull" | "snapshot", _) => "BEGIN ISOLATION LEVEL REPEATABLE READ",
            _ => "BEGIN",
        });
        let work = work.await?;
        let Some(user) = work.user(&call.claims, if is_elsewhere { "none" } else { "transaction" }).await? else {
            work.end("ROLLBACK").await?;
            return self.provision(&call.claims).await.map(|()| None);
        };
        let answer = Attempt { store: self, call, work: &work, user }.answer(results).await;
        let ended = work.end(if answer.is_ok() { "COMMIT" } else { "ROLLBACK" });
        match self.wrong {
            "acknowledged-before-commit" => drop(tokio::spawn(ended)),
            "commit-error-swallowed" => drop(ended.await),
            _ => ended.await?,
        }
        answer.map(Some)
    }

    /// For `lagging-replica`: rows as they were up to 300 ms ago.
    pub(crate) async fn replica(&self, user: &str, sql: &str, values: Values<'_>) -> Result<Vec<Value>, Refused> {
        let mut replica = self.replica.lock().await;
        if replica.as_ref().is_none_or(|(_, since)| since.elapsed().as_millis() > 300) {
            *replica = Some((self.begin("BEGIN ISOLATION LEVEL REPEATABLE READ").await?, Instant::now()));
        }
        let Some((work, _)) = replica.as_ref() else { return Ok(Vec::new()) };
        work.run("SELECT set_config('app.user', $1, true)", &[&user]).await?;
        work.objects(sql, values).await
    }
}

pub(crate) type Values<'a> = &'a [&'a (dyn ToSql + Sync)];

/// A connection of the pool in a transaction. Where it is dropped before the transaction has ended, because the client hung
/// up, the connection is closed, and PostgreSQL rolls back: the pool gets none back that is in a transaction.
pub(crate) struct Work {
    client: Option<Object>,
    is_open: bool,
    stays_open: bool,
}

impl Work {
    fn client(&self) -> Result<&Object, Refused> {
        self.client.as_ref().ok_or(Refused::Status(500, "no connection"))
    }

    pub(crate) async fn batch(&self, text: &str) -> Result<(), Refused> {
        self.client()?.batch_execute(text).await.map_err(sql)
    }

    pub(crate) async fn rows(&self, text: &str, values: Values<'_>) -> Result<Vec<Row>, Refused> {
        let client = self.client()?;
        client.query(&client.prepare_cached(text).await.map_err(sql)?, values).await.map_err(sql)
    }

    pub(crate) async fn row(&self, sql: &str, values: Values<'_>) -> Result<Option<Row>, Refused> {
        Ok(self.rows(sql, values).await?.into_iter().next())
    }

    /// Runs a statement for what it does. An endpoint that has no more to say answers `{"ok": true}`.
    pub(crate) async fn run(&self, sql: &str, values: Values<'_>) -> Result<Value, Refused> {
        self.rows(sql, values).await.map(|_| serde_json::json!({ "ok": true }))
    }

    /// Rows of one JSON text each.
    pub(crate) async fn objects(&self, sql: &str, values: Values<'_>) -> Result<Vec<Value>, Refused> {
        Ok(self.rows(sql, values).await?.iter().flat_map(|row| serde_json::from_str(row.get(0))).collect())
    }

    pub(crate) async fn end(mut self, how: &'static str) -> Result<(), Refused> {
        let ended = self.batch(how).await;
        // A commit that PostgreSQL refuses has ended the transaction, too.
        self.is_open = matches!(ended, Err(Refused::Sql(None)));
        ended
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        if self.is_open && !self.stays_open {
            self.client.take().map(Object::take);
        }
    }
}
