"""The names of the held-out bugs, and which one of them this process has: the one that the variable BUG names."""

import os

NAMES = """
none-in-capitals years-beyond-9999 invisible-characters-stripped renamed-moves-up double-submit-guard
removed-stays-removed changes-of-members-only whole-user-saved newline-after-the-id nulls-stripped
ids-remembered-while-recent hlc-cut-for-sorting deleted-flag-deletes batch-coalesced pulls-cached
statement-in-the-message gap-by-what-is-seen cursors-written-late collected-as-seen pages-kept-by-version
""".split()
PROBE = "pull-not-found"  # belongs to no figure: `measure` is tried with it

ACTIVE = os.environ.get("BUG", "")
if ACTIVE not in ["", PROBE, *NAMES]:
    raise SystemExit(f"BUG={ACTIVE}: there is no such bug")


def bug(name):
    assert name == PROBE or name in NAMES, name
    return name == ACTIVE
