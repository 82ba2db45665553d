"""Each kind of field by itself: what it reads, what it says of that to JSON, and which attributes it has."""

from __future__ import annotations

from typing import Any

import pytest

from flask_acct import config as configuration
from flask_acct.declare import elements, extracting, fields, texts
from flask_acct.declare.fields import (
    Choice,
    CodeField,
    Field,
    FileField,
    ListedTicks,
    LongText,
    Matches,
    Option,
    PasswordField,
    TextField,
    Tick,
    Ticks,
)
from flask_acct.declare.texts import Text
from flask_acct.features import declare

TWO = (Option("a.form.it.red", "Red"), Option("a.form.it.blue", "Blue"))
DECOMPOSED, COMPOSED = "n\u0303", "ñ"


def a(kind: Any, **how: Any) -> Any:
    return kind("a.form.it", "It", **how)


@pytest.mark.parametrize(
    ("field", "raw", "value"),
    [
        (a(TextField), ["  Ana "], "Ana"),
        (a(TextField), [DECOMPOSED], COMPOSED),
        (a(CodeField), [" 123456\r\n"], "123456"),
        (a(LongText), ["one\r\ntwo\r\n"], "one\ntwo"),
        (a(PasswordField), [" pass  word \t\r\n"], " pass  word "),
        (a(PasswordField), [DECOMPOSED], COMPOSED),
        (a(Choice, options=TWO), ["red"], "red"),
        (a(Tick), ["yes"], True),
        (a(Ticks, options=TWO), ["blue", "red", "blue"], ("red", "blue")),
        (a(Ticks, options=TWO), ["blue", "green"], ("blue",)),
        (a(FileField), [b"x,y"], b"x,y"),
    ],
)
def test_a_field_reads_the_value_of_what_was_sent(field: Field, raw: list[str | bytes], value: object) -> None:
    assert field.read(raw) == value


@pytest.mark.parametrize(
    ("kind", "empty"),
    [
        (TextField, ""), (CodeField, ""), (LongText, ""), (PasswordField, ""), (Choice, ""), (Tick, False), (Ticks, ()),
        (FileField, b""),
    ],
)  # fmt: skip
def test_of_nothing_a_field_reads_the_empty_value_of_its_type(kind: Any, empty: object) -> None:
    read = a(kind).read(())
    assert read == empty
    assert type(read) is type(empty)


@pytest.mark.parametrize(
    ("field", "schema"),
    [
        (a(TextField, max_length=120), {"type": "string", "maxLength": 120}),
        (a(TextField, must_be="email"), {"type": "string", "maxLength": 254, "format": "email"}),
        (a(LongText, max_length=9), {"type": "string", "maxLength": 9}),
        (a(PasswordField, max_length=64), {"type": "string", "format": "password", "maxLength": 64}),
        (a(Choice, options=TWO), {"type": "string", "enum": ["red", "blue"]}),
        (a(Choice, options=TWO, source="page"), {"type": "string"}),
        (a(Tick, required=False), {"type": "boolean"}),
        (a(Tick), {"type": "boolean", "const": True}),
        (
            a(Ticks, options=TWO),
            {"type": "array", "items": {"type": "string", "enum": ["red", "blue"]}, "uniqueItems": True},
        ),
        (a(ListedTicks), {"type": "array", "items": {"type": "string"}, "uniqueItems": True}),
        (a(Matches), {"type": "array", "items": {"type": "string"}}),
        (a(FileField), {"type": "string", "contentEncoding": "base64"}),
    ],
)
def test_a_field_says_what_json_is_of_it(field: Field, schema: dict[str, object]) -> None:
    assert field.json_schema() == schema


@pytest.mark.parametrize(
    ("kind", "attribute"),
    [
        (TextField, "max_bytes"), (TextField, "options"), (TextField, "repeats"), (TextField, "reauthenticates"),
        (PasswordField, "must_be"), (Choice, "max_length"), (Tick, "options"), (Ticks, "source"),
        (FileField, "example"),
    ],
)  # fmt: skip
def test_a_field_has_no_attribute_that_only_another_kind_has(kind: Any, attribute: str) -> None:
    with pytest.raises(TypeError, match=attribute):
        a(kind, **{attribute: 5})


def test_no_secret_is_kept_while_somebody_signs_in_again() -> None:
    assert [kind.__name__ for kind in (TextField, CodeField, PasswordField, FileField) if kind.may_be_kept] == [
        "TextField"
    ]


def test_what_an_element_holds_is_among_its_texts_however_deep() -> None:
    red = Option("a.form.it.red", "Red", help=Text("a.form.it.red_help", "Like a tomato."))
    field = a(Ticks, help=Text("a.form.it_help", "Choose."), tick_all=Text("a.form.it_all", "All"), options=(red,))
    assert [text.id.rpartition(".")[2] for text in field.texts()] == ["it", "it_help", "it_all", "red", "red_help"]


@pytest.mark.parametrize("preset", configuration.presets())
def test_every_attribute_that_holds_an_element_is_named(preset: str) -> None:
    """A class that forgets one would leave words untranslated and unknown to articles."""
    for text in declare(configuration.preset(preset).on(None)).texts.values():
        held = {name for name in dir(text) if _holds_elements(text, name)} - {"sentence", "includes"}
        assert held <= set(text.within)


def _holds_elements(text: Text, name: str) -> bool:
    value = getattr(text, name)
    return isinstance(value, Text) or (isinstance(value, tuple) and any(isinstance(one, Text) for one in value))


def test_translators_get_the_words_of_every_class_but_those_that_have_none() -> None:
    classes = {
        one
        for module in (texts, fields, elements)
        for one in vars(module).values()
        if isinstance(one, type) and issubclass(one, Text)
    }
    assert {one.__name__ for one in classes} - extracting.VOCABULARY == {"HostText", "Language", "Paragraphs"}
