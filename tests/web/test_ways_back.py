"""Where somebody wanted to go, and what they had typed, survives what comes in between."""

from __future__ import annotations

import base64
import tracemalloc
import zlib
from base64 import urlsafe_b64encode
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import render_template_string, request
from sqlalchemy import func, select

from flask_acct import requires
from flask_acct.db.models import PendingRequest, User
from flask_acct.testing.records import PASSWORD, add_account
from flask_acct.web.addresses import LONGEST_RETURN, onward, requested_address

from ..personas import NEW_PASSWORD
from .site import Build, Site
from .test_signing_in import EVIL
from .visitor import Read, Visitor

LOGIN = "/account/login"

ADDRESSES = [
    "/docs/annual%20report.pdf", "/docs/c%23-guide", "/docs/why%3F", "/docs/%2541", "/docs/a%5Cb", "/docs/a%2Fb",
    "/docs/x?q=why?", "/docs/x?q=a%26b&next=/other", "/docs/x?next=//evil.example", "/docs/x?q=%C3%B1+%20+",
    "/docs/%C3%B1and%C3%BA",
    "/docs/%FF%FE", "/docs/a//b", "/docs/a;b=c,d", "/docs/%3Cb%3E%22'", "/docs/x?=&&", "/docs/x?q=%",
    "/docs/x?q=100%25",
    "/docs/%E2%80%A8x", "/docs/x?q=[1]", "/docs/x?q=a\\b", "/docs/%09x%00", "/docs/%F0%9F%A5%96",
    "/docs/x?~=~",
    "/docs/" + "a" * 4000, "/docs/" + "%C3%B1" * 700, "/docs/x?q=" + "b%26" * 1000,
]  # fmt: skip


@pytest.fixture
def site(make: Build) -> Site:
    """The default preset, with a page of the host's that says what it was asked for. Bob is in two accounts."""
    site = make()
    site.app.add_url_rule("/docs/<path:name>", "docs", requires()(_docs), merge_slashes=False)
    with site.acct.database.transaction() as db:
        add_account(site.acct.scope(db), "Zapatería", owner=db.get_one(User, site.people.bob.id), number="9100")
    return site


def _docs(name: str) -> dict[str, Any]:
    return {"name": name, "query": request.args.to_dict(flat=False)}


def asked(client: Any, address: str) -> Any:
    """What the page says it was asked for."""
    return client.get(address).get_json()


def sign_in(visitor: Visitor, to: str, who: str = "alice@example.com") -> str:
    """Where somebody lands who signs in on the page at this address."""
    visitor.open(to)
    return str(visitor.post(to, {"identifier": who, "password": PASSWORD}).headers["Location"])


@pytest.mark.parametrize("address", ADDRESSES)
def test_signing_in_leads_to_where_the_visitor_wanted_to_go(site: Site, address: str) -> None:
    visitor = site.visitor()
    came = sign_in(visitor, visitor.client.get(address).headers["Location"])

    assert asked(visitor.client, came) == asked(site.visitor(site.people.alice).client, address)


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_idle_end_leads_back_as_well(site: Site, address: str) -> None:
    visitor = site.alice()
    wanted = asked(visitor.client, address)
    site.clock.move(minutes=45)
    came = sign_in(visitor, visitor.client.get(address).headers["Location"])

    assert asked(visitor.client, came) == wanted


@pytest.mark.parametrize("address", ADDRESSES)
def test_another_language_shows_the_same_page(site: Site, address: str) -> None:
    site.app.add_url_rule("/page/<path:name>", "page", lambda name: _page())
    address = address.replace("/docs/", "/page/", 1)
    visitor = site.visitor()
    visitor.page = Read(visitor.client.get(address))
    shown = visitor.page.heading
    answer = visitor.post("/account/language", {"locale": "it", "next": here(visitor)})

    assert Read(visitor.client.get(answer.headers["Location"])).heading == shown


def _page() -> str:
    what = f"{request.path} {sorted(request.args.items(multi=True))}"
    page = '{% extends "flask_acct/layout.html" %}{% block main %}<h1>{{ what }}</h1>{% endblock %}'
    return render_template_string(page, what=what)


def here(visitor: Visitor) -> str:
    """Where the language form of the page comes back to."""
    form = next(n for n in visitor.page.nodes if n.attributes.get("id") == "acct-language")
    return next(n.attributes["value"] for n in form.children if n.attributes.get("name") == "next")


