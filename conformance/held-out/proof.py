#!/usr/bin/env python3
"""A proof for each bug of the Python server that a client can see it: a function that passes on the plain server and
fails with BUG=name.

python3 conformance/held-out/proof.py [NAME …]
"""

import base64
import json
import sys
import time
import uuid

sys.path.insert(0, __file__.rsplit("/", 1)[0] + "/server")
from bug import NAMES  # noqa: E402
from client import Server, User, at_once, delete, put, two_members  # noqa: E402


# Sessions

def none_in_capitals(server):
    """Nobody's signature, and an algorithm that is `none` but for its letters."""
    for algorithm in ("none", "None", "NONE"):
        head, claims = ({"alg": algorithm}, {"provider": "p", "sub": "ann", "exp": time.time() + 3600})
        parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in (head, claims)]
        assert User(server, ".".join([*parts, ""])).session() is None


def years_beyond_9999(server):
    """A credential whose maker wrote milliseconds where seconds belong."""
    assert server.user("ann", exp=int(time.time() * 1000)).call("GET", "auth/session")[0] == 200


def whole_user_saved(server):
    """Another device looks at the session while this one activates a workspace."""
    ann = server.user("ann")
    places = [ann.home, ann.make()]
    for number in range(20):
        place = places[number % 2]
        at_once(*[ann.session] * 3, lambda: ann.activate(place), *[ann.session] * 3)
        assert ann.home == place


# Workspaces and members

def invisible_characters_stripped(server):
    ann, name = server.user("ann"), "\U0001f469\u200d\U0001f4bb \u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"
    ann.make(name)
    assert ann.list()[0]["name"] == name


def renamed_moves_up(server):
    ann = server.user("ann")
    made = [ann.home]
    for name in "ab":
        time.sleep(1.1)
        made.append(ann.make(name))
    ann.done("PATCH", f"workspaces/{made[1]}", {"name": "c"})
    assert [each["id"] for each in ann.list()] == made[::-1]


def double_submit_guard(server):
    ann = server.user("ann")
    made = {ann.make("w"), ann.make("w")}
    assert len(made) == 2 and len(ann.list()) == 3


def removed_stays_removed(server):
    ann, bob, home = two_members(server)
    ann.remove(home, bob.id)
    ann.add(home, bob, "editor")
    bob.pushed(home, put("kv", "a"))


def changes_of_members_only(server):
    ann, bob, home = two_members(server)
    bob.pushed(home, put("kv", "a"))
    ann.remove(home, bob.id)
    assert [change["pk"] for change in ann.changes(home)] == ["a"]


def statement_in_the_message(server):
    ann, bob, home = two_members(server)
    answer = ann.call("POST", f"workspaces/{home}/members", {"userId": bob.id, "role": "editor"})
    assert "insert into" not in json.dumps(answer).lower()


# Ops and records

def newline_after_the_id(server):
    ann = server.user("ann")
    assert ann.sync("push", ann.home, ops=[put("kv", "a", op_id=f"{uuid.uuid4()}\n")])[0] == 400


def nulls_stripped(server):
    ann, op = server.user("ann"), put("posts", "a", payload={"content": "a\0b"})
    ann.pushed(ann.home, op)
    assert ann.changes(ann.home)[0]["payload"] == op["payload"]


def ids_remembered_while_recent(server):
    ann, op = server.user("ann"), put("kv", "a")
    assert ann.pushed(ann.home, op) == [1]
    ann.pushed(ann.home, *[put("kv", str(number)) for number in range(300)])
    assert ann.pushed(ann.home, op) == [1]


def value_after(server, *ops):
    """The value of the record `a` after these ops."""
    ann = server.user("ann")
    for op in ops:
        ann.pushed(ann.home, op)
    return ann.rows(ann.home)["kv", "a"]["value"]


def hlc_cut_for_sorting(server):
    """Two devices at one moment: their hlcs differ in the name of the device, which is behind time and counter."""
    moment, (low, high) = "2026-11-30T20:19:12.123Z-0000-", sorted(str(uuid.uuid4()) for _ in range(2))
    one = put("kv", "a", 7, hlc=moment + "84b1c8bd8f3e5b6c", op_id=high, payload={"value": "one"})
    two = put("kv", "a", 7, hlc=moment + "84f20a6652c91d07", op_id=low, payload={"value": "two"})
    assert value_after(server, one, two) == "two"


def deleted_flag_deletes(server):
    """The flag of a payload is the client's; the record is live until a delete comes."""
    ann = server.user("ann")
    ann.pushed(ann.home, put("posts", "a", payload={"deleted": True}))
    assert [item["kind"] for item in ann.snapshot(ann.home)] == ["row"]


def batch_coalesced(server):
    ann = server.user("ann")
    assert ann.pushed(ann.home, put("kv", "a", 1), put("kv", "a", 2), put("kv", "b")) == [1, 2, 3]
    assert len(ann.changes(ann.home)) == 3


# Cursors, pages and collection

def pulls_cached(server):
    ann, bob, home = two_members(server)
    bob.pushed(home, put("notifications", "n", payload={"user_id": bob.id}))
    assert [len(user.changes(home)) for user in (bob, ann)] == [1, 0]


def gap_by_what_is_seen(server):
    ann, bob, home = two_members(server)
    bob.pushed(home, put("notifications", "n", payload={"user_id": bob.id}), put("kv", "a"))
    assert [change["pk"] for change in ann.changes(home)] == ["a"]


def cursors_written_late(server):
    """The cursor of the slower device is acknowledged, and then the server is killed."""
    ann, bob, home = two_members(server)
    ann.pushed(home, *[put("kv", pk) for pk in "abc"])
    assert bob.see(home, 1)[0] == 200
    server.restart()
    ann.see(home, 3)
    time.sleep(1.2)
    ann.collect(home)
    assert [change["serverVersion"] for change in bob.changes(home, 1)] == [2, 3]


def collected_as_seen(server):
    """What a member may not see is collected nevertheless."""
    ann, bob, home = two_members(server, "editor")
    bob.pushed(home, delete("notifications", "n"), put("kv", "a"))
    for user in (ann, bob):
        user.see(home, 2)
    time.sleep(1.2)
    for _ in range(2):
        ann.collect(home, "tombstones")
    assert [item["kind"] for item in bob.snapshot(home)] == ["row"]


def pages_kept_by_version(server):
    """Two snapshots of one moment, with and without a filter."""
    ann = server.user("ann")
    ann.pushed(ann.home, *[put(table, pk) for table in ("kv", "posts") for pk in "ab"])
    assert len(ann.snapshot(ann.home, 1)) == 4
    assert [item["tableName"] for item in ann.snapshot(ann.home, 1, tables=["posts"])] == ["posts"] * 2


def holds(name, proof):
    """Whether the proof passes on the server with this bug."""
    server = Server(name).start()
    try:
        proof(server)
        return True
    except AssertionError:
        return False
    finally:
        server.discard()


def main(names):
    wrong = 0
    for name in names or NAMES:
        proof = globals()[name.replace("-", "_")]
        plain, broken = holds("", proof), holds(name, proof)
        wrong += not plain or broken
        print(f"{name:36} plain {'passes' if plain else 'FAILS'}, with the bug {'PASSES' if broken else 'fails'}", flush=True)
    print(f"{len(names or NAMES) - wrong} of {len(names or NAMES)} proofs hold")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
