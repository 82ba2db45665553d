"""What each user may do in an account is what its owner, or the host, grants them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ...accounts import account_status, memberships, permissions
from ...accounts.memberships import NotInAccount, Owns
from ...accounts.permissions import NotOwner
from ...db import row_locks
from ...db.models import Account, Membership, User
from ...mail import account_mails
from ...scope import Scope


@dataclass(frozen=True, slots=True)
class Permitted:
    """They may do this now, and nothing else."""

    place: Membership


def permit(
    scope: Scope, account: Account, user_id: int, grants: Iterable[str], *, by: User
) -> Permitted | NotInAccount | NotOwner:
    """A user of the account may do exactly what is granted, from their next request on; its owner is told."""
    if refused := memberships.lock_as_owner(scope.db, account, by):
        return refused
    place = memberships.sub_user(scope.db, account, user_id)
    if place is None:
        return NotInAccount()
    if permissions.known(grants, scope.config) == place.permissions:
        return Permitted(place)
    return _permit(scope, place, account, place.user, grants, owner=by)


def admit(scope: Scope, account: Account, user: User, grants: Iterable[str]) -> Permitted | Owns:
    """The user is in the account and may do exactly what is granted, because the host says so; its owner is told."""
    row_locks.lock_account(scope.db, account.id)
    place = memberships.place_of(scope.db, user, account)
    if place is not None and place.is_owner:
        return Owns()
    if place is None:
        place = Membership(user_id=user.id, account_id=account.id, permissions=[], created_at=scope.now)
        scope.db.add(place)
    elif permissions.known(grants, scope.config) == place.permissions:
        return Permitted(place)
    return _permit(scope, place, account, user, grants, owner=account_status.owner_of(scope.db, account))


def _permit(
    scope: Scope, place: Membership, account: Account, user: User, grants: Iterable[str], *, owner: User | None
) -> Permitted:
    place.permissions = permissions.known(grants, scope.config)
    scope.db.flush()
    about = account_mails.about(user)
    account_mails.notify(scope, "users.permitted", owner, account, grants=place.permissions, **about)
    return Permitted(place)
