"""What each endpoint does. Each request is one transaction, and has the connection to itself."""

import hmac
import json
import secrets
import sqlite3
import threading
import time
import unicodedata

import shape
from bug import bug
from database import opened
from shape import Refused, same

LARGEST_PAGE, SNAPSHOT_LIFETIME_MS = 1024 * 1024, 3600 * 1000


def now_ms():
    return time.time_ns() // 1_000_000


def present(row, **names):
    """The columns that are not null, under their names on the wire."""
    return {name: row[column] for name, column in names.items() if row[column] is not None}


def revision_of(row):
    return (row["clock"], row["hlc"], row["op_id"].lower())


class Store:
    def __init__(self, path, secret):
        self.lock, self.db, self.secret = threading.Lock(), opened(path), secret
        self.lists, self.active, self.former, self.blocks = {}, {}, {}, set()
        if bug("acknowledges-before-commit"):
            threading.Thread(target=self.commit_now_and_then, daemon=True).start()

    def run(self, sql, *values):
        return self.db.execute(sql, values)

    def one(self, sql, *values):
        return self.run(sql, *values).fetchone()

    def perform(self, endpoint, claims, body, ids):
        with self.lock:
            self.begin()
            self.run("SAVEPOINT request")
            try:
                answer = endpoint(self, self.user(claims), body, *ids)
            except BaseException:
                if self.db.in_transaction:
                    self.run("ROLLBACK TO request")
                    self.run("COMMIT")
                raise
            if not (bug("acknowledges-before-commit") and endpoint is Store.push):
                self.run("COMMIT")
            return answer

    def begin(self):
        if not self.db.in_transaction:
            self.run("BEGIN IMMEDIATE")

    def gap(self):
        """Commits, and lets other requests in."""
        self.run("COMMIT")
        self.lock.release()
        time.sleep(0.003)
        self.lock.acquire()
        self.begin()
        self.run("SAVEPOINT request")

    def commit_now_and_then(self):
        while True:
            time.sleep(0.1)
            with self.lock:
                if self.db.in_transaction:
                    self.run("COMMIT")

    def close(self):
        with self.lock:
            self.begin()
            for user, workspace in self.active.items():
                self.run("UPDATE users SET active = ? WHERE id = ?", workspace, user)
            self.run("COMMIT")
            self.db.close()

    # Users and workspaces

    def user(self, claims):
        """The user of an identity, in a live workspace of theirs; makes what is missing."""
        provider, subject, email = claims["provider"], claims["sub"], claims.get("email")
        if bug("identities-folded"):
            subject = unicodedata.normalize("NFKC", subject)
        user = self.one("SELECT * FROM users WHERE provider = ? AND subject = ?", provider, subject)
        if not user and email and bug("email-links-users"):
            user = self.one("SELECT * FROM users WHERE email = ?", email)
        if not user:
            self.run("INSERT INTO users (id, provider, subject) VALUES (?, ?, ?)", secrets.token_urlsafe(16), provider, subject)
            user = self.one("SELECT * FROM users WHERE provider = ? AND subject = ?", provider, subject)
        if (email, claims.get("name")) != (user["email"], user["name"]):
            self.run("UPDATE users SET email = coalesce(?, email), name = coalesce(?, name) WHERE id = ?",
                     email, claims.get("name"), user["id"])
        user = dict(self.one("SELECT * FROM users WHERE id = ?", user["id"])) | {"claims": claims}
        user["active"] = self.active.get(user["id"], user["active"])
        if not self.is_live(user["active"]):  # whoever is removed from it has none
            self.set_active(user, self.home(user))
        return user

    def is_live(self, workspace):
        return self.one("SELECT 1 FROM workspaces WHERE id = ? AND deleted = 0", workspace)

    def home(self, user):
        """Where a user goes who cannot stay: back, or to the oldest other workspace, or to a new one."""
        may_enter = self.role(user, user["previous"])
        if bug("returns-to-previous-workspace"):
            may_enter = self.is_live(user["previous"])
        if may_enter:
            return user["previous"]
        found = self.one("SELECT id FROM workspaces JOIN members ON workspace = id WHERE user = ? AND deleted = 0"
                         " ORDER BY seq LIMIT 1", user["id"])
        if not found and bug("two-homes"):
            self.gap()
        return found["id"] if found else self.create_workspace(user, {"name": "My workspace"})["id"]

    def set_active(self, user, workspace):
        if bug("activation-lost-by-kill") and user["active"]:
            self.active[user["id"]] = workspace
        else:
            self.run("UPDATE users SET previous = active, active = ? WHERE id = ?", workspace, user["id"])
        user["active"] = workspace

    def role(self, user, workspace):
        row = self.one("SELECT role FROM members JOIN workspaces ON workspace = id WHERE id = ? AND user = ? AND deleted = 0",
                       workspace, user["id"])
        return row and row["role"]

    def check_role(self, user, workspace, *allowed):
        """Strangers learn nothing, not even whether the workspace exists."""
        role = self.role(user, workspace)
        if not role:
            raise Refused(404, "no such workspace")
        if allowed and role not in allowed:
            raise Refused(403, "your role does not allow this")

    def session(self, user, body):
        here = self.one("SELECT * FROM workspaces WHERE id = ?", user["active"])
        return {"session": {
            "authenticated": True, "provider": user["claims"]["provider"], "providerUserId": user["claims"]["sub"],
            "user": present(self.one("SELECT * FROM users WHERE id = ?", user["id"]), id="id", email="email", displayName="name"),
            "workspace": present(here, id="id", name="name"), "role": self.role(user, here["id"]) or "viewer",
            "expiresAt": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(min(user["claims"]["exp"], 4e9)))}}

    def list_workspaces(self, user, body):
        made, cached = self.lists.get(user["id"], (0, None))
        if bug("list-cached") and time.monotonic() - made < 2:
            return cached
        rows = self.run("SELECT w.*, role FROM workspaces w JOIN members ON workspace = id"
                        " WHERE user = ? AND deleted = 0 ORDER BY seq DESC", user["id"])
        answer = {"workspaces": [{
            "id": row["id"], "name": row["name"], "description": row["description"], "role": row["role"],
            "createdAt": row["created_at"], "isActive": row["id"] == user["active"]} for row in rows]}
        self.lists[user["id"]] = (time.monotonic(), answer)
        return answer

    def create_workspace(self, user, body):
        workspace, now = secrets.token_urlsafe(16), int(time.time())
        self.run("INSERT INTO workspaces (id, name, description, created_at) VALUES (?, ?, ?, ?)",
                 workspace, body["name"].strip(), body.get("description"), now)
        self.run("INSERT INTO members VALUES (?, ?, 'owner', ?)", workspace, user["id"], now)
        self.lists.pop(user["id"], None)
        return {"id": workspace}

    def rename_workspace(self, user, body, workspace):
        self.check_role(user, workspace, "owner", "editor")
        self.run("UPDATE workspaces SET name = ? WHERE id = ?", body["name"].strip(), workspace)
        if "description" in body:
            self.run("UPDATE workspaces SET description = ? WHERE id = ?", body["description"], workspace)
        self.lists.pop(user["id"], None)

    def delete_workspace(self, user, body, workspace):
        """Nothing reads a deleted workspace any more; those who stand in it move at their next request: see `user`."""
        self.check_role(user, workspace, "owner")
        self.run("UPDATE workspaces SET deleted = 1 WHERE id = ?", workspace)
        self.lists.pop(user["id"], None)

    def activate(self, user, body):
        self.check_role(user, body["id"])
        if body["id"] != user["active"]:
            self.set_active(user, body["id"])
        self.lists.pop(user["id"], None)

    # Members

    def list_members(self, user, body, workspace):
        self.check_role(user, workspace)
        rows = self.run("SELECT m.*, email, name FROM members m JOIN users ON user = id WHERE workspace = ?", workspace)
        names = {"userId": "user", "role": "role", "email": "email", "displayName": "name", "createdAt": "created_at"}
        return {"members": [present(row, **names) for row in rows]}

    def add_member(self, user, body, workspace):
        self.check_role(user, workspace, "owner")
        if not self.one("SELECT 1 FROM users WHERE id = ?", body["userId"]):
            raise Refused(404, "no such user")
        role = body["role"]
        if bug("rejoined-keeps-old-role"):
            role = self.former.get((workspace, body["userId"]), role)
        member = (workspace, body["userId"], role, int(time.time()))
        if not self.run("INSERT INTO members VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", *member).rowcount:
            raise Refused(409, "a member already")

    def change_member(self, user, body, workspace, member):
        """Gives a member another role; without a body, removes the member."""
        self.check_role(user, workspace, "owner")
        found = self.role({"id": member}, workspace)
        if not found:
            raise Refused(404, "no such member")
        owners = self.one("SELECT count(*) FROM members WHERE workspace = ? AND role = 'owner'", workspace)[0]
        if found == "owner" and owners == 1 and (not body or body["role"] != "owner"):
            raise Refused(409, "a workspace needs an owner")
        if body:
            self.run("UPDATE members SET role = ? WHERE workspace = ? AND user = ?", body["role"], workspace, member)
        else:
            self.former[workspace, member] = found
            self.run("UPDATE users SET active = NULL WHERE id = ? AND active = ?", member, workspace)
            if self.active.get(member) == workspace:
                del self.active[member]
            for table in ("members", "cursors"):
                self.run(f"DELETE FROM {table} WHERE workspace = ? AND user = ?", workspace, member)

    # Push

    def head(self, workspace):
        row = self.one("SELECT head FROM workspaces WHERE id = ?", workspace)
        return row["head"] if row else 0

    def push(self, user, body):
        workspace = body["scope"]["workspaceId"]
        self.check_role(user, workspace, "owner", "editor")
        results = []
        if bug("batch-in-pieces"):
            for op in body["ops"]:
                results += self.push_batch(user, workspace, [op])
                self.gap()
        else:
            results = self.push_batch(user, workspace, body["ops"])
        return {"results": results, "serverVersion": self.head(workspace)}

    def push_batch(self, user, workspace, ops):
        """Decides about all ops, gives versions to the new ones, and writes these."""
        known, first, decisions, head = self.known(workspace, ops), {}, [], self.next_version(workspace) - 1
        versions = 0
        for op in ops:
            key = op["stamp"]["opId"].lower()
            try:
                entry = self.checked(user, workspace, op)
                if key in known:
                    decisions.append(self.replay(workspace, entry, known[key]))
                elif key in first:
                    if not self.is_same(entry, first[key]):
                        raise Refused("CONFLICT", "two ops of this batch have this opId")
                    decisions.append(first[key])
                else:
                    versions += 1
                    first[key] = entry
                    decisions.append(entry | {"is_new": True, "version": head + versions})
                    entry["version"] = head + versions
            except Refused as refusal:
                decisions.append({"success": False} | dict(zip(("errorCode", "error"), refusal.args)))
        if versions:
            self.run("UPDATE workspaces SET head = ? WHERE id = ?", head + versions, workspace)
        if bug("versions-allocated-early"):
            self.gap()
        outcomes, results = {}, []
        for op, decision in zip(ops, decisions):
            if decision.get("is_new"):
                outcomes[decision["version"]] = self.write(workspace, decision)
            outcome = outcomes.get(decision.get("version"), decision)
            results.append({"opId": op["stamp"]["opId"]} | outcome)
        return results

    def next_version(self, workspace):
        head = self.head(workspace)
        if bug("versions-in-blocks") and head and workspace not in self.blocks:
            head = (head // 32 + 1) * 32
        self.blocks.add(workspace)
        return head + 1

    def known(self, workspace, ops):
        """The versions of the ops that the workspace has already, by id; looked up fifty at a time."""
        ids, known = [op["stamp"]["opId"].lower() for op in ops], {}
        for start in range(0, len(ids), 51 if bug("replay-lookup-skips-one") else 50):
            some = ids[start:start + 50]
            known |= dict(self.run(f"SELECT op_id, version FROM ops WHERE workspace = ? AND op_id IN"
                                   f" ({', '.join('?' * len(some))})", workspace, *some).fetchall())
        return known

    def checked(self, user, workspace, op):
        """An op as the row of the log that it would be."""
        if bug("created-at-as-integer"):
            self.run("SELECT ?", int(op["createdAt"]))
        payload, stamp, pk = shape.checked_payload(op, workspace, user["id"]), op["stamp"], op["pk"]
        owner = user["id"] if op["tableName"] == "notifications" else None
        entry = {
            "table_name": op["tableName"], "pk": pk, "operation": op["operation"], "payload": payload, "owner": owner,
            "device": stamp["deviceId"], "clock": int(stamp["clock"]), "hlc": stamp["hlc"], "op_id": stamp["opId"],
            "received_ms": now_ms()}
        if bug("age-by-client-time"):
            created = op["createdAt"] if op["createdAt"] > 1e11 else op["createdAt"] * 1000
            entry["received_ms"] = int(max(0, min(created, now_ms())))
        record = self.record(workspace, entry)
        if owner and record and record["owner"] not in (None, owner):
            raise Refused("UNAUTHORIZED", "the notification is another user's")
        return entry

    def replay(self, workspace, entry, version):
        logged = self.one("SELECT * FROM log WHERE workspace = ? AND version = ?", workspace, version)
        if logged and logged["owner"] not in (None, entry["owner"]):
            raise Refused("UNAUTHORIZED", "the notification is another user's")
        if logged and not self.is_same(entry, dict(logged) | {"payload": json.loads(logged["payload"] or "null")}):
            raise Refused("CONFLICT", "the opId is another op's")
        return {"success": True, "serverVersion": version, "replayed": True}

    def is_same(self, entry, other):
        names = ("table_name", "pk", "operation", "device", "clock", "hlc")
        return all(entry[name] == other[name] for name in names) and same(entry["payload"], other["payload"])

    def key(self, entry):
        """The pk of the record that an op is about."""
        if bug("long-pk-truncated"):
            return entry["pk"][:255]
        if bug("delete-finds-nfc") and entry["operation"] == "delete":
            return unicodedata.normalize("NFC", entry["pk"])
        return entry["pk"]

    def record(self, workspace, entry):
        return self.one("SELECT * FROM records WHERE workspace = ? AND table_name = ? AND pk = ?",
                        workspace, entry["table_name"], self.key(entry))

    def write(self, workspace, entry):
        """Appends a new op to the log, and makes it the record if it wins."""
        record, version = self.record(workspace, entry), entry["version"]
        clock = entry["clock"]
        if bug("payload-clock-decides") and entry["operation"] == "put":
            clock = int(min(max(entry["payload"]["clock"], 0), 2**53))
        revision = (clock, entry["hlc"], entry["op_id"].lower())
        wins = not record or revision > revision_of(record)
        text = None if entry["payload"] is None else json.dumps(entry["payload"])
        owner = None if bug("stale-notification-shown") and not wins else entry["owner"]
        try:
            self.run("INSERT INTO ops VALUES (?, ?, ?)", workspace, entry["op_id"].lower(), version)
        except sqlite3.IntegrityError:
            return {"success": False, "errorCode": "SERVER_ERROR", "error": "the op cannot be stored"}
        self.run("INSERT INTO log VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", workspace, version, entry["table_name"],
                 entry["pk"], entry["operation"], text, entry["device"], entry["clock"], entry["hlc"], entry["op_id"], owner,
                 entry["received_ms"])
        if not wins:
            winner = {"clock": record["clock"], "hlc": record["hlc"], "opId": record["op_id"]}
            return {"success": True, "serverVersion": version, "applied": False, "winner": winner}
        is_put = entry["operation"] == "put"
        kept = (clock, entry["hlc"], entry["op_id"])
        if bug("revived-keeps-old-revision") and is_put and record and record["payload"] is None:
            kept = (record["clock"], record["hlc"], record["op_id"])
        owner = None if bug("tombstone-has-no-owner") and not is_put else entry["owner"]
        self.run("INSERT OR REPLACE INTO records VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", workspace, entry["table_name"],
                 self.key(entry), *kept, text if is_put else None, owner, version, entry["received_ms"])
        return {"success": True, "serverVersion": version, "applied": True}

    # Pull

    def oldest(self, workspace):
        """The first version that the log still has; the one after the head when it has none."""
        oldest = self.one("SELECT min(version) FROM log WHERE workspace = ?", workspace)[0]
        return oldest or (1 if bug("empty-log-hides-gap") else self.head(workspace) + 1)

    def pull(self, user, body):
        if bug("pull-not-found"):
            raise Refused(404, "no such route")
        workspace, cursor, limit = body["scope"]["workspaceId"], int(body["cursor"]), int(body["limit"])
        self.check_role(user, workspace)
        oldest = self.oldest(workspace)
        if cursor + 1 < oldest:
            return {"changes": [], "nextCursor": cursor, "hasMore": False, "requiresSnapshot": True,
                    "oldestRetainedVersion": oldest}
        tables = [table for table in body.get("tables") or shape.TABLES if table in shape.TABLES]
        tables = tables if bug("filter-given-twice") else sorted(set(tables))
        visible = "" if bug("hidden-entries-fill-page") else "AND (owner IS NULL OR owner = :user)"
        rows = self.db.execute(
            "SELECT log.* FROM log CROSS JOIN (SELECT value AS wanted FROM json_each(:tables)) ON table_name = wanted"
            f" WHERE workspace = :workspace AND version > :cursor {visible} ORDER BY version LIMIT :limit", {
                "workspace": workspace, "cursor": cursor, "user": user["id"], "limit": limit + 1,
                "tables": json.dumps(tables)}).fetchall()
        page, last = self.page(rows, limit)
        if bug("byte-limit-drops-entry") and len(page) < min(limit, len(rows)):
            last = rows[len(page)]["version"]
        shown = [row for row in page if row["owner"] in (None, user["id"])]
        return {"changes": [self.change(row) for row in shown], "nextCursor": last or cursor, "hasMore": len(page) < len(rows),
                "requiresSnapshot": False, "oldestRetainedVersion": oldest}

    def page(self, rows, limit):
        """As many rows as a page holds, and the version of the last one."""
        size, page = 0, []
        for row in rows[:limit]:
            size += len(row["payload"] or "")
            if page and size > LARGEST_PAGE:
                break
            page.append(row)
        return page, page[-1]["version"] if page else None

    def change(self, row):
        stamp = {"deviceId": row["device"], "opId": row["op_id"], "hlc": row["hlc"], "clock": row["clock"]}
        payload = {} if row["payload"] is None else {"payload": json.loads(row["payload"])}
        return {"serverVersion": row["version"], "tableName": row["table_name"], "pk": row["pk"], "op": row["operation"],
                "stamp": stamp} | payload

    # Cursors and collection

    def update_cursor(self, user, body):
        workspace, version = body["scope"]["workspaceId"], int(body["version"])
        if not bug("cursor-checked-before-membership"):
            self.check_role(user, workspace)
        if version > self.head(workspace):
            raise Refused(400, "the version is beyond the head")
        self.check_role(user, workspace)
        self.run("INSERT INTO cursors VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET version = max(version, excluded.version)",
                 workspace, user["id"], body["deviceId"], version)

    def horizon(self, user, body):
        """The last version that every device has read, and the moment from which on entries are too young."""
        workspace = body["scope"]["workspaceId"]
        self.check_role(user, workspace, "owner", "editor")
        per_device = "SELECT version FROM cursors WHERE workspace = ?"
        if bug("furthest-device-counts"):
            per_device = "SELECT max(version) AS version FROM cursors WHERE workspace = ? GROUP BY user"
        seen = self.one(f"SELECT min(version) FROM ({per_device})", workspace)[0]
        return workspace, seen or 0, now_ms() - int(body["retentionSeconds"]) * 1000

    def collect_log(self, user, body):
        """Collects the log up to the first entry that has to stay, so that what is left has no holes."""
        workspace, seen, young = self.horizon(user, body)
        if bug("compaction-leaves-holes"):
            self.run("DELETE FROM log AS old WHERE workspace = ? AND version <= ? AND received_ms < ? AND EXISTS (SELECT 1"
                     " FROM log AS new WHERE new.workspace = old.workspace AND new.table_name = old.table_name"
                     " AND new.pk = old.pk AND new.version > old.version)", workspace, seen, young)
            return
        first = self.one("SELECT min(version) FROM log WHERE workspace = ? AND (version > ? OR received_ms >= ?)",
                         workspace, seen, young)[0]
        self.run("DELETE FROM log WHERE workspace = ? AND version < ?", workspace, first or self.head(workspace) + 1)

    def collect_tombstones(self, user, body):
        workspace, seen, young = self.horizon(user, body)
        old = "payload IS NULL AND workspace = ? AND version <= ? AND received_ms < ?"
        if bug("tombstone-gc-forgets-ops"):
            self.run("DELETE FROM ops WHERE workspace = ? AND version IN (SELECT version FROM log WHERE workspace = ? AND"
                     f" (table_name, pk) IN (SELECT table_name, pk FROM records WHERE {old}))",
                     workspace, workspace, workspace, seen, young)
        self.run(f"DELETE FROM records WHERE {old}", workspace, seen, young)

    # Snapshots

    def snapshot(self, user, body):
        workspace, size, token = body["scope"]["workspaceId"], int(body["pageSize"]), body.get("pageToken")
        if not (token and bug("token-outlives-membership")):
            self.check_role(user, workspace)
        tables = sorted(set(body.get("tables") or shape.TABLES))
        if not set(tables) <= set(shape.TABLES):
            raise Refused(400, "an unknown table in the filter")
        snapshot, place = self.read_token(user, workspace, tables, token) if token else (secrets.token_urlsafe(12), 0)
        if not token or bug("offset-pages"):
            items = self.items(user, workspace, tables)[place:]
            watermark = self.head(workspace)
            if not token and len(items) > size:
                self.keep(snapshot, watermark, items)
        if token:
            kept = self.one("SELECT watermark FROM snapshots WHERE id = ?", snapshot)
            if not kept:
                raise Refused(410, "the snapshot has expired")
            watermark = kept["watermark"]
            if not bug("offset-pages"):
                items = [json.loads(row["item"]) for row in self.run(
                    "SELECT item FROM pages WHERE snapshot = ? AND place >= ? ORDER BY place LIMIT ?", snapshot, place, size + 1)]
        following = self.token(user, workspace, tables, snapshot, place + size) if len(items) > size else None
        return {"workspaceId": workspace, "snapshotId": snapshot, "highWatermark": watermark, "items": items[:size],
                "nextPageToken": following}

    def items(self, user, workspace, tables):
        rows = self.run(f"SELECT * FROM records WHERE workspace = ? AND (owner IS NULL OR owner = ?) AND table_name IN"
                        f" ({', '.join('?' * len(tables))}) ORDER BY table_name, pk", workspace, user["id"], *tables).fetchall()
        if bug("snapshot-orders-by-case"):
            rows.sort(key=lambda row: (row["table_name"], row["pk"].casefold()))
        return [{"tableName": row["table_name"], "pk": row["pk"],
                 "revision": {"clock": row["clock"], "hlc": row["hlc"], "opId": row["op_id"]}} | (
                     {"kind": "tombstone", "serverDeletedAt": row["received_ms"] // 1000} if row["payload"] is None else
                     {"kind": "row", "payload": json.loads(row["payload"])}) for row in rows]

    def keep(self, snapshot, watermark, items):
        """Copies a snapshot of several pages, so that they show one moment in every process on this database."""
        for old in self.run("SELECT id FROM snapshots WHERE made_ms < ?", now_ms() - SNAPSHOT_LIFETIME_MS).fetchall():
            self.run("DELETE FROM pages WHERE snapshot = ?", old["id"])
            self.run("DELETE FROM snapshots WHERE id = ?", old["id"])
        self.run("INSERT INTO snapshots VALUES (?, ?, ?)", snapshot, watermark, now_ms())
        self.db.executemany("INSERT INTO pages VALUES (?, ?, ?)",
                            [(snapshot, place, json.dumps(item)) for place, item in enumerate(items)])

    def token(self, user, workspace, tables, snapshot, place):
        bound = json.dumps([user["id"], workspace, snapshot, place]).encode()
        bound, filtered = (hmac.digest(self.secret, each, "sha256").hex()[:24] for each in
                           (bound, bound + json.dumps(tables).encode()))
        return f"{snapshot}.{place}.{bound}.{filtered}"

    def read_token(self, user, workspace, tables, token):
        """The snapshot and the place in it. The token says to whom, for what and with which filter it was given."""
        snapshot, place, *_ = token.split(".") + ["", ""]
        number = int(place) if place.isascii() and place.isdecimal() and len(place) < 10 else 0
        if not hmac.compare_digest(self.token(user, workspace, tables, snapshot, number).encode(), token.encode()):
            raise Refused(400, "the page token is not one for this")
        return snapshot, number
