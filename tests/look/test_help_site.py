"""The help site in a browser, as the app serves it: every kind of page, in light and dark, on paper and on a phone."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, Response, Route, expect

from flask_acct import config as configuration
from flask_acct.config import Config
from flask_acct.features import platforms as editions_of
from flask_acct.kb.articles.content import content_of
from flask_acct.kb.articles.knowledge_base import KnowledgeBase
from flask_acct.kb.articles.manifest import Checked, Manifest, TakenPicture, fingerprint, key
from flask_acct.kb.site import building as help_site

from .. import sharing
from ..scopes import NOON
from ..web.site import Site, build
from .house import opened
from .test_accessibility import violations

pytestmark = pytest.mark.browser

ARTICLE = "recover-password"
OLD_NAME = "forgotten"
SHOP = """\
---
category: signing_in
tags: [password]
aliases: [forgotten]
---
# A page of the host's

It was called something else before.

??? info "What a page is"

    What you read.
"""
KINDS = {
    "front": "",
    "article": f"{ARTICLE}/",
    "category": "categories/getting-back-in/",
    "topic": "topics/password/",
    "a to z": "a-z/",
    "glossary": "glossary/",
    "not found": "no-such-page/",
    "moved": f"{OLD_NAME}/",
    "choice": "../index.html",
}
"""A page drawn by each template, by its address within a language."""

SCHEMES = ("light", "dark")


@dataclass
class Helped:
    """An app that serves a help site. ``heard`` is what went wrong in its pages, and what they asked of others."""

    site: Site
    url: str
    heard: list[str] = field(default_factory=list)

    def at(self, kind: str, tag: str = "es") -> str:
        return f"{self.url}/help/{tag}/{KINDS.get(kind, kind)}"

    def listen(self, page: Page) -> Page:
        page.on("pageerror", lambda error: self.heard.append(str(error)))
        page.on("console", lambda message: self.heard.append(message.text) if message.type == "error" else None)
        page.on("request", lambda asked: None if asked.url.startswith(self.url) else self.heard.append(asked.url))
        page.on("response", self._hear_response)
        page.on("requestfailed", lambda asked: self.heard.append(f"{asked.url}: {asked.failure}"))
        return page

    def _hear_response(self, response: Response) -> None:
        if response.status >= 400 and not response.request.is_navigation_request():
            self.heard.append(f"{response.status} {response.url}")


def centre_of(config: Config, folder: Path) -> KnowledgeBase:
    """The help centre, its article illustrated by one picture in light and one in dark."""
    platforms, content, manifest = editions_of(config), content_of(config), Manifest(folder)
    for colour in ("aa", "bb"):
        Image.new("RGB", (600, 300), f"#{colour * 3}").save(folder / f"{colour * 10}.webp")
    for locale in config.site.locales:
        mark = fingerprint(ARTICLE, locale, None, content=content, platforms=platforms)
        taken = (TakenPicture(1, f"{'aa' * 10}.webp", 600, 300, "77", f"{'bb' * 10}.webp"),)
        manifest.checked[key(ARTICLE, locale, None)] = Checked(mark, date(2026, 3, 4), taken)
    return KnowledgeBase(platforms, content, manifest)


@pytest.fixture(scope="session")
def helped(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Helped]:
    file = tmp_path_factory.mktemp("helped") / "acct.db"
    shutil.copy(migrated, file)
    folder = sharing.once("helped", _build)
    site = build(_config(folder), f"sqlite:///{file}", NOON, ACCT_HELP_SITE=str(folder / "site"))
    with opened(site) as house:
        yield Helped(site, house.url)
    site.acct.database.engine.dispose()


def _build(folder: Path) -> None:
    (folder / "records").mkdir()
    for locale in ("en", "es"):
        (folder / "own" / locale).mkdir(parents=True)
    (folder / "own" / "es" / "shop.md").write_text(SHOP, "utf-8")
    help_site.build(centre_of(_config(folder), folder / "records"), folder / "site", allow_unverified=True)


def _config(folder: Path) -> Config:
    config = configuration.preset("client-area")
    return config.model_copy(update={"help": config.help.model_copy(update={"articles": str(folder / "own")})})


@pytest.fixture
def reader(browser: Browser, helped: Helped) -> Iterator[Callable[..., Page]]:
    """A page of somebody's browser: ``reader(java_script_enabled=False)``."""
    contexts: list[BrowserContext] = []

    def read(**how: Any) -> Page:
        context = browser.new_context(reduced_motion="reduce", **how)
        context.set_default_timeout(10_000)
        context.add_init_script(AXE_SCRIPT)
        contexts.append(context)
        return helped.listen(context.new_page())

    yield read
    for context in contexts:
        context.close()


