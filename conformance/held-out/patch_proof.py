#!/usr/bin/env python3
"""A proof for each patch that a client can see it: a function that passes on the plain reference server and fails with the
patch. It builds the server as `measure` does.

conformance/held-out/patch_proof.py [NUMBER …]
"""

import importlib.machinery
import importlib.util
import signal
import socket
import subprocess
import sys
import time
import uuid

from client import HERE, Server, at_once, delete, put, raw_push, second_page, token, two_members

loader = importlib.machinery.SourceFileLoader("measure", str(HERE / "measure"))
measure = importlib.util.module_from_spec(importlib.util.spec_from_loader("measure", loader))
loader.exec_module(measure)


def versions(changes):
    return [change["serverVersion"] for change in changes]


def three(server):
    """A user with three entries."""
    ann = server.user("ann")
    ann.pushed(ann.home, *[put("kv", pk) for pk in "abc"])
    return ann


def upgraded(server):
    """Stops the server, makes its database older, and starts it again."""
    server.end()
    subprocess.run([sys.executable, HERE / "reference.py", "older", server.path], check=True)
    server.start()


# SQL

def p001(server):
    ann = three(server)
    other = ann.make()
    ann.pushed(other, *[put("kv", pk) for pk in "abc"])
    ann.see(ann.home, 1)
    ann.see(other, 3)
    time.sleep(1.2)
    ann.collect(ann.home)
    assert versions(ann.changes(ann.home, 1)) == [2, 3]


def p002(server):
    ann = server.user("ann")
    ann.pushed(ann.home, put("kv", "A"), put("kv", "a"))
    assert len(ann.rows(ann.home)) == 2


def p003(server):
    assert server.user("annx1").id != server.user("ann_1").id


def p004(server):
    ann, op = server.user("ann"), put("kv", "a")
    other = ann.make()
    ann.pushed(ann.home, op)
    result = ann.push(other, op)[0]
    assert not result["success"] or len(ann.changes(other)) == 1


def p005(server):
    ann = three(server)
    other = ann.make()
    ann.pushed(other, put("kv", "a"))
    ann.see(ann.home, 3)
    time.sleep(1.2)
    ann.collect(ann.home)
    assert len(ann.changes(other)) == 1


def p006(server):
    ann = server.user("ann")
    ann.pushed(ann.home, delete("kv", "a", 5), delete("posts", "a", 5))
    ann.see(ann.home, 1)
    time.sleep(1.2)
    ann.collect(ann.home, "tombstones")
    ann.pushed(ann.home, put("posts", "a", 1))
    assert ann.rows(ann.home) == {}


def p007(server):
    ann = three(server)
    ann.see(ann.home, 1, "01")
    ann.see(ann.home, 3, "1")
    time.sleep(1.2)
    ann.collect(ann.home)
    assert versions(ann.changes(ann.home, 1)) == [2, 3]


def p008(server):
    ann = server.user("ann")
    ann.session()
    made = [ann.make() for _ in range(8)]
    assert [each["id"] for each in ann.list()][:8] == made[::-1]


def p009(server):
    ann = server.user("ann")
    ann.pushed(ann.home, put("kv", "a"), put("notifications", "n", payload={"user_id": ann.id}), put("kv", "b"))
    assert versions(ann.changes(ann.home)) == [1, 2, 3]


def p010(server):
    ann = server.user("ann")
    ann.pushed(ann.home, put("kv", "z"), put("posts", "a"))
    assert len(ann.snapshot(ann.home, 1)) == 2


def p011(server):
    ann = server.user("ann")
    ann.call("POST", f"workspaces/{ann.home}/members", {"userId": ann.id, "role": "viewer"})
    assert ann.session()["role"] == "owner"


def p012(server):
    ann, bob, home = two_members(server, "viewer")
    ann.pushed(home, *[put("kv", pk) for pk in "abc"])
    ann.see(home, 3)
    bob.see(home, 1)
    time.sleep(1.2)
    ann.collect(home)
    assert versions(bob.changes(home, 1)) == [2, 3]


