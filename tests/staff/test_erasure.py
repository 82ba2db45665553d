"""Whoever is deleted is nowhere any more but in the audit log, and in what other accounts hold as their own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from blinker import NamedSignal
from sqlalchemy import event, func, select, text, update
from sqlalchemy.orm import Session

from flask_acct.accounts import usernames
from flask_acct.config import Config
from flask_acct.db.database import Database
from flask_acct.db.models import (
    Account,
    AuditEntry,
    Contact,
    FormerUsername,
    Invitation,
    OutboxMail,
    PendingRequest,
    SupportCase,
    Token,
    Transfer,
    Unsubscription,
    User,
    UserSession,
    metadata,
)
from flask_acct.features.invitations.flows import inviting
from flask_acct.features.login import flows as login
from flask_acct.features.members import flows as members
from flask_acct.features.recovery import flows as recovery
from flask_acct.mail import account_mails, handlers, outbox
from flask_acct.scope import Scope
from flask_acct.security import sessions, tokens, unsent_forms
from flask_acct.staff import accounts, acts, erasure, export, users
from flask_acct.staff.acts import CannotAct, ReasonMissing, RoleNotEnough
from flask_acct.staff.erasure import Erased
from flask_acct.staff.export import Exported
from flask_acct.testing.records import PASSWORD, add_account, add_member, add_user

from ..personas import Personas, settle
from ..scopes import NOON, a_scope
from .conftest import ADA, SAM, Office

ZOE = ("zoe@quixote.example", "zoequix", "Zoe Quixote")
"""Her address, her user name and her name: nobody else's words hold them."""

Rows = dict[str, list[str]]


def silent(_signal: NamedSignal, /, **_about: Any) -> None:
    """Nobody listens."""


def dump(db: Session) -> Rows:
    """All that the database holds, as text, by table."""
    db.expire_all()
    names = [table.name for table in metadata.sorted_tables]
    return {name: [repr(tuple(row)) for row in db.execute(text(f"SELECT * FROM {name}"))] for name in names}


def where(db: Session, *words: str) -> set[str]:
    """The tables that hold one of the words."""
    found = dump(db).items()
    return {name for name, rows in found for row in rows if any(word.lower() in row.lower() for word in words)}


def people(db: Session) -> Personas:
    return settle(db=db, config=Config(), now=NOON)


def zoe_in(db: Session, scope: Scope, known: Personas) -> User:
    """Zoe works for Alice, and has left something in every table."""
    address, username, name = ZOE
    first, last = name.split()
    zoe = add_user(scope, address, username=username, first_name=first, last_name=last)
    zoe.fields = {"nickname": "Quixote"}
    add_member(scope, zoe, known.account)
    sessions.begin(scope, zoe, known.account.id, user_agent="Zoequix/1.0")
    usernames.reserve_former(scope, "quixada", user=zoe)
    tokens.issue(scope, "password_link", user=zoe, lifetime=timedelta(hours=1))
    tokens.issue_to_nobody(scope, "sign_up", address, lifetime=timedelta(hours=1))
    unsent_forms.keep(scope, "/account/contacts/new", {"note": "quixote"}, user_id=zoe.id, locale="en")
    users.change_address(scope, zoe, "zoe@new.quixote.example", by=ADA, reason="asked")
    left_behind(db, zoe, known)
    mailed(scope, zoe, known)
    db.commit()
    return zoe


