"""A user has another address, and both addresses are told."""

from __future__ import annotations

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from ..accounts import registration
from ..accounts.naming import display_name
from ..db.models import STILL_PENDING, AddressChange, User
from ..scope import Scope
from ..security import sessions, tokens
from ..values.identifiers import email_key
from . import outbox


def move(scope: Scope, user: User, address: str, *, keep_session: int | None = None, is_verified: bool = True) -> bool:
    """The user, who is locked, has the address, their links are void and their sessions have ended.

    Returns whether it was free: nothing is changed if somebody else signs in with it.

    Args:
        address: From ``identifiers.email_address``.
        keep_session: One session that stays: the user's own, who did it.
        is_verified: Whether somebody has proven that the user reads what is mailed there.
    """
    was = user.email
    if not _try_set(scope, user, address, is_verified=is_verified):
        return False
    tokens.void(scope, user, purposes=("email_change",))
    _end_waiting(scope, user)
    sessions.end_all(scope.db, user, except_id=keep_session)
    _queue_notices(scope, user, was)
    return True


def _try_set(scope: Scope, user: User, address: str, *, is_verified: bool) -> bool:
    columns = registration.address_of(
        address, email_key(address) or "", scope.config, scope.now, is_verified=is_verified
    )
    try:
        with scope.db.begin_nested():
            for name, value in columns.items():
                setattr(user, name, value)
            scope.db.flush()
    except IntegrityError:
        return False
    return True


def _end_waiting(scope: Scope, user: User) -> None:
    """A change that staff have planned does not happen any more: it was about the address of before."""
    waiting = update(AddressChange).where(AddressChange.user_id == user.id, AddressChange.state == STILL_PENDING)
    ended = waiting.values(state="cancelled", ended_at=scope.now)
    scope.db.execute(ended.execution_options(synchronize_session=False))


def _queue_notices(scope: Scope, user: User, was: str) -> None:
    """The old address has a mail waiting, and the new one. Source: NIST SP 800-63B §4.6."""
    slots = {"username": display_name(user, scope.config, email=was), "when_at": scope.now.isoformat()}
    mail = scope.platform.declared.roles["email_changed"]
    posted = outbox.queue_for_user(scope, mail, to=user, slots=slots)
    outbox.queue(
        scope,
        mail,
        recipient=was,
        recipient_name=posted.recipient_name,
        locale=posted.locale,
        time_zone=user.time_zone,
        user_id=user.id,
        platform=scope.config.platform,
        slots=slots,
    )
