"""The four ways back in, and who never gets a mail."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, get_args

import pytest
from sqlalchemy import select

from flask_acct.db.models import PendingRequest, Token
from flask_acct.features.password import flows as password
from flask_acct.features.recovery import flows
from flask_acct.security import anonymous_requests, tokens
from flask_acct.security.limits import TooMany
from flask_acct.testing.records import add_account, add_member, add_user

from ..personas import NEW_PASSWORD
from .conftest import House


def kinds(home: House) -> list[tuple[str, str]]:
    return [(mail.mail, mail.recipient) for mail in home.mails()]


def remember(home: House, network: str = "192.0.2.1", **named: str) -> Any:
    return anonymous_requests.remember(home.scope, "recovery.password", named, locale="it", network=network)


def test_a_request_is_remembered_as_it_was_typed(house: Any) -> None:
    home = house()
    found = remember(home, email=" Nobody@Example.com")
    asked = home.db.scalar(select(PendingRequest))
    assert found.reference == asked.reference
    assert asked.reference == found.reference
    assert asked.named == {"email": " Nobody@Example.com"}
    assert asked.locale == "it"


def test_too_many_requests_from_one_network_have_to_wait(house: Any) -> None:
    home = house(limits={"requests_per_address": 5})
    found = [remember(home, email=f"n{n}@example.com") for n in range(6)]
    assert isinstance(found[4], anonymous_requests.RequestRemembered)
    assert isinstance(found[5], TooMany)
    assert isinstance(remember(home, "198.51.100.7", email="n@example.com"), anonymous_requests.RequestRemembered)


def test_the_next_hour_has_requests_of_its_own(house: Any) -> None:
    home = house(limits={"requests_per_address": 5})
    for _ in range(6):
        remember(home, email="n@example.com")
    home.later(hours=1)
    assert isinstance(remember(home, email="n@example.com"), anonymous_requests.RequestRemembered)


def test_an_email_brings_a_link_to_a_new_password(house: Any) -> None:
    home = house("client-area")
    assert home.ask(email="alice@example.com") == "mailed"
    (mail,) = home.mails()
    changed = password.set_by_link(home.scope, home.secret(mail), NEW_PASSWORD, NEW_PASSWORD)
    assert mail.mail == "recovery.reset"
    assert isinstance(changed, password.PasswordChanged)


def test_user_name_and_email_bring_a_link_when_both_fit(house: Any) -> None:
    home = house("sending-platform")
    said = [home.ask(username=u, email=e) for u, e in [
        ("alice", "alice@example.com"), ("alice", "bob@example.com"), ("bob", "alice@example.com"), ("nobody",
        "x@x.example"),
    ]]  # fmt: skip
    assert said == ["mailed", "nobody", "nobody", "nobody"]
    assert kinds(home) == [("recovery.reset", "alice@example.com")]


def test_a_user_name_brings_a_temporary_password(house: Any) -> None:
    home = house("email-marketing")
    home.ask(username=" ALICE ")
    (mail,) = home.mails()
    assert mail.recipient == "alice@example.com"
    assert len(home.secret(mail)) == tokens.TEMPORARY_PASSWORD_LENGTH


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("domain", "ortega.example"), ("domain", "https://www.ORTEGA.example/shop"), ("customer_number", "009000"),
        ("email", "Alice@example.com"),
    ],
)  # fmt: skip
def test_any_one_thing_known_brings_the_mail_to_confirm(house: Any, kind: str, value: str) -> None:
    home = house("customer-panel")
    assert home.ask(kind=kind, value=value) == "mailed"
    assert kinds(home) == [("recovery.confirmation", "alice@example.com")]


def test_a_confirmed_request_brings_the_number_and_the_way_in(house: Any) -> None:
    home = house("customer-panel")
    home.ask(kind="domain", value="ortega.example")
    confirmed = confirm(home, home.secret(home.mails()[0]))
    (mail,) = home.mails()
    assert type(confirmed) is flows.Confirmed
    assert mail.mail == "recovery.reset"
    assert mail.customer_number == "9000"


def confirm(home: House, secret: str) -> Any:
    found = flows.confirm(home.scope, secret, locale="en")
    home.db.commit()
    return found


def test_a_request_is_confirmed_once(house: Any) -> None:
    home = house("customer-panel")
    home.ask(kind="domain", value="ortega.example")
    secret = home.secret(home.mails()[0])
    assert [type(confirm(home, secret)) for _ in range(2)] == [flows.Confirmed, flows.ConfirmationLinkDead]
    assert len(home.mails()) == 1


def test_a_request_confirmed_after_the_address_changed_brings_nothing(house: Any) -> None:
    home = house("customer-panel")
    home.ask(kind="domain", value="ortega.example")
    secret = home.secret(home.mails()[0])
    home.people.alice.email, home.people.alice.email_key = "a2@example.com", "a2@example.com"
    home.db.commit()
    assert confirm(home, secret) == flows.ConfirmationLinkDead()
    assert home.mails() == []


def test_a_request_confirmed_too_late_brings_nothing(house: Any) -> None:
    home = house("customer-panel")
    home.ask(kind="domain", value="ortega.example")
    secret = home.secret(home.mails()[0])
    home.later(hours=1)
    assert confirm(home, secret) == flows.ConfirmationLinkDead()
    assert home.mails() == []


@pytest.mark.parametrize("secret", ["", "x" * 43, "None"])
def test_nothing_is_confirmed_by_a_made_up_secret(house: Any, secret: str) -> None:
    home = house("customer-panel")
    home.ask(kind="domain", value="ortega.example")
    home.mails()
    assert confirm(home, secret) == flows.ConfirmationLinkDead()
    assert home.mails() == []


@pytest.mark.parametrize("purpose", [one for one in get_args(tokens.Purpose) if one != "confirm_recovery"])
def test_nothing_is_confirmed_by_a_secret_of_another_purpose(house: Any, purpose: tokens.Purpose) -> None:
    home = house("customer-panel")
    hour = timedelta(hours=1)
    token = tokens.issue(home.scope, purpose, user=home.people.alice, lifetime=hour)
    assert confirm(home, tokens.secret_of(token, home.keys)) == flows.ConfirmationLinkDead()
    assert home.mails() == []


def test_the_link_of_the_first_mail_sets_no_password(house: Any) -> None:
    home = house("customer-panel")
    home.ask(kind="domain", value="ortega.example")
    secret = home.secret(home.mails()[0])
    found = password.set_by_link(home.scope, secret, NEW_PASSWORD, NEW_PASSWORD)
    assert found == password.SetPasswordLinkDead()


def test_a_newer_mail_takes_the_worth_of_the_older_link(house: Any) -> None:
    home = house()
    home.ask(email="alice@example.com")
    home.ask(email="alice@example.com")
    older, newer = (home.secret(mail) for mail in home.mails())
    usable = [tokens.find(home.scope, s, "password_link") is not None for s in (older, newer)]
    assert usable == [False, True]


def test_a_sub_user_recovers_for_themselves(house: Any) -> None:
    home = house("sending-platform")
    home.ask(username="bob", email="bob@example.com")
    assert kinds(home) == [("recovery.reset", "bob@example.com")]


def test_a_number_or_domain_writes_to_the_owner_and_to_no_sub_user(house: Any) -> None:
    home = house("customer-panel")
    home.ask(kind="customer_number", value="9000")
    home.ask(kind="domain", value="ortega.example")
    assert {recipient for _, recipient in kinds(home)} == {"alice@example.com"}


@pytest.mark.parametrize("kind", ["email", "domain", "customer_number"])
def test_who_could_not_sign_in_afterwards_is_not_written_to(house: Any, kind: str) -> None:
    """Only a number signs in here, and it names the owner: a new password would be of no use to Bob."""
    home = house("customer-panel")
    home.people.bob.email = home.people.alice.email
    home.people.bob.email_key = home.people.alice.email_key
    home.db.commit()
    known = {"email": "alice@example.com", "domain": "ortega.example", "customer_number": "9000"}
    assert home.ask(kind=kind, value=known[kind]) == "mailed"
    assert len(home.mails()) == 1


def test_an_address_of_nobody_who_owns_an_account_is_nobodys_where_only_numbers_sign_in(house: Any) -> None:
    home = house("customer-panel")
    assert home.ask(kind="email", value="bob@example.com") == "nobody"
    assert home.mails() == []


WHENCE = ["Firefox, Windows", "IP 8.8.8.*"]


def test_the_mail_says_when_and_from_where_it_was_asked_for_whoever_was_named(house: Any) -> None:
    home = house("client-area")
    for email in ("alice@example.com", "nobody@example.com"):
        how = {"locale": "it", "network": "8.8.8.8", "asked_from": WHENCE}
        anonymous_requests.remember(home.scope, "recovery.password", {"email": email}, **how)
    requests = home.db.scalars(select(PendingRequest).order_by(PendingRequest.id)).all()
    assert [request.named["asked_from"] for request in requests] == [WHENCE, WHENCE]
    asked_at = home.scope.now
    home.later(minutes=3)
    for request in requests:
        flows.answer_password(home.scope, request)
    (mail,) = home.mails()
    assert mail.slots["asked_from"] == WHENCE
    assert mail.slots["asked_at"] == asked_at.isoformat()


def test_the_second_mail_says_from_where_it_was_confirmed(house: Any) -> None:
    home = house("customer-panel")
    home.ask(kind="domain", value="ortega.example")
    (first,) = home.mails()
    assert first.slots["asked_from"] == []
    flows.confirm(home.scope, home.secret(first), locale="en", asked_from=WHENCE)
    (second,) = home.mails()
    assert second.slots["asked_from"] == WHENCE


def test_the_same_form_sent_twice_is_one_request_wherever_it_came_from(house: Any) -> None:
    home = house("client-area")
    for whence in (WHENCE, []):
        how = {"locale": "it", "network": "8.8.8.8", "form": "one", "asked_from": whence}
        anonymous_requests.remember(home.scope, "recovery.password", {"email": "n@example.com"}, **how)
    assert len(home.db.scalars(select(PendingRequest)).all()) == 1


def test_who_owns_several_accounts_is_told_their_numbers_and_nobody_elses(house: Any) -> None:
    home = house("customer-panel")
    add_account(home.scope, "Second shop", owner=home.people.alice, number="9100")
    add_member(home.scope, home.people.alice, home.people.other_account)
    home.db.commit()
    home.ask(kind="domain", value="ortega.example")
    confirm(home, home.secret(home.mails()[0]))
    (mail,) = home.mails()
    assert sorted(mail.slots["customer_numbers"]) == ["9000", "9100"]


def test_a_single_number_stands_at_the_head_of_the_mail_and_not_in_a_list(house: Any) -> None:
    home = house("customer-panel")
    add_member(home.scope, home.people.alice, home.people.other_account)
    home.db.commit()
    home.ask(kind="domain", value="ortega.example")
    confirm(home, home.secret(home.mails()[0]))
    (mail,) = home.mails()
    assert mail.customer_number == "9000"
    assert mail.slots["customer_numbers"] == []


def test_a_request_confirmed_after_the_account_was_given_away_brings_nothing(house: Any) -> None:
    home = house("customer-panel")
    home.ask(kind="domain", value="ortega.example")
    secret = home.secret(home.mails()[0])
    for place in home.people.account.memberships:
        place.is_owner = False
    home.db.commit()
    assert confirm(home, secret) == flows.ConfirmationLinkDead()
    assert home.mails() == []


def test_a_sub_user_who_can_sign_in_by_address_too_is_written_to(house: Any) -> None:
    home = house("customer-panel", login={"identifiers": ("customer_number", "email")})
    assert home.ask(kind="email", value="bob@example.com") == "mailed"


def test_every_user_of_a_shared_address_gets_a_way_in_of_their_own(house: Any) -> None:
    home = house("customer-panel")
    for number in range(8):
        owner = add_user(home.scope, "shops@example.com", username=f"shop{number}")
        add_account(home.scope, f"Shop {number}", owner=owner, number=str(9200 + number))
    assert home.ask(kind="email", value="shops@example.com") == "mailed"
    assert len(home.mails()) == 8


def test_one_mail_lists_all_user_names_of_an_address(house: Any) -> None:
    home = house("sending-platform")
    add_user(home.scope, "Alice@example.com", username="m00002")
    home.ask("recovery.username", email="alice@example.com")
    (mail,) = home.mails()
    assert mail.mail == "recovery.usernames"
    assert mail.slots["usernames"] == ["alice", "m00002"]
    assert mail.token_id is None


def test_unverified_users_are_neither_listed_nor_written_to(house: Any) -> None:
    home = house("sending-platform")
    home.people.alice.email_verified_at = None
    home.db.commit()
    said = [
        home.ask("recovery.username", email="alice@example.com"),
        home.ask(username="alice", email="alice@example.com"),
    ]
    assert said == ["nobody", "nobody"]
    assert home.mails() == []


def test_an_unverified_name_is_left_out_of_the_list_of_a_verified_one(house: Any) -> None:
    home = house("sending-platform")
    add_user(home.scope, "alice@example.com", username="mallory").email_verified_at = None
    home.ask("recovery.username", email="alice@example.com")
    assert home.mails()[0].slots["usernames"] == ["alice"]


LOOK_ALIKES = ["alıce@example.com", "alice@exаmple.com", "аlice@example.com", "ALİCE@example.com",
    "ａlice＠example.com",
               "alice@example.com\u200b", "alice@example.com,evil@example.com", "alice@example.com\nevil@example.com",
               "alice@[127.0.0.1]", '"alice"@example.com', "alice@example.com.",
               "=?utf-8?q?alice?=@example.com"]  # fmt: skip


@pytest.mark.parametrize("typed", [*LOOK_ALIKES, "ALICE@EXAMPLE.COM", "Alice@Example.com"])
def test_whatever_is_typed_mail_goes_to_the_stored_address_or_nowhere(house: Any, typed: str) -> None:
    home = house()
    home.ask(email=typed)
    assert {recipient for _, recipient in kinds(home)} <= {"alice@example.com"}


@pytest.mark.parametrize("typed", ["alıce@example.com", "alice@exаmple.com", "ALİCE@example.com"])
def test_a_look_alike_is_nobody(house: Any, typed: str) -> None:
    assert house().ask(email=typed) == "nobody"


@pytest.mark.parametrize("typed", ["", " ", "@", ".", "%", "_", "*", "' OR 1=1 --", "0", "\0"])
def test_nothing_in_particular_names_nobody(house: Any, typed: str) -> None:
    home = house("customer-panel")
    assert {home.ask(kind=kind, value=typed) for kind in ("domain", "customer_number", "email")} == {"nobody"}


def test_five_mails_a_day_are_enough_for_one_user(house: Any) -> None:
    home = house()
    said = [home.ask(email="alice@example.com") for _ in range(6)]
    home.later(days=1)
    assert ([*said, home.ask(email="alice@example.com")]) == ["mailed"] * 5 + ["too_many", "mailed"]


def test_the_mails_of_one_user_are_not_counted_against_another_of_the_same_address(house: Any) -> None:
    home = house("sending-platform")
    add_user(home.scope, "alice@example.com", username="m00002")
    for _ in range(5):
        home.ask(username="alice", email="alice@example.com")
    assert home.ask(username="m00002", email="alice@example.com") == "mailed"


def test_the_list_of_user_names_has_a_daily_limit_too(house: Any) -> None:
    home = house("sending-platform")
    said = [home.ask("recovery.username", email="alice@example.com") for _ in range(6)]
    assert said == ["mailed"] * 5 + ["too_many"]


def test_a_request_for_help_goes_to_the_support_desk_and_nowhere_else(house: Any) -> None:
    home = house()
    about = "I am Alice\nBcc: evil@example.com"
    assert home.ask("recovery.request", name="Mallory", email="mallory@example.com", about=about) == "mailed"
    (mail,) = home.mails()
    assert mail.recipient == home.config.site.support_email
    assert mail.token_id is None


def test_the_support_desk_reads_who_wrote_what_and_under_which_number(house: Any) -> None:
    home = house("email-marketing")
    home.ask("recovery.request", name="Mallory", email="mallory@example.com", about="I am Alice\nWrite to me")
    (mail,) = home.mails()
    assert mail.mail == "recovery.requested"
    assert mail.locale == home.config.site.default_locale
    assert mail.platform == home.config.platform
    assert mail.slots == {
        "reference": "R-2222-2222",
        "email": "mallory@example.com",
        "details": ["Mallory", "mallory@example.com", "I am Alice", "Write to me"],
    }


def test_a_list_of_names_is_in_order_in_the_askers_language_and_does_not_wait_behind_notices(house: Any) -> None:
    home = house("sending-platform")
    for name in ("m00002", "a00001"):
        add_user(home.scope, "Alice@example.com", username=name)
    home.ask("recovery.username", email="alice@example.com")
    (mail,) = home.mails()
    assert mail.slots["usernames"] == ["a00001", "alice", "m00002"]
    assert mail.locale == "en"
    assert mail.is_urgent


def test_asking_changes_nothing_for_the_user(house: Any) -> None:
    home = house("email-marketing")
    before = home.people.alice.password_hash
    home.ask(username="alice")
    assert home.people.alice.password_hash == before
    assert type(home.sign_in("alice")).__name__ == "Welcome"


def test_a_link_lasts_as_long_as_the_configuration_says(house: Any) -> None:
    home = house()
    home.ask(email="alice@example.com")
    token = home.db.scalar(select(Token))
    assert token.expires_at - token.created_at == timedelta(minutes=home.config.recovery.password.link_minutes)


def test_mail_is_in_the_language_of_the_user_else_of_who_asked(house: Any) -> None:
    home = house("sending-platform")
    home.people.bob.locale = "es"
    for name in ("alice", "bob"):
        asked = PendingRequest(
            kind="recovery.password",
            named={"username": name, "email": f"{name}@example.com"},
            locale="en",
            created_at=home.scope.now,
        )
        flows.answer_password(home.scope, asked)
    assert [mail.locale for mail in home.mails()] == ["en", "es"]