def left_behind(db: Session, zoe: User, known: Personas) -> None:
    """What names Zoe, or was done by her, in an account and elsewhere."""
    address, ours, theirs = zoe.email, known.account, known.other_account
    life = {"created_at": NOON, "expires_at": NOON + timedelta(days=7)}
    contact = {"created_at": NOON, "changed_at": NOON}
    db.add_all([
        Contact(account_id=ours.id, email=address, email_key=address, first_name="Zoe", last_name="Quixote", **contact),
        Contact(account_id=ours.id, email="x@else.example", email_key="x@else.example", added_by_id=zoe.id, **contact),
        Unsubscription(account_id=ours.id, email_key=address, category="invoices", created_at=NOON),
        Invitation(account_id=ours.id, email=address, email_key=address, state="accepted", user_id=zoe.id,
                   invited_by_id=known.alice.id, sent_at=NOON, **life),
        Invitation(account_id=theirs.id, email=address, email_key=address, invited_by_id=known.charlie.id,
                   sent_at=NOON, **life),
        Invitation(account_id=ours.id, email="y@else.example", email_key="y@else.example", invited_by_id=zoe.id,
                   sent_at=NOON, **life),
        Transfer(account_id=ours.id, from_id=known.alice.id, to_id=zoe.id, **life),
        PendingRequest(reference="R-2222-2222", kind="recovery.password", locale="en", created_at=NOON,
                       named={"username": "ZoeQuix", "email": "Zoe@Quixote.example", "asked_from": ["Firefox"]}),
        PendingRequest(reference="R-3333-3333", kind="profile.email", locale="en", created_at=NOON,
                       named={"user": str(zoe.id), "email": "zoe@new.quixote.example"}),
        SupportCase(reference="R-4444-4444", name="Zoe Quixote", email="lost@else.example", text="I am Zoe Quixote.",
                    locale="en", user_id=zoe.id, created_at=NOON, changed_at=NOON),
        SupportCase(reference="R-5555-5555", name="Z.", email="Zoe@Quixote.example", text="It is me.", locale="en",
                    created_at=NOON, changed_at=NOON),
    ])  # fmt: skip
    ours.billing_email = "Zoe@quixote.example"
    db.flush()


def mailed(scope: Scope, zoe: User, known: Personas) -> None:
    """Mails to Zoe, and to others about her."""
    outbox.queue_for_user(scope, "password.changed", to=zoe, slots={"username": zoe.username})
    outbox.queue(scope, "products.news", recipient=zoe.email, locale="en", account=known.account, category="products")
    account_mails.notify(scope, "users.joined", known.alice, known.account, **account_mails.about(zoe))
    for reference in ("R-4444-4444", "R-5555-5555"):
        details = ["Zoe Quixote", "lost@else.example", "I am Zoe Quixote."]
        slots = {"reference": reference, "email": "lost@else.example", "details": details}
        outbox.queue(scope, "recovery.requested", recipient="help@company.example", locale="en", slots=slots)
    outbox.queue(scope, "staff.case_asked", recipient="lost@else.example", locale="en", recipient_name="Zoe Quixote",
                 slots={"name": "Zoe Quixote", "reference": "R-4444-4444", "text": ["?"]})  # fmt: skip


NOWHERE_OF_USERS = {
    "acct_account", "acct_domain", "acct_tally", "acct_help_vote", "acct_help_vote_count", "acct_help_feedback",
    "acct_help_search", "acct_password_work", "acct_staff", "acct_staff_session",
}  # fmt: skip
"""The tables that refer to no user and hold nothing of one, but for a billing address."""


def referring(db: Session, user: User) -> set[str]:
    """The tables with a row that refers to the user."""
    own = {table.name for table in metadata.sorted_tables for key in table.foreign_keys
           if key.column.table.name == "acct_user"
           and db.scalar(select(func.count()).select_from(table).where(key.parent == user.id))}  # fmt: skip
    return own | {"acct_user"}


def test_a_deleted_user_is_nowhere_but_in_the_audit_log(any_database: Database) -> None:
    with any_database.session() as db:
        known, scope = people(db), a_scope(db)
        zoe = zoe_in(db, scope, known)
        tables = {table.name for table in metadata.sorted_tables}
        assert tables - (where(db, *ZOE) | referring(db, zoe)) == NOWHERE_OF_USERS - {"acct_account"}
        outcome = erasure.delete_user(scope, zoe, by=ADA, reason="asked for it in writing", announce=silent)
        assert isinstance(outcome, Erased)
        db.commit()
        assert where(db, *ZOE, "quixote") == {"acct_audit"}
        assert db.scalars(select(FormerUsername.key)).all() == ["quixada"]


