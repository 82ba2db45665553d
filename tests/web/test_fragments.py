"""Parts of pages that are rendered once show nobody what is another's, or what was so before."""

from __future__ import annotations

import pytest

from flask_acct import config as configuration

from .site import Build, Site
from .visitor import Read

ME = "/account/me"


def header(page: Read) -> str:
    return page.only("header").text


def test_two_users_one_after_the_other_see_their_own_names(site: Site) -> None:
    alice, bob = site.visitor(site.people.alice), site.visitor(site.people.bob)
    pages = [header(visitor.open(ME)) for visitor in (alice, bob, alice, bob)]
    assert pages[0] == pages[2]
    assert pages[1] == pages[3]
    assert "Alice" in pages[0]
    assert "Alice" not in pages[1]


@pytest.mark.parametrize(
    ("change", "shows"),
    [
        ("UPDATE acct_user SET first_name = 'Zenobia' WHERE username = 'alice'", "Zenobia"),
        ("UPDATE acct_user SET email = 'zenobia@example.com' WHERE username = 'alice'", ""),
        ("UPDATE acct_account SET name = 'Zenobia & Co' WHERE number = '9000'", "Zenobia & Co"),
        ("UPDATE acct_account SET number = '9777' WHERE number = '9000'", "9777"),
    ],
)
def test_what_changes_is_in_the_header_of_the_next_page(site: Site, change: str, shows: str) -> None:
    alice = site.visitor(site.people.alice)
    before = header(alice.open(ME))
    site.run(change)
    after = header(alice.open(ME))
    assert shows not in before or not shows
    assert shows in after
    assert header(site.visitor(site.people.alice).open(ME)) == after


def test_what_a_user_may_no_longer_open_is_in_no_menu(site: Site) -> None:
    alice = site.visitor(site.people.alice)
    assert alice.open(ME).says("shell.menu.users")
    site.run("UPDATE acct_membership SET is_owner = false WHERE user_id = :user", user=site.people.alice.id)
    assert not alice.open(ME).says("shell.menu.users")


def test_the_page_in_view_is_marked_on_each_page_anew(site: Site) -> None:
    alice = site.visitor(site.people.alice)
    for path in (ME, "/account/contacts", ME):
        marked = [node for node in alice.open(path).nodes if node.attributes.get("aria-current") == "page"]
        assert [node.attributes["href"] for node in marked] == [path]


def test_a_trial_account_is_led_to_the_cart_and_a_customer_no_more(make: Build) -> None:
    config = configuration.preset("client-area")
    site = make(config.model_copy(update={"site": config.site.model_copy(update={"purchase_url": "/cart"})}))
    alice, found = site.visitor(site.people.alice), []
    for plan in ("pro", "trial", "pro"):
        site.run("UPDATE acct_account SET plan = :plan WHERE number = '9000'", plan=plan)
        found.append(alice.open(ME).says("shell.header.buy"))
    assert found == [False, True, False]
