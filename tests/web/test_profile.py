"""One's own data, another address and user name, and the details of the account, as people find them."""

from __future__ import annotations

import re
from email.message import EmailMessage
from typing import Any

import pytest
from sqlalchemy import select

from flask_acct import signals
from flask_acct.config import Config
from flask_acct.config import Site as ConfigSite
from flask_acct.db.models import Account, Membership, User
from flask_acct.declare.elements import Screen
from flask_acct.features.profile import flows
from flask_acct.testing import PASSWORD

from ..personas import NEW_PASSWORD
from .site import Build, Site
from .test_parity import COST, hashing, plain
from .visitor import Read, Visitor

NEW = "ana@new.example"
ME, EMAIL, CONFIRM, NAME, ACCOUNT = (
    f"/account/{path}" for path in ("me", "me/email", "me/email/confirm", "me/username", "profile")
)

DETAILS = {
    "name": "Ortega Bakery SL", "tax_id": "B12345678", "phone": "910 00 00 00", "billing_email": "bills@ortega.example",
    "address1": "Calle Mayor 1", "address2": "", "city": "Madrid", "region": "", "postcode": "28013", "country": "ES",
}  # fmt: skip


def words(site: Site, *ids: str) -> list[str]:
    return [site.say(id_) for id_ in ids]


def ask(site: Site, visitor: Visitor, new: str = NEW, typed: str = PASSWORD) -> Read:
    visitor.open(EMAIL)
    fields = {site.say("profile.email.new"): new, site.say("profile.email.password"): typed}
    return visitor.press(site.say("profile.email.submit"), fields)


def letters(site: Site) -> dict[tuple[str, str], EmailMessage]:
    """What was sent, by subject in the site's language and recipient."""
    return {(letter["Subject"], to): letter for to, letter in site.letters()}


def address_in(letter: EmailMessage) -> str:
    """Where the first link of a text mail leads on this site."""
    part = letter.get_body(("plain",))
    assert part is not None
    found = re.search(r"^https?://[^/]+(/\S+)$", part.get_content(), re.MULTILINE)
    assert found
    return found[1]


def link(site: Site, visitor: Visitor, new: str = NEW) -> str:
    """The local address in the mail that asks to confirm."""
    ask(site, visitor, new)
    return address_in(letters(site)[site.say("profile.confirm.subject"), new])


def confirm(site: Site, visitor: Visitor, address: str) -> Read:
    visitor.open(address)
    return visitor.press(site.say("profile.confirm_email.submit"))


def read_user(site: Site, username: str = "alice") -> User:
    with site.acct.database.session() as db:
        return db.scalars(select(User).where(User.username_key == username)).one()


def let_bob(site: Site, *permissions: str) -> Visitor:
    with site.acct.database.transaction() as db:
        db.scalars(select(Membership).where(Membership.user_id == site.people.bob.id)).one().permissions = list(
            permissions
        )
    return site.visitor(site.people.bob)


# Who sees what


@pytest.mark.parametrize("path", [ME, EMAIL, ACCOUNT])
def test_a_stranger_signs_in_first_and_comes_back(any_site: Site, path: str) -> None:
    visitor = any_site.visitor()
    landed = visitor.open(path).screen
    typed = {any_site.say("login.form.identifier"): any_site.identifier(any_site.people.alice),
             any_site.say("login.form.password"): PASSWORD}  # fmt: skip
    visitor.press(any_site.say("login.form.submit"), typed)
    assert landed == "login.form"
    assert visitor.path == path


def test_everybody_sees_their_own_data_and_the_owner_the_accounts(site: Site) -> None:
    people = site.people
    seen = {user.username: site.visitor(user) for user in (people.alice, people.bob, people.charlie)}
    found = {
        name: (
            visitor.open(ME).element("profile.me.email").text.split()[-1],
            visitor.open(ACCOUNT).status,
            visitor.open(ME).says("shell.menu.profile"),
        )
        for name, visitor in seen.items()
    }
    assert found == {
        "alice": ("alice@example.com", 200, True),
        "bob": ("bob@example.com", 403, False),
        "charlie": ("charlie@example.net", 200, True),
    }


