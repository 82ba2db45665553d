"""What is about a user in tables that do not refer to them: mails to their address, requests and cases that name them.

A mailbox that several users share is nobody's alone: what its address finds may be about another one, and is left.
A user name or a full name counts only where it is all that a value says.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, func, or_, select
from sqlalchemy.orm import Session

from ..db.batches import batches
from ..db.models import OutboxMail, PendingRequest, SupportCase, User
from ..values.identifiers import readable

ADDRESS = re.compile(r"""[^\s<>()\[\],;:"@]+@[\w.-]*\w""")

USERS_AT_ONCE = 20
"""Users that one statement looks for."""


@dataclass(frozen=True, slots=True)
class Traces:
    """By what rows are recognized that are about some users."""

    ids: Collection[int]
    addresses: Collection[str]
    """Keys of the addresses that are theirs alone, and the same with their domains as people write them."""
    usernames: Collection[str]
    """As they are typed and as keys, in lower case."""
    full_names: Collection[str]
    """First names with last names, in lower case. Two people may have the same."""
    words: Sequence[Sequence[str]]
    """All of them for each user, as they stand in stored JSON: names as whole values, addresses anywhere."""


def of(db: Session, users: Sequence[User]) -> Traces:
    """Return by what rows are recognized that are about these users, and about nobody else who stays."""
    ids = [user.id for user in users]
    others = select(User.email_key).where(User.id.not_in(ids))
    shared = {key for user in users for key in db.scalars(others.where(User.email_key == user.email_key).limit(1))}
    addresses = {user.id: () if user.email_key in shared else _spellings(user.email_key) for user in users}
    return Traces(
        ids=frozenset(ids),
        addresses=frozenset(address for theirs in addresses.values() for address in theirs),
        usernames=frozenset(name.lower() for user in users for name in _usernames(user)),
        full_names=frozenset(name.lower() for user in users for name in _full_names(user)),
        words=[[*map(_value, _names(user)), *map(_within, addresses[user.id])] for user in users],
    )


def cases(db: Session, found: Traces) -> Sequence[SupportCase]:
    """Return the cases that are the users', and locks them: verified as theirs, or written from their address."""
    theirs = SupportCase.user_id.in_(found.ids)
    unverified = SupportCase.user_id.is_(None) & func.lower(SupportCase.email).in_(found.addresses)
    mine = select(SupportCase).where(or_(theirs, unverified)).order_by(SupportCase.id)
    return db.scalars(mine.with_for_update()).all()


def requests(db: Session, found: Traces, more: Collection[str] = (), *, locks: bool = False) -> Sequence[int]:
    """Return the ids of the requests that name the users.

    Args:
        more: What else a request may name, such as a customer number; in lower case.
        locks: Whether nobody else may answer them until the transaction ends.
    """
    rows: dict[int, dict[str, Any]] = {}
    for like in [
        *_likely(PendingRequest.named, found.words, _users_in(found.ids)),
        *_like(PendingRequest.named, [*map(_value, more)]),
    ]:
        likely = select(PendingRequest.id, PendingRequest.named).where(like).order_by(PendingRequest.id)
        rows |= {id_: named for id_, named in db.execute(likely.with_for_update() if locks else likely)}  # noqa: C416
    return [id_ for id_, named in rows.items() if _is_theirs(named, found, more)]


def mails(db: Session, found: Traces, references: Collection[str]) -> Sequence[int]:
    """Return the ids of the mails to somebody else whose words name the users, or one of these requests.

    Not of those that somebody waits for to get in: they may be about several users of one mailbox.
    """
    is_waited_for = OutboxMail.is_urgent & OutboxMail.state.in_(("queued", "leased"))
    rows: dict[int, dict[str, Any]] = {}
    for like in [*_likely(OutboxMail.slots, found.words), *_like(OutboxMail.slots, [*map(_value, references)])]:
        likely = select(OutboxMail.id, OutboxMail.slots).where(like, ~is_waited_for)
        rows |= {id_: slots for id_, slots in db.execute(likely)}  # noqa: C416
    return [id_ for id_, slots in rows.items() if _speaks(slots, found) or slots.get("reference") in references]


def _names(user: User) -> list[str]:
    return [*_usernames(user), *_full_names(user)]


def _usernames(user: User) -> list[str]:
    return [user.username, user.username_key]


def _full_names(user: User) -> list[str]:
    return [f"{user.first_name} {user.last_name}".strip()] if user.first_name and user.last_name else []


def _spellings(address: str) -> tuple[str, ...]:
    """Return the key of an address, and what it is where its domain has accents: ``ana@panadería.example``."""
    mailbox, _, domain = address.rpartition("@")
    return tuple(dict.fromkeys((address, f"{mailbox}@{readable(domain)}")))


def _is_theirs(named: dict[str, Any], found: Traces, more: Collection[str]) -> bool:
    if "user" in named:
        return str(named["user"]) in {str(id_) for id_ in found.ids}
    # With an address it is about whoever has that, not about all who have this name.
    wanted = {*found.usernames, *found.addresses, *more, *(() if "email" in named else found.full_names)}
    return any(value.strip().lower() in wanted for value in named.values() if isinstance(value, str))


def _speaks(slots: dict[str, Any], found: Traces) -> bool:
    said = [text.lower() for text in _texts(slots)]
    if any(address in found.addresses for text in said for address in ADDRESS.findall(text)):
        return True
    # With an address it is about whoever has that: two people may have one name.
    return "email" not in slots and any(text in found.usernames or text in found.full_names for text in said)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value.strip()
    elif isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)


def _likely(column: Any, words: Sequence[Sequence[str]], *more: ColumnElement[bool]) -> Iterator[ColumnElement[bool]]:
    """Yield conditions that hold for every row that may name one of the users, some users in each."""
    for some in batches(words, USERS_AT_ONCE):
        yield from _like(column, [word for theirs in some for word in theirs])
    yield from more


def _like(column: Any, words: Collection[str]) -> Iterator[ColumnElement[bool]]:
    stored = cast(column, Text)
    if words:
        yield or_(*(stored.icontains(word, autoescape=True) for word in sorted(set(words))))


def _value(word: str) -> str:
    """Return a whole value as JSON is stored: ``"Jos\\u00e9"``, with its quotation marks."""
    return json.dumps(word)


def _within(word: str) -> str:
    """Return a part of a value as JSON is stored."""
    return json.dumps(word)[1:-1]


def _users_in(ids: Collection[int]) -> ColumnElement[bool]:
    """Return the condition of requests that a signed-in user made: ``{"user": 7}`` or ``{"user": "7"}``."""
    named: ColumnElement[str] = PendingRequest.named["user"].as_string()
    return named.in_([str(id_) for id_ in ids])
