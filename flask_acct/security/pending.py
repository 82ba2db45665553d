"""Requests that must not reveal who exists: stored as typed, and looked up by nobody until the worker handles them.

The form that made one therefore does the same work, and gives the same answer, whoever was named.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Insert, bindparam, select, true

from ..db.models import PendingRequest
from ..db.upserts import insert_into
from ..scope import Scope

ASKED_FROM = "asked_from"
"""The key of what was not typed, in what a request names."""

CHARACTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
REFERENCE = re.compile(rf"\bR(?:-[{CHARACTERS}]{{4}}){{2}}\b")
"""A reference in a sentence."""


def store(scope: Scope, values: Mapping[str, Any]) -> None:
    """The request waits for the worker.

    Args:
        values: What ``prepared`` returned.
    """
    scope.db.connection().execute(insert_on(scope.db.get_bind().dialect.name)(true()), values)


def prepared(
    scope: Scope,
    kind: str,
    named: Mapping[str, str],
    *,
    locale: str,
    platform: str | None,
    form: str | None = None,
    sender: str | None = None,
    asked_from: Sequence[str] = (),
) -> tuple[str, Mapping[str, Any]]:
    """Return a request's reference, ``R-7KQ2-M9XD``, for the visitor to quote, and what ``store`` stores.

    Args:
        kind: The screen it came from, ``recovery.password``.
        named: What was typed, by field name.
        form: The id of this copy of the form. A double click sends it twice, and makes one request.
        sender: A digest that tells this sender from others who request the same; deleted with the answer.
        asked_from: Roughly from where, as ``user_agents.origin`` returns it: the mail says it.
    """
    reference = _reference(json.dumps([form or secrets.token_hex(16), kind, sorted(named.items())]))
    return reference, {
        "request_reference": reference,
        "request_kind": kind,
        "request_named": {**named, ASKED_FROM: list(asked_from)} if asked_from else dict(named),
        "request_locale": locale,
        "request_platform": platform,
        "request_created_at": scope.now,
        "request_attempts": 0,
        "request_answer": sender,
    }


def asked(at: datetime, named: Mapping[str, Any]) -> dict[str, Any]:
    """Return when and roughly from where a request was made, as slots of the mail that answers."""
    return {"asked_at": at.isoformat(), ASKED_FROM: named.get(ASKED_FROM, [])}


COLUMNS = ("reference", "kind", "named", "locale", "platform", "created_at", "attempts", "answer")


@cache
def insert_on(dialect: str) -> Callable[[ColumnElement[bool]], Insert]:
    """Return what makes the statement that stores a request under a condition, unless it is stored already."""
    columns = PendingRequest.__table__.c
    values = [bindparam(f"request_{name}", type_=columns[name].type) for name in COLUMNS]

    # Built once: building it costs more than running it.
    @cache
    def under(condition: ColumnElement[bool]) -> Insert:
        stored = insert_into(PendingRequest, dialect).from_select(
            COLUMNS, select(*values).where(condition), include_defaults=False
        )
        return stored.on_conflict_do_nothing()

    return under


def _reference(about: str) -> str:
    number = int(hashlib.sha256(about.encode()).hexdigest(), 16)
    characters = "".join(CHARACTERS[number // len(CHARACTERS) ** place % len(CHARACTERS)] for place in range(8))
    return f"R-{characters[:4]}-{characters[4:]}"
