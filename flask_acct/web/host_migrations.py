"""Cooperates with a host's Flask-Migrate: its autogenerate ignores our tables, which it would otherwise drop.

Our tables have migrations of their own, ``flask acct upgrade``, and are not in the host's metadata; Alembic removes
whatever it finds in a database and nowhere else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import wraps
from pathlib import Path
from typing import Any

from flask import Flask, appcontext_pushed

from ..db import schema

Filter = Callable[..., bool]

OURS: dict[str, Filter] = {"include_object": schema.include_object, "include_name": schema.include_name}
"""What Alembic may be configured with; either of them is enough."""

DROPS = re.compile(r"""\bdrop_table\(\s*["'](acct_\w+)""")


def install(app: Flask) -> None:
    """Flask-Migrate knows whenever it is called, whether it is set up before or later: it needs an app context."""
    protect(app)
    appcontext_pushed.connect(protect, sender=app)


def protect(app: Flask, **_: object) -> None:
    """The app's Flask-Migrate, if it has one by now, asks us about each table, besides the host's own filter."""
    chosen = _settings(app)
    if chosen is None or any(hasattr(chosen.get(option), "acct_leaves_ours") for option in OURS):
        return
    option = "include_name" if "include_object" in _env(app) else "include_object"
    chosen[option] = _both(OURS[option], chosen.get(option))


def problems(app: Flask) -> Iterator[str]:
    """Yield migrations of the host's, written before, that would drop tables of ours."""
    for file in sorted((_folder(app) / "versions").glob("*.py")):
        upgrades = file.read_text("utf-8", "replace").partition("def downgrade")[0]
        if tables := sorted(set(DROPS.findall(upgrades))):
            more = f" and {len(tables) - 1} more tables of flask_acct" if tables[1:] else ""
            yield (
                f"{file} drops {tables[0]}{more}, with all that is in them. Delete these lines, or the file, and write "
                "it anew: flask db migrate"
            )


def summary(app: Flask) -> Iterator[tuple[str, str]]:
    """Yield what Flask-Migrate does, if the app has it."""
    protect(app)
    if _settings(app) is not None:
        yield "Flask-Migrate", "leaves the acct_* tables to flask acct upgrade; run that first"


def _settings(app: Flask) -> dict[str, Any] | None:
    found = getattr(app.extensions.get("migrate"), "configure_args", None)
    return found if isinstance(found, dict) else None


def _folder(app: Flask) -> Path:
    """Where the host's migrations are, as Flask-Migrate looks for them: from the current folder."""
    return Path(getattr(app.extensions.get("migrate"), "directory", None) or "migrations")


def _env(app: Flask) -> str:
    """The host's env.py, which may configure a filter of its own; naming it twice would be an error."""
    file = _folder(app) / "env.py"
    return file.read_text("utf-8", "replace") if file.is_file() else ""


def _both(ours: Filter, theirs: Filter | None) -> Filter:
    @wraps(ours)
    def include(*args: Any, **named: Any) -> bool:
        return ours(*args, **named) and (theirs is None or theirs(*args, **named))

    include.acct_leaves_ours = True  # type: ignore[attr-defined]
    return include
