#!/usr/bin/env python3
"""A proof for each bug of the Python server that a client can see it: a function that passes on the plain server and
fails with BUG=name.

python3 conformance/held-out/proof.py [NAME …]
"""

import sys
import time
import uuid

sys.path.insert(0, __file__.rsplit("/", 1)[0] + "/server")
from bug import NAMES  # noqa: E402
from client import Server, at_once, delete, put, token, two_members  # noqa: E402


# Values and sizes

def round_trip(server, table, **payload):
    ann = server.user("ann")
    ann.pushed(ann.home, put(table, "a", payload=payload))
    return ann.changes(ann.home)[0]["payload"]


def empty_containers_dropped(server):
    value = {"tags": [], "inner": {}, "kept": 1}
    assert round_trip(server, "kv", value=value)["value"] == value


def text_taken_for_numbers(server):
    assert round_trip(server, "kv", value="007")["value"] == "007"


def description_cut(server):
    ann = server.user("ann")
    workspace, text = ann.make(), "d" * 600
    ann.done("PATCH", f"workspaces/{workspace}", {"name": "w", "description": text})
    assert [each["description"] for each in ann.list() if each["id"] == workspace] == [text]


def four_byte_stamps(server):
    ann, op = server.user("ann"), put("kv", "a", hlc="1-\U0001f4f1")
    ann.pushed(ann.home, op)
    assert ann.changes(ann.home)[0]["stamp"] == op["stamp"]


# Sessions and members

def identity_joined(server):
    assert server.user("b:c", provider="a").id != server.user("c", provider="a:b").id


def active_per_credential(server):
    ann = server.user("ann")
    ann.session()
    workspace = ann.make()
    ann.activate(workspace)
    ann.credential = token("ann", seconds=1800)
    assert ann.home == workspace


def members_tell_existence(server):
    ann, bob = server.user("ann"), server.user("bob")
    answers = [bob.call("GET", f"workspaces/{workspace}/members") for workspace in (ann.home, str(uuid.uuid4()))]
    assert answers[0] == answers[1]


def owners_counted_early(server):
    for number in range(20):
        ann, bob = server.user(f"ann-{number}"), server.user(f"bob-{number}")
        home, ids = ann.home, (ann.id, bob.id)
        ann.add(home, bob, "owner")
        at_once(*[lambda user=user, id=id: user.call("PATCH", f"workspaces/{home}/members/{id}", {"role": "viewer"})
                  for user, id in zip((ann, bob), ids)])
        assert any(each["role"] == "owner" for each in ann.done("GET", f"workspaces/{home}/members")["members"])


# States and collection

def collected(ann, home):
    """Collects the log, once what is in it is old enough."""
    time.sleep(1.2)
    ann.collect(home)


def three(ann, home):
    ann.pushed(home, *[put("kv", pk) for pk in "abc"])


def role_change_forgets_cursors(server):
    ann, bob, home = two_members(server)
    three(ann, home)
    ann.see(home, 3)
    bob.see(home, 1)
    ann.done("PATCH", f"workspaces/{home}/members/{bob.id}", {"role": "viewer"})
    collected(ann, home)
    assert [change["serverVersion"] for change in bob.changes(home, 1)] == [2, 3]


def left_members_notifications_shared(server):
    ann, bob, home = two_members(server)
    bob.pushed(home, put("notifications", "n", payload={"user_id": bob.id}))
    ann.remove(home, bob.id)
    assert ann.changes(home) == [] and ann.snapshot(home) == []


def cursor_zero_is_none(server):
    ann = server.user("ann")
    three(ann, ann.home)
    ann.see(ann.home, 0, "new")
    ann.see(ann.home, 3, "old")
    collected(ann, ann.home)
    assert len(ann.changes(ann.home)) == 3


def ledger_rebuilt_from_log(server):
    ann, op = server.user("ann"), put("kv", "a")
    ann.pushed(ann.home, op, put("kv", "b"))
    ann.see(ann.home, 2)
    collected(ann, ann.home)
    server.restart()
    assert ann.pushed(ann.home, op) == [1]


# Ops and records

def put_merges_fields(server):
    ann = server.user("ann")
    ann.pushed(ann.home, put("kv", "a", 1, payload={"value": 1, "color": "red"}), put("kv", "a", 2, payload={"value": 2}))
    assert "color" not in ann.rows(ann.home)["kv", "a"]


def deletes_lose_ties(server):
    ann = server.user("ann")
    ann.pushed(ann.home, put("kv", "a", 1, hlc="1"), delete("kv", "a", 1, hlc="2"))
    assert ann.rows(ann.home) == {}


def records_read_before_the_batch(server):
    ann = server.user("ann")
    ann.pushed(ann.home, put("kv", "a", 2, payload={"value": "new"}), put("kv", "a", 1, payload={"value": "old"}))
    assert ann.rows(ann.home)["kv", "a"]["value"] == "new"


def ops_looked_up_early(server):
    ann = server.user("ann")
    home = ann.home
    for number in range(10):
        op = put("kv", str(number))
        assert len({version for version, in at_once(*[lambda: ann.pushed(home, op)] * 8)}) == 1


def ops_known_per_user(server):
    ann, bob, home = two_members(server)
    op = put("kv", "a")
    assert ann.pushed(home, op) == bob.pushed(home, op)


# Pages and filters

def watermark_read_anew(server):
    ann = server.user("ann")
    three(ann, ann.home)
    first = ann.sync("snapshot", ann.home, pageSize=2)[1]
    ann.pushed(ann.home, put("kv", "d"))
    second = ann.sync("snapshot", ann.home, pageSize=2, pageToken=first["nextPageToken"])[1]
    assert second["highWatermark"] == first["highWatermark"] == 3


def unknown_filter_means_all(server):
    ann = server.user("ann")
    three(ann, ann.home)
    status, page = ann.sync("pull", ann.home, cursor=0, limit=10, tables=["nothing"])
    assert status == 400 or page["changes"] == []


# HTTP

def status_of_any_type_crashes(server):
    ann = server.user("ann")
    assert ann.sync("push", ann.home, ops=[put("kv", "a", status=["pending"])])[0] == 400


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
