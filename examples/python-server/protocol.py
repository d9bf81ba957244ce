"""The protocol: the shape of what clients send, what each endpoint does, and what is kept in SQLite."""

import json
import re
import secrets
import sqlite3
import threading
import time

INSIDE = "workspace TEXT REFERENCES workspaces (id) ON DELETE CASCADE"
SCHEMA = f"""
CREATE TABLE workspaces (seq INTEGER PRIMARY KEY, id TEXT UNIQUE, name TEXT, description TEXT, createdAt INTEGER);
CREATE TABLE users (id TEXT PRIMARY KEY, provider TEXT, providerUserId TEXT, email TEXT, displayName TEXT,
  active TEXT REFERENCES workspaces (id) ON DELETE SET NULL, UNIQUE (provider, providerUserId));
CREATE TABLE members ({INSIDE}, userId TEXT, role TEXT, createdAt INTEGER, PRIMARY KEY (userId, workspace));
CREATE TABLE log ({INSIDE}, serverVersion INTEGER, tableName TEXT, pk TEXT, op TEXT, payload TEXT, clock INTEGER, hlc TEXT,
  opId TEXT, deviceId TEXT, reader TEXT, PRIMARY KEY (workspace, serverVersion), UNIQUE (workspace, opId));
CREATE TABLE cursors ({INSIDE}, userId TEXT, deviceId TEXT, version INTEGER, PRIMARY KEY (workspace, userId, deviceId));
CREATE INDEX revisions ON log (workspace, tableName, pk, clock, hlc, opId);
PRAGMA user_version = 1"""
KINDS = {  # of values
    "text": lambda value: isinstance(value, str),
    "flag": lambda value: isinstance(value, bool),
    "number": lambda value: isinstance(value, (int, float)) and not isinstance(value, bool),
    "list": lambda value: isinstance(value, list),
    "null": lambda value: value is None,
    "count": lambda value: KINDS["number"](value) and 0 <= value < 2**53 and value == int(value),
    "limit": lambda value: KINDS["count"](value) and 1 <= value <= 1000,
    "id": lambda value: KINDS["text"](value) and value.strip() and len(value) <= 256,
    "uuid": lambda value: KINDS["text"](value) and re.fullmatch("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", value),
    "name": lambda value: KINDS["text"](value) and 1 <= len(value.strip()) <= 100,
    "prose": lambda value: KINDS["text"](value) and len(value) <= 1000,
    "texts": lambda value: KINDS["list"](value) and all(KINDS["text"](each) for each in value),
    "ops": lambda value: KINDS["list"](value) and all(has_shape(each, OP) for each in value),
    "stamp": lambda value: has_shape(value, "deviceId:text opId:uuid hlc:text clock:count"),
    "scope": lambda value: has_shape(value, "workspaceId:id projectId?:text"),
}
OP = ("id:text tableName:text operation:put|delete pk:text stamp:stamp createdAt:number attempts:count nextAttemptAt?:number"
      " status:pending|syncing|failed")
TABLES = {  # the shape of a put's payload, in every table with DATED as well
    "threads": "id:text status:text deleted:flag pinned:flag title?:text|null",
    "messages": "id:text thread_id:text role:text order_key:text index:number deleted:flag hlc?:text",
    "projects": "id:text name:text deleted:flag",
    "posts": "id:text title:text content:text post_type:text deleted:flag",
    "kv": "id:text name:text",
    "file_meta": "hash:text deleted:flag kind?:text mime_type?:text size_bytes?:number",
    "notifications": "id:text user_id:text type:text title:text deleted:flag thread_id?:text document_id?:text"
                     " body?:text actions?:list read_at?:number deleted_at?:number",
}
DATED = " created_at:number updated_at:number clock:number"


class Refused(Exception):
    """The status of an error answer, or the error code of one op, and a message."""


def has_shape(value, shape):
    """A shape lists fields: `name:kind`, or `name?:kind` if it may be missing. What is not in KINDS is a literal."""
    def has_field(name, kinds):
        if name.rstrip("?") not in value:
            return name[-1] == "?"
        field = value[name.rstrip("?")]
        return any(KINDS[kind](field) if kind in KINDS else field == kind for kind in kinds.split("|"))
    return isinstance(value, dict) and all(has_field(*field.split(":")) for field in shape.split())


def stored_payload(op):
    """The payload as text, the same text for equal payloads, so that a replay can be told from another op."""
    table, payload = op["tableName"], op.get("payload")
    if op["operation"] == "delete":
        is_right = table in TABLES and isinstance(op.get("payload", {}), dict)
    else:
        pk = "hash" if table == "file_meta" else "id"
        is_right = table in TABLES and has_shape(payload, TABLES[table] + DATED) and payload[pk] == op["pk"]
    if not is_right:
        raise Refused("VALIDATION_ERROR", "unknown table, or a payload that is not what it needs")
    return json.dumps(payload, sort_keys=True)


