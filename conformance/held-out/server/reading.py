"""Pull, the cursors of devices, and the collection of what all of them have read."""

import json

import shape
from bug import bug
from database import now_ms
from shape import Refused

LARGEST_PAGE = 1024 * 1024


class Reading:
    def oldest(self, workspace, user):
        """The first version that the log still has; the one after the head when it has none."""
        found = self.one("SELECT min(version) FROM log WHERE workspace = ? AND (NOT ? OR owner IS NULL OR owner = ?)",
                         workspace, bug("gap-by-what-is-seen"), user["id"])
        return found[0] or self.head(workspace) + 1

    def pull(self, user, body):
        if bug("pull-not-found"):
            raise Refused(404, "no such route")
        workspace, cursor, limit = body["scope"]["workspaceId"], int(body["cursor"]), int(body["limit"])
        self.check_role(user, workspace)
        oldest = self.oldest(workspace, user)
        if cursor + 1 < oldest:
            return {"changes": [], "nextCursor": cursor, "hasMore": False, "requiresSnapshot": True,
                    "oldestRetainedVersion": oldest}
        tables = sorted(set(body.get("tables") or shape.TABLES) & set(shape.TABLES))
        key = (workspace, self.head(workspace), oldest, cursor, limit, *tables)
        if bug("pulls-cached") and key in self.pulls:
            return self.pulls[key]
        authored = ""
        if bug("changes-of-members-only"):
            authored = (" AND EXISTS (SELECT 1 FROM authors a JOIN members m USING (workspace, user)"
                        " WHERE a.workspace = log.workspace AND a.version = log.version)")
        rows = self.db.execute(
            "SELECT log.* FROM log CROSS JOIN (SELECT value AS wanted FROM json_each(:tables)) ON table_name = wanted"
            " WHERE workspace = :workspace AND version > :cursor AND (owner IS NULL OR owner = :user)"
            f"{authored} ORDER BY version LIMIT :limit", {
                "workspace": workspace, "cursor": cursor, "user": user["id"], "limit": limit + 1,
                "tables": json.dumps(tables)}).fetchall()
        page, last = self.page(rows, limit)
        answer = {"changes": [self.change(row) for row in page], "nextCursor": last or cursor, "hasMore": len(page) < len(rows),
                  "requiresSnapshot": False, "oldestRetainedVersion": oldest}
        if bug("pulls-cached"):
            self.pulls[key] = answer
        return answer

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
        self.check_role(user, workspace)
        if version > self.head(workspace):
            raise Refused(400, "the version is beyond the head")
        key = (workspace, user["id"], body["deviceId"])
        if bug("cursors-written-late"):
            self.cursors[key] = max(version, self.cursors.get(key, 0))
        else:
            self.write_cursor(*key, version)

    def write_cursor(self, workspace, user_id, device, version):
        self.run("INSERT INTO cursors VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET version = max(version, excluded.version)",
                 workspace, user_id, device, version)

    def write_cursors(self):
        """Writes the cursors that only this process knows."""
        for key, version in self.cursors.items():
            self.write_cursor(*key, version)
        self.cursors.clear()

    def horizon(self, user, body):
        """The last version that every device has read, and the moment from which on entries are too young."""
        workspace = body["scope"]["workspaceId"]
        self.check_role(user, workspace, "owner", "editor")
        self.write_cursors()
        seen = self.one("SELECT min(version) FROM cursors WHERE workspace = ?", workspace)[0]
        return workspace, seen or 0, now_ms() - int(body["retentionSeconds"]) * 1000

    def collect_log(self, user, body):
        """Collects the log up to the first entry that has to stay, so that what is left has no holes."""
        workspace, seen, young = self.horizon(user, body)
        first = self.one("SELECT min(version) FROM log WHERE workspace = ? AND (version > ? OR received_ms >= ?)",
                         workspace, seen, young)[0]
        self.run("DELETE FROM log WHERE workspace = ? AND version < ?", workspace, first or self.head(workspace) + 1)

    def collect_tombstones(self, user, body):
        workspace, seen, young = self.horizon(user, body)
        self.run("DELETE FROM records WHERE payload IS NULL AND workspace = ? AND version <= ? AND received_ms < ?"
                 " AND (NOT ? OR owner IS NULL OR owner = ?)", workspace, seen, young, bug("collected-as-seen"), user["id"])
