"""Whatever is sent to any form of people: a page that says what is wrong, never a 5xx, and nobody the better for it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flask_acct import config as configuration
from flask_acct.config import Config
from flask_acct.db.models import Contact, Invitation, Membership, Unsubscription, User
from flask_acct.declare.elements import PREFIX, Screen
from flask_acct.declare.fields import Choice, Ticks
from flask_acct.features import declare
from flask_acct.features.contacts import flows, uploads
from flask_acct.testing.records import PASSWORD, add_member

from ..scopes import NOON
from ..web.site import Site, build
from ..web.visitor import Read
from .conftest import NO_LIMITS
from .test_bad_input import NASTY

pytestmark = pytest.mark.long

CONFIG: Config = configuration.preset("client-area").model_copy(update={"limits": NO_LIMITS})
FORMS = [
    screen
    for screen in declare(CONFIG.on(None)).screens.values()
    if screen.fields and screen.name.partition(".")[0] in {"profile", "contacts", "users"}
]
GOOD = {
    "email": "ana@example.com", "first_name": "Ana", "last_name": "Sala", "name": "Ortega", "locale": "es",
    "time_zone": "Europe/Madrid", "country": "ES", "phone": "910000000", "postcode": "28013", "password": PASSWORD,
    "contacts": "1", "asked": "yes",
}  # fmt: skip
"""What makes a form a good one, so that what is typed beside it gets further than the form."""

A_CONTACT: dict[str, Any] = {"email": "ana@example.com", "categories": ["invoices", "support"]}


@pytest.fixture(scope="module")
def site(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    file: Path = tmp_path_factory.mktemp("forms") / "acct.db"
    shutil.copy(migrated, file)
    made = build(CONFIG, f"sqlite:///{file}", NOON)
    alice = made.visitor(made.people.alice)
    for path, typed in (("contacts/new", A_CONTACT), ("users/invite", {"email": "zoe@example.org"})):
        alice.open(f"{PREFIX}/{path}")
        answer = alice.post(f"{PREFIX}/{path}", {**typed, "acct_account": "9000", "csrf_token": alice.csrf()})
        assert answer.status_code == 303, path
    yield made
    made.acct.database.engine.dispose()


def path(screen: Screen, site: Site) -> str:
    """The form of what is really there, so that what is typed is read."""
    with site.acct.database.session() as db:
        if db.query(Membership).filter_by(user_id=site.people.bob.id).first() is None:
            add_member(site.acct.scope(db), site.people.bob, site.people.account)
            db.commit()
        if db.query(Contact).first() is None:
            flows.add(site.acct.scope(db), A_CONTACT, account=site.people.account)
        contact = db.query(Contact).order_by(Contact.id).limit(1).one()
        stopped = {"account_id": contact.account_id, "email_key": contact.email_key, "category": "invoices"}
        if db.query(Unsubscription).filter_by(**stopped).first() is None:
            db.add(Unsubscription(**stopped, created_at=NOON))
        file = uploads.keep(
            site.acct.scope(db), b"email,first_name\nzoe@example.org,Zoe\n",
            account=site.people.account, user=site.people.alice,
        )  # fmt: skip
        db.commit()
        ids = {
            "member": site.people.bob.id,
            "contact": contact.id,
            "invitation": db.query(Invitation.id).order_by(Invitation.id).limit(1).scalar(),
        }
    filled = screen.path
    for name, id_ in ids.items():
        filled = filled.replace(f"<int:{name}>", str(id_))
    filled = filled.replace("<category>", "invoices").replace("<file>", file)
    return f"{PREFIX}/{filled}"


@pytest.mark.parametrize("screen", FORMS, ids=lambda screen: screen.name)
@settings(max_examples=20)
@given(data=st.data())
def test_any_text_in_a_form_of_people(site: Site, screen: Screen, data: st.DataObject) -> None:
    names = [field.name for field in screen.fields]
    boxes = {
        one.name: [option.name for option in one.options[:2]]
        for one in screen.fields
        if isinstance(one, Choice | Ticks)
    }
    odd = data.draw(st.dictionaries(st.sampled_from(names), st.lists(NASTY, min_size=1, max_size=2), max_size=2))
    alice = site.visitor(site.people.alice)
    alice.open(f"{PREFIX}/users")
    good = {name: GOOD[name] for name in names if name in GOOD}
    typed = {name: [text.encode("utf-8", "surrogatepass") for text in texts] for name, texts in odd.items()}
    ours = {"csrf_token": alice.csrf(), "acct_account": "9000"}
    answer = alice.post(path(screen, site), {**good, **boxes, **typed, **ours})
    assert answer.status_code in {200, 303, 422, 429}, Read(answer).html[:2000]
    nobody_is_the_better_for_it(site)


def nobody_is_the_better_for_it(site: Site) -> None:
    alice, charlie = site.people.alice, site.people.charlie
    with site.acct.database.session() as db:
        owners = db.query(Membership.account_id, Membership.user_id).filter(Membership.is_owner).all()
        assert sorted(map(tuple, owners)) == [(1, alice.id), (2, charlie.id)]
        assert db.get_one(User, alice.id).password_hash == alice.password_hash
        assert db.get_one(User, alice.id).email == alice.email
        assert {name for place in db.query(Membership) for name in place.permissions} <= set(CONFIG.users.offered)
    assert all(to.isprintable() and to.count("@") == 1 for to, _ in site.letters())
