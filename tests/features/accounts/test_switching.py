"""Which account a user of several looks at: the list, the choice, and what another account's number opens."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import event, select

from flask_acct.db.models import Account, User, UserSession
from flask_acct.db.paging import PER_PAGE
from flask_acct.features.accounts import flows
from flask_acct.features.login.flows import Welcome
from flask_acct.testing.records import add_account, add_member

from ..conftest import House


def several(house: House, *names: str, **states: str) -> list[Account]:
    """Bob's own accounts besides the bakery's: one for each name, from 9100 on."""
    made = []
    for number, name in enumerate(names, 9100):
        one = add_account(house.scope, name, owner=house.people.bob, number=str(number))
        one.state = states.get(name, "active")
        made.append(one)
    house.db.commit()
    return made


def names(house: House, asked: str = "", page: int = 1, user: User | None = None) -> list[str]:
    found = flows.browse(house.db, user or house.people.bob, query=asked, page=page)
    return [place.account.name for place in found.places]


def in_view(house: House, cookie: str) -> str | None:
    here = house.present(cookie)
    return here.account.number if here.account else None


def enter(house: House, cookie: str, number: str) -> Any:
    found = flows.enter(house.db, number, here=house.present(cookie))
    house.db.commit()
    return found


def test_the_accounts_of_a_user_are_listed_by_name_whatever_its_accents(house: Any) -> None:
    here = house()
    several(here, "Zapatería", "Óptica Mirador", "mate y Yerba")

    assert names(here) == ["mate y Yerba", "Óptica Mirador", "Ortega Bakery", "Zapatería"]


def test_the_list_holds_nobody_elses_accounts(house: Any) -> None:
    here = house()
    several(here, "Zapatería")

    assert names(here, user=here.people.charlie) == ["Charlie's Bikes"]


def test_the_list_says_which_account_is_the_users_own(house: Any) -> None:
    here = house()
    several(here, "Zapatería")
    found = flows.browse(here.db, here.people.bob, query="", page=1)

    assert {place.account.name: place.is_owner for place in found.places} == {"Ortega Bakery": False, "Zapatería": True}


@pytest.mark.parametrize("asked", ["optica", "ÓPTICA", "mirador", "9101", "910"])
def test_an_account_is_found_by_part_of_its_name_or_the_beginning_of_its_number(house: Any, asked: str) -> None:
    here = house()
    several(here, "Zapatería", "Óptica Mirador")

    assert "Óptica Mirador" in names(here, asked)


@pytest.mark.parametrize("asked", ["%", "_", "\\", "100 %", "'"])
def test_signs_of_the_database_mean_themselves(house: Any, asked: str) -> None:
    here = house()
    several(here, "Zapatería")

    assert names(here, asked) == []


def test_a_name_that_changes_is_listed_by_the_new_one(house: Any) -> None:
    here = house()
    several(here, "Zapatería")
    here.people.account.name = "Ámbar"
    here.db.commit()

    assert names(here) == ["Ámbar", "Zapatería"]


def test_a_page_past_the_last_is_the_last(house: Any) -> None:
    here = house()
    several(here, *(f"Account {number:02}" for number in range(PER_PAGE)))
    found = flows.browse(here.db, here.people.bob, query="", page=99)

    assert found.page == 2
    assert found.pages == 2
    assert [one.account.name for one in found.places] == ["Ortega Bakery"]


def test_entering_another_account_brings_it_into_view(house: Any) -> None:
    here = house()
    several(here, "Zapatería")
    cookie = here.begin(here.people.bob)

    assert isinstance(enter(here, cookie, "9100"), flows.Entered)
    assert in_view(here, cookie) == "9100"


def test_another_session_of_the_same_user_stays_where_it_is(house: Any) -> None:
    here = house()
    several(here, "Zapatería")
    cookie, other = here.begin(here.people.bob), here.begin(here.people.bob)
    enter(here, cookie, "9100")

    assert in_view(here, other) == "9000"


@pytest.mark.parametrize("number", ["9001", "8999", "", "09000", "x", "9" * 30])
def test_somebody_elses_account_cannot_be_entered_nor_told_from_none(house: Any, number: str) -> None:
    here = house()
    cookie = here.begin(here.people.bob)

    assert enter(here, cookie, number) == flows.NoPlace()
    assert in_view(here, cookie) == "9000"


def test_a_closed_account_is_not_entered(house: Any) -> None:
    here = house()
    several(here, "Zapatería", Zapatería="closed")
    cookie = here.begin(here.people.bob)

    assert enter(here, cookie, "9100") == flows.Closed("Zapatería")
    assert in_view(here, cookie) == "9000"


def test_a_suspended_account_is_entered_to_read_what_is_so(house: Any) -> None:
    here = house()
    several(here, "Zapatería", Zapatería="suspended")
    cookie = here.begin(here.people.bob)

    assert isinstance(enter(here, cookie, "9100"), flows.Entered)


def test_who_has_one_account_has_no_others(house: Any) -> None:
    here = house()

    assert not here.present(here.begin(here.people.bob)).has_others


def test_who_has_two_accounts_has_others(house: Any) -> None:
    here = house()
    several(here, "Zapatería")

    assert here.present(here.begin(here.people.bob)).has_others


def test_who_lost_the_account_in_view_and_has_another_has_others(house: Any) -> None:
    here = house()
    several(here, "Zapatería")
    cookie = here.begin(here.people.bob)
    here.db.execute(UserSession.__table__.update().values(account_id=None))
    here.db.commit()

    assert here.present(cookie).has_others


def test_an_account_that_others_are_in_is_no_other_of_the_users(house: Any) -> None:
    here = house()
    add_member(here.scope, here.people.bob, here.people.other_account)
    here.db.commit()

    assert not here.present(here.begin(here.people.alice)).has_others


def test_signing_in_with_several_accounts_leaves_a_choice(house: Any) -> None:
    here = house()
    several(here, "Zapatería")
    found = here.sign_in("bob@example.com")

    assert isinstance(found, Welcome)
    assert found.has_choice


def test_signing_in_with_one_account_leaves_none(house: Any) -> None:
    assert not house().sign_in("bob@example.com").has_choice


def test_a_closed_account_is_no_choice(house: Any) -> None:
    here = house()
    several(here, "Zapatería", Zapatería="closed")

    assert not here.sign_in("bob@example.com").has_choice


def test_whoever_signs_in_by_customer_number_has_chosen(house: Any) -> None:
    here = house("customer-panel")
    add_account(here.scope, "Zapatería", owner=here.people.alice, number="9100")
    here.db.commit()
    found = here.sign_in("9100")

    assert not found.has_choice
    assert in_view(here, found.secret) == "9100"


def statements(house: House, action: Any) -> list[str]:
    heard: list[str] = []

    def hear(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        heard.append(statement)

    event.listen(house.db.get_bind(), "before_cursor_execute", hear)
    try:
        action()
    finally:
        event.remove(house.db.get_bind(), "before_cursor_execute", hear)
    return heard


def test_the_number_of_accounts_changes_no_number_of_statements(house: Any) -> None:
    """A user of 300 accounts is held, lists and enters by the statements of a user of two."""
    here = house()
    (first, *_) = several(here, "Zapatería")
    cookie = here.begin(here.people.bob)
    counted = []
    for _ in range(2):
        here.db.expire_all()
        counted.append(
            [
                len(statements(here, lambda: here.present(cookie))),
                len(statements(here, lambda: names(here))),
                len(statements(here, lambda: names(here, "zap"))),
                len(statements(here, lambda: enter(here, cookie, first.number))),
            ]
        )
        for number in range(300):
            add_account(here.scope, f"Account {number}", owner=here.people.bob, number=f"{len(counted)}{number:04}")
        here.db.commit()

    assert counted[0] == counted[1]
    assert counted[0][0] == 1


def test_the_list_is_sorted_by_the_database_over_all_pages(house: Any) -> None:
    here = house()
    several(here, *(f"Account {number:03}" for number in range(60, 0, -1)))
    listed = [name for page in (1, 2, 3) for name in names(here, page=page)]

    assert listed == sorted(listed)
    assert len(listed) == len(set(listed)) == 61
    assert here.db.scalar(select(Account.sort_key).where(Account.name == "Account 001")) == "account 001"
