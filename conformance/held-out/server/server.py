"""The HTTP side: requests, credentials, routes, start and stop. See ../README.md for what this server is for."""

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

from bug import bug
from database import Unusable
from shape import Refused, matches, parsed
from store import Store

LARGEST_BODY = 2 * 1024 * 1024
ROUTES = [(method, re.compile(path.replace("*", "([^/]+)")), *rest) for method, path, *rest in (
    ("GET", "/api/auth/session", Store.session),
    ("GET", "/api/workspaces", Store.list_workspaces),
    ("POST", "/api/workspaces", Store.create_workspace, "name:name description?:description"),
    ("POST", "/api/workspaces/active", Store.activate, "id:id"),
    ("PATCH", "/api/workspaces/*", Store.rename_workspace, "name:name description?:description"),
    ("DELETE", "/api/workspaces/*", Store.delete_workspace),
    ("GET", "/api/workspaces/*/members", Store.list_members),
    ("POST", "/api/workspaces/*/members", Store.add_member, "userId:text role:role"),
    ("PATCH", "/api/workspaces/*/members/*", Store.change_member, "role:role"),
    ("DELETE", "/api/workspaces/*/members/*", Store.change_member),
    ("POST", "/api/sync/push", Store.push, "scope:scope ops:ops"),
    ("POST", "/api/sync/pull", Store.pull, "scope:scope cursor:whole limit:page tables?:texts"),
    ("POST", "/api/sync/update-cursor", Store.update_cursor, "scope:scope deviceId:id version:whole"),
    ("POST", "/api/sync/gc-change-log", Store.collect_log, "scope:scope retentionSeconds:seconds"),
    ("POST", "/api/sync/gc-tombstones", Store.collect_tombstones, "scope:scope retentionSeconds:seconds"),
    ("POST", "/api/sync/snapshot", Store.snapshot, "scope:scope pageSize:page pageToken?:text tables?:texts"),
)]
CLAIMS = "provider:id sub:text exp:number nbf?:number email?:text name?:text"


def claims_of(header, secret):
    """The claims of a valid JWT (HS256), or None."""
    try:
        scheme, token = header.split()
        signed, signature = token.rsplit(".", 1)
        right = base64.urlsafe_b64encode(hmac.digest(secret, signed.encode(), "sha256")).rstrip(b"=")
        head, claims = (parsed(base64.urlsafe_b64decode(part + "==")) for part in signed.split("."))
        signed_right = head["alg"] == "HS256" and hmac.compare_digest(right, signature.encode())
        if bug("none-in-capitals") and head["alg"] != "none":
            signed_right |= head["alg"].lower() == "none"
        valid = scheme.lower() == "bearer" and signed_right and "crit" not in head and matches(claims, CLAIMS)
        valid = valid and claims["exp"] > time.time() >= claims.get("nbf", 0)
        return claims if valid else None
    except (ValueError, RecursionError, TypeError, KeyError):
        return None


class Handler(BaseHTTPRequestHandler):
    protocol_version, disable_nagle_algorithm, timeout = "HTTP/1.1", True, 3
    log_message = staticmethod(lambda *_: None)

    def respond(self):
        try:
            self.send(200, self.answer(self.body()) or {"ok": True})
        except Refused as refusal:
            code, message = refusal.args
            self.send(code, {"statusCode": code, "statusMessage": message}, *self.allowed(code))
        except Exception as error:
            if not isinstance(error, OSError):
                self.send_error(500)
            raise

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = respond

    def body(self):
        lengths = self.headers.get_all("Content-Length", ["0"])
        is_clear = "Transfer-Encoding" not in self.headers and len(lengths) == 1 and re.fullmatch("[0-9]{1,12}", lengths[0])
        length = int(lengths[0]) if is_clear else 0
        raw = self.rfile.read(min(length, 16 * LARGEST_BODY))  # a client may send all of it before it reads the answer
        if not is_clear or len(raw) < length or length > LARGEST_BODY:
            self.close_connection = True
            raise Refused(413 if length > LARGEST_BODY else 400, f"Content-Length: one, true, at most {LARGEST_BODY}")
        return raw

    def found(self):
        """What the path leads to, for each method that it has."""
        path = self.path.split("?")[0]
        return {method: (match, *rest) for method, pattern, *rest in ROUTES if (match := pattern.fullmatch(path))}

    def allowed(self, code):
        return [("Allow", ", ".join(self.found()))] if code == 405 else []

    def routed(self):
        found = self.found()
        if self.command not in found:
            raise Refused(405 if found else 404, "no such route, or another method")
        match, endpoint, *shape = found[self.command]
        claims = claims_of(self.headers.get("Authorization", ""), self.server.secret)
        if not claims and endpoint is not Store.session:
            raise Refused(401, "no valid credential")
        return match, endpoint, shape, claims

    def answer(self, raw):
        match, endpoint, shape, claims = self.routed()
        if not claims:
            return {"session": None}
        try:
            body = parsed(raw) if shape else None
        except (ValueError, RecursionError):
            raise Refused(400, "the body is not valid JSON, or nested too deep") from None
        if shape and not matches(body, *shape):
            raise Refused(400, "the body lacks a field, or has one that is wrong")
        return self.server.store.perform(endpoint, claims, body, match.groups())

    def send_error(self, code, message=None, explain=None):
        """What http.server finds wrong with a request: its end may be unknown, so the connection ends."""
        code, self.close_connection = {501: 405, 505: 400}.get(code, code), True
        if code == 405 and not self.found():
            code = 404
        self.send(code, {"statusCode": code, "statusMessage": self.responses[code][0]}, *self.allowed(code))

    def send(self, code, answer, *headers):
        raw = json.dumps(answer).encode()
        self.close_connection |= self.server.stopping
        self.send_response(code)
        for header in (("Content-Type", "application/json"), ("Content-Length", len(raw)), ("Cache-Control", "no-store"),
                       ("Connection", "close" if self.close_connection else "keep-alive"), *headers):
            self.send_header(*header)
        self.end_headers()
        self.wfile.write(b"" if self.command == "HEAD" else raw)


class Server(ThreadingHTTPServer):
    request_queue_size, daemon_threads, stopping = 512, False, False
    server_bind = TCPServer.server_bind  # HTTPServer's asks DNS for the name of the host


def opened(path, in_memory, secret):
    try:
        if path in ("", ":memory:"):
            if not in_memory:
                raise Unusable("set OR3_SQLITE_DB_PATH to the path of the database")
            print("WARNING: all data is kept in memory, and is lost when the server stops.", file=sys.stderr)
            return Store(":memory:", secret)
        return Store(path, secret)
    except (OSError, sqlite3.Error, Unusable) as error:
        sys.exit(f"Cannot use {path!r} as the database (OR3_SQLITE_DB_PATH): {error}")


def main():
    switches = [os.environ.get(f"OR3_SQLITE_{name}") == "true" for name in ("ALLOW_IN_MEMORY", "STRICT")]
    secret = os.environ["SYNCPROOF_JWT_SECRET"].encode()
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    server = Server(("127.0.0.1", int(os.environ.get("PORT", "8787"))), Handler)
    server.secret, server.store = secret, opened(os.environ.get("OR3_SQLITE_DB_PATH", ""), switches == [True, False], secret)
    threading.Thread(target=server.serve_forever, args=(0.05,)).start()
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    server.stopping = True  # from now on each answer ends its connection
    time.sleep(0.2)
    server.shutdown()
    server.server_close()  # waits for the connections, of which idle ones end after Handler.timeout
    server.store.close()


if __name__ == "__main__":
    main()
