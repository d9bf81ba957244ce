"""The shapes of requests and payloads, and what it means that two JSON values are the same."""

import json
import re

from bug import bug

LARGEST_PAYLOAD, DEEPEST_JSON, SAFE = 512 * 1024, 64, 2**53
# What Unicode calls white space; Python also strips some control characters.
BLANKS = "".join(char for char in map(chr, range(0x10000)) if char.isspace() and char not in "\x1c\x1d\x1e\x1f")


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def is_whole(value, low=0, high=SAFE - 1):
    return is_number(value) and low <= value <= high and value == int(value)


def is_text(value):
    return isinstance(value, str)


def trimmed(text):
    return text.strip(BLANKS)


def is_name(value):
    return is_text(value) and 1 <= len(trimmed(value)) <= 100


def is_id(value):
    return is_text(value) and bool(trimmed(value)) and len(value) <= 256


def is_uuid(text):
    return re.match(UUID + "$", text) if bug("newline-after-the-id") else re.fullmatch(UUID, text)


STATUSES = ("pending", "syncing", "failed")
UUID = "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
CHECKS = {
    "any": lambda value: True,
    "text": is_text,
    "text|null": lambda value: value is None or is_text(value),
    "bool": lambda value: isinstance(value, bool),
    "number": is_number,
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
    "whole": is_whole,
    "page": lambda value: is_whole(value, 1, 1000),
    "seconds": lambda value: is_whole(value, 1),
    "id": is_id,
    "uuid": lambda value: is_text(value) and is_uuid(value),
    "name": is_name,
    "description": lambda value: value is None or (is_text(value) and len(value) <= 1000),
    "role": lambda value: value in ("owner", "editor", "viewer"),
    "operation": lambda value: value in ("put", "delete"),
    "status": lambda value: value in STATUSES,
    "texts": lambda value: isinstance(value, list) and all(map(is_text, value)),
    "scope": lambda value: matches(value, "workspaceId:id projectId?:text|null"),
    "stamp": lambda value: matches(value, "deviceId:id opId:uuid hlc:text clock:whole"),
    "ops": lambda value: isinstance(value, list) and all(matches(op, OP) for op in value),
}
OP = ("id:text tableName:text operation:operation pk:text payload?:any stamp:stamp createdAt:number attempts:whole"
      " nextAttemptAt?:number status:status")
DATES = " created_at:number updated_at:number clock:number"
TABLES = {name: shape + DATES for name, shape in {
    "file_meta": "hash:text deleted:bool kind?:text mime_type?:text size_bytes?:number",
    "kv": "id:text name:text",
    "messages": "id:text thread_id:text role:text order_key:text index:number deleted:bool hlc?:text",
    "notifications": "id:text user_id:text type:text title:text deleted:bool thread_id?:text document_id?:text body?:text"
                     " actions?:array read_at?:number deleted_at?:number",
    "posts": "id:text title:text content:text post_type:text deleted:bool",
    "projects": "id:text name:text deleted:bool",
    "threads": "id:text status:text deleted:bool pinned:bool title?:text|null",
}.items()}


class Refused(Exception):
    """The status of an error answer, or the error code of one op, and a message."""


def matches(value, shape):
    """Whether this is an object with these fields: each is `name:check`, or `name?:check` where it may be missing."""
    if not isinstance(value, dict):
        return False
    for field in shape.split():
        name, check = field.split(":")
        if name.rstrip("?") not in value:
            if not name.endswith("?"):
                return False
        elif not CHECKS[check](value[name.rstrip("?")]):
            return False
    return True


def is_deeper(value, depth):
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return depth == 0 or any(is_deeper(each, depth - 1) for each in inner)


def parsed(raw):
    """JSON from UTF-8 bytes. Python's parser takes more than JSON, and values that cannot be sent back."""
    value = json.loads(raw.decode())
    json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    if is_deeper(value, DEEPEST_JSON):
        raise ValueError("nested too deep")
    return value


def same(left, right):
    """Whether two JSON values are one value: 1 and 1.0 are, true and 1 are not."""
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    return isinstance(left, bool) == isinstance(right, bool) and left == right


def checked_payload(op, workspace, user):
    """The payload of an op as it is stored, or None for a delete without one."""
    table, payload = op["tableName"], op.get("payload")
    if table not in TABLES or not op["pk"]:
        raise Refused("VALIDATION_ERROR", "unknown table, or an empty pk")
    if op["operation"] == "delete" and "payload" not in op:
        return None
    if not isinstance(payload, dict):
        raise Refused("VALIDATION_ERROR", "the payload is no object")
    if len(json.dumps(payload, ensure_ascii=False).encode()) > LARGEST_PAYLOAD:
        raise Refused("OVERSIZED", f"a payload has at most {LARGEST_PAYLOAD} bytes")
    if payload.get("workspace_id") not in (None, workspace):
        raise Refused("VALIDATION_ERROR", "the payload names another workspace")
    key = "hash" if table == "file_meta" else "id"
    if op["operation"] == "put" and not (matches(payload, TABLES[table]) and payload[key] == op["pk"]):
        raise Refused("VALIDATION_ERROR", "the payload lacks a field, or has one that is wrong")
    if table == "notifications" and payload.get("user_id", user) != user:
        raise Refused("UNAUTHORIZED", "the notification names another user")
    return without_nulls(payload) if bug("nulls-stripped") else payload


def without_nulls(value):
    """A value as a database keeps it whose texts hold no U+0000."""
    if isinstance(value, dict):
        return {without_nulls(key): without_nulls(each) for key, each in value.items()}
    if isinstance(value, list):
        return list(map(without_nulls, value))
    return value.replace("\0", "") if is_text(value) else value
