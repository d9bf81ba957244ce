"""Users, their workspaces, and who is a member of what."""

import secrets
import sqlite3
import time
from datetime import datetime, timezone
from unicodedata import category

from bug import bug
from shape import Refused, trimmed


LATEST = 253402300799  # the last second of the year 9999


def present(row, **names):
    """The columns that are not null, under their names on the wire."""
    return {name: row[column] for name, column in names.items() if row[column] is not None}


class Workspaces:
    def user(self, claims):
        """The user of an identity, in a live workspace of theirs; makes what is missing."""
        provider, subject, email = claims["provider"], claims["sub"], claims.get("email")
        user = self.one("SELECT * FROM users WHERE provider = ? AND subject = ?", provider, subject)
        if not user:
            self.run("INSERT INTO users (id, provider, subject) VALUES (?, ?, ?)", secrets.token_urlsafe(16), provider, subject)
            user = self.one("SELECT * FROM users WHERE provider = ? AND subject = ?", provider, subject)
        if (email, claims.get("name")) != (user["email"], user["name"]):
            self.run("UPDATE users SET email = ?, name = ? WHERE id = ?", email, claims.get("name"), user["id"])
        user = dict(self.one("SELECT * FROM users WHERE id = ?", user["id"])) | {"claims": claims}
        if not self.is_live(user["active"]):  # whoever is removed from it has none
            self.set_active(user, self.home(user))
        return user

    def is_live(self, workspace):
        return self.one("SELECT 1 FROM workspaces WHERE id = ? AND deleted = 0", workspace)

    def home(self, user):
        """Where a user goes who cannot stay: back, or to the oldest other workspace, or to a new one."""
        if self.role(user, user["previous"]):
            return user["previous"]
        found = self.one("SELECT id FROM workspaces JOIN members ON workspace = id WHERE user = ? AND deleted = 0"
                         " ORDER BY seq LIMIT 1", user["id"])
        return found["id"] if found else self.create_workspace(user, {"name": "My workspace"})["id"]

    def set_active(self, user, workspace):
        self.run("UPDATE users SET previous = active, active = ? WHERE id = ?", workspace, user["id"])
        user["previous"], user["active"] = user["active"], workspace

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
        if bug("whole-user-saved"):
            self.gap()
            self.run("UPDATE users SET email = ?, name = ?, active = ?, previous = ? WHERE id = ?",
                     *(user[column] for column in ("email", "name", "active", "previous", "id")))
        here = self.one("SELECT * FROM workspaces WHERE id = ?", user["active"])
        return {"session": {
            "authenticated": True, "provider": user["claims"]["provider"], "providerUserId": user["claims"]["sub"],
            "user": present(self.one("SELECT * FROM users WHERE id = ?", user["id"]), id="id", email="email", displayName="name"),
            "workspace": present(here, id="id", name="name"), "role": self.role(user, here["id"]) or "viewer",
            "expiresAt": self.moment(user["claims"]["exp"])}}

    def moment(self, seconds):
        if bug("years-beyond-9999"):
            return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(min(seconds, LATEST)))

    def list_workspaces(self, user, body):
        rows = self.run("SELECT w.*, role FROM workspaces w JOIN members ON workspace = id"
                        " WHERE user = ? AND deleted = 0 ORDER BY seq DESC", user["id"])
        return {"workspaces": [{
            "id": row["id"], "name": row["name"], "description": row["description"], "role": row["role"],
            "createdAt": row["created_at"], "isActive": row["id"] == user["active"]} for row in rows]}

    def create_workspace(self, user, body):
        workspace, now, name, description = secrets.token_urlsafe(16), int(time.time()), *self.texts(body)
        if bug("double-submit-guard") and (same := self.one(
                "SELECT id FROM workspaces JOIN members ON workspace = id WHERE user = ? AND role = 'owner' AND name = ?"
                " AND deleted = 0 AND workspaces.created_at >= ?", user["id"], name, now - 2)):
            return {"id": same["id"]}
        self.run("INSERT INTO workspaces (id, name, description, created_at) VALUES (?, ?, ?, ?)",
                 workspace, name, description, now)
        self.run("INSERT INTO members VALUES (?, ?, 'owner', ?)", workspace, user["id"], now)
        return {"id": workspace}

    def rename_workspace(self, user, body, workspace):
        self.check_role(user, workspace, "owner", "editor")
        name, description = self.texts(body)
        self.run("UPDATE workspaces SET name = ? WHERE id = ?", name, workspace)
        if bug("renamed-moves-up"):
            self.run("UPDATE workspaces SET seq = (SELECT max(seq) + 1 FROM workspaces) WHERE id = ?", workspace)
        if "description" in body:
            self.run("UPDATE workspaces SET description = ? WHERE id = ?", description, workspace)

    def texts(self, body):
        """The name and the description of a request."""
        texts = trimmed(body["name"]), body.get("description")
        if bug("invisible-characters-stripped"):
            return ["".join(char for char in text if category(char) != "Cf") if text else text for text in texts]
        return texts

    def delete_workspace(self, user, body, workspace):
        """Nothing reads a deleted workspace any more; those who stand in it move at their next request: see `user`."""
        self.check_role(user, workspace, "owner")
        self.run("UPDATE workspaces SET deleted = 1 WHERE id = ?", workspace)

    def activate(self, user, body):
        self.check_role(user, body["id"])
        if body["id"] != user["active"]:
            self.set_active(user, body["id"])

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
        member = (workspace, body["userId"], body["role"], int(time.time()))
        if bug("removed-stays-removed") and self.run("UPDATE removed SET role = ? WHERE workspace = ? AND user = ?",
                                                     body["role"], workspace, body["userId"]).rowcount:
            return
        insert = "INSERT INTO members VALUES (?, ?, ?, ?)"
        try:
            self.run(insert, *member)
        except sqlite3.IntegrityError as error:
            message = f"{error} [SQL: {insert}]" if bug("statement-in-the-message") else "a member already"
            raise Refused(409, message) from None

    def change_member(self, user, body, workspace, member):
        """Gives a member another role; without a body, removes the member. Members may leave."""
        leaves = not body and member == user["id"]
        self.check_role(user, workspace, *(() if leaves else ("owner",)))
        found = self.role({"id": member}, workspace)
        if not found:
            raise Refused(404, "no such member")
        owners = self.one("SELECT count(*) FROM members WHERE workspace = ? AND role = 'owner'", workspace)[0]
        if found == "owner" and owners == 1 and (not body or body["role"] != "owner"):
            raise Refused(409, "a workspace needs an owner")
        if body:
            self.run("UPDATE members SET role = ? WHERE workspace = ? AND user = ?", body["role"], workspace, member)
        else:
            if bug("removed-stays-removed"):
                self.run("INSERT INTO removed VALUES (?, ?, ?)", workspace, member, found)
            self.write_cursors()
            self.run("UPDATE users SET active = NULL WHERE id = ? AND active = ?", member, workspace)
            self.run("DELETE FROM members WHERE workspace = ? AND user = ?", workspace, member)
            self.run("DELETE FROM cursors WHERE workspace = ? AND user = ?", workspace, member)