def test_the_permission_opens_the_details_of_this_account_and_shows_them_in_the_menu(site: Site) -> None:
    bob = let_bob(site, "profile")
    page = bob.open(ACCOUNT)
    name = page.field(site.say("profile.account.name")).attributes["value"]
    assert page.status == 200
    assert page.says("shell.menu.profile")
    assert name == "Ortega Bakery"


def test_ones_own_data_is_open_where_the_account_is_not(site: Site) -> None:
    site.run("UPDATE acct_account SET state = 'suspended'")
    alice = site.visitor(site.people.alice)
    assert alice.open(ME).screen == "profile.me"
    assert alice.open(ACCOUNT).screen == "accounts.suspended"


def test_the_menu_leads_to_both(any_site: Site) -> None:
    alice = any_site.visitor(any_site.people.alice)
    alice.open("/")
    found = [alice.page.link(text) for text in words(any_site, "shell.menu.me", "shell.menu.profile")]
    assert found == [ME, ACCOUNT]


def test_a_seeds_own_words_name_the_details(make: Build) -> None:
    site = make("customer-panel")
    alice = site.visitor(site.people.alice)
    alice.open("/")
    assert alice.page.link("Datos del titular") == ACCOUNT
    assert alice.page.link("Cambiar clave") == "/account/password/change"
    assert alice.open(ACCOUNT).heading == "Datos del titular"


# One's own data


def save_me(site: Site, visitor: Visitor, **typed: str) -> Read:
    visitor.open(ME)
    return visitor.press(
        site.say("profile.me.save"), {site.say(f"profile.me.{name}"): value for name, value in typed.items()}
    )


def test_what_is_saved_is_there_when_the_page_comes_back(site: Site) -> None:
    alice = site.visitor(site.people.alice)
    page = save_me(site, alice, first_name="Ana", last_name="Sala", time_zone="Europe/Rome")
    fields = [page.field(site.say(f"profile.me.{name}")).attributes["value"] for name in ("first_name", "last_name")]
    assert page.says("profile.me.saved")
    assert fields == ["Ana", "Sala"]
    assert read_user(site).time_zone == "Europe/Rome"


def test_another_language_speaks_at_once(site: Site) -> None:
    page = save_me(site, site.visitor(site.people.alice), locale="it")
    assert page.language == "it"
    assert page.heading == site.say("profile.me.title", "it")
    assert page.element("profile.me.saved").text == site.say("profile.me.saved", "it")


def test_the_browser_keeps_the_language_after_signing_out(site: Site) -> None:
    alice = site.visitor(site.people.alice)
    save_me(site, alice, locale="it")
    alice.open("/account/logout")
    assert alice.press(site.say("login.logout.submit", "it")).language == "it"


def test_the_language_offered_is_the_one_the_page_is_in(site: Site) -> None:
    page = site.visitor(site.people.alice, **{"Accept-Language": "en"}).open(ME)
    chosen = [node.attributes["value"] for node in page.nodes if node.tag == "option" and "selected" in node.attributes]
    assert page.language == "en"
    assert chosen == ["en"]


def test_a_site_of_one_language_does_not_ask_for_it(make: Build) -> None:
    site = make(Config(site=ConfigSite(locales=("es",))))
    alice = site.visitor(site.people.alice)
    page = save_me(site, alice, first_name="Ana")
    assert page.says("profile.me.saved")
    assert not page.says("profile.me.locale")
    assert read_user(site).first_name == "Ana"


def test_times_are_shown_in_the_time_zone_chosen(site: Site) -> None:
    alice = site.visitor(site.people.alice)
    save_me(site, alice, time_zone="Asia/Tokyo")
    ask(site, alice)
    part = letters(site)[site.say("profile.confirm.subject"), NEW].get_body(("plain",))
    assert part is not None
    assert "22:00" in part.get_content()