def test_what_another_account_holds_as_its_own_stays(any_database: Database) -> None:
    with any_database.session() as db:
        known, scope = people(db), a_scope(db)
        zoe = zoe_in(db, scope, known)
        theirs = known.other_account
        db.add(Contact(account_id=theirs.id, email=ZOE[0], email_key=ZOE[0], created_at=NOON, changed_at=NOON))
        db.add(Unsubscription(account_id=theirs.id, email_key=ZOE[0], category="products", created_at=NOON))
        outbox.queue(scope, "invoices.new", recipient=ZOE[0], locale="en", account=theirs, category="invoices")
        db.flush()
        erasure.delete_user(scope, zoe, by=ADA, reason="asked", announce=silent)
        db.commit()
        assert where(db, *ZOE) == {"acct_audit", "acct_contact", "acct_unsubscription", "acct_outbox"}
        for table in (Contact, Unsubscription, OutboxMail):
            mine = select(table.account_id).where(text("CAST({} AS text) LIKE '%quixote%'".format(
                {Contact: "email_key", Unsubscription: "email_key", OutboxMail: "recipient"}[table])))  # fmt: skip
            assert db.scalars(mine).all() == [theirs.id]


def test_what_is_about_somebody_else_stays_as_it_was(any_database: Database) -> None:
    with any_database.session() as db:
        known, scope = people(db), a_scope(db)
        tokens.issue(scope, "password_link", user=known.bob, lifetime=timedelta(hours=1))
        account_mails.notify(scope, "users.joined", known.alice, known.account, **account_mails.about(known.bob))
        db.add(PendingRequest(reference="R-1", kind="recovery.password", named={"email": "bob@example.com"},
                              locale="en", created_at=NOON))  # fmt: skip
        db.add(SupportCase(reference="R-2", name="Zoe Quixote", email="another@zoe.example", text="?", locale="en",
                           created_at=NOON, changed_at=NOON))  # fmt: skip
        outbox.queue(scope, "users.joined", recipient="w@else.example", locale="en",
                     slots={"name": "Zoe Quixote", "email": "another@zoe.example"})  # fmt: skip
        db.commit()
        before = dump(db)
        zoe = add_user(scope, ZOE[0], username=ZOE[1], first_name="Zoe", last_name="Quixote")
        db.commit()
        erasure.delete_user(scope, zoe, by=ADA, reason="asked", announce=silent)
        db.commit()
        after = dump(db)
        assert {name for name in before if before[name] != after[name]} == {"acct_audit"}


def test_what_somebody_of_the_same_name_asked_for_is_still_answered(office: Office) -> None:
    """By their address they are another one, who has no user name to tell them apart."""
    asked = {"name": "Zoe Quixote", "email": "another@zoe.example", "about": "I know nothing."}
    office.db.add(PendingRequest(reference="R-1", kind="recovery.request", named=asked, locale="en", created_at=NOON))
    zoe = add_user(office.scope, ZOE[0], username=ZOE[1], first_name="Zoe", last_name="Quixote")
    told = export.export_user(office.scope, zoe, by=ADA, reason="asked")
    assert isinstance(told, Exported)
    assert "R-1" not in told.content
    erasure.delete_user(office.scope, zoe, by=ADA, reason="asked", announce=silent)
    assert office.db.scalars(select(PendingRequest.reference)).all() == ["R-1"]


def test_an_address_is_found_in_either_spelling_of_its_domain(any_database: Database) -> None:
    """The address of a user has A-labels; people write their domain with its accents."""
    with any_database.session() as db:
        scope = a_scope(db)
        ana = add_user(scope, "ana@xn--panadera-i2a.example", username="ana")
        written = "Ana@panadería.example"
        db.add_all([
            PendingRequest(reference="R-1", kind="recovery.username", named={"email": written}, locale="en",
                           created_at=NOON),
            SupportCase(reference="R-2", name="A.", email=written, text="?", locale="en", created_at=NOON,
                        changed_at=NOON),
        ])  # fmt: skip
        slots = {"reference": "R-2", "email": written, "details": ["A.", written]}
        outbox.queue(scope, "recovery.requested", recipient="help@company.example", locale="en", slots=slots)
        db.commit()
        told = export.export_user(scope, ana, by=ADA, reason="asked")
        assert isinstance(told, Exported)
        assert [one in told.content for one in ("R-1", "R-2")] == [True, True]
        erasure.delete_user(scope, ana, by=ADA, reason="asked", announce=silent)
        db.commit()
        assert where(db, "panader") == {"acct_audit"}


