"""A mail is decided in the transaction that changes the world, and sent later by the worker."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from ..models import Account, Outgoing, Token, User


def post(
    mail: str,
    *,
    to: User,
    db: Session,
    now: datetime,
    platform: str | None = None,
    locale: str | None = None,
    account: Account | None = None,
    token: Token | None = None,
    slots: dict[str, Any] | None = None,
) -> Outgoing:
    """One mail waits for one user, at the address stored for them and in their language.

    Args:
        mail: The declared mail, ``recovery.reset``.
        locale: The language when the user has chosen none.
        account: Whose customer number stands at its head, if the mail declares one.
        token: What its button or secret is made of; the mail is not sent once the token has expired.
        slots: Text for the mail's slots, lists for its listings.
    """
    return put(
        mail,
        recipient=to.email,
        recipient_name=f"{to.first_name} {to.last_name}".strip(),
        locale=to.locale or locale or "en",
        time_zone=to.time_zone,
        user_id=to.id,
        platform=platform,
        account=account,
        token=token,
        slots=slots,
        db=db,
        now=now,
    )


def put(
    mail: str,
    *,
    recipient: str,
    locale: str,
    db: Session,
    now: datetime,
    recipient_name: str = "",
    time_zone: str | None = None,
    user_id: int | None = None,
    platform: str | None = None,
    account: Account | None = None,
    token: Token | None = None,
    slots: dict[str, Any] | None = None,
) -> Outgoing:
    """One mail waits for an address that is no user's, such as the support desk's."""
    outgoing = Outgoing(
        message_id=f"acct.{secrets.token_hex(16)}",
        mail=mail,
        recipient=recipient,
        recipient_name=recipient_name,
        locale=locale,
        time_zone=time_zone,
        platform=platform,
        customer_number=account.number if account else None,
        slots=slots or {},
        token_id=token.id if token else None,
        user_id=user_id,
        next_attempt_at=now,
        expires_at=token.expires_at if token else None,
        created_at=now,
    )
    db.add(outgoing)
    return outgoing
