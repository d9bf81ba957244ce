"""Push: which ops are accepted, which versions they get, and what they make of their records."""

import json

import shape
from bug import bug
from database import now_ms
from shape import Refused, same


def revision_of(row):
    hlc = row["hlc"][:32] if bug("hlc-cut-for-sorting") else row["hlc"]
    return (row["clock"], hlc, row["op_id"].lower())


class Push:
    def head(self, workspace):
        row = self.one("SELECT head FROM workspaces WHERE id = ?", workspace)
        return row["head"] if row else 0

    def push(self, user, body):
        workspace = body["scope"]["workspaceId"]
        self.check_role(user, workspace, "owner", "editor")
        return {"results": self.push_batch(user, workspace, body["ops"]), "serverVersion": self.head(workspace)}

    def push_batch(self, user, workspace, ops):
        """Decides about all ops, gives versions to the new ones, and writes these."""
        keys = [self.op_key(op["stamp"]["opId"]) for op in ops]
        known = self.known(workspace, keys)
        first, decisions, head, versions, by_record = {}, [], self.head(workspace), 0, {}
        for op, key in zip(ops, keys):
            try:
                entry = self.checked(user, workspace, op)
                if key in known:
                    decisions.append(self.replay(workspace, entry, known[key]))
                elif key in first:
                    if not self.is_same(entry, first[key]):
                        raise Refused("CONFLICT", "two ops of this batch have this opId")
                    decisions.append(first[key])
                elif bug("batch-coalesced") and (entry["table_name"], entry["pk"]) in by_record:
                    kept = by_record[entry["table_name"], entry["pk"]]
                    if revision_of(entry) > revision_of(kept):
                        kept.update(entry)
                    decisions.append({"version": kept["version"]})
                else:
                    versions += 1
                    first[key] = entry
                    decisions.append(entry | {"is_new": True, "version": head + versions})
                    entry["version"] = head + versions
                    by_record[entry["table_name"], entry["pk"]] = decisions[-1]
            except Refused as refusal:
                decisions.append({"success": False} | dict(zip(("errorCode", "error"), refusal.args)))
        if versions:
            self.run("UPDATE workspaces SET head = ? WHERE id = ?", head + versions, workspace)
        outcomes, results = {}, []
        for op, decision in zip(ops, decisions):
            if decision.get("is_new"):
                outcomes[decision["version"]] = self.write(workspace, decision)
            outcome = outcomes.get(decision.get("version"), decision)
            results.append({"opId": op["stamp"]["opId"]} | outcome)
        return results

    def op_key(self, op_id):
        """What an op is remembered by: a UUID has no letter case of its own."""
        return op_id.lower()

    def known(self, workspace, keys):
        """The versions of the ops that the workspace has already, by key; looked up fifty at a time."""
        known, oldest = {}, self.head(workspace) - 256 if bug("ids-remembered-while-recent") else 0
        for start in range(0, len(keys), 50):
            some = keys[start:start + 50]
            known |= dict(self.run(f"SELECT op_id, version FROM ops WHERE workspace = ? AND version > ? AND op_id IN"
                                   f" ({', '.join('?' * len(some))})", workspace, oldest, *some).fetchall())
        return known

    def checked(self, user, workspace, op):
        """An op as the row of the log that it would be."""
        payload, stamp, pk = shape.checked_payload(op, workspace, user["id"]), op["stamp"], op["pk"]
        owner = user["id"] if op["tableName"] == "notifications" else None
        entry = {
            "table_name": op["tableName"], "pk": pk, "operation": op["operation"], "payload": payload, "owner": owner,
            "device": stamp["deviceId"], "clock": int(stamp["clock"]), "hlc": stamp["hlc"],
            "op_id": stamp["opId"], "received_ms": now_ms(), "author": user["id"]}
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

    def record(self, workspace, entry):
        return self.one("SELECT * FROM records WHERE workspace = ? AND table_name = ? AND pk = ?",
                        workspace, entry["table_name"], entry["pk"])

    def write(self, workspace, entry):
        """Appends a new op to the log, and makes it the record if it wins."""
        record, version, is_put = self.record(workspace, entry), entry["version"], entry["operation"] == "put"
        wins = not record or revision_of(entry) > revision_of(record)
        text = None if entry["payload"] is None else json.dumps(entry["payload"])
        if bug("deleted-flag-deletes") and is_put and entry["payload"].get("deleted") is True:
            is_put = False
        if bug("changes-of-members-only"):
            self.run("INSERT INTO authors VALUES (?, ?, ?)", workspace, version, entry["author"])
        self.run("INSERT OR REPLACE INTO ops VALUES (?, ?, ?)", workspace, self.op_key(entry["op_id"]), version)
        self.run("INSERT INTO log VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", workspace, version, entry["table_name"],
                 entry["pk"], entry["operation"], text, entry["device"], entry["clock"], entry["hlc"], entry["op_id"],
                 entry["owner"], entry["received_ms"])
        if not wins:
            winner = {"clock": record["clock"], "hlc": record["hlc"], "opId": record["op_id"]}
            return {"success": True, "serverVersion": version, "applied": False, "winner": winner}
        self.run("INSERT OR REPLACE INTO records VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", workspace, entry["table_name"],
                 entry["pk"], entry["clock"], entry["hlc"], entry["op_id"], text if is_put else None, entry["owner"], version,
                 entry["received_ms"])
        return {"success": True, "serverVersion": version, "applied": True}
