"""Two who finish signing up at the same time, on SQLite and on PostgreSQL: an address makes one user, a name too."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import event, func, select

from flask_acct import config as configuration
from flask_acct.accounts.new_users import NewUser
from flask_acct.db.database import Database, open_engine
from flask_acct.db.models import Account, Token, User
from flask_acct.features import platform
from flask_acct.features.signup import flows
from flask_acct.security import tokens

from ..scopes import KEYS, NOON, a_scope

pytestmark = pytest.mark.long

CONFIG = configuration.preset("sending-platform")
WORDS = "nine lanterns over the harbour"
PAIRS = 8


@pytest.fixture(params=["database_url", pytest.param("postgres_url", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest) -> Any:
    """Where users sign in by name, so that no index keeps an address from having two."""
    engine = open_engine(request.getfixturevalue(request.param))
    yield Database(engine)
    engine.dispose()


def mailed(address: str, database: Database) -> str:
    """The secret of a link on its way to the address."""
    with database.transaction() as db:
        how: dict[str, Any] = {"lifetime": timedelta(hours=1)}
        token: Token = tokens.issue_to_nobody(
            a_scope(db, keys=KEYS, now=NOON), "sign_up", address, about={"email": address}, **how
        )
        return tokens.secret_of(token, KEYS)


def at_once(tries: list[tuple[str, str]], database: Database) -> Counter[str]:
    """What each who came at the same time was told; a try is a link and a user name."""
    gate = Barrier(len(tries))

    def finish(one: tuple[str, str]) -> str:
        secret, name = one
        with database.session() as db:
            gate.wait(60)
            filled = NewUser("Zoe", "Paz", WORDS, WORDS, name)
            told = flows.finish(a_scope(db, platform=platform(CONFIG), now=NOON), secret, filled, locale="it")
            db.commit()
        return str(getattr(told, "why", type(told).__name__))

    with ThreadPoolExecutor(len(tries)) as pool:
        return Counter(pool.map(finish, tries))


def users(database: Database) -> tuple[int, int]:
    """How many users there are, and accounts."""
    with database.session() as db:
        return tuple(db.scalar(select(func.count()).select_from(table)) or 0 for table in (User, Account))  # type: ignore[return-value]


def test_two_links_to_one_address_make_one_user(database: Database) -> None:
    told: Counter[str] = Counter()
    for pair in range(PAIRS):
        address = f"zoe{pair}@example.org"
        links = [mailed(address, database) for _ in range(2)]
        told += at_once([(links[0], f"zoe{pair}"), (links[1], f"paz{pair}")], database)
    assert told == {"SignedUp": PAIRS, "used": PAIRS}
    assert users(database) == (PAIRS, PAIRS)


@pytest.mark.postgres
@pytest.mark.parametrize("followed", ["the same link", "another link"])
def test_a_link_that_made_a_user_while_it_was_read_was_used(followed: str, postgres_url: str) -> None:
    database = Database(open_engine(postgres_url))
    first = mailed("zoe@example.org", database)
    other = first if followed == "the same link" else mailed("zoe@example.org", database)
    others: list[Counter[str]] = []

    def finish_first(*about: Any) -> None:
        if "acct_user" in about[2] and not others:
            others.append(Counter())
            others[0] += at_once([(other, "zoe")], database)

    with database.session() as db:
        event.listen(database.engine, "before_cursor_execute", finish_first)
        found = flows.find(a_scope(db, config=CONFIG, now=NOON), first)
    database.engine.dispose()
    assert others == [Counter({"SignedUp": 1})]
    assert found == flows.SignUpLinkDead("used")


def test_one_link_followed_twice_makes_one_user(database: Database) -> None:
    told: Counter[str] = Counter()
    for pair in range(PAIRS):
        secret = mailed(f"zoe{pair}@example.org", database)
        told += at_once([(secret, f"zoe{pair}"), (secret, f"paz{pair}")], database)
    assert told == {"SignedUp": PAIRS, "used": PAIRS}
    assert users(database) == (PAIRS, PAIRS)


def test_one_name_is_one_users(database: Database) -> None:
    told: Counter[str] = Counter()
    for pair in range(PAIRS):
        links = [mailed(f"{who}{pair}@example.org", database) for who in ("zoe", "ana")]
        told += at_once([(secret, f"name{pair}") for secret in links], database)
    assert told == {"SignedUp": PAIRS, "NameInUse": PAIRS}
    assert users(database) == (PAIRS, PAIRS)
