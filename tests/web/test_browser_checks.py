"""A browser judges a field when it is left, by less than the server: it never refuses what the server takes."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from flask_acct.declare.fields import Choice, FileField, TextField
from flask_acct.values import countries
from flask_acct.values.unicode_forms import normalized
from flask_acct.web.browser_checks import BrowserCheck, check_of
from flask_acct.web.filled import Complaint

from .test_fields import a, complaint

KINDS: dict[str, dict[str, Any]] = {
    "email": {"input_type": "email", "must_be": "email"},
    "customer number": {"must_be": "identifier", "holds": ("customer_number",)},
    "domain": {"must_be": "identifier", "holds": ("domain",)},
    "web address": {"input_type": "url", "must_be": "url"},
    "number": {"must_be": "number"},
    "phone": {"input_type": "tel", "must_be": "phone"},
    "postcode": {"must_be": "postcode"},
}
WRONG = {
    "email": ["ana", "ana@gmail", "ana@@example.com", "ana sala@example.com", "ana@example,com", "@example.com"],
    "customer number": ["none", "ana@example.com"],
    "domain": ["example", "my domain"],
    "web address": ["example", "https://example", "my page.example.com"],
    "number": ["many", "1.234", "1,5,5", "12a"],
    "phone": ["none", "12"],
    "postcode": ["!!", "0".zfill(13)],
}
PIECES_OF_TEXT = (
    ["a", "Z", "ana", "@", "@example.com", ".", ",", ";", " ", "-", "+", "_", "<", ">", '"', "(", ")", ":", "mailto:",
     "%40", "test", "www.", "https://", "/", "\\", "0", "7", "12", "900", "+34", "910 00 00 00", "28001", "SW1A 1AA",
     "№", "＠", "。", "ñ", "\u200b", "１", "tel:", "'", "#", "e", "x"]
)  # fmt: skip
TYPED = st.lists(st.sampled_from(PIECES_OF_TEXT), min_size=1, max_size=6).map("".join) | st.text(
    st.characters(min_codepoint=32, max_codepoint=126), max_size=20
)
COUNTRIES = st.sampled_from(["", "ES", "IT", "AR", "GB", "US", "HK", "IE"])


def refuses(check: BrowserCheck, typed: str) -> bool:
    """What acct.js does."""
    text = re.sub(r"\s+", " ", normalized("NFKC", typed).strip())
    if not text or not text.isascii() or not text.isprintable():
        return False
    return re.fullmatch(check.pattern, text, re.IGNORECASE | re.ASCII) is None


def of(kind: str, country: str = "") -> tuple[TextField, BrowserCheck | None]:
    declared: TextField = a(**KINDS[kind])
    return declared, check_of(declared, country)


@pytest.mark.parametrize("kind", KINDS)
def test_a_browser_refuses_only_what_the_server_refuses_in_the_same_words(kind: str) -> None:
    @settings(max_examples=300, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(TYPED, COUNTRIES)
    @example("Ana Sala <ana@example.com>", "")
    @example("ana@test", "")
    @example(" ana@example.com. ", "ES")
    def compare(typed: str, country: str) -> None:
        declared, check = of(kind, country)
        if check and refuses(check, typed):
            said = complaint({"it": typed, "country": country}, declared, a("country", Choice, source="countries"))
            assert said == check.complaint, (typed, country)

    compare()


@pytest.mark.parametrize(("kind", "typed"), [(kind, one) for kind, several in WRONG.items() for one in several])
def test_a_browser_tells_the_usual_mistakes(kind: str, typed: str) -> None:
    _, check = of(kind)
    assert check
    assert refuses(check, typed)


def test_every_country_with_postcodes_has_its_pattern_and_its_example() -> None:
    for code in countries.names("en"):
        _, check = of("postcode", code)
        if check and check.complaint.slots["example"]:
            assert not refuses(check, str(check.complaint.slots["example"])), code
            assert check.country == code


def test_a_form_without_a_country_does_not_wait_for_one() -> None:
    declared: TextField = a(**KINDS["phone"])
    check = check_of(declared, None)
    assert check
    assert check.country is None
    assert check.complaint.id == "shell.form.not_a_phone_anywhere"


def test_a_file_that_is_too_large_is_told_before_it_is_sent() -> None:
    check = check_of(FileField("a.form.it", "It", max_bytes=1_048_576), None)
    assert check
    assert check.complaint == Complaint("shell.form.too_large", {"limit": 1})
    assert check.max_bytes == 1_048_576


@pytest.mark.parametrize("how", [{}, {"holds": ("username",)}, {"must_be": "identifier", "told_by": "kind"}])
def test_what_has_no_format_of_its_own_is_left_to_the_server(how: dict[str, Any]) -> None:
    assert check_of(a(**how), "") is None
