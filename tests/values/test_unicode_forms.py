"""Text in a normal form, and text that would take too long to bring there."""

from __future__ import annotations

from pathlib import Path

import pytest

import flask_acct
from flask_acct import config as configuration
from flask_acct.declare.fields import LongText, PasswordField, TextField, TypedField
from flask_acct.features import platforms
from flask_acct.features.help.flows import folded
from flask_acct.values import identifiers
from flask_acct.values.spreadsheets import cleaned
from flask_acct.values.unicode_forms import LONGEST, normalized

MARKS = "a" + "\u0315\u0316" * 16_000
"""64 KB that are one letter with its marks, in the order that takes longest."""


def test_text_is_composed() -> None:
    assert normalized("NFC", "e\u0301") == "\u00e9"


def test_text_of_the_longest_is_composed_and_more_is_left_alone() -> None:
    longest = "e\u0301" * (LONGEST // 2)
    assert len(normalized("NFC", longest)) == LONGEST // 2
    assert normalized("NFC", longest + "e\u0301") == longest + "e\u0301"


@pytest.mark.parametrize("field", [TextField, LongText, PasswordField])
def test_a_field_leaves_what_would_hold_a_process_for_seconds_as_it_is(field: type[TypedField]) -> None:
    assert field("a.form.it", "It").read([MARKS]) == MARKS


def test_so_do_identifiers_cells_and_searches() -> None:
    assert identifiers.visible(MARKS) == MARKS
    assert cleaned(MARKS) == MARKS
    assert folded(MARKS) == "a"


def test_nothing_else_that_answers_requests_brings_text_to_a_normal_form() -> None:
    """Authors' files are read in ``kb``, which answers none."""
    root = Path(flask_acct.__file__).parent
    callers = {
        str(file.relative_to(root))
        for file in root.rglob("*.py")
        if "unicodedata.normalize(" in file.read_text("utf-8") and not file.is_relative_to(root / "kb")
    }
    assert callers == {"values/unicode_forms.py"}


@pytest.mark.parametrize("preset", configuration.presets())
def test_no_field_of_ours_holds_as_much(preset: str) -> None:
    whole = configuration.preset(preset)
    for platform in platforms(whole, prefix="/account").values():
        fields = [one for screen in platform.declared.screens.values() for one in screen.fields]
        assert max(one.max_length for one in fields if isinstance(one, TypedField)) < LONGEST
