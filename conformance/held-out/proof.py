#!/usr/bin/env python3
"""A proof for each bug of the Python server that a client can see it: a function that passes on the plain server and
fails with BUG=name.

python3 conformance/held-out/proof.py [NAME …]
"""

import http.client
import json
import sys
import time
import uuid

sys.path.insert(0, __file__.rsplit("/", 1)[0] + "/server")
from bug import NAMES  # noqa: E402
from client import Server, at_once, delete, put, two_members  # noqa: E402


# Sessions

def numeric_subjects(server):
    assert server.user("007").id != server.user("7").id


def connection_stays_signed_in(server):
    ann = server.user("ann")
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    for credential, is_known in ((ann.credential, True), ("", False)):
        connection.request("GET", "/api/auth/session", headers={"Authorization": f"Bearer {credential}"})
        session = json.loads(connection.getresponse().read())["session"]
        assert bool(session) == is_known
    connection.close()


# Workspaces and members

def list_of_twenty(server):
    ann = server.user("ann")
    made = [ann.home] + [ann.make(f"w{number}") for number in range(25)]
    assert [each["id"] for each in ann.list()] == made[::-1]


def readding_changes_role(server):
    ann = server.user("ann")
    home, own = ann.home, ann.id
    ann.call("POST", f"workspaces/{home}/members", {"userId": own, "role": "viewer"})
    assert [each["role"] for each in ann.done("GET", f"workspaces/{home}/members")["members"]] == ["owner"]


def creator_keeps_rights(server):
    ann, bob, home = two_members(server, "owner")
    bob.done("PATCH", f"workspaces/{home}/members/{ann.id}", {"role": "viewer"})
    assert ann.sync("push", home, ops=[put("kv", "a")])[0] == 403


# Ops and records

def refusals_remembered(server):
    ann, op = server.user("ann"), put("kv", "a")
    versions = ann.pushed(ann.home, op)
    other = put("kv", "b", op_id=op["stamp"]["opId"])
    assert not ann.push(ann.home, other)[0]["success"]
    assert ann.pushed(ann.home, op) == versions


def op_ids_in_64_bits(server):
    """Two ids of one client and one moment, of version 6."""
    ann = server.user("ann")
    ids = [f"1ef2a5c4-7d10-6f00-9a31-0242ac12000{number}" for number in (2, 3)]
    assert ann.pushed(ann.home, *[put("kv", op_id[-1], op_id=op_id) for op_id in ids]) == [1, 2]


def value_after(server, *ops):
    """The value of the record `a` after these ops."""
    ann = server.user("ann")
    ann.pushed(ann.home, *ops)
    return ann.rows(ann.home)["kv", "a"]["value"]


def clocks_taken_for_milliseconds(server):
    now = 1_790_000_000_000
    late = put("kv", "a", now + 2, hlc="1", payload={"value": "late"})
    early = put("kv", "a", now + 1, hlc="2", payload={"value": "early"})
    assert value_after(server, late, early) == "late"


def unchanged_put_skipped(server):
    ops = [put("kv", "a", clock, payload={"value": value}) for clock, value in ((1, "same"), (5, "same"), (3, "other"))]
    assert value_after(server, *ops) == "same"


def thread_takes_its_messages(server):
    ann = server.user("ann")
    ann.pushed(ann.home, put("threads", "t"), put("messages", "m", payload={"thread_id": "t"}), delete("threads", "t", 2))
    assert list(ann.rows(ann.home)) == [("messages", "m")]


# Values

def fields_renamed(server):
    ann, op = server.user("ann"), put("posts", "a", payload={"coverImage": {"altText": "x"}})
    ann.pushed(ann.home, op)
    assert ann.changes(ann.home)[0]["payload"] == op["payload"]


def encodings_cached(server):
    ann = server.user("ann")
    ann.pushed(ann.home, put("kv", "a", payload={"value": 1}), put("kv", "b", payload={"value": True}))
    assert [change["payload"]["value"] is True for change in ann.changes(ann.home)] == [False, True]


def encoding_guessed(server):
    ann = server.user("ann")
    assert ann.call("POST", "workspaces", raw=json.dumps({"name": "w"}).encode("utf-16"))[0] == 400


# Cursors, pages and collection

def devices_shared_by_name(server):
    ann, bob, home = two_members(server)
    ann.pushed(home, *[put("kv", pk) for pk in "abc"])
    bob.see(home, 1, "phone")
    ann.see(home, 3, "phone")
    time.sleep(1.2)
    ann.collect(home)
    assert [change["serverVersion"] for change in bob.changes(home, 1)] == [2, 3]


def limit_clamped(server):
    ann = server.user("ann")
    ann.pushed(ann.home, *[put("kv", str(number)) for number in range(600)])
    assert len(ann.changes(ann.home)) == 600


def page_number_token(server):
    ann = server.user("ann")
    ann.pushed(ann.home, *[put("kv", pk) for pk in "abcde"])
    first = ann.sync("snapshot", ann.home, pageSize=3)[1]
    second = ann.sync("snapshot", ann.home, pageSize=1, pageToken=first["nextPageToken"])[1]
    assert [item["pk"] for item in second["items"]] == ["d"]


def tombstone_as_old_as_record(server):
    ann = server.user("ann")
    ann.pushed(ann.home, put("kv", "a"))
    time.sleep(3.2)
    ann.pushed(ann.home, delete("kv", "a", 2))
    ann.see(ann.home, 2)
    ann.collect(ann.home, "tombstones", 3)
    assert [item["kind"] for item in ann.snapshot(ann.home)] == ["tombstone"]


def owners_export_all(server):
    ann, bob, home = two_members(server)
    bob.pushed(home, put("notifications", "n", payload={"user_id": bob.id}))
    assert ann.snapshot(home) == []


def watermark_after_items(server):
    ann = server.user("ann")
    home = ann.home

    def look():
        for _ in range(10):
            page = ann.sync("snapshot", home, pageSize=1000)[1]
            assert len(page["items"]) == page["highWatermark"]

    at_once(look, *[lambda: [ann.pushed(home, put("kv", str(uuid.uuid4()))) for _ in range(40)]] * 2)


def head_from_log(server):
    ann = server.user("ann")
    ann.pushed(ann.home, put("kv", "a"), put("kv", "b"))
    ann.see(ann.home, 2)
    time.sleep(1.2)
    ann.collect(ann.home)
    server.restart()
    assert ann.pushed(ann.home, put("kv", "c")) == [3]


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
