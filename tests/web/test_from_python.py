"""People and accounts from a host's own code: the same rules as pages and imports, in the host's transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import flask_sqlalchemy
import pytest
from flask import Flask, redirect, request
from flask_login import current_user
from sqlalchemy import func, select
from werkzeug.exceptions import TooManyRequests
from werkzeug.security import generate_password_hash
from werkzeug.test import TestResponse

from flask_acct import (
    Account,
    AddressInUse,
    AlreadyInvited,
    AlreadyMember,
    CannotSignIn,
    Membership,
    NotPermitted,
    PeopleError,
    TooManyInvitations,
    User,
    UsernameInUse,
    WeakPassword,
    WrongValue,
    account_state_changed,
    email_changed,
    user_signed_in,
    user_signed_out,
)
from flask_acct import config as configuration
from flask_acct.accounts.permissions import UnknownPermission
from flask_acct.db import schema
from flask_acct.db.models import Domain, OutboxMail, UserSession
from flask_acct.extension import Acct
from flask_acct.security import passwords
from flask_acct.testing import PASSWORD
from flask_acct.web.state import finish

from ..personas import NEW_PASSWORD
from ..scopes import SECRET_KEY
from .site import Build, Site, build
from .visitor import Visitor

ZOE = "zoe@example.com"


@pytest.fixture
def inside(site: Site) -> Iterator[Site]:
    """The default site, its app at hand as in a command of the host's."""
    with site.app.app_context():
        yield site


def count(site: Site, table: Any) -> int:
    with site.acct.database.session() as db:
        return db.scalar(select(func.count()).select_from(table)) or 0


def stored(site: Site, id_: int) -> User:
    with site.acct.database.session() as db:
        return db.get_one(User, id_)


def send(visitor: Visitor, path: str, data: dict[str, str]) -> TestResponse:
    """A form of the host's own."""
    return visitor.client.post(path, data=data, base_url=visitor.root)


def view(site: Site, path: str, answer: Callable[[], Any]) -> str:
    """A page of the host's, declared before anything was asked."""
    site.app.add_url_rule(path, path.strip("/"), answer, methods=["GET", "POST"])
    return path


def test_a_user_made_in_python_signs_in_by_the_form(any_site: Site) -> None:
    with any_site.app.app_context():
        zoe = any_site.host.create_user(ZOE, username="zoe", password=NEW_PASSWORD, first_name="Zoe", locale="es")
        account = any_site.host.create_account("Zoe's Kitchen", owner=zoe, number="9500", domains=["zoe.example"])
        named = {"username": "zoe", "email": ZOE, "customer_number": "9500"}
    identifier = named[any_site.config.login.identifiers[0]]
    assert any_site.sign_in(identifier, NEW_PASSWORD).open("/services").heading == "Services of Zoe's Kitchen"
    assert account.number == "9500"
    assert zoe.full_name == "Zoe"
    assert zoe.locale == "es"


def test_a_user_name_and_a_customer_number_are_made_for_who_gives_none(inside: Site) -> None:
    zoe = inside.host.create_user("Zoe.Paz+web@example.com")
    account = inside.host.create_account("Zoe", owner=zoe)
    assert zoe.username == "zoe.paz"
    assert zoe.username_key == "zoe.paz"
    assert zoe.email_key == "zoe.paz+web@example.com"
    assert len(account.number) == 7
    assert account.number.isdecimal()


def test_a_user_name_that_was_made_is_nobody_elses(inside: Site) -> None:
    first = inside.host.create_user("alice@another.example")
    assert first.username.startswith("alice-")


def test_an_address_in_use_says_nothing_of_whose_it_is(inside: Site) -> None:
    with pytest.raises(AddressInUse) as refused:
        inside.host.create_user("ALICE@example.com")
    assert refused.value.field == "email"
    assert refused.value.email == "ALICE@example.com"
    assert inside.people.alice.username not in str(refused.value).replace("ALICE@example.com", "")