@pytest.mark.parametrize(("name", "wrong"), [
    ("locale", "fr"), ("locale", ""), ("time_zone", "Mars/Olympus"), ("time_zone", "UTC'--"), ("first_name", "a\nb"),
    ("last_name", "x" * 121),
])  # fmt: skip
def test_what_is_not_on_offer_is_not_saved(site: Site, name: str, wrong: str) -> None:
    alice = site.visitor(site.people.alice)
    alice.open(ME)
    typed = {"first_name": "", "last_name": "", "locale": "es", "time_zone": "", name: wrong}
    answer = Read(alice.post(ME, typed))
    assert answer.status == 422
    assert read_user(site).first_name == "Alice"


def test_a_form_writes_nothing_but_its_own_fields(site: Site) -> None:
    """Mass assignment (CVE-2013-2506): every column of the tables is sent along."""
    alice = site.visitor(site.people.alice)
    columns = {column.name: "1" for table in (User, Account, Membership) for column in table.__table__.columns}
    mine = {"first_name": "Ana", "last_name": "Sala", "locale": "it", "time_zone": "Europe/Rome"}
    alice.open(ME)
    before = vars(read_user(site))
    assert alice.post(ME, {**columns, **mine}).status_code == 303
    after = vars(read_user(site))
    changed = {name for name in before if before[name] != after[name]} - {"_sa_instance_state"}
    assert changed == {"first_name", "last_name", "locale", "time_zone"}


# Another address


def test_from_the_page_to_the_new_address(any_site: Site) -> None:
    """The whole way, as the owner goes it: two pages, a mail, a button, and both boxes told."""
    alice = any_site.alice()
    asked = ask(any_site, alice)
    sent = letters(any_site)
    page = confirm(any_site, alice, address_in(sent[any_site.say("profile.confirm.subject"), NEW]))
    told = set(letters(any_site))
    assert asked.says("profile.email.sent")
    assert NEW in asked.text
    assert page.says("profile.confirm_email.changed")
    requested, changed = words(any_site, "profile.email_requested.subject", "profile.email_changed.subject")
    assert (requested, "alice@example.com") in sent
    assert told == {(changed, "alice@example.com"), (changed, NEW)}
    assert read_user(any_site).email == NEW
    assert alice.open(ME).status == 200


def test_opening_the_link_changes_nothing(site: Site) -> None:
    alice = site.alice()
    address = link(site, alice)
    before = site.rows("acct_session")
    for _ in range(5):
        alice.client.head(address)
        alice.open(address)
    assert site.rows("acct_session") == before
    assert alice.page.screen == "profile.confirm_email"


@pytest.mark.parametrize("is_user", [True, False])
def test_the_secret_leaves_the_address_bar(site: Site, is_user: bool) -> None:
    alice = site.alice()
    address = link(site, alice)
    visitor = alice if is_user else site.visitor()
    assert visitor.open(address).status == 200
    assert address.partition("token=")[2] not in visitor.path


def test_on_another_device_the_link_asks_to_sign_in_and_goes_on(site: Site) -> None:
    phone = site.visitor()
    asked = phone.open(link(site, site.alice())).screen
    labels = words(site, "login.form.identifier", "login.form.password")
    there = phone.press(site.say("login.form.submit"), dict(zip(labels, ("alice@example.com", PASSWORD), strict=True)))
    page = phone.press(site.say("profile.confirm_email.submit"))
    assert asked == "login.form"
    assert there.screen == "profile.confirm_email"
    assert page.says("profile.confirm_email.changed")
    assert read_user(site).email == NEW


def test_whoever_reads_a_mistyped_address_cannot_make_it_alices(site: Site) -> None:
    """It would be the way to her next password."""
    address = link(site, site.alice())
    stranger = site.visitor()
    stranger.open(address)
    stranger.post(CONFIRM, {"csrf_token": stranger.csrf()})
    charlie = site.visitor(site.people.charlie)
    page = charlie.open(address)
    charlie.post(CONFIRM, {"csrf_token": charlie.csrf()})
    assert page.status == 403
    assert "Charlie" in page.element("profile.confirm_email.other_user").text
    assert read_user(site).email == "alice@example.com"
    assert read_user(site, "charlie").email == "charlie@example.net"


def test_the_session_that_confirms_stays_and_the_others_end(site: Site) -> None:
    asking, confirming = site.alice(), site.alice()
    confirm(site, confirming, link(site, asking))
    assert asking.open(ME).screen == "login.form"
    assert confirming.open(ME).screen == "profile.me"


