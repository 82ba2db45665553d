"""What staff do for users leads nowhere but to the address on file."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from flask_acct.db.models import AddressChange, OutboxMail, PendingRequest, SupportCase
from flask_acct.features.recovery import flows as recovery
from flask_acct.mail import address_changes
from flask_acct.staff import cases, members, users
from flask_acct.staff.acts import ActDone, CannotAct

from ..presets import EACH
from ..scopes import NOON
from .conftest import ADA, SAM, Office


@pytest.mark.parametrize("preset", EACH)
def test_the_way_back_in_is_that_of_the_users_own_request(open_office: Callable[..., Office], preset: str) -> None:
    office = open_office(preset)
    outcome = users.send_recovery(office.scope, office.people.alice, by=SAM, reason="called")
    assert isinstance(outcome, ActDone)
    request = office.db.scalars(select(PendingRequest)).one()
    assert recovery.answer_password(office.scope, request) == "mailed"
    mail = office.db.scalars(select(OutboxMail)).one()
    assert mail.recipient == "alice@example.com"


def test_nobody_is_sent_a_way_in_to_an_address_that_was_never_proven(office: Office) -> None:
    office.people.alice.email_verified_at = None
    outcome = users.send_recovery(office.scope, office.people.alice, by=SAM, reason="called")
    assert outcome == CannotAct("not_verified")


def test_an_address_of_somebody_else_is_refused_also_if_they_got_it_meanwhile(office: Office) -> None:
    alice, charlie = office.people.alice, office.people.charlie
    outcome = users.change_address(office.scope, alice, "charlie@example.net", by=ADA, reason="x")
    assert outcome == CannotAct("address_in_use")
    users.change_address(office.scope, alice, "soon@example.net", by=ADA, reason="x")
    office.db.flush()
    charlie.email = charlie.email_key = charlie.sign_in_email = "soon@example.net"
    office.db.flush()
    office.later(hours=72)
    users.change_due_addresses(office.scope)
    assert alice.email == "alice@example.com"
    assert office.db.scalars(select(AddressChange.state)).all() == ["in_use"]


def test_a_change_that_waits_ends_when_the_user_changes_the_address_themselves(office: Office) -> None:
    alice = office.people.alice
    users.change_address(office.scope, alice, "staff@new.example", by=ADA, reason="x")
    assert address_changes.move(office.scope, alice, "own@new.example")
    office.later(hours=72)
    users.change_due_addresses(office.scope)
    assert alice.email == "own@new.example"


def test_only_the_last_change_of_an_address_waits(office: Office) -> None:
    for address in ("one@new.example", "two@new.example"):
        users.change_address(office.scope, office.people.alice, address, by=ADA, reason="x")
    office.later(hours=72)
    users.change_due_addresses(office.scope)
    assert office.people.alice.email == "two@new.example"
    office.db.expire_all()
    assert sorted(office.db.scalars(select(AddressChange.state))) == ["cancelled", "done"]


def test_answered_requests_and_old_changes_are_forgotten_and_sessions_past_their_end(office: Office) -> None:
    case = SupportCase(
        reference="R-1", name="A", email="a@else.example", text="?", locale="en", state="answered", created_at=NOON,
        changed_at=NOON,
    )  # fmt: skip
    office.db.add(case)
    users.change_address(office.scope, office.people.alice, "one@new.example", by=ADA, reason="x")
    users.keep_address(office.scope, office.people.alice, by=ADA, reason="x")
    office.db.flush()
    office.later(days=200)
    for forget in (cases.forget_old, users.forget_old, members.forget_ended):
        forget(office.scope)
    assert office.db.scalars(select(SupportCase)).all() == []
    assert office.db.scalars(select(AddressChange)).all() == []


def test_a_session_of_staff_ends_after_its_longest_time(open_office: Callable[..., Office]) -> None:
    office = open_office(absolute_hours=1)
    made = members.add(office.scope, "ada@company.example", "admin", by=ADA, reason="first")
    assert isinstance(made, members.LinkMade)
    set_ = members.set_password(office.scope, made.secret, "eleven quiet foxes", "eleven quiet foxes")
    assert set_ == members.StaffPasswordSet()
    entered = members.sign_in(office.scope, "ADA@company.example", "eleven quiet foxes", network="192.0.2.1")
    assert isinstance(entered, members.StaffWelcome)
    for _ in range(6):
        here = members.load(office.scope, entered.secret)
        assert here is not None
        members.touch(office.scope, here.session.id)
        office.db.expire_all()
        office.now += timedelta(minutes=10)
    assert members.load(office.scope, entered.secret) is None