@pytest.mark.parametrize(
    "changed",
    [{"email": "new@quixote.example", "email_key": "new@quixote.example"}, {"created_at": NOON + timedelta(hours=1)}],
)
def test_whoever_is_another_one_by_the_time_they_are_locked_stays(
    any_database: Database, changed: dict[str, Any]
) -> None:
    """They have another address, by which nothing was looked for; or SQLite gave their number to somebody else."""
    with any_database.session() as db:
        zoe = add_user(a_scope(db), ZOE[0], username=ZOE[1])
        db.commit()
        with any_database.session() as other:
            other.execute(update(User).where(User.id == zoe.id).values(**changed))
            other.commit()
        outcome = erasure.delete_user(a_scope(db), zoe, by=ADA, reason="asked", announce=silent)
        assert outcome == CannotAct("other_step")
        db.rollback()
        assert db.get(User, zoe.id) is not None


def test_a_mailbox_that_somebody_shares_is_not_emptied(office: Office) -> None:
    office.people.bob.email = office.people.bob.email_key = ZOE[0]
    zoe = add_user(office.scope, "z@quixote.example", username=ZOE[1])
    zoe.email = zoe.email_key = ZOE[0]
    outbox.queue(office.scope, "signup.known", recipient=ZOE[0], locale="en")
    outbox.queue_for_user(office.scope, "password.changed", to=zoe)
    office.db.flush()
    erasure.delete_user(office.scope, zoe, by=ADA, reason="asked", announce=silent)
    assert office.db.scalars(select(OutboxMail.mail)).all() == ["signup.known"]


def test_a_mail_that_a_shared_mailbox_waits_for_is_still_sent(office: Office) -> None:
    zoe = add_user(office.scope, ZOE[0], username=ZOE[1])
    both = {"usernames": ["bob", ZOE[1]]}
    outbox.queue_for_user(office.scope, "recovery.usernames", to=office.people.bob, slots=both, is_urgent=True)
    outbox.queue_for_user(office.scope, "recovery.usernames", to=office.people.bob, slots=both).state = "sent"
    office.db.flush()
    erasure.delete_user(office.scope, zoe, by=ADA, reason="asked", announce=silent)
    assert office.db.scalars(select(OutboxMail.state)).all() == ["queued"]


@pytest.fixture
def heedless(database: Database) -> Iterator[Session]:
    """A database of a host's that does not heed foreign keys, as SQLite by itself."""
    event.listen(database.engine, "connect", lambda one, _: one.execute("PRAGMA foreign_keys = OFF"))
    with database.session() as db:
        yield db


def dangling(db: Session) -> list[str]:
    """The references to rows that are not there."""
    return [repr(row) for row in db.execute(text("PRAGMA foreign_key_check"))]


def test_nothing_refers_to_who_is_gone_where_the_database_does_not_see_to_it(heedless: Session) -> None:
    db = heedless
    assert db.scalar(text("PRAGMA foreign_keys")) == 0
    known, scope = people(db), a_scope(db)
    zoe = zoe_in(db, scope, known)
    assert isinstance(erasure.delete_user(scope, zoe, by=ADA, reason="asked", announce=silent), Erased)
    db.commit()
    assert dangling(db) == []
    assert where(db, *ZOE) == {"acct_audit"}
    close(scope, known.account)
    assert isinstance(erasure.delete_account(scope, known.account, by=ADA, reason="asked", announce=silent), Erased)
    db.commit()
    assert dangling(db) == []


def close(scope: Scope, account: Account) -> None:
    accounts.set_state(scope, account, "closed", by=ADA, reason="asked for it")


