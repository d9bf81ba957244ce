-- Who there is and what they belong to: users, the identities that vouch for them, workspaces, memberships.

CREATE TABLE workspaces (
    -- Creation order. Lists sort by it, since two workspaces may be made within one second.
    position    INTEGER PRIMARY KEY AUTOINCREMENT,
    id          TEXT NOT NULL UNIQUE,
    name        TEXT NOT NULL,
    description TEXT,
    created_at  INTEGER NOT NULL,
    -- The highest server version handed out in this workspace.
    head        INTEGER NOT NULL DEFAULT 0 CHECK (head >= 0)
) STRICT;

-- A user stands in exactly one workspace, and it is always one they are a member of: the composite key makes a
-- pointer to a deleted or foreign workspace impossible to commit. It is deferred because a first sign-in makes
-- user, workspace and membership together.
CREATE TABLE users (
    id                  TEXT PRIMARY KEY,
    email               TEXT,
    display_name        TEXT,
    active_workspace_id TEXT NOT NULL,
    created_at          INTEGER NOT NULL,
    FOREIGN KEY (active_workspace_id, id) REFERENCES members (workspace_id, user_id)
        DEFERRABLE INITIALLY DEFERRED
) STRICT;

CREATE INDEX users_by_active_workspace ON users (active_workspace_id);

CREATE TABLE identities (
    provider         TEXT NOT NULL,
    provider_user_id TEXT NOT NULL,
    user_id          TEXT NOT NULL REFERENCES users (id),
    PRIMARY KEY (provider, provider_user_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE members (
    workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    user_id      TEXT NOT NULL REFERENCES users (id),
    role         TEXT NOT NULL CHECK (role IN ('owner', 'editor', 'viewer')),
    created_at   INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, user_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX members_by_user ON members (user_id);
