"""The staff area as a browser shows it: on a phone and a desk, in light and dark, by keyboard, without a fault."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from flask_acct.db.models import HelpSearch, HelpVoteCount, OutboxMail, SupportCase
from flask_acct.staff import accounts, users
from flask_acct.staff.acts import Actor

from ..scopes import NOON
from ..web.site import Site, build
from ..web.test_staff import STAFF_PASSWORD, add, path_of, with_staff
from .house import House, opened
from .test_accessibility import AXE_SCRIPT, COLOURS, violations

pytestmark = pytest.mark.browser

SEEN = (
    "staff.home", "staff.account", "staff.account_delete", "staff.user", "staff.user_disable", "staff.case",
    "staff.case_answer", "staff.mails", "staff.help", "staff.audit", "staff.members",
)  # fmt: skip
ADA = Actor("ada@company.example", "admin")


@pytest.fixture(scope="module")
def office(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    file = tmp_path_factory.mktemp("staff") / "acct.db"
    file.write_bytes(migrated.read_bytes())
    site = build(with_staff(), f"sqlite:///{file}", NOON)
    furnish(site)
    with opened(site) as house:
        yield house
    site.acct.database.engine.dispose()


def furnish(site: Site) -> None:
    """There is something on every page."""
    add(site, "ada@company.example", "admin")
    add(site, "sam.with.a.rather.long.name@company.example", "support")
    now = site.clock()
    with site.acct.database.transaction() as db:
        scope = site.acct.scope(db)
        alice, account = db.merge(site.people.alice), db.merge(site.people.account)
        users.end_sessions(scope, alice, by=ADA, reason="Lost a laptop on the train, called from the known number")
        users.change_address(scope, alice, "alice@new.example", by=ADA, reason="Lost the mailbox")
        accounts.set_state(scope, account, "suspended", by=ADA, reason="Invoice 2026-12 unpaid after three reminders")
        db.add_all([
            OutboxMail(message_id="acct.1", mail="recovery.reset", recipient="alice@example.com", locale="en",
                       state="dead", failure="given up after 24 hours: 550 5.1.1 no such user here", created_at=now,
                       next_attempt_at=now),
            SupportCase(reference="R-7KQ2-M9XD", name="Zoe Paz", email="zoe@else.example", locale="en",
                        text="I do not know my user name.\nMy company is Ortega Bakery.", created_at=now,
                        changed_at=now, state="taken", taken_by="ada@company.example"),
            SupportCase(reference="R-2222-2222", name="Ana", email="ana@else.example", locale="en", text="Help!",
                        created_at=now - timedelta(days=3), changed_at=now),
            HelpVoteCount(article="recover-password", locale="es", version="3f2a9c17", helpful=12, unhelpful=3),
            HelpSearch(locale="en", query="two factor", count=9, last_on=now.date()),
        ])  # fmt: skip


def entered(browser: Browser, house: House, **how: object) -> Page:
    """The staff area as somebody sees it who has come in by the keyboard."""
    page = house.listen(browser.new_context(reduced_motion="reduce", **how).new_page())  # type: ignore[arg-type]
    page.add_init_script(AXE_SCRIPT)
    page.goto(f"{house.url}/account/staff")
    page.keyboard.press("Tab")
    page.locator("#email").focus()
    page.keyboard.type("ada@company.example")
    page.locator("#password").focus()
    page.keyboard.type(STAFF_PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-acct-screen='staff.home']")
    return page


@pytest.mark.parametrize(("width", "scheme", "language"), [(320, "light", "es"), (1280, "dark", "en")])
def test_every_page_of_the_staff_area_fits_and_is_accessible(
    browser: Browser, office: House, width: int, scheme: str, language: str
) -> None:
    page = entered(browser, office, viewport={"width": width, "height": 900}, color_scheme=scheme, locale=language)
    faults: dict[str, object] = {}
    for name in SEEN:
        page.goto(office.url + path_of(office.site, name))
        assert page.locator("main").get_attribute("data-acct-screen") == name
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        found = violations(page) if scheme == "light" else violations(page, COLOURS)
        if wide > 0 or found:
            faults[name] = wide, found
    page.context.close()
    assert faults == {}
    assert office.heard == []


def test_a_long_reason_has_room_and_the_log_is_no_wider_than_its_card(browser: Browser, office: House) -> None:
    page = entered(browser, office, viewport={"width": 1280, "height": 900}, locale="en")
    page.goto(office.url + path_of(office.site, "staff.audit"))
    table, card = page.locator(".acct-list table"), page.locator(".acct-card")
    assert page.locator(".acct-prose").first.evaluate("one => one.offsetWidth") >= 270
    assert table.evaluate("one => one.getBoundingClientRect().right") <= card.evaluate(
        "one => one.getBoundingClientRect().right - parseFloat(getComputedStyle(one).paddingRight) + 1"
    )
    page.context.close()
