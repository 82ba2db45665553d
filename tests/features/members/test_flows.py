"""Those who are in an account: seen, removed, gone of their own will."""

from __future__ import annotations

from flask_acct.accounts import memberships
from flask_acct.accounts.memberships import NotInAccount, Owns
from flask_acct.db.paging import PER_PAGE
from flask_acct.features.members import flows as members
from flask_acct.testing.records import add_account, add_member, add_user

from ..alices_account import ZOE, People


def test_a_removed_user_sees_the_account_no_more_and_both_are_told(people: People) -> None:
    bob = people.home.people.bob
    cookie = people.home.begin(bob)
    people.remove(bob)
    here = people.home.present(cookie)
    assert here.account is None
    assert here.membership is None
    assert here.session.account_id is None
    assert people.mails() == [("users.removed", "alice@example.com"), ("users.access_ended", "bob@example.com")]


def test_a_removed_user_looks_at_another_account_of_theirs(people: People) -> None:
    home, bob = people.home, people.home.people.bob
    own = add_account(home.scope, "Bob's own", owner=bob, number="9002")
    closed = add_account(home.scope, "Closed", owner=bob, number="9003")
    closed.state = "closed"
    cookie, elsewhere = home.begin(bob), home.begin(home.people.alice)
    people.remove(bob)
    here = home.present(cookie)
    assert here.account is not None
    assert here.account.id == own.id
    assert home.present(elsewhere).session.account_id == people.account.id


def test_an_invitation_that_waits_does_not_bring_a_removed_user_back(by_name: People) -> None:
    """Two users share an address: one was let in by other means, and an invitation to the address is still open."""
    home = by_name.home
    zoe = add_user(home.scope, ZOE, username="zoe")
    by_name.invite()
    secret = by_name.link()
    add_member(home.scope, zoe, by_name.account)
    home.db.commit()
    by_name.remove(zoe)
    assert by_name.find(secret).why == "revoked"
    assert by_name.accept(secret, zoe).why == "revoked"


def test_a_user_leaves_of_their_own_will_and_the_owner_is_told(people: People) -> None:
    bob = people.home.people.bob
    cookie = people.home.begin(bob)
    people.leave(bob)
    assert people.place(bob) is None
    assert people.home.present(cookie).account is None
    assert people.mails() == [("users.left", "alice@example.com")]


def test_the_owner_cannot_leave(people: People) -> None:
    alice = people.home.people.alice
    assert people.leave(alice) == Owns()
    assert people.owners() == [alice.id]


def test_who_is_in_no_account_has_none_to_leave(people: People) -> None:
    assert people.leave(people.home.people.charlie) == NotInAccount()


def test_the_users_of_an_account_are_listed_its_owner_first_and_then_by_user_name(people: People) -> None:
    home = people.home
    for name in ("zed", "aaron"):
        add_member(home.scope, add_user(home.scope, f"{name}@example.com", username=name), people.account)  # fmt: skip

    found = members.browse(home.db, people.account, page=1)
    assert [place.user.username for place in found.places] == ["alice", "aaron", "bob", "zed"]
    assert [one.user.username for one in memberships.sub_users(home.db, people.account)] == ["aaron", "bob", "zed"]


def test_of_many_users_a_page_is_listed_at_a_time(people: People) -> None:
    home = people.home
    for number in range(PER_PAGE):
        dora = add_user(home.scope, f"d{number:02}@example.com", username=f"d{number:02}")
        add_member(home.scope, dora, people.account)
    second = members.browse(home.db, people.account, page=2)
    assert [place.user.username for place in second.places] == [f"d{PER_PAGE - 2}", f"d{PER_PAGE - 1}"]
    assert second.page == 2
    assert second.pages == 2
    assert members.browse(home.db, people.account, page=9) == second
    assert members.browse(home.db, home.people.other_account, page=1).pages == 1


def test_the_place_of_a_sub_user_is_theirs_in_this_account(people: People) -> None:
    home, bob = people.home, people.home.people.bob
    add_member(home.scope, bob, home.people.other_account, ["orders"])
    home.db.commit()
    found = memberships.sub_user(home.db, people.account, bob.id)
    assert found is not None
    assert found.user == bob
    assert found.account_id == people.account.id
    assert memberships.sub_user(home.db, people.account, home.people.alice.id) is None
    assert memberships.sub_user(home.db, people.account, home.people.charlie.id) is None


def test_who_is_removed_is_told_whose_account_it_is(people: People) -> None:
    people.remove(people.home.people.bob)
    (told,) = [mail for mail in people.home.mails() if mail.mail == "users.access_ended"]
    assert told.slots["owner"] == "Alice Ortega"
