"""What a user may do in an account is what its owner grants them."""

from __future__ import annotations

from ..alices_account import People


def test_permissions_are_exactly_what_was_ticked_and_the_owner_is_told(people: People) -> None:
    bob = people.home.people.bob
    people.permit(bob, "orders", "invoices", "nonsense", "owner")
    place = people.place(bob)
    assert place is not None
    assert place.permissions == ["invoices", "orders"]
    assert people.mails() == [("users.permitted", "alice@example.com")]


def test_saving_what_is_so_tells_nobody(people: People) -> None:
    bob = people.home.people.bob
    people.permit(bob, "invoices")
    people.mails()
    people.permit(bob, "invoices")
    assert people.mails() == []


def test_the_owner_is_told_what_a_user_may_do_now(people: People) -> None:
    people.permit(people.home.people.bob, "invoices")
    (told,) = people.home.mails()
    assert told.slots["grants"] == [people.home.platform.say("users.permission.invoices", told.locale)]
