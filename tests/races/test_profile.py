"""Changes of address and user name at the same time, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from flask_acct.config import Config, Profile
from flask_acct.db.database import Database
from flask_acct.db.models import OutboxMail, PendingRequest, Token, User
from flask_acct.features import platform
from flask_acct.features.password import flows as password
from flask_acct.features.profile import flows
from flask_acct.mail import handlers
from flask_acct.security import sessions, tokens
from flask_acct.testing import PASSWORD
from flask_acct.values.keys import Keys

from ..personas import Personas
from ..scopes import a_scope
from .test_races import NEW, all_at_once, kinds, people

pytestmark = pytest.mark.long

__all__ = ["people"]

ROUNDS = 5
"""A race that is lost once in a while shows when it is run again and again."""


Link = tuple[str, str]
"""The secret of a link, and the cookie of the session in which its user follows it."""


def links(*wanted: tuple[User, str], db: Session, keys: Keys, now: datetime) -> list[Link]:
    """Links that confirm an address each; those of one user are all alive, as if answered at once."""
    made = []
    for user, address in wanted:
        token = tokens.issue(
            a_scope(db, keys=keys, now=now),
            "email_change",
            user=user,
            lifetime=timedelta(hours=1),
            address=address,
            about={"email": address},
        )
        made.append(token)
    db.execute(update(Token).values(void_at=None))
    cookies = {user.id: sessions.begin(a_scope(db, now=now), user, None) for user, _ in wanted}
    return [(tokens.secret_of(token, keys), cookies[token.user_id]) for token in made]


def follow(link: Link, *, db: Session, config: Config, now: datetime) -> object:
    secret, cookie = link
    here = sessions.load(a_scope(db, config=config, now=now), cookie)
    return here and flows.confirm_email(a_scope(db, config=config, now=now), secret, here)


def confirming(them: list[Link], *, config: Config, now: datetime) -> Callable[[Session, int], object]:
    def act(db: Session, which: int) -> object:
        return follow(them[which % len(them)], db=db, config=config, now=now)

    return act


def emails(database: Database) -> dict[str, tuple[str, str | None]]:
    with database.session() as db:
        return {user.username: (user.email, user.sign_in_email) for user in db.scalars(select(User))}


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_one_link_opened_many_times_at_once_confirms_once(
    any_database: Database, people: Personas, config: Config, keys: Keys, now: datetime, round_: int
) -> None:
    with any_database.transaction() as db:
        them = links((people.alice, "one@new.example"), db=db, keys=keys, now=now)
    outcomes = all_at_once(6, any_database, confirming(them, config=config, now=now))
    with any_database.session() as db:
        mails = db.scalar(select(func.count(OutboxMail.id)))
    assert kinds(outcomes) == Counter(IdentifierChanged=1, UsedLink=5)
    assert mails == 2


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_of_two_users_who_confirm_the_same_address_at_once_one_has_it(
    any_database: Database, people: Personas, config: Config, keys: Keys, now: datetime, round_: int
) -> None:
    wanted = "shared@new.example"
    with any_database.transaction() as db:
        them = links((people.alice, wanted), (people.charlie, wanted), db=db, keys=keys, now=now)
    outcomes = all_at_once(2, any_database, confirming(them, config=config, now=now))
    found = emails(any_database)
    holders = [name for name, (email, key) in found.items() if (email, key) == (wanted, wanted)]
    others = {name: found[name] for name in ("alice", "charlie") if name not in holders}
    with any_database.session() as db:
        unspent = db.scalar(select(func.count(Token.id)).where(Token.used_at.is_(None)))
    assert kinds(outcomes) == Counter(IdentifierChanged=1, IdentifierInUse=1)
    assert len(holders) == 1
    assert unspent == 0
    assert all(email == key and email.startswith(name) for name, (email, key) in others.items())


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_of_two_changes_of_one_user_confirmed_at_once_one_wins_and_is_the_one_it_was_sent_to(
    any_database: Database, people: Personas, config: Config, keys: Keys, now: datetime, round_: int
) -> None:
    wanted = ("one@new.example", "two@new.example")
    with any_database.transaction() as db:
        them = links(*((people.alice, address) for address in wanted), db=db, keys=keys, now=now)
        assert all(tokens.find(a_scope(db, now=now), secret, "email_change") for secret, _ in them)
    outcomes = all_at_once(2, any_database, confirming(them, config=config, now=now))
    (winner,) = [one for one in outcomes if isinstance(one, flows.IdentifierChanged)]
    assert kinds(outcomes) == Counter(IdentifierChanged=1, EmailLinkDead=1)
    assert emails(any_database)["alice"] == (winner.user.email, winner.user.email)


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_a_new_password_beside_a_confirmation_waits_for_it_or_ends_it(
    any_database: Database, people: Personas, config: Config, keys: Keys, now: datetime, round_: int
) -> None:
    """Whichever comes first, neither fails; and no link is left that could be followed afterwards."""
    with any_database.transaction() as db:
        (link,) = links((people.alice, "one@new.example"), db=db, keys=keys, now=now)

    def act(db: Session, which: int) -> object:
        if which == 0:
            return follow(link, db=db, config=config, now=now)
        here = sessions.load(a_scope(db, config=config, now=now), link[1])
        if here is None:
            return None
        return password.change(a_scope(db, config=config, now=now), here, PASSWORD, NEW[0], NEW[0])

    outcomes = kinds(all_at_once(2, any_database, act))
    assert set(outcomes) <= {"IdentifierChanged", "PasswordChanged", "EmailLinkDead", "NoneType"}
    with any_database.session() as db:
        assert tokens.find(a_scope(db, now=now), link[0], "email_change") is None


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_a_change_asked_for_beside_a_confirmation_fails_neither(
    any_database: Database, people: Personas, config: Config, keys: Keys, now: datetime, round_: int
) -> None:
    whole = platform(config)
    with any_database.transaction() as db:
        (link,) = links((people.alice, "one@new.example"), db=db, keys=keys, now=now)
        named = {"user": str(people.alice.id), "email": "two@new.example"}
        db.add(PendingRequest(kind="profile.email", named=named, reference="R-2222-2222", locale="en", created_at=now))
    with any_database.session() as db:
        id_ = db.scalar(select(PendingRequest.id)) or 0

    def act(db: Session, which: int) -> object:
        if which == 0:
            return follow(link, db=db, config=config, now=now)
        asked = handlers.claim(a_scope(db, now=now), id_)
        return asked and flows.answer_email(a_scope(db, platform=whole, keys=keys, now=now), asked)

    outcomes = kinds(all_at_once(2, any_database, act))
    assert outcomes["str"] == 1
    assert outcomes["IdentifierChanged"] + outcomes["EmailLinkDead"] == 1


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_of_two_who_want_the_same_user_name_at_once_one_has_it(
    any_database: Database, people: Personas, now: datetime, round_: int
) -> None:
    config = Config(profile=Profile(username_changes=True))
    with any_database.transaction() as db:
        cookies = [sessions.begin(a_scope(db, now=now), who, None) for who in (people.alice, people.charlie)]

    def act(db: Session, which: int) -> object:
        here = sessions.load(a_scope(db, config=config, now=now), cookies[which])
        return here and flows.rename(a_scope(db, config=config, now=now), here, "wanted", PASSWORD)

    outcomes = all_at_once(2, any_database, act)
    assert kinds(outcomes) == Counter(IdentifierChanged=1, IdentifierInUse=1)
    assert list(emails(any_database)).count("wanted") == 1


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_a_user_name_given_up_at_this_moment_is_not_caught_by_another(
    any_database: Database, people: Personas, now: datetime, round_: int
) -> None:
    config = Config(profile=Profile(username_changes=True))
    with any_database.transaction() as db:
        cookies = [sessions.begin(a_scope(db, now=now), who, None) for who in (people.alice, people.charlie)]

    def act(db: Session, which: int) -> object:
        here = sessions.load(a_scope(db, config=config, now=now), cookies[which])
        return here and flows.rename(a_scope(db, config=config, now=now), here, ("ana", "alice")[which], PASSWORD)

    outcomes = all_at_once(2, any_database, act)
    assert kinds(outcomes) == Counter(IdentifierChanged=1, IdentifierInUse=1)
    assert "alice" not in emails(any_database)
