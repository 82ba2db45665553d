from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flask_acct.identifiers import domain_key, email_address, email_key, key_of, kind_of, number_key, username_key

ANYTHING = st.text(st.characters(), max_size=80)


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("m00000", "m00000"), (" Mario.Rossi ", "mario.rossi"), ("JOSÉ", "josé"), ("jose\u0301", "josé"),
        ("ｍａｒｉｏ", "mario"), ("山田太郎", "山田太郎"), ("Straße", "strasse"), ("a" * 64, "a" * 64),
        ("", None), ("900", None), ("٩٠٠", None), ("x@y", None), ("a b", None), (".a", None), ("a-", None),
        ("a" * 65, None), ("a\x00b", None), ("a\u200bb", None), ("½", None),
    ],
)  # fmt: skip
def test_a_user_name_is_folded_or_refused(typed: str, key: str | None) -> None:
    assert username_key(typed) == key


@pytest.mark.parametrize(
    ("typed", "key"),
    [("9000", "9000"), (" 0009000 ", "9000"), ("0", "0"), ("9" * 18, "9" * 18), ("9" * 19, None), ("", None),
     ("-1", None), ("1e3", None), ("٩٠٠", None), ("9 000", None)],
)  # fmt: skip
def test_a_customer_number_is_ascii_digits_without_leading_zeros(typed: str, key: str | None) -> None:
    assert number_key(typed) == key


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("A@Example.COM", "a@example.com"), (" a@bücher.example ", "a@xn--bcher-kva.example"),
        ("a@xn--bcher-kva.example", "a@xn--bcher-kva.example"), ("a+b@example.com", "a+b@example.com"),
        ("a@localhost.test", "a@localhost.test"), ("josé@example.com", None), ("a@", None), ("@example.com", None),
        ("a@b@example.com", None), ('"a b"@example.com', None), ("a@example.com\r\nBcc: x@example.com", None),
        ("=?utf-8?q?a?=@example.com", None), ("A <a@example.com>", None), ("a" * 250 + "@example.com", None),
        ("a@exam\x00ple.com", None), ("a@[127.0.0.1]", None),
    ],
)  # fmt: skip
def test_an_address_is_ascii_and_lower_case_or_refused(typed: str, key: str | None) -> None:
    assert email_key(typed) == key


def test_the_address_written_to_keeps_the_local_part_as_typed() -> None:
    assert email_address("Mario.Rossi@BÜCHER.example") == "Mario.Rossi@xn--bcher-kva.example"


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("Example.COM", "example.com"), ("https://www.example.com/shop", "example.com"),
        ("example.com.", "example.com"),
        ("panadería.example", "xn--panadera-i2a.example"), ("山田商店.example", "xn--czrr0ogxbdv4b.example"),
        ("localhost", None), ("", None), ("a b.example", None), ("-a.example", None), ("a..example", None),
        ("x" * 64 + ".example", None),
    ],
)  # fmt: skip
def test_a_domain_is_its_a_labels_or_refused(typed: str, key: str | None) -> None:
    assert domain_key(typed) == key


@pytest.mark.parametrize("key_function", [username_key, number_key, email_key, domain_key])
@given(typed=ANYTHING)
def test_a_key_is_its_own_key(key_function: object, typed: str) -> None:
    assert callable(key_function)
    key = key_function(typed)
    assert key is None or key_function(key) == key


@given(typed=ANYTHING)
def test_no_string_can_name_two_users(typed: str) -> None:
    assert sum(key(typed) is not None for key in (username_key, number_key, email_key)) <= 1


@given(typed=ANYTHING)
def test_what_has_a_key_is_of_that_kind(typed: str) -> None:
    for kind, key in (("username", username_key), ("customer_number", number_key), ("email", email_key)):
        if key(typed) is not None:
            assert (kind_of(typed), key_of(kind_of(typed), typed)) == (kind, key(typed))
