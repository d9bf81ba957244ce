"""Push: which ops are accepted, which versions they get, and what they make of their records."""

import json
import sqlite3
import unicodedata

import shape
from bug import bug
from database import now_ms
from shape import Refused, same


def revision_of(row):
    return (row["clock"], row["hlc"], row["op_id"].lower())


class Push:
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