def test_a_deleted_account_takes_all_that_was_in_it(any_database: Database) -> None:
    with any_database.session() as db:
        known, scope = people(db), a_scope(db)
        zoe_in(db, scope, known)
        inviting.invite(scope, known.account, "new@else.example", [], by=known.alice, locale="en")
        known.account.address1 = "Ortega Square 1"
        close(scope, known.account)
        db.commit()
        outcome = erasure.delete_account(scope, known.account, by=ADA, reason="asked", announce=silent)
        assert isinstance(outcome, Erased)
        assert [one.email for one in outcome.users] == ["alice@example.com", "bob@example.com", ZOE[0]]
        db.commit()
        words = (*ZOE, "alice", "bob@", "ortega", "9000", "new@else.example", "x@else.example", "y@else.example")
        assert where(db, *words) == {"acct_audit"}
        log = db.execute(select(AuditEntry.act, AuditEntry.on_name, AuditEntry.about).order_by(AuditEntry.id)).all()
        assert log[-1] == ("account.delete", "9000", {"users": 3, "contacts": 2, "domains": 1})
        assert [one.on_name for one in log if one.act == "user.delete"] == [one.email for one in outcome.users]


def test_users_who_are_in_another_account_stay_and_have_that_in_view(office: Office) -> None:
    scope, known = office.scope, office.people
    add_member(scope, known.bob, known.other_account)
    secret = sessions.begin(scope, known.bob, known.account.id)
    would = erasure.would_go(scope, known.account)
    assert [one.email for one in would.users] == ["alice@example.com"]
    assert [one.email for one in would.staying] == ["bob@example.com"]
    close(scope, known.account)
    erasure.delete_account(scope, known.account, by=ADA, reason="asked", announce=silent)
    office.db.expire_all()
    here = sessions.load(scope, secret)
    assert here is not None
    assert here.account == known.other_account


def test_an_account_that_is_not_closed_stays(office: Office) -> None:
    outcome = erasure.delete_account(office.scope, office.people.account, by=ADA, reason="asked", announce=silent)
    assert outcome == CannotAct("not_closed")
    assert office.db.get(Account, office.people.account.id) is not None


def test_whoever_owns_an_account_is_refused_with_its_number(office: Office) -> None:
    outcome = erasure.delete_user(office.scope, office.people.alice, by=ADA, reason="asked", announce=silent)
    assert outcome == CannotAct("owns_account", {"number": "9000"})
    assert office.db.get(User, office.people.alice.id) is not None


def test_a_deleted_user_is_signed_out_and_their_invitations_are_void(office: Office) -> None:
    scope, known = office.scope, office.people
    secret = sessions.begin(scope, known.bob, known.account.id)
    life = {"created_at": NOON, "sent_at": NOON, "expires_at": NOON + timedelta(days=7)}
    link = tokens.issue(scope, "invitation", user=known.bob, address="y@else.example", lifetime=timedelta(days=7))
    sent = Invitation(account_id=known.account.id, email="y@else.example", email_key="y@else.example",
                      invited_by_id=known.bob.id, token_id=link.id, **life)  # fmt: skip
    office.db.add(sent)
    outbox.queue(scope, "users.invitation", recipient="y@else.example", locale="en", token=link)
    office.db.flush()
    erasure.delete_user(scope, known.bob, by=ADA, reason="asked", announce=silent)
    office.db.expire_all()
    assert sessions.load(scope, secret) is None
    assert sent.state == "revoked"
    assert sent.invited_by_id is None
    assert sent.token_id is None
    assert office.db.scalars(select(OutboxMail)).all() == []


def test_an_account_without_its_sub_user_gets_no_mail_about_it(office: Office) -> None:
    erasure.delete_user(office.scope, office.people.bob, by=ADA, reason="asked", announce=silent)
    assert office.db.scalars(select(OutboxMail)).all() == []


def test_a_user_name_is_free_again(office: Office) -> None:
    erasure.delete_user(office.scope, office.people.bob, by=ADA, reason="asked", announce=silent)
    assert add_user(office.scope, "bob@example.com", username="bob").username == "bob"


