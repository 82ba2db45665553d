"""What becomes of the contacts through which somebody read who is in the account no more."""

from __future__ import annotations

import pytest

from flask_acct.accounts import readers
from flask_acct.accounts.readers import NOTHING, Behind
from flask_acct.db.models import (
    Contact,
)
from flask_acct.features.members import flows as members

from ..alices_account import People, contacts_of

ALICES = ["alice@example.com", "of-alice@example.com"]


def test_who_is_removed_reads_no_more_by_what_they_put_in(reading: People) -> None:
    outcome = reading.remove(reading.home.people.bob)
    assert outcome.ended.count == 3
    assert contacts_of(reading) == ALICES
    assert reading.account.billing_email is None
    told = reading.home.mails()[0]
    assert len(told.slots["ended"]) == 3
    assert told.slots["kept"] == []


def test_who_is_removed_goes_on_reading_where_the_owner_says_so(reading: People) -> None:
    bob, alice = reading.home.people.bob, reading.home.people.alice
    outcome = reading.done(members.remove(reading.home.scope, reading.account, bob.id, keep=True, by=alice))
    assert outcome.ended == NOTHING
    assert len(contacts_of(reading)) == 4
    assert reading.account.billing_email == "bob@example.com"
    told = reading.home.mails()[0]
    assert told.slots["ended"] == []
    assert len(told.slots["kept"]) == 3


def test_who_leaves_reads_no_more_at_their_own_address_and_the_owner_hears_of_the_others(reading: People) -> None:
    outcome = reading.leave(reading.home.people.bob)
    assert outcome.ended.count == 2
    assert contacts_of(reading) == [*ALICES, "of-bob@example.com"]
    (told,) = reading.home.mails()
    assert len(told.slots["ended"]) == 2
    assert told.slots["kept"] == ["of-bob@example.com"]


def test_the_owner_reads_in_their_language_what_a_removed_user_left_behind(reading: People) -> None:
    reading.home.people.alice.locale = "it"
    reading.home.db.commit()
    reading.remove(reading.home.people.bob)
    said = reading.home.platform.say("users.mail.billing", "it", address="bob@example.com")
    assert reading.home.mails()[0].slots["ended"][0] == said


def behind(people: People, number: int, billing_email: str = "") -> Behind:
    """So many contacts, of whom the first has no name."""
    made = []
    for place in range(number):
        name = "" if place == 0 else f"Name{place:03}"
        made.append(
            Contact(account_id=people.account.id, email=f"c{place}@example.org", email_key=f"c{place}@example.org",
                    first_name=name, sort_key=f"{place:03}", created_at=people.home.now, changed_at=people.home.now)
        )  # fmt: skip
    people.home.db.add_all(made)
    people.home.db.flush()
    return Behind(added=made, billing_email=billing_email)


@pytest.mark.parametrize(("number", "more"), [(readers.MOST_LISTED, 0), (readers.MOST_LISTED + 1, 1), (35, 5)])
def test_a_mail_names_thirty_contacts_and_how_many_more_there_are(people: People, number: int, more: int) -> None:
    lines = readers.lines(NOTHING, behind(people, number), None, people.home.platform)["kept"]
    assert lines[:2] == ["c0@example.org", "Name001: c1@example.org"]
    language = people.home.config.site.default_locale
    said = [people.home.platform.say("users.mail.more", language, count=more)] if more else []
    assert lines[readers.MOST_LISTED :] == said


def test_a_mail_names_the_billing_address_first_in_the_readers_language(people: People) -> None:
    people.home.people.alice.locale = "it"
    left = behind(people, 2, "bills@example.org")
    found = readers.lines(left, NOTHING, people.home.people.alice, people.home.platform)
    said = people.home.platform.say("users.mail.billing", "it", address="bills@example.org")
    assert found["ended"] == [said, "c0@example.org", "Name001: c1@example.org"]
    assert found["kept"] == []
    assert found["contacts_email"] == ["c0@example.org", "c1@example.org", "bills@example.org"]


def test_the_addresses_that_stand_in_a_mail_as_they_are_are_not_without_number(people: People) -> None:
    found = readers.lines(behind(people, 70), NOTHING, None, people.home.platform)
    assert len(found["contacts_email"]) == 2 * readers.MOST_LISTED