@pytest.mark.parametrize("address", ADDRESSES)
def test_changing_into_another_account_leads_to_what_a_mail_named(site: Site, address: str) -> None:
    named = f"{address}{'&' if '?' in address else '?'}account=9100"
    visitor = site.visitor()
    visitor.client.sign_in(site.people.bob, site.people.account)  # type: ignore[attr-defined]
    visitor.open(visitor.client.get(named).headers["Location"])
    came = visitor.send(site.say("accounts.enter.submit")).headers["Location"]

    assert asked(visitor.client, came)["name"] == asked(visitor.client, named)["name"]
    assert asked(visitor.client, came)["query"] == asked(visitor.client, named)["query"]


@pytest.mark.parametrize("address", ADDRESSES)
def test_the_choice_of_an_account_leads_there_too(site: Site, address: str) -> None:
    visitor = site.visitor()
    choice = sign_in(visitor, visitor.client.get(address).headers["Location"], "bob@example.com")
    visitor.open(choice)
    fields = {
        n.attributes["value"] for n in visitor.page.nodes if n.attributes.get("name") == "next" and n.within("tr")
    }
    (back,) = fields
    came = visitor.post("/account/switch/9100", {"next": back}).headers["Location"]

    assert asked(visitor.client, came) == asked(visitor.client, address)


def test_the_way_there_is_short_enough_for_a_server(site: Site) -> None:
    """gunicorn refuses lines of more than 4,094 bytes."""
    address = "/docs/report?" + "&".join(f"column{n}=%C3%B1{n}" for n in range(230))
    way = site.visitor().client.get(address).headers["Location"]

    assert len(address) > 3900
    assert len(way) < 3000


def test_a_slip_in_the_password_and_another_language_lose_nothing(site: Site) -> None:
    visitor = site.visitor()
    visitor.open("/docs/c%23-guide")
    to = visitor.path
    visitor.page = Read(visitor.post(to, {"identifier": "alice@example.com", "password": "not it at all"}))
    answer = visitor.post("/account/language", {"locale": "it", "next": here(visitor)})

    assert answer.headers["Location"] == to


def test_a_page_that_can_only_be_sent_comes_back_to_the_start_in_another_language(site: Site) -> None:
    site.app.add_url_rule("/send", "send", lambda: _page(), methods=["POST"])
    visitor = site.visitor()
    visitor.page = Read(visitor.client.post("/send"))

    assert here(visitor) == "/"


@pytest.mark.parametrize("root", ["/shop", "/caf%C3%A9"])
def test_below_another_path_the_way_back_is_below_it(site: Site, root: str) -> None:
    mounted = {"SCRIPT_NAME": "/caf\u00c3\u00a9" if "%" in root else root}
    answer = site.app.test_client().get("/docs/c%23-guide", environ_overrides=mounted)

    assert answer.headers["Location"].endswith(f"next={root.replace('%', '%25')}/docs/c%2523-guide")


def test_an_address_that_begins_with_two_slashes_stays_on_this_host(site: Site) -> None:
    with site.app.test_request_context("/x", environ_overrides={"PATH_INFO": "//evil.example/x"}):
        address = requested_address()

    assert address == "/%2Fevil.example/x"
    assert onward(address) == address
    assert urlsplit(address).netloc == ""


# Nobody is led away.


@pytest.mark.parametrize("wanted", EVIL)
def test_a_packed_address_leads_nowhere_else_either(wanted: str) -> None:
    packed = "~" + urlsafe_b64encode(zlib.compress(wanted.encode("utf-8", "replace"))).decode().rstrip("=")
    assert onward(packed) is None


@pytest.mark.parametrize(
    "packed", ["~", "~~", "~x", "~eJw", "~" + "A" * 5000, "~\u00e9", "~/services", "~//evil.example"]
)
def test_what_was_not_packed_by_us_leads_nowhere(packed: str) -> None:
    assert onward(packed) is None


def test_a_packed_address_that_grows_without_end_leads_nowhere() -> None:
    bomb = zlib.compress(b"/" + b"a" * 50_000_000, 9)
    tracemalloc.start()
    found = onward("~" + urlsafe_b64encode(bomb).decode())
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert found is None
    assert most < 1_000_000


def test_an_address_longer_than_any_browsers_is_the_start_page(site: Site) -> None:
    visitor = site.visitor()
    came = sign_in(visitor, visitor.client.get("/docs/" + "a" * LONGEST_RETURN).headers["Location"])
    assert came == "/"


