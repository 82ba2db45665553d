"""Files of contacts between the page that takes them and the one that shows what they would change.

A file is kept in the database for half an hour, for the user who sent it and the account it is for, and only the last
one. It is no larger than the form takes, and compressed. The browser has only its reference: a form that carried the
file back and forth would be far larger than any form may be, and nobody should have to choose the file twice.
"""

from __future__ import annotations

import zlib
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from secrets import token_hex
from typing import Any

from sqlalchemy import delete, select

from ...db.models import Account, PendingRequest, User
from ...scope import Scope

KIND = "contacts_file"
KEPT_FOR = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that is kept, and what its user said its columns are; nothing until then."""

    reference: str
    content: bytes
    columns: Sequence[str]


def keep(scope: Scope, content: bytes, *, account: Account, user: User) -> str:
    """The file is kept instead of the user's last one. Returns its reference."""
    for former in _kept(scope, user):
        scope.db.delete(former)
    reference = f"U-{token_hex(7)}"
    packed = b64encode(zlib.compress(content)).decode()
    named = {"user": user.id, "account": account.id, "file": packed, "columns": []}
    scope.db.add(
        PendingRequest(
            reference=reference,
            kind=_kind(user),
            named=named,
            locale=user.locale or "",
            created_at=scope.now,
            answered_at=scope.now,
        )
    )
    scope.db.flush()
    return reference


def find(scope: Scope, reference: str, *, account: Account, user: User) -> Upload | None:
    """Return a file; ``None`` if it is somebody else's, another account's, or no longer kept."""
    named = _named(_of(scope, reference, user), account)
    return Upload(reference, zlib.decompress(b64decode(named["file"])), named["columns"]) if named else None


def match(scope: Scope, upload: Upload, columns: Sequence[str], *, user: User) -> None:
    """The user has said what the columns of the file are."""
    if found := _of(scope, upload.reference, user):
        found.named = {**found.named, "columns": list(columns)}


def forget(scope: Scope, upload: Upload, *, user: User) -> None:
    """The file is no longer kept."""
    if found := _of(scope, upload.reference, user):
        scope.db.delete(found)


def forget_old(scope: Scope) -> None:
    """Files that nobody came back for are deleted."""
    scope.db.execute(
        delete(PendingRequest)
        .where(
            PendingRequest.kind.startswith(f"{KIND}.", autoescape=True),
            PendingRequest.created_at <= scope.now - KEPT_FOR,
        )
        .execution_options(synchronize_session=False)
    )


def _kind(user: User) -> str:
    return f"{KIND}.{user.id}"


def _kept(scope: Scope, user: User) -> Sequence[PendingRequest]:
    recent = PendingRequest.answered_at > scope.now - KEPT_FOR
    return scope.db.scalars(select(PendingRequest).where(PendingRequest.kind == _kind(user), recent)).all()


def _of(scope: Scope, reference: str, user: User) -> PendingRequest | None:
    return scope.db.scalar(
        select(PendingRequest).where(
            PendingRequest.reference == reference,
            PendingRequest.kind == _kind(user),
            PendingRequest.created_at > scope.now - KEPT_FOR,
        )
    )


def _named(found: PendingRequest | None, account: Account) -> dict[str, Any] | None:
    return found.named if found is not None and found.named["account"] == account.id else None
