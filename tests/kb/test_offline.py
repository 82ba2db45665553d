"""The help site in a ZIP file works from a folder, without a server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import pytest
from click.testing import CliRunner
from playwright.sync_api import Browser, Page, expect

from flask_acct.kb.articles.content import KbError
from flask_acct.kb.articles.knowledge_base import centre
from flask_acct.kb.commands import kb
from flask_acct.kb.site import offline

from .. import sharing

pytestmark = pytest.mark.browser


@pytest.fixture(scope="session")
def unpacked() -> Path:
    return sharing.once("offline", _unpack) / "help"


def _unpack(folder: Path) -> None:
    offline.write(centre("client-area"), folder / "help.zip", allow_unverified=True)
    with ZipFile(folder / "help.zip") as archive:
        archive.extractall(folder)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of somebody who has no network; what it asks for elsewhere, or in vain, is a failure."""
    context = browser.new_context(offline=True, viewport={"width": 1280, "height": 800})
    page, heard = context.new_page(), []
    page.on("request", lambda asked: None if asked.url.startswith(("file:", "data:")) else heard.append(asked.url))
    page.on("requestfailed", lambda asked: heard.append(asked.url))
    page.on("pageerror", lambda error: heard.append(str(error)))
    yield page
    context.close()
    assert heard == []


def test_the_languages_are_at_the_top(unpacked: Path, page: Page) -> None:
    page.goto((unpacked / "index.html").as_uri())
    page.get_by_role("link", name="Italiano").click()
    expect(page).to_have_url((unpacked / "it" / "index.html").as_uri())


def test_every_link_within_leads_to_a_page(unpacked: Path, page: Page) -> None:
    page.goto((unpacked / "es" / "index.html").as_uri())
    page.locator(".acct-group a").nth(1).click()
    expect(page.locator("article h1")).to_be_visible()
    page.locator(".acct-back a").click()
    page.wait_for_url(f"{unpacked.as_uri()}/es/categories/*.html")
    page.locator(".md-select__link[hreflang=en]").evaluate("link => link.click()")
    page.wait_for_url(f"{unpacked.as_uri()}/en/categories/*.html")


def test_the_search_works_and_reads_over_accents(unpacked: Path, page: Page) -> None:
    page.goto((unpacked / "es" / "index.html").as_uri())
    page.locator("[data-md-component=search-query]").click()
    page.keyboard.type("contrasena", delay=20)
    found = page.locator(".md-search-result__link").first
    expect(found).to_contain_text("contraseña")
    found.click()
    page.wait_for_url(f"{unpacked.as_uri()}/es/*.html*")


def test_nothing_needs_a_server(unpacked: Path) -> None:
    names = {file.name for file in unpacked.rglob("*")}
    assert not names & {"404.html", "csp.txt", ".acct-help", "sitemap.xml", "search_index.json"}
    for file in unpacked.rglob("*.html"):
        assert 'action="' not in file.read_text("utf-8")


def test_only_the_languages_asked_for_are_in_it(tmp_path: Path) -> None:
    options = ["zip", str(tmp_path / "it.zip"), "--config", "client-area", "--locale", "it", "--allow-unverified"]
    done = CliRunner().invoke(kb, options, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    with ZipFile(tmp_path / "it.zip") as archive:
        folders = {name.split("/")[1] for name in archive.namelist()}
        article = archive.read("help/it/recover-password.html").decode()
    assert folders == {"index.html", "llms.txt", "it"}
    assert "hreflang" not in article.partition("<article")[2]


def test_the_same_pages_make_the_same_file(tmp_path: Path) -> None:
    for name in ("one.zip", "two.zip"):
        offline.write(centre("client-area"), tmp_path / name, allow_unverified=True, locales=("en",))
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_what_was_not_checked_is_not_handed_out(tmp_path: Path) -> None:
    with pytest.raises(KbError, match="has not been checked"):
        offline.write(centre("client-area", tmp_path / "records"), tmp_path / "help.zip", allow_unverified=False)
    assert not (tmp_path / "help.zip").exists()