def stay(route: Route) -> None:
    """The page that sends its reader on, without doing so."""
    response = route.fetch()
    route.fulfill(response=response, body=re.sub(r"<script[^>]*></script>", "", response.text()))


def search(page: Page, words: str) -> None:
    page.locator("[data-md-component=search-query]").click()
    page.keyboard.type(words, delay=20)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_page_has_no_barriers_and_fits_a_small_phone(
    kind: str, scheme: Any, helped: Helped, reader: Callable[..., Page]
) -> None:
    page = reader(color_scheme=scheme)
    page.route(f"**/{OLD_NAME}/", stay)
    page.goto(helped.at(kind), wait_until="networkidle")
    assert violations(page) == []
    page.set_viewport_size({"width": 320, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert violations(page) == []


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_search_has_no_barriers_and_reads_over_accents(
    scheme: Any, helped: Helped, reader: Callable[..., Page]
) -> None:
    page = reader(color_scheme=scheme)
    page.goto(helped.at("article"))
    search(page, "sesion")
    found = page.locator(".md-search-result__item").first
    expect(found).to_contain_text("sesión")
    expect(page.locator(".md-search-result__terms")).to_have_count(0)
    assert violations(page) == []


@pytest.mark.parametrize("how", ["filled in", "pasted", "dropped by a program"])
def test_words_that_came_without_a_key_are_searched_for(how: str, helped: Helped, reader: Callable[..., Page]) -> None:
    page = reader()
    page.goto(helped.at("article"))
    query = page.locator("[data-md-component=search-query]")
    query.click()
    match how:
        case "filled in":
            query.fill("contraseña")
        case "pasted":
            page.evaluate("document.execCommand('insertText', false, 'contraseña')")
        case _:
            query.evaluate("one => { one.value = 'contraseña'; one.dispatchEvent(new Event('change')); }")
    expect(page.locator(".md-search-result__item").first).to_contain_text("contraseña")


def test_every_page_of_the_help_site_shows_the_brands_letter(helped: Helped, reader: Callable[..., Page]) -> None:
    page = reader()
    for kind in ("front", "article", "choice"):
        page.goto(helped.at(kind))
        icon = page.request.get(page.evaluate("document.querySelector('link[rel=icon]').href"))
        assert icon.headers["content-type"].startswith("image/svg+xml")
        assert f">{helped.site.config.site.name[0]}<" in icon.text()


@pytest.mark.parametrize("width", [390, 1280])
def test_the_front_page_has_one_search_and_it_opens(width: int, helped: Helped, reader: Callable[..., Page]) -> None:
    page = reader(viewport={"width": width, "height": 900})
    page.goto(helped.at("front"))
    ways = page.locator(
        "[data-md-component=search-query]:visible, .acct-find:visible, .md-header__button[for=__search]:visible"
    )
    in_view = ways.evaluate_all(
        """all => all.filter(one => one.offsetParent && one.getBoundingClientRect().right > 0 &&
           getComputedStyle(one.closest(".md-search__inner") || one).opacity !== "0")"""
    )
    assert len(in_view) == 1
    page.locator(".acct-find" if width < 960 else "[data-md-component=search-query]").click()
    page.keyboard.type("contrasena", delay=20)
    expect(page.locator(".md-search-result__item").first).to_contain_text("contraseña")


def test_a_search_in_vain_is_told_once_when_the_reader_stops_typing(
    helped: Helped, reader: Callable[..., Page]
) -> None:
    page = reader()
    page.goto(helped.at("article"))
    with page.expect_request("**/help/searched") as told:
        search(page, "xylophon")
    assert told.value.post_data == "locale=es&q=xylophon"
    response = told.value.response()
    assert response is not None
    assert response.ok
    assert "xylophon" in repr(helped.site.rows())


def test_another_language_has_the_same_page_without_a_script(helped: Helped, reader: Callable[..., Page]) -> None:
    page = reader(java_script_enabled=False)
    page.goto(helped.at("article", "es"))
    page.get_by_role("button", name="Elija su idioma").focus()
    page.locator(".md-select__link[hreflang=it]").click()
    expect(page).to_have_url(helped.at("article", "it"))
    page.locator(".acct-languages a[hreflang=en]").click()
    expect(page).to_have_url(helped.at("article", "en"))


@pytest.mark.parametrize("rest", ["", "#what", "?h=pan", "?h=pan&x=%C3%B1#what", "?to=//evil.example#//evil.example"])
def test_an_old_address_keeps_what_follows_it(rest: str, helped: Helped, reader: Callable[..., Page]) -> None:
    page = reader()
    page.goto(helped.at("moved") + rest)
    expect(page).to_have_url(helped.at("shop/") + rest)


def test_an_old_address_leads_on_without_a_script(helped: Helped, reader: Callable[..., Page]) -> None:
    page = reader(java_script_enabled=False)
    page.goto(helped.at("moved"))
    expect(page).to_have_url(helped.at("shop/"))


LINE = 32
FOCUSED = """() => {
  const one = document.activeElement, box = one.getBoundingClientRect();
  const name = one.getAttribute("aria-label") || one.textContent.trim() || one.title;
  return { name, isSeen: one.checkVisibility() && box.width > 0 && box.height > 0, y: box.top + scrollY,
           where: one.closest("header, article, footer, aside, .md-sidebar, .md-skip")?.className || "" };
}"""


def test_the_keyboard_walks_through_an_article_from_its_beginning_to_its_end(
    helped: Helped, reader: Callable[..., Page]
) -> None:
    page = reader(viewport={"width": 1280, "height": 900})
    page.goto(helped.at("article", "en"))
    stops = []
    for _ in range(70):
        page.keyboard.press("Tab")
        stops.append(page.evaluate(FOCUSED))
    assert stops[0]["name"] == "Skip to content"
    assert [stop["name"] for stop in stops if not stop["name"]] == []
    inside = [stop for stop in stops if "md-content__inner" in stop["where"]]
    assert all(stop["isSeen"] for stop in inside)
    # Never upwards, but for what stands in one line.
    assert [(a, b) for a, b in pairwise(inside) if b["y"] < a["y"] - LINE] == []
    names = [stop["name"] for stop in inside]
    assert names[:3] == ["Help", "Recovering access", "Print"]
    order = ["Yes", "No", "soporte@brisalta.example", "Contact us", "Password", "Español", "Back to Recovering access"]
    assert [name for name in names if name in order] == order


def test_paper_has_the_article_and_nothing_of_the_screen(helped: Helped, reader: Callable[..., Page]) -> None:
    page = reader(color_scheme="dark")
    page.goto(helped.at("article", "en"))
    page.emulate_media(media="print")
    for hidden in (".md-header", ".md-footer", ".md-sidebar", ".acct-above", ".acct-vote", ".acct-related", ".md-top"):
        assert not page.locator(f"{hidden}:visible").count(), hidden
    for shown in ("h1", ".acct-card", ".acct-notice", ".acct-signature", ".acct-address"):
        assert page.locator(f"{shown}:visible").count() == 1, shown
    expect(page.locator("article")).to_have_css("color", "rgb(0, 0, 0)")
    assert page.locator("article img:visible").evaluate_all("all => all.map(one => one.src.split('#')[1])") == [
        "only-light"
    ]


def test_printing_wakes_the_pictures_that_wait(helped: Helped, reader: Callable[..., Page]) -> None:
    page = reader()
    page.add_init_script("window.print = () => (document.documentElement.dataset.printed = 'yes')")
    page.goto(helped.at("article", "en"))
    page.get_by_role("button", name="Print").click()
    expect(page.locator("html")).to_have_attribute("data-printed", "yes")
    assert page.locator("article img[loading=lazy]").count() == 0


def test_boxes_are_open_on_paper_only(helped: Helped, reader: Callable[..., Page]) -> None:
    page = reader()
    page.goto(helped.at("shop/"))
    box = page.locator("article details")
    for event, is_open in (("beforeprint", True), ("afterprint", False)):
        page.evaluate("name => dispatchEvent(new Event(name))", event)
        assert box.evaluate("box => box.open") is is_open


def test_what_a_word_means_is_read_on_paper_without_a_script(helped: Helped, reader: Callable[..., Page]) -> None:
    page = reader(java_script_enabled=False)
    page.goto(helped.at("shop/"))
    meaning = page.locator("article details p").first
    assert not meaning.is_visible()
    page.emulate_media(media="print")
    assert meaning.is_visible()


def test_an_article_ends_with_thanks_and_the_way_to_the_others(helped: Helped, reader: Callable[..., Page]) -> None:
    page = reader()
    page.goto(helped.at("article", "es"))
    more = page.locator(".acct-more")
    expect(more).to_contain_text("Esperamos que esta página le haya sido de utilidad.")
    more.get_by_role("link", name="Centro de ayuda").click()
    expect(page).to_have_url(re.compile(r"/help/es/$"))


def test_pictures_are_dark_where_the_page_is(helped: Helped, reader: Callable[..., Page]) -> None:
    page = reader(color_scheme="light")
    page.goto(helped.at("article"))
    shown = page.locator("article img:visible")
    expect(shown).to_have_attribute("src", re.compile("#only-light$"))
    page.emulate_media(color_scheme="dark")
    expect(shown).to_have_attribute("src", re.compile("#only-dark$"))
    expect(shown).to_have_count(1)


def test_a_vote_is_counted_in_place_and_may_be_changed(helped: Helped, reader: Callable[..., Page]) -> None:
    page = reader(user_agent="one of two")
    page.goto(helped.at("article", "en"))
    form = page.locator(".acct-vote")
    form.get_by_role("button", name="Yes").click()
    said = form.get_by_role("status")
    expect(said).to_have_text("Thank you for your feedback. You answered: Yes. You can still change your answer.")
    expect(form.locator(".acct-tally")).to_be_hidden()
    form.get_by_role("button", name="No").click()
    expect(said).to_contain_text("You answered: No.")
    expect(form.locator(".acct-tally")).to_be_hidden()
    assert violations(page) == []
    form.get_by_role("link", name="Tell us what is missing").click()
    expect(page).to_have_url(
        re.compile(r"/account/help/thanks\?article=recover-password&locale=en&answer=no&version=\w{8}$")
    )
    expect(page.locator("main")).to_have_attribute("data-acct-screen", "help.thanks")


def test_counts_that_come_late_do_not_undo_the_reader_s_vote(helped: Helped, reader: Callable[..., Page]) -> None:
    page = reader(user_agent="votes at once")
    held: list[Route] = []
    page.route("**/help/counts.json*", lambda route: held.append(route))
    page.goto(helped.at("article", "en"))
    form, tally = page.locator(".acct-vote"), page.locator(".acct-tally")
    page.route("**/help/vote", lambda route: route.fulfill(json={"helpful": 41, "of": 50}))
    form.get_by_role("button", name="Yes").click()
    expect(tally).to_have_text("41 out of 50 found this helpful.")
    with page.expect_response("**/help/counts.json*"):
        held[0].fulfill(json={})
    page.wait_for_timeout(200)
    expect(tally).to_have_text("41 out of 50 found this helpful.")
    expect(tally).to_be_visible()


def test_an_answer_is_still_said_when_the_page_is_opened_again(helped: Helped, reader: Callable[..., Page]) -> None:
    page = reader(user_agent="comes back")
    page.goto(helped.at("article", "en"))
    page.get_by_role("button", name="Yes").click()
    expect(page.locator(".acct-said")).to_contain_text("You answered: Yes.")
    page.reload()
    expect(page.locator(".acct-said")).to_contain_text("You answered: Yes.")
    expect(page.get_by_role("button", name="Yes")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="No").click()
    expect(page.locator(".acct-said")).to_contain_text("You answered: No.")
    page.reload()
    expect(page.locator(".acct-said")).to_contain_text("You answered: No.")


def test_another_version_of_a_page_is_asked_about_anew(helped: Helped, reader: Callable[..., Page]) -> None:
    page = reader(user_agent="comes back later")
    page.goto(helped.at("article", "en"))
    page.evaluate("localStorage.setItem('acct-vote/en/recover-password/00000000', 'yes')")
    page.reload()
    expect(page.locator(".acct-said")).to_have_text("")


def test_a_vote_without_a_script_leads_to_the_thanks(helped: Helped, reader: Callable[..., Page]) -> None:
    page = reader(java_script_enabled=False, user_agent="without a script")
    page.goto(helped.at("article", "it"))
    page.get_by_role("button", name="Sì").click()
    expect(page.locator("main")).to_have_attribute("data-acct-screen", "help.thanks")
    with page.expect_navigation():
        page.get_by_role("link", name="Torna alla pagina").click()
    for _ in range(2):
        expect(page.locator(".acct-answered:visible")).to_contain_text("Hai risposto: Sì.")
        page.reload()
    page.get_by_role("button", name="No").click()
    expect(page.locator("main")).to_have_attribute("data-acct-screen", "help.thanks")
    with page.expect_navigation():
        page.get_by_role("link", name="Torna alla pagina").click()
    expect(page.locator(".acct-answered:visible")).to_contain_text("Hai risposto: No.")


def test_an_answer_that_the_address_names_is_remembered_by_the_script(
    helped: Helped, reader: Callable[..., Page]
) -> None:
    page = reader()
    page.goto(helped.at("article", "en") + "#acct-no")
    expect(page.locator(".acct-said")).to_contain_text("You answered: No.")
    expect(page.locator(".acct-answered:visible")).to_have_count(0)
    expect(page).to_have_url(helped.at("article", "en"))
    page.reload()
    expect(page.get_by_role("button", name="No")).to_have_attribute("aria-pressed", "true")


def test_a_vote_that_the_script_cannot_send_is_sent_without_it(helped: Helped, reader: Callable[..., Page]) -> None:
    page = reader(user_agent="unlucky")
    page.goto(helped.at("article", "en"))
    page.evaluate("void (window.fetch = () => Promise.reject(new TypeError('no network')))")
    page.get_by_role("button", name="Yes").click()
    expect(page).to_have_url(re.compile(r"/account/help/thanks\?.*answer=yes"))


def test_the_front_page_puts_what_helped_most_first(helped: Helped, reader: Callable[..., Page]) -> None:
    page = reader()
    page.goto(helped.at("front", "es-AR"))
    best = page.locator("[data-acct-best] li:visible")
    begun = best.evaluate_all("all => all.map(one => one.dataset.article)")
    assert begun[:2] == ["recover-password", "sign-in"]
    versions = page.locator("[data-acct-best] li").evaluate_all(
        "all => Object.fromEntries(all.map(one => [one.dataset.article, one.dataset.version]))"
    )
    counts = {"session-ended": [10, 11], "change-email": [12, 12], "sign-in": [0, 30]}
    told = {article: {versions[article]: votes} for article, votes in counts.items()}
    page.route("**/help/counts.json*", lambda route: route.fulfill(json=told))
    page.reload()
    expect(best.first).to_have_attribute("data-article", "change-email")
    now = best.evaluate_all("all => all.map(one => one.dataset.article)")
    assert len(begun) == 5
    assert now == ["change-email", "session-ended", *begun[:3]]


def test_no_page_asked_another_host_or_for_what_is_not_there(helped: Helped, reader: Callable[..., Page]) -> None:
    page = reader()
    for tag in ("es", "es-AR", "en", "it"):
        for kind in KINDS:
            if kind not in {"not found", "moved"}:
                page.goto(helped.at(kind, tag), wait_until="networkidle")
    # Chromium tells of every page that is not there, and one of them is asked for on purpose. It also tells of what was
    # still on its way when a page was left.
    expected = ("404 (NOT FOUND)", "net::ERR_ABORTED")
    assert [heard for heard in helped.heard if not any(told in heard for told in expected)] == []
