-- What is synced. Every key starts with the workspace, so that nothing of one can collide with another's.

CREATE TABLE change_log (
    workspace_id   TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    server_version INTEGER NOT NULL CHECK (server_version > 0),
    table_name     TEXT NOT NULL,
    pk             TEXT NOT NULL,
    operation      TEXT NOT NULL CHECK (operation IN ('put', 'delete')),
    -- The JSON text as it came; null when a delete came without one.
    payload        TEXT,
    device_id      TEXT NOT NULL,
    op_id          TEXT NOT NULL,
    hlc            TEXT NOT NULL,
    clock          INTEGER NOT NULL,
    received_at    INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, server_version)
) STRICT;

-- Snapshot pages look up what one record was at an earlier version.
CREATE INDEX change_log_by_record ON change_log (workspace_id, table_name, pk, server_version);

-- Every op id ever accepted. It stands apart from the log so that collecting old log entries never makes the
-- server forget an op. `op_key` is the op id in lower case, because the text of a UUID has no case of its own.
CREATE TABLE op_ledger (
    workspace_id   TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    op_key         TEXT NOT NULL,
    server_version INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, op_key)
) STRICT, WITHOUT ROWID;

CREATE TABLE records (
    workspace_id   TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    table_name     TEXT NOT NULL,
    pk             TEXT NOT NULL,
    payload        TEXT NOT NULL,
    clock          INTEGER NOT NULL,
    hlc            TEXT NOT NULL,
    op_id          TEXT NOT NULL,
    server_version INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, table_name, pk)
) STRICT;

CREATE TABLE tombstones (
    workspace_id   TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    table_name     TEXT NOT NULL,
    pk             TEXT NOT NULL,
    clock          INTEGER NOT NULL,
    hlc            TEXT NOT NULL,
    op_id          TEXT NOT NULL,
    server_version INTEGER NOT NULL,
    deleted_at     INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, table_name, pk)
) STRICT;

-- The user is part of the key: a device id is the client's choice, and must not reach another user's cursor.
CREATE TABLE cursors (
    workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    user_id      TEXT NOT NULL REFERENCES users (id),
    device_id    TEXT NOT NULL,
    version      INTEGER NOT NULL CHECK (version >= 0),
    updated_at   INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, user_id, device_id)
) STRICT, WITHOUT ROWID;
