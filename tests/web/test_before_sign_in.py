"""What a host says between the password and the session: nothing, no, or somewhere else first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import redirect, request
from sqlalchemy import select

from flask_acct import Attempt, Refuse, User, sign_in_failed, user_signed_in
from flask_acct.db.database import has_changed
from flask_acct.db.models import UserSession
from flask_acct.security import sessions
from flask_acct.testing.records import PASSWORD, add_account
from flask_acct.web import visits
from flask_acct.web.arrival import WrongAnswer

from ..personas import NEW_PASSWORD
from ..scopes import a_scope
from .site import Build, Site
from .test_from_python import count, send, stored, view
from .visitor import Visitor


def asked(site: Site, answer: Callable[[Attempt], Any]) -> list[Attempt]:
    """What the host was asked about; it answers so."""
    heard: list[Attempt] = []

    @site.host.before_sign_in
    def ask(attempt: Attempt) -> Any:
        heard.append(attempt)
        return answer(attempt)

    return heard


def second_factor(site: Site) -> None:
    """The host's page for a code, which completes the sign-in."""

    def code() -> Any:
        user = site.host.pending_user
        if user is None:
            return "nobody"
        if request.form.get("code") != "right":
            return f"code of {user.username}"
        return redirect(site.host.sign_in(user))

    view(site, "/code", code)
    asked(site, lambda _: "/code")


def typed(site: Site, user: User, password: str = PASSWORD, visitor: Visitor | None = None, path: str = "") -> Visitor:
    """The sign-in form sent, and nothing followed."""
    visitor = visitor or site.visitor()
    visitor.open(path or "/account/login")
    visitor.last = visitor.send(  # type: ignore[attr-defined]
        site.say("login.form.submit"),
        {site.say("login.form.identifier"): site.identifier(user), site.say("login.form.password"): password},
    )
    return visitor


def test_the_host_is_asked_once_the_password_is_right_and_never_before(any_site: Site) -> None:
    heard, alice = asked(any_site, lambda _: None), any_site.people.alice
    any_site.sign_in(any_site.identifier(alice), "wrong")
    any_site.sign_in("nobody@example.com")
    assert heard == []
    assert any_site.sign_in(any_site.identifier(alice)).open("/services").status == 200
    assert [(one.user.id, one.way) for one in heard] == [(alice.id, "password")]


def test_nobody_is_signed_in_while_the_host_is_asked(site: Site) -> None:
    sessions: list[int] = []
    asked(site, lambda _: sessions.append(count(site, UserSession)))
    site.alice()
    assert sessions == [0]


@pytest.mark.parametrize(
    ("words", "locale", "said"),
    [
        ("Call us first.", "es", "Call us first."), ({"en": "Call us.", "es": "Llámenos."}, "es", "Llámenos."),
        ({"en": "Call us.", "es": "Llámenos."}, "es_AR", "Llámenos."), ({"en": "Call us."}, "it", "Call us."),
        ("<b>no</b>", "es", "<b>no</b>"),
    ],
)  # fmt: skip
def test_a_refusal_is_said_on_the_form_in_the_readers_language(site: Site, words: Any, locale: str, said: str) -> None:
    asked(site, lambda _: Refuse(words))
    visitor = site.visitor(**{"Accept-Language": locale.replace("_", "-")})
    visitor.open("/account/login")
    page = visitor.press(
        site.say("login.form.submit", locale),
        {
            site.say("login.form.identifier", locale): "alice@example.com",
            site.say("login.form.password", locale): PASSWORD,
        },
    )
    assert page.status == 403
    assert page.screen == "login.form"
    assert said in page.text
    assert count(site, UserSession) == 0
    assert visitor.open("/services").screen == "login.form"


def test_a_refusal_is_no_failed_try(site: Site) -> None:
    failed: list[object] = []
    answers: list[Any] = [Refuse("No.")] * 12
    asked(site, lambda _: answers.pop() if answers else None)
    with sign_in_failed.connected_to(lambda *_, **__: failed.append(1)):
        for _ in range(12):
            site.sign_in("alice@example.com")
    assert failed == []
    assert site.alice().open("/services").status == 200


def test_who_is_sent_elsewhere_has_no_session_until_the_host_completes_it(site: Site) -> None:
    heard: list[int] = []
    second_factor(site)
    with user_signed_in.connected_to(lambda _, **about: heard.append(about["user"].id)):
        visitor = typed(site, site.people.alice)
        assert visitor.last.headers["Location"] == "/code"  # type: ignore[attr-defined]
        assert heard == []
        assert stored(site, site.people.alice.id).last_signed_in_at is None
        assert visitor.open("/services").screen == "login.form"
        assert send(visitor, "/code", {}).text == "code of alice"
        assert send(visitor, "/code", {"code": "right"}).headers["Location"] == "/"
    assert heard == [site.people.alice.id]
    assert visitor.open("/services").status == 200
    assert send(visitor, "/code", {}).text == "nobody"