def test_users_may_share_an_address_where_nobody_signs_in_by_it(make: Build) -> None:
    site = make("sending-platform")
    with site.app.app_context():
        other = site.host.create_user("alice@example.com", username="alice2")
    assert other.sign_in_email is None


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"email": "nobody"}, "email"), ({"username": "12345"}, "username"), ({"username": "a b"}, "username"),
        ({"locale": "xx"}, "locale"), ({"first_name": "x" * 121}, "first_name"),
        ({"first_name": "a\x00b"}, "first_name"),
        ({"username": "\u0430lice"}, "username"), ({"password_hash": "not a hash"}, "password_hash"),
        ({"password_hash": "$2y$04$dzcOYHKMqRzqZ2Z0pRp4Z.JmG4oOo1QfIYgX8ZyD5bB5nLd3vVbIa", "password": NEW_PASSWORD},
         "password_hash"),
        ({"email": None}, "email"), ({"locale": 7}, "locale"),
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_is_named_with_the_fix(inside: Site, given: dict[str, Any], field: str) -> None:
    with pytest.raises(WrongValue) as refused:
        inside.host.create_user(**{"email": ZOE, **given})
    assert refused.value.field == field
    assert str(refused.value).startswith(f"{field}: ")
    assert refused.value.fix
    assert count(inside, User) == 3


def test_a_user_name_that_was_given_up_or_is_taken_is_in_use(inside: Site) -> None:
    for name in ("alice", "ALICE"):
        with pytest.raises(UsernameInUse):
            inside.host.create_user(ZOE, username=name)
    assert count(inside, User) == 3


@pytest.mark.parametrize(
    ("password", "why"),
    [("short", "too_short"), ("zoe@example.com", "about_you"), ("abcdefghijklmnopq", "repeats")],
)
def test_a_password_follows_the_rules_of_the_form(inside: Site, password: str, why: str) -> None:
    with pytest.raises(WeakPassword) as refused:
        inside.host.create_user(ZOE, password=password)
    assert refused.value.why == why
    assert refused.value.field == "password"
    assert str(refused.value) == inside.say(f"password.rules.{why}", "en")
    assert inside.say(refused.value.element, "es") != str(refused.value)


def test_a_hash_of_another_system_is_kept_until_its_user_signs_in(site: Site) -> None:
    with site.app.app_context():
        old = generate_password_hash(NEW_PASSWORD, "pbkdf2:sha256:1000")
        zoe = site.host.create_user(ZOE, password_hash=old)
        site.host.create_account("Zoe", owner=zoe)
    assert site.sign_in(ZOE, NEW_PASSWORD).open("/services").status == 200
    assert (stored(site, zoe.id).password_hash or "").startswith("$argon2id$")


def test_an_owner_without_a_password_is_mailed_a_link_if_it_is_wanted(site: Site) -> None:
    with site.app.app_context():
        for email, invites in ((ZOE, True), ("xena@example.com", False)):
            site.host.create_account("New", owner=site.host.create_user(email), invite=invites)
    assert [to for to, _ in site.letters()] == [ZOE]


@pytest.mark.parametrize(
    "given",
    [{"number": "9000"}, {"number": "x"}, {"name": ""}, {"domains": ["ortega.example"]}, {"domains": ["no domain!"]},
     {"plan": "forever"}],
)  # fmt: skip
def test_an_account_that_cannot_be_leaves_nothing(inside: Site, given: dict[str, Any]) -> None:
    with pytest.raises(WrongValue):
        inside.host.create_account(**{"name": "New", "owner": inside.people.bob, **given})
    assert count(inside, Account) == 2
    assert count(inside, Domain) == 2


def test_a_plan_ends_where_it_is_said(inside: Site) -> None:
    made = inside.host.create_account("T", owner=inside.people.bob, plan="trial", plan_expires=date(2026, 3, 31))
    assert made.plan == "trial"
    assert made.plan_expires_on == date(2026, 3, 31)


