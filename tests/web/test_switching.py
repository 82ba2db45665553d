"""Several accounts in the browser: the choice, the name in the header, links into another account, forms of another."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from flask_acct.db.models import Account, User, UserSession
from flask_acct.signals import account_switched
from flask_acct.testing.records import PASSWORD, add_account, add_member

from .site import Build, Site
from .visitor import Visitor

TOKEN = re.compile(r'(name="csrf_token" value=)"[^"]*"')


@pytest.fixture
def site(make: Build) -> Site:
    """Bob is in Alice's bakery with some permissions, and owns two shops of his own."""
    site = make()
    with site.acct.database.transaction() as db:
        bob = db.get_one(User, site.people.bob.id)
        for number, name in (("9100", "Zapatería"), ("9101", "Óptica Mirador")):
            add_account(site.acct.scope(db), name, owner=bob, number=number)
    return site


def bob(site: Site, number: str = "9000") -> Visitor:
    """Bob, signed in, with an account in view."""
    visitor = site.visitor(site.people.bob)
    visitor.open("/account/switch")
    visitor.post(f"/account/switch/{number}", {})
    return visitor


def in_view(site: Site) -> set[str | None]:
    """The customer numbers that sessions look at."""
    with site.acct.database.session() as db:
        found = select(Account.number).select_from(UserSession).outerjoin(Account, Account.id == UserSession.account_id)
        return set(db.scalars(found))


def allow(site: Site, *permissions: str) -> None:
    """Bob may do this in the bakery."""
    statement = "UPDATE acct_membership SET permissions = :all WHERE user_id = :bob AND NOT is_owner"
    site.run(statement, all=str(list(permissions)).replace("'", '"'), bob=site.people.bob.id)


def plain(page: Any) -> str:
    return TOKEN.sub(r"\1", page.html)


def test_signing_in_with_several_accounts_asks_which(site: Site) -> None:
    page = site.sign_in("bob@example.com").page

    assert page.status == 200
    assert page.screen == "accounts.switch"


def test_signing_in_with_one_account_asks_nothing(site: Site) -> None:
    assert site.alice().page.heading == "Home"


def test_the_choice_leads_to_where_the_visitor_wanted_to_go(site: Site) -> None:
    visitor = site.visitor()
    visitor.open("/services")
    assert visitor.path == "/account/login?next=/services"
    visitor.press(
        site.say("login.form.submit"),
        {site.say("login.form.identifier"): "bob@example.com", site.say("login.form.password"): PASSWORD},
    )
    choose(visitor, "9101")

    assert visitor.page.heading == "Services of Óptica Mirador"


def choose(visitor: Visitor, number: str) -> None:
    """The button of one row of the list is pressed."""
    row = next(node for node in visitor.page.nodes if node.attributes.get("data-acct-row") == number)
    form = next(n for n in visitor.page.nodes if n.tag == "form" and n.within("tr") is row)
    fields = [n for n in visitor.page.nodes if n.tag == "input" and n.within("form") is form]
    data = {node.attributes["name"]: node.attributes.get("value", "") for node in fields}
    answer = visitor.post(form.attributes["action"], data)
    visitor.open(answer.headers["Location"])


@pytest.mark.parametrize(
    "evil", ["https://evil.example/", "//evil.example", "/\\evil.example", "/\tevil", "javascript:x"]
)
def test_the_choice_leads_nowhere_else(site: Site, evil: str) -> None:
    visitor = bob(site)
    visitor.open("/account/switch")
    by_form = visitor.post("/account/switch/9101", {"next": evil})
    by_address = visitor.client.post(
        "/account/switch/9100", query_string={"next": evil}, data={"csrf_token": visitor.csrf()}
    )

    assert by_form.headers["Location"] == "/"
    assert by_address.headers["Location"] == "/"