def test_whoever_gets_the_id_of_a_deleted_user_has_no_history(office: Office) -> None:
    charlie = add_user(office.scope, "last@example.com", username="last")
    users.disable(office.scope, charlie, by=ADA, reason="fraud")
    id_ = charlie.id
    erasure.delete_user(office.scope, charlie, by=ADA, reason="asked", announce=silent)
    office.later(minutes=1)
    new = add_user(office.scope, "new@example.com", username="new")
    assert new.id == id_
    assert acts.about(office.scope, "user", new.id, new.created_at) == []


@pytest.mark.parametrize(("who", "reason", "refusal"), [(SAM, "asked", RoleNotEnough), (ADA, " ", ReasonMissing)])
def test_nobody_but_an_administrator_with_a_reason_deletes(
    office: Office, who: acts.Actor, reason: str, refusal: type
) -> None:
    known = office.people
    close(office.scope, known.account)
    for act, on in ((erasure.delete_user, known.bob), (erasure.delete_account, known.account)):
        assert isinstance(act(office.scope, on, by=who, reason=reason, announce=silent), refusal)  # type: ignore[operator]


HOSTS = {
    "bread": "CREATE TABLE bread (id integer PRIMARY KEY, baker integer REFERENCES acct_user (id))",
    "crumb": "CREATE TABLE crumb (id integer PRIMARY KEY, baker integer REFERENCES acct_user (id) ON DELETE CASCADE)",
    "flour": "CREATE TABLE flour (id integer PRIMARY KEY, sacks integer REFERENCES acct_account (id))",
    "later": "CREATE TABLE later (id integer PRIMARY KEY, baker integer REFERENCES acct_user (id) "
             "DEFERRABLE INITIALLY DEFERRED)",
}  # fmt: skip


def baked(db: Session, table: str, id_: int) -> None:
    """The app has a table of its own with a row that refers to one of ours."""
    db.execute(text(HOSTS[table]))
    db.execute(text(f"INSERT INTO {table} VALUES (1, {id_})"))
    db.commit()


@pytest.mark.parametrize("table", ["bread", "later"])
def test_a_table_of_the_apps_that_refers_to_a_user_is_named_and_nothing_is_deleted(
    any_database: Database, table: str
) -> None:
    with any_database.session() as db:
        known, scope = people(db), a_scope(db)
        baked(db, table, known.bob.id)
        before = dump(db)
        outcome = erasure.delete_user(scope, known.bob, by=ADA, reason="asked", announce=silent)
        assert outcome == CannotAct("user_is_used", {"tables": table})
        db.commit()
        assert dump(db) == before


def test_a_table_of_the_apps_that_refers_to_an_account_is_named(any_database: Database) -> None:
    with any_database.session() as db:
        known, scope = people(db), a_scope(db)
        baked(db, "flour", known.account.id)
        close(scope, known.account)
        outcome = erasure.delete_account(scope, known.account, by=ADA, reason="asked", announce=silent)
        assert outcome == CannotAct("account_is_used", {"tables": "flour"})


def test_rows_of_the_apps_that_go_with_a_user_keep_nobody(any_database: Database) -> None:
    with any_database.session() as db:
        known, scope = people(db), a_scope(db)
        baked(db, "crumb", known.bob.id)
        assert isinstance(erasure.delete_user(scope, known.bob, by=ADA, reason="asked", announce=silent), Erased)
        db.commit()
        assert db.scalar(text("SELECT count(*) FROM crumb")) == 0


@pytest.mark.postgres
def test_a_table_in_another_schema_is_named_with_it(postgres_url: str) -> None:
    database = Database.at(postgres_url)
    with database.session() as db:
        known, scope = people(db), a_scope(db)
        db.execute(text("CREATE SCHEMA shop"))
        db.execute(text("CREATE TABLE shop.bread (baker integer REFERENCES acct_user (id))"))
        db.execute(text(f"INSERT INTO shop.bread VALUES ({known.bob.id})"))
        outcome = erasure.delete_user(scope, known.bob, by=ADA, reason="asked", announce=silent)
        assert outcome == CannotAct("user_is_used", {"tables": "shop.bread"})
    database.engine.dispose()