def test_what_stands_together_is_kept_together(inside: Site) -> None:
    def sign_up() -> None:
        with inside.host.transaction():
            zoe = inside.host.create_user(ZOE)
            inside.host.create_account("Zoe", owner=zoe, number="9000")

    with pytest.raises(WrongValue):
        sign_up()
    assert count(inside, User) == 3


def test_what_the_host_wrote_before_stays_when_a_call_is_refused(inside: Site) -> None:
    account = inside.host.session.get_one(Account, inside.people.account.id)
    account.name = "Another name"
    with pytest.raises(AddressInUse):
        inside.host.create_user("alice@example.com")
    inside.host.session.commit()
    with inside.acct.database.session() as db:
        assert db.get_one(Account, account.id).name == "Another name"


def test_an_invitation_is_mailed_in_the_owners_name(site: Site) -> None:
    with site.app.app_context():
        made = site.host.invite(site.people.account, ZOE, ["invoices"])
    assert made.invited_by_id == site.people.alice.id
    assert made.permissions == ["invoices"]
    assert [to for to, _ in site.letters()] == [ZOE]


def test_an_invitation_that_cannot_be_says_why(inside: Site) -> None:
    account, host = inside.people.account, inside.host
    first = host.invite(account, ZOE)
    with pytest.raises(AlreadyInvited) as again:
        host.invite(account, "ZOE@example.com")
    with pytest.raises(AlreadyMember):
        host.invite(account, "bob@example.com")
    with pytest.raises(WrongValue):
        host.invite(account, "nobody")
    with pytest.raises(UnknownPermission, match='Did you mean "invoices"'):
        host.invite(account, "x@example.com", ["invoice"])
    assert again.value.invitation.id == first.id


def test_invitations_are_as_many_as_the_owner_could_send(make: Build) -> None:
    site = make()
    with site.app.app_context():
        for number in range(30):
            site.host.invite(site.people.account, f"z{number}@example.com")
        with pytest.raises(TooManyInvitations) as refused:
            site.host.invite(site.people.account, ZOE)
    assert refused.value.wait is not None


def test_what_is_granted_is_all_that_a_user_may_do(site: Site) -> None:
    bob = site.visitor(site.people.bob)
    with site.app.app_context():
        place = site.host.grant(site.people.bob, site.people.account, ["invoices"])
    assert place.permissions == ["invoices"]
    assert bob.open("/invoices").status == 200
    with site.app.app_context():
        site.host.grant(site.people.bob, site.people.account, [])
    assert bob.open("/invoices").status == 403
    assert [to for to, _ in site.letters()] == ["alice@example.com"] * 2


def test_who_was_not_in_the_account_is_in_it(inside: Site) -> None:
    inside.host.grant(inside.people.charlie, inside.people.account, ["tickets"])
    with inside.acct.database.session() as db:
        theirs = select(Membership).where(Membership.user_id == inside.people.charlie.id, ~Membership.is_owner)
        assert db.scalars(theirs).one().permissions == ["tickets"]


def test_nothing_can_be_granted_to_an_owner_nor_what_is_no_permission(inside: Site) -> None:
    with pytest.raises(AlreadyMember):
        inside.host.grant(inside.people.alice, inside.people.account, ["invoices"])
    with pytest.raises(UnknownPermission):
        inside.host.grant(inside.people.bob, inside.people.account, ["nothing"])


def test_nobody_is_let_in_where_accounts_have_owners_alone(make: Build) -> None:
    site = make("customer-panel")
    assert not site.config.users.enabled
    with site.app.app_context():
        for call in (site.host.grant, lambda *a: site.host.invite(site.people.account, ZOE, a[2])):
            with pytest.raises(NotPermitted):
                call(site.people.bob, site.people.account, ["invoices"])


