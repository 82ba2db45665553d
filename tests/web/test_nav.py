"""The menu of the account area: what stands in it, for whom, and what waits behind its entries."""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib import resources
from typing import Any, get_args

import pytest
from flask import Flask, render_template_string
from flask.views import MethodView
from sqlalchemy import update

from flask_acct import Acct, AcctError, Badge, public, requires
from flask_acct.config import Config, preset
from flask_acct.config.tables.nav import HostGroup, Icon
from flask_acct.db.models import Account, Membership
from flask_acct.web.nav import GROUPS, HEADED, current_of

from .site import PAGE, Build, Site
from .visitor import Read


def groups(page: Read) -> dict[str, list[str]]:
    """The ids of the entries by the class of their group."""
    sections = [node for node in page.nodes if node.tag == "section" and "acct-nav" in node.attributes.get("class", "")]
    return {
        section.attributes["class"]: [
            node.acct for node in page.nodes if node.tag == "a" and node.within("section") is section
        ]
        for section in sections
    }


def current(page: Read) -> list[tuple[str, str]]:
    menu = next(node for node in page.nodes if node.tag == "nav" and node.attributes.get("id") == "acct-nav")
    marked = [node for node in page.nodes if "aria-current" in node.attributes and node.within("nav") is menu]
    return [(node.acct, node.attributes["aria-current"]) for node in marked]


@pytest.fixture
def shop(make: Build) -> Callable[..., Site]:
    """A site whose host has pages with entries, added by a function that gets the app."""

    def made(add: Callable[[Flask], object], config: Config | str = "client-area") -> Site:
        return make(config, prepare=add)

    return made


def page() -> str:
    return render_template_string(PAGE, heading="A page")


def entry(app: Flask, path: str, view: Any, needs: str | None = None, **said: Any) -> None:
    words = said.pop("words", path.strip("/").title())
    app.add_url_rule(path, path.strip("/"), requires(needs)(Acct.nav(words, **said)(view)))


def test_the_entries_stand_in_groups_on_our_pages_and_on_the_hosts(site: Site) -> None:
    ours, hosts = site.alice().open("/account/me"), site.alice().open("/services")
    assert groups(ours) == groups(hosts)
    assert list(groups(ours)) == ["acct-nav-overview", "acct-nav-company", "acct-nav-billing", "acct-nav-me"]
    assert groups(ours)["acct-nav-me"] == ["shell.menu.me", "shell.menu.change_password"]


def test_a_visitor_has_no_menu(site: Site) -> None:
    assert groups(site.visitor().open("/")) == {}


def test_an_error_page_has_no_menu_of_what_just_failed(site: Site) -> None:
    assert groups(site.alice().open("/boom")) == {}


def test_an_entry_is_for_whoever_may_open_its_page(site: Site) -> None:
    bob = site.visitor(site.people.bob)
    assert "acct-nav-company" in groups(site.alice().open("/services"))
    assert "shell.menu.users" not in bob.open("/services").elements


def test_a_page_marks_its_own_entry_and_a_page_below_the_one_above_it(site: Site) -> None:
    alice = site.alice()
    assert current(alice.open("/account/contacts")) == [("shell.menu.contacts", "page")]
    assert current(alice.open("/account/contacts/new")) == [("shell.menu.contacts", "true")]
    assert current(alice.open("/services")) == []


@pytest.mark.parametrize(
    ("path", "nearest"),
    [
        ("/", "/"),
        ("/domains", "/domains"),
        ("/domains/7", "/domains"),
        ("/domains-old", ""),
        ("/domains/new/7", "/domains/new"),
    ],
)
def test_the_entry_of_a_page_is_the_longest_address_above_it(path: str, nearest: str) -> None:
    assert current_of(["/", "/domains", "/domains/new"], path, "/")[0] == nearest


def test_a_view_of_the_hosts_says_its_entry_beside_its_permission(shop: Callable[..., Site]) -> None:
    def add(app: Flask) -> None:
        entry(app, "/bills", page, needs="invoices", group="billing", icon="invoice")
        entry(app, "/servers", page)

    site = shop(add)
    alice, bob = site.alice(), site.visitor(site.people.bob)
    assert groups(alice.open("/bills"))["acct-nav-billing"] == ["shell.menu.subscription", "nav.bills"]
    assert current(alice.open("/bills")) == [("nav.bills", "page")]
    assert "nav.bills" not in bob.open("/services").elements
    assert groups(alice.open("/servers"))["acct-nav-host"] == ["nav.servers"]


def test_the_menu_follows_permissions_and_the_account_from_page_to_page(shop: Callable[..., Site]) -> None:
    site = shop(lambda app: entry(app, "/bills", page, needs="manage_domains"))
    bob = site.visitor(site.people.bob)
    shown = []
    mine = ("manage_domains",)
    for granted, state in (((), "active"), (mine, "active"), (mine, "suspended"), ((), "active")):
        with site.acct.database.transaction() as db:
            db.execute(update(Membership).where(Membership.user_id == site.people.bob.id).values(permissions=granted))
            db.execute(update(Account).where(Account.id == site.people.account.id).values(state=state))
        shown.append("nav.bills" in bob.open("/services").elements)
    assert shown == [False, True, False, False]


