"""The names of the held-out bugs, and which one of them this process has: the one that the variable BUG names."""

import os

NAMES = """
empty-containers-dropped text-taken-for-numbers description-cut four-byte-stamps status-of-any-type-crashes
identity-joined active-per-credential members-tell-existence role-change-forgets-cursors
left-members-notifications-shared cursor-zero-is-none ledger-rebuilt-from-log put-merges-fields deletes-lose-ties
records-read-before-the-batch watermark-read-anew unknown-filter-means-all ops-looked-up-early owners-counted-early
ops-known-per-user
""".split()
PROBE = "pull-not-found"  # belongs to no figure: `measure` is tried with it

ACTIVE = os.environ.get("BUG", "")
if ACTIVE not in ["", PROBE, *NAMES]:
    raise SystemExit(f"BUG={ACTIVE}: there is no such bug")


def bug(name):
    assert name == PROBE or name in NAMES, name
    return name == ACTIVE
