"""Whoever asks what is stored about them gets all of it, and nothing of anybody else's."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import select

from flask_acct.db.models import AuditEntry, Contact, metadata
from flask_acct.mail import outbox
from flask_acct.staff import export
from flask_acct.staff.acts import ReasonMissing, RoleNotEnough
from flask_acct.staff.export import LEFT_OUT, SECTIONS, Exported
from flask_acct.testing.records import add_user

from ..scopes import NOON
from .conftest import ADA, SAM, Office
from .test_erasure import ZOE, zoe_in

SECRETS = ("argon2", "digest", "hash", "token")


def told_of(office: Office, user: Any) -> dict[str, Any]:
    outcome = export.export_user(office.scope, user, by=ADA, reason="asked")
    assert isinstance(outcome, Exported)
    return json.loads(outcome.content)  # type: ignore[no-any-return]


def test_every_column_is_exported_or_left_out_with_a_reason() -> None:
    told = {f"{one.table.__tablename__}.{name}" for one in SECTIONS for name in one.columns}
    told |= {name for name in LEFT_OUT if "." in name}
    known = {f"{table.name}.{column.name}" for table in metadata.sorted_tables if table.name not in LEFT_OUT
             for column in table.columns}  # fmt: skip
    assert known - told == set(), "Name it in a section of staff/export.py, or in LEFT_OUT with a reason."


def test_nothing_is_exported_and_left_out_or_unknown() -> None:
    told = {f"{one.table.__tablename__}.{name}" for one in SECTIONS for name in one.columns}
    known = {table.name for table in metadata.sorted_tables}
    known |= {f"{table.name}.{column.name}" for table in metadata.sorted_tables for column in table.columns}
    assert told & set(LEFT_OUT) == set()
    assert set(LEFT_OUT) - known == set()
    assert [name for name, why in LEFT_OUT.items() if not why.strip()] == []
    assert {one.partition(".")[0] for one in told} & set(LEFT_OUT) == set()


def test_a_column_of_bytes_or_of_a_digest_is_never_exported() -> None:
    told = [name for one in SECTIONS for name in one.columns]
    assert [name for name in told if any(secret in name for secret in (*SECRETS, "opened_with", "slots"))] == []


def test_a_user_is_told_all_that_is_stored_about_them(office: Office) -> None:
    zoe = zoe_in(office.db, office.scope, office.people)
    told = told_of(office, zoe)
    assert {name for name, rows in told.items() if not rows} == {"ownership_offers_made"}
    user = told["user"]
    assert user["email"] == ZOE[0]
    assert user["username"] == ZOE[1]
    assert user["first_name"] == "Zoe"
    assert user["fields"] == {"nickname": "Quixote"}
    assert [one["account"] for one in told["memberships"]] == ["9000"]
    assert told["sessions"][0]["user_agent"] == "Zoequix/1.0"
    assert told["address_changes"][0]["email"] == "zoe@new.quixote.example"
    assert told["former_user_names"][0]["key"] == "quixada"
    assert [one["reference"] for one in told["requests_for_access"]] == ["R-4444-4444", "R-5555-5555"]
    assert {one["kind"] for one in told["requests"]} == {"recovery.password", "profile.email", "unsent_form"}
    assert {one["mail"] for one in told["mails"]} == {"staff.address_planned", "password.changed", "products.news"}
    assert [one["act"] for one in told["staff_actions"]] == ["user.change_address"]


def test_nothing_of_others_and_no_secret_is_told(office: Office) -> None:
    zoe = zoe_in(office.db, office.scope, office.people)
    text = json.dumps(told_of(office, zoe)).lower()
    others = ("alice", "bob", "charlie", "x@else", "y@else", "ada@", "asked", "9001's")
    assert [word for word in (*others, *SECRETS) if word in text] == []
    assert str(zoe.password_hash).lower() not in text


def test_what_is_found_by_an_address_is_told_only_to_whom_it_is_proven_to_belong(office: Office) -> None:
    zoe = zoe_in(office.db, office.scope, office.people)
    zoe.email_verified_at = None
    office.db.flush()
    told = told_of(office, zoe)
    assert [one["reference"] for one in told["requests_for_access"]] == ["R-4444-4444"]
    assert told["unsubscriptions"] == []
    zoe.email_verified_at = NOON
    other = add_user(office.scope, "z@else.example", username="other")
    other.email = other.email_key = ZOE[0]
    office.db.flush()
    assert told_of(office, zoe)["unsubscriptions"] == []


def test_an_account_is_told_with_its_domains_contacts_and_users(office: Office) -> None:
    known = office.people
    office.db.add(Contact(account_id=known.account.id, email="x@else.example", email_key="x@else.example",
                          first_name="Xavi", created_at=NOON, changed_at=NOON))  # fmt: skip
    office.db.flush()
    outcome = export.export_account(office.scope, known.account, by=ADA, reason="asked")
    assert isinstance(outcome, Exported)
    told = json.loads(outcome.content)
    assert told["account"]["number"] == "9000"
    assert told["domains"] == [{"name": "ortega.example"}]
    assert told["contacts"][0]["first_name"] == "Xavi"
    assert [(one["email"], one["is_owner"]) for one in told["users"]] == [
        ("alice@example.com", True), ("bob@example.com", False),
    ]  # fmt: skip
    assert not any(word in outcome.content for word in ("argon2", "charlie"))


def test_an_accounts_file_tells_its_owner_no_more_of_mails_than_their_own_page(office: Office) -> None:
    """What was sent to a former owner alone is theirs, as it is on the page of the account's mails."""
    scope, known = office.scope, office.people
    outbox.queue_for_user(scope, "password.changed", to=known.alice, account=known.account)
    outbox.queue_for_user(scope, "password.changed", to=known.bob, account=known.account)
    outbox.queue(scope, "products.news", recipient="x@else.example", locale="en", account=known.account,
                 category="products")  # fmt: skip
    office.db.flush()
    outcome = export.export_account(scope, known.account, by=ADA, reason="asked")
    assert isinstance(outcome, Exported)
    told = [(one["mail"], one["recipient"]) for one in json.loads(outcome.content)["mails"]]
    assert told == [("password.changed", "alice@example.com"), ("products.news", "x@else.example")]


def test_that_data_were_exported_is_in_the_log(office: Office) -> None:
    export.export_user(office.scope, office.people.alice, by=ADA, reason="asked by post")
    export.export_account(office.scope, office.people.account, by=ADA, reason="asked by post")
    log = office.db.execute(select(AuditEntry.act, AuditEntry.on_name, AuditEntry.reason)).all()
    assert log == [
        ("user.export", "alice@example.com", "asked by post"), ("account.export", "9000", "asked by post"),
    ]  # fmt: skip


def test_nobody_but_an_administrator_with_a_reason_exports(office: Office) -> None:
    alice, account = office.people.alice, office.people.account
    assert isinstance(export.export_user(office.scope, alice, by=SAM, reason="asked"), RoleNotEnough)
    assert isinstance(export.export_account(office.scope, account, by=SAM, reason="asked"), RoleNotEnough)
    assert isinstance(export.export_user(office.scope, alice, by=ADA, reason=""), ReasonMissing)
