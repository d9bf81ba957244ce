"""The hooks of reference.toml: they count tombstones, and make the database of a stopped reference server older or newer."""

import pathlib
import sqlite3
import sys

MIGRATIONS = pathlib.Path(__file__).parents[2] / "server/migrations"


def hook(name, path, workspace="", table=""):
    db = sqlite3.connect(path, timeout=20, isolation_level=None)
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if name == "newer":
        db.execute(f"PRAGMA user_version = {version + 1}")
    elif name == "older":
        undo, = MIGRATIONS.glob(f"{version:03}-*.down.sql")
        db.executescript(f"BEGIN; {undo.read_text()}; PRAGMA user_version = {version - 1}; COMMIT")
    elif name == "tombstones":
        print(db.execute("SELECT count(*) FROM tombstones WHERE workspace_id = ? AND ? IN ('', table_name)",
                         (workspace, table)).fetchone()[0])


hook(*sys.argv[1:])