def test_an_account_is_suspended_from_the_next_request_on(site: Site) -> None:
    heard: list[Any] = []
    alice = site.alice()
    with account_state_changed.connected_to(lambda _, **about: heard.append(about["was"])), site.app.app_context():
        site.host.set_state(site.people.account, "suspended")
        site.host.set_state(site.people.account, "suspended")
        with pytest.raises(WrongValue, match="suspended"):
            site.host.set_state(site.people.account, "suspend")  # type: ignore[arg-type]
    assert alice.open("/services").screen == "accounts.suspended"
    assert heard == ["active"]


def test_an_address_is_changed_and_both_are_told(site: Site) -> None:
    heard: list[str] = []
    alice = site.alice()
    with email_changed.connected_to(lambda _, **about: heard.append(about["was"])), site.app.app_context():
        site.host.change_email(site.people.alice, "Alice@new.example")
    assert sorted(to for to, _ in site.letters()) == ["Alice@new.example", "alice@example.com"]
    assert heard == ["alice@example.com"]
    assert alice.open("/services").screen == "login.form"
    assert site.sign_in("alice@new.example").open("/services").status == 200


def test_an_address_of_another_user_is_not_given(inside: Site) -> None:
    with pytest.raises(AddressInUse):
        inside.host.change_email(inside.people.alice, "bob@example.com")
    assert stored(inside, inside.people.alice.id).email == "alice@example.com"


def test_a_password_says_who_somebody_is_without_a_session(inside: Site) -> None:
    found = inside.host.authenticate("alice@example.com", PASSWORD)
    assert found is not None
    assert found.id == inside.people.alice.id
    assert inside.host.authenticate("alice@example.com", "wrong") is None
    assert inside.host.authenticate("nobody@example.com", PASSWORD) is None
    assert count(inside, UserSession) == 0


def test_tries_are_counted_with_those_of_the_form(inside: Site) -> None:
    for _ in range(10):
        assert inside.host.authenticate("alice@example.com", "wrong") is None
    with pytest.raises(TooManyRequests):
        inside.host.authenticate("alice@example.com", PASSWORD)


def test_tries_are_counted_although_the_host_has_changed_something(site: Site) -> None:
    """And what it has changed is its own to keep or to undo."""
    for _ in range(10):
        with site.app.app_context():
            site.host.session.get_one(Account, site.people.account.id).name = "Not kept"
            assert site.host.authenticate("alice@example.com", "wrong") is None
            site.host.session.rollback()
    with site.app.app_context(), pytest.raises(TooManyRequests):
        site.host.authenticate("alice@example.com", PASSWORD)
    with site.acct.database.session() as db:
        assert db.get_one(Account, site.people.account.id).name == "Ortega Bakery"


def test_a_temporary_password_is_a_wrong_one(make: Build) -> None:
    site = make("email-marketing")
    asking = site.visitor()
    asking.open("/account/recover/password")
    asking.post("/account/recover/password", {"username": "alice"})
    (_, letter), *_ = site.letters()
    body = letter.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    secret = next(line for line in body.splitlines() if len(line) == 20 and line.isalnum())
    with site.app.app_context():
        assert site.host.authenticate("alice", secret) is None
    assert site.sign_in("alice", secret).open("/account/password/set").screen == "password.set"


def test_a_user_is_signed_in_as_by_the_form(site: Site) -> None:
    heard: list[int] = []
    alice = site.people.alice
    view(site, "/sso", lambda: redirect(site.host.sign_in(alice)))
    visitor = site.visitor()
    with user_signed_in.connected_to(lambda _, **about: heard.append(about["user"].id)):
        answer = send(visitor, "/sso?next=/invoices", {})
    cookies = " ".join(answer.headers.getlist("Set-Cookie"))
    assert answer.headers["Location"] == "/invoices"
    assert heard == [alice.id]
    assert "_browser=" in cookies
    assert visitor.open("/services").status == 200
    assert stored(site, alice.id).last_signed_in_at == site.clock()


