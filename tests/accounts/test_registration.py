"""How an account begins, and what its first user is called."""

from __future__ import annotations

import pytest

from flask_acct.accounts.registration import user_name_from


@pytest.mark.parametrize(
    ("email", "name"),
    [
        ("Zoe.Paz+web@example.com", "zoe.paz"), ("12345@example.com", "user-12345"), ("_@example.com", "user"),
        ("o'neil@example.com", "o-neil"), ("a" * 64 + "@example.com", "a" * 56), ("x@example.com", "x"),
    ],
)  # fmt: skip
def test_any_address_gives_a_user_name(email: str, name: str) -> None:
    assert user_name_from(email) == name
