from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flask_acct.values.identifiers import (
    domain_key,
    email_address,
    email_key,
    is_of_one_script,
    key_of,
    kind_of,
    number_in,
    number_key,
    plain,
    username,
    username_key,
    visible,
)

ANYTHING = st.text(st.characters(), max_size=80)


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("m00000", "m00000"), (" Mario.Rossi ", "mario.rossi"), ("JOSÉ", "josé"), ("jose\u0301", "josé"),
        ("ｍａｒｉｏ", "mario"), ("山田太郎", "山田太郎"), ("Straße", "strasse"), ("a" * 64, "a" * 64),
        ("", None), ("900", None), ("٩٠٠", None), ("x@y", None), ("a b", None), (".a", None), ("a-", None),
        ("a" * 65, None), ("a\x00b", None), ("½", None),
    ],
)  # fmt: skip
def test_a_user_name_is_folded_or_refused(typed: str, key: str | None) -> None:
    assert username_key(typed) == key


@pytest.mark.parametrize(
    ("typed", "key"),
    [("9000", "9000"), (" 0009000 ", "9000"), ("0", "0"), ("9" * 18, "9" * 18), ("9" * 19, None), ("", None),
     ("-1", None), ("1e3", None), ("9000.0", None), ("9000 9001", None), ("9.000", None), ("²", None), ("9000-1", None),
     ("0" * 20 + "9000", "9000")],
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
        ("=?utf-8?q?a?=@example.com", None), ("al ice@example.com", None),
        ("a@example.com <b@example.com>", None), ("a@example.com, b@example.com", None),
        ("o'b@example.com", "o'b@example.com"),
        ("a" * 250 + "@example.com", None),
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
            assert kind_of(typed) == kind
            assert key_of(kind_of(typed), typed) == key(typed)


UNSEEN = ["\u200b", "\ufeff", "\u2068", "\u2069", "\u00ad", "\u200e", "\u202a", "\u2060", "\ufe0f", "\u061c", "\u180e",
          "\u3164", "\u2800", "\U000e0001", "\U000e0100"]  # fmt: skip


@pytest.mark.parametrize("unseen", UNSEEN)
@pytest.mark.parametrize(
    ("key", "typed", "meant"),
    [(username_key, "m00000", "m00000"), (number_key, "9000", "9000"),
     (email_key, "ana@example.com", "ana@example.com"),
     (domain_key, "ortega.example", "ortega.example")],
)  # fmt: skip
def test_what_nobody_sees_makes_no_other_name(unseen: str, key: object, typed: str, meant: str) -> None:
    assert callable(key)
    assert {key(unseen + typed), key(typed + unseen), key(typed[:2] + unseen + typed[2:])} == {meant}


@pytest.mark.parametrize(
    "pasted",
    [
        "mailto:ana@example.com", "MailTo:ana@example.com?subject=Hi", "mailto://ana%40example.com",
        "Ana Sala <ana@example.com>", '"Sala, Ana" <ana@example.com>', "<ana@example.com>", "<mailto:ana@example.com>",
        "ana@example.com <Ana@Example.com>", "“ana@example.com”", "«ana@example.com»", "'ana@example.com'",
        "(ana@example.com)", "ana@example.com.", "ana@example.com,", "ana@example.com;", "\u00a0ana@example.com\t",
        "ａｎａ＠ｅｘａｍｐｌｅ．ｃｏｍ", "ANA@EXAMPLE.COM", "'ana@example.com',", "`ana@example.com`",
        "*ana@example.com*",
    ],
)  # fmt: skip
def test_an_address_is_found_in_what_was_pasted_around_it(pasted: str) -> None:
    assert email_key(pasted) == "ana@example.com"
    assert kind_of(pasted) == "email"


@pytest.mark.parametrize(
    "pasted",
    ["#9000", "# 9000", "No. 9000", "no 9000", "Nº 9000", "n.º 9000", "№ 9000", "9 000", "9\u00a0000", "9\u202f000",
     "9,000", "9'000", "９０００", "٩٠٠٠", "९०००", "9000.", "(9000)", "Customer number: 9000",
     "Número de cliente: 09 000"],
)  # fmt: skip
def test_a_customer_number_is_found_in_what_was_pasted_around_it(pasted: str) -> None:
    assert number_key(pasted) == "9000"
    assert kind_of(pasted) == "customer_number"


@pytest.mark.parametrize("pasted", ["Nº9000", "№9000", "9.000", "No.9000"])
def test_what_may_be_a_user_name_is_a_number_only_where_nothing_else_is_asked_for(pasted: str) -> None:
    assert number_key(pasted) is None
    assert number_in(pasted) == "9000"
    assert kind_of(pasted) == "username"
    assert plain(pasted, ["customer_number"]) == "9000"
    assert plain(pasted, ["customer_number", "username"]) == pasted


@pytest.mark.parametrize(
    "pasted",
    [
        "ortega.example.\u200b", "Https://www.ortega.example/", "HTTP://ORTEGA.EXAMPLE", "ortega.example:2083",
        "http://ortega.example:8080/", "ortega.example/shop?a=b#c", "ortega.example?x", "info@ortega.example",
        "Info <info@ortega.example>", "mailto:info@ortega.example", "ftp://user:pw@ortega.example/", "//ortega.example",
        "https:\\\\ortega.example\\shop", "ortega.example,",
        "“ortega.example”", "<https://ortega.example>",
        "www.ortega.example",
        "www.www.ortega.example",
        "ortega.example。", "ｏｒｔｅｇａ．ｅｘａｍｐｌｅ", "https://https://ortega.example",
        "ortega\u00ad.example",
    ],
)  # fmt: skip
def test_a_domain_is_found_in_what_was_pasted_around_it(pasted: str) -> None:
    assert domain_key(pasted) == "ortega.example"


def test_a_domain_with_accents_stays_as_its_owner_writes_it() -> None:
    assert plain("HTTPS://Panader%C3%ADa.example/", ["domain"]) == "panadería.example"


@pytest.mark.parametrize("key", [username_key, number_key, email_key, domain_key])
def test_what_is_far_too_long_is_no_name_and_costs_nothing(key: object) -> None:
    assert callable(key)
    assert [key(sign * 100_000) for sign in ("'", "<", "9 ", "www.", "http://", "a")] == [None] * 6


@given(typed=ANYTHING)
def test_a_plain_name_is_plain_and_means_the_same(typed: str) -> None:
    for kind, key in (("username", username_key), ("email", email_key), ("domain", domain_key)):
        found = plain(typed, [kind])
        assert found is None or key(found) == key(typed)
        assert found is None or plain(found, [kind]) == found


def test_a_user_name_is_kept_in_the_letters_typed() -> None:
    assert username("\u200bMario.Rossi, ") == "Mario.Rossi"


@pytest.mark.parametrize(
    "name", ["alice", "José_9", "山田ひろ", "山田タロー", "김철수", "Άλφα", "Мария", "alice.-_9", "9a"]
)
def test_a_name_of_one_language_is_of_one_script(name: str) -> None:
    assert is_of_one_script(name)


@pytest.mark.parametrize("name", ["\u0430lice", "alic\u0435", "m\u0455", "\u0391lice", "al\u0456ce", "аlice山"])
def test_a_name_with_a_letter_of_another_script_is_not(name: str) -> None:
    assert not is_of_one_script(name)


def test_a_number_copied_from_an_address_book_loses_its_marks_of_direction() -> None:
    assert visible("\u202d+34 910 00 00 00\u202c") == "+34 910 00 00 00"
