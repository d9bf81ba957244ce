"""What the proofs need of a client: a server that is started and stopped, users with credentials, and ops."""

import base64
import hmac
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

HERE = pathlib.Path(__file__).parent
SECRET = "a secret of the proofs, long enough for its hash"


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def token(name, provider="p", seconds=3600, **claims):
    def part(value):
        return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
    claims = {"provider": provider, "sub": name, "exp": time.time() + seconds} | claims
    signed = ".".join(part(json.dumps(each).encode()) for each in ({"alg": "HS256", "typ": "JWT"}, claims))
    return f"{signed}.{part(hmac.digest(SECRET.encode(), signed.encode(), 'sha256'))}"


def put(table, pk, clock=1, hlc="h", op_id=None, payload=None, **envelope):
    """An op that writes a record with all fields that its table needs, and those of `payload`."""
    fields = {
        "threads": {"status": "open", "deleted": False, "pinned": False},
        "messages": {"thread_id": "t", "role": "user", "order_key": "a", "index": 0, "deleted": False},
        "projects": {"name": "n", "deleted": False},
        "posts": {"title": "t", "content": "c", "post_type": "p", "deleted": False},
        "kv": {"name": "n"},
        "file_meta": {"deleted": False},
        "notifications": {"type": "t", "title": "t", "deleted": False},
    }[table] | {"hash" if table == "file_meta" else "id": pk, "created_at": 1, "updated_at": 1, "clock": clock}
    stamp = {"deviceId": "d", "opId": op_id or str(uuid.uuid4()), "hlc": hlc, "clock": clock}
    return {"id": str(uuid.uuid4()), "tableName": table, "operation": "put", "pk": pk, "payload": fields | (payload or {}),
            "stamp": stamp, "createdAt": int(time.time() * 1000), "attempts": 0, "status": "pending"} | envelope


def delete(table, pk, clock=1, **more):
    return {key: value for key, value in put(table, pk, clock, **more).items() if key != "payload"} | {"operation": "delete"}


class Server:
    """A server on a folder of its own. `command` starts it; the default is the Python server with the bug `name`."""

    def __init__(self, name="", command=None, **environment):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="held-out-"))
        self.path, self.port, self.process = self.folder / "sync.db", 0, None
        self.command = command or [sys.executable, str(HERE / "server/server.py")]
        self.environment = {"BUG": name, "SYNCPROOF_JWT_SECRET": SECRET, "OR3_SQLITE_DB_PATH": str(self.path),
                            "SYNCPROOF_GC_MIN_RETENTION_SECONDS": "1"} | environment

    def start(self):
        self.port = free_port()
        ports = {"PORT": str(self.port), "SYNCPROOF_LISTEN": f"127.0.0.1:{self.port}"}
        self.process = subprocess.Popen(self.command, env=os.environ | self.environment | ports, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT)
        until = time.monotonic() + 20
        while time.monotonic() < until and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return self
            except OSError:
                time.sleep(0.02)
        return self

    def runs(self):
        return self.process.poll() is None

    def exits(self):
        """Whether the process ends by itself."""
        try:
            return self.process.wait(10) is not None
        except subprocess.TimeoutExpired:
            return False

    def end(self, sign=signal.SIGKILL):
        """Ends the process, and returns what it printed."""
        if self.runs():
            self.process.send_signal(sign)
        return self.process.communicate(timeout=30)[0].decode(errors="replace")

    def restart(self, sign=signal.SIGKILL):
        self.end(sign)
        return self.start()

    def instance(self):
        """A second process on the same store."""
        other = Server(command=self.command)
        shutil.rmtree(other.folder)
        other.folder, other.path, other.environment = None, self.path, self.environment
        return other.start()

    def discard(self):
        self.end()
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)

    def user(self, name, **claims):
        return User(self, token(name, **claims))


class User:
    def __init__(self, server, credential):
        self.server, self.credential = server, credential

    def call(self, method, path, body=None, raw=None):
        """The status and the body of the answer; status 0 when there is none."""
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=30)
        text = raw if raw is not None else None if body is None else json.dumps(body)
        headers = {"Authorization": f"Bearer {self.credential}", "Content-Type": "application/json"}
        try:
            connection.request(method, f"/api/{path}", text, headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read() or "null")
        except (OSError, http.client.HTTPException):
            return 0, None
        finally:
            connection.close()

    def done(self, *request):
        status, body = self.call(*request)
        assert status in (200, 201, 204), (request[:2], status, body)
        return body

    def session(self):
        return self.done("GET", "auth/session")["session"]

    @property
    def id(self):
        return self.session()["user"]["id"]

    @property
    def home(self):
        return self.session()["workspace"]["id"]

    def list(self):
        return self.done("GET", "workspaces")["workspaces"]

    def make(self, name="w"):
        return self.done("POST", "workspaces", {"name": name})["id"]

    def activate(self, workspace):
        return self.done("POST", "workspaces/active", {"id": workspace})

    def add(self, workspace, other, role):
        return self.done("POST", f"workspaces/{workspace}/members", {"userId": other.id, "role": role})

    def remove(self, workspace, user_id):
        return self.done("DELETE", f"workspaces/{workspace}/members/{user_id}")

    def sync(self, endpoint, workspace, **body):
        return self.call("POST", f"sync/{endpoint}", {"scope": {"workspaceId": workspace}} | body)

    def push(self, workspace, *ops):
        status, body = self.sync("push", workspace, ops=list(ops))
        assert status == 200, (status, body)
        return body["results"]

    def pushed(self, workspace, *ops):
        """Pushes ops that have to succeed, and returns their versions."""
        results = self.push(workspace, *ops)
        assert all(result["success"] for result in results), results
        return [result["serverVersion"] for result in results]

    def pull(self, workspace, cursor=0, limit=1000, **body):
        status, body = self.sync("pull", workspace, cursor=cursor, limit=limit, **body)
        assert status == 200, (status, body)
        return body

    def changes(self, workspace, cursor=0, limit=1000, **body):
        """The changes of all pages."""
        changes = []
        for _ in range(1000):
            page = self.pull(workspace, cursor, limit, **body)
            changes, cursor = changes + page["changes"], page["nextCursor"]
            if not page["hasMore"]:
                break
        return changes

    def snapshot(self, workspace, size=1000, between=lambda: None, **body):
        """The items of all pages."""
        items, more = [], {}
        for _ in range(1000):
            status, page = self.sync("snapshot", workspace, pageSize=size, **body, **more)
            assert status == 200, (status, page)
            items, more = items + page["items"], {"pageToken": page["nextPageToken"]}
            if not page["nextPageToken"]:
                break
            between()
        return items

    def rows(self, workspace, **body):
        """The live records, by table and pk."""
        return {(item["tableName"], item["pk"]): item["payload"] for item in self.snapshot(workspace, **body)
                if item["kind"] == "row"}

    def see(self, workspace, version, device="d"):
        """Says that a device has read up to a version."""
        return self.sync("update-cursor", workspace, deviceId=device, version=version)

    def collect(self, workspace, what="change-log", seconds=1):
        return self.sync(f"gc-{what}", workspace, retentionSeconds=seconds)[0]


def at_once(*calls):
    with ThreadPoolExecutor(len(calls)) as pool:
        return [each.result() for each in [pool.submit(call) for call in calls]]


def two_members(server, role="editor"):
    ann, bob = server.user("ann"), server.user("bob")
    ann.add(ann.home, bob, role)
    bob.activate(ann.home)
    return ann, bob, ann.home