def test_the_list_names_every_account_and_what_is_special(site: Site) -> None:
    site.run("UPDATE acct_account SET state = 'closed' WHERE number = '9100'")
    site.run("UPDATE acct_account SET state = 'suspended' WHERE number = '9101'")
    page = bob(site).open("/account/switch")
    nodes = [node for node in page.nodes if "data-acct-row" in node.attributes]
    rows = {node.attributes["data-acct-row"]: node.text.replace(" ,", ",") for node in nodes}
    words = {name: site.say(f"accounts.switch.{name}") for name in ("owner", "closed", "suspended", "in_view", "open")}

    assert list(rows) == ["9101", "9000", "9100"]
    assert rows["9100"] == f"Zapatería 9100 {words['owner']}, {words['closed']}"
    assert rows["9101"] == f"Óptica Mirador 9101 {words['owner']}, {words['suspended']} {words['open']}"
    assert rows["9000"] == f"Ortega Bakery 9000 {words['in_view']}"
    assert page.link("Ortega Bakery") == "/"


def test_a_closed_account_cannot_be_opened_by_its_address_either(site: Site) -> None:
    site.run("UPDATE acct_account SET state = 'closed' WHERE number = '9100'")
    visitor = bob(site)
    looked = visitor.open("/account/switch/9100")
    sent = visitor.post("/account/switch/9100", {})

    assert looked.says("accounts.switch.is_closed")
    assert sent.headers["Location"] == "/account/switch"
    assert in_view(site) == {"9000"}


def test_many_accounts_come_by_pages_and_can_be_searched(site: Site) -> None:
    with site.acct.database.transaction() as db:
        person = db.get_one(User, site.people.bob.id)
        for number in range(9200, 9240):
            add_account(site.acct.scope(db), f"Shop {number}", owner=person, number=str(number))
    visitor = bob(site)
    first = visitor.open("/account/switch?next=/services")
    last = visitor.open(first.link(site.say("shell.rows.after")))
    found = visitor.open("/account/switch?next=/services&find=OPTICA")

    assert [len([n for n in page.nodes if "data-acct-row" in n.attributes]) for page in (first, last, found)] == [
        25,
        18,
        1,
    ]
    assert {n.attributes["value"] for n in found.nodes if n.attributes.get("name") == "next" and n.within("main")} == {
        "/services"
    }
    assert found.link(site.say("shell.rows.all")) == "/account/switch?next=/services"


def test_few_accounts_need_no_search(site: Site) -> None:
    assert not bob(site).open("/account/switch").says("accounts.switch.find")


@pytest.mark.parametrize("path", ["/services", "/account/switch", "/account/password/change", "/", "/nowhere"])
def test_the_name_of_the_account_in_view_is_on_every_page(site: Site, path: str) -> None:
    page = bob(site, "9101").open(path)
    header = page.element("shell.header.account").within("div")

    assert header is not None
    assert "Óptica Mirador" in header.text


def test_a_visitor_sees_no_name(site: Site) -> None:
    assert not site.visitor().open("/").says("shell.header.account")


def test_who_may_only_set_a_password_sees_no_name(make: Build) -> None:
    site = make("email-marketing")
    site.run("UPDATE acct_user SET password_changed_at = '2020-01-01 00:00:00'")

    assert not site.sign_in("alice").page.says("shell.header.account")


def test_only_who_has_others_is_offered_the_switch(site: Site) -> None:
    assert "shell.menu.switch" in bob(site).open("/services").elements
    assert "shell.menu.switch" not in site.alice().open("/services").elements


def test_a_signed_in_page_still_costs_one_select(site: Site) -> None:
    visitor = bob(site)
    with site.statements() as heard:
        visitor.open("/services")

    assert len(heard) == 1


def test_switching_is_heard_by_the_host(site: Site) -> None:
    heard: list[tuple[str, str]] = []

    def hear(_app: object, user: User, account: Account) -> None:
        heard.append((user.username, account.number))

    with account_switched.connected_to(hear, site.app):
        bob(site, "9101")

    assert heard == [("bob", "9101")]


def test_looking_at_the_question_changes_nothing(site: Site) -> None:
    visitor = bob(site)
    visitor.open("/account/switch/9101")

    assert in_view(site) == {"9000"}


