"""What a host's own fields may hold, and how acct.toml declares them."""

from __future__ import annotations

import tomllib
from typing import Any, get_args

import pytest

from flask_acct import config as configuration
from flask_acct import features
from flask_acct.config import Config, ConfigError, OwnField, parse
from flask_acct.config.tables.fields import OF_FORMS, SHIPPED_FIELDS, Owner
from flask_acct.declare import own_fields

LABELS = 'label = { en = "Size", es = "Talla", it = "Taglia" }'
CHOICE = 'type = "choice"\noptions.small = { en = "Small", es = "Pequeña", it = "Piccola" }'


def one(type_: str, **more: Any) -> OwnField:
    if type_ == "choice":
        more["options"] = {"small": {"en": "Small", "es": "Pequeña"}, "large": {"en": "Large"}}
    return OwnField.model_validate({"type": type_, "label": {"en": "X"}, **more})


@pytest.mark.parametrize(
    ("type_", "given", "value"),
    [
        ("text", " Ana\u200b ", "Ana"), ("email", "mailto:Ana@Example.com", "Ana@example.com"),
        ("url", "example.com/a?b=1", "https://example.com/a?b=1"), ("url", "HTTP://example.com", "HTTP://example.com"),
        ("phone", "+34 910 00 00 00", "+34910000000"), ("date", "2026/3/4", "2026-03-04"), ("number", "12", 12),
        ("number", "-12,5", -12.5), ("number", "0.125", 0.125), ("choice", "small", "small"), ("yes_no", "Sí", True),
        ("yes_no", "no", False), ("yes_no", "X", True),
    ],
)  # fmt: skip
def test_what_was_typed_is_kept_in_one_form(type_: str, given: str, value: object) -> None:
    assert own_fields.understood(one(type_), given, name="fields.user.x") == value


@pytest.mark.parametrize(
    ("type_", "given"),
    [
        ("text", "x" * 201), ("email", "nobody"), ("url", "javascript:alert(1)"), ("url", "data:text/html,x"),
        ("url", "//evil"), ("url", "a b.example"), ("url", "https://[::1"), ("url", "localhost"),
        ("phone", "910000000"),
        ("date", "04/03/2026"), ("date", "2026-02-30"), ("number", "1.234"), ("number", "1,234"), ("number", "1e9"),
        ("number", "nan"), ("number", "1" * 16), ("number", "١٢"), ("choice", "Smal"), ("choice", "huge"),
        ("yes_no", "perhaps"),
    ],
)  # fmt: skip
def test_what_is_no_value_is_refused(type_: str, given: str) -> None:
    with pytest.raises(own_fields.NotOne):
        own_fields.understood(one(type_), given, name="fields.user.x")


def test_a_phone_number_is_of_the_country_beside_it() -> None:
    assert own_fields.understood(one("phone"), "910 00 00 00", name="x", country="ES") == "+34910000000"


def test_an_option_is_called_by_its_label_in_a_file() -> None:
    wording = {"es": {"fields.user.x.small": "Pequeña"}}
    assert own_fields.understood(one("choice"), "PEQUENA", name="fields.user.x", wording=wording) == "small"


@pytest.mark.parametrize(
    ("type_", "value"), [("yes_no", True), ("number", 12.5), ("date", "2026-03-04"), ("text", "a")]
)
def test_what_is_written_is_understood_again(type_: str, value: Any) -> None:
    assert own_fields.understood(one(type_), own_fields.written(one(type_), value), name="x") == value


def declared(text: str) -> Config:
    return parse(f'[site]\nlocales = ["en", "es", "it"]\n{text}')


def test_fields_are_declared_for_users_accounts_and_contacts() -> None:
    config = declared(
        "\n".join(f"[fields.{owner}.size]\n{LABELS}\n{CHOICE}" for owner in ("user", "account", "contact"))
    )
    assert [*config.fields.user, *config.fields.account, *config.fields.contact] == ["size"] * 3
    assert config.wording["es"]["fields.contact.size.small"] == "Pequeña"
    assert config.wording["it"]["fields.user.size"] == "Taglia"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (f"[fields.user.email]\n{LABELS}", "called as something that is there already"),
        (f"[fields.account.phone]\n{LABELS}", "called as something that is there already"),
        (f"[fields.contact.silent]\n{LABELS}", "called as something that is there already"),
        (f"[fields.user.csrf_token]\n{LABELS}", "called as something that is there already"),
        (f"[fields.user.acct_mark]\n{LABELS}", "called as something that is there already"),
        (f"[fields.user.Size]\n{LABELS}", "is not a name"),
        (f"[fields.user.size_help]\n{LABELS}", "is not a name"),
        (f'[fields.user.size]\n{LABELS}\ntype = "choice"', "a choice without options"),
        (f'[fields.user.size]\n{LABELS}\noptions.a = {{ en = "A", es = "A", it = "A" }}', 'of type "text"'),
        (f'[fields.user.size]\n{LABELS}\ntype = "colour"', "colour"),
        ('[fields.user.size]\nlabel = { en = "Size" }', "has no words in: es, it"),
        (f'[fields.user.size]\n{LABELS}\ntype = "choice"\noptions.a = {{ en = "A" }}', "has no words in: es, it"),
        (f'[fields.user.size]\n{LABELS}\nhelp = {{ en = "Of shirts" }}', "has no words in: es, it"),
        (f"[fields.person.size]\n{LABELS}", "person"),
    ],
)  # fmt: skip
def test_a_field_that_cannot_be_is_told_with_the_fix(text: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        declared(text)


@pytest.mark.parametrize("preset", configuration.presets())
@pytest.mark.parametrize("owner", get_args(Owner))
def test_a_host_cannot_name_a_field_as_one_that_a_form_of_ours_has_beside_it(preset: str, owner: Owner) -> None:
    tables = tomllib.loads(configuration.preset_text(preset))
    tables.setdefault("fields", {})[owner] = {"bread": {"label": dict.fromkeys(("en", "es", "it", "es_AR"), "Bread")}}
    config = Config.model_validate(tables)
    screens = [one for platform in features.platforms(config).values() for one in platform.declared.screens.values()]
    beside = [one for one in screens if any(field.id == f"fields.{owner}.bread" for field in one.fields)]
    names = {field.name for one in beside for field in one.fields if not field.id.startswith("fields.")}
    assert beside or (owner == "contact" and not config.contacts.enabled)
    assert sorted(names - SHIPPED_FIELDS[owner] - OF_FORMS) == [], (
        "Add it to SHIPPED_FIELDS in config/tables/fields.py."
    )
