#!/usr/bin/env python3
"""A proof for each patch that a client can see it: a function that passes on the plain reference server and fails with the
patch. It builds the server as `measure` does.

conformance/held-out/patch_proof.py [NUMBER …]
"""

import importlib.machinery
import importlib.util
import subprocess
import sys
import time
import uuid
from datetime import datetime

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


def collected(ann, home, seen, what="change-log"):
    """Collects what a device has read, once it is old enough."""
    ann.see(home, seen)
    time.sleep(1.2)
    assert ann.collect(home, what) == 200


def upgraded(server):
    """Stops the server, makes its database older, and starts it again."""
    server.end()
    subprocess.run([sys.executable, HERE / "reference.py", "older", server.path], check=True)
    server.start()


# SQL and schema

def p082(server):
    """Two records of one name in two tables, both written again after what is collected."""
    ann = server.user("ann")
    home = ann.home
    ann.pushed(home, *[put(table, "a", clock) for clock in (1, 2) for table in ("kv", "posts")])
    collected(ann, home, 2)


def p087(server):
    """A record of two writes with the same clock is overwritten between two pages of a snapshot."""
    ann = server.user("ann")
    home = ann.home
    ann.pushed(home, put("kv", "a"), put("kv", "b", 5, hlc="1"), put("kv", "b", 5, hlc="2"))
    first = ann.sync("snapshot", home, pageSize=1)[1]
    ann.pushed(home, put("kv", "b", 9))
    second = ann.sync("snapshot", home, pageSize=1, pageToken=first["nextPageToken"])[1]
    assert [item["revision"]["hlc"] for item in second["items"]] == ["2"]


def p090(server):
    ann = server.user("ann")
    for device in ("laptop", "phone"):
        ann.see(ann.home, 0, device)
    assert len(ann.list()) == 1


def p091(server):
    ann = server.user("ann")
    ann.pushed(ann.home, delete("kv", "7"), delete("kv", "007"))
    assert [item["pk"] for item in ann.snapshot(ann.home)] == ["007", "7"]


def p094(server):
    """In one of two workspaces the first member is the slower one."""
    ann, bob = server.user("ann"), server.user("bob")
    homes = ann.home, bob.home
    ann.add(homes[0], bob, "editor")
    bob.add(homes[1], ann, "editor")
    for home, fast, slow in zip(homes, (ann, bob), (bob, ann)):
        fast.pushed(home, *[put("kv", pk) for pk in "abc"])
        slow.see(home, 1)
        fast.see(home, 3)
    time.sleep(1.2)
    for home, fast, slow in zip(homes, (ann, bob), (bob, ann)):
        fast.collect(home)
        assert versions(slow.changes(home, 1)) == [2, 3]


def p095(server):
    """A member comes back: a snapshot shows what a pull from the start does."""
    ann, bob, home = two_members(server)
    bob.pushed(home, put("notifications", "n", payload={"user_id": bob.id}))
    ann.remove(home, bob.id)
    ann.add(home, bob, "editor")
    bob.activate(home)
    assert len(bob.changes(home)) == len(bob.snapshot(home)) == 1


def p098(server):
    ann, bob = server.user("ann"), server.user("bob")
    home = ann.home
    time.sleep(2.1)
    ann.add(home, bob, "viewer")
    times = {each["createdAt"] for user in (ann, bob) for each in user.list() if each["id"] == home}
    assert len(times) == 1


def p099(server):
    ann, bob, home = two_members(server, "viewer")
    assert [user.session()["role"] for user in (ann, bob)] == ["owner", "viewer"]


# Migrations, start and stop

def p088(server):
    server.user("ann").session()
    assert "memory" not in server.end().lower()


def p093(server):
    """A notification that was deleted before an upgrade is still its owner's alone."""
    other = server.user("other")
    other.pushed(other.home, put("kv", "a"), put("kv", "b"))
    ann, bob, home = two_members(server)
    bob.pushed(home, put("notifications", "n", payload={"user_id": bob.id}), delete("notifications", "n", 2))
    upgraded(server)
    assert ann.snapshot(home) == [] and len(bob.snapshot(home)) == 1


# Transactions, threads and caches

def p081(server):
    """Who is refused between a push and the next pull changes nothing for others."""
    ann, bob = server.user("ann"), server.user("bob")
    home = ann.home
    bob.session()
    for number in range(1, 40):
        bob.sync("pull", home, cursor=0, limit=1)
        ann.pushed(home, put("kv", str(number)))
        assert len(ann.pull(home)["changes"]) == number


def p083(server):
    ann, bob, home = two_members(server)
    bob.pushed(home, put("kv", "a"))
    ann.done("PATCH", f"workspaces/{home}/members/{bob.id}", {"role": "viewer"})
    assert bob.sync("push", home, ops=[put("kv", "b")])[0] == 403


def p097(server):
    ann = server.user("ann")
    ann.pushed(ann.home, put("kv", "a"), put("posts", "b"))
    assert versions(ann.changes(ann.home, tables=["kv"])) == [1]
    assert versions(ann.changes(ann.home, tables=["kv", "posts"])) == [1, 2]


def p100(server):
    """Many more writes at one moment than one commit takes."""
    ann = server.user("ann")
    home = ann.home
    for _ in range(8):
        statuses = at_once(*[lambda: ann.sync("push", home, ops=[put("kv", str(uuid.uuid4()))])[0]] * 200)
        assert set(statuses) == {200}, statuses


# HTTP, JWT, limits

def p085(server):
    """A credential for twenty years."""
    expires_at = server.user("ann", seconds=20 * 365 * 24 * 3600).session()["expiresAt"]
    assert datetime.fromisoformat(expires_at.replace("Z", "+00:00")).timestamp() > time.time()


def p086(server):
    """A client that did not get the answer, and has tried again ever since."""
    ann, op = server.user("ann"), put("kv", "a")
    assert [ann.pushed(ann.home, op | {"attempts": attempts}) for attempts in (0, 300)] == [[1], [1]]


def p089(server):
    assert server.user("ann", nbf=int(time.time()) - 5).session()


def p096(server):
    ann = server.user("ann")
    ann.pushed(ann.home, put("kv", "a" * 3000), put("kv", "b"))
    assert len(ann.snapshot(ann.home, 1)) == 2


# Cursors and collection

def p084(server):
    """An entry of the end of a second, collected at the beginning of the next one, within a second of its push."""
    ann = server.user("ann")
    home, version = ann.home, 0
    for _ in range(20):
        time.sleep((0.85 - time.time()) % 1)
        began = time.time()
        version, = ann.pushed(home, put("kv", str(version)))
        ann.see(home, version)
        time.sleep(max(0, int(began) + 1.1 - time.time()))
        ann.collect(home)
        if int(began) + 1.1 < time.time() < began + 0.95:
            assert versions(ann.changes(home, version - 1)) == [version]


def p092(server):
    """A device reports after each of its pages."""
    ann = three(server)
    home = ann.home
    time.sleep(-time.time() % 1)
    ann.see(home, 1)
    ann.see(home, 3)
    time.sleep(1.2)
    for _ in range(2):
        ann.collect(home)
    assert ann.pull(home)["oldestRetainedVersion"] >= 3


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
