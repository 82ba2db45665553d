"""The page of what an account has bought, as its host fills it, and as it is when the host says nothing."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask

from flask_acct import Account, Invoice, Item, Subscription
from flask_acct import config as configuration
from flask_acct.extension import Acct

from .site import Build, Site
from .visitor import Read, Visitor

FULL = Subscription(
    plan="Hosting Plus",
    renew="/orders",
    buy="/buy",
    services=[Item("Certificate <1>", "€ 4.90 a month", href="/services/3")],
    add_services="/orders?kind=service",
    credits=[Item("SMS", "1,250")],
    buy_credits="/orders?kind=credit",
    billing=["Ortega Bakery Ltd", "1 Mill Lane"],
    change_billing="/billing",
    payment_method="Visa, ending in 4242",
    change_payment="/payment",
    invoices=[Invoice("F-12", date(2026, 3, 1), "€ 12.10", "Paid", href="/invoices/12")],
    all_invoices="/invoices",
)


def told(site: Site, subscription: Subscription) -> None:
    site.acct.subscription = lambda _account: subscription


def bob(site: Site, *permissions: str) -> Visitor:
    statement = "UPDATE acct_membership SET permissions = :all WHERE user_id = :bob"
    site.run(statement, all=str(list(permissions)).replace("'", '"'), bob=site.people.bob.id)
    return site.visitor(site.people.bob)


def page(site: Site) -> Read:
    return site.alice().open("/account/subscription")


def test_the_owner_sees_all_that_the_host_tells(site: Site) -> None:
    told(site, FULL)
    text = page(site).text

    for said in ("Hosting Plus", "Certificate <1>", "€ 4.90 a month", "SMS", "1,250", "1 Mill Lane", "4242", "F-12"):
        assert said in text
    assert "1 mar 2026" in text


def test_what_the_host_tells_leads_to_its_pages(site: Site) -> None:
    told(site, FULL)
    found = page(site)
    links = {n.acct.rpartition(".")[2]: n.attributes["href"] for n in found.nodes if n.tag == "a" and n.within("main")}

    assert links == {
        "renew": "/orders",
        "add_services": "/orders?kind=service",
        "buy_credits": "/orders?kind=credit",
        "change_billing": "/billing",
        "change_payment": "/payment",
        "all_invoices": "/invoices",
        "": "/invoices/12",
    }
    assert found.link("Certificate <1>") == "/services/3"


def test_a_trial_is_bought_and_not_renewed(site: Site) -> None:
    told(site, FULL)
    site.run("UPDATE acct_account SET plan = 'trial'")
    found = page(site)

    assert found.says("subscription.page.buy")
    assert not found.says("subscription.page.renew")


def test_without_a_word_of_the_host_every_part_says_that_it_is_empty(site: Site) -> None:
    found = page(site)
    empty = {f"subscription.page.no_{name}" for name in ("billing", "invoices")}

    assert found.status == 200
    assert empty <= set(found.elements)
    assert not found.says("subscription.page.plan")


def test_what_the_account_does_not_have_and_cannot_buy_is_left_out(site: Site) -> None:
    told(site, Subscription(buy_credits="/orders"))
    found = page(site)

    assert found.says("subscription.page.no_credits")
    assert not found.says("subscription.page.services")


def test_the_accounts_own_address_stands_where_the_host_tells_none(site: Site) -> None:
    site.run(
        "UPDATE acct_account SET address1 = 'Mill Lane 1', city = 'Sevilla', postcode = '41001', country = 'ES', "
        "billing_email = 'bills@example.com' WHERE number = '9000'"
    )
    text = page(site).text

    assert all(
        line in text for line in ("Ortega Bakery", "Mill Lane 1", "41001 Sevilla", "España", "bills@example.com")
    )


def test_the_end_of_the_plan_is_told(site: Site) -> None:
    assert site.say("subscription.page.for_ever") in page(site).text
    site.run("UPDATE acct_account SET plan_expires_on = '2026-12-31' WHERE number = '9000'")
    assert "31 de diciembre de 2026" in page(site).text


def test_the_configured_addresses_serve_a_host_that_tells_none(make: Build) -> None:
    site = make("sending-platform")
    site.run("UPDATE acct_account SET plan_expires_on = '2026-12-31'")
    renewing = page(site).link(site.say("subscription.page.renew"))
    site.run("UPDATE acct_account SET plan = 'trial'")

    assert renewing == "/plans"
    assert page(site).link(site.say("subscription.page.buy")) == "/plans"


def test_a_plan_without_an_end_is_renewed_only_where_the_host_says(make: Build) -> None:
    site = make("sending-platform")
    site.run("UPDATE acct_account SET plan_expires_on = NULL")
    before = page(site).says("subscription.page.renew")
    site.host.subscription(lambda _account: Subscription(renew="/longer"))

    assert not before
    assert page(site).link(site.say("subscription.page.renew")) == "/longer"


def test_a_sub_user_who_may_pay_sees_it(site: Site) -> None:
    assert bob(site, "invoices").open("/account/subscription").status == 200


@pytest.mark.parametrize("permission", ["profile", "orders", "products", "emails"])
def test_no_other_permission_opens_it(site: Site, permission: str) -> None:
    assert bob(site, permission).open("/account/subscription").status == 403


def test_the_host_is_asked_about_the_account_in_view_only(site: Site) -> None:
    asked: list[str] = []

    def provider(account: Account) -> Subscription:
        asked.append(account.number)
        return Subscription()

    site.acct.subscription = provider
    page(site)
    site.visitor(site.people.charlie).open("/account/subscription")

    assert asked == ["9000", "9001"]


def test_a_host_may_declare_it_after_the_app(database_url: str, site: Site) -> None:
    app = Flask(__name__)
    app.config.update(SECRET_KEY=site.app.secret_key, ACCT_DATABASE_URL=database_url, ACCT_WORKER=False)
    acct = Acct()
    acct.init_app(app, config=configuration.preset("client-area"))

    @acct.subscription
    def subscription(account: Account) -> Subscription:
        return Subscription(plan=f"The plan of {account.name}")

    assert app.extensions["acct"].subscription(site.people.account).plan == "The plan of Ortega Bakery"


def test_the_menu_leads_there_for_who_may(site: Site) -> None:
    assert site.alice().open("/").says("shell.menu.subscription")
    assert not bob(site, "profile").open("/").says("shell.menu.subscription")


def test_there_is_no_such_page_where_it_is_switched_off(make: Build) -> None:
    assert make("customer-panel").alice().open("/account/subscription").status == 404
