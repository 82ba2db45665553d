"""Text in a normal form, and text that would take too long to bring there."""

from __future__ import annotations

from time import process_time

import pytest

from flask_acct import config as configuration
from flask_acct.declare.fields import LongText, TextField, TypedField
from flask_acct.features import platforms
from flask_acct.values import identifiers
from flask_acct.values.unicode_forms import LONGEST, normalized

MARKS = "a" + "\u0315\u0316" * 16_000
"""64 KB that are one letter with its marks, in the order that takes longest."""


def test_text_is_composed() -> None:
    assert normalized("NFC", "e\u0301") == "\u00e9"


def test_text_of_the_longest_is_composed_and_more_is_left_alone() -> None:
    longest = "e\u0301" * (LONGEST // 2)
    assert len(normalized("NFC", longest)) == LONGEST // 2
    assert normalized("NFC", longest + "e\u0301") == longest + "e\u0301"


@pytest.mark.parametrize("field", [TextField, LongText])
def test_a_field_reads_what_would_hold_a_process_for_seconds(field: type[TypedField]) -> None:
    began = process_time()
    assert len(field("a.form.it", "It").read([MARKS])) > LONGEST
    identifiers.plain(MARKS, ("username", "email", "domain"))
    identifiers.visible(MARKS)
    assert process_time() - began < 0.3


@pytest.mark.parametrize("preset", configuration.presets())
def test_no_field_of_ours_holds_as_much(preset: str) -> None:
    whole = configuration.preset(preset)
    for platform in platforms(whole, prefix="/account").values():
        fields = [one for screen in platform.declared.screens.values() for one in screen.fields]
        assert max(one.max_length for one in fields if isinstance(one, TypedField)) < LONGEST
