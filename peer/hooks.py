"""What the OpenAPI document cannot say: which payload fits a table, and that its key equals `pk`.

Without this nearly every generated op fails alone (VALIDATION_ERROR under 200), nothing is stored, and pulls and snapshots
stay empty. Nor can it say who has signed in, and can be added as a member: that is bob, in $PEER_MEMBER.
"""

import json
import os

import schemathesis
from schemathesis import GenerationMode

COMMON = {"created_at": 1, "updated_at": 2, "clock": 3, "deleted": False}
PAYLOADS = {
    "file_meta": ("hash", {}),
    "kv": ("id", {"name": "a name"}),
    "messages": ("id", {"thread_id": "t", "role": "user", "order_key": "a0", "index": 0}),
    "notifications": ("id", {"user_id": "u", "type": "t", "title": "a title"}),
    "posts": ("id", {"title": "a title", "content": "text", "post_type": "doc"}),
    "projects": ("id", {"name": "a name"}),
    "threads": ("id", {"status": "ready", "pinned": False}),
}


MEMBER = json.loads(os.environ.get("PEER_MEMBER", "null"))


@schemathesis.hook
def before_call(context, case, kwargs):
    """Bodies that are wrong on purpose stay as they are."""
    body = case.body
    if not isinstance(body, dict) or case.meta is None or case.meta.generation.mode != GenerationMode.POSITIVE:
        return
    if case.operation.path.endswith("/members") and case.method == "POST":
        body["userId"] = MEMBER
    if case.operation.path == "/api/sync/push":
        make_storable(body["ops"])


def make_storable(ops):
    """Gives three of four ops a table, a key, and a payload that fits."""
    for place, op in enumerate(ops[:20]):
        # Chosen by what was generated, so that a seed repeats it.
        choice = len(op["pk"]) + len(op["stamp"]["hlc"]) + place
        if choice % 4 == 3:
            continue
        names = list(PAYLOADS)
        if op["tableName"] not in PAYLOADS:
            op["tableName"] = names[choice % len(names)]
        op["pk"] = (op["pk"] or "key")[:1000]
        key, fields = PAYLOADS[op["tableName"]]
        if op["operation"] == "put":
            # What was generated stays as further fields.
            generated = op.get("payload") if isinstance(op.get("payload"), dict) else {"more": op.get("payload")}
            op["payload"] = {**generated, **COMMON, **fields, key: op["pk"]}
