"""The SQLite schema, its migration, and opening a file; as a command also the hooks of syncproof.toml."""

import os
import sqlite3
import sys
import time

from bug import bug

INSIDE = "workspace TEXT NOT NULL REFERENCES workspaces (id)"
REVISION = "clock INTEGER NOT NULL, hlc TEXT NOT NULL, op_id TEXT NOT NULL"
VERSION_1 = f"""
CREATE TABLE workspaces (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, description TEXT,
  created_at INTEGER NOT NULL, head INTEGER NOT NULL DEFAULT 0, deleted INTEGER NOT NULL DEFAULT 0);
CREATE TABLE users (id TEXT PRIMARY KEY, provider TEXT NOT NULL, subject TEXT NOT NULL, email TEXT, name TEXT, active TEXT,
  previous TEXT, UNIQUE (provider, subject));
CREATE TABLE members ({INSIDE}, user TEXT NOT NULL, role TEXT NOT NULL, created_at INTEGER NOT NULL,
  PRIMARY KEY (workspace, user));
CREATE TABLE log ({INSIDE}, version INTEGER NOT NULL, table_name TEXT NOT NULL, pk TEXT NOT NULL, operation TEXT NOT NULL,
  payload TEXT, device TEXT NOT NULL, {REVISION}, owner TEXT, received_ms INTEGER NOT NULL, PRIMARY KEY (workspace, version));
CREATE TABLE records ({INSIDE}, table_name TEXT NOT NULL, pk TEXT NOT NULL, {REVISION}, payload TEXT, owner TEXT,
  version INTEGER NOT NULL, received_ms INTEGER NOT NULL, PRIMARY KEY (workspace, table_name, pk));
CREATE TABLE cursors ({INSIDE}, user TEXT NOT NULL, device TEXT NOT NULL, version INTEGER NOT NULL,
  PRIMARY KEY (workspace, user, device));
CREATE TABLE pages (snapshot TEXT NOT NULL, place INTEGER NOT NULL, item TEXT NOT NULL, PRIMARY KEY (snapshot, place));
CREATE TABLE snapshots (id TEXT PRIMARY KEY, watermark INTEGER NOT NULL, made_ms INTEGER NOT NULL);
CREATE INDEX log_by_record ON log (workspace, table_name, pk);
CREATE INDEX members_by_user ON members (user)"""
# An op id is remembered after its log entry was collected, in lower case, since a UUID has no case of its own.
VERSION_2 = f"""
CREATE TABLE ops ({INSIDE}, op_id TEXT NOT NULL, version INTEGER NOT NULL, PRIMARY KEY (workspace, op_id))"""
FILL_OPS = "INSERT INTO ops SELECT workspace, lower(op_id), version FROM log"
NEWEST = 2


def now_ms():
    return time.time_ns() // 1_000_000


class Unusable(Exception):
    """Why the server does not start."""


def opened(path):
    """A connection to the database at this path, made or migrated if it has to be."""
    is_new = path == ":memory:" or not os.path.exists(path) or os.path.getsize(path) == 0
    if not is_new:
        with open(path, "rb+") as file:
            if file.read(16) != b"SQLite format 3\0":
                raise Unusable("the file is no database")
    db = sqlite3.connect(path, timeout=20, isolation_level=None, check_same_thread=False)
    db.row_factory = sqlite3.Row
    found = db.execute("PRAGMA user_version").fetchone()[0]
    if found > NEWEST or (found == 0 and not is_new and db.execute("SELECT 1 FROM sqlite_master").fetchone()):
        db.close()
        raise Unusable("it is of a newer version, or of another program")
    db.execute("BEGIN IMMEDIATE")
    migrate(db)
    if bug("removed-stays-removed"):
        db.execute("CREATE TABLE IF NOT EXISTS removed (workspace TEXT, user TEXT, role TEXT, PRIMARY KEY (workspace, user))")
    if bug("changes-of-members-only"):
        db.execute("CREATE TABLE IF NOT EXISTS authors (workspace TEXT, version INTEGER, user TEXT,"
                   " PRIMARY KEY (workspace, version))")
    db.execute("COMMIT")
    db.execute("PRAGMA journal_mode = WAL")
    return db


def migrate(db):
    found = db.execute("PRAGMA user_version").fetchone()[0]
    for version, statements in ((1, VERSION_1), (2, VERSION_2)):
        if found < version:
            for statement in statements.split(";"):
                db.execute(statement)
    if found == 1:
        db.execute(FILL_OPS)
    db.execute(f"PRAGMA user_version = {NEWEST}")


def hook(name, path, workspace="", table=""):
    db = sqlite3.connect(path, timeout=20, isolation_level=None)
    if name == "newer":
        db.execute(f"PRAGMA user_version = {NEWEST + 1}")
    elif name == "older":
        db.executescript("BEGIN; DROP TABLE ops; PRAGMA user_version = 1; COMMIT")
    elif name == "tombstones":
        print(db.execute("SELECT count(*) FROM records WHERE workspace = ? AND payload IS NULL AND ? IN ('', table_name)",
                         (workspace, table)).fetchone()[0])


if __name__ == "__main__":
    hook(*sys.argv[1:])