def test_where_they_wanted_to_go_is_remembered(site: Site) -> None:
    second_factor(site)
    visitor = typed(site, site.people.alice, path="/account/login?next=/invoices")
    assert send(visitor, "/code", {"code": "right"}).headers["Location"] == "/invoices"


def test_it_is_completed_once(site: Site) -> None:
    view(site, "/twice", lambda: " ".join([site.host.sign_in(site.people.alice)] * 2))
    second_factor(site)
    visitor = typed(site, site.people.alice)
    send(visitor, "/twice", {})
    assert count(site, UserSession) == 1


def test_another_browser_cannot_complete_it(site: Site) -> None:
    second_factor(site)
    typed(site, site.people.alice)
    assert send(site.visitor(), "/code", {"code": "right"}).text == "nobody"


def test_its_secret_is_no_session_cookie(site: Site) -> None:
    """It stands in a cookie that is signed and can be read."""
    second_factor(site)
    visitor = typed(site, site.people.alice)
    cookie = next(c for c in visitor.client._cookies.values() if c.key.endswith("_visit"))  # type: ignore[union-attr]
    with site.app.test_request_context(headers={"Cookie": f"{cookie.key}={cookie.value}"}):
        secret = visits.visit().pending
        assert secret
        with site.acct.database.session() as db:
            assert sessions.load(a_scope(db, config=site.config, now=site.clock()), secret) is None


@pytest.mark.parametrize(("minutes", "found"), [(14.9, "code of alice"), (15, "nobody")])
def test_it_waits_a_quarter_of_an_hour(site: Site, minutes: float, found: str) -> None:
    second_factor(site)
    visitor = typed(site, site.people.alice)
    site.clock.move(minutes=minutes)
    assert send(visitor, "/code", {}).text == found


@pytest.mark.parametrize("what", ["password", "sessions", "email"])
def test_it_is_worth_nothing_once_the_users_sessions_have_ended(site: Site, what: str) -> None:
    second_factor(site)
    other = site.visitor(site.people.alice)
    visitor = typed(site, site.people.alice)
    if what == "password":
        other.open("/account/password/change")
        labels = {"current": PASSWORD, "new": NEW_PASSWORD, "repeat": NEW_PASSWORD}
        other.press(
            site.say("password.change.submit"), {site.say(f"password.change.{k}"): v for k, v in labels.items()}
        )
    with site.app.app_context():
        if what == "sessions":
            site.host.end_sessions(site.people.alice)
        elif what == "email":
            site.host.change_email(site.people.alice, "new@example.com")
    assert send(visitor, "/code", {"code": "right"}).text == "nobody"


def test_a_sign_in_as_somebody_else_forgets_it(site: Site) -> None:
    second_factor(site)
    view(site, "/sso", lambda: redirect(site.host.sign_in(site.people.charlie)))
    visitor = typed(site, site.people.alice)
    send(visitor, "/sso", {})
    assert visitor.open("/services").heading == "Services of Charlie's Bikes"
    with site.acct.database.session() as db:
        assert [one.purpose for one in db.scalars(select(UserSession))] == ["full"]


def test_the_account_named_by_its_number_is_in_view_afterwards(make: Build) -> None:
    site = make("customer-panel")
    second_factor(site)
    with site.acct.database.transaction() as db:
        add_account(site.acct.scope(db), "Second", owner=site.people.alice, number="9005")
    visitor = site.visitor()
    visitor.open("/account/login")
    labels = {site.say("login.form.identifier"): "9005", site.say("login.form.password"): PASSWORD}
    visitor.send(site.say("login.form.submit"), labels)
    send(visitor, "/code", {"code": "right"})
    assert visitor.open("/services").heading == "Services of Second"


def test_a_temporary_password_stays_one_after_the_detour(make: Build) -> None:
    site = make("email-marketing")
    heard = asked(site, lambda _: "/code")
    second_factor(site)
    heard = asked(site, lambda _: "/code")
    asking = site.visitor()
    asking.open("/account/recover/password")
    asking.post("/account/recover/password", {"username": "alice"})
    (_, letter), *_ = site.letters()
    body = letter.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    secret = next(line for line in body.splitlines() if len(line) == 20 and line.isalnum())
    visitor = typed(site, site.people.alice, secret)
    assert send(visitor, "/code", {"code": "right"}).headers["Location"] == "/account/password/set"
    assert visitor.open("/account/password/set").says("password.set.temporary")
    assert visitor.open("/services").screen == "password.set"
    assert [one.way for one in heard] == ["temporary_password"]


