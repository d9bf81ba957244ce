#!/usr/bin/env python3
"""A proof for each bug of the Python server that a client can see it: a function that passes on the plain server and
fails with BUG=name.

python3 conformance/held-out/proof.py [NAME …]
"""

import subprocess
import sys
import time
import uuid

sys.path.insert(0, __file__.rsplit("/", 1)[0] + "/server")
from bug import NAMES  # noqa: E402
from client import HERE, Server, at_once, delete, put, token, two_members  # noqa: E402


# Values and encodings

def iso_dates_rewritten(server):
    text = "2026-11-29T10:00:00.000Z"
    assert round_trip(server, "posts", content=text)["content"] == text


def fifteen_digits(server):
    assert round_trip(server, "kv", value=0.1 + 0.2)["value"] == 0.1 + 0.2


def dotted_keys_nested(server):
    assert round_trip(server, "kv", **{"a.b": 1}).get("a.b") == 1


def size_in_32_bits(server):
    assert round_trip(server, "file_meta", size_bytes=5_000_000_000)["size_bytes"] == 5_000_000_000


def round_trip(server, table, **payload):
    ann = server.user("ann")
    ann.pushed(ann.home, put(table, "a", payload=payload))
    return ann.changes(ann.home)[0]["payload"]


def delete_finds_nfc(server):
    ann = server.user("ann")
    ann.pushed(ann.home, put("kv", "caf\u00e9"), delete("kv", "cafe\u0301", 2))
    assert ("kv", "caf\u00e9") in ann.rows(ann.home), "deleting one spelling deletes the other"


def identities_folded(server):
    assert server.user("ann1").id != server.user("ann\uff11").id


# States and paths

def revived_keeps_old_revision(server):
    ann = server.user("ann")
    ann.pushed(ann.home, put("kv", "a", 1), delete("kv", "a", 2), put("kv", "a", 5, payload={"value": "new"}),
               put("kv", "a", 3, payload={"value": "old"}))
    assert ann.rows(ann.home)["kv", "a"]["value"] == "new"


def payload_clock_decides(server):
    ann = server.user("ann")
    ann.pushed(ann.home, put("kv", "a", 2, payload={"clock": 1, "value": "new"}),
               put("kv", "a", 1, payload={"clock": 2, "value": "old"}))
    assert ann.rows(ann.home)["kv", "a"]["value"] == "new"


def rejoined_keeps_old_role(server):
    ann, bob = server.user("ann"), server.user("bob")
    home = ann.home
    ann.add(home, bob, "editor")
    ann.remove(home, bob.id)
    ann.add(home, bob, "viewer")
    bob.activate(home)
    assert bob.session()["role"] == "viewer"
    assert bob.sync("push", home, ops=[put("kv", "a")])[0] == 403


def returns_to_previous_workspace(server):
    ann, bob = server.user("ann"), server.user("bob")
    shared, home = ann.make(), bob.home
    ann.add(shared, bob, "editor")
    own = bob.make()
    bob.activate(shared)
    bob.activate(own)
    ann.remove(shared, bob.id)
    bob.done("DELETE", f"workspaces/{own}")
    assert bob.session()["workspace"]["id"] == home


def token_outlives_membership(server):
    ann, bob = server.user("ann"), server.user("bob")
    home = ann.home
    ann.add(home, bob, "viewer")
    ann.pushed(home, *[put("kv", str(number)) for number in range(5)])
    bob.activate(home)
    page = bob.sync("snapshot", home, pageSize=2)[1]
    ann.remove(home, bob.id)
    assert bob.sync("snapshot", home, pageSize=2, pageToken=page["nextPageToken"])[0] in (403, 404)


def cursor_checked_before_membership(server):
    ann, bob = server.user("ann"), server.user("bob")
    ann.pushed(ann.home, put("kv", "a"))
    assert [bob.see(ann.home, version)[0] for version in (0, 1, 2)] == [404] * 3


# Sizes

def long_pk_truncated(server):
    ann, pks = server.user("ann"), ["k" * 300 + end for end in "ab"]
    ann.pushed(ann.home, *[put("kv", pk) for pk in pks])
    assert set(ann.rows(ann.home)) == {("kv", pk) for pk in pks}