@pytest.mark.parametrize("next_", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_nobody_is_sent_to_another_site(site: Site, next_: str) -> None:
    view(site, "/sso", lambda: redirect(site.host.sign_in(site.people.alice)))
    assert send(site.visitor(), "/sso", {"next": next_}).headers["Location"] == "/"


def test_current_user_is_who_was_signed_in_or_out_in_the_same_request(site: Site) -> None:
    def both() -> list[str]:
        before = bool(current_user.is_authenticated)
        site.host.sign_in(site.people.alice)
        between = current_user.username
        site.host.sign_out()
        return [str(before), between, str(current_user.is_authenticated)]

    view(site, "/both", both)
    assert send(site.visitor(), "/both", {}).get_json() == ["False", "alice", "False"]


def test_whoever_was_signed_in_there_is_not_any_more(site: Site) -> None:
    view(site, "/sso", lambda: redirect(site.host.sign_in(site.people.charlie)))
    visitor = site.alice()
    send(visitor, "/sso", {})
    assert visitor.open("/services").heading == "Services of Charlie's Bikes"
    assert count(site, UserSession) == 1


def test_a_user_whose_accounts_are_all_closed_is_refused(site: Site) -> None:
    view(site, "/sso", lambda: redirect(site.host.sign_in(site.people.charlie)))
    site.run("UPDATE acct_account SET state = 'closed' WHERE number = '9001'")
    site.app.testing = True
    visitor = site.visitor()
    with pytest.raises(CannotSignIn):
        send(visitor, "/sso", {})
    assert count(site, UserSession) == 0


def test_an_expired_password_is_set_anew_first(make: Build) -> None:
    site = make("email-marketing")
    view(site, "/sso", lambda: redirect(site.host.sign_in(site.people.alice)))
    site.clock.move(days=21)
    visitor = site.visitor()
    assert send(visitor, "/sso", {}).headers["Location"] == "/account/password/set"
    assert visitor.open("/account/password/set").says("password.set.expired")
    assert visitor.open("/services").screen == "password.set"


def test_the_account_to_look_at_can_be_named(site: Site) -> None:
    with site.app.app_context():
        site.host.grant(site.people.alice, site.people.other_account, [])
    view(site, "/sso", lambda: redirect(site.host.sign_in(site.people.alice, account=site.people.other_account)))
    visitor = site.visitor()
    assert send(visitor, "/sso", {}).headers["Location"] == "/"
    assert visitor.open("/services").heading == "Services of Charlie's Bikes"


def test_a_user_is_signed_out(site: Site) -> None:
    heard: list[int] = []
    view(site, "/out", lambda: str(site.host.sign_out()))
    visitor = site.alice()
    with user_signed_out.connected_to(lambda _, **about: heard.append(about["user"].id)):
        send(visitor, "/out", {})
        send(visitor, "/out", {})
    assert visitor.open("/services").screen == "login.form"
    assert heard == [site.people.alice.id]
    assert count(site, UserSession) == 0


@pytest.mark.parametrize(("but", "here", "left"), [("current", 200, 1), (None, 401, 0)])
def test_all_sessions_end_but_the_one_that_may_be_kept(site: Site, but: Any, here: int, left: int) -> None:
    view(site, "/end", lambda: str(site.host.end_sessions(current_user, but=but)))
    other, visitor = site.alice(), site.alice()
    send(visitor, "/end", {})
    assert other.open("/services").screen == "login.form"
    assert (visitor.open("/services").heading == "Services of Ortega Bakery") == (here == 200)
    assert count(site, UserSession) == left


def test_the_session_of_another_user_is_not_ended_with_them(site: Site) -> None:
    view(site, "/end", lambda: str(site.host.end_sessions(site.people.charlie)))
    charlie, alice = site.visitor(site.people.charlie), site.alice()
    assert charlie.open("/services").status == 200
    send(alice, "/end", {})
    assert charlie.open("/services").screen == "login.form"
    assert alice.open("/services").status == 200


def test_somebody_who_is_no_user_is_refused(inside: Site) -> None:
    with pytest.raises(WrongValue, match="Give a flask_acct"):
        inside.host.end_sessions("alice")  # type: ignore[arg-type]
    with pytest.raises(WrongValue, match="create_user"):
        inside.host.end_sessions(User(id=99))


def test_every_refusal_is_one_kind_of_error() -> None:
    refusals = (WrongValue, AddressInUse, UsernameInUse, WeakPassword, AlreadyInvited, AlreadyMember,
                TooManyInvitations, NotPermitted, CannotSignIn)  # fmt: skip
    assert all(issubclass(one, PeopleError) for one in refusals)


@pytest.fixture
def shared(tmp_path: Path, now: Any) -> Iterator[tuple[Flask, Any, Acct]]:
    """An app that shares its Flask-SQLAlchemy session with us."""
    app = Flask(__name__)
    app.config.update(SECRET_KEY=SECRET_KEY, ACCT_WORKER=False)
    app.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{tmp_path / 'host.db'}"
    db = flask_sqlalchemy.SQLAlchemy(app)
    acct = Acct(app, config="client-area", db=db, clock=lambda: now)
    with app.app_context():
        schema.upgrade(db.engine)
        engine = db.engine
        yield app, db, acct
        db.session.remove()
    engine.dispose()


# SQLAlchemy 2.0 says so where SQLite gives a row the number of one that was rolled back.
@pytest.mark.filterwarnings("ignore:Identity map already had an identity:sqlalchemy.exc.SAWarning")
def test_everything_belongs_to_the_hosts_transaction(shared: tuple[Flask, Any, Acct]) -> None:
    app, db, acct = shared

    def everything() -> None:
        zoe, yan = acct.create_user(ZOE, password=NEW_PASSWORD), acct.create_user("yan@example.com")
        account = acct.create_account("Zoe", owner=zoe, invite=True)
        acct.invite(account, "x@example.com")
        acct.grant(yan, account, ["invoices"])
        acct.set_state(account, "suspended")
        acct.change_email(zoe, "zoe@new.example")
        acct.end_sessions(zoe)
        with app.test_request_context("/"):
            acct.sign_in(yan)

    def rows() -> list[int]:
        return [
            db.session.scalar(select(func.count()).select_from(one)) for one in (User, Account, OutboxMail, UserSession)
        ]

    everything()
    db.session.rollback()
    assert rows() == [0, 0, 0, 0]
    everything()
    db.session.commit()
    assert rows()[:2] == [2, 1]


def test_a_refusal_leaves_the_hosts_transaction_usable(shared: tuple[Flask, Any, Acct]) -> None:
    _, db, acct = shared
    acct.create_user(ZOE)
    with pytest.raises(AddressInUse):
        acct.create_user(ZOE)
    acct.create_user("yan@example.com")
    db.session.commit()
    assert db.session.scalar(select(func.count()).select_from(User)) == 2


def test_a_password_made_in_python_is_hashed_as_any(inside: Site) -> None:
    zoe = inside.host.create_user(ZOE, password=NEW_PASSWORD)
    assert passwords.verify(NEW_PASSWORD, zoe.password_hash)


def test_a_sign_in_alone_is_kept_although_nobody_commits(shared: tuple[Flask, Any, Acct]) -> None:
    app, db, acct = shared
    zoe = acct.create_user(ZOE)
    db.session.commit()
    with app.test_request_context("/"):
        acct.sign_in(zoe)
        db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(UserSession)) == 1
    acct.end_sessions(zoe)
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(UserSession)) == 0


