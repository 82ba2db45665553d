"""One search for customers and people: by name, customer number, domain, address or user name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from ..db.ids import typed_id
from ..db.models import Account, Domain, Membership, User
from ..db.paging import ListPage
from ..scope import Scope
from ..values.identifiers import domain_key, email_key, folded, number_key, username_key

MOST_USERS = 10
"""Users shown beside a page of accounts."""


@dataclass(frozen=True, slots=True)
class Hits:
    """One page of the accounts that fit, by name, and the first users that do."""

    accounts: Sequence[Account]
    users: Sequence[User]
    page: int
    pages: int


def search(scope: Scope, *, query: str = "", page: int = 1) -> Hits:
    """Return whom and what somebody may mean; without a query all accounts, by name."""
    mine = _accounts_like(query) if query else []
    total = scope.db.scalar(select(func.count()).select_from(Account).where(*mine)) or 0
    shown = ListPage.at(page, total)
    accounts = scope.db.scalars(shown.of(select(Account).where(*mine).order_by(Account.sort_key, Account.id))).all()
    return Hits(accounts, _users(scope.db, query) if query else (), *shown)


def one_user(db: Session, named: str) -> User | None:
    """Return the user of a user name, an address or ``#7``, an id; ``None`` for nobody, or several."""
    if named.startswith("#"):
        id_ = typed_id(named)
        return None if id_ is None else db.get(User, id_)
    is_it = or_(User.username_key == (username_key(named) or ""), User.email_key == (email_key(named) or ""))
    found = db.scalars(select(User).where(is_it).limit(2)).all()
    return found[0] if len(found) == 1 else None


def one_account(db: Session, named: str) -> Account | None:
    """Return the account of a customer number or a domain."""
    owned = select(Domain.account_id).where(Domain.key == (domain_key(named) or ""))
    is_it = or_(Account.number == (number_key(named) or ""), Account.id.in_(owned))
    return db.scalar(select(Account).where(is_it).limit(1))


def _accounts_like(query: str) -> list[ColumnElement[bool]]:
    wanted = folded(query)
    domains = select(Domain.account_id).where(
        or_(
            Domain.key.contains(domain_key(query) or wanted, autoescape=True),
            Domain.name.icontains(query, autoescape=True),
        )
    )
    people = select(Membership.account_id).join(User).where(*_users_like(query))
    return [
        or_(
            Account.sort_key.contains(wanted, autoescape=True),
            Account.number.startswith(number_key(query) or query, autoescape=True),
            Account.billing_email.icontains(query, autoescape=True),
            Account.id.in_(domains),
            Account.id.in_(people),
        )
    ]


def _users(db: Session, query: str) -> Sequence[User]:
    found = select(User).where(*_users_like(query)).order_by(User.email_key, User.id)
    return db.scalars(found.limit(MOST_USERS)).all()


def _users_like(query: str) -> list[ColumnElement[bool]]:
    full_name = User.first_name + " " + User.last_name
    columns = (User.username_key, User.email_key)
    return [
        or_(
            *(column.contains(query.casefold(), autoescape=True) for column in columns),
            full_name.icontains(query, autoescape=True),
        )
    ]