# Forms that arrive after their session has ended.

CONTACT = {"email": "ana@example.org", "first_name": "Ana", "city": "Sevilla"}


def typed(page: Read, name: str) -> str:
    (control,) = [node for node in page.nodes if node.attributes.get("name") == name and node.within("main")]
    if control.tag == "select":
        chosen = [n for n in control.children if "selected" in n.attributes]
        return chosen[0].attributes["value"] if chosen else ""
    return control.attributes.get("value", "") if control.tag == "input" else control.text


def send_too_late(site: Site, path: str, data: dict[str, Any], visitor: Visitor | None = None) -> Visitor:
    """Somebody fills in a form, and sends it when the session has ended. They see the sign-in form."""
    visitor = visitor or site.alice()
    visitor.open(path)
    site.clock.move(minutes=45)
    answer = visitor.post(path, {"acct_account": "9000", **data})
    assert answer.status_code == 303
    visitor.open(answer.headers["Location"])
    return visitor


def come_back(site: Site, visitor: Visitor, who: str = "alice@example.com") -> Read:
    answer = visitor.post(visitor.path, {"identifier": who, "password": PASSWORD})
    return visitor.open(answer.headers["Location"])


def test_a_form_sent_after_the_session_ended_is_filled_in_after_signing_in(site: Site) -> None:
    visitor = send_too_late(site, "/account/contacts/new", CONTACT)
    said = visitor.page.says("login.form.ended")
    page = come_back(site, visitor)

    assert said is True
    assert page.status == 200
    assert page.says("shell.form.brought_back")
    assert {name: typed(page, name) for name in CONTACT} == CONTACT


def test_it_is_sent_by_one_more_press(site: Site) -> None:
    visitor = send_too_late(site, "/account/contacts/new", {**CONTACT, "categories": ["invoices"]})
    come_back(site, visitor)
    visitor.press(site.say("contacts.add.save"))

    assert "ana@example.org" in visitor.open("/account/contacts").text


def test_boxes_are_ticked_as_they_were(site: Site) -> None:
    visitor = send_too_late(site, "/account/contacts/new", {**CONTACT, "categories": ["invoices", "domains"]})
    page = come_back(site, visitor)
    ticked = {
        n.attributes["value"]
        for n in page.nodes
        if n.attributes.get("name") == "categories" and "checked" in n.attributes
    }

    assert ticked == {"invoices", "domains"}


@pytest.mark.parametrize("path", ["/account/me", "/account/profile"])
def test_what_was_typed_goes_before_what_is_stored(site: Site, path: str) -> None:
    field = "first_name" if path == "/account/me" else "city"
    visitor = send_too_late(site, path, {field: "Ñandú & <b>"})

    assert typed(come_back(site, visitor), field) == "Ñandú & <b>"


def test_it_is_filled_in_once(site: Site) -> None:
    visitor = send_too_late(site, "/account/contacts/new", CONTACT)
    come_back(site, visitor)
    again = visitor.open("/account/contacts/new")

    assert typed(again, "email") == ""
    assert not again.says("shell.form.brought_back")


def test_another_form_stays_empty(site: Site) -> None:
    visitor = send_too_late(site, "/account/contacts/new", CONTACT)
    visitor.post(visitor.path, {"identifier": "alice@example.com", "password": PASSWORD})
    other = visitor.open("/account/me")
    own = visitor.open("/account/contacts/new")

    assert typed(other, "first_name") == "Alice"
    assert typed(own, "first_name") == "Ana"


def test_nobody_else_finds_it_who_signs_in_there(site: Site) -> None:
    visitor = send_too_late(site, "/account/contacts/new", CONTACT)
    page = come_back(site, visitor, "charlie@example.net")

    assert typed(page, "email") == ""
    assert "ana@example.org" not in page.html


def test_nothing_of_it_can_be_read_in_the_browser(site: Site) -> None:
    visitor = send_too_late(site, "/account/contacts/new", {**CONTACT, "first_name": "Anacleta" * 10})
    cookie = visitor.client.get_cookie("acct_visit")
    assert cookie is not None
    held = cookie.value.lstrip(".").partition(".")[0]
    raw = base64.urlsafe_b64decode(held + "=" * (-len(held) % 4))
    plain = zlib.decompress(raw) if cookie.value.startswith(".") else raw

    assert b"Anacleta" not in plain
    assert "Anacleta" not in visitor.page.html


