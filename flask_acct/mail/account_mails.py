"""Mails about an account to one of its users."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..accounts import permissions
from ..db.models import Account, User
from ..scope import Scope
from . import outbox


def notify(
    scope: Scope, mail: str, to: User | None, account: Account, *, grants: Iterable[str] | None = None, **slots: Any
) -> None:
    """One mail about the account waits for one of its users, in their language; nothing for nobody.

    Args:
        grants: Permissions it lists, by the name of the mail's listing.
    """
    if to is None:
        return
    if grants is not None:
        slots["grants"] = permissions.lines(grants, to.locale, scope.platform)
    whole = {"account": account.name, "when_at": scope.now.isoformat(), **slots}
    outbox.queue_for_user(scope, mail, to=to, account=account, slots=whole)


def about(user: User) -> dict[str, str]:
    """Return what a mail says of somebody who did something, or to whom it was done."""
    return {"name": user.full_name, "email": user.email}
