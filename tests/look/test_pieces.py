"""Pieces drawn once for everybody, and a host's templates in place of ours."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from jinja2 import ChoiceLoader, FileSystemLoader

from flask_acct import config as configuration
from flask_acct.config import Config

from ..web.site import Site, build
from .house import SLOTS, drawn, states


@pytest.fixture
def site(database_url: str, now: object) -> Site:
    return furnished(configuration.preset("sending-platform"), database_url, now)


def furnished(config: Config, url: str, now: object, **settings: object) -> Site:
    site = build(config, url, now, **settings)  # type: ignore[arg-type]
    site.app.add_url_rule("/drawn/<name>", "drawn", drawn)
    return site


def pages(site: Site, client: FlaskClient) -> dict[str, str]:
    """Every screen in every state, without what differs at every visit."""
    return {
        f"{screen.name} {shows}": plain(client.get(f"/drawn/{screen.name}?shows={shows}").text)
        for screen in site.acct.platform.declared.screens.values()
        for shows in states(screen)
    }


def plain(html: str) -> str:
    """The page without tokens, and with white space as browsers read it."""
    return " ".join(re.sub(r'(csrf_token" value=)"[^"]+"', r"\1", html).split())


def without(html: str, *words: str) -> str:
    """The page without what the test itself has it say."""
    for word in words:
        html = html.replace(word, "")
    return html


def test_what_is_drawn_once_is_the_same_as_what_is_drawn_every_time(site: Site, database_url: str) -> None:
    for user in (None, site.people.alice):
        client = site.app.test_client(user=user)
        pages(site, client)
        kept = pages(site, client)
        site.app.jinja_env.auto_reload = True
        assert kept == pages(site, client)
        site.app.jinja_env.auto_reload = False


def test_nothing_of_one_visitor_is_kept_for_another(site: Site) -> None:
    pages(site, site.app.test_client(user=site.people.alice))
    pages(site, site.app.test_client())
    seen = pages(site, site.app.test_client(user=site.people.charlie))
    assert "Ciao, Charlie!" in seen["password.change "]
    said = [value for value in SLOTS.values() if isinstance(value, str)]
    left = {name: without(html, "Esempio: 9000", *said).lower() for name, html in seen.items()}
    assert [name for name, html in left.items() if "alice" in html or "9000" in html] == []


def test_a_host_replaces_an_element_everywhere_by_a_template_of_its_own(site: Site, tmp_path: Path) -> None:
    write(site, tmp_path, "field.html", '<p class="ours">{{ part.text }}: {{ acct.user.name if acct.user }}</p>')
    site.app.add_url_rule("/drawn2", "drawn2", lambda: drawn("recovery.password"))
    assert '<p class="ours">Email: Alice</p>' in site.app.test_client(user=site.people.alice).get("/drawn2").text
    assert '<p class="ours">Email: Charlie</p>' in site.app.test_client(user=site.people.charlie).get("/drawn2").text


def test_a_host_replaces_the_header_and_may_speak_of_the_visit_in_it(site: Site, tmp_path: Path) -> None:
    write(site, tmp_path, "header.html", '<header>{{ request.args["colour"] }}</header>')
    client = site.app.test_client()
    assert "<header>red</header>" in client.get("/account/login?colour=red").text
    assert "<header>blue</header>" in client.get("/account/login?colour=blue").text


def test_a_host_replaces_one_page(site: Site, tmp_path: Path) -> None:
    folder = tmp_path / "flask_acct"
    folder.mkdir()
    (folder / "login.logout.html").write_text("Bye, {{ acct.config.site.name }}")
    site.app.jinja_env.loader = ChoiceLoader([FileSystemLoader(tmp_path), site.app.jinja_env.loader])  # type: ignore[list-item]
    assert site.app.test_client().get("/account/logout").text == "Bye, Invialto"


def test_a_trial_account_finds_the_cart_and_a_purchased_one_does_not(site: Site) -> None:
    client = site.app.test_client(user=site.people.alice)
    assert 'data-acct="shell.header.buy"' not in client.get("/account/password/change").text
    site.run("UPDATE acct_account SET plan = 'trial'")
    assert re.search(r'href="/plans" data-acct="shell.header.buy"', client.get("/account/password/change").text)


def test_the_way_back_after_a_language_choice_keeps_the_mount_point(site: Site) -> None:
    html = site.app.test_client().get("/account/login?next=/x", environ_overrides={"SCRIPT_NAME": "/shop"}).text
    assert 'name="next" value="/shop/account/login?next=/x"' in html


def test_every_text_around_the_pages_is_shown_by_an_element(site: Site) -> None:
    """Labels inside of a field belong to it; the rest are elements of their own."""
    site.run("UPDATE acct_account SET plan = 'trial'")
    html = "".join(
        [
            *pages(site, site.app.test_client()).values(),
            *pages(site, site.app.test_client(user=site.people.alice)).values(),
        ]
    )
    drawn_ids = set(re.findall(r'data-acct="([^"]+)"', html))
    declared = {id_ for id_ in site.acct.platform.declared.texts if id_.startswith("shell.")}
    inside = {"shell.password.hide", "shell.password.shown", "shell.password.hidden", "shell.password.counted",
              "shell.password.long_enough", "shell.password.same", "shell.form.optional", "shell.form.example",
              "shell.form.problems"}  # fmt: skip
    outside = ("shell.mail.", "shell.form.", "shell.rows.", "shell.ticks.", "shell.wait.")
    elsewhere = {id_ for id_ in declared if id_.startswith(outside)}
    not_here = {"shell.header.help", "shell.footer.terms", "shell.header.switch", "shell.menu.switch",
                "shell.notices.label", "shell.nav.label", "shell.header.links", "shell.nav.host", "shell.nav.news",
                "shell.support.title", "shell.support.text", "shell.support.link"}  # fmt: skip
    assert declared - drawn_ids - inside - elsewhere - not_here == set()


def write(site: Site, folder: Path, element: str, template: str) -> None:
    """The host has a template of its own for an element."""
    home = folder / "flask_acct" / "elements"
    home.mkdir(parents=True)
    (home / element).write_text(template)
    site.app.jinja_env.loader = ChoiceLoader([FileSystemLoader(folder), site.app.jinja_env.loader])  # type: ignore[list-item]


def test_no_page_holds_script_or_style_that_a_strict_policy_would_refuse(site: Site) -> None:
    everything = {**pages(site, site.app.test_client()), **pages(site, site.app.test_client(user=site.people.alice))}
    inline = re.compile(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son[a-z]+=|javascript:")
    assert [name for name, html in everything.items() if inline.search(html)] == []