def invited(site: Site) -> Visitor:
    """Zoe, who fills in the form behind the link of her invitation."""
    with site.app.app_context():
        site.host.invite(site.people.account, "zoe@example.com", ["invoices"], locale="es")
    (_, letter), *_ = site.letters()
    body = letter.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    link = next(line for line in body.splitlines() if "?token=" in line)
    visitor = site.visitor()
    visitor.open(link[link.index("/account") :])
    names = {"first_name": "Zoe", "last_name": "Paz", "new": NEW_PASSWORD, "repeat": NEW_PASSWORD}
    visitor.press(site.say("users.invitation.submit"), {site.say(f"users.invitation.{k}"): v for k, v in names.items()})
    return visitor


def test_an_invitation_that_signs_in_asks_as_well(site: Site) -> None:
    heard = asked(site, lambda _: None)
    visitor = invited(site)
    assert [(one.user.email, one.way) for one in heard] == [("zoe@example.com", "invitation")]
    assert heard[0].account is not None
    assert heard[0].account.id == site.people.account.id
    assert visitor.open("/invoices").status == 200


def test_whoever_is_invited_and_refused_is_in_the_account_and_not_signed_in(site: Site) -> None:
    asked(site, lambda _: Refuse("Mañana."))
    visitor = invited(site)
    assert visitor.page.screen == "login.form"
    assert "Mañana." in visitor.page.text
    assert count(site, UserSession) == 0
    assert visitor.open("/invoices").screen == "login.form"
    assert count(site, User) == 4


def test_whoever_is_invited_and_sent_elsewhere_is_signed_in_there(site: Site) -> None:
    second_factor(site)
    visitor = invited(site)
    assert send(visitor, "/code", {"code": "right"}).status_code == 302
    assert visitor.open("/invoices").status == 200


def test_the_invitation_somebody_signs_in_for_is_there_after_the_detour(site: Site) -> None:
    second_factor(site)
    with site.app.app_context():
        site.host.invite(site.people.account, "charlie@example.net", ["invoices"])
    (_, letter), *_ = site.letters()
    body = letter.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    link = next(line for line in body.splitlines() if "?token=" in line)
    visitor = site.visitor()
    assert visitor.open(link[link.index("/account") :]).screen == "users.sign_in"
    visitor.press(site.say("users.sign_in.submit"))
    labels = {site.say("login.form.identifier"): "charlie@example.net", site.say("login.form.password"): PASSWORD}
    visitor.send(site.say("login.form.submit"), labels)
    onward = send(visitor, "/code", {"code": "right"}).headers["Location"]
    assert visitor.open(onward).screen == "users.accept"


def test_a_form_sent_too_late_is_there_after_the_detour(site: Site) -> None:
    second_factor(site)
    visitor = site.visitor(site.people.alice)
    visitor.open("/account/me")
    site.clock.move(hours=2)
    page = visitor.press(site.say("profile.me.save"), {site.say("profile.me.first_name"): "Alicia"})
    assert page.screen == "login.form"
    labels = {site.say("login.form.identifier"): "alice@example.com", site.say("login.form.password"): PASSWORD}
    visitor.send(site.say("login.form.submit"), labels)
    page = visitor.open(send(visitor, "/code", {"code": "right"}).headers["Location"])
    assert page.field(site.say("profile.me.first_name")).attributes["value"] == "Alicia"


@pytest.mark.parametrize("answer", [False, "", 7, ("no",)])
def test_an_answer_that_is_none_is_refused_with_the_fix(site: Site, answer: Any) -> None:
    asked(site, lambda _: answer)
    site.app.testing = True
    with pytest.raises(WrongAnswer, match="Return None"):
        site.alice()
    assert count(site, UserSession) == 0


def test_what_the_host_asks_of_its_database_holds_nobody_up(site: Site) -> None:
    """It is asked while nothing is locked: it may ask another service, and take its time."""
    held: list[bool] = []
    asked(site, lambda _: held.append(has_changed(site.host.session)))
    site.alice()
    assert held == [False]


def test_the_answer_to_a_wrong_password_does_not_tell_that_the_host_is_asked(make: Build) -> None:
    site = make()
    second_factor(site)
    with site.statements() as heard:
        typed(site, site.people.alice, "wrong")
    assert len(heard) == 3


def test_an_async_host_is_waited_for(site: Site) -> None:
    pytest.importorskip("asgiref")

    @site.host.before_sign_in  # type: ignore[arg-type]
    async def ask(attempt: Attempt) -> Refuse:
        return Refuse(f"Not you, {attempt.user.username}.")

    assert "Not you, alice." in site.alice().page.text
