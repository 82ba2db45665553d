"""How a request is judged before a page is opened: by whom it was sent, from where, in which account."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from werkzeug.exceptions import Forbidden, NotFound

from flask_acct import requires
from flask_acct.errors import AcctError
from flask_acct.web import clients, guards
from flask_acct.web.guards import Denied, OtherAccount

from .site import Build, Site
from .visitor import Visitor

HERE = Flask(__name__)
OURS = "https://clients.example.com"


# --- A script or a person -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "is_script"),
    [
        ({}, False),
        ({"X-Requested-With": "XMLHttpRequest"}, True),
        ({"X-Requested-With": "com.example.app"}, False),
        ({"Content-Type": "application/json"}, True),
        ({"Content-Type": "application/x-www-form-urlencoded"}, False),
        ({"Sec-Fetch-Dest": "empty"}, True),
        ({"Sec-Fetch-Dest": "document"}, False),
        ({"Accept": "application/json"}, True),
        ({"Accept": "application/json, text/html"}, False),
        ({"Accept": "application/json, text/html;q=0.9"}, True),
        ({"Accept": "text/html, application/json;q=0.9"}, False),
        ({"Accept": "*/*"}, False),
        ({"Accept": "text/plain"}, False),
        ({"Accept": "text/html", "X-Requested-With": "XMLHttpRequest"}, True),
    ],
)
def test_a_script_is_told_from_a_person(site: Site, headers: dict[str, str], is_script: bool) -> None:
    with site.app.test_request_context(headers=headers):
        assert clients.wants_json() is is_script


# --- From where -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("site_header", "origin", "is_foreign"),
    [
        (None, None, False),
        ("same-origin", None, False),
        ("none", None, False),
        ("same-site", None, True),
        ("cross-site", None, True),
        ("cross-site", OURS, True),
        ("same-origin", OURS, False),
        ("same-site", OURS, False),
        (None, OURS, False),
        (None, "HTTPS://Clients.example.com:443", False),
        (None, "https://clients.example.com:8443", True),
        (None, "https://shop.example.com", True),
        ("same-origin", "https://shop.example.com", True),
        (None, "ftp://clients.example.com", True),
        (None, "", True),
        (None, "null", True),
        ("same-site", "null", True),
        ("same-origin", "null", False),
        ("none", "null", False),
    ],
)
def test_a_form_of_another_page_is_told_by_either_header(
    site_header: str | None, origin: str | None, is_foreign: bool, secure_site: Site
) -> None:
    headers = {"Sec-Fetch-Site": site_header, "Origin": origin}
    sent = {name: value for name, value in headers.items() if value is not None}
    with secure_site.app.test_request_context("/account/login", base_url=OURS, headers=sent):
        assert guards.is_foreign() is is_foreign


# --- In which account -----------------------------------------------------------------------------------------------


def seen(visitor: Visitor, path: str, **how: Any) -> tuple[int, str]:
    """Where a request is led."""
    answer = visitor.client.open(path, **how)
    return answer.status_code, answer.headers.get("Location", "")


@pytest.mark.parametrize(
    ("path", "way"),
    [
        ("/services", "/account/login?next=/services"),
        ("/services?a=1&b=%26", "/account/login?next=/services%3Fa%3D1%26b%3D%2526"),
        ("/account/me", "/account/login?next=/account/me"),
    ],
)
def test_a_visitor_signs_in_and_comes_back(path: str, way: str, site: Site) -> None:
    assert seen(site.visitor(), path) == (303, way)


def test_a_visitor_who_sent_a_form_comes_back_where_it_can_be_opened(site: Site) -> None:
    site.app.add_url_rule("/only-sent", "only_sent", requires()(lambda: "sent"), methods=["POST"])
    sent = {"method": "POST", "headers": {"Sec-Fetch-Site": "same-origin"}}
    assert seen(site.visitor(), "/invoices", **sent) == (303, "/account/login?next=/invoices")
    assert seen(site.visitor(), "/only-sent", **sent) == (303, "/account/login")


@pytest.mark.parametrize(("account", "query", "way"), [
    (None, "", "/services"), ("9000", "", "/services?account=9000"), ("9000", "?a=1", "/services?a=1&account=9000"),
    ("9000", "?account=9001", "/services?account=9001"),
])  # fmt: skip
def test_the_way_back_names_the_account_unless_it_does_already(
    account: str | None, query: str, way: str, site: Site
) -> None:
    with site.app.test_request_context(f"/services{query}"):
        assert guards.way_back(account) == {"next": way}


def test_a_script_of_a_visitor_is_told_where_to_sign_in(site: Site) -> None:
    answer = site.visitor().client.get("/services", headers={"Accept": "application/json"})
    assert answer.status_code == 401
    assert answer.json == {"error": "sign_in_first", "sign_in": "/account/login"}


def test_a_script_whose_session_has_ended_is_told_so(site: Site) -> None:
    alice = site.alice()
    site.clock.move(days=2)
    answer = alice.client.get("/services", headers={"Accept": "application/json"})
    assert answer.status_code == 401
    assert answer.json["error"] == "session_ended"


def test_an_address_that_names_the_account_in_view_opens(site: Site) -> None:
    alice = site.alice()
    assert seen(alice, "/services?account=9000")[0] == 200
    assert seen(alice, "/services?account=%239000")[0] == 200
    assert seen(alice, "/services?accounts=9001")[0] == 200


def test_an_address_that_names_anothers_account_is_none(site: Site) -> None:
    alice = site.alice()
    assert seen(alice, "/services?account=9001")[0] == seen(alice, "/services?account=4711")[0] == 404
    assert seen(alice, "/services?account=")[0] == 404


def test_an_address_that_names_another_account_of_theirs_asks_first(site: Site) -> None:
    alice = site.alice()
    site.run(f"INSERT INTO acct_membership (user_id, account_id, is_owner, permissions, created_at) VALUES "
             f"({site.people.alice.id}, {site.people.other_account.id}, 0, '[]', '2026-01-01')")  # fmt: skip
    status, place = seen(alice, "/services?account=9001")
    assert status == 303
    assert place.endswith("next=/services%3Faccount%3D9001")
    assert "9001" in place.partition("?")[0]
    assert seen(alice, "/services?account=9001", method="HEAD")[0] == 303
    assert seen(alice, "/services?account=9001", headers={"Accept": "application/json"})[0] == 409


def test_a_form_of_the_account_in_view_is_taken_and_of_another_one_is_not(site: Site) -> None:
    alice = site.alice()
    same = {"method": "POST", "headers": {"Sec-Fetch-Site": "same-origin"}}
    codes = [seen(alice, "/invoices", data=mark, **same)[0] for mark in (
        {}, {"acct_account": "9000"}, {"acct_account": "9001"}, {"acct_account": ""}, {"acct_account": "x"},
    )]  # fmt: skip
    assert codes == [200, 200, 409, 409, 409]


def test_a_mark_in_an_address_or_of_an_opened_page_says_nothing(site: Site) -> None:
    assert seen(site.alice(), "/invoices?acct_account=9001")[0] == 200


def test_a_form_of_another_account_says_which(make: Build) -> None:
    told: list[Any] = []

    def handle(error: OtherAccount) -> tuple[str, int]:
        told.append(error.number)
        return "another account", 409

    alice = make(prepare=lambda app: app.register_error_handler(OtherAccount, handle)).alice()
    for mark in ("#9001", "x y"):
        alice.client.post("/invoices", data={"acct_account": mark}, headers={"Sec-Fetch-Site": "same-origin"})
    assert told == ["9001", None]


# --- What is refused ------------------------------------------------------------------------------------------------


def test_a_refusal_says_what_was_needed_and_that_nothing_is_kept() -> None:
    denied, other = Denied("invoices"), OtherAccount()
    assert denied.needs == "invoices"
    assert denied.code == 403
    assert other.number is None
    assert not other.is_kept
    assert other.code == 409
    assert OtherAccount("9000").number == "9000"
    assert isinstance(denied, Forbidden)
    assert not isinstance(denied, NotFound)


def test_a_slip_in_which_accounts_a_page_opens_in_is_told_with_what_was_meant() -> None:
    with pytest.raises(AcctError) as told:
        requires("invoices", also_when=["expird"])  # type: ignore[list-item]
    assert str(told.value) == ('@requires: also_when names "expird", which is none. Did you mean "expired"?')


def test_a_view_that_is_closed_says_by_what_and_keeps_its_name() -> None:
    def orders() -> str:
        """Orders."""
        return "orders"

    closed = requires("orders")(orders)
    assert closed.__name__ == "orders"
    assert closed.__doc__ == "Orders."
    assert closed.acct_permission == "orders"  # type: ignore[attr-defined]
    assert requires()(orders).acct_permission is None  # type: ignore[attr-defined]
    assert guards.public(orders) is orders
    assert orders.acct_is_public is True  # type: ignore[attr-defined]


def test_nobody_keeps_the_answer_of_a_closed_view_unless_it_says_otherwise(site: Site) -> None:
    def kept() -> Any:
        return "kept", 200, {"Cache-Control": "private, max-age=60"}

    site.app.add_url_rule("/kept", "kept", requires()(kept))
    alice = site.alice()
    assert alice.client.get("/services").headers["Cache-Control"] == "no-store"
    assert alice.client.get("/kept").headers["Cache-Control"] == "private, max-age=60"
    assert site.visitor().client.get("/kept").headers["Cache-Control"] == "no-store"


# --- Who is here ----------------------------------------------------------------------------------------------------


def test_a_cookie_longer_than_any_of_ours_is_not_looked_up(site: Site) -> None:
    alice = site.alice()
    held = {one.key: one.value for one in alice.client._cookies.values()}["acct"]
    for value, user in ((held, "alice"), (f"{held[:43]}.{'x' * 56}", "alice"), (f"{held[:43]}.{'x' * 57}", None)):
        alice.client.set_cookie("acct", value)
        assert alice.client.get("/me").json == {"user": user}