def test_a_used_link_says_that_the_address_is_theirs_already(site: Site) -> None:
    alice = site.alice()
    address = link(site, alice)
    confirm(site, alice, address)
    page = alice.open(address)
    assert page.status == 200
    assert page.says("profile.confirm_email.already")
    assert NEW in page.text


def test_a_used_link_says_no_such_thing_once_the_address_is_another(site: Site) -> None:
    alice = site.alice()
    address = link(site, alice)
    confirm(site, alice, address)
    site.run("UPDATE acct_user SET email = 'x@x.example', email_key = 'x@x.example' WHERE username = 'alice'")
    page = alice.open(address)
    again = page.link(site.say("profile.confirm_email.again"))
    assert page.status == 410
    assert page.says("profile.confirm_email.dead")
    assert again == EMAIL


def test_a_used_link_tells_nobody_else_whose_it_was(site: Site) -> None:
    alice = site.alice()
    address = link(site, alice)
    confirm(site, alice, address)
    page = site.visitor(site.people.bob).open(address)
    assert page.says("profile.confirm_email.dead")
    assert NEW not in page.text


@pytest.mark.parametrize("secret", ["", "x", "None", "x" * 43, "%00", "%ff", "a" * 9000, "../../etc"])
def test_a_made_up_link_is_dead_like_none_at_all(site: Site, secret: str) -> None:
    without = site.alice().open(CONFIRM)
    page = site.alice().open(f"{CONFIRM}?token={secret}")
    assert page.status == 410
    assert plain(page.html) == plain(without.html)


def test_a_link_that_died_over_the_form_is_told_as_dead(site: Site) -> None:
    alice = site.alice()
    address = link(site, alice)
    for _ in range(2):
        site.clock.move(minutes=25)
        alice.open(ME)
    alice.open(address)
    site.clock.move(minutes=10)
    page = alice.press(site.say("profile.confirm_email.submit"))
    assert page.status == 410
    assert page.says("profile.confirm_email.dead")
    assert read_user(site).email == "alice@example.com"


def test_a_button_pressed_without_the_pages_own_token_confirms_nothing(site: Site) -> None:
    visitor = site.alice()
    visitor.open(link(site, visitor))
    answer = Read(visitor.client.post(CONFIRM, data={"csrf_token": "forged"}, base_url=site.root))
    assert answer.status == 400
    assert NEW in answer.text
    assert read_user(site).email == "alice@example.com"


def test_an_address_taken_in_the_meantime_is_told_plainly(site: Site) -> None:
    alice = site.alice()
    address = link(site, alice)
    site.run("UPDATE acct_user SET email = :e, email_key = :e, sign_in_email = :e WHERE username = 'bob'", e=NEW)
    page = confirm(site, alice, address)
    assert page.status == 409
    assert page.says("profile.confirm_email.taken")
    assert read_user(site).email == "alice@example.com"


def test_a_wrong_password_is_said_at_its_field_and_the_address_stays_typed(site: Site) -> None:
    page = ask(site, site.alice(), typed="not mine")
    typed = page.field(site.say("profile.email.new")).attributes["value"]
    assert page.status == 422
    assert page.says("profile.email.wrong")
    assert typed == NEW
    assert site.letters() == []


@pytest.mark.parametrize("same", ["alice@example.com", "mailto:alice@Example.COM", "Alice <alice@example.com>"])
def test_ones_own_address_is_no_new_one(site: Site, same: str) -> None:
    page = ask(site, site.alice(), new=same)
    assert page.status == 422
    assert page.says("profile.email.same")


def test_ones_own_address_may_be_written_with_other_capitals_at_once(site: Site) -> None:
    page = ask(site, site.alice(), new="Alice@Example.com")
    assert page.screen == "profile.me"
    assert page.says("profile.me.respelled")
    assert "Alice@example.com" in page.text
    assert site.letters() == []
    assert site.sign_in("ALICE@example.com").page.status == 200


def test_other_capitals_ask_for_the_password_too(site: Site) -> None:
    page = ask(site, site.alice(), new="Alice@Example.com", typed="not my password at all")
    assert page.status == 422
    assert page.says("profile.email.wrong")


