from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from sqlalchemy import delete, func, select, text
from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.orm import Session

from flask_acct.accounts import permissions, registration
from flask_acct.config import Config
from flask_acct.db.database import Database
from flask_acct.db.models import Account, Domain, Membership, User, UserSession, length_of, metadata
from flask_acct.security import sessions
from flask_acct.testing.records import add_member, add_user

from ..personas import settle
from ..scopes import NOON, a_scope

EMAIL, USERNAME = Config(), Config.model_validate({"login": {"identifiers": ["username"]}})


def save(db: Session, row: object) -> None:
    """As somebody would who did not look first."""
    db.add(row)
    db.flush()


def test_every_table_is_named_acct() -> None:
    assert [name for name in metadata.tables if not name.startswith("acct_")] == []


def test_a_time_comes_back_aware_and_in_utc(any_database: Database) -> None:
    noon = datetime(2026, 3, 4, 9, 0, tzinfo=timezone(-timedelta(hours=3)))
    with any_database.session() as db, db.begin():
        add_user(a_scope(db, config=EMAIL, now=noon), "zoe@example.com", username="zoe")
    with any_database.session() as db:
        created = db.scalars(select(User.created_at)).one()
    assert created == NOON
    assert created.utcoffset() == timedelta(0)


def test_a_naive_time_is_refused(any_database: Database) -> None:
    with any_database.session() as db, pytest.raises(StatementError, match=r"pass an aware one"):
        save(db, registration.new_user("zoe@example.com", EMAIL, NOON.replace(tzinfo=None)))


def test_an_account_has_one_owner_at_most(any_database: Database) -> None:
    with any_database.session() as db:
        them = settle(db=db, config=EMAIL, now=NOON)
        db.add(Membership(user_id=them.charlie.id, account_id=them.account.id, is_owner=True, created_at=NOON))
        with pytest.raises(IntegrityError):
            db.flush()


def test_an_account_has_many_sub_users(any_database: Database) -> None:
    with any_database.session() as db:
        them = settle(db=db, config=EMAIL, now=NOON)
        add_member(a_scope(db, now=NOON), them.charlie, them.account)
        assert len(them.account.memberships) == 3


def test_a_user_is_in_an_account_once(any_database: Database) -> None:
    with any_database.session() as db:
        them = settle(db=db, config=EMAIL, now=NOON)
        with pytest.raises(IntegrityError):
            add_member(a_scope(db, now=NOON), them.bob, them.account)


@pytest.mark.parametrize("username", ["alice", "ALICE"])
def test_a_user_name_is_one_user_however_it_is_written(any_database: Database, username: str) -> None:
    with any_database.session() as db:
        settle(db=db, config=EMAIL, now=NOON)
        with pytest.raises(IntegrityError):
            save(db, registration.new_user("new@example.com", EMAIL, NOON, username=username))


def test_one_email_is_one_user_where_it_signs_in(any_database: Database) -> None:
    with any_database.session() as db:
        settle(db=db, config=EMAIL, now=NOON)
        with pytest.raises(IntegrityError):
            save(db, registration.new_user("Alice@Example.com", EMAIL, NOON, username="alice2"))


def test_users_share_an_email_where_it_does_not_sign_in(any_database: Database) -> None:
    with any_database.session() as db:
        settle(db=db, config=USERNAME, now=NOON)
        add_user(a_scope(db, config=USERNAME, now=NOON), "alice@example.com", username="alice2")
        assert db.scalar(select(func.count()).where(User.email_key == "alice@example.com")) == 2


def test_a_customer_number_and_a_domain_are_one_accounts(any_database: Database) -> None:
    for number, domain in (("9000", "new.example"), ("9002", "ortega.example")):
        with any_database.session() as db:
            settle(db=db, config=EMAIL, now=NOON)
            domains = [Domain(name=domain, key=domain)]
            with pytest.raises(IntegrityError):
                save(db, Account(number=number, name="Copy", created_at=NOON, domains=domains))
            db.rollback()
            db.execute(text("DELETE FROM acct_user"))
            db.execute(text("DELETE FROM acct_account"))
            db.commit()


def test_a_deleted_account_takes_its_memberships_and_domains_but_no_users(any_database: Database) -> None:
    with any_database.session() as db:
        them = settle(db=db, config=EMAIL, now=NOON)
        db.execute(delete(Account).where(Account.id == them.account.id))
        left = [db.scalar(select(func.count()).select_from(table)) for table in (User, Membership, Domain)]
    assert left == [3, 1, 1]


def test_a_deleted_user_takes_their_sessions(any_database: Database) -> None:
    with any_database.session() as db:
        them = settle(db=db, config=EMAIL, now=NOON)
        sessions.begin(a_scope(db, now=NOON), them.bob, them.account.id)
        db.flush()
        db.execute(delete(User).where(User.id == them.bob.id))
        assert db.scalar(select(func.count()).select_from(UserSession)) == 0


def test_an_owner_may_do_everything_and_a_sub_user_what_is_listed() -> None:
    owner, clerk = Membership(is_owner=True, permissions=[]), Membership(is_owner=False, permissions=["invoices"])
    seen = [
        permissions.is_enough(place, permission, EMAIL)
        for place in (owner, clerk)
        for permission in ("invoices", "orders")
    ]
    assert seen == [True, True, True, False]


def test_a_column_says_how_long_its_text_may_be() -> None:
    assert length_of(User.first_name) == 120
