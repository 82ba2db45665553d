"""Two processes change the users of an account at the same time: one of them wins, and the account keeps one owner.

Run ``python -m tests.races.people DATABASE_URL [ACCOUNTS]`` against an empty database; it prints the figures.
"""

from __future__ import annotations

import multiprocessing
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.synchronize import Barrier
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from flask_acct import config as configuration
from flask_acct.accounts import new_users
from flask_acct.config import Config
from flask_acct.db import schema
from flask_acct.db.database import Database, open_engine
from flask_acct.db.models import Account, Invitation, Membership, Token, Transfer, User
from flask_acct.features import platform
from flask_acct.features.invitations.flows import answering, inviting
from flask_acct.features.members import flows as members
from flask_acct.features.ownership import flows as ownership
from flask_acct.platform import Platform
from flask_acct.scope import Scope
from flask_acct.security import sessions, tokens
from flask_acct.testing.records import PASSWORD, add_account, add_member, add_user

from ..scopes import KEYS, NOON, a_scope


@dataclass(frozen=True)
class Place:
    """One account, and the ids that the two processes need."""

    account: int
    owner: int
    bob: int
    """The id of Bob: a user of the account, except where he is to be invited."""
    carol: int = 0
    secret: str = ""
    about: int = 0
    """The id of the invitation or offer; 0 without one."""
    cookies: tuple[str, str] = ("", "")


@dataclass(frozen=True)
class Figures:
    """The results of one race."""

    race: str
    accounts: int
    outcomes: dict[tuple[str, str], int]
    """How often the two processes had each pair of outcomes."""
    errors: int
    owners: set[int]
    """The numbers of owners that accounts have: ``{1}`` if each has one."""
    wrong: int
    """The number of accounts whose rows do not agree with the two outcomes."""


class World:
    """The database as one process sees it."""

    def __init__(self, url: str) -> None:
        self.engine = open_engine(url)
        self.database = Database(self.engine)
        self.config: Config = configuration.preset("client-area")
        self.platform: Platform = platform(self.config)

    def scope(self, db: Session) -> Scope:
        return Scope(db, self.platform, KEYS, NOON)


# --- What the two do --------------------------------------------------------------------------------------------


def accept(place: Place, which: int, db: Session, world: World) -> Any:
    here = sessions.load(a_scope(db, config=world.config, now=NOON), place.cookies[which])
    assert here is not None
    return answering.accept(world.scope(db), place.secret, here=here)


def fill_in(place: Place, _which: int, db: Session, world: World) -> Any:
    words = "nine lanterns over the harbour"
    filled = new_users.NewUser("Bob", "Ruiz", words, words)
    return answering.join(world.scope(db), place.secret, filled, locale="en")


def cancel(place: Place, _which: int, db: Session, _world: World) -> Any:
    mine, owner = db.get_one(Account, place.account), db.get_one(User, place.owner)
    return inviting.cancel(a_scope(db, now=NOON), mine, place.about, by=owner)


def invite(place: Place, _which: int, db: Session, world: World) -> Any:
    mine, owner = db.get_one(Account, place.account), db.get_one(User, place.owner)
    return inviting.invite(world.scope(db), mine, f"bob{place.account}@example.org", [], by=owner, locale="en")


def receive(place: Place, _which: int, db: Session, world: World) -> Any:
    return ownership.accept(world.scope(db), place.about, user=db.get_one(User, place.bob))


def remove(place: Place, _which: int, db: Session, world: World) -> Any:
    mine, owner = db.get_one(Account, place.account), db.get_one(User, place.owner)
    return members.remove(world.scope(db), mine, place.bob, by=owner)


def leave(place: Place, _which: int, db: Session, world: World) -> Any:
    return members.leave(world.scope(db), db.get_one(Account, place.account), user=db.get_one(User, place.bob))


def revoke(place: Place, _which: int, db: Session, _world: World) -> Any:
    mine, owner = db.get_one(Account, place.account), db.get_one(User, place.owner)
    return ownership.revoke(a_scope(db, now=NOON), mine, by=owner)


