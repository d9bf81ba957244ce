"""The store: each request is one transaction, and has the connection to itself. What the endpoints do is in the classes that
it is made of."""

import threading
import time

from database import opened
from push import Push
from reading import Reading
from snapshots import Snapshots
from workspaces import Workspaces


class Store(Workspaces, Push, Reading, Snapshots):
    def __init__(self, path, secret):
        self.lock, self.db, self.secret, self.pulls, self.cursors = threading.Lock(), opened(path), secret, {}, {}

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
            self.run("COMMIT")
            return answer

    def begin(self):
        if not self.db.in_transaction:
            self.run("BEGIN IMMEDIATE")

    def gap(self):
        """Commits, and lets other requests in."""
        self.run("COMMIT")
        self.lock.release()
        time.sleep(0.01)
        self.lock.acquire()
        self.begin()
        self.run("SAVEPOINT request")

    def close(self):
        with self.lock:
            self.begin()
            self.write_cursors()
            self.run("COMMIT")
            self.db.close()
