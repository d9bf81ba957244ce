-- What collecting old entries needs (ages to the millisecond, what live snapshots still have to see), and whose a
-- notification is.

-- An entry of the second S arrived before S + 1: counted from the end of its second, it never looks older than it is.
ALTER TABLE change_log RENAME COLUMN received_at TO received_at_ms;
UPDATE change_log SET received_at_ms = received_at_ms * 1000 + 999;
ALTER TABLE tombstones RENAME COLUMN deleted_at TO deleted_at_ms;
UPDATE tombstones SET deleted_at_ms = deleted_at_ms * 1000 + 999;

-- The one user who sees it; null for what every member sees. Of notifications that were written before there were
-- owners, the payload names them; a deletion belongs to whom the nearest put names, or, if none is left, to nobody.
ALTER TABLE change_log ADD COLUMN owner_id TEXT;
ALTER TABLE records ADD COLUMN owner_id TEXT;
ALTER TABLE tombstones ADD COLUMN owner_id TEXT;

UPDATE change_log SET owner_id = payload ->> '$.user_id'
WHERE table_name = 'notifications' AND operation = 'put' AND json_valid(payload);
UPDATE change_log AS deletion SET owner_id = (
    SELECT writing.owner_id FROM change_log AS writing
    WHERE writing.workspace_id = deletion.workspace_id AND writing.table_name = deletion.table_name
      AND writing.pk = deletion.pk AND writing.operation = 'put'
    ORDER BY writing.server_version < deletion.server_version DESC,
             abs(writing.server_version - deletion.server_version)
    LIMIT 1
)
WHERE table_name = 'notifications' AND operation = 'delete';
UPDATE records SET owner_id = payload ->> '$.user_id'
WHERE table_name = 'notifications' AND json_valid(payload);
UPDATE tombstones SET owner_id = (
    SELECT entry.owner_id FROM change_log AS entry
    WHERE entry.workspace_id = tombstones.workspace_id AND entry.server_version = tombstones.server_version
)
WHERE table_name = 'notifications';

-- Whether the entry once was what its record is: the latest such entry up to a version is the record at that version.
-- Losers have never been, and what a collected tombstone stood for is forgotten with it.
ALTER TABLE change_log ADD COLUMN applied INTEGER NOT NULL DEFAULT 1 CHECK (applied IN (0, 1));
WITH ranked AS (
    SELECT workspace_id, server_version, table_name, pk, row_number() OVER (
        PARTITION BY workspace_id, table_name, pk ORDER BY clock, hlc, lower(op_id)
    ) AS place
    FROM change_log
), judged AS (
    SELECT workspace_id, server_version, place, max(place) OVER (
        PARTITION BY workspace_id, table_name, pk ORDER BY server_version
    ) AS highest
    FROM ranked
)
UPDATE change_log SET applied = 0 FROM judged
WHERE judged.place < judged.highest
  AND judged.workspace_id = change_log.workspace_id AND judged.server_version = change_log.server_version;

DROP INDEX change_log_by_record;
CREATE INDEX change_log_by_record ON change_log (workspace_id, table_name, pk, server_version) WHERE applied = 1;

-- What a record was just before the oldest entry of the log, where a later entry has replaced it since. Snapshots that
-- began before the replacement still have to show it.
CREATE TABLE superseded (
    workspace_id   TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    table_name     TEXT NOT NULL,
    pk             TEXT NOT NULL,
    -- Null for a tombstone.
    payload        TEXT,
    clock          INTEGER NOT NULL,
    hlc            TEXT NOT NULL,
    op_id          TEXT NOT NULL,
    server_version INTEGER NOT NULL,
    -- Null for a live record.
    deleted_at_ms  INTEGER,
    owner_id       TEXT,
    PRIMARY KEY (workspace_id, table_name, pk)
) STRICT;

-- How often tombstones were collected: a snapshot that began before misses some of its own.
ALTER TABLE workspaces ADD COLUMN tombstone_collections INTEGER NOT NULL DEFAULT 0;

CREATE INDEX tombstones_by_version ON tombstones (workspace_id, server_version);

-- What a member may see is read in order without stepping over what they may not.
CREATE INDEX change_log_by_owner ON change_log (workspace_id, owner_id, server_version);
CREATE INDEX records_by_owner ON records (workspace_id, owner_id, table_name, pk);
CREATE INDEX tombstones_by_owner ON tombstones (workspace_id, owner_id, table_name, pk);