def p013(server):
    ann, bob, home = two_members(server)
    ann.done("PATCH", f"workspaces/{home}/members/{bob.id}", {"role": "viewer"})
    assert sorted(each["role"] for each in bob.list()) == ["owner", "viewer"]


# Migrations

def p014(server):
    ann = three(server)
    upgraded(server)
    ann.see(ann.home, 3)
    ann.collect(ann.home, seconds=3600)
    assert len(ann.changes(ann.home)) == 3


def p015(server):
    ann, bob, home = two_members(server)
    ann.pushed(home, put("notifications", "n", payload={"user_id": ann.id}))
    upgraded(server)
    assert bob.snapshot(home) == []


def p016(server):
    ann = three(server)
    ann.see(ann.home, 3)
    time.sleep(1.2)
    ann.collect(ann.home)
    upgraded(server)
    assert ann.pushed(ann.home, put("kv", "d")) == [4]


def p017(server):
    server.end()
    subprocess.run([sys.executable, HERE / "reference.py", "newer", server.path], check=True)
    server.start()
    assert server.exits()


# Transactions and caches

def p018(server):
    ann = server.user("ann")
    home = ann.home
    for number in range(300):
        version, = ann.pushed(home, put("kv", str(number)))
        assert versions(ann.pull(home, version - 1)["changes"]) == [version]


def p019(server):
    ann = server.user("ann")
    ann.push(ann.home, put("kv", "a"), put("kv", "b", tableName="nothing"))
    assert ann.pushed(ann.home, put("kv", "c")) == [2]


def p020(server):
    other = server.instance()
    try:
        for number in range(20):
            news = [each.user(f"new-{number}-{place}") for place in range(8) for each in (server, other)]
            at_once(*[new.session for new in news])
    finally:
        other.discard()


def p021(server):
    ann = server.user("ann")
    home, seen, cursor = ann.home, [], 0

    def write():
        for number in range(400):
            ann.pushed(home, put("posts", str(uuid.uuid4())))

    def read():
        nonlocal cursor
        until = time.monotonic() + 60
        while len(seen) < 1200 and time.monotonic() < until:
            page = ann.pull(home, cursor, tables=["posts"])
            seen.extend(versions(page["changes"]))
            cursor = page["nextCursor"]
            if cursor == 1200:
                break
    at_once(read, write, write, write)
    assert seen == list(range(1, 1201)), f"{1200 - len(seen)} changes are missing"


def p022(server):
    ann, bob, home = two_members(server)
    bob.pull(home)
    ann.remove(home, bob.id)
    assert bob.sync("pull", home, cursor=0, limit=1)[0] in (403, 404)


def p023(server):
    other = server.instance()
    try:
        ann = server.user("ann")
        pushed = [each.user("ann").pushed(ann.home, put("kv", pk))[0] for pk, each in zip("abc", (server, other, server))]
        assert pushed == [1, 2, 3]
    finally:
        other.discard()


p024 = p018


# Start and stop

def p025(server):
    server.end()
    server.environment |= {"OR3_SQLITE_DB_PATH": ":memory:", "OR3_SQLITE_ALLOW_IN_MEMORY": "true", "OR3_SQLITE_STRICT": "true"}
    server.start()
    assert server.exits()


def p026(server):
    ann = server.user("ann")
    head, body = raw_push(ann, put("kv", "a"))
    with socket.create_connection(("127.0.0.1", server.port), 5) as connection:
        connection.sendall(head + f"Content-Length: {len(body)}\r\n\r\n".encode() + body[:20])
        time.sleep(0.3)
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.7)
        try:
            connection.sendall(body[20:])
            answer = connection.recv(65536)
        except OSError:
            answer = b""
    assert answer.startswith(b"HTTP/1.1 200")


def p027(server):
    ann = server.user("ann")
    ann.session()
    workspace = ann.make()
    ann.done("DELETE", f"workspaces/{workspace}")
    assert ann.sync("pull", workspace, cursor=0, limit=1)[0] in (403, 404, 410)
    assert ann.sync("push", workspace, ops=[put("kv", "a")])[0] in (403, 404, 410)


