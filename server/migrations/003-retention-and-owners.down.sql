-- Back to version 2, with every row kept that version 2 knows.

DROP INDEX tombstones_by_owner;
DROP INDEX records_by_owner;
DROP INDEX change_log_by_owner;
DROP INDEX tombstones_by_version;
DROP INDEX change_log_by_record;
DROP TABLE superseded;

ALTER TABLE tombstones DROP COLUMN owner_id;
ALTER TABLE records DROP COLUMN owner_id;
ALTER TABLE change_log DROP COLUMN owner_id;
ALTER TABLE workspaces DROP COLUMN tombstone_collections;
ALTER TABLE change_log DROP COLUMN applied;

UPDATE tombstones SET deleted_at_ms = deleted_at_ms / 1000;
ALTER TABLE tombstones RENAME COLUMN deleted_at_ms TO deleted_at;
UPDATE change_log SET received_at_ms = received_at_ms / 1000;
ALTER TABLE change_log RENAME COLUMN received_at_ms TO received_at;

CREATE INDEX change_log_by_record ON change_log (workspace_id, table_name, pk, server_version);
