"""Requests that must not reveal who exists: stored as typed, and looked up by nobody until the worker handles them.

The form that made one therefore does the same work, and gives the same answer, whoever was named.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from functools import cache

from sqlalchemy import Executable
from sqlalchemy.dialects import postgresql, sqlite

from ..db.models import PendingRequest
from ..scope import Scope

CHARACTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def remember(
    scope: Scope,
    kind: str,
    named: Mapping[str, str],
    *,
    locale: str,
    platform: str | None,
    form: str | None = None,
    sender: str | None = None,
) -> str:
    """The request waits for the worker. Returns its reference, ``R-7KQ2-M9XD``, for the visitor to quote.

    Args:
        kind: The screen it came from, ``recovery.password``.
        named: What was typed, by field name.
        form: The id of this copy of the form. A double click sends it twice, and makes one request.
        sender: A digest that tells this sender from others who request the same; deleted with the answer.
    """
    reference = _reference(json.dumps([form or secrets.token_hex(16), kind, sorted(named.items())]))
    values = {
        "kind": kind,
        "named": dict(named),
        "locale": locale,
        "platform": platform,
        "created_at": scope.now,
        "attempts": 0,
        "answer": sender,
    }
    scope.db.connection().execute(_insert(scope.db.get_bind().dialect.name), {"reference": reference, **values})
    return reference


@cache
def _insert(dialect: str) -> Executable:
    # Built once: building it costs more than running it.
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return insert(PendingRequest).on_conflict_do_nothing()


def _reference(about: str) -> str:
    number = int(hashlib.sha256(about.encode()).hexdigest(), 16)
    characters = "".join(CHARACTERS[number // len(CHARACTERS) ** place % len(CHARACTERS)] for place in range(8))
    return f"R-{characters[:4]}-{characters[4:]}"