# HTTP, JWT, limits

def p028(server):
    ann = server.user("ann")
    head, body = raw_push(ann, put("kv", "a"), "Transfer-Encoding: chunked")
    server.raw(head + f"\r\n{len(body):x}\r\n".encode() + body + b"\r\n", until_closed=True)
    assert ann.changes(ann.home) == []


def p029(server):
    ann = server.user("ann")
    ann.pushed(ann.home, put("posts", "a", payload={"content": "[" * 150}))


def p030(server):
    ann, op = server.user("ann"), put("kv", "a")
    op["stamp"] = [op["stamp"][name] for name in ("deviceId", "opId", "hlc", "clock")]
    assert ann.sync("push", ann.home, ops=[op])[0] == 400


def p031(server):
    ann = server.user("ann")
    assert ann.sync("push", ann.home, ops=[put("kv", "a", payload={"value": "x" * 5_000_000})])[0] == 413


def p032(server):
    ann = server.user("ann")
    ann.credential = token("ann")[:-11]
    assert ann.session() is None


def p033(server):
    assert server.user("ann").id != server.user("ann ").id


def p034(server):
    ann = server.user("ann")
    for batch in range(12):
        ann.pushed(ann.home, *[put("kv", f"{batch}-{number}", payload={"value": "x" * 250_000}) for number in range(4)])
    assert len(ann.changes(ann.home)) == 48


def p035(server):
    server.user("ann").make("\u00e4" * 100)


# Page tokens and collection

def p036(server):
    ann = server.user("ann")
    ann.pushed(ann.home, put("kv", "a"), put("kv", "b", payload={"value": "then"}))
    ann.see(ann.home, 2)
    time.sleep(1.2)
    ann.collect(ann.home)
    status, items = second_page(ann, lambda: ann.pushed(ann.home, put("kv", "b", 2, payload={"value": "now"})))
    assert (status, [item["payload"]["value"] for item in items]) == (200, ["then"])


def p037(server):
    ann = server.user("ann")
    ann.pushed(ann.home, delete("kv", "a"), delete("kv", "b"))
    ann.see(ann.home, 2)
    time.sleep(1.2)
    status, items = second_page(ann, lambda: ann.collect(ann.home, "tombstones"))
    assert status == 410 or len(items) == 1


def p038(server):
    ann = server.user("ann")
    ann.pushed(ann.home, put("kv", "a"), put("kv", "b"), put("posts", "c"))
    assert second_page(ann, lambda: None, first={"tables": ["kv"]})[0] == 400


def p039(server):
    ann = server.user("ann")
    for batch in range(3):
        ann.pushed(ann.home, *[put("kv", f"{batch}-{number}") for number in range(100)])
    ann.see(ann.home, 300)
    time.sleep(1.2)
    ann.collect(ann.home)
    assert ann.pull(ann.home, 250)["requiresSnapshot"]


def p040(server):
    ann, bob, home = two_members(server)
    assert not ann.push(home, delete("notifications", "n") | {"payload": {"user_id": bob.id}})[0]["success"]


def holds(proof):
    server = Server(command=[str(measure.TARGET / "debug/syncproof-server")]).start()
    try:
        proof(server)
        return True
    except AssertionError:
        return False
    finally:
        server.discard()


def main(numbers):
    chosen = {name: globals()[f"p{name[:3]}"] for name in measure.PATCHES if not numbers or name[:3] in numbers}
    if why := measure.build():
        sys.exit(why)
    plain = {name: holds(proof) for name, proof in chosen.items()}
    held = 0
    for name, proof in chosen.items():
        why = measure.build(measure.PATCHES[name])
        broken = None if why else holds(proof)
        held += plain[name] and broken is False
        outcome = why or ("PASSES" if broken else "fails")
        print(f"{name:44} plain {'passes' if plain[name] else 'FAILS'}, with the patch {outcome}", flush=True)
    print(f"{held} of {len(chosen)} proofs hold")
    return held < len(chosen)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