def offer(place: Place, which: int, db: Session, world: World) -> Any:
    mine, owner = db.get_one(Account, place.account), db.get_one(User, place.owner)
    to = (place.bob, place.carol)[which]
    return ownership.offer(world.scope(db), mine, to, [], PASSWORD, by=owner)


# --- What is there before ---------------------------------------------------------------------------------------


def empty(number: int, db: Session, world: World) -> Place:
    """Return an account with no users but its owner."""
    owner = add_user(world.scope(db), f"o{number}@example.com", username=f"o{number}")
    made = add_account(world.scope(db), f"Account {number}", owner=owner, number=str(9000 + number))
    return Place(made.id, owner.id, 0)


def invited(number: int, db: Session, world: World, *, has_user: bool = True) -> Place:
    """Return an account that Bob is invited into; if he is a user already, he has two sessions."""
    base = empty(number, db, world)
    address = f"bob{number}@example.org"
    bob = add_user(world.scope(db), address, username=f"b{number}") if has_user else None
    mine, owner = db.get_one(Account, base.account), db.get_one(User, base.owner)
    made = inviting.invite(world.scope(db), mine, address, ["invoices"], by=owner, locale="en")
    assert isinstance(made, inviting.Invited)
    secret = tokens.secret_of(db.get_one(Token, made.invitation.token_id), KEYS)
    cookies = tuple(sessions.begin(a_scope(db, now=NOON), bob, None) for _ in range(2)) if bob else ("", "")
    return Place(
        base.account,
        base.owner,
        bob.id if bob else 0,
        secret=secret,
        about=made.invitation.id,
        cookies=(cookies[0], cookies[1]),
    )


def invited_stranger(number: int, db: Session, world: World) -> Place:
    return invited(number, db, world, has_user=False)


def settled(number: int, db: Session, world: World) -> Place:
    """Return an account that Bob and Carol are in."""
    base = empty(number, db, world)
    mine = db.get_one(Account, base.account)
    bob, carol = (
        add_user(world.scope(db), f"{letter}{number}@example.org", username=f"{letter}{number}") for letter in "bc"
    )
    for one in (bob, carol):
        add_member(world.scope(db), one, mine)
    return Place(base.account, base.owner, bob.id, carol.id)


def offered(number: int, db: Session, world: World) -> Place:
    """Return an account that is offered to Bob, who is in it."""
    base = settled(number, db, world)
    transfer = Transfer(account_id=base.account, from_id=base.owner, to_id=base.bob, state="pending", keeps=[],
                        created_at=NOON, expires_at=NOON.replace(day=11))  # fmt: skip
    db.add(transfer)
    db.flush()
    return Place(base.account, base.owner, base.bob, base.carol, about=transfer.id)


# --- What must be so afterwards ---------------------------------------------------------------------------------


def people(place: Place, db: Session) -> int:
    return db.scalar(select(func.count()).where(Membership.account_id == place.account)) or 0


def states(table: Any, place: Place, db: Session) -> Counter[str]:
    return Counter(db.scalars(select(table.state).where(table.account_id == place.account)))


def one_came_in(place: Place, told: Sequence[str], db: Session) -> bool:
    """Whether Bob is in the account if and only if one process had that outcome, and not both."""
    came = sum(one in {"Accepted", "Joined"} for one in told)
    accepted = states(Invitation, place, db)["accepted"]
    address = f"bob{db.get_one(Account, place.account).name.split()[1]}@example.org"
    users = db.scalar(select(func.count()).where(User.email_key == address)) or 0
    return came <= 1 and people(place, db) == 1 + came and accepted == came and users <= 1


def one_is_open(place: Place, told: Sequence[str], db: Session) -> bool:
    return sorted(told) == ["Invited", "IsOpen"] and states(Invitation, place, db) == Counter(pending=1)


def owner_is_as_told(place: Place, told: Sequence[str], db: Session) -> bool:
    """Whether Bob owns the account if and only if one process had that outcome; an owner must never be removed."""
    owner = db.scalar(select(Membership.user_id).where(Membership.account_id == place.account, Membership.is_owner))
    changed, out = "Transferred" in told, bool({"Removed", "Left"} & set(told))
    in_it = 3 - out
    is_open = states(Transfer, place, db)["pending"]
    return owner == (place.bob if changed else place.owner) and people(place, db) == in_it and not is_open


