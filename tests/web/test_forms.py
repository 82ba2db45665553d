"""A form writes what its own fields say, and nothing else that is sent with it. Source: ASVS 15.3.3; CVE-2013-2506."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import Boolean, Date, DateTime, Integer, TypeDecorator

from flask_acct.db.models import Membership, Unsubscription, metadata
from flask_acct.declare.elements import PREFIX, Screen
from flask_acct.features import declare
from flask_acct.testing import PASSWORD

from ..personas import NEW_PASSWORD
from .site import Build, Site
from .test_guards import filled
from .test_links import EVERY_DOOR, secret_of
from .test_permissions import objects
from .test_users import invite
from .visitor import Visitor

CANARY, NUMBER, DAY = "canary-of-mallory", "7777717", "2031-07-17"
LOOKS = (CANARY, NUMBER, "2031, 7, 17")
"""How they look in a row."""

FORMS = [
    screen
    for screen in declare(EVERY_DOOR.on(None)).screens.values()
    # What readers of the help site tell has no address of its own.
    if (screen.fields or screen.opened_by) and screen.name not in {"help.thanks", "users.ended"}
]
BY_VISITORS = {"login", "recovery", "password"}
ONLY_CHOOSES = {"contacts.list", "users.sign_in", "users.other", "users.accept"}
"""Forms that lead on and store nothing; of an invitation, for one who is not the right one."""

GOOD: dict[str, Any] = {
    "identifier": "alice@example.com", "password": PASSWORD, "current": PASSWORD, "new": NEW_PASSWORD,
    "repeat": NEW_PASSWORD, "email": "new@example.org", "first_name": "Alicia", "last_name": "Sala", "name": "Ortega",
    "about": "I was a customer", "locale": "es", "time_zone": "Europe/Madrid", "country": "ES", "silent": "yes",
    "asked": "yes", "grants": ["invoices"], "decision": "keep", "categories": ["invoices"],
}  # fmt: skip


def columns() -> dict[str, str]:
    """For every column of every table, something that is known again in a row."""
    return {column.name: _value(column.type) for table in metadata.sorted_tables for column in table.columns}


def _value(kind: Any) -> str:
    of = kind.impl if isinstance(kind, TypeDecorator) else kind
    if isinstance(of, Boolean):
        return "yes"
    if isinstance(of, Date | DateTime):
        return DAY
    return NUMBER if isinstance(of, Integer) else CANARY


def typed(screen: Screen, ids: dict[str, int]) -> dict[str, Any]:
    """What makes it a good form, so that nothing is left unsaved for another reason."""
    good = {
        **GOOD, "contact": str(ids["contact"]), "to": str(ids["member"]),
        "file": (BytesIO(b"email,first_name\nnew@example.org,Ana\n"), "contacts.csv"),
    }  # fmt: skip
    if screen.name == "profile.email":
        good["new"] = "new@example.org"
    return {field.name: good[field.name] for field in screen.fields if field.name in good}


@pytest.fixture
def full(make: Build) -> tuple[Site, dict[str, int]]:
    """A site in which every address names something, and the ids by parameter."""
    site = make(EVERY_DOOR)
    invite(site)
    ids = objects(site, site.people.account.id, site.people.alice)
    with site.acct.database.session() as db:
        db.add(Unsubscription(account_id=site.people.account.id, email_key="somebody1@example.org",
                              category="invoices", created_at=site.clock()))  # fmt: skip
        db.commit()
    return site, ids


def send(site: Site, screen: Screen, ids: dict[str, int], **more: Any) -> int:
    """The form is sent by who fills it in, with more beside it. Returns the answer."""
    is_visitors = screen.name.partition(".")[0] in BY_VISITORS or "invitation" in screen.opened_by
    who = None if is_visitors and screen.name != "password.change" else site.people.alice
    visitor: Visitor = site.visitor(who)
    visitor.open("/account/me" if who else "/account/login")
    path = filled(f"{PREFIX}/{screen.path}", ids)
    if screen.opened_by:
        visitor.client.get(path, query_string={"token": secret_of(site, screen.opened_by[0])})
    if screen.name == "users.transfer":
        site.run("DELETE FROM acct_transfer")
    return visitor.post(path, {**more, **typed(screen, ids), "acct_account": "9000"}).status_code


@pytest.mark.parametrize("screen", FORMS, ids=lambda screen: screen.name)
def test_a_form_writes_none_of_the_other_columns(full: tuple[Site, dict[str, int]], screen: Screen) -> None:
    site, ids = full
    own = {field.name for field in screen.fields} | {"next"}
    before = site.rows("acct_tally")
    more = {name: value for name, value in columns().items() if name not in own}
    answer = send(site, screen, ids, **more)
    stored = site.rows("acct_tally")
    assert answer in {200, 303}
    assert stored != before or screen.name in ONLY_CHOOSES
    assert [look for look in LOOKS if look in repr(stored)] == []
    with site.acct.database.session() as db:
        # Whoever signs up owns an account of their own, and none of those there were.
        theirs = Membership.account_id.in_([site.people.account.id, site.people.other_account.id])
        assert {place.user_id for place in db.query(Membership).filter(theirs, Membership.is_owner)} == {
            site.people.alice.id, site.people.charlie.id,
        }  # fmt: skip
