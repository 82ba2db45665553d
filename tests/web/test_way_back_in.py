"""The way from a password that does not fit to the home page, and what need not be typed twice on it."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qsl, urlsplit

import pytest

from flask_acct import Attempt, Refuse, User, user_signed_in
from flask_acct import config as configuration
from flask_acct.config import Config, PasswordRecovery, Recovery
from flask_acct.db.models import UserSession
from flask_acct.testing.records import PASSWORD

from ..personas import NEW_PASSWORD
from .site import Build, Site
from .test_before_sign_in import asked, second_factor
from .test_from_python import count
from .test_passwords import link, opened, set_to
from .test_recovering import link as link_in
from .visitor import Read, Visitor

SIGNS_IN = Config(recovery=Recovery(password=PasswordRecovery(identify=("email",), sign_in=True)))


def failed(site: Site, identifier: str, visitor: Visitor | None = None) -> Visitor:
    return site.sign_in(identifier, "not my password", visitor)


def value(page: Read, name: str) -> str:
    found = [node for node in page.nodes if node.attributes.get("name") == name and node.within("main")]
    (control,) = found
    if control.tag != "select":
        return control.attributes.get("value", "")
    return next((one.attributes["value"] for one in control.children if "selected" in one.attributes), "")


def test_a_failed_sign_in_offers_the_way_back_in_beside_what_it_says(any_site: Site) -> None:
    visitor = failed(any_site, any_site.identifier(any_site.people.alice))
    said = next(node for node in visitor.page.nodes if node.acct == "login.form.wrong").parent
    assert said is not None
    assert [node.acct for node in said.children if node.tag == "p"][:1] == ["login.form.wrong"]
    offered = [one for node in said.children for one in node.children if one.tag == "a"]
    words = any_site.say("login.form.forgot_password")
    assert [(one.text, one.attributes["href"]) for one in offered][:1] == [(words, "/account/recover/password")]
    # The id stays with the link below, so that each is on a page once.
    assert visitor.page.elements.count("login.form.forgot_password") == 1


def test_what_failed_to_sign_in_is_filled_in_where_a_new_password_is_requested(any_site: Site) -> None:
    name, ways = any_site.identifier(any_site.people.alice), any_site.config.recovery.password
    (kind, *_) = any_site.config.login.identifiers
    page = failed(any_site, name).open("/account/recover/password")
    if ways.choose:
        assert value(page, "kind") == kind
        assert value(page, "value") == name
    else:
        assert value(page, kind) == name


def test_a_user_name_does_not_fill_in_an_address(make: Build) -> None:
    site = make("sending-platform")
    page = failed(site, "m00000").open("/account/recover/password")
    assert value(page, "username") == "m00000"
    assert value(page, "email") == ""
    assert value(failed(site, "m00000").open("/account/recover/username"), "email") == ""


def test_an_address_that_failed_to_sign_in_is_filled_in_where_user_names_are_requested(make: Build) -> None:
    site = make("sending-platform")
    page = failed(site, "ana@example.com").open("/account/recover/username")
    assert value(page, "email") == "ana@example.com"


def test_what_was_requested_is_filled_in_at_sign_in(site: Site) -> None:
    visitor = site.visitor()
    visitor.open("/account/recover/password")
    visitor.press(site.say("recovery.password.submit"), {site.say("recovery.password.email"): "alice@example.com"})
    assert value(visitor.open("/account/login"), "identifier") == "alice@example.com"
    assert value(visitor.open("/account/recover/password"), "email") == "alice@example.com"


def test_a_domain_is_no_identifier_to_sign_in_with(make: Build) -> None:
    site = make("customer-panel")
    visitor = failed(site, "9000")
    visitor.open("/account/recover/password")
    visitor.post("/account/recover/password", {"kind": "domain", "value": "ortega.example"})
    assert value(visitor.open("/account/login"), "identifier") == "9000"
    assert value(visitor.open("/account/recover/password"), "value") == "ortega.example"


def test_who_has_set_a_password_by_link_finds_the_sign_in_form_filled_in(any_site: Site) -> None:
    visitor = opened(any_site, link(any_site, any_site.people.alice))
    set_to(visitor, any_site)
    assert value(visitor.page, "identifier") == any_site.identifier(any_site.people.alice)


def test_what_was_typed_is_in_no_address(site: Site) -> None:
    visitor = failed(site, "alice@example.com")
    links = [node.attributes["href"] for node in visitor.page.nodes if "href" in node.attributes]
    assert [one for one in links if "alice" in one or parse_qsl(urlsplit(one).query) == [("email", "")]] == []
    visitor.open("/account/recover/password")
    answer = visitor.post("/account/recover/password", {"email": "alice@example.com"})
    assert answer.headers["Location"] == "/account/recover/password"


def test_what_was_typed_is_forgotten_after_an_idle_sessions_time(site: Site) -> None:
    visitor = failed(site, "alice@example.com")
    site.clock.move(minutes=site.config.session.idle_minutes, seconds=1)
    assert value(visitor.open("/account/recover/password"), "email") == ""
    assert value(visitor.open("/account/login"), "identifier") == ""


def test_who_signs_in_and_out_leaves_nothing_typed(site: Site) -> None:
    visitor = failed(site, "bob@example.com")
    site.sign_in("alice@example.com", PASSWORD, visitor)
    visitor.open("/account/logout")
    visitor.press(site.say("login.logout.submit"))
    assert value(visitor.open("/account/login"), "identifier") == ""


def test_nobody_who_has_typed_nothing_finds_a_field_filled_in(any_site: Site) -> None:
    visitor = any_site.visitor()
    assert value(visitor.open("/account/login"), "identifier") == ""


def test_from_the_mistake_to_the_home_page_takes_three_forms_and_no_address_typed_again(site: Site) -> None:
    """The theoretical least is two: asking for the mail, and the new password."""
    visitor, name = failed(site, "alice@example.com"), "alice@example.com"
    visitor.open("/account/recover/password")
    visitor.press(site.say("recovery.password.submit"))
    ((_, letter),) = site.letters()
    visitor.open(link_in(letter))
    set_to(visitor, site)
    visitor.press(site.say("login.form.submit"), {site.say("login.form.password"): NEW_PASSWORD})
    assert visitor.page.heading == "Home"
    assert visitor.open("/services").status == 200
    assert name not in visitor.path


# --- Sent, and sent again ---------------------------------------------------------------------------------------------


def sent(site: Site, **typed: str) -> Visitor:
    visitor = site.visitor()
    visitor.open("/account/recover/password")
    answer = visitor.post("/account/recover/password", typed)
    visitor.page = visitor.open(answer.headers["Location"])
    return visitor


@pytest.mark.parametrize("email", ["alice@example.com", "nobod@example.com", "o'hara&co@example.com"])
def test_what_was_sent_names_the_address_that_was_typed(site: Site, email: str) -> None:
    assert f" {email}, " in sent(site, email=email).page.element("recovery.password.sent").text


def test_two_things_typed_are_named_as_a_list_in_the_readers_language(make: Build) -> None:
    site = make("sending-platform")
    page = sent(site, username="alice", email="alice@example.com").page
    assert "alice e alice@example.com" in page.element("recovery.password.sent").text


@pytest.mark.parametrize("email", ["alice@example.com", "nobod@example.com"])
def test_send_again_is_a_request_of_its_own_for_the_same_address(site: Site, email: str) -> None:
    visitor = sent(site, email=email)
    page = visitor.press(site.say("recovery.password.again"))
    assert email in page.element("recovery.password.sent").text
    assert [email in row for row in site.rows()["acct_request"]] == [True, True]


def test_send_again_is_limited_like_the_form(site: Site) -> None:
    visitor = sent(site, email="alice@example.com")
    for _ in range(site.config.limits.requests_per_address - 1):
        visitor.press(site.say("recovery.password.again"))
    visitor.press(site.say("recovery.password.again"))
    assert visitor.page.status == 429
    assert visitor.page.says("recovery.password.too_many")
    assert value(visitor.page, "email") == "alice@example.com"


def test_a_double_click_on_send_again_is_one_request(site: Site) -> None:
    visitor = sent(site, email="alice@example.com")
    for _ in range(2):
        visitor.send(site.say("recovery.password.again"))
    assert len(site.rows()["acct_request"]) == 2


def test_user_names_can_be_sent_again(make: Build) -> None:
    site = make("sending-platform")
    visitor = site.visitor()
    visitor.open("/account/recover/username")
    typed = {site.say("recovery.username.email"): "alice@example.com"}
    visitor.press(site.say("recovery.username.submit"), typed)
    page = visitor.press(site.say("recovery.username.again"))
    assert "alice@example.com" in page.element("recovery.username.sent").text
    assert len(site.rows()["acct_request"]) == 2


# --- Waiting ----------------------------------------------------------------------------------------------------------


def too_often(site: Site, identifier: str) -> Visitor:
    visitor = site.visitor()
    for _ in range(site.config.limits.sign_in_failures + 1):
        failed(site, identifier, visitor)
    assert visitor.page.status == 429
    return visitor


def waits(page: Read, id_: str) -> str:
    return page.element(id_).attributes.get("data-wait", "")


def test_after_too_many_tries_the_button_says_how_long_to_wait(site: Site) -> None:
    page = too_often(site, "alice@example.com").page
    assert waits(page, "login.form.submit") == page.response.headers["Retry-After"]
    assert "{time}" in page.element("login.form.submit").attributes["data-left"]


def test_a_button_that_nobody_waits_for_says_nothing(site: Site) -> None:
    assert waits(failed(site, "alice@example.com").page, "login.form.submit") == ""
    assert waits(site.visitor().open("/account/login"), "login.form.submit") == ""


def test_where_a_temporary_password_works_all_the_same_the_button_waits_for_nobody(make: Build) -> None:
    site = make("email-marketing")
    assert waits(too_often(site, "alice").page, "login.form.submit") == ""


# --- Signed in by the link --------------------------------------------------------------------------------------------


def test_with_the_policy_who_sets_a_password_by_link_is_in_by_the_same_press(make: Build) -> None:
    site = make(SIGNS_IN)
    signed_in: list[User] = []
    heard = user_signed_in.connected_to(lambda _app, user: signed_in.append(user), site.app)
    visitor = opened(site, link(site, site.people.alice))
    with heard:
        set_to(visitor, site)
    assert visitor.page.heading == "Home"
    assert visitor.open("/services").status == 200
    assert [user.id for user in signed_in] == [site.people.alice.id]
    assert count(site, UserSession) == 1


def test_with_the_policy_the_link_ends_every_other_session_and_itself(make: Build) -> None:
    site = make(SIGNS_IN)
    before, secret = site.alice(), link(site, site.people.alice)
    set_to(opened(site, secret), site)
    assert before.open("/services").screen == "login.form"
    assert opened(site, secret).page.says("recovery.password.used")


def test_with_the_policy_whoever_was_here_before_is_not_any_more(make: Build) -> None:
    site = make(SIGNS_IN)
    visitor = opened(site, link(site, site.people.alice), site.sign_in("charlie@example.net"))
    set_to(visitor, site)
    assert visitor.open("/services").heading == "Services of Ortega Bakery"


@pytest.mark.parametrize("purpose", ["password_link", "activation"])
def test_the_host_is_asked_who_has_set_a_password_by_link(make: Build, purpose: str) -> None:
    site = make(SIGNS_IN)
    heard = asked(site, lambda _: None)
    set_to(opened(site, link(site, site.people.alice, purpose)), site)  # type: ignore[arg-type]
    assert [(one.user.id, one.way) for one in heard] == [(site.people.alice.id, "password_link")]


def test_a_host_that_refuses_lets_nobody_in_by_link_and_the_password_is_the_new_one(make: Build) -> None:
    site = make(SIGNS_IN)
    answers: list[Refuse | None] = [Refuse("Call us first.")]
    asked(site, lambda _: answers.pop() if answers else None)
    visitor = opened(site, link(site, site.people.alice))
    set_to(visitor, site)
    assert visitor.page.screen == "login.form"
    assert "Call us first." in visitor.page.text
    assert visitor.open("/services").screen == "login.form"
    assert site.sign_in("alice@example.com", NEW_PASSWORD).page.heading == "Home"


def test_a_second_step_is_not_skipped_by_the_link(make: Build) -> None:
    site = make(SIGNS_IN)
    second_factor(site)
    visitor = opened(site, link(site, site.people.alice))
    set_to(visitor, site)
    assert "code of" in visitor.page.response.get_data(as_text=True) or visitor.path == "/code"
    assert visitor.open("/services").screen == "login.form"


def test_a_suspended_account_stays_suspended_for_who_comes_by_link(make: Build) -> None:
    site = make(SIGNS_IN)
    site.run("UPDATE acct_account SET state = 'suspended'")
    visitor = opened(site, link(site, site.people.alice))
    set_to(visitor, site)
    assert visitor.open("/services").screen == "accounts.suspended"


@pytest.mark.parametrize("says", [lambda _: None, lambda _: "/code"])
def test_a_failure_of_the_rules_signs_nobody_in(make: Build, says: Callable[[Attempt], str | None]) -> None:
    site = make(SIGNS_IN)
    heard = asked(site, says)
    visitor = opened(site, link(site, site.people.alice))
    set_to(visitor, site, "short")
    assert visitor.page.status == 422
    assert heard == []
    assert count(site, UserSession) == 0


def test_without_the_policy_the_host_is_not_asked(site: Site) -> None:
    heard = asked(site, lambda _: None)
    set_to(opened(site, link(site, site.people.alice)), site)
    assert heard == []
    assert count(site, UserSession) == 0


def test_a_link_signs_in_nobody_who_has_nothing_to_sign_in_with(make: Build) -> None:
    whole = configuration.preset("customer-panel")
    ways = whole.recovery.password.model_copy(update={"sign_in": True})
    site = make(whole.model_copy(update={"recovery": whole.recovery.model_copy(update={"password": ways})}))
    visitor = opened(site, link(site, site.people.bob, "activation"))
    set_to(visitor, site)
    assert visitor.page.screen == "login.form"
    assert count(site, UserSession) == 0