@pytest.mark.parametrize(
    "wrong", ["ana", "ana@", "a@b@c.example", '"a b"@x.example', "josé@x.example", "a@x.example\nBcc: b@x.example"]
)
def test_what_is_no_address_is_not_asked_for(site: Site, wrong: str) -> None:
    alice = site.alice()
    alice.open(EMAIL)
    answer = Read(alice.post(EMAIL, {"new": wrong, "password": PASSWORD}))
    assert answer.status == 422
    assert site.letters() == []


def test_guesses_of_the_password_have_to_wait(site: Site) -> None:
    alice = site.alice()
    for _ in range(10):
        ask(site, alice, typed="a guess")
    page = ask(site, alice)
    assert page.status == 429
    assert page.says("profile.email.too_many")
    assert "Retry-After" in page.response.headers


def trace(site: Site, new: str) -> tuple[Any, ...]:
    """All that somebody signed in could tell two answers apart by, from outside and from inside."""
    alice = site.visitor(site.people.alice)
    alice.open(EMAIL)
    with site.statements() as statements, hashing() as hashes:
        answer = alice.post(EMAIL, {"new": new, "password": PASSWORD})
    landed = alice.open(answer.headers["Location"])
    body = plain(landed.html).replace(new, "ADDRESS")
    headers = {name for name, value in answer.headers.items()}
    return answer.status_code, sorted(headers), landed.status, body, statements, hashes


@pytest.mark.usefixtures("costly_hashes")
def test_a_taken_address_is_answered_like_a_free_one(any_site: Site) -> None:
    traces = [trace(any_site, new) for new in ("charlie@example.net", "nobody1@example.net", "bob@example.com")]
    assert traces[0][0] == 303
    assert traces[0][5] == [COST]
    assert traces[1:] == traces[:1] * 2


def test_the_comparison_notices_a_wrong_password(site: Site) -> None:
    """The parity of two answers is worth nothing if it cannot fail."""
    alice = site.visitor(site.people.alice)
    alice.open(EMAIL)
    with site.statements() as statements:
        alice.post(EMAIL, {"new": NEW, "password": "not mine"})
    assert statements != trace(site, NEW)[4]


def test_the_box_of_whoever_asks_says_the_same_of_a_taken_address_and_a_free_one(site: Site) -> None:
    bodies = []
    for new in ("charlie@example.net", "free@example.net"):
        ask(site, site.visitor(site.people.alice), new)
        mine = [letter for to, letter in site.letters() if to == "alice@example.com"]
        bodies.append([letter.get_body(("plain",)).get_content() for letter in mine])  # type: ignore[union-attr]
    assert len(bodies[0]) == 1
    assert bodies[0] == bodies[1]


def test_who_signs_in_with_the_address_is_told_and_gets_no_link(site: Site) -> None:
    ask(site, site.alice(), "charlie@example.net")
    letter = letters(site)[site.say("profile.email_taken.subject"), "charlie@example.net"]
    assert address_in(letter) == "/account/login"


def test_a_new_password_shuts_the_link(site: Site) -> None:
    alice = site.alice()
    address = link(site, alice)
    alice.open("/account/password/change")
    fields = dict(zip(
        words(site, "password.change.current", "password.change.new", "password.change.repeat"),
        (PASSWORD, NEW_PASSWORD, NEW_PASSWORD), strict=True,
    ))  # fmt: skip
    assert alice.press(site.say("password.change.submit"), fields).says("password.change.done")
    assert alice.open(address).says("profile.confirm_email.dead")


# Another user name


def rename(site: Site, visitor: Visitor, new: str, typed: str = PASSWORD) -> Read:
    visitor.open(NAME)
    fields = {site.say("profile.username.new"): new, site.say("profile.username.password"): typed}
    return visitor.press(site.say("profile.username.submit"), fields)


def test_there_is_no_such_page_where_user_names_stay(site: Site) -> None:
    alice = site.visitor(site.people.alice)
    assert alice.open(NAME).status == 404
    assert not alice.open(ME).says("profile.me.change_username")


