"""Which language a page is in."""

from __future__ import annotations

import pytest

from flask_acct.accounts import recipients
from flask_acct.config import Site as SiteConfig
from flask_acct.db.models import Account, User
from flask_acct.testing import PASSWORD

from ..personas import NEW_PASSWORD
from ..scopes import a_scope
from .site import Build, Site
from .test_recovering import link, temporary, way_in
from .visitor import Read, Visitor

LOGIN = "/account/login"


def choose(visitor: Visitor, locale: str, back: str = LOGIN) -> Read:
    answer = visitor.post("/account/language", {"locale": locale, "next": back})
    return visitor.open(answer.headers["Location"])


@pytest.mark.parametrize(
    ("wished", "language"),
    [
        ("it", "it"), ("it-CH, en;q=0.5", "it"), ("es-AR", "es-AR"), ("es-MX", "es"), ("de, it;q=0.4, en;q=0.9", "en"),
        ("de", "es"), ("", "es"), ("en;q=0, it;q=0.1", "it"), ("*", "es"), ("xx-" + "y" * 4000, "es"),
        ("it" + " " * 300 + ",en", "it"), (";;;=,", "es"), ("EN-us", "en"),
    ],
)  # fmt: skip
def test_a_visitor_reads_what_the_browser_asks_for(site: Site, wished: str, language: str) -> None:
    assert site.visitor().open(LOGIN, **{"Accept-Language": wished}).language == language


def test_what_one_browser_asks_for_is_not_what_another_gets(site: Site) -> None:
    """However much their wishes have in common."""
    common = "de-" + "x" * 200
    first = site.visitor().open(LOGIN, **{"Accept-Language": f"{common}, it"}).language
    assert site.visitor().open(LOGIN, **{"Accept-Language": f"{common}, en"}).language == first == "es"


def test_a_choice_outlasts_what_the_browser_asks_for(site: Site) -> None:
    visitor = site.visitor(**{"Accept-Language": "en"})
    visitor.open(LOGIN)
    choose(visitor, "it")
    assert visitor.open("/account/recover/password").language == "it"


@pytest.mark.parametrize("back", ["/account/recover/password", "/account/login?next=/services", "/abort/404?x=1"])
def test_the_switch_stays_on_the_page(site: Site, back: str) -> None:
    visitor = site.visitor()
    visitor.open(LOGIN)
    choose(visitor, "it", back)
    assert visitor.path == back
    assert visitor.page.language == "it"


@pytest.mark.parametrize("back", ["//evil.example", "https://evil.example", "/\\evil.example", ""])
def test_the_switch_leads_to_no_other_host(site: Site, back: str) -> None:
    visitor = site.visitor()
    visitor.open(LOGIN)
    choose(visitor, "it", back)
    assert visitor.path == "/"


@pytest.mark.parametrize("locale", ["xx", "", "../../etc", "de", "es-AR"])
def test_a_language_that_is_not_offered_changes_nothing(site: Site, locale: str) -> None:
    visitor = site.visitor()
    visitor.open(LOGIN)
    choose(visitor, locale)
    assert visitor.page.language == "es"
    assert visitor.client.get_cookie("acct_language") is None


def test_alices_choice_is_hers_on_every_device(site: Site) -> None:
    alice = site.alice()
    choose(alice, "it")
    assert site.alice().open("/account/password/change", **{"Accept-Language": "en"}).language == "it"


def test_a_visitors_choice_is_not_alices(site: Site) -> None:
    choose(site.alice(), "it")
    assert site.visitor().open(LOGIN).language == "es"


def test_a_choice_without_the_form_token_is_refused(site: Site) -> None:
    answer = site.visitor().client.post("/account/language", data={"locale": "it"})
    assert answer.status_code == 400
    assert "acct_language" not in answer.headers.get("Set-Cookie", "")


def test_a_letter_is_in_the_language_the_request_was_made_in(site: Site) -> None:
    visitor = site.visitor(**{"Accept-Language": "it"})
    visitor.open("/account/recover/password")
    visitor.post("/account/recover/password", {"email": "alice@example.com"})
    ((_, letter),) = site.letters()
    assert letter["Content-Language"] == "it"


# What is remembered at sign-in


ENGLISH = {"Accept-Language": "en"}


def new_password(visitor: Visitor) -> None:
    visitor.open("/account/password/change")
    visitor.post(visitor.path, {"current": PASSWORD, "new": NEW_PASSWORD, "repeat": NEW_PASSWORD})


def alice_in(site: Site, visitor: Visitor) -> Visitor:
    visitor.open(LOGIN)
    visitor.post(LOGIN, {"identifier": "alice@example.com", "password": PASSWORD})
    return visitor


def stored(site: Site) -> str | None:
    with site.acct.database.session() as db:
        return db.get_one(User, site.people.alice.id).locale


def wants(site: Site, locale: str) -> None:
    site.run("update acct_user set locale = :locale where username = 'alice'", locale=locale)


def test_a_mail_is_in_the_language_its_reader_read_when_signing_in(site: Site) -> None:
    new_password(alice_in(site, site.visitor(**ENGLISH)))
    ((_, letter),) = site.letters()
    assert letter["Content-Language"] == "en"


def test_mails_of_the_worker_are_in_the_language_remembered(site: Site) -> None:
    alice_in(site, site.visitor(**ENGLISH))
    bare = site.visitor(**{"Accept-Language": "it"})
    bare.open("/account/recover/password")
    bare.post("/account/recover/password", {"email": "alice@example.com"})
    ((_, letter),) = site.letters()
    assert letter["Content-Language"] == "en"