def test_a_sign_in_that_nobody_committed_is_told_in_the_log(
    shared: tuple[Flask, Any, Acct], caplog: pytest.LogCaptureFixture
) -> None:
    app, db, acct = shared
    zoe = acct.create_user(ZOE)
    db.session.commit()
    for commits in (True, False):
        caplog.clear()
        with app.test_request_context("/"):
            db.session.get(User, zoe.id).first_name = f"Zoe {commits}"
            db.session.flush()
            acct.sign_in(zoe)
            if commits:
                db.session.commit()
            db.session.rollback()
        finish()
        assert ("which was not saved" in caplog.text) is not commits


def test_a_savepoint_of_the_hosts_transaction_is_kept_or_undone_as_one(shared: tuple[Flask, Any, Acct]) -> None:
    _, db, acct = shared

    def refused() -> None:
        with acct.transaction():
            zoe = acct.create_user(ZOE)
            acct.end_sessions(zoe)
            acct.create_account("", owner=zoe)

    acct.create_user("yan@example.com")
    with pytest.raises(WrongValue):
        refused()
    db.session.commit()
    assert [user.email for user in db.session.scalars(select(User))] == ["yan@example.com"]


def test_the_host_can_undo_a_savepoint_that_was_kept(shared: tuple[Flask, Any, Acct]) -> None:
    """SQLite would keep the first savepoint of a connection for good, were no transaction begun before it."""
    _, db, acct = shared
    with acct.transaction():
        acct.create_user(ZOE)
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(User)) == 0


