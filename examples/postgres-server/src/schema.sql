-- What is kept, and the JSON in which it is shown. Every text is compared byte by byte ("C"), whatever the locale of the database.
CREATE TABLE workspaces (id text COLLATE "C" PRIMARY KEY, seq bigserial, name text NOT NULL, description text,
  created_at bigint NOT NULL DEFAULT extract(epoch FROM clock_timestamp()), head bigint NOT NULL DEFAULT 0,
  collected bigint NOT NULL DEFAULT 0);
CREATE TABLE users (id text COLLATE "C" PRIMARY KEY, provider text COLLATE "C", subject text COLLATE "C", email text,
  display_name text, active text COLLATE "C");
CREATE UNIQUE INDEX users_identity ON users (provider, subject);
CREATE INDEX users_active ON users (active);
CREATE TABLE members (workspace text COLLATE "C" REFERENCES workspaces ON DELETE CASCADE,
  user_id text COLLATE "C" REFERENCES users, role text NOT NULL,
  created_at bigint NOT NULL DEFAULT extract(epoch FROM clock_timestamp()), PRIMARY KEY (workspace, user_id));
CREATE INDEX members_user ON members (user_id);

-- The active workspace is one of which the user is a member, and when that ends, so does this, under any interleaving.
ALTER TABLE users ADD FOREIGN KEY (active, id) REFERENCES members (workspace, user_id) ON DELETE SET NULL (active);

CREATE TABLE log (workspace text COLLATE "C" REFERENCES workspaces ON DELETE CASCADE, version bigint,
  table_name text COLLATE "C", pk text COLLATE "C", operation text, payload text, clock bigint, hlc text COLLATE "C",
  op_id text COLLATE "C", device text, reader text, at bigint DEFAULT extract(epoch FROM clock_timestamp()) * 1000);
ALTER TABLE log ADD CONSTRAINT log_versions UNIQUE (workspace, version);
CREATE UNIQUE INDEX log_op_ids ON log (workspace, op_id);

-- The state of a record is the one of its entries with the highest revision.
CREATE TABLE records (LIKE log, FOREIGN KEY (workspace) REFERENCES workspaces ON DELETE CASCADE);
CREATE UNIQUE INDEX records_pk ON records (workspace, table_name, pk);
CREATE FUNCTION compete() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO records VALUES (NEW.*) ON CONFLICT (workspace, table_name, pk) DO UPDATE SET
    (version, operation, payload, clock, hlc, op_id, device, reader, at) = (NEW.version, NEW.operation, NEW.payload,
    NEW.clock, NEW.hlc, NEW.op_id, NEW.device, NEW.reader, NEW.at)
    WHERE (records.clock, records.hlc, records.op_id) < (NEW.clock, NEW.hlc, NEW.op_id);
  RETURN NULL;
END $$;
CREATE TRIGGER compete AFTER INSERT ON log FOR EACH ROW EXECUTE FUNCTION compete();

CREATE TABLE cursors (workspace text COLLATE "C" REFERENCES workspaces ON DELETE CASCADE, user_id text,
  device text COLLATE "C", version bigint, PRIMARY KEY (workspace, user_id, device));
CREATE TABLE snapshots (id text PRIMARY KEY, workspace text COLLATE "C" REFERENCES workspaces ON DELETE CASCADE,
  user_id text, filter text, watermark bigint, items text[], at timestamptz DEFAULT clock_timestamp());

-- What is older than the retention and was read by every device goes; without any device, nothing.
CREATE FUNCTION is_due(log, retention bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT $1.version <= (SELECT min(version) FROM cursors WHERE workspace = $1.workspace)
    AND $1.at < extract(epoch FROM clock_timestamp()) * 1000 - retention * 1000 $$;
-- Up to the first entry that has to stay, so that the log has no holes. The rest of an entry stays, so that its op is known.
CREATE FUNCTION collect_log(id text, retention bigint) RETURNS void LANGUAGE sql AS $$
  UPDATE workspaces w SET collected = coalesce((SELECT min(version) - 1 FROM log WHERE workspace = w.id
    AND version > collected AND is_due(log, retention) IS NOT TRUE), head) WHERE w.id = $1;
  UPDATE log SET payload = NULL FROM workspaces w WHERE w.id = $1 AND workspace = $1 AND version <= collected
    AND payload IS NOT NULL $$;
CREATE FUNCTION collect_tombstones(id text, retention bigint) RETURNS void LANGUAGE sql AS $$
  DELETE FROM records r WHERE workspace = $1 AND operation = 'delete' AND is_due(ROW(r.*)::log, retention) $$;

-- A notification is its user's alone: `app.user` is who is asking.
CREATE VIEW changes AS SELECT workspace, version, table_name, (CASE WHEN payload IS NULL
  THEN json_build_object('serverVersion', version, 'tableName', table_name, 'pk', pk, 'op', operation, 'stamp', stamp)
  ELSE json_build_object('serverVersion', version, 'tableName', table_name, 'pk', pk, 'op', operation, 'stamp', stamp,
    'payload', payload::json) END)::text AS shown FROM log,
  LATERAL json_build_object('deviceId', device, 'opId', op_id, 'hlc', hlc, 'clock', clock) AS stamp
  WHERE reader IS NULL OR reader = current_setting('app.user', true);
CREATE VIEW items AS SELECT workspace, table_name, pk, (CASE operation
  WHEN 'put' THEN json_build_object('kind', 'row', 'tableName', table_name, 'pk', pk, 'payload', payload::json,
    'revision', json_build_object('clock', clock, 'hlc', hlc, 'opId', op_id))
  ELSE json_build_object('kind', 'tombstone', 'tableName', table_name, 'pk', pk, 'serverDeletedAt', at / 1000,
    'revision', json_build_object('clock', clock, 'hlc', hlc, 'opId', op_id)) END)::text AS shown FROM records
  WHERE reader IS NULL OR reader = current_setting('app.user', true);
CREATE FUNCTION people(id text) RETURNS SETOF text LANGUAGE sql AS $$
  SELECT json_strip_nulls(json_build_object('userId', u.id, 'role', role, 'email', email, 'displayName', display_name,
    'createdAt', created_at)) FROM members JOIN users u ON user_id = u.id WHERE workspace = $1 ORDER BY created_at, u.id $$;
CREATE FUNCTION places(id text) RETURNS SETOF text LANGUAGE sql AS $$
  SELECT json_build_object('id', w.id, 'name', name, 'description', description, 'role', role, 'createdAt', w.created_at,
    'isActive', active IS NOT DISTINCT FROM w.id) FROM workspaces w JOIN members ON workspace = w.id
  JOIN users u ON u.id = user_id WHERE user_id = $1 ORDER BY w.created_at DESC, seq DESC $$;
-- Times end in the year 9999, whatever the credential says.
CREATE FUNCTION session(id text, until double precision) RETURNS text LANGUAGE sql AS $$
  SELECT json_build_object('authenticated', true, 'provider', provider, 'providerUserId', subject,
    'user', json_strip_nulls(json_build_object('id', u.id, 'email', email, 'displayName', display_name)),
    'workspace', CASE WHEN w.id IS NOT NULL THEN json_build_object('id', w.id, 'name', w.name) END, 'role', role,
    'expiresAt', to_char(to_timestamp(floor(least(until, 253402300799))) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))::text
  FROM users u LEFT JOIN workspaces w ON w.id = active LEFT JOIN members ON workspace = w.id AND user_id = u.id
  WHERE u.id = session.id $$;
