"""Signing up over HTTP: what a stranger meets on the way in, and what nobody learns there."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import pytest

from flask_acct import Attempt, Refuse, signals
from flask_acct.config import Config, Fields, Login
from flask_acct.db.models import Account, User
from flask_acct.testing import PASSWORD

from ..personas import NEW_PASSWORD
from ..presets import EACH
from .site import Build, Site
from .test_limits import changed
from .test_parity import KINDS, assert_alike, people, trace
from .test_users import text
from .visitor import Read, Visitor

ZOE = "zoe.paz@example.org"
FORM = "/account/signup"
OPEN: dict[str, object] = {"enabled": True}
TRIAL: dict[str, object] = {"trial_days": 30}
ADDRESSES = {
    "known": "alice@example.com", "without_password": "dora@example.com", "unverified": "emil@example.com",
    "suspended": "fritz@example.com", "closed": "greta@example.com", "unknown": "nobod@example.com",
}  # fmt: skip


def opened(preset: str = "client-area", **signup: object) -> Config:
    """A preset whose door is open to strangers."""
    return changed(preset, signup={**OPEN, **signup}, site=TRIAL)


@pytest.fixture
def sending(make: Build) -> Site:
    """The preset that has the door open as it is shipped."""
    return make("sending-platform")


def ask(site: Site, email: str = ZOE, visitor: Visitor | None = None) -> Visitor:
    """Somebody fills in the form, and sees what came of it."""
    visitor = visitor or site.visitor()
    visitor.open(FORM)
    visitor.press(site.say("signup.form.submit"), {site.say("signup.form.email"): email})
    return visitor


def link(site: Site, email: str = ZOE) -> str:
    """The path of the link mailed to somebody who asked."""
    ask(site, email)
    return link_in(site)


def link_in(site: Site) -> str:
    letters = [text(letter) for _, letter in site.letters()]
    found = [match[1] for said in letters if (match := re.search(r"http://\S+?(/account/signup/finish\?\S+)", said))]
    return found[-1]


def fill_in(site: Site, visitor: Visitor, **typed: str) -> Read:
    values = {"first_name": "Zoe", "last_name": "Paz", "new": NEW_PASSWORD, "repeat": NEW_PASSWORD, **typed}
    named = {site.say(f"signup.finish.{name}"): value for name, value in values.items()}
    return visitor.press(site.say("signup.finish.submit"), named)


def count(site: Site, table: Any) -> int:
    with site.acct.database.session() as db:
        return db.query(table).count()


# --- From the entrance to the start page -------------------------------------------------------------------------


def test_a_stranger_comes_from_the_sign_in_page_to_a_trial_of_thirty_days(sending: Site) -> None:
    visitor = sending.visitor()
    visitor.open(visitor.open("/account/login").link("Richiedilo ora"))
    assert visitor.page.screen == "signup.form"
    assert visitor.page.says("signup.form.trial")
    page = visitor.press(sending.say("signup.form.submit"), {sending.say("signup.form.email"): ZOE})
    assert page.says("signup.form.sent")
    visitor.open(link_in(sending))
    assert visitor.page.screen == "signup.finish"
    assert ZOE in visitor.page.text
    page = fill_in(sending, visitor)
    assert page.status == 200
    assert page.says("signup.finish.done")
    assert "zoe.paz" in page.text
    with sending.acct.database.session() as db:
        made = db.query(Account).filter_by(name="Zoe Paz").one()
    assert made.plan == "trial"
    assert str(made.plan_expires_on) == "2026-04-03"
    assert visitor.open("/services").heading == "Services of Zoe Paz"


@pytest.mark.parametrize("path", ["/account/login", "/account/recover/password", "/account/recover/username"])
def test_every_line_for_whoever_has_no_account_leads_to_the_page(sending: Site, path: str) -> None:
    assert sending.visitor().open(path).link("Richiedilo ora") == FORM


def test_the_second_entrance_of_a_home_page_leads_to_the_page(sending: Site) -> None:
    from flask import render_template_string

    sending.app.add_url_rule(
        "/front", "front", lambda: render_template_string('{% include "flask_acct/elements/entrances.html" %}')
    )
    page = sending.visitor().open("/front")
    assert page.link("PROVA") == FORM
    assert page.says("login.entrances.trial")


def test_whoever_signed_up_signs_in_with_what_they_chose(sending: Site) -> None:
    visitor = sending.visitor()
    visitor.open(link(sending))
    fill_in(sending, visitor, username="zoe")
    assert sending.sign_in("zoe", NEW_PASSWORD).open("/me").response.json == {"user": "zoe"}


def test_whoever_signed_up_is_welcomed_by_mail(sending: Site) -> None:
    visitor = sending.visitor()
    visitor.open(link(sending))
    fill_in(sending, visitor, username="zoe")
    ((recipient, letter),) = sending.letters()
    assert recipient == ZOE
    assert str(letter["Subject"]) == sending.say("signup.welcome.subject")
    assert all(said in text(letter) for said in ("zoe", "3 aprile 2026", "Zoe Paz"))


def test_the_user_name_that_is_offered_is_made_from_the_address(sending: Site) -> None:
    page = sending.visitor().open(link(sending))
    assert page.field(sending.say("signup.finish.username")).attributes["value"] == "zoe.paz"


def test_a_password_manager_keeps_the_password_under_the_address(make: Build) -> None:
    site = make(opened())
    page = site.visitor().open(link(site))
    (hidden,) = [node for node in page.nodes if node.attributes.get("autocomplete") == "username"]
    assert hidden.attributes["value"] == ZOE


@pytest.mark.parametrize("preset", EACH)
def test_there_is_a_way_in_under_every_preset(make: Build, preset: str) -> None:
    site = make(opened(preset))
    visitor = site.visitor()
    visitor.open(link(site))
    page = fill_in(site, visitor)
    assert page.says("signup.finish.done")
    with site.acct.database.session() as db:
        user = db.query(User).filter_by(email_key=ZOE).one()
        number = user.memberships[0].account.number
    name = {"username": user.username, "email": ZOE, "customer_number": number}[site.config.login.identifiers[0]]
    assert name in page.text
    assert site.sign_in(name, NEW_PASSWORD).page.screen != "login.form"


def test_signals_tell_the_host_of_a_new_user_and_account(sending: Site) -> None:
    heard: list[tuple[str, object]] = []

    def joined(_app: object, user: User, **_: object) -> None:
        heard.append(("joined", user.username))

    def signed_up(_app: object, user: User, account: Account | None, **_: object) -> None:
        heard.append(("signed up", account and account.name))

    visitor = sending.visitor()
    visitor.open(link(sending))
    with signals.user_joined.connected_to(joined), signals.user_signed_up.connected_to(signed_up):
        fill_in(sending, visitor, username="zoe")
    assert heard == [("joined", "zoe"), ("signed up", "Zoe Paz")]


def test_signals_come_in_the_order_of_what_happens(sending: Site) -> None:
    heard: list[str] = []

    def hear(name: str) -> Callable[..., None]:
        return lambda _app, **_: heard.append(name)

    visitor = sending.visitor()
    visitor.open(link(sending))
    with ExitStack() as stack:
        for name in ("user_signed_up", "user_signed_in", "user_joined"):
            stack.enter_context(getattr(signals, name).connected_to(hear(name)))
        fill_in(sending, visitor, username="zoe")
    assert heard == ["user_joined", "user_signed_in", "user_signed_up"]


# --- Who already is somebody -------------------------------------------------------------------------------------


@pytest.mark.parametrize("preset", EACH)
def test_known_and_unknown_addresses_are_answered_alike(make: Build, preset: str) -> None:
    """Bytes, headers, statements and hashes."""
    site = make(opened(preset))
    people(site)
    traces = {kind: trace(site, FORM, {"email": ADDRESSES[kind]}) for kind in KINDS}
    assert_alike(traces)
    assert traces["known"].status == 303
    assert traces["known"].hashes == []
    assert not any("acct_user" in statement for statement in traces["known"].statements)


def test_the_daily_limit_of_mails_to_an_address_does_not_show(sending: Site) -> None:
    traces, mailed = [], []
    for _ in range(7):
        traces.append(trace(sending, FORM, {"email": ADDRESSES["known"]}))
        mailed.append(len(sending.letters()))
    assert mailed == [1] * 5 + [0] * 2
    assert all(one == traces[0] for one in traces)


def test_whoever_is_a_user_reads_so_in_their_mailbox_with_a_way_in(sending: Site) -> None:
    ask(sending, "alice@example.com")
    ((recipient, letter),) = sending.letters()
    said = text(letter)
    assert recipient == "alice@example.com"
    assert "signup/finish" not in said
    assert "alice" in said
    assert f"{sending.config.site.public_url}/account/login" in said


def test_whoever_is_signed_in_is_led_home(sending: Site) -> None:
    alice = sending.alice()
    assert alice.open(FORM).heading == "Home"
    assert alice.open(FORM).screen == ""


def test_a_user_who_is_signed_in_elsewhere_in_the_browser_is_signed_out_by_signing_up(sending: Site) -> None:
    alice = sending.alice()
    alice.open(link(sending))
    assert alice.page.screen == "signup.finish"
    fill_in(sending, alice, username="zoe")
    assert alice.open("/me").response.json == {"user": "zoe"}
    with sending.acct.database.session() as db:
        assert db.query(User).filter_by(username="alice").one().email_key == "alice@example.com"


# --- Links -------------------------------------------------------------------------------------------------------


def test_opening_a_link_spends_nothing(sending: Site) -> None:
    """Mail scanners open links."""
    path = link(sending)
    before = sending.rows("acct_session")
    for _ in range(3):
        assert sending.visitor().open(path).screen == "signup.finish"
    assert sending.rows("acct_session") == before


def test_the_secret_is_in_no_address_that_stays(sending: Site) -> None:
    visitor = sending.visitor()
    visitor.open(link(sending))
    assert visitor.path == "/account/signup/finish"


def test_a_link_followed_again_says_that_it_was_used(sending: Site) -> None:
    path, visitor = link(sending), sending.visitor()
    visitor.open(path)
    fill_in(sending, visitor)
    page = sending.visitor().open(path)
    assert page.status == 410
    assert page.screen == "signup.form"
    assert page.says("signup.form.used")


def test_a_link_followed_again_by_whoever_is_signed_in_leads_home(sending: Site) -> None:
    path, visitor = link(sending), sending.visitor()
    visitor.open(path)
    fill_in(sending, visitor)
    assert visitor.open(path).heading == "Home"
    visitor.open("/account/logout")
    visitor.press(sending.say("login.logout.submit"))
    assert not visitor.open(FORM).says("signup.form.used")


def test_a_link_too_old_offers_a_new_one(sending: Site) -> None:
    path = link(sending)
    sending.clock.move(hours=25)
    visitor = sending.visitor()
    page = visitor.open(path)
    assert page.status == 410
    assert page.says("signup.form.expired")
    page = visitor.press(sending.say("signup.form.submit"), {sending.say("signup.form.email"): ZOE})
    assert page.says("signup.form.sent")


def test_a_link_left_lying_in_the_browser_is_not_found_by_the_next_one(sending: Site) -> None:
    visitor = sending.visitor()
    visitor.open(link(sending))
    sending.clock.move(minutes=sending.config.session.idle_minutes + 1)
    page = visitor.open("/account/signup/finish")
    assert page.screen == "signup.form"
    assert page.says("signup.form.unknown")


def test_the_page_behind_the_link_without_one_says_what_to_do(sending: Site) -> None:
    page = sending.visitor().open("/account/signup/finish")
    assert page.status == 410
    assert page.says("signup.form.unknown")


def test_an_address_that_became_a_users_in_the_meantime_is_told_so(sending: Site) -> None:
    path, visitor = link(sending), sending.visitor()
    visitor.open(path)
    sending.run("UPDATE acct_user SET email_key = :zoe, email = :zoe WHERE username = 'charlie'", zoe=ZOE)
    page = fill_in(sending, visitor)
    assert page.status == 410
    assert page.says("signup.form.known")


# --- What is wrong with a form -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"new": "short", "repeat": "short"}, "password.rules.too_short"),
        ({"repeat": "something else altogether"}, "password.rules.differ"),
        ({"username": "alice"}, "signup.finish.taken"),
        ({"username": "аlice"}, "signup.finish.no_user_name"),
        ({"first_name": ""}, "shell.form.required"),
    ],
)
def test_a_form_that_is_refused_keeps_what_was_typed(sending: Site, typed: dict[str, str], said: str) -> None:
    visitor = sending.visitor()
    visitor.open(link(sending))
    page = fill_in(sending, visitor, **typed)
    assert page.status == 422
    assert page.field(sending.say("signup.finish.last_name")).attributes["value"] == "Paz"
    assert said in page.elements


@pytest.mark.parametrize(
    "typed", ["", "nobody", "a b@example.org", "x" * 250 + "@example.org", "zoe@пример.example\x00"]
)
def test_what_is_no_address_is_refused_on_the_page(sending: Site, typed: str) -> None:
    before = count(sending, User)
    page = ask(sending, typed).page
    assert page.status == 422
    assert page.screen == "signup.form"
    assert sending.letters() == []
    assert count(sending, User) == before


@pytest.mark.parametrize("typed", ["<zoe.paz@example.org>", "Zoe <zoe.paz@example.org>", "mailto:zoe.paz@example.org"])
def test_an_address_pasted_with_what_stood_around_it_is_understood(sending: Site, typed: str) -> None:
    ask(sending, typed)
    assert [recipient for recipient, _ in sending.letters()] == [ZOE]


def test_a_name_that_looks_like_a_link_is_none_in_any_mail(sending: Site) -> None:
    visitor = sending.visitor()
    visitor.open(link(sending))
    fill_in(sending, visitor, first_name="www.evil.example/win", last_name="x")
    ((_, letter),) = sending.letters()
    assert "www.evil.example/win" not in text(letter)


def test_a_double_click_asks_for_one_mail(sending: Site) -> None:
    visitor = sending.visitor()
    visitor.open(FORM)
    typed = {sending.say("signup.form.email"): ZOE}
    for _ in range(2):
        visitor.send(sending.say("signup.form.submit"), typed)
    assert len(sending.letters()) == 1


def test_too_many_requests_from_a_network_have_to_wait(make: Build) -> None:
    site = make(changed("sending-platform", limits={"requests_per_address": 5}))
    pages = [ask(site, f"n{number}@example.org").page for number in range(6)]
    assert [page.status for page in pages] == [200] * 5 + [429]
    assert pages[-1].says("signup.form.too_many")
    assert "Retry-After" in pages[-1].response.headers


# --- Terms -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("terms", "site_terms", "leads_to"),
    [("/rules", None, "/rules"), ("/rules", "/terms", "/rules"), (None, "/terms", "/terms")],
)
def test_terms_are_linked_and_must_be_accepted(
    make: Build, terms: str | None, site_terms: str | None, leads_to: str
) -> None:
    config = changed("sending-platform", signup={"terms": terms}, site={"terms_url": site_terms})
    site = make(config)
    visitor = site.visitor()
    page = visitor.open(link(site))
    assert page.element("signup.finish.read_terms").attributes["href"] == leads_to
    before = count(site, User)
    assert fill_in(site, visitor).status == 422
    assert count(site, User) == before
    assert fill_in(site, visitor, terms="yes").says("signup.finish.done")


def test_without_terms_nobody_is_asked_to_accept_any(sending: Site) -> None:
    assert not sending.visitor().open(link(sending)).says("signup.finish.terms")


# --- Where not everybody may -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "said"), [("invitation", "signup.form.by_invitation"), ("closed", "signup.form.closed")]
)
def test_where_strangers_may_not_come_the_page_says_what_else_to_do(make: Build, mode: str, said: str) -> None:
    site = make(opened(mode=mode))
    visitor = site.visitor()
    page = visitor.open(FORM)
    assert page.status == 200
    assert page.says(said)
    assert not page.says("signup.form.email")
    token = visitor.csrf()
    answer = visitor.client.post(FORM, data={"email": ZOE, "csrf_token": token})
    assert answer.status_code == 200
    assert site.letters() == []


def test_the_hosts_words_for_the_form_are_no_mistake_while_the_door_is_shut(make: Build) -> None:
    words = {"en": {"signup.form.submit": "Go", "signup.finish.new": "Secret", "login.form.sign_up": "Join"}}
    config = opened(mode="closed").model_copy(update={"labels": words})
    assert make(config).visitor().open(FORM).status == 200


def test_links_mailed_before_the_door_was_shut_lead_to_the_page_that_says_so(make: Build) -> None:
    before = make(opened())
    path = link(before)
    for table in ("membership", "domain", "account", "user"):
        # The next one is furnished anew.
        before.run(f"DELETE FROM acct_{table}")
    site = make(opened(mode="closed"))
    page = site.visitor().open(path)
    assert page.screen == "signup.form"
    assert page.says("signup.form.closed")


def test_where_it_is_not_enabled_there_is_no_such_page(site: Site) -> None:
    assert [site.visitor().open(path).status for path in (FORM, "/account/signup/finish")] == [404, 404]


def test_an_address_elsewhere_is_refused_by_a_word_about_which_may(make: Build) -> None:
    site = make(opened(domains=("example.org", "xn--bcher-kva.example")))
    page = ask(site, "alice@example.com").page
    assert page.status == 422
    assert page.says("signup.form.other_domain")
    assert "example.org, bücher.example" in page.text
    assert ask(site, ZOE).page.says("signup.form.sent")


def test_which_addresses_may_come_is_said_before_anybody_types(make: Build) -> None:
    site = make(opened(domains=("example.org",)))
    assert "example.org" in site.visitor().open(FORM).element("signup.form.email_help").text


def test_whoever_gets_no_account_reads_so_where_one_is_needed(make: Build) -> None:
    site = make(opened(account="none"))
    visitor = site.visitor()
    visitor.open(link(site))
    assert fill_in(site, visitor).says("signup.finish.done")
    page = visitor.open("/services")
    assert page.screen == "accounts.none"
    assert page.heading == site.say("accounts.none.title")


def test_an_ended_trial_leads_to_the_page_that_says_so(sending: Site) -> None:
    visitor = sending.visitor()
    visitor.open(link(sending))
    fill_in(sending, visitor, username="zoe")
    sending.clock.move(days=31)
    assert sending.sign_in("zoe", NEW_PASSWORD).open("/services").screen == "accounts.expired"


def test_a_trial_account_finds_the_cart(sending: Site) -> None:
    visitor = sending.visitor()
    visitor.open(link(sending))
    fill_in(sending, visitor, username="zoe")
    assert visitor.open("/").says("shell.header.buy")


def test_the_old_password_of_somebody_else_is_no_way_in_with_a_new_name(sending: Site) -> None:
    visitor = sending.visitor()
    visitor.open(link(sending))
    fill_in(sending, visitor, username="zoe")
    assert sending.sign_in("zoe", PASSWORD).page.says("login.form.wrong")


# --- Fields of the host's ----------------------------------------------------------------------------------------


OWN = {
    "user": {
        "size": {"label": {"en": "Size", "es": "Talla", "it": "Taglia"}, "required": True},
        "hobby": {"label": {"en": "Hobby", "es": "Afición", "it": "Passatempo"}},
        "tier": {"label": {"en": "Tier", "es": "Nivel", "it": "Livello"}, "required": True, "editable_by": "host"},
    },
    "account": {
        "staff": {"label": {"en": "Staff", "es": "Plantilla", "it": "Personale"}, "type": "number", "required": True},
        "size": {"label": {"en": "Area", "es": "Superficie", "it": "Superficie"}, "type": "number", "required": True},
    },
}
"""Of each kind: asked, not needed, not for users to fill in, and one of the same name for both."""


@pytest.fixture
def asking(make: Build) -> Site:
    """A host who wants to know more."""
    return make(opened().model_copy(update={"fields": Fields.model_validate(OWN)}))


def test_fields_of_the_hosts_that_must_be_filled_in_are_asked_and_kept(asking: Site) -> None:
    visitor = asking.visitor()
    page = visitor.open(link(asking))
    assert [one for one in page.elements if one.startswith("fields.")] == ["fields.account.staff", "fields.user.size"]
    assert fill_own(asking, visitor, size="XL", staff="12").says("signup.finish.done")
    with asking.acct.database.session() as db:
        user = db.query(User).filter_by(email_key=ZOE).one()
        assert user.fields == {"size": "XL"}
        assert user.memberships[0].account.fields == {"staff": 12}


def test_a_field_of_the_hosts_is_checked(asking: Site) -> None:
    visitor = asking.visitor()
    visitor.open(link(asking))
    assert fill_own(asking, visitor, size="XL", staff="a dozen").status == 422
    assert fill_own(asking, visitor, size="", staff="12").status == 422


def fill_own(site: Site, visitor: Visitor, *, size: str, staff: str) -> Read:
    named = {
        **{site.say(f"signup.finish.{name}"): "Zoe" for name in ("first_name", "last_name")},
        **{site.say(f"signup.finish.{name}"): NEW_PASSWORD for name in ("new", "repeat")},
        "Talla": size,
        "Plantilla": staff,
    }
    return visitor.press(site.say("signup.finish.submit"), named)


def test_where_no_account_is_given_nothing_is_asked_about_one(make: Build) -> None:
    config = opened(account="none").model_copy(update={"fields": Fields.model_validate(OWN)})
    site = make(config)
    page = site.visitor().open(link(site))
    assert [one for one in page.elements if one.startswith("fields.")] == ["fields.user.size"]


def test_an_identifier_of_the_hosts_is_no_hindrance(make: Build) -> None:
    login = Login(identifiers=("phone", "email"), label={"en": "Phone or email", "es": "Teléfono o correo"})
    config = opened().model_copy(update={"login": login})
    site = make(config)
    visitor = site.visitor()
    visitor.open(link(site))
    assert fill_in(site, visitor).says("signup.finish.done")
    ((_, letter),) = site.letters()
    assert ZOE in text(letter)


@pytest.mark.parametrize("name", ["new", "repeat", "terms", "account_name"])
def test_a_field_of_the_hosts_is_not_called_as_one_of_the_form(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        Fields.model_validate({"user": {name: {"label": {"en": "X"}}}})


# --- What the host says before they are signed in ----------------------------------------------------------------


def test_a_host_that_lets_nobody_in_now_has_a_new_user_all_the_same(sending: Site) -> None:
    sending.host.before_sign_in(lambda attempt: Refuse("Non oggi."))
    visitor = sending.visitor()
    visitor.open(link(sending))
    page = fill_in(sending, visitor, username="zoe")
    assert page.screen == "login.form"
    assert "Non oggi." in page.text
    assert visitor.open("/me").response.json == {"user": None}
    assert count(sending, User) == 4


def test_a_host_may_send_whoever_signed_up_elsewhere_first(sending: Site) -> None:
    heard: list[str] = []

    def second_step(attempt: Attempt) -> str:
        heard.append(attempt.way)
        return "/second-step"

    sending.host.before_sign_in(second_step)
    visitor = sending.visitor()
    visitor.open(link(sending))
    fill_in(sending, visitor, username="zoe")
    assert visitor.path == "/second-step"
    assert heard == ["sign_up"]
    assert visitor.open("/me").response.json == {"user": None}
