"""The HTTP side: JSON, credentials, routes, start and stop."""

import base64
import hmac
import json
import os
import re
import signal
import sqlite3
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer

from protocol import Refused, Store, has_shape

LARGEST_BODY, DEEPEST_JSON = 2 * 1024 * 1024, 64
ROUTES = [(method, re.compile(path.replace("*", "([^/]+)")), *rest) for method, path, *rest in (
    ("GET", "/api/auth/session", Store.session),
    ("GET", "/api/workspaces", Store.list_workspaces),
    ("POST", "/api/workspaces", Store.create_workspace, "name:name description?:prose|null"),
    ("POST", "/api/workspaces/active", Store.activate, "id:text"),
    ("PATCH", "/api/workspaces/*", Store.rename_workspace, "name:name description?:prose|null"),
    ("DELETE", "/api/workspaces/*", Store.delete_workspace),
    ("GET", "/api/workspaces/*/members", Store.list_members),
    ("POST", "/api/workspaces/*/members", Store.add_member, "userId:text role:owner|editor|viewer"),
    ("PATCH", "/api/workspaces/*/members/*", Store.change_member, "role:owner|editor|viewer"),
    ("DELETE", "/api/workspaces/*/members/*", Store.change_member),
    ("POST", "/api/sync/push", Store.push, "scope:scope ops:ops"),
    ("POST", "/api/sync/pull", Store.pull, "scope:scope cursor:count limit:limit tables?:texts"),
    ("POST", "/api/sync/update-cursor", Store.update_cursor, "scope:scope deviceId:id version:count"),
)]
CLAIMS = "provider:id sub:text exp:number nbf?:number email?:text name?:text"


def is_nested(value, depth):
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return depth == 0 or any(is_nested(each, depth - 1) for each in inner)


def parsed(raw):
    """Python's parser also takes UTF-16, NaN, 1e999 and half a surrogate pair, none of which can be sent back."""
    value = json.loads(raw.decode())
    json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    if is_nested(value, DEEPEST_JSON):
        raise ValueError("nested too deep")
    return value


def claims_of(header, secret):
    """The claims of a valid JWT (HS256), or None."""
    try:
        scheme, token = header.split()
        signed, signature = token.rsplit(".", 1)
        right = base64.urlsafe_b64encode(hmac.digest(secret, signed.encode(), "sha256")).rstrip(b"=")
        head, claims = (parsed(base64.urlsafe_b64decode(part + "==")) for part in signed.split("."))
        valid = hmac.compare_digest(right, signature.encode()) and (head["alg"], head.get("crit")) == ("HS256", None)
        valid = valid and scheme.lower() == "bearer" and has_shape(claims, CLAIMS) and claims["exp"] > time.time()
        return claims if valid and claims.get("nbf", 0) <= time.time() else None
    except (ValueError, RecursionError, TypeError, KeyError):
        return None


class Handler(BaseHTTPRequestHandler):
    protocol_version, disable_nagle_algorithm, timeout = "HTTP/1.1", True, 3
    log_message = staticmethod(lambda *_: None)

    def respond(self):
        try:
            self.send(200, self.answer(self.body()) or {"ok": True})
        except Refused as refusal:
            self.send(refusal.args[0], dict(zip(("statusCode", "statusMessage"), refusal.args)), *refusal.args[2:])
        except Exception as error:
            if not isinstance(error, OSError):
                self.send_error(500)
            raise

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = respond

    def body(self):
        lengths = self.headers.get_all("Content-Length", ["0"])
        is_clear = "Transfer-Encoding" not in self.headers and len(lengths) == 1 and re.fullmatch("[0-9]{1,12}", lengths[0])
        length = int(lengths[0]) if is_clear else 0
        raw = self.rfile.read(min(length, 16 * LARGEST_BODY))  # clients may send it all before they read an answer
        if not is_clear or len(raw) < length or length > LARGEST_BODY:
            self.close_connection = True
            raise Refused(413 if length > LARGEST_BODY else 400, f"Content-Length: one, true, at most {LARGEST_BODY}")
        return raw

    def answer(self, raw):
        found = {method: (match, *rest) for method, path, *rest in ROUTES if (match := path.fullmatch(self.path.split("?")[0]))}
        if self.command not in found:
            raise Refused(405 if found else 404, "no such route or method", ", ".join(found))
        match, endpoint, *shape = found[self.command]
        claims = claims_of(self.headers.get("Authorization", ""), self.server.secret)
        if not claims and endpoint is Store.session:
            return {"session": None}
        if not claims:
            raise Refused(401, "no valid credential")
        try:
            body = parsed(raw) if shape else None
        except (ValueError, RecursionError):
            raise Refused(400, "the body is not valid JSON, or nested too deep") from None
        if shape and not has_shape(body, *shape):
            raise Refused(400, "the body misses a field, or has one of a wrong type")
        return self.server.store.perform(endpoint, claims, body, match.groups())

    def send_error(self, code, message=None, explain=None):
        """What http.server finds wrong with a request: its end may be unknown, so the connection ends."""
        code, self.close_connection = {501: 405, 505: 400}.get(code, code), True
        self.send(code, {"statusCode": code, "statusMessage": self.responses[code][0]})

    def send(self, code, answer, allowed=""):
        raw = json.dumps(answer).encode()
        self.close_connection |= self.server.stopping
        self.send_response(code)
        for header in (("Content-Type", "application/json"), ("Content-Length", len(raw)), ("Cache-Control", "no-store"),
                       *[("Allow", allowed)] * bool(allowed), ("Connection", "close" if self.close_connection else "keep-alive")):
            self.send_header(*header)
        self.end_headers()
        self.wfile.write(b"" if self.command == "HEAD" else raw)


class Server(ThreadingHTTPServer):
    request_queue_size, daemon_threads, stopping = 512, False, False
    server_bind = TCPServer.server_bind  # HTTPServer's asks DNS for the name of the host


def opened(path, in_memory):
    try:
        if path in ("", ":memory:"):
            if not in_memory:
                raise OSError("set OR3_SQLITE_DB_PATH to the path of the database")
            print("In-memory storage enabled. Data will be lost on process restart.", file=sys.stderr)
            return Store(":memory:")
        with open(path, "ab+") as file:
            if file.seek(0) == 0 and file.read(16) not in (b"", b"SQLite format 3\0"):
                raise OSError("the file is no database")
        return Store(path)
    except (OSError, sqlite3.Error) as error:
        sys.exit(f"Cannot use {path!r} as the database: {error}")


if __name__ == "__main__":
    switches = [os.environ.get(f"OR3_SQLITE_{name}") == "true" for name in ("ALLOW_IN_MEMORY", "STRICT")]
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    server = Server(("127.0.0.1", int(os.environ.get("PORT", "8787"))), Handler)
    server.store = opened(os.environ.get("OR3_SQLITE_DB_PATH", ""), switches == [True, False])
    server.secret = os.environ["SYNCPROOF_JWT_SECRET"].encode()
    threading.Thread(target=server.serve_forever, args=(0.05,)).start()
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    server.stopping = True  # from now on each answer ends its connection
    time.sleep(0.2)
    server.shutdown()
    server.server_close()  # waits for the connections, of which idle ones end after Handler.timeout