def one_offer(place: Place, told: Sequence[str], db: Session) -> bool:
    return sorted(told) == ["Offered", "Pending"] and states(Transfer, place, db) == Counter(pending=1)


Act = Callable[[Place, int, Session, World], Any]
RACES: dict[str, tuple[Callable[[int, Session, World], Place], Act, Act, Callable[..., bool]]] = {
    "accepted twice": (invited, accept, accept, one_came_in),
    "joined twice": (invited_stranger, fill_in, fill_in, one_came_in),
    "accepted while cancelled": (invited, accept, cancel, one_came_in),
    "joined while cancelled": (invited_stranger, fill_in, cancel, one_came_in),
    "invited twice": (empty, invite, invite, one_is_open),
    "received while removed": (offered, receive, remove, owner_is_as_told),
    "received while leaving": (offered, receive, leave, owner_is_as_told),
    "received while taken back": (offered, receive, revoke, owner_is_as_told),
    "received twice": (offered, receive, receive, owner_is_as_told),
    "offered twice": (settled, offer, offer, one_offer),
}
"""By name: a function that prepares an account, what the two processes do, and the check afterwards."""


def race(url: str, number: int) -> list[Figures]:
    """Run every race in this number of accounts, one after the other."""
    world, lanes = World(url), {}
    with world.database.transaction() as db:
        for start, (name, (prepare, *_)) in enumerate(RACES.items()):
            lanes[name] = [prepare(start * number + which, db, world) for which in range(number)]
    told = _told(url, lanes)
    with world.database.session() as db:
        figures = [_figures(name, places, told[name], db) for name, places in lanes.items()]
    world.engine.dispose()
    return figures


Told = dict[str, list[str]]
"""The outcomes that one process had in each account, by race."""


def _told(url: str, lanes: dict[str, list[Place]]) -> dict[str, list[tuple[str, str]]]:
    """Return the outcomes of the two processes in each account, by race."""
    context = multiprocessing.get_context("spawn")
    gate, results = context.Barrier(2), context.Queue()
    runners = [context.Process(target=_run, args=(url, lanes, which, gate, results)) for which in range(2)]
    for runner in runners:
        runner.start()
    told: dict[int, Told] = dict(results.get(timeout=500) for _ in runners)
    for runner in runners:
        runner.join(30)
    return {name: list(zip(told[0][name], told[1][name], strict=True)) for name in lanes}


def _run(url: str, lanes: dict[str, list[Place]], which: int, gate: Barrier, results: Any) -> None:
    world = World(url)
    told = {
        name: [_get(RACES[name][1 + which], place, which, gate, world) for place in places]
        for name, places in lanes.items()
    }
    world.engine.dispose()
    results.put((which, told))


def _get(act: Any, place: Place, which: int, gate: Barrier, world: World) -> str:
    """Return the outcome of one of the two processes, which start at the same moment."""
    gate.wait(60)
    try:
        with world.database.session() as db:
            outcome = act(place, which, db, world)
            db.commit()
    except Exception as error:  # noqa: BLE001 - any error at all is what is counted
        return f"!{type(error).__name__}: {error}"[:200]
    return type(outcome).__name__


def _figures(name: str, places: list[Place], told: list[tuple[str, str]], db: Session) -> Figures:
    is_right = RACES[name][3]
    return Figures(
        race=name,
        accounts=len(places),
        outcomes=dict(Counter(told)),
        errors=sum(one.startswith("!") for pair in told for one in pair),
        owners={_owners(place, db) for place in places},
        wrong=sum(not is_right(place, pair, db) for place, pair in zip(places, told, strict=True)),
    )


def _owners(place: Place, db: Session) -> int:
    return db.scalar(select(func.count()).where(Membership.account_id == place.account, Membership.is_owner)) or 0


def main() -> None:
    url, number = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 100
    engine = open_engine(url)
    schema.upgrade(engine)
    engine.dispose()
    began = time.monotonic()
    for figures in race(url, number):
        print(figures)
    print(f"{time.monotonic() - began:.0f} seconds")


if __name__ == "__main__":
    main()