def test_a_receiver_deletes_what_the_app_holds_in_the_same_transaction(any_database: Database) -> None:
    def clear(signal: NamedSignal, /, db: Session, **about: Any) -> None:
        heard.append(signal.name)
        if user := about.get("user"):
            db.execute(text("DELETE FROM bread WHERE baker = :id"), {"id": user.id})

    heard: list[str] = []
    with any_database.session() as db:
        known, scope = people(db), a_scope(db)
        baked(db, "bread", known.bob.id)
        close(scope, known.account)
        outcome = erasure.delete_account(scope, known.account, by=ADA, reason="asked", announce=clear)
        assert isinstance(outcome, Erased)
        assert heard == ["user-deleting", "user-deleting", "account-deleting"]
        told = [signal.name for signal, _ in erasure.signals_of(outcome, known.account)]
        assert told == ["user-deleted", "user-deleted", "account-deleted"]
        db.rollback()
        assert db.scalar(text("SELECT count(*) FROM bread")) == 1


def test_what_a_receiver_has_deleted_is_back_if_the_user_is_kept(any_database: Database) -> None:
    def clear_some(_signal: NamedSignal, /, db: Session, **_about: Any) -> None:
        db.execute(text("DELETE FROM crumb"))

    with any_database.session() as db:
        known, scope = people(db), a_scope(db)
        for table in ("bread", "crumb"):
            baked(db, table, known.bob.id)
        outcome = erasure.delete_user(scope, known.bob, by=ADA, reason="asked", announce=clear_some)
        assert isinstance(outcome, CannotAct)
        db.commit()
        assert db.scalar(text("SELECT count(*) FROM crumb")) == 1


def test_the_contact_that_goes_with_a_user_is_told_of(office: Office) -> None:
    known = office.people
    office.db.add(Contact(account_id=known.account.id, email=known.bob.email, email_key=known.bob.email_key,
                          created_at=NOON, changed_at=NOON))  # fmt: skip
    office.db.flush()
    outcome = erasure.delete_user(office.scope, known.bob, by=ADA, reason="asked", announce=silent)
    assert [signal.name for signal, _ in erasure.signals_of(outcome)] == ["contact-removed", "user-deleted"]


@pytest.mark.long
@pytest.mark.postgres
def test_whatever_is_done_with_somebody_while_they_are_deleted_comes_before_or_not_at_all(postgres_url: str) -> None:
    """Nobody waits for somebody who waits for them, and nothing outlives its user."""
    database = Database.at(postgres_url)
    with database.session() as db:
        known = people(db)
    for turn in range(12):
        with database.session() as db:
            late = late_one(db, known, turn)
        act = [_signing_in(late), _answering(late), _removing(late, known), _inviting(late, known), _deleting(late)]
        outcomes = at_once(database, *act)
        assert [one for one in outcomes if isinstance(one, Exception)] == []
        with database.session() as db:
            if CannotAct("other_step") in outcomes:
                # Somebody invited them in between, and staff press the button once more.
                outcomes.append(_deleting(late)(db))
                db.commit()
            assert any(isinstance(one, Erased) for one in outcomes)
            assert db.scalars(select(UserSession).where(UserSession.user_id == late.id)).all() == []
            assert db.scalars(select(Token).where(Token.user_id == late.id)).all() == []
    database.engine.dispose()


@pytest.mark.postgres
def test_a_short_name_holds_up_nobody_else(postgres_url: str) -> None:
    """Who is called "e" would be in everything that anybody wrote."""
    database = Database.at(postgres_url)
    with database.session() as db:
        zoe = add_user(a_scope(db), "e@quixote.example", username="e", first_name="E", last_name="E")
        for reference, name in (("R-1", "eve"), ("R-2", "E")):
            db.add(PendingRequest(reference=reference, kind="recovery.password", named={"username": name}, locale="en",
                                  created_at=NOON))  # fmt: skip
        db.commit()
        with database.session() as other:
            other.scalars(select(PendingRequest).where(PendingRequest.reference == "R-1").with_for_update()).all()
            db.execute(text("SET LOCAL lock_timeout = '500ms'"))
            erasure.delete_user(a_scope(db), zoe, by=ADA, reason="asked", announce=silent)
        assert db.scalars(select(PendingRequest.reference)).all() == ["R-1"]
    database.engine.dispose()


