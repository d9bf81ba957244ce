#!/usr/bin/env python3
"""A proof for each patch that a client can see it: a function that passes on the plain reference server and fails with the
patch. It builds the server as `measure` does.

conformance/held-out/patch_proof.py [NUMBER …]
"""

import importlib.machinery
import importlib.util
import json
import signal
import socket
import subprocess
import sys
import time
import uuid

from client import HERE, Server, User, at_once, delete, put, two_members

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


def collected(ann, home, seen, what="change-log"):
    """Collects what a device has read, once it is old enough."""
    ann.see(home, seen)
    time.sleep(1.2)
    assert ann.collect(home, what) == 200


def two_collected(server):
    """A user with two records, whose log entries were collected."""
    ann = server.user("ann")
    home = ann.home
    ann.pushed(home, put("kv", "a"), put("kv", "b"))
    collected(ann, home, 2)
    return ann, home


def upgraded(server):
    """Stops the server, makes its database older, and starts it again."""
    server.end()
    subprocess.run([sys.executable, HERE / "reference.py", "older", server.path], check=True)
    server.start()


# SQL and schema

def p062(server):
    ann, home = two_collected(server)
    ann.pushed(home, put("kv", "b", 2))
    ann.done("DELETE", f"workspaces/{home}")


def p074(server):
    """Page two of a snapshot shows what was overwritten after its log entry was collected."""
    ann, home = two_collected(server)
    first = ann.sync("snapshot", home, pageSize=1)[1]
    ann.pushed(home, put("kv", "b", 2))
    second = ann.sync("snapshot", home, pageSize=1, pageToken=first["nextPageToken"])[1]
    assert [item["pk"] for item in first["items"] + second["items"]] == ["a", "b"]


def p076(server):
    ann = server.user("ann")
    ann.pushed(ann.home, delete("kv", "a", 1), delete("kv", "A", 2))
    assert [item["pk"] for item in ann.snapshot(ann.home)] == ["A", "a"]


def p080(server):
    ann, op = server.user("ann"), put("kv", "a")
    ann.pushed(ann.home, op, put("kv", "b"))
    collected(ann, ann.home, 2)
    assert ann.pushed(ann.home, op) == [1]


# Migrations, start and stop

def p067(server):
    ann = three(server)
    upgraded(server)
    ann.see(ann.home, 3)
    ann.collect(ann.home, seconds=3600)
    assert versions(ann.changes(ann.home)) == [1, 2, 3]


def p068(server):
    ann = three(server)
    server.restart()
    assert versions(ann.changes(ann.home)) == [1, 2, 3]


def p069(server):
    """A push whose body is on its way when SIGTERM comes."""
    ann = server.user("ann")
    body = json.dumps({"scope": {"workspaceId": ann.home}, "ops": [put("kv", "a")]}).encode()
    with socket.create_connection(("127.0.0.1", server.port), 10) as connection:
        head = ("POST /api/sync/push HTTP/1.1", "Host: h", f"Authorization: Bearer {ann.credential}",
                f"Content-Length: {len(body)}", "", "")
        connection.sendall("\r\n".join(head).encode() + body[:20])
        time.sleep(0.3)
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.7)
        try:
            connection.sendall(body[20:])
            answer = connection.recv(100)
        except OSError:
            answer = b""
    assert answer.startswith(b"HTTP/1.1 200")


# Transactions, threads and caches

def p063(server):
    other = server.instance()
    try:
        ann = server.user("ann")
        home, elsewhere = ann.home, other.user("ann")
        at_once(*[lambda user=user: [user.pushed(home, put("kv", str(uuid.uuid4()))) for _ in range(50)]
                  for user in (ann, elsewhere) * 3])
    finally:
        other.discard()


def p064(server):
    """A description is set while others rename the workspace without one."""
    ann = server.user("ann")
    path = f"workspaces/{ann.home}"
    for number in range(40):
        rename = [lambda: ann.done("PATCH", path, {"name": "w"})] * 5
        describe = [lambda: ann.done("PATCH", path, {"name": "w", "description": str(number)})]
        at_once(*rename[:3], *describe, *rename[3:])
        assert ann.list()[0]["description"] == str(number)


def p072(server):
    ann, bob = server.user("ann"), server.user("bob")
    home = ann.home
    assert bob.sync("pull", home, cursor=0, limit=10)[0] in (403, 404)
    ann.add(home, bob, "editor")
    bob.pushed(home, put("kv", "a"))


def p077(server):
    ann = server.user("ann")
    others = [server.user(f"other-{number}") for number in range(6)]
    for _ in range(30):
        workspace = ann.make()
        for other in others:
            ann.add(workspace, other, "viewer")
        delete_it = [lambda: ann.call("DELETE", f"workspaces/{workspace}")]
        activate = [lambda other=other: other.call("POST", "workspaces/active", {"id": workspace}) for other in others]
        answers = at_once(*activate[:3], *delete_it, *activate[3:])
        assert all(0 < status < 500 for status, _ in answers), answers


def p079(server):
    ann, bob, home = two_members(server)
    bob.pushed(home, put("notifications", "n", payload={"user_id": bob.id}))
    op = put("notifications", "n", 2, payload={"user_id": ann.id})
    assert [ann.push(home, op)[0]["success"] for _ in range(2)] == [False, False]


# HTTP, JWT, limits

def p061(server):
    ann = server.user("ann")
    ann.session()
    forged = ann.credential[:-8] + ("A" * 8 if ann.credential[-8:] != "A" * 8 else "B" * 8)
    assert User(server, forged).session() is None


def p065(server):
    """A body of three megabytes is accepted, or found too large."""
    ann = server.user("ann")
    ops = [put("posts", str(number), payload={"content": "x" * 150_000}) for number in range(20)]
    assert ann.sync("push", ann.home, ops=ops)[0] in (200, 413)


def p066(server):
    ann = server.user("ann")
    assert ann.sync("push", ann.home, ops=[put("posts", "a" + "é" * 30, payload={"title": 1})])[0] < 500


def p071(server):
    ann = server.user("ann")
    ann.done("PATCH", f"workspaces/{ann.home}", {"name": "w", "description": "я" * 600})


def p075(server):
    assert server.user("ann", nbf=int(time.time()) - 10.5).session()


def p078(server):
    ann = server.user("ann")
    ann.pushed(ann.home, put("kv", "a", payload={"value": '"' + "[" * 150}))


# Snapshots and collection

def p070(server):
    ann = server.user("ann")
    for number in range(40):
        ann.pushed(ann.home, put("posts", str(number), payload={"content": "x" * 240_000}))
    assert len(ann.snapshot(ann.home)) == 40


def p073(server):
    """A snapshot whose tombstones are collected between its pages is whole, or gone."""
    ann = server.user("ann")
    home = ann.home
    ann.pushed(home, delete("kv", "a"), delete("kv", "b"), put("kv", "c"))
    first = ann.sync("snapshot", home, pageSize=1)[1]
    collected(ann, home, 3, "tombstones")
    status, second = ann.sync("snapshot", home, pageSize=10, pageToken=first["nextPageToken"])
    assert status == 410 or [item["pk"] for item in second["items"]] == ["b", "c"]


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