def test_it_is_kept_for_half_an_hour(site: Site) -> None:
    visitor = send_too_late(site, "/account/contacts/new", CONTACT)
    site.clock.move(minutes=31)

    assert typed(come_back(site, visitor), "email") == ""


def test_what_nobody_came_back_for_is_forgotten(site: Site) -> None:
    send_too_late(site, "/account/contacts/new", CONTACT)
    before = kept(site)
    site.clock.move(hours=2)
    site.letters()

    assert before == 1
    assert kept(site) == 0


def kept(site: Site) -> int:
    with site.acct.database.session() as db:
        return db.scalar(select(func.count()).where(PendingRequest.kind == "unsent_form")) or 0


def test_who_signs_out_leaves_nothing_for_the_next(site: Site) -> None:
    visitor = send_too_late(site, "/account/contacts/new", CONTACT)
    site.sign_in("charlie@example.net", visitor=visitor)
    visitor.open("/account/logout")
    visitor.press(site.say("login.logout.submit"))
    site.sign_in("alice@example.com", visitor=visitor)

    assert typed(visitor.open("/account/contacts/new"), "email") == ""


def test_no_password_and_no_file_is_kept(site: Site) -> None:
    secret = "a secret nobody else knows"
    send_too_late(site, "/account/me/email", {"new": "alice2@example.com", "password": secret})
    visitor = site.alice()
    visitor.open("/account/contacts/import")
    token = visitor.csrf()
    site.clock.move(minutes=45)
    file = (BytesIO(f"email\n{secret}@example.com".encode()), "secret-name.csv")
    data = {"csrf_token": token, "acct_account": "9000", "file": file}
    visitor.client.post("/account/contacts/import", data=data, content_type="multipart/form-data")

    with site.acct.database.session() as db:
        named = str(db.scalars(select(PendingRequest.named)).all())
    assert "alice2@example.com" in named
    assert secret not in named
    assert "secret-name" not in named


def test_the_form_of_a_new_address_comes_back_without_its_password(site: Site) -> None:
    visitor = send_too_late(site, "/account/me/email", {"new": "alice2@example.com", "password": PASSWORD})
    page = come_back(site, visitor)

    assert typed(page, "new") == "alice2@example.com"
    assert PASSWORD not in page.html


@pytest.mark.parametrize("token", ["", "forged", "a.b.1.c", "a.b.1." + "0" * 40])
def test_a_form_that_nobody_of_ours_drew_is_not_kept(site: Site, token: str) -> None:
    client = site.app.test_client()
    answer = client.post("/account/contacts/new", data={**CONTACT, "csrf_token": token, "acct_account": "9000"})

    assert answer.status_code == 303
    assert answer.headers["Location"] == LOGIN
    assert kept(site) == 0


def test_a_form_sent_by_another_page_is_not_kept(site: Site) -> None:
    alice = site.alice()
    alice.open("/account/contacts/new")
    site.clock.move(minutes=45)
    alice.post("/account/contacts/new", {"acct_account": "9000", **CONTACT}, Origin="https://evil.example")

    assert kept(site) == 0


def test_a_form_too_large_is_not_kept_and_still_leads_back(site: Site) -> None:
    visitor = send_too_late(site, "/account/contacts/new", {**CONTACT, "city": "x" * 20_000})

    assert kept(site) == 0
    assert visitor.path == f"{LOGIN}?next=/account/contacts/new"


def test_nobody_fills_the_database_by_it(site: Site) -> None:
    alice = site.alice()
    alice.open("/account/contacts/new")
    site.clock.move(minutes=45)
    for _ in range(40):
        alice.post("/account/contacts/new", {"acct_account": "9000", **CONTACT})

    assert kept(site) <= 30


def test_the_cookie_may_be_gone_already_when_it_arrives(site: Site) -> None:
    """Another tab noticed the end of the session first."""
    alice = site.alice()
    alice.open("/account/contacts/new")
    site.clock.move(minutes=45)
    token = alice.csrf()
    alice.client.get("/account/session")
    data = {"csrf_token": token, "acct_account": "9000", **CONTACT}
    alice.open(alice.client.post("/account/contacts/new", data=data).headers["Location"])

    assert typed(come_back(site, alice), "email") == "ana@example.org"


