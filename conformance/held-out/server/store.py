"""The store: each request is one transaction, and has the connection to itself. What the endpoints do is in the classes that
it is made of."""

import threading
import time

from bug import bug
from database import opened
from push import Push
from reading import Reading
from snapshots import Snapshots
from workspaces import Workspaces


class Store(Workspaces, Push, Reading, Snapshots):
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