def test_switching_needs_the_forms_token(site: Site) -> None:
    visitor = bob(site)
    answer = visitor.client.post("/account/switch/9101", data={"csrf_token": "forged"})

    assert answer.status_code == 400
    assert in_view(site) == {"9000"}


def test_another_site_cannot_switch(site: Site) -> None:
    visitor = bob(site)
    answer = visitor.post("/account/switch/9101", {}, **{"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 400
    assert in_view(site) == {"9000"}


def test_a_link_into_another_account_asks_first(site: Site) -> None:
    page = bob(site).open("/services?account=9101")

    assert page.screen == "accounts.enter"
    assert page.heading == site.acct.platform.say("accounts.enter.title", "es", account="Óptica Mirador")
    assert "Ortega Bakery" in page.element("accounts.enter.question").text


def test_who_continues_is_where_the_link_led(site: Site) -> None:
    visitor = bob(site)
    visitor.open("/services?account=9101")
    visitor.press(site.say("accounts.enter.submit"))

    assert visitor.path == "/services?account=9101"
    assert visitor.page.heading == "Services of Óptica Mirador"


def test_who_stays_is_in_the_account_they_were_in(site: Site) -> None:
    visitor = bob(site)
    page = visitor.open("/services?account=9101")
    visitor.open(page.link(site.say("accounts.enter.stay")))

    assert visitor.page.heading == "Home"
    assert in_view(site) == {"9000"}


@pytest.mark.parametrize("number", ["9000", "09000", " 9000 "])
def test_a_link_into_the_account_in_view_asks_nothing(site: Site, number: str) -> None:
    assert bob(site).open(f"/services?account={number}").heading == "Services of Ortega Bakery"


def test_a_screen_of_ours_asks_as_well(site: Site) -> None:
    assert bob(site).open("/account/contacts?account=9101").screen == "accounts.enter"


def test_a_page_about_no_account_does_not_ask(site: Site) -> None:
    assert bob(site).open("/account/password/change?account=9101").screen == "password.change"


@pytest.mark.parametrize("number", ["9001", "8999", "", "x", "9101 OR 1", "9" * 30, "9101\x00"])
def test_a_link_into_an_account_of_others_is_a_page_that_does_not_exist(site: Site, number: str) -> None:
    visitor = bob(site)
    address = {"query_string": {"account": number}}
    answer = visitor.client.get("/services", **address)

    assert answer.status_code == 404


def test_an_account_of_others_cannot_be_told_from_none(site: Site) -> None:
    visitor = bob(site)
    for path in ("/services?account={}", "/account/contacts?account={}", "/account/switch/{}"):
        others, nobodys, missing = (visitor.open(path.format(number)) for number in ("9001", "8999", "7777"))
        shown = [
            plain(page).replace(path.format(n), path)
            for page, n in ((others, "9001"), (nobodys, "8999"), (missing, "7777"))
        ]

        assert others.status == 404
        assert len(set(shown)) == 1
        assert list(others.response.headers.keys()) == list(nobodys.response.headers.keys())


def test_the_page_of_a_foreign_account_is_that_of_a_missing_page(site: Site) -> None:
    visitor = bob(site)
    missing, foreign = visitor.open("/nowhere"), visitor.open("/services?account=9001")

    assert plain(foreign).replace("/services?account=9001", "/nowhere") == plain(missing)


def test_whoever_signs_in_for_a_link_is_asked_about_its_account_only(site: Site) -> None:
    visitor = site.visitor()
    visitor.open("/services?account=9101")
    visitor.press(
        site.say("login.form.submit"),
        {site.say("login.form.identifier"): "bob@example.com", site.say("login.form.password"): PASSWORD},
    )
    if visitor.page.screen == "accounts.enter":
        visitor.press(site.say("accounts.enter.submit"))

    assert visitor.page.heading == "Services of Óptica Mirador"


def test_a_script_is_told_that_it_asks_for_another_account(site: Site) -> None:
    visitor = bob(site)
    answer = visitor.client.get("/services?account=9101", headers={"Accept": "application/json"})

    assert answer.status_code == 409
    assert answer.json["error"] == "other_account"


def test_a_link_leads_out_of_an_account_that_is_closed(site: Site) -> None:
    site.run("UPDATE acct_account SET state = 'suspended' WHERE number = '9000'")

    assert bob(site).open("/services?account=9101").screen == "accounts.enter"


def test_the_page_of_an_account_that_is_not_open_offers_the_others(site: Site) -> None:
    site.run("UPDATE acct_account SET state = 'suspended' WHERE number = '9000'")

    assert bob(site).open("/services").says("accounts.suspended.switch")
    assert not site.alice().open("/services").says("accounts.suspended.switch")


def test_who_lost_the_account_in_view_chooses_another(site: Site) -> None:
    visitor = bob(site)
    site.run("UPDATE acct_session SET account_id = NULL")
    page = visitor.open("/services")
    choose(visitor, "9100")

    assert page.screen == "accounts.switch"
    assert visitor.page.heading == "Services of Zapatería"


def test_who_lost_the_only_account_reads_that_there_is_none(site: Site) -> None:
    alice = site.alice()
    site.run("DELETE FROM acct_membership WHERE user_id = :alice", alice=site.people.alice.id)

    assert alice.open("/services").screen == "accounts.none"


Send = Callable[[Visitor, str], Any]


@pytest.mark.parametrize("path", ["/invoices", "/account/contacts/new"])
def test_a_form_of_one_account_does_nothing_in_another(site: Site, path: str) -> None:
    """Two windows: the form was opened in the bakery, and the other window went to the optician's."""
    allow(site, "invoices", "contacts")
    visitor = bob(site)
    mark = {"acct_account": "9000", "email": "ana@example.com"}
    visitor.post("/account/switch/9101", {})
    kept = ("acct_session", "acct_request", "acct_tally")
    before = site.rows(*kept)
    answer = visitor.post(path, mark)

    assert answer.status_code == 409
    assert site.rows(*kept) == before
    assert "Óptica Mirador" in answer.text


def test_a_form_of_the_account_in_view_is_taken(site: Site) -> None:
    allow(site, "invoices")

    assert bob(site).post("/invoices", {"acct_account": "9000"}).status_code == 200


def test_a_form_of_the_hosts_without_a_mark_is_the_hosts_business(site: Site) -> None:
    allow(site, "invoices")

    assert bob(site).post("/invoices", {}).status_code == 200


def test_a_form_of_ours_without_a_mark_is_refused(site: Site) -> None:
    allow(site, "contacts")

    assert bob(site).post("/account/contacts/new", {"email": "ana@example.com"}).status_code == 409


def test_a_form_whose_address_names_another_account_is_refused(site: Site) -> None:
    allow(site, "invoices")
    visitor = bob(site)

    assert visitor.post("/invoices?account=9101", {}).status_code == 409
    assert visitor.post("/invoices?account=9001", {}).status_code == 409
    assert visitor.post("/invoices?account=9000", {}).status_code == 200


def test_a_script_that_sends_a_form_of_another_account_is_told_so(site: Site) -> None:
    allow(site, "invoices")
    answer = bob(site).post("/invoices", {"acct_account": "9101"}, Accept="application/json")

    assert answer.status_code == 409
    assert answer.json["error"] == "other_account"


def test_what_needs_signing_in_is_kept_by_nobody(site: Site) -> None:
    visitor = bob(site)

    assert visitor.open("/services").response.headers["Cache-Control"] == "no-store"


def test_the_choice_is_no_page_for_visitors(site: Site) -> None:
    visitor = site.visitor()

    assert [visitor.open(path).screen for path in ("/account/switch", "/account/switch/9000")] == ["login.form"] * 2


def test_who_was_let_in_twice_is_listed_once(site: Site) -> None:
    with site.acct.database.transaction() as db:
        add_member(site.acct.scope(db), db.get_one(User, site.people.bob.id), db.merge(site.people.other_account))
    page = bob(site).open("/account/switch")

    assert len([n for n in page.nodes if "data-acct-row" in n.attributes]) == 4
