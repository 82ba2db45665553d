"""What needs attention, as a home page shows it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import render_template_string

from flask_acct import Account, News, requires
from flask_acct.config import preset
from flask_acct.db.models import Invitation

from .site import Build, Site
from .visitor import Read

HOME = """{% extends "flask_acct/layout.html" %}
{% block main %}<h1>Home</h1>{% include "flask_acct/elements/news.html" %}{% endblock %}"""


def news(page: Read) -> list[tuple[str, str]]:
    """The tone and the text of each."""
    shown = [node for node in page.nodes if node.tag == "li" and "acct-said" in node.attributes.get("class", "")]
    return [(node.attributes["class"].removeprefix("acct-said acct-"), node.text) for node in shown]


def home(site: Site) -> Read:
    if "overview" not in site.app.view_functions:
        site.app.add_url_rule("/overview", "overview", requires()(lambda: render_template_string(HOME)))
    return site.alice().open("/overview")


def test_where_nothing_waits_nothing_is_shown(site: Site) -> None:
    page = home(site)
    assert page.status == 200
    assert news(page) == []


def test_the_host_says_what_waits_the_most_urgent_first(site: Site) -> None:
    @site.host.news
    def renewals(account: Account) -> Iterator[News]:
        yield News(f"{account.name} renews soon.")

    @site.host.news
    async def overdue(_account: Account) -> list[News]:
        return [News({"en": "Overdue.", "es": "Vencida."}, {"en": "Pay", "es": "Pagar"}, "/invoices", tone="error")]

    shown = news(home(site))
    assert [tone for tone, _ in shown] == ["error", "info"]
    assert shown[0][1] == "Vencida. Pagar"
    assert site.people.account.name in shown[1][1]


@pytest.mark.parametrize(("days", "is_shown"), [(-1, False), (0, True), (1, True)])
def test_it_is_shown_until_its_last_day(site: Site, days: int, is_shown: bool) -> None:
    until = site.clock().date() + timedelta(days=days)
    site.host.news(lambda _account: [News("Maintenance.", until=until)])
    assert bool(news(home(site))) is is_shown


def test_words_of_the_hosts_are_no_html(site: Site) -> None:
    site.host.news(lambda _account: [News("<b>bold</b>", "<i>go</i>", "/invoices")])
    assert "<b>" not in home(site).html
    assert "<i>" not in home(site).html


@pytest.mark.parametrize(("left", "is_said"), [(31, False), (30, True), (0, True), (-1, False)])
def test_a_plan_that_ends_within_a_month_is_said(site: Site, left: int, is_said: bool) -> None:
    day = site.clock().date() + timedelta(days=left)
    site.run(
        "UPDATE acct_account SET plan_expires_on = :day WHERE number = :number",
        day=str(day),
        number=site.people.account.number,
    )
    site.app.add_url_rule(
        "/overview", "overview", requires(also_when=["expired"])(lambda: render_template_string(HOME))
    )
    assert ("subscription.news.ends" in site.alice().open("/overview").elements) is is_said


def test_days_are_those_of_the_sites_time_zone(make: Build) -> None:
    """Late in the evening in Buenos Aires it is the next day in UTC, and a last day still lasts."""
    config = preset("client-area")
    zone = "America/Argentina/Buenos_Aires"
    site = make(config.model_copy(update={"site": config.site.model_copy(update={"time_zone": zone})}))
    now = site.clock()
    site.clock.move(hours=(26 - now.hour) % 24, minutes=-now.minute)
    last = site.clock().astimezone(ZoneInfo(zone)).date()
    assert last < site.clock().date()
    site.run("UPDATE acct_account SET plan_expires_on = :day", day=str(last))
    site.host.news(lambda _account: [News("Maintenance.", until=last)])
    page = home(site)
    assert "subscription.news.ends" in page.elements
    assert "Maintenance." in [text for _, text in news(page)]


def test_a_password_that_expires_is_said_from_the_day_of_the_first_mail(make: Build) -> None:
    site = make("email-marketing")
    days: Any = preset("email-marketing").password.max_age_days
    for left, is_said in ((6, False), (4, True)):
        changed = site.clock() - timedelta(days=days - left)
        site.run("UPDATE acct_user SET password_changed_at = :at", at=changed.replace(tzinfo=None).isoformat(" "))
        assert ("password.news.ends" in home(site).elements) is is_said


def test_an_invitation_that_runs_out_is_said_to_the_owner_only(site: Site) -> None:
    now = site.clock()
    about = {"account_id": site.people.account.id, "permissions": [], "created_at": now, "sent_at": now}
    with site.acct.database.session() as db:
        for name, days in (("soon", 1), ("later", 5), ("over", -1)):
            ends = now + timedelta(days=days)
            db.add(Invitation(email=f"{name}@x.example", email_key=f"{name}@x.example", expires_at=ends, **about))
        db.commit()
    said = [text for _, text in news(home(site))]
    assert len(said) == 1
    assert "soon@x.example" in said[0]
    assert news(site.visitor(site.people.bob).open("/overview")) == []