def test_a_class_of_views_and_a_public_page_have_entries_too(shop: Callable[..., Site]) -> None:
    @Acct.nav("Reports")
    class Reports(MethodView):
        decorators = [requires("invoices")]  # noqa: RUF012

        def get(self) -> str:
            return page()

    def add(app: Flask) -> None:
        app.add_url_rule("/reports", view_func=Reports.as_view("reports"))
        app.add_url_rule("/news", "news", public(Acct.nav("News")(page)))

    assert groups(shop(add).alice().open("/services"))["acct-nav-host"] == ["nav.reports", "nav.news"]


def test_words_are_said_in_the_language_of_the_reader(shop: Callable[..., Site]) -> None:
    class Later:
        def __str__(self) -> str:
            return "said now"

    def add(app: Flask) -> None:
        entry(app, "/bills", page, words={"en": "Bills", "es": "Cuentas", "it": "Conti"})
        entry(app, "/later", page, words=Later())

    site = shop(add)
    alice = site.alice()
    assert alice.open("/bills").element("nav.bills").text == "Cuentas"
    assert alice.open("/bills").element("nav.later").text == "said now"
    site.run("UPDATE acct_user SET locale = 'it'")
    assert site.visitor(site.people.alice).open("/bills").element("nav.bills").text == "Conti"


@pytest.mark.parametrize(
    ("badge", "text"),
    [(2, "2"), (0, ""), (None, ""), (Badge(3, {"en": "overdue"}, "error"), "3 overdue"), (Badge(0, "overdue"), "")],
)
def test_a_badge_says_how_many_wait(shop: Callable[..., Site], badge: Any, text: str) -> None:
    site = shop(lambda app: entry(app, "/bills", page, badge=lambda: badge))
    assert site.alice().open("/services").element("nav.bills").text == f"Bills {text}".strip()


def test_a_badge_is_new_on_each_page(shop: Callable[..., Site]) -> None:
    waiting = [1, 2]
    site = shop(lambda app: entry(app, "/bills", page, badge=lambda: waiting.pop(0)))
    alice = site.alice()
    waiting[:] = [1, 2]
    assert [alice.open("/services").element("nav.bills").text for _ in range(2)] == ["Bills 1", "Bills 2"]


def test_the_configuration_adds_entries(make: Build) -> None:
    links = {
        "status": {"label": {"en": "Status", "es": "Estado", "it": "Stato"}, "url": "https://status.example"},
        "bills": {
            "label": {"en": "Bills", "es": "Cuentas", "it": "Conti"},
            "url": "/bills",
            "needs": "invoices",
            "group": "billing",
        },
    }
    config = preset("client-area")
    site = make(Config.model_validate({**config.model_dump(exclude={"platform", "folder"}), "nav": {"links": links}}))
    assert site.alice().open("/services").element("nav.status").attributes["href"] == "https://status.example"
    assert site.alice().open("/services").element("nav.bills").attributes["href"] == "/bills"
    assert "nav.bills" not in site.visitor(site.people.bob).open("/services").elements


@pytest.mark.parametrize("said", [{"group": "money"}, {"group": "apart"}, {"icon": "rocket"}])
def test_a_group_or_icon_that_there_is_not_is_named_at_once(said: dict[str, str]) -> None:
    with pytest.raises(AcctError, match=next(iter(said.values()))):
        Acct.nav("Bills", **said)  # type: ignore[arg-type]


def test_a_page_in_a_layout_of_the_hosts_keeps_the_entries_in_the_users_menu(site: Site) -> None:
    both = [f"{{% include 'flask_acct/elements/{name}.html' %}}" for name in ("top", "session")]
    own = f"<body>{both[0]}<main></main>{both[1]}</body>"
    site.app.add_url_rule("/own", "own", requires()(lambda: render_template_string(own)))
    page = site.alice().open("/own")
    assert {"shell.menu.contacts", "shell.header.account", "shell.menu.sign_out"} <= set(page.elements)
    assert groups(page) == {}


def test_every_icon_and_group_that_can_be_named_is_drawn(site: Site) -> None:
    """What acct.toml allows, what the menu orders and what the sprite holds are declared apart."""
    sprite = (resources.files("flask_acct") / "static" / "icons.svg").read_text("utf-8")
    declared = site.acct.platform.declared
    assert set(get_args(Icon)) <= set(re.findall(r'<symbol id="([\w-]+)"', sprite))
    assert {entry.icon for entry in declared.menu} <= set(get_args(Icon))
    assert set(get_args(HostGroup)) <= set(GROUPS)
    assert {f"shell.nav.{group}" for group in HEADED} <= set(declared.texts)
