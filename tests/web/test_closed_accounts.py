"""An account whose plan has ended, or that is suspended: what must be paid can be read and paid all the same."""

from __future__ import annotations

import pytest
from flask import render_template_string

from flask_acct import config as configuration
from flask_acct import requires
from flask_acct.config import ConfigError
from flask_acct.db.models import Membership
from flask_acct.errors import AcctError

from .site import Build, Site
from .visitor import Read, Visitor

PAGES = ("/invoices", "/account/subscription", "/account/profile", "/account/emails", "/account/contacts", "/services")
STANDING = {
    "expired": "plan_expires_on = '2020-01-31'",
    "suspended": "state = 'suspended'",
    "closed": "state = 'closed'",
}


def stand(site: Site, how: str) -> None:
    site.run(f"UPDATE acct_account SET {STANDING[how]} WHERE number = '9000'")


def owner(site: Site, how: str) -> Visitor:
    stand(site, how)
    return site.visitor(site.people.alice)


def opened(visitor: Visitor) -> list[str]:
    return [path for path in PAGES if visitor.open(path).status == 200]


def test_an_expired_account_can_be_read_paid_and_renewed(site: Site) -> None:
    assert opened(owner(site, "expired")) == [
        "/invoices", "/account/subscription", "/account/profile", "/account/emails",
    ]  # fmt: skip


def test_a_suspended_account_can_pay(site: Site) -> None:
    assert opened(owner(site, "suspended")) == ["/invoices", "/account/subscription"]


def test_a_closed_account_opens_nothing_of_its_own(site: Site) -> None:
    assert opened(owner(site, "closed")) == []


@pytest.mark.parametrize("how", STANDING)
def test_a_users_own_details_open_however_the_account_stands(site: Site, how: str) -> None:
    assert owner(site, how).open("/account/me").status == 200


def test_a_payment_can_be_sent_from_an_expired_account(site: Site) -> None:
    visitor = owner(site, "expired")
    visitor.open("/invoices")
    assert visitor.client.post("/invoices", data={"acct_account": "9000"}).status_code == 200


@pytest.mark.parametrize("how", STANDING)
@pytest.mark.parametrize("who", ["alice", "bob"])
def test_the_menu_offers_no_closed_page(site: Site, how: str, who: str) -> None:
    everything = str([*site.config.users.offered]).replace("'", '"')
    site.run("UPDATE acct_membership SET permissions = :all WHERE NOT is_owner", all=everything)
    stand(site, how)
    visitor = site.visitor(getattr(site.people, who))
    offered = menu(visitor.open("/account/me"))
    assert {path: status for path in offered if (status := visitor.open(path).status) != 200} == {}


def menu(page: Read) -> list[str]:
    return [node.attributes["href"] for node in page.nodes if node.tag == "a" and node.acct.startswith("shell.menu.")]


def test_the_page_of_an_expired_account_says_what_is_still_open(site: Site) -> None:
    page = owner(site, "expired").open("/account/status/expired")
    assert page.says("accounts.still_open.title")
    assert page.link(site.say("users.permission.invoices")) == "/account/subscription"


def test_who_may_not_see_invoices_is_offered_none_on_the_page_of_an_expired_account(site: Site) -> None:
    stand(site, "expired")
    page = site.visitor(site.people.bob).open("/account/status/expired")
    assert not page.says("accounts.still_open.title")


def test_a_permission_is_still_needed_in_an_expired_account(site: Site) -> None:
    stand(site, "expired")
    assert site.visitor(site.people.bob).open("/invoices").screen == "error.forbidden"


def test_a_template_permits_nothing_that_is_closed(site: Site) -> None:
    asked = "{{ 'orders' is permitted }} {{ 'invoices' is permitted }}"
    view = requires("invoices")(lambda: render_template_string(asked))
    site.app.add_url_rule("/asked", "asked", view)
    assert owner(site, "expired").client.get("/asked").text == "False True"


def test_a_host_opens_one_page_more_where_it_says_so(site: Site) -> None:
    site.app.add_url_rule("/renew", "renew", requires("orders", also_when=["expired"])(lambda: "renew"))
    site.app.add_url_rule("/stay", "stay", requires("orders")(lambda: "stay"))
    visitor = owner(site, "expired")
    assert [visitor.client.get(path).status_code for path in ("/renew", "/stay")] == [200, 303]


def test_what_opens_in_an_expired_account_opens_in_no_closed_one(site: Site) -> None:
    site.app.add_url_rule("/renew", "renew", requires(also_when=["expired", "suspended"])(lambda: "renew"))
    assert owner(site, "closed").client.get("/renew").status_code == 303


def test_a_slip_in_how_an_account_stands_is_named() -> None:
    with pytest.raises(AcctError, match=r'"expierd", which is none\. Did you mean "expired"'):
        requires(also_when=["expierd"])  # type: ignore[list-item]


def test_acct_toml_decides_what_stays_open(make: Build) -> None:
    config = configuration.parse('[accounts]\nopen_when_expired = ["contacts"]\n[subscription]\nenabled = true\n')
    assert opened(owner(make(config), "expired")) == ["/account/contacts"]


def test_a_hosts_own_permission_may_stay_open() -> None:
    text = '[users.permissions.reports]\nlabel = { en = "R", es = "R", it = "R" }\n'
    config = configuration.parse(f'{text}[accounts]\nopen_when_suspended = ["reports"]')
    assert config.accounts.open_when_suspended == ("reports",)


def test_a_permission_that_there_is_not_cannot_stay_open() -> None:
    with pytest.raises(ConfigError, match=r'"invoicse" is not a permission\. Did you mean "invoices"'):
        configuration.parse('[accounts]\nopen_when_expired = ["profile", "invoicse"]')


def test_a_script_is_told_as_before_that_an_account_is_expired(site: Site) -> None:
    answer = owner(site, "expired").client.get("/services", headers={"Accept": "application/json"})
    assert answer.status_code == 403
    assert answer.json == {"error": "account_expired"}


def test_a_sub_user_of_several_permissions_sees_only_those_that_are_open(site: Site) -> None:
    with site.acct.database.session() as db:
        db.query(Membership).filter_by(user_id=site.people.bob.id).one().permissions = ["orders", "emails"]
        db.commit()
    stand(site, "expired")
    page = site.visitor(site.people.bob).open("/account/status/expired")
    assert page.says("users.permission.emails")
    assert not page.says("users.permission.orders")
