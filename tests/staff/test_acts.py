"""Every act has a reason, is allowed by a role, and stays in the log."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DatabaseError

from flask_acct.db.database import Database
from flask_acct.db.models import AuditEntry, OutboxMail, SupportCase
from flask_acct.staff import accounts, acts, cases, erasure, export, mails, members, users
from flask_acct.staff.acts import ActDone, Outcome, ReasonMissing, RoleNotEnough, Target

from ..scopes import NOON, a_scope
from .conftest import ADA, SAM, Office

Act = Callable[..., Outcome]


def silent(*_: object, **_about: object) -> None:
    """No receiver listens."""


def the_acts(office: Office) -> dict[str, Callable[..., Any]]:
    """Every act by its name, as it is called with whoever does it and why."""
    scope, people = office.scope, office.people
    made = members.add(scope, "new@company.example", "support", by=ADA, reason="hired")
    assert isinstance(made, members.LinkMade)
    case = SupportCase(
        reference="R-1", name="A", email="a@else.example", text="?", locale="en", created_at=NOON, changed_at=NOON
    )
    office.db.add(case)
    mail = mailed(office, "dead")
    closed = people.other_account
    closed.state = "closed"
    on_user = ("disable", "enable", "end_sessions", "unlock", "send_recovery", "keep_address")
    found: dict[str, Callable[..., Any]] = {
        f"user.{name}": partial(getattr(users, name), scope, people.alice) for name in on_user
    }
    return found | {
        "user.change_address": lambda **how: users.change_address(scope, people.alice, "a@new.example", **how),
        "account.state": lambda **how: accounts.set_state(scope, people.account, "suspended", **how),
        "account.plan": lambda **how: accounts.set_plan(scope, people.account, "trial", date(2026, 5, 1), **how),
        "account.domains": lambda **how: accounts.set_domains(scope, people.account, "new.example", **how),
        "case.take": lambda **how: cases.take(scope, case, **how),
        "case.ask": lambda **how: cases.ask(scope, case, "Who?", **how),
        "case.verify": lambda **how: cases.verify(scope, case, people.alice, **how),
        "case.answer": lambda **how: cases.answer(scope, case, "So.", sends=False, **how),
        "mail.retry": lambda **how: mails.retry(scope, mail, **how),
        "mail.discard": lambda **how: mails.discard(scope, mail, **how),
        "staff.add": lambda **how: members.add(scope, "two@company.example", "admin", **how),
        "staff.link": lambda **how: members.new_link(scope, made.member, **how),
        "staff.role": lambda **how: members.set_role(scope, made.member, "admin", **how),
        "staff.remove": lambda **how: members.remove(scope, made.member, **how),
        "user.export": lambda **how: export.export_user(scope, people.alice, **how),
        "account.export": lambda **how: export.export_account(scope, people.account, **how),
        "user.delete": lambda **how: erasure.delete_user(scope, people.bob, announce=silent, **how),
        "account.delete": lambda **how: erasure.delete_account(scope, closed, announce=silent, **how),
    }


def log(office: Office) -> list[str]:
    return [one.act for one in office.db.scalars(select(AuditEntry).order_by(AuditEntry.id))]


def test_support_looks_after_people_and_requests_and_does_nothing_else(office: Office) -> None:
    refused = {
        name for name, act in the_acts(office).items() if isinstance(act(by=SAM, reason="asked to"), RoleNotEnough)
    }
    assert set(the_acts_of_admins()) <= refused
    assert refused & acts.OF_SUPPORT == set()


def the_acts_of_admins() -> list[str]:
    return [
        "user.disable", "user.enable", "user.unlock", "user.change_address", "user.keep_address", "account.state",
        "account.plan", "account.domains", "mail.retry", "mail.discard", "staff.add", "staff.link", "staff.role",
        "staff.remove", "user.export", "account.export", "user.delete", "account.delete",
    ]  # fmt: skip


def test_nothing_is_done_without_a_reason(office: Office) -> None:
    todo = the_acts(office)
    before = log(office)
    assert {name for name, act in todo.items() if not isinstance(act(by=ADA, reason=" "), ReasonMissing)} == set()
    assert log(office) == before


def test_whatever_is_done_is_in_the_log_with_who_and_why(office: Office) -> None:
    done = [name for name, act in the_acts(office).items() if isinstance(act(by=ADA, reason="because"), ActDone)]
    entries = office.db.scalars(select(AuditEntry).where(AuditEntry.reason == "because")).all()
    assert set(done) <= {one.act for one in entries}
    assert {one.by for one in entries} == {"ada@company.example"}
    assert {one.at for one in entries} == {NOON}


@pytest.mark.parametrize("statement", [update(AuditEntry).values(reason="another"), delete(AuditEntry)])
def test_the_database_refuses_to_change_the_log(any_database: Database, statement: Any) -> None:
    with any_database.transaction() as db:
        acts.record(a_scope(db), ADA, "user.disable", Target("user", 1, "alice@example.com"), "fraud")
    with pytest.raises(DatabaseError, match="append-only"), any_database.transaction() as db:
        db.execute(statement)
    with any_database.transaction() as db:
        assert db.scalar(text("SELECT reason FROM acct_audit")) == "fraud"


def test_the_log_is_filtered_by_person_number_act_and_reason(office: Office) -> None:
    users.end_sessions(office.scope, office.people.alice, by=SAM, reason="lost a laptop")
    accounts.set_state(office.scope, office.people.account, "suspended", by=ADA, reason="unpaid 100%")
    found = {
        query: [one.act for one in acts.browse(office.scope, query=query).entries]
        for query in ("ALICE", "9000", "end_ses", "laptop", "sam@", "100%", "%")
    }
    assert found == {
        "ALICE": ["user.end_sessions"],
        "9000": ["account.state"],
        "end_ses": ["user.end_sessions"],
        "laptop": ["user.end_sessions"],
        "sam@": ["user.end_sessions"],
        "100%": ["account.state"],
        "%": ["account.state"],
    }


def test_a_dead_mail_whose_link_is_over_is_not_sent_again(office: Office) -> None:
    mail = mailed(office, "dead", expires_at=NOON)
    assert mails.retry(office.scope, mail, by=ADA, reason="x") == acts.CannotAct("link_over")


def test_a_message_that_was_discarded_is_in_the_log_alone(office: Office) -> None:
    mail = mailed(office, "dead", failure="550 no such user")
    assert isinstance(mails.discard(office.scope, mail, by=ADA, reason="left the company"), acts.ActDone)
    office.db.flush()
    assert mails.number_dead(office.scope) == 0
    assert office.db.scalars(select(OutboxMail)).all() == []
    [entry] = office.db.scalars(select(AuditEntry))
    assert entry.on_name == "a@example.com"
    assert entry.about == {"mail": "recovery.reset", "failure": "550 no such user"}


@pytest.mark.parametrize("state", ["queued", "leased", "sent"])
def test_only_what_was_not_delivered_is_discarded(office: Office, state: str) -> None:
    mail = mailed(office, state)
    assert mails.discard(office.scope, mail, by=ADA, reason="x") == acts.CannotAct("not_dead")
    assert office.db.scalars(select(OutboxMail)).all() == [mail]


def mailed(office: Office, state: str, **values: Any) -> OutboxMail:
    mail = OutboxMail(
        message_id="acct.1", mail="recovery.reset", recipient="a@example.com", locale="en", state=state,
        created_at=NOON, next_attempt_at=NOON, **values,
    )  # fmt: skip
    office.db.add(mail)
    office.db.flush()
    return mail
