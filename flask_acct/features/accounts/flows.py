"""Which account a user looks at, of several; and the mail that lets a user in for the first time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, null, or_, select, update
from sqlalchemy.orm import Session

from ...accounts.account_status import State as State
from ...accounts.account_status import account_of
from ...db.database import begin_writing
from ...db.models import Account, Membership, OutboxMail, User
from ...db.paging import ListPage
from ...errors import AcctError
from ...mail import outbox
from ...platform import Platform
from ...scope import Scope
from ...security import sessions, tokens
from ...security.sessions import CurrentSession
from ...values.identifiers import folded, number_key

INVITATION_LASTS = timedelta(days=7)

SHOWN = 50
"""Shared addresses an error names; the rest is counted."""


@dataclass(frozen=True, slots=True)
class AccountPlace:
    """One account of a user's."""

    account: Account
    is_owner: bool


@dataclass(frozen=True, slots=True)
class AccountsFound:
    """One page of a user's accounts."""

    places: Sequence[AccountPlace]
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class Entered:
    """The account is in view."""

    account: Account


@dataclass(frozen=True, slots=True)
class Closed:
    """The account is closed, and nobody enters it."""

    name: str


@dataclass(frozen=True, slots=True)
class NoPlace:
    """The user has no place in such an account, or there is none."""


def browse(db: Session, user: User, *, query: str, page: int) -> AccountsFound:
    """The user's accounts whose name or number holds what is asked for, by name. Two queries, however many."""
    mine = [Membership.user_id == user.id, *_like(query)]
    found = select(Account, Membership.is_owner).join(Membership).where(*mine)
    total = db.scalar(select(func.count()).select_from(Account).join(Membership).where(*mine)) or 0
    shown = ListPage.at(page, total)
    rows = db.execute(shown.of(found.order_by(Account.sort_key, Account.id)))
    return AccountsFound([AccountPlace(account, is_owner) for account, is_owner in rows], *shown)


def _like(query: str) -> list[ColumnElement[bool]]:
    if not query:
        return []
    name = Account.sort_key.contains(folded(query), autoescape=True)
    return [or_(name, Account.number.startswith(number_key(query) or query, autoescape=True))]


def enter(db: Session, number: str, *, here: CurrentSession) -> Entered | Closed | NoPlace:
    """The session has the account of that customer number in view, and no other session of the user's is changed."""
    begin_writing(db)
    account = account_of(db, here.user.id, number)
    if account is None:
        return NoPlace()
    if account.state == "closed":
        return Closed(account.name)
    sessions.enter_account(db, here.session.id, account.id)
    return Entered(account)


def invite(scope: Scope, user: User, account: Account) -> OutboxMail:
    """A mail waits with the user's customer number, user name and a link to set the first password.

    The user and the account must have their ids. Links of earlier invitations are worth nothing.
    """
    token = tokens.issue(scope, "activation", user=user, lifetime=INVITATION_LASTS, about={"account_id": account.id})
    return outbox.queue_for_user(
        scope,
        "accounts.activation",
        to=user,
        account=account,
        token=token,
        slots={"username": user.username, "details": _details(user, account, scope.platform)},
    )


def _details(user: User, account: Account, platform: Platform) -> list[str]:
    """The customer number, and what else the user signs in with."""
    locale, identifiers = platform.config.site.nearest_locale(user.locale), platform.config.login.identifiers
    details = [platform.say("shell.mail.customer_number", locale, number=account.number)]
    if "username" in identifiers:
        details.append(platform.say("accounts.activation.username", locale, username=user.username))
    if "email" in identifiers:
        details.append(platform.say("accounts.activation.email", locale, email=user.email))
    return details


class AddressShared(AcctError):
    """Email is a way to sign in, and some addresses belong to several users."""

    def __init__(self, shared: Mapping[str, Sequence[str]]) -> None:
        self.shared = shared
        lines = [f"  {address}: {', '.join(usernames)}" for address, usernames in list(shared.items())[:SHOWN]]
        if len(shared) > SHOWN:
            lines.append(f"  … and {len(shared) - SHOWN} more addresses")
        fix = (
            'Give each of these users an address of their own, or take "email" out of [login] identifiers. '
            "Nothing was changed."
        )
        super().__init__("\n".join(["People sign in by email, and these addresses have several users:", *lines, fix]))


def refresh_sign_in_emails(scope: Scope) -> int:
    """Every user's ``sign_in_email`` is what the configuration asks for. Returns how many were changed.

    Raises ``AddressShared`` naming the users, and changes nothing, when one email would mean two of them.
    """
    if "email" not in scope.config.login.identifiers:
        wrong: Any = User.sign_in_email.is_not(None)
        right: Any = null()
    else:
        if shared := _shared_addresses(scope.db):
            raise AddressShared(shared)
        wrong, right = User.sign_in_email.is_distinct_from(User.email_key), User.email_key
    refreshed = scope.db.execute(
        update(User)
        .where(wrong)
        .values(sign_in_email=right)
        .returning(User.id)
        .execution_options(synchronize_session=False)
    )
    return len(refreshed.all())


def _shared_addresses(db: Session) -> dict[str, list[str]]:
    twice = select(User.email_key).group_by(User.email_key).having(func.count() > 1)
    found: dict[str, list[str]] = {}
    users = select(User.email_key, User.username).where(User.email_key.in_(twice)).order_by(User.email_key, User.id)
    for address, username in db.execute(users):
        found.setdefault(address, []).append(username)
    return found