def test_a_script_is_told_401_and_nothing_is_kept(site: Site) -> None:
    alice = site.alice()
    alice.open("/account/contacts/new")
    site.clock.move(minutes=45)
    answer = alice.post("/account/contacts/new", {"acct_account": "9000", **CONTACT}, Accept="application/json")

    assert answer.status_code == 401
    assert kept(site) == 0


def test_a_form_of_the_hosts_leads_back_to_its_page(site: Site) -> None:
    alice = site.alice()
    site.clock.move(minutes=45)
    answer = alice.client.post("/invoices?page=2", data={"x": "y"})

    assert answer.headers["Location"] == f"{LOGIN}?next=/invoices%3Fpage%3D2"


def test_an_address_of_the_hosts_that_can_only_be_sent_leads_to_the_start(site: Site) -> None:
    site.app.add_url_rule("/pay", "pay", requires()(lambda: "paid"), methods=["POST"])
    answer = site.visitor().client.post("/pay")

    assert answer.headers["Location"] == LOGIN


def test_who_is_in_several_accounts_comes_back_to_the_one_the_form_was_for(site: Site) -> None:
    visitor = site.visitor()
    visitor.client.sign_in(site.people.bob)  # type: ignore[attr-defined]
    visitor.open("/account/contacts/new")
    site.clock.move(minutes=45)
    answer = visitor.post("/account/contacts/new", {"acct_account": "9100", **CONTACT})
    visitor.open(answer.headers["Location"])
    page = come_back(site, visitor, "bob@example.com")
    if page.screen == "accounts.enter":
        page = visitor.press(site.say("accounts.enter.submit"))

    assert page.screen == "contacts.add"
    assert typed(page, "email") == "ana@example.org"


def test_a_form_about_a_password_leads_back_and_keeps_nothing(site: Site) -> None:
    data = {"current": PASSWORD, "new": NEW_PASSWORD, "repeat": NEW_PASSWORD}
    visitor = send_too_late(site, "/account/password/change", data)

    assert visitor.path == f"{LOGIN}?next=/account/password/change"
    assert kept(site) == 0


# Forms of another account.


def bob_in(site: Site, number: str) -> Visitor:
    visitor = site.visitor()
    visitor.client.sign_in(site.people.bob)  # type: ignore[attr-defined]
    switch(visitor, number)
    return visitor


def switch(visitor: Visitor, number: str) -> None:
    visitor.open("/account/switch")
    visitor.post(f"/account/switch/{number}", {})


def test_a_form_of_one_account_sent_in_another_says_so_before_any_permission(site: Site) -> None:
    """Bob may not see the bakery's contacts; the form was his own shop's."""
    visitor = bob_in(site, "9100")
    visitor.open("/account/contacts/new")
    token = visitor.csrf()
    switch(visitor, "9000")
    page = Read(
        visitor.client.post("/account/contacts/new", data={"csrf_token": token, "acct_account": "9100", **CONTACT})
    )

    assert page.status == 409
    assert page.screen == "error.other_account"
    assert page.says("error.other_account.kept")


def test_who_changes_back_finds_what_they_typed(site: Site) -> None:
    visitor = bob_in(site, "9100")
    visitor.open("/account/contacts/new")
    token = visitor.csrf()
    switch(visitor, "9000")
    data = {"csrf_token": token, "acct_account": "9100", **CONTACT}
    visitor.page = Read(visitor.client.post("/account/contacts/new", data=data))
    visitor.open(visitor.page.link(site.say("error.other_account.back")))
    page = visitor.press(site.say("accounts.enter.submit"))

    assert page.screen == "contacts.add"
    assert typed(page, "email") == "ana@example.org"


def test_a_form_of_the_hosts_is_told_before_its_permission_too(site: Site) -> None:
    visitor = bob_in(site, "9000")
    answer = visitor.client.post("/invoices", data={"acct_account": "9100"})

    assert answer.status_code == 409


def test_there_is_no_way_back_to_an_account_of_others(site: Site) -> None:
    visitor = bob_in(site, "9000")
    page = Read(visitor.client.post("/invoices", data={"acct_account": "9001"}))

    assert page.status == 409
    assert not page.says("error.other_account.back")


def test_there_is_no_way_back_to_an_account_that_is_closed(site: Site) -> None:
    site.run("UPDATE acct_account SET state = 'closed' WHERE number = '9100'")
    visitor = bob_in(site, "9000")
    page = Read(visitor.client.post("/invoices", data={"acct_account": "9100"}))

    assert page.status == 409
    assert not page.says("error.other_account.back")