def byte_limit_drops_entry(server):
    ann = server.user("ann")
    versions = [ann.pushed(ann.home, put("kv", str(number), payload={"value": "x" * 200_000}))[0] for number in range(12)]
    assert [change["serverVersion"] for change in ann.changes(ann.home)] == versions


def replay_lookup_skips_one(server):
    ann, ops = server.user("ann"), [put("kv", str(number)) for number in range(60)]
    assert ann.pushed(ann.home, *ops) == ann.pushed(ann.home, *ops)


# After a collection

def tombstone_gc_forgets_ops(server):
    ann, old = server.user("ann"), put("kv", "a", 1)
    ann.pushed(ann.home, old, delete("kv", "a", 2))
    ann.see(ann.home, 2)
    time.sleep(1.2)
    ann.collect(ann.home, "tombstones")
    assert ann.pushed(ann.home, old) == [1]
    assert ann.rows(ann.home) == {}


def collected(server, *ops, devices=(("d", 1000),)):
    """A user who has pushed these ops, whose devices have read so far, and whose log was collected a second later."""
    ann = server.user("ann")
    head = ann.pushed(ann.home, *ops)[-1]
    for device, version in devices:
        ann.see(ann.home, min(version, head), device)
    time.sleep(1.2)
    ann.collect(ann.home)
    return ann


def empty_log_hides_gap(server):
    ann = collected(server, put("kv", "a"), put("kv", "b"))
    assert ann.pull(ann.home)["requiresSnapshot"] is True


def furthest_device_counts(server):
    ann = collected(server, put("kv", "a"), put("kv", "b"), put("kv", "c"), devices=(("d", 1), ("e", 3)))
    assert [change["serverVersion"] for change in ann.changes(ann.home, 1)] == [2, 3]


def age_by_client_time(server):
    ann = server.user("ann")
    ann.pushed(ann.home, put("kv", "a", createdAt=1_700_000_000_000))
    ann.see(ann.home, 1)
    ann.collect(ann.home, seconds=3600)
    assert len(ann.changes(ann.home)) == 1


def compaction_leaves_holes(server):
    ann = collected(server, put("kv", "a"), put("kv", "b", 1), put("kv", "b", 2))
    page = ann.pull(ann.home)
    assert page["requiresSnapshot"] or [change["serverVersion"] for change in page["changes"]] == [1, 2, 3]


# After a restart

def versions_in_blocks(server):
    ann = server.user("ann")
    ann.pushed(ann.home, put("kv", "a"))
    server.restart()
    assert ann.pushed(ann.home, put("kv", "b")) == [2]


def activation_lost_by_kill(server):
    ann = server.user("ann")
    ann.session()
    workspace = ann.make()
    ann.activate(workspace)
    server.restart()
    assert ann.home == workspace


def tombstones_forgotten_by_restart(server):
    ann = server.user("ann")
    ann.pushed(ann.home, delete("kv", "a", 2))
    server.restart()
    ann.pushed(ann.home, put("kv", "a", 1))
    assert ann.rows(ann.home) == {}


def acknowledges_before_commit(server):
    ann = server.user("ann")
    home = ann.home
    for number in range(5):
        ann.pushed(home, put("kv", str(number)))
        server.restart()
        assert len(ann.changes(home)) == number + 1, "an acknowledged op is lost"


# Time

def verified_tokens_cached(server):
    ann = server.user("ann", seconds=2)
    ann.session()
    time.sleep(63)  # a server may allow for clocks that differ, but not by over a minute
    assert ann.session() is None


def list_cached(server):
    ann, bob = server.user("ann"), server.user("bob")
    shared = ann.make("before")
    ann.add(shared, bob, "viewer")
    bob.list()
    ann.done("PATCH", f"workspaces/{shared}", {"name": "after"})
    assert [each["name"] for each in bob.list() if each["id"] == shared] == ["after"]


# Concurrency

def batch_in_pieces(server):
    ann = server.user("ann")
    home = ann.home
    for versions in at_once(*[lambda: ann.pushed(home, *[put("kv", str(uuid.uuid4())) for _ in range(10)])] * 8):
        assert versions == list(range(versions[0], versions[0] + 10)), versions


