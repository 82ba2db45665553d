"""A host's own forms say what is wrong in the words and language of ours."""

from __future__ import annotations

import pytest
from flask import jsonify
from wtforms import IntegerField, SelectField, SelectMultipleField, StringField
from wtforms.validators import DataRequired, Email, InputRequired, Length, NumberRange

from flask_acct import AcctForm, public
from flask_acct import config as configuration
from flask_acct.config import Config

from .site import Build, Site

LOCALES = ("en", "es", "it", "es_AR")


class Order(AcctForm):
    class Meta(AcctForm.Meta):
        csrf = False

    name = StringField(validators=[DataRequired()])
    city = StringField(validators=[InputRequired()])
    email = StringField(validators=[Email()])
    note = StringField(validators=[Length(max=5)])
    plan = SelectField(choices=["a"])
    tags = SelectMultipleField(choices=["a"])
    number = IntegerField(validators=[NumberRange(min=3)])


WRONG = {"name": "", "email": "no", "note": "much too long", "plan": "z", "tags": "z", "number": "1"}


def errors(site: Site, locale: str, form_class: type[Order] = Order) -> dict[str, list[str]]:
    def view() -> object:
        form = form_class()
        form.validate()
        return jsonify(form.errors)

    if "order" not in site.app.view_functions:
        site.app.add_url_rule("/order", "order", public(view), methods=["POST"])  # type: ignore[type-var]
    language = {"Accept-Language": locale.replace("_", "-")}
    found: dict[str, list[str]] = site.app.test_client().post("/order", data=WRONG, headers=language).get_json()
    return found


@pytest.mark.parametrize("locale", LOCALES)
def test_what_our_forms_say_too_is_said_in_their_words(site: Site, locale: str) -> None:
    def say(name: str, **slots: object) -> list[str]:
        return [site.acct.platform.say(f"shell.form.{name}", locale, **slots)]

    found = errors(site, locale)
    assert {name: found[name] for name in ("name", "city", "email", "note", "plan", "tags")} == {
        "name": say("required"), "city": say("required"), "email": say("not_an_email"),
        "note": say("too_long", limit=5), "plan": say("not_a_choice"), "tags": say("not_a_choice"),
    }  # fmt: skip


@pytest.mark.parametrize(("locale", "begins"), [("en", "Number must"), ("es", "El número"), ("it", "Il numero")])
def test_everything_else_is_said_by_wtforms_in_the_language_of_the_page(site: Site, locale: str, begins: str) -> None:
    assert errors(site, locale)["number"][0].startswith(begins)


def test_one_character_is_not_several(make: Build) -> None:
    class Short(Order):
        note = StringField(validators=[Length(max=1)])

    assert errors(make(Config()), "en", Short)["note"] == ["This is too long: 1 character at most."]


def test_a_hosts_other_words_are_said_in_its_forms_as_well(make: Build) -> None:
    site = make(configuration.parse('[labels.en]\n"shell.form.required" = "100 % needed."\n'
                                    '"shell.form.too_long" = "Over {limit} (100 %)."'))  # fmt: skip
    found = errors(site, "en")
    assert found["name"] == ["100 % needed."]
    assert found["note"] == ["Over 5 (100 %)."]