def selected(row, names):
    return {name: row[name] for name in names.split() if row[name] is not None}


class Store:
    """One connection and one lock: each request has the database to itself, and is one transaction."""

    def __init__(self, path):
        self.lock = threading.Lock()
        self.db = sqlite3.connect(path, timeout=20, isolation_level=None, check_same_thread=False)
        self.db.row_factory = sqlite3.Row
        with self.db:
            self.run("BEGIN IMMEDIATE")
            found = self.run("PRAGMA user_version").fetchone()[0]
            if found > 1 or (found == 0 and self.run("SELECT 1 FROM sqlite_master").fetchone()):
                raise sqlite3.DatabaseError("it is of a newer version, or another program's")
            for statement in SCHEMA.split(";") if found == 0 else ():
                self.run(statement)
        self.db.executescript("PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON")

    def run(self, sql, *values):
        return self.db.execute(sql, values)

    def perform(self, endpoint, claims, body, ids):
        with self.lock, self.db:
            self.run("BEGIN IMMEDIATE")
            return endpoint(self, self.user(claims), body, *ids)

    def user(self, claims):
        """The user of an identity, in a live workspace, and when they log in anew: in 9999 at the latest. Makes what is missing."""
        identity = (claims["provider"], claims["sub"])
        self.run("INSERT INTO users VALUES (?, ?, ?, ?, ?, NULL) ON CONFLICT DO NOTHING",
                 secrets.token_urlsafe(16), *identity, claims.get("email"), claims.get("name"))
        user = dict(self.run("SELECT * FROM users WHERE provider = ? AND providerUserId = ?", *identity).fetchone())
        if not user["active"]:
            home = self.run("SELECT workspace AS id FROM members WHERE userId = ?", user["id"]).fetchone()
            home = home or self.create_workspace(user, {"name": "Personal"})
            self.activate(user, home)
            user["active"] = home["id"]
        return user | {"expiresAt": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(min(claims["exp"], 253402300799)))}

    def check_role(self, user, workspace, *allowed):
        """Those who are not members learn nothing, not even whether the workspace exists."""
        member = self.run("SELECT role FROM members WHERE workspace = ? AND userId = ?", workspace, user["id"]).fetchone()
        if not member:
            raise Refused(404, "no such workspace")
        if allowed and member["role"] not in allowed:
            raise Refused(403, "your role does not allow this")

    def session(self, user, body):
        here = next(each for each in self.list_workspaces(user, body)["workspaces"] if each["isActive"])
        parts = {"user": selected(user, "id email displayName"), "workspace": selected(here, "id name"), "role": here["role"]}
        return {"session": {"authenticated": True, **selected(user, "provider providerUserId expiresAt"), **parts}}

    def list_workspaces(self, user, body):
        rows = self.run("SELECT id, name, description, role, w.createdAt FROM workspaces w JOIN members ON workspace = id"
                        " WHERE userId = ? ORDER BY seq DESC", user["id"])
        return {"workspaces": [dict(row, isActive=row["id"] == user["active"]) for row in rows]}

    def create_workspace(self, user, body):
        workspace, now = secrets.token_urlsafe(16), int(time.time())
        self.run("INSERT INTO workspaces (id, name, description, createdAt) VALUES (?, ?, ?, ?)",
                 workspace, body["name"].strip(), body.get("description"), now)
        self.run("INSERT INTO members VALUES (?, ?, 'owner', ?)", workspace, user["id"], now)
        return {"id": workspace}

    def rename_workspace(self, user, body, workspace):
        self.check_role(user, workspace, "owner", "editor")
        self.run("UPDATE workspaces SET name = ?, description = iif(?, ?, description) WHERE id = ?",
                 body["name"].strip(), "description" in body, body.get("description"), workspace)

    def delete_workspace(self, user, body, workspace):
        """The foreign keys remove all that is in it; its members find another one at their next request: see `user`."""
        self.check_role(user, workspace, "owner")
        self.run("DELETE FROM workspaces WHERE id = ?", workspace)

    def activate(self, user, body):
        self.check_role(user, body["id"])
        self.run("UPDATE users SET active = ? WHERE id = ?", body["id"], user["id"])

    def list_members(self, user, body, workspace):
        self.check_role(user, workspace)
        rows = self.run("SELECT * FROM members JOIN users ON userId = id WHERE workspace = ?", workspace)
        return {"members": [selected(row, "userId role email displayName createdAt") for row in rows]}

    def add_member(self, user, body, workspace):
        self.check_role(user, workspace, "owner")
        if not self.run("SELECT 1 FROM users WHERE id = ?", body["userId"]).fetchone():
            raise Refused(404, "no such user")
        member = (workspace, body["userId"], body["role"], int(time.time()))
        if not self.run("INSERT INTO members VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", *member).rowcount:
            raise Refused(409, "already a member")

    def change_member(self, user, body, workspace, member):
        """Gives a member another role; without a body, removes the member, which members may do to themselves."""
        self.check_role(user, workspace, *(() if not body and member == user["id"] else ("owner",)))
        roles = dict(self.run("SELECT userId, role FROM members WHERE workspace = ?", workspace).fetchall())
        if member not in roles:
            raise Refused(404, "no such member")
        if [each for each in roles if roles[each] == "owner"] == [member] and (not body or body["role"] != "owner"):
            raise Refused(409, "a workspace needs an owner")
        if body:
            self.run("UPDATE members SET role = ? WHERE workspace = ? AND userId = ?", body["role"], workspace, member)
        else:
            self.run("DELETE FROM members WHERE workspace = ? AND userId = ?", workspace, member)
            self.run("UPDATE users SET active = NULL WHERE active = ? AND id = ?", workspace, member)

    def head(self, workspace):
        return self.run("SELECT coalesce(max(serverVersion), 0) FROM log WHERE workspace = ?", workspace).fetchone()[0]

    def push(self, user, body):
        workspace, results, new = body["scope"]["workspaceId"], [], {}
        self.check_role(user, workspace, "owner", "editor")
        for op in body["ops"]:
            try:
                outcome = {"success": True} | self.apply(user, workspace, op, new)
            except Refused as refusal:
                outcome = {"success": False} | dict(zip(("errorCode", "error"), refusal.args))
            results.append({"opId": op["stamp"]["opId"]} | outcome)
        return {"results": results, "serverVersion": self.head(workspace)}

    def apply(self, user, workspace, op, new):
        """Logs an op. `new` has the outcomes of the ops that this batch has logged so far, by version."""
        payload, stamp = stored_payload(op), op["stamp"]
        revision = (stamp["clock"], stamp["hlc"], stamp["opId"])
        content = (op["tableName"], op["pk"], op["operation"], payload, *revision)
        # The state of a record is the one of its log entries with the highest revision.
        state = self.run("SELECT clock, hlc, opId, reader FROM log WHERE workspace = ? AND tableName = ? AND pk = ?"
                         " ORDER BY clock DESC, hlc DESC, opId DESC LIMIT 1", workspace, *content[:2]).fetchone()
        reader = user["id"] if op["tableName"] == "notifications" else None
        if reader and ((state and state["reader"] != reader) or op.get("payload", {}).get("user_id", reader) != reader):
            raise Refused("UNAUTHORIZED", "the notification is another user's")
        known = self.run("SELECT tableName, pk, op, payload, clock, hlc, opId, serverVersion FROM log"
                         " WHERE workspace = ? AND opId = ?", workspace, stamp["opId"]).fetchone()
        if known and tuple(known)[:-1] != content:
            raise Refused("CONFLICT", "the opId is another op's")
        if known:
            return new.get(known["serverVersion"], {"serverVersion": known["serverVersion"], "replayed": True})
        version = self.head(workspace) + 1
        self.run("INSERT INTO log VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                 workspace, version, *content, stamp["deviceId"], reader)
        lost = state and tuple(state)[:3] > revision
        winner = {"winner": selected(state, "clock hlc opId")} if lost else {}
        return new.setdefault(version, {"serverVersion": version, "applied": not lost} | winner)

    def pull(self, user, body):
        workspace, limit = body["scope"]["workspaceId"], int(body["limit"])
        self.check_role(user, workspace)
        tables = [table for table in TABLES if table in (body.get("tables") or TABLES)]
        rows = self.run("SELECT * FROM log WHERE workspace = ? AND serverVersion > ? AND (reader IS NULL OR reader = ?)"
                        f" AND tableName IN ({', '.join('?' * len(tables))}) ORDER BY serverVersion LIMIT ?",
                        workspace, body["cursor"], user["id"], *tables, limit + 1).fetchall()
        changes = [selected(row, "serverVersion tableName pk op") | {"stamp": selected(row, "deviceId opId hlc clock")}
                   | ({} if row["payload"] == "null" else {"payload": json.loads(row["payload"])}) for row in rows[:limit]]
        cursor = changes[-1]["serverVersion"] if changes else int(body["cursor"])
        return {"changes": changes, "nextCursor": cursor, "hasMore": len(rows) > limit}

    def update_cursor(self, user, body):
        workspace = body["scope"]["workspaceId"]
        self.check_role(user, workspace)
        if body["version"] > self.head(workspace):
            raise Refused(400, "the version is beyond the head")
        self.run("INSERT INTO cursors VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET version = max(version, excluded.version)",
                 workspace, user["id"], body["deviceId"], body["version"])
