"""The identifier of a user that a password manager has to keep beside the password."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlalchemy.orm import Session

from ..db import owners
from ..db.models import Account, User
from ..scope import Scope


def identifier_of(scope: Scope, user: User, *, account: Account | None = None) -> str:
    """Return the first configured identifier of ours that the user has; empty for a user who has none.

    Args:
        account: The account in view. An owner of several accounts gets its number.
    """
    found: Mapping[str, Callable[[], str]] = {
        "username": lambda: user.username,
        "email": lambda: user.email if user.sign_in_email else "",
        "customer_number": lambda: _number(scope.db, user, account),
    }
    return next((name for kind in scope.config.login.shipped if (name := found[kind]())), "")


def _number(db: Session, user: User, account: Account | None) -> str:
    """Return the customer number of an account the user owns: a number signs in the owner of its account."""
    numbers = db.scalars(owners.numbers_of(user.id).order_by(Account.id)).all()
    in_view = account.number if account else ""
    return in_view if in_view in numbers else next(iter(numbers), "")
