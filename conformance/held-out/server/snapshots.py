"""Snapshots: pages of one moment, and the tokens that lead from one to the next."""

import hmac
import json
import secrets

import shape
from bug import bug
from database import now_ms
from shape import Refused

LIFETIME_MS = 3600 * 1000


class Snapshots:
    def snapshot(self, user, body):
        workspace, size, token = body["scope"]["workspaceId"], int(body["pageSize"]), body.get("pageToken")
        self.check_role(user, workspace)
        tables = sorted(set(body.get("tables") or shape.TABLES))
        if not set(tables) <= set(shape.TABLES):
            raise Refused(400, "an unknown table in the filter")
        snapshot, place = self.read_token(user, workspace, tables, token) if token else (self.new_id(workspace), 0)
        if not token:
            items, watermark = self.items(user, workspace, tables), self.head(workspace)
            if len(items) > size:
                self.keep(snapshot, watermark, items)
        else:
            kept = self.one("SELECT watermark FROM snapshots WHERE id = ?", snapshot)
            if not kept:
                raise Refused(410, "the snapshot has expired")
            watermark = kept["watermark"]
            items = [json.loads(row["item"]) for row in self.run(
                "SELECT item FROM pages WHERE snapshot = ? AND place >= ? ORDER BY place LIMIT ?", snapshot, place, size + 1)]
        following = self.token(user, workspace, tables, snapshot, place + size) if len(items) > size else None
        return {"workspaceId": workspace, "snapshotId": snapshot, "highWatermark": watermark, "items": items[:size],
                "nextPageToken": following}

    def new_id(self, workspace):
        return f"{workspace}-{self.head(workspace)}" if bug("pages-kept-by-version") else secrets.token_urlsafe(12)

    def items(self, user, workspace, tables):
        rows = self.run(f"SELECT * FROM records WHERE workspace = ? AND (owner IS NULL OR owner = ?) AND table_name IN"
                        f" ({', '.join('?' * len(tables))}) ORDER BY table_name, pk", workspace, user["id"], *tables).fetchall()
        return [{"tableName": row["table_name"], "pk": row["pk"],
                 "revision": {"clock": row["clock"], "hlc": row["hlc"], "opId": row["op_id"]}} | (
                     {"kind": "tombstone", "serverDeletedAt": row["received_ms"] // 1000} if row["payload"] is None else
                     {"kind": "row", "payload": json.loads(row["payload"])}) for row in rows]

    def keep(self, snapshot, watermark, items):
        """Copies a snapshot of several pages, so that they show one moment in every process on this database."""
        for old in self.run("SELECT id FROM snapshots WHERE made_ms < ?", now_ms() - LIFETIME_MS).fetchall():
            self.run("DELETE FROM pages WHERE snapshot = ?", old["id"])
            self.run("DELETE FROM snapshots WHERE id = ?", old["id"])
        if bug("pages-kept-by-version") and self.one("SELECT 1 FROM snapshots WHERE id = ?", snapshot):
            return
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
