#!/usr/bin/env python3
"""A proof for each patch that a client can see it: a function that passes on the plain reference server and fails with the
patch. It builds the server as `measure` does.

conformance/held-out/patch_proof.py [NUMBER …]
"""

import importlib.machinery
import importlib.util
import json
import signal
import subprocess
import sys
import time
import uuid

from client import HERE, Server, at_once, delete, put, two_members

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


# SQL and schema

def p041(server):
    ann = server.user("ann")
    ann.pushed(ann.home, put("kv", "k" * 2000))


def p042(server):
    one, two = (server.user(name, email="a@example.org") for name in ("one", "two"))
    assert one.id != two.id


def p043(server):
    ann = server.user("ann")
    ann.pushed(ann.home, delete("kv", "a", 2), delete("kv", "a", 5), put("kv", "a", 3))
    assert ann.rows(ann.home) == {}


def p056(server):
    ann = server.user("ann")
    ann.session()
    ann.pushed(ann.make(), put("notifications", "n", payload={"user_id": ann.id}))
    assert ann.changes(ann.home) == []


def p058(server):
    ann = server.user("ann")
    workspace = ann.done("POST", "workspaces", {"name": "w", "description": "text"})["id"]
    ann.done("PATCH", f"workspaces/{workspace}", {"name": "w", "description": ""})
    assert not any(each.get("description") for each in ann.list())


def p059(server):
    ann, op = server.user("ann"), put("kv", "a", op_id=str(uuid.uuid4()).upper())
    ann.pushed(ann.home, op)
    assert ann.changes(ann.home)[0]["stamp"] == op["stamp"]


# Migrations, start and stop

def p044(server):
    ann = three(server)
    ann.see(ann.home, 1, "slow")
    ann.see(ann.home, 3, "fast")
    upgraded(server)
    ann.see(ann.home, 3, "fast")
    time.sleep(2.2)  # version 2 knows only the second of an entry
    ann.collect(ann.home)
    assert versions(ann.changes(ann.home, 1)) == [2, 3]


def p045(server):
    server.end()
    server.environment |= {"OR3_SQLITE_DB_PATH": "", "OR3_SQLITE_ALLOW_IN_MEMORY": "true"}
    server.start()
    assert "memory" in server.end()


def p049(server):
    server.end(signal.SIGTERM)
    assert server.process.returncode == 0


# Transactions, threads and caches

def p046(server):
    ann = server.user("ann")
    home = ann.home
    write = [lambda: [ann.pushed(home, put("kv", str(uuid.uuid4()))) for _ in range(20)]] * 8
    refused = [lambda: [ann.see(home, 1_000_000) for _ in range(20)]] * 8
    at_once(*write, *refused)
    assert versions(ann.changes(home)) == list(range(1, 161)), "what was acknowledged is lost"


def p047(server):
    other = server.instance()
    try:
        ann, elsewhere = three(server), other.user("ann")
        elsewhere.pull(ann.home)
        ann.see(ann.home, 2)
        time.sleep(1.2)
        ann.collect(ann.home)
        assert elsewhere.pull(ann.home)["requiresSnapshot"]
    finally:
        other.discard()


def p048(server):
    for number in range(5):
        news = [server.user(f"new-{number}-{place}") for place in range(32)]
        at_once(*[new.session for new in news])


def p060(server):
    """The server may write files of 2 MB: it refuses what does not fit, and keeps what it has acknowledged."""
    ann = server.user("ann")
    home = ann.home
    server.end()
    plain, server.command = server.command, ["bash", "-c", f"trap '' XFSZ; ulimit -f 2000; exec {server.command[0]}"]
    server.start()
    ops = [put("kv", str(number), payload={"value": "x" * 200_000}) for number in range(20)]
    acknowledged = [op["pk"] for op in ops if ann.sync("push", home, ops=[op])[0] == 200]
    server.end()
    server.command = plain
    server.start()
    assert set(acknowledged) <= {change["pk"] for change in ann.changes(home)}, "what was acknowledged is lost"


# HTTP, JWT, limits

def p050(server):
    ann = server.user("ann")
    body = json.dumps({"scope": {"workspaceId": ann.home}, "ops": [put("posts", "a", payload={"title": "MARK"})]})
    assert ann.call("POST", "sync/push", raw=body.encode().replace(b"MARK", b"\xff"))[0] == 400


def p051(server):
    ann = server.user("ann")
    assert ann.call("PATCH", "workspaces/%FF", {"name": "w"})[0] < 500


def p052(server):
    assert server.user("ann", seconds=-600).session() is None


def p053(server):
    ann = server.user("ann")
    status, body = ann.sync("push", ann.home, ops=[put("kv", str(number)) for number in range(1000)])
    assert status in (400, 413) or len(body["results"]) == 1000


# Members, page tokens and collection

def p057(server):
    ann, bob, home = two_members(server)
    bob.remove(home, bob.id)
    assert bob.home != home


def p054(server):
    ann = server.user("ann")
    ann.pushed(ann.home, put("kv", "a/1"), put("kv", "a/2"), put("kv", "b"))
    assert [item["pk"] for item in ann.snapshot(ann.home, 1)] == ["a/1", "a/2", "b"]


def p055(server):
    ann = three(server)
    ann.see(ann.home, 3)
    ann.collect(ann.home, seconds=2**31)
    assert len(ann.changes(ann.home)) == 3


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
