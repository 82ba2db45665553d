"""After 400 days nothing is left of what people did, but for what is meant to stay."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from flask_acct.accounts import usernames
from flask_acct.config import Config
from flask_acct.db.models import (
    Contact,
    HelpVoteCount,
    LimitCount,
    OutboxMail,
    PendingRequest,
    Token,
    Transfer,
    Unsubscription,
    User,
    UserSession,
    metadata,
)
from flask_acct.features.help import flows as help_
from flask_acct.features.help.flows import About
from flask_acct.features.invitations.flows import answering, inviting
from flask_acct.security import password_work, sessions, tokens

from .scopes import KEYS, a_scope
from .web.site import Site, build

STAYS = {
    "acct_user", "acct_account", "acct_membership", "acct_domain",
    # What an owner keeps, and what its people said they do not want, until they or the account go.
    "acct_contact", "acct_unsubscription",
    # Two numbers for each text of the help site, and nobody's.
    "acct_help_vote_count",
}  # fmt: skip
TEXT = About("sign-in", "es", "3f2a9c17")


@pytest.fixture(params=["database_url", pytest.param("postgres_url", marks=pytest.mark.postgres)])
def site(request: pytest.FixtureRequest, now: datetime) -> Any:
    made = build(Config(), request.getfixturevalue(request.param), now)
    yield made
    made.acct.database.engine.dispose()


def live(site: Site, db: Session, now: datetime) -> None:
    """Something of everything that happens here is in the database."""
    people = site.people
    alice, account = db.get_one(User, people.alice.id), people.account
    for purpose in ("password_link", "temporary_password", "confirm_recovery", "activation", "email_change"):
        tokens.issue(a_scope(db, keys=KEYS, now=now), purpose, user=alice, lifetime=timedelta(hours=1))
    tokens.issue_to_nobody(a_scope(db, keys=KEYS, now=now), "sign_up", "zoe@new.example", lifetime=timedelta(hours=1))
    used = tokens.issue(a_scope(db, keys=KEYS, now=now), "password_link", user=people.bob, lifetime=timedelta(days=900))
    used.used_at = now
    inviting.invite(
        a_scope(db, platform=site.acct.platform, keys=KEYS, now=now),
        account,
        "ana@new.example",
        [],
        by=alice,
        locale="es",
    )
    sessions.begin(a_scope(db, now=now), alice, account.id)
    # Of a user who has signed in since.
    password_work.note(db, ["$2y$04$dzcOYHKMqRzqZ2Z0pRp4Z.JmG4oOo1QfIYgX8ZyD5bB5nLd3vVbIa"])
    usernames.reserve_former(a_scope(db, now=now), "alicia", user=alice)
    for number in range(2):
        how: dict[str, Any] = {"network": f"192.0.2.{number}"}
        help_.vote(a_scope(db, config=site.config, now=now), TEXT, is_helpful=True, reader=f"{number:064}", **how)
        help_.report_missing(a_scope(db, config=site.config, now=now), f"A picture {number}.", TEXT, **how)
        help_.search_failed(a_scope(db, config=site.config, now=now), f"bread {number}", "es", **how)
    db.add_all([
        PendingRequest(reference="R-2222-2222", kind="recovery.password", named={}, locale="es", created_at=now,
              answered_at=now),
        Transfer(account_id=account.id, from_id=alice.id, to_id=people.bob.id, created_at=now, expires_at=now),
        Contact(account_id=account.id, email="c@c.example", email_key="c@c.example", created_at=now, changed_at=now),
        Unsubscription(account_id=account.id, email_key="c@c.example", category="invoices", created_at=now),
    ])  # fmt: skip
    db.flush()
    for mail in db.scalars(select(OutboxMail)):
        mail.state, mail.sent_at = "sent", now
    db.commit()


def left(site: Site) -> dict[str, int]:
    """How many rows every table has."""
    with site.acct.database.session() as db:
        return {table.name: db.scalar(select(func.count()).select_from(table)) or 0 for table in metadata.sorted_tables}


def pass_days(site: Site, days: int) -> None:
    """So much time goes by, and the duties of the worker are done."""
    site.clock.move(days=days)
    assert site.acct.worker is not None
    site.acct.worker._duties_at = None
    site.acct.worker.run_once()


def test_something_of_everything_is_there_to_be_forgotten(site: Site, now: datetime) -> None:
    with site.acct.database.session() as db:
        live(site, db, now)
    assert {name for name, rows in left(site).items() if not rows} == set()


def test_after_400_days_nothing_is_left_but_what_is_meant_to_stay(site: Site, now: datetime) -> None:
    with site.acct.database.session() as db:
        live(site, db, now)
    pass_days(site, 400)
    # The duties themselves are counted.
    assert {name for name, rows in left(site).items() if rows} - {"acct_tally"} == STAYS
    with site.acct.database.session() as db:
        assert {key.partition(":")[0] for key in db.scalars(select(LimitCount.key))} == {"duty", "worker"}
        assert db.scalars(select(HelpVoteCount.helpful)).all() == [2]


@pytest.mark.parametrize(("days", "is_there"), [(29, True), (32, False)])
def test_a_dead_link_can_say_what_became_of_it_for_thirty_days(
    site: Site, now: datetime, days: int, is_there: bool
) -> None:
    with site.acct.database.session() as db:
        live(site, db, now)
    pass_days(site, days)
    with site.acct.database.session() as db:
        kept = set(db.scalars(select(Token.purpose)))
    assert ("password_link" in kept) == is_there
    assert "invitation" in kept


def test_a_link_that_is_still_good_is_kept_however_old_it_is(site: Site, now: datetime) -> None:
    with site.acct.database.session() as db:
        tokens.issue(a_scope(db, keys=KEYS, now=now), "activation", user=site.people.bob, lifetime=timedelta(days=300))
        db.commit()
    pass_days(site, 200)
    assert left(site)["acct_token"] == 1


@pytest.mark.parametrize(("days", "why"), [(89, "expired"), (120, "unknown")])
def test_an_invitation_over_long_ago_is_said_to_be_none(site: Site, now: datetime, days: int, why: str) -> None:
    with site.acct.database.session() as db:
        live(site, db, now)
        token = db.scalars(select(Token).where(Token.purpose == "invitation")).one()
        secret = tokens.secret_of(token, KEYS)
    pass_days(site, days)
    with site.acct.database.session() as db:
        found = answering.find(a_scope(db, now=site.clock()), secret)
    assert isinstance(found, answering.InvitationLinkDead)
    assert found.why == why


@pytest.mark.parametrize(("days", "rows"), [(89, 1), (91, 0)])
def test_a_user_name_that_was_given_up_is_remembered_for_ninety_days(
    site: Site, now: datetime, days: int, rows: int
) -> None:
    with site.acct.database.session() as db:
        live(site, db, now)
    pass_days(site, days)
    assert left(site)["acct_former_username"] == rows


def test_a_session_past_its_longest_time_is_forgotten_though_it_was_used_a_moment_ago(
    site: Site, now: datetime
) -> None:
    with site.acct.database.session() as db:
        for hours in (23, 25):
            sessions.begin(a_scope(db, now=now - timedelta(hours=hours)), site.people.alice, None)
        db.execute(update(UserSession).values(last_used_at=now))
        db.commit()
    pass_days(site, 0)
    assert left(site)["acct_session"] == 1


def test_a_session_is_kept_until_its_idle_time_is_over(site: Site, now: datetime) -> None:
    with site.acct.database.session() as db:
        for minutes in (30, 32):
            sessions.begin(a_scope(db, now=now - timedelta(minutes=minutes)), site.people.alice, None)
        db.commit()
    pass_days(site, 0)
    assert left(site)["acct_session"] == 1