def versions_allocated_early(server):
    ann = server.user("ann")
    home, seen, cursor = ann.home, [], 0

    def read():
        nonlocal cursor
        while len(seen) < 160 and time.monotonic() < until:
            page = ann.pull(home, cursor)
            seen.extend(change["serverVersion"] for change in page["changes"])
            cursor = page["nextCursor"]
    until = time.monotonic() + 5
    at_once(read, *[lambda: [ann.pushed(home, put("kv", str(uuid.uuid4()))) for _ in range(20)]] * 8)
    assert seen == list(range(1, 161)), "a reader misses a change"


def two_homes(server):
    for number in range(5):
        new = server.user(f"new-{number}")
        assert len({answer["workspace"]["id"] for answer in at_once(*[new.session] * 8)}) == 1
        assert len(new.list()) == 1


# Tokens, pages and filters

def offset_pages(server):
    ann = server.user("ann")
    ann.pushed(ann.home, *[put("kv", f"k{number}") for number in range(6)])
    items = ann.snapshot(ann.home, 2, lambda: ann.pushed(ann.home, put("kv", f"a{uuid.uuid4()}")))
    assert [item["pk"] for item in items] == [f"k{number}" for number in range(6)]


def filter_given_twice(server):
    ann = server.user("ann")
    ann.pushed(ann.home, put("kv", "a"), put("posts", "b"))
    assert len(ann.pull(ann.home, tables=["kv", "kv"])["changes"]) == 1


def hidden_entries_fill_page(server):
    ann, bob = server.user("ann"), server.user("bob")
    home = ann.home
    ann.add(home, bob, "editor")
    bob.activate(home)
    ann.pushed(home, put("kv", "a"), *[put("notifications", str(number), payload={"user_id": ann.id}) for number in range(4)])
    page = bob.pull(home, limit=2)
    assert (len(page["changes"]), page["hasMore"]) == (1, False)


def snapshot_orders_by_case(server):
    ann = server.user("ann")
    ann.pushed(ann.home, *[put("kv", pk) for pk in "aBcD"])
    assert [item["pk"] for item in ann.snapshot(ann.home)] == ["B", "D", "a", "c"]


# Notifications

def tombstone_has_no_owner(server):
    ann, bob, home = two_members(server)
    ann.pushed(home, put("notifications", "a", 1, payload={"user_id": ann.id}), delete("notifications", "a", 2))
    assert bob.snapshot(home) == []
    assert not bob.push(home, put("notifications", "a", 3, payload={"user_id": bob.id}))[0]["success"]


def stale_notification_shown(server):
    ann, bob, home = two_members(server)
    ann.pushed(home, *[put("notifications", "a", clock, payload={"user_id": ann.id}) for clock in (2, 1)])
    assert bob.changes(home) == []


# Sessions

def email_links_users(server):
    one, two = (server.user(name, provider=name, email="a@example.org") for name in ("one", "two"))
    assert one.id != two.id


# HTTP

def unread_body_is_next_request(server):
    ann = server.user("ann")
    ann.session()
    inner = f"DELETE /api/workspaces/{ann.make()} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token('ann')}\r\n\r\n"
    outer = f"POST /api/nowhere HTTP/1.1\r\nHost: a\r\nContent-Length: {len(inner)}\r\n\r\n{inner}"
    server.raw(outer.encode())
    assert len(ann.list()) == 2, "the body was carried out"


def created_at_as_integer(server):
    ann = server.user("ann")
    assert ann.sync("push", ann.home, ops=[put("kv", "a", createdAt=1e30)])[0] < 500


# Start-up

def corrupt_file_set_aside(server):
    server.end()
    server.path.write_text("a letter, and no database\n" * 40)
    server.start()
    assert server.exits() and server.path.read_text().startswith("a letter")


def migration_leaves_ledger_empty(server):
    ann, op = server.user("ann"), put("kv", "a")
    ann.pushed(ann.home, op)
    server.end()
    subprocess.run([sys.executable, HERE / "server/database.py", "older", server.path], check=True)
    server.start()
    assert ann.pushed(ann.home, op) == [1]


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
