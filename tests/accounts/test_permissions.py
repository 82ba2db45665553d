"""What a place in an account is enough for."""

from __future__ import annotations

import pytest

from flask_acct.accounts import permissions
from flask_acct.accounts.permissions import UnknownPermission
from flask_acct.config import Config
from flask_acct.db.models import Membership
from flask_acct.declare.elements import MEMBER, OWNER, SUB_USER
from flask_acct.features import platform

ANY = (MEMBER, OWNER, SUB_USER, "invoices", "contacts")


def place(*granted: str, is_owner: bool = False) -> Membership:
    return Membership(is_owner=is_owner, permissions=list(granted))


@pytest.mark.parametrize(
    ("membership", "enough"),
    [
        (None, []),
        (place(), [MEMBER, SUB_USER]),
        (place("invoices"), [MEMBER, SUB_USER, "invoices"]),
        (place("no_such_thing"), [MEMBER, SUB_USER]),
        (place(is_owner=True), [MEMBER, OWNER, "invoices", "contacts"]),
    ],
)
def test_a_place_is_enough_for(membership: Membership | None, enough: list[str], preset: Config) -> None:
    assert [needs for needs in ANY if permissions.is_enough(membership, needs, preset)] == enough


def test_what_is_known_comes_once_and_in_the_order_of_its_boxes(preset: Config) -> None:
    first, second = preset.users.offered[:2]
    assert permissions.known([second, "made up", first, second], preset) == [first, second]


def test_many_permissions_are_told_by_their_number_and_how_many_there_are(preset: Config) -> None:
    offered = preset.users.offered
    told = permissions.in_short(offered, platform(preset), lambda id_, **slots: f"{id_} {slots}")
    assert told == f"users.list.several {{'count': {len(offered)}, 'total': {len(offered)}}}"


def test_a_slip_of_the_pen_is_told_with_what_was_meant(preset: Config) -> None:
    with pytest.raises(UnknownPermission) as refused:
        permissions.raise_unless_declared("invoice", preset)
    assert str(refused.value) == (
        '"invoice" is not a permission of acct.toml, [users.permissions]. Did you mean "invoices"?'
    )


def test_only_what_there_is_not_is_refused(preset: Config) -> None:
    refused = []
    for needs in (*ANY, "invoice", "", "Owner"):
        try:
            permissions.raise_unless_declared(needs, preset)
        except UnknownPermission:
            refused.append(needs)
    assert refused == ["invoice", "", "Owner"]
