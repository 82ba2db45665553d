"""What somebody is offered and has not answered yet: a place in an account, or the account itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from sqlalchemy import ColumnElement, delete, or_, update

from ..db.models import STILL_PENDING, Account, Invitation, Transfer
from ..scope import Scope
from ..security import tokens

FEW_OPEN = 3
"""As many of each kind as the pages of one user speak of."""

KEPT_FOR = timedelta(days=90)
"""How long one that is over is remembered, so that its link can say what became of it."""


def end_invitations(
    scope: Scope, account: Account, *which: ColumnElement[bool], to: Literal["revoked", "superseded"]
) -> int:
    """Open invitations into the account are open no more, their links dead. Returns how many there were."""
    ended = scope.db.execute(
        update(Invitation)
        .where(Invitation.account_id == account.id, Invitation.state == STILL_PENDING, *which)
        .values(state=to, settled_at=scope.now)
        .returning(Invitation.token_id)
        .execution_options(synchronize_session=False)
    )
    links = ended.scalars().all()
    for link in links:
        tokens.void_one(scope, link)
    return len(links)


def end_transfers(scope: Scope, account: Account, *which: ColumnElement[bool]) -> int:
    """An open offer of the account is taken back. Returns how many there were."""
    ended = scope.db.execute(
        update(Transfer)
        .where(Transfer.account_id == account.id, Transfer.state == STILL_PENDING, *which)
        .values(state="revoked", settled_at=scope.now)
        .returning(Transfer.id)
        .execution_options(synchronize_session=False)
    )
    return len(ended.all())


def forget_old(scope: Scope, table: type[Invitation | Transfer]) -> None:
    """Those that were over 90 days ago are gone."""
    old = scope.now - KEPT_FOR
    scope.db.execute(
        delete(table)
        .where(or_(table.settled_at < old, table.expires_at < old))
        .execution_options(synchronize_session=False)
    )
