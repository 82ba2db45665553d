"""The owner of an account, or the host, sets the permissions of its users."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ...accounts import account_status, memberships, permissions
from ...accounts.memberships import NotInAccount, Owns
from ...accounts.permissions import NotOwner
from ...config import Config
from ...db import row_locks
from ...db.models import Account, Membership, User
from ...mail import account_mails
from ...scope import Scope


@dataclass(frozen=True, slots=True)
class Permitted:
    """The user has these permissions in the account now, and no others."""

    place: Membership


def permit(
    scope: Scope, account: Account, user_id: int, grants: Iterable[str], *, by: User
) -> Permitted | NotInAccount | NotOwner:
    """A user of the account has exactly these permissions from their next request on; its owner gets a mail."""
    if refused := memberships.lock_as_owner(scope.db, account, by):
        return refused
    place = memberships.sub_user(scope.db, account, user_id)
    if place is None:
        return NotInAccount()
    if _is_same(grants, place, scope.config):
        return Permitted(place)
    return _permit(scope, place, account, place.user, grants, owner=by)


def add_member(scope: Scope, account: Account, user: User, grants: Iterable[str]) -> Permitted | Owns:
    """The user is in the account with exactly these permissions, as the host decided; its owner gets a mail."""
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


def _is_same(grants: Iterable[str], place: Membership, config: Config) -> bool:
    """Whether the user has these permissions already; one that another includes makes no difference.

    A stored permission that is not declared any more does: it is removed.
    """
    users = config.users
    return set(place.permissions) <= set(users.offered) and users.reduced(grants) == users.reduced(place.permissions)


def _permit(
    scope: Scope, place: Membership, account: Account, user: User, grants: Iterable[str], *, owner: User | None
) -> Permitted:
    place.permissions = permissions.known(grants, scope.config)
    scope.db.flush()
    about = account_mails.about(user)
    account_mails.notify(scope, "users.permitted", owner, account, grants=place.permissions, **about)
    return Permitted(place)