def test_contacts_without_a_language_are_written_to_in_the_one_remembered_for_the_owner(site: Site) -> None:
    alice_in(site, site.visitor(**ENGLISH))
    with site.acct.database.session() as db:
        account = db.get_one(Account, site.people.account.id)
        (owner,) = recipients.of(a_scope(db, config=site.config), account, "invoices")
    assert owner.locale == "en"


def test_who_follows_a_link_without_ever_having_signed_in_is_written_to_in_the_language_of_the_page(site: Site) -> None:
    visitor = site.visitor(**ENGLISH)
    visitor.open(link(way_in(site)))
    visitor.post("/account/password/set", {"new": NEW_PASSWORD, "repeat": NEW_PASSWORD})
    ((_, letter),) = site.letters()
    assert letter["Content-Language"] == "en"


def test_who_must_set_a_password_first_is_written_to_in_the_language_of_the_page(make: Build) -> None:
    site = make("email-marketing")
    secret = temporary(way_in(site))
    visitor = site.visitor(**ENGLISH)
    visitor.open(LOGIN)
    visitor.post(LOGIN, {"identifier": "alice", "password": secret})
    visitor.open("/account/password/set")
    visitor.post("/account/password/set", {"new": NEW_PASSWORD, "repeat": NEW_PASSWORD})
    ((_, letter),) = site.letters()
    assert letter["Content-Language"] == "en"


def test_signing_in_does_not_change_a_language_that_was_chosen(site: Site) -> None:
    wants(site, "it")
    alice_in(site, site.visitor(**ENGLISH))
    assert stored(site) == "it"


def test_a_failed_sign_in_remembers_nothing(site: Site) -> None:
    visitor = site.visitor(**ENGLISH)
    visitor.open(LOGIN)
    visitor.post(LOGIN, {"identifier": "alice@example.com", "password": "wrong, really"})
    assert stored(site) is None


def test_the_language_chosen_on_the_way_in_is_read_after_signing_in(site: Site) -> None:
    wants(site, "it")
    visitor = site.visitor()
    visitor.open(LOGIN)
    choose(visitor, "en")
    assert alice_in(site, visitor).open("/account/me").language == "en"


def test_the_language_chosen_on_the_way_in_is_kept_in_mails_only_by_who_has_none(site: Site) -> None:
    wants(site, "it")
    visitor = site.visitor()
    visitor.open(LOGIN)
    choose(visitor, "en")
    new_password(alice_in(site, visitor))
    ((_, letter),) = site.letters()
    assert letter["Content-Language"] == "it"


def test_the_language_chosen_on_the_way_in_is_remembered_for_who_has_none(site: Site) -> None:
    visitor = site.visitor()
    visitor.open(LOGIN)
    choose(visitor, "it")
    alice_in(site, visitor)
    assert stored(site) == "it"


def test_another_browser_of_hers_still_reads_what_she_chose_for_good(site: Site) -> None:
    wants(site, "it")
    visitor = site.visitor()
    visitor.open(LOGIN)
    choose(visitor, "en")
    alice_in(site, visitor)
    assert alice_in(site, site.visitor(**ENGLISH)).open("/account/me").language == "it"


def test_what_is_chosen_once_signed_in_counts_more_than_what_was_chosen_on_the_way(site: Site) -> None:
    visitor = site.visitor()
    visitor.open(LOGIN)
    choose(visitor, "en")
    alice_in(site, visitor).open("/account/me")
    choose(visitor, "it", "/account/me")
    assert visitor.page.language == "it"
    assert stored(site) == "it"


def test_your_details_show_the_language_of_mails_and_not_that_of_the_page(site: Site) -> None:
    wants(site, "it")
    visitor = site.visitor()
    visitor.open(LOGIN)
    choose(visitor, "en")
    page = alice_in(site, visitor).open("/account/me")
    chosen = [node.attributes["value"] for node in page.nodes if node.tag == "option" and "selected" in node.attributes]
    assert "it" in chosen
    assert "en" not in chosen


def test_a_language_saved_in_your_details_is_read_at_once(site: Site) -> None:
    visitor = site.visitor()
    visitor.open(LOGIN)
    choose(visitor, "en")
    alice_in(site, visitor).open("/account/me")
    visitor.post("/account/me", {"first_name": "A", "last_name": "B", "locale": "it", "time_zone": ""})
    assert visitor.open("/account/me").language == "it"


def test_the_language_chosen_on_the_way_in_outlasts_signing_out(site: Site) -> None:
    wants(site, "it")
    visitor = site.visitor()
    visitor.open(LOGIN)
    choose(visitor, "en")
    alice_in(site, visitor)
    visitor.open("/account/me")
    visitor.post("/account/logout", {})
    assert visitor.open(LOGIN).language == "en"
    assert alice_in(site, visitor).open("/account/me").language == "en"


def test_a_language_no_longer_offered_is_nobodys(site: Site) -> None:
    wants(site, "de")
    visitor = alice_in(site, site.visitor(**ENGLISH))
    assert visitor.open("/account/me").language == "en"
    new_password(visitor)
    ((_, letter),) = site.letters()
    assert letter["Content-Language"] == "en"


@pytest.mark.parametrize(
    ("wishes", "spoken"),
    [(("es_AR",), "es"), (("de", "it"), "it"), ((None, "it"), "it"), ((), "es"), (("", "xx"), "es")],
)
def test_of_what_is_wished_for_the_first_that_is_offered_is_spoken(wishes: tuple[str | None, ...], spoken: str) -> None:
    assert SiteConfig(locales=("es", "it")).nearest_locale(*wishes) == spoken