def test_a_new_user_name_is_shown_signs_in_and_is_told(make: Build) -> None:
    site = make("email-marketing")
    page = rename(site, site.alice(), "ana.sala")
    told = set(letters(site))
    assert page.screen == "profile.me"
    assert page.says("profile.me.renamed")
    assert "ana.sala" in page.text
    assert told == {(site.say("profile.username_changed.subject"), "alice@example.com")}
    assert site.sign_in("ANA.Sala").page.heading == "Home"


@pytest.mark.parametrize(("new", "typed", "says"), [
    ("bob", PASSWORD, "taken"), ("alice", PASSWORD, "same"), ("12345", PASSWORD, "unfit"), ("ana", "a guess", "wrong"),
])  # fmt: skip
def test_why_a_user_name_is_refused_is_said(make: Build, new: str, typed: str, says: str) -> None:
    site = make("email-marketing")
    page = rename(site, site.alice(), new, typed)
    assert page.status == 422
    assert page.says(f"profile.username.{says}")


def test_user_names_cannot_be_tried_out_by_the_hundred(make: Build) -> None:
    site = make("email-marketing")
    alice = site.alice()
    for _ in range(flows.NAMES_PER_DAY):
        rename(site, alice, "bob")
    page = rename(site, alice, "ana")
    assert page.status == 429
    assert page.says("profile.username.too_many")
    assert read_user(site).username == "alice"


# The details of the account


def save_account(site: Site, visitor: Visitor, **typed: str) -> Read:
    visitor.open(ACCOUNT)
    labels = {site.say(f"profile.account.{name}"): value for name, value in {**DETAILS, **typed}.items()}
    return visitor.press(site.say("profile.account.save"), labels)


def test_the_details_come_back_as_people_write_them(any_site: Site) -> None:
    alice = any_site.visitor(any_site.people.alice)
    page = save_account(any_site, alice)
    found = {name: _shown(page, any_site.say(f"profile.account.{name}")) for name in DETAILS}
    assert page.says("profile.account.saved")
    assert found == {**DETAILS, "phone": "+34 910 00 00 00"}


def _shown(page: Read, label: str) -> str:
    control = page.field(label)
    if control.tag == "select":
        return next(node.attributes["value"] for node in control.children if "selected" in node.attributes)
    return control.attributes["value"]


@pytest.mark.parametrize(("field", "wrong", "says"), [
    ("name", "", "shell.form.required"), ("billing_email", "bills", "shell.form.not_an_email"),
    ("phone", "12", "shell.form.not_a_phone"), ("postcode", "2801", "shell.form.not_a_postcode"),
    ("tax_id", "x" * 65, "shell.form.too_long"),
])  # fmt: skip
def test_what_is_wrong_is_said_at_its_field(site: Site, field: str, wrong: str, says: str) -> None:
    page = save_account(site, site.visitor(site.people.alice), **{field: wrong})
    assert page.status == 422
    assert page.says(says)


def test_a_country_that_is_none_is_refused(site: Site) -> None:
    alice = site.visitor(site.people.alice)
    alice.open(ACCOUNT)
    assert Read(alice.post(ACCOUNT, {**DETAILS, "country": "ZZ", "acct_account": "9000"})).status == 422


def test_the_owner_reads_who_changed_the_billing_address(site: Site) -> None:
    save_account(site, let_bob(site, "profile"))
    ((to, letter),) = site.letters()
    part = letter.get_body(("plain",))
    assert part is not None
    text = part.get_content()
    assert to == "alice@example.com"
    assert "Bob Ruiz (bob@example.com)" in text
    assert "bills@ortega.example" in text
    assert address_in(letter) == ACCOUNT


def test_a_form_drawn_for_another_account_is_refused(site: Site) -> None:
    alice = site.visitor(site.people.alice)
    alice.open(ACCOUNT)
    answer = Read(alice.post(ACCOUNT, {**DETAILS, "acct_account": "9001"}))
    with site.acct.database.session() as db:
        names = sorted(db.scalars(select(Account.name)))
    assert answer.status == 409
    assert names == ["Charlie's Bikes", "Ortega Bakery"]