def test_a_right_password_is_made_anew_although_nobody_commits(shared: tuple[Flask, Any, Acct]) -> None:
    _, db, acct = shared
    zoe = acct.create_user(ZOE, password_hash=generate_password_hash(NEW_PASSWORD, "pbkdf2:sha256:1000"))
    db.session.commit()
    assert acct.authenticate(ZOE, NEW_PASSWORD) is not None
    db.session.rollback()
    assert (zoe.password_hash or "").startswith("$argon2id$")


def test_a_host_signs_people_up_in_a_few_lines(site: Site) -> None:
    acct = site.host

    def sign_up() -> Any:
        try:
            with acct.transaction():
                user = acct.create_user(request.form["email"], password=request.form["password"], verified=False)
                acct.create_account(request.form["company"], owner=user, plan="trial")
        except PeopleError as refused:
            return str(refused), 422
        return redirect(acct.sign_in(user))

    view(site, "/sign-up", sign_up)
    form = {"email": ZOE, "company": "Zoe's", "password": NEW_PASSWORD}
    visitor = site.visitor()
    assert send(visitor, "/sign-up", form).headers["Location"] == "/"
    assert visitor.open("/services").heading == "Services of Zoe's"
    again = send(site.visitor(), "/sign-up", form)
    assert again.status_code == 422
    assert "in use already" in again.text
    weak = send(site.visitor(), "/sign-up", {**form, "email": "yan@example.com", "password": "short"})
    assert weak.status_code == 422
    assert weak.text == site.say("password.rules.too_short", "en")
    assert count(site, User) == 4
    assert count(site, Account) == 3


def test_a_refusal_is_said_in_the_readers_language(site: Site) -> None:
    with site.app.test_request_context(headers={"Accept-Language": "it"}):
        with pytest.raises(WeakPassword) as refused:
            site.host.create_user(ZOE, password="short")
        assert site.host.frame.say(refused.value.element) == site.say("password.rules.too_short", "it")


@pytest.mark.postgres
def test_the_same_is_true_of_postgresql(postgres_url: str, now: Any) -> None:
    site = build(configuration.preset("client-area"), postgres_url, now)
    with site.app.app_context():
        with site.host.transaction():
            zoe = site.host.create_user(ZOE, password=NEW_PASSWORD)
            account = site.host.create_account("Zoe", owner=zoe, domains=["zoe.example"])
        site.host.session.get_one(Account, account.id).name = "Not ours to commit"
        with pytest.raises(AddressInUse):
            site.host.create_user(ZOE)
        assert site.host.authenticate(ZOE, "wrong") is None
        site.host.session.rollback()
        site.host.invite(account, "yan@example.com", ["invoices"])
        site.host.grant(site.people.bob, account, ["invoices"])
        site.host.change_email(zoe, "zoe@new.example")
        found = site.host.authenticate("zoe@new.example", NEW_PASSWORD)
        assert found is not None
        assert found.id == zoe.id
        assert account.name == "Zoe"
    site.acct.database.engine.dispose()
