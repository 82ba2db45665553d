"""Forms that arrived when their user could not send them: the session had ended, or another account was in view.

The typed values are kept for this user alone, and are filled in again once they have signed in, or switched back. They
are stored in the database, as a request that nobody has to handle: a cookie would be too small, and readable by whoever
uses the browser next. Passwords and files are not kept.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, cast

from sqlalchemy import delete, select

from ..db.models import PendingRequest
from ..scope import Scope
from . import limits

KIND = "unsent_form"
KEPT_FOR = timedelta(minutes=30)
LONGEST = 16 * 1024
"""Most bytes of all typed values; a longer form is not kept."""

MOST_AN_HOUR = 30
"""Most forms of one user; more are not kept."""


def keep(scope: Scope, path: str, typed: Mapping[str, Any], *, user_id: int, locale: str) -> str | None:
    """The typed values are kept for the user. Returns their reference; ``None`` if they are too many or too long.

    Args:
        path: Where the form is: ``/account/contacts/new``.
        typed: The value of each field, by name: text, whether a box is ticked, or the boxes that are.
    """
    if len(json.dumps(dict(typed))) > LONGEST:
        return None
    if limits.count(scope, limits.key(KIND, str(user_id)), per=timedelta(hours=1)) > MOST_AN_HOUR:
        return None
    reference = f"F-{secrets.token_hex(7)}"
    named = {"user": user_id, "path": path, "typed": dict(typed)}
    scope.db.add(
        PendingRequest(
            reference=reference, kind=KIND, named=named, locale=locale, created_at=scope.now, answered_at=scope.now
        )
    )
    scope.db.flush()
    return reference


def find(scope: Scope, reference: str, path: str, *, user_id: int) -> Mapping[str, Any] | None:
    """Return what the user typed in the form at this path, by field name; ``None`` if it is not theirs, or too old."""
    form = scope.db.scalar(
        select(PendingRequest.named).where(
            PendingRequest.reference == reference,
            PendingRequest.kind == KIND,
            PendingRequest.created_at > scope.now - KEPT_FOR,
        )
    )
    if form is None or (form["user"], form["path"]) != (user_id, path):
        return None
    return cast("Mapping[str, Any]", form["typed"])


def forget_old(scope: Scope) -> None:
    """Forms that nobody came back for are deleted."""
    scope.db.execute(
        delete(PendingRequest)
        .where(PendingRequest.kind == KIND, PendingRequest.created_at <= scope.now - KEPT_FOR)
        .execution_options(synchronize_session=False)
    )