def test_without_the_permission_nothing_is_saved(site: Site) -> None:
    bob = site.visitor(site.people.bob)
    bob.open(ME)
    before = site.rows()
    assert bob.post(ACCOUNT, {**DETAILS, "acct_account": "9000"}).status_code == 403
    assert site.rows() == before


def test_whoever_edits_the_details_gets_nobodys_way_in(any_site: Site) -> None:
    """The address for billing is asked for and written to by nothing that lets somebody in."""
    site = any_site
    save_account(site, site.visitor(site.people.alice), billing_email="thief@example.org")
    site.letters()
    ways = site.config.recovery.password
    fields = {"username": "alice", "email": "thief@example.org", "customer_number": "9000", "domain": "ortega.example"}
    for kind in ways.choose or ("all",):
        visitor = site.visitor()
        visitor.open("/account/recover/password")
        named = {"kind": kind, "value": fields[kind]} if ways.choose else {way: fields[way] for way in ways.identify}
        visitor.post("/account/recover/password", named)
    assert "thief@example.org" not in {to for to, _ in site.letters()}


# Bad input

NASTY = [
    "\0", "\ud800", "\x85", "\u202eecila", "\u2028", "a\r\nBcc: evil@example.com", "{{7*7}}", "{config}",
    "' OR 1=1 --", "<script>alert(1)</script>", "mıke@example.com", "alice@exаmple.com", '"a b"@example.com',
    "=?utf-8?q?a?=@example.com", "９０００", "9" * 5000, "ﷺ" * 200, "a" * 64 + "@example.com", "..", "\U0010ffff",
    "a@" + "x" * 300 + ".example", "None", "Europe/../../etc/passwd", "é" * 64, "ﬀ" * 64,
]  # fmt: skip


@pytest.mark.parametrize("path", [ME, EMAIL, NAME, ACCOUNT])
def test_whatever_is_typed_has_a_clear_answer(make: Build, path: str) -> None:
    site = make("email-marketing")
    alice = site.visitor(site.people.alice)
    screen = next(one for one in site.acct.platform.declared.screens.values() if f"/account/{one.path}" == path)
    usual = {"locale": "es", "time_zone": "Europe/Madrid", "country": "ES", "password": PASSWORD}
    answers = []
    for nasty in NASTY:
        alice.open(path)
        typed = {one.name: usual.get(one.name, nasty).encode("utf-8", "surrogatepass") for one in screen.fields}
        answers.append(alice.post(path, {**typed, "acct_account": "9000"}).status_code)
        site.run("DELETE FROM acct_tally")
    assert set(answers) <= {303, 413, 422}


# What hosts hear


def test_hosts_hear_what_has_changed(make: Build) -> None:
    site = make("email-marketing")
    heard: list[tuple[str, Any]] = []

    def note(name: str) -> Any:
        return lambda _app, **about: heard.append((name, about.get("was")))

    listeners = {name: note(name) for name in ("user_changed", "email_changed", "username_changed", "account_changed")}
    for name, listener in listeners.items():
        getattr(signals, name).connect(listener, site.app)
    alice = site.alice()
    save_me(site, alice, first_name="Ana")
    confirm(site, alice, link(site, alice))
    rename(site, alice, "ana")
    save_account(site, alice)
    assert heard == [
        ("user_changed", None), ("email_changed", "alice@example.com"), ("username_changed", "alice"),
        ("account_changed", None),
    ]  # fmt: skip


def test_every_page_of_it_is_reached_by_a_link_or_a_mail(any_site: Site) -> None:
    """From the menu on, by links alone; the page behind a mailed link by the mail."""
    declared = any_site.acct.platform.declared
    reached = {link.to for link in declared.menu if link.to in declared.screens}

    def ways(screen: Screen) -> set[str]:
        parts = (*screen.parts, *(part for result in screen.results for part in result.parts))
        return {part.to for part in parts if getattr(part, "to", "") in declared.screens}

    for _ in range(3):
        reached |= {to for name in reached for to in ways(declared.screens[name])}
    ours = {name for name in declared.screens if name.startswith("profile.")}
    assert ours - reached == {"profile.confirm_email"}