@pytest.mark.long
@pytest.mark.postgres
def test_people_sign_in_while_their_account_is_deleted(postgres_url: str) -> None:
    """Who goes with it, and who stays because they are in another: nobody waits for somebody who waits for them."""
    database = Database.at(postgres_url)
    with database.session() as db:
        known = people(db)
    for turn in range(12):
        with database.session() as db:
            scope, number = a_scope(db), str(7000 + turn)
            late = late_one(db, known, turn)
            owner = add_user(scope, f"owner{turn}@example.com", username=f"owner{turn}")
            account = add_account(scope, "Late Ltd", owner=owner, number=number)
            add_member(scope, late, account)
            add_member(scope, db.get_one(User, known.bob.id), account)
            sessions.begin(scope, known.bob, account.id)
            close(scope, account)
            db.commit()
        act = [_signing_in(one) for one in (owner, owner, late, known.bob, known.bob)]
        outcomes = at_once(database, *act, _answering(late), _deleting_account(account))
        assert [one for one in outcomes if isinstance(one, Exception)] == []
        assert any(isinstance(one, Erased) for one in outcomes)
    with database.session() as db:
        assert set(db.scalars(select(Account.number))) == {"9000", "9001"}
    database.engine.dispose()


def _deleting_account(account: Account) -> Callable[[Session], object]:
    return lambda db: erasure.delete_account(
        a_scope(db), db.get_one(Account, account.id), by=ADA, reason="asked", announce=silent
    )


def late_one(db: Session, known: Personas, turn: int) -> User:
    """Somebody who works for Alice, and has just asked for a new password."""
    scope = a_scope(db)
    late = add_user(scope, f"late{turn}@example.com", username=f"late{turn}")
    add_member(scope, late, db.get_one(Account, known.account.id))
    db.add(PendingRequest(reference=f"R-{turn}", kind="recovery.password", named={"email": late.email}, locale="en",
                          created_at=NOON))  # fmt: skip
    db.commit()
    return late


def _signing_in(late: User) -> Callable[[Session], object]:
    return lambda db: login.sign_in(a_scope(db), late.email, PASSWORD, network="192.0.2.1")


def _answering(late: User) -> Callable[[Session], object]:
    def answer(db: Session) -> object:
        waiting = db.scalar(select(PendingRequest.id).where(PendingRequest.answered_at.is_(None)))
        claimed = handlers.claim(a_scope(db), waiting) if waiting else None
        return recovery.answer_password(a_scope(db), claimed) if claimed else None

    return answer


def _removing(late: User, known: Personas) -> Callable[[Session], object]:
    return lambda db: members.remove(
        a_scope(db), db.get_one(Account, known.account.id), late.id, by=db.get_one(User, known.alice.id)
    )


def _inviting(late: User, known: Personas) -> Callable[[Session], object]:
    return lambda db: inviting.invite(
        a_scope(db),
        db.get_one(Account, known.other_account.id),
        late.email,
        [],
        by=db.get_one(User, known.charlie.id),
        locale="en",
    )


def _deleting(late: User) -> Callable[[Session], object]:
    return lambda db: erasure.delete_user(
        a_scope(db), db.get_one(User, late.id), by=ADA, reason="asked", announce=silent
    )


def at_once(database: Database, *do: Callable[[Session], object]) -> list[object]:
    """All of it is done at the same time. Returns what came of each, also an error."""
    gate, outcomes = threading.Barrier(len(do)), list[object]()

    def run(act: Callable[[Session], object]) -> None:
        gate.wait(30)
        try:
            with database.session() as db:
                outcomes.append(act(db))
                db.commit()
        except Exception as error:  # noqa: BLE001 - any error at all is a finding
            outcomes.append(error)

    threads = [threading.Thread(target=run, args=(one,)) for one in do]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return outcomes
