"""The names of the held-out bugs, and which one of them this process has: the one that the variable BUG names."""

import os

NAMES = """
numeric-subjects connection-stays-signed-in list-of-twenty readding-changes-role creator-keeps-rights
refusals-remembered op-ids-in-64-bits clocks-taken-for-milliseconds unchanged-put-skipped thread-takes-its-messages
devices-shared-by-name limit-clamped page-number-token tombstone-as-old-as-record owners-export-all
fields-renamed encodings-cached encoding-guessed watermark-after-items head-from-log
""".split()
PROBE = "pull-not-found"  # belongs to no figure: `measure` is tried with it

ACTIVE = os.environ.get("BUG", "")
if ACTIVE not in ["", PROBE, *NAMES]:
    raise SystemExit(f"BUG={ACTIVE}: there is no such bug")


def bug(name):
    assert name == PROBE or name in NAMES, name
    return name == ACTIVE
