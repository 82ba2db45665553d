"""Fills in user names and customer numbers that the rows leave out, where nobody signs in by them.

Without a user name, a row means the user who has its address. Without a customer number, it means the account of that
user. If there is none, it is new, and gets a name and a number that are free.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..accounts.registration import LOWEST_NUMBER, NUMBERS, free_user_name, user_name_from
from ..db.models import Account, FormerUsername, Membership, User
from ..scope import Scope
from ..values.identifiers import username_key
from .agreement import Known, rows_among
from .reading import PeopleRead
from .rows import PersonRow, RowProblem

_KNOWN = (User.id, User.username, User.username_key, User.email_key)


@dataclass(slots=True)
class _Stored:
    """The stored users and accounts that rows may mean."""

    users: dict[str, list[Known]] = field(default_factory=dict)
    """By the key of their address."""
    places: dict[int, list[tuple[str, bool]]] = field(default_factory=dict)
    """By user id: the numbers of their accounts, and whether they own them."""


def completed(scope: Scope, found: PeopleRead) -> PeopleRead:
    """Return what was read with a user name and a customer number in every row; ambiguous rows become problems.

    Costs nothing if no row lacks one.
    """
    lacking = [row for row in found.rows if not (row.username_key and row.customer_number)]
    if not lacking:
        return found
    completing = _Completing(scope, _find_stored(scope.db, lacking), found)
    named = [completing.named(row) for row in found.rows]
    rows = completing.numbered([row for row in named if row is not None])
    made = {row.customer_number: row.line for row in reversed(rows) if row.customer_number not in found.unnamed}
    named_by_file = {row.customer_number for row in rows if row.account_name}
    unnamed = {number: line for number, line in made.items() if number not in named_by_file}
    return replace(
        found, rows=tuple(rows), problems=(*found.problems, *completing.problems), unnamed={**found.unnamed, **unnamed}
    )


class _Completing:
    def __init__(self, scope: Scope, there: _Stored, found: PeopleRead) -> None:
        self.scope, self.there = scope, there
        self.problems: list[RowProblem] = []
        self.names = {row.email_key: (row.username, row.username_key) for row in found.rows if row.username_key}
        self.taken = {row.username_key for row in found.rows}
        self.numbers: dict[str, str] = {}
        """Of new accounts, by the key of their user's address."""
        self.wanted = _taken_names(scope.db, {user_name_from(row.email) for row in found.rows if not row.username_key})

    def named(self, row: PersonRow) -> PersonRow | None:
        """Return the row with a user name: of the user it means, else a new one. ``None`` if it is ambiguous."""
        if row.username_key:
            return row
        if row.email_key not in self.names:
            known = self._matching(row)
            if len(known) > 1:
                fix = "Write the user name of the one you mean."
                what = f'"{row.email}" is the address of {len(known)} users'
                self.problems.append(RowProblem(row.line, "username", what, fix))
                return None
            self.names[row.email_key] = (known[0].username, known[0].username_key) if known else self._new_name(row)
        name, key = self.names[row.email_key]
        return replace(row, username=name, username_key=key)

    def _matching(self, row: PersonRow) -> list[Known]:
        """Return the users with the address of a row: those in its account, if there are any."""
        users = self.there.users.get(row.email_key, [])
        here = [
            user
            for user in users
            if row.customer_number in {number for number, _ in self.there.places.get(user.id, ())}
        ]
        return here or users

    def _new_name(self, row: PersonRow) -> tuple[str, str]:
        name = user_name_from(row.email)
        if (username_key(name) or "") in self.taken | self.wanted:
            name = free_user_name(self.scope, name, but=self.taken | self.wanted)
        key = username_key(name) or ""
        self.taken.add(key)
        return name, key

    def numbered(self, rows: list[PersonRow]) -> list[PersonRow]:
        """Return the rows with a customer number: of the account of their user, else of a new one."""
        lacking = [row for row in rows if not row.customer_number]
        new = {row.email_key: "" for row in lacking if not self._accounts(row)}
        free = _free_numbers(self.scope.db, len(new), {row.customer_number for row in rows})
        self.numbers = dict(zip(new, free, strict=True))
        return [numbered for row in rows if (numbered := self._numbered(row)) is not None]

    def _numbered(self, row: PersonRow) -> PersonRow | None:
        if row.customer_number:
            return row
        accounts = self._accounts(row)
        if len(accounts) > 1:
            what, fix = f'"{row.email}" has {len(accounts)} accounts', "Write the customer number of the one you mean."
            self.problems.append(RowProblem(row.line, "customer_number", what, fix))
            return None
        return replace(row, customer_number=accounts[0] if accounts else self.numbers[row.email_key])

    def _accounts(self, row: PersonRow) -> list[str]:
        """Return the accounts that a row without a number may mean: those its user owns, else all they are in."""
        users = [user for user in self.there.users.get(row.email_key, ()) if user.username_key == row.username_key]
        places = [place for user in users for place in self.there.places.get(user.id, ())]
        return [number for number, is_owner in places if is_owner] or [number for number, _ in places]


def _find_stored(db: Session, rows: Iterable[PersonRow]) -> _Stored:
    there = _Stored()
    for user in rows_among(db, select(*_KNOWN), User.email_key, {row.email_key for row in rows}):
        there.users.setdefault(user.email_key, []).append(Known(*user))
    ids = {user.id for users in there.users.values() for user in users}
    places = select(Membership.user_id, Account.number, Membership.is_owner).join(Account)
    for id_, number, is_owner in rows_among(db, places, Membership.user_id, ids):
        there.places.setdefault(id_, []).append((number, is_owner))
    return there


def _taken_names(db: Session, wanted: Iterable[str]) -> set[str]:
    """Return the keys of these user names that somebody has, or had lately."""
    keys = {username_key(name) or "" for name in wanted}
    found = {key for (key,) in rows_among(db, select(User.username_key), User.username_key, keys)}
    return found | {key for (key,) in rows_among(db, select(FormerUsername.key), FormerUsername.key, keys)}


def _free_numbers(db: Session, count: int, but: set[str]) -> list[str]:
    """Return so many customer numbers that no account has."""
    free: dict[str, None] = {}
    while len(free) < count:
        candidates = {str(LOWEST_NUMBER + secrets.randbelow(NUMBERS)) for _ in range(count - len(free))} - but
        taken = {number for (number,) in rows_among(db, select(Account.number), Account.number, candidates)}
        free |= dict.fromkeys(sorted(candidates - taken - free.keys()))
    return list(free)
