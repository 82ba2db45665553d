"""Which language a page is in."""

from __future__ import annotations

import pytest

from .site import Site
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
    assert (visitor.path, visitor.page.language) == (back, "it")


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
    assert (visitor.page.language, visitor.client.get_cookie("acct_language")) == ("es", None)


def test_alices_choice_is_hers_on_every_device(site: Site) -> None:
    alice = site.alice()
    choose(alice, "it")
    assert site.alice().open("/account/password/change", **{"Accept-Language": "en"}).language == "it"


def test_a_visitors_choice_is_not_alices(site: Site) -> None:
    choose(site.alice(), "it")
    assert site.visitor().open(LOGIN).language == "es"


def test_a_choice_without_the_form_token_is_refused(site: Site) -> None:
    answer = site.visitor().client.post("/account/language", data={"locale": "it"})
    assert (answer.status_code, "acct_language" in answer.headers.get("Set-Cookie", "")) == (400, False)


def test_a_letter_is_in_the_language_the_request_was_made_in(site: Site) -> None:
    visitor = site.visitor(**{"Accept-Language": "it"})
    visitor.open("/account/recover/password")
    visitor.post("/account/recover/password", {"email": "alice@example.com"})
    ((_, letter),) = site.letters()
    assert letter["Content-Language"] == "it"
