"""What each kind of field takes, what it makes of it, and what it says of the rest: one form at a time, no site."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any

import pytest
from flask import Flask, request
from werkzeug.exceptions import RequestEntityTooLarge

from flask_acct.config import Config
from flask_acct.declare.elements import Screen, Title
from flask_acct.declare.fields import (
    Choice,
    CodeField,
    Field,
    FileField,
    LongText,
    Option,
    PasswordField,
    TextField,
    Tick,
    Ticks,
)
from flask_acct.web import forms
from flask_acct.web.forms import MEGABYTE, Complaint, OurForm
from flask_acct.web.submission import BODY_LIMIT, receive_form

HERE = Flask(__name__)
Sent = dict[str, Any]


def a(name: str = "it", kind: type[Any] = TextField, **how: Any) -> Any:
    return kind(f"a.form.{name}", "It", **how)


def a_form(*fields: Field) -> type[OurForm]:
    return forms.form_class("a.form", fields, Config())


def fill(sent: Sent, *fields: Field, offered: Sent | None = None) -> OurForm:
    """The form as it arrived, validated."""
    with HERE.test_request_context(method="POST", data=sent):
        filled = a_form(*fields)(formdata=request.form)
        filled.offered = offered or {}
        filled.validate()
        for sent_along in (*request.files.values(), request.environ["wsgi.input"]):
            sent_along.close()
        return filled


def taken(sent: Sent, *fields: Field, offered: Sent | None = None) -> Any:
    """What is made of the first field; fails where anything is wrong."""
    filled = fill(sent, *fields, offered=offered)
    assert filled.errors == {}
    return filled._fields[fields[0].name].data


def complaint(sent: Sent, *fields: Field, offered: Sent | None = None) -> Complaint | None:
    """What is wrong with the first field; ``None`` for nothing."""
    said = fill(sent, *fields, offered=offered).errors.get(fields[0].name)
    return said[0] if said else None


REQUIRED, ONCE = Complaint("shell.form.required"), Complaint("shell.form.once")
NOT_TEXT, NOT_A_CHOICE = Complaint("shell.form.not_text"), Complaint("shell.form.not_a_choice")
NONE_TICKED = Complaint("shell.form.none_ticked")
TWO = (Option("a.form.it.red", "Red"), Option("a.form.it.blue", "Blue"))
EVERY_KIND = [TextField, CodeField, LongText, PasswordField, Choice, Tick, Ticks, FileField]


def test_a_form_has_the_fields_of_its_screen_and_the_name_of_it() -> None:
    form = a_form(a("one"), a("two", kind=Ticks, options=TWO))
    assert form.__name__ == "AFormForm"
    assert list(fill({}, a("one"), a("two", kind=Ticks, options=TWO))._fields) == ["one", "two"]


# --- Text -----------------------------------------------------------------------------------------------------------


def test_text_is_taken_without_blanks_around_it_in_nfc_and_with_plain_line_ends() -> None:
    assert taken({"it": " \tn\u0303a \r\n"}, a()) == "ña"
    assert taken({"it": "one\r\ntwo\r\n"}, a(kind=LongText)) == "one\ntwo"


def test_a_password_is_taken_with_its_blanks_and_without_a_line_end_that_was_copied_along() -> None:
    assert taken({"it": " pass  word \t\r\n"}, a(kind=PasswordField)) == " pass  word "
    assert taken({"it": "\npass word\n"}, a(kind=PasswordField)) == "pass word"
    assert taken({"it": "n\u0303!~"}, a(kind=PasswordField)) == "ñ!~"


@pytest.mark.parametrize("kind", EVERY_KIND)
@pytest.mark.parametrize("sent", [{}, {"it": ""}])
def test_what_must_be_filled_and_is_not_is_told_so(kind: Any, sent: Sent) -> None:
    assert complaint(sent, a(kind=kind)) == (NONE_TICKED if kind is Ticks else REQUIRED)


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_what_need_not_be_filled_may_be_left_out(kind: Any) -> None:
    field = a(kind=kind, required=False)
    assert taken({}, field) == field.read(())
    assert not field.read(())


def test_text_may_be_as_long_as_it_may_and_no_longer() -> None:
    assert taken({"it": "x" * 7}, a(max_length=7)) == "x" * 7
    assert complaint({"it": "x" * 8}, a(max_length=7)) == Complaint("shell.form.too_long", {"limit": 7})


@pytest.mark.parametrize("kind", [TextField, CodeField, LongText, PasswordField, Choice, Tick])
def test_what_was_sent_twice_is_refused(kind: Any) -> None:
    assert complaint({"it": ["one", "two"]}, a(kind=kind)) == ONCE


def test_a_file_sent_as_text_is_refused() -> None:
    assert complaint({"it": (BytesIO(b"x"), "x.csv")}, a()) == ONCE


@pytest.mark.parametrize("typed", ["a\0b", "a\x1bb", "a\x85b"])
def test_characters_that_nobody_types_are_refused(typed: str) -> None:
    assert complaint({"it": typed}, a()) == NOT_TEXT
    assert complaint({"it": typed}, a(kind=LongText)) == NOT_TEXT


def test_a_line_may_end_in_long_text_alone() -> None:
    assert complaint({"it": "a\nb"}, a()) == NOT_TEXT
    assert taken({"it": "a\nb"}, a(kind=LongText)) == "a\nb"


def test_half_of_a_character_is_left_out_of_what_was_typed() -> None:
    assert forms.typed_text("a\ud800b\0c\u200b") == "abc"


# --- Choices --------------------------------------------------------------------------------------------------------


def test_of_a_choice_an_option_is_taken_and_nothing_else() -> None:
    assert taken({"it": "red"}, a(kind=Choice, options=TWO)) == "red"
    assert complaint({"it": "green"}, a(kind=Choice, options=TWO)) == NOT_A_CHOICE


def test_of_a_choice_what_the_page_offers_in_this_field_is_taken_too() -> None:
    assert taken({"it": "7"}, a(kind=Choice, options=TWO), offered={"it": ["7"]}) == "7"
    assert complaint({"it": "7"}, a(kind=Choice, options=TWO), offered={"other": ["7"]}) == NOT_A_CHOICE


def test_of_a_choice_the_values_of_its_list_are_taken() -> None:
    assert taken({"it": "ES"}, a(kind=Choice, source="countries")) == "ES"
    assert complaint({"it": "XX"}, a(kind=Choice, source="countries")) == NOT_A_CHOICE


def test_a_box_says_yes_or_nothing() -> None:
    assert taken({"it": "yes"}, a(kind=Tick)) is True
    assert complaint({"it": "on"}, a(kind=Tick)) == NOT_A_CHOICE


def test_of_several_boxes_each_is_taken_once_in_the_order_they_were_sent() -> None:
    assert taken({"it": ["red", "blue", "red"]}, a(kind=Ticks, options=TWO)) == ("red", "blue")
    assert complaint({"it": ["red", "green"]}, a(kind=Ticks, options=TWO)) == NOT_A_CHOICE


# --- Identifiers ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "typed", "plain"),
    [
        (a(input_type="email"), "mailto:ana@example.com", "ana@example.com"),
        (a(must_be="email"), "Ana <ana@example.com>", "ana@example.com"),
        (a(holds=("customer_number",)), "#9000", "9000"),
        (a(holds=("domain",)), "HTTPS://Example.com/path", "example.com"),
        (a(input_type="email"), "not an address", "not an address"),
        (a(), "mailto:ana@example.com", "mailto:ana@example.com"),
        (a(must_be="email", required=False), "", ""),
    ],
)
def test_an_identifier_is_taken_without_what_was_pasted_around_it(field: Field, typed: str, plain: str) -> None:
    assert fill({"it": typed}, field)._fields["it"].data == plain


@pytest.mark.parametrize(
    ("field", "kind"),
    [
        (a(input_type="email", autocomplete="email"), "not_an_email"),
        (a(must_be="email"), "not_an_email"),
        (a(must_be="identifier", holds=("username",)), "not_a_username"),
        (a(must_be="identifier", holds=("customer_number", "email")), "not_a_number"),
        (a(must_be="identifier", holds=("domain",)), "not_a_domain"),
    ],
)
def test_what_must_be_an_identifier_and_is_none_is_told_which(field: Field, kind: str) -> None:
    assert complaint({"it": "<>"}, field) == Complaint(f"shell.form.{kind}")


@pytest.mark.parametrize("field", [a(input_type="email"), a(holds=("email",)), a(must_be="identifier"), a()])
def test_what_need_not_be_an_identifier_may_be_anything(field: Field) -> None:
    assert taken({"it": "<>"}, field) == "<>"


KINDS = a("kind", kind=Choice, options=(Option("a.form.kind.email", "E"), Option("a.form.kind.domain", "D"),
                                          Option("a.form.kind.name", "N")))  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "typed", "said"),
    [
        ("email", "<>", "shell.form.not_an_email"),
        ("domain", "<>", "shell.form.not_a_domain"),
        ("name", "<>", None),
        ("", "<>", None),
        ("domain", "https://example.com/", None),
    ],
)
def test_what_is_chosen_beside_it_says_which_identifier_it_is(kind: str, typed: str, said: str | None) -> None:
    field = a(must_be="identifier", told_by="kind", holds=("username",))
    assert complaint({"it": typed, "kind": kind}, field, KINDS) == (Complaint(said) if said else None)


# --- Numbers that belong to a country -------------------------------------------------------------------------------

COUNTRY = a("country", kind=Choice, source="countries", required=False)


@pytest.mark.parametrize(
    ("must_be", "typed", "country", "said"),
    [
        ("phone", "910 00 00 00", "ES", None),
        ("phone", "910 00 00 00", "", ("not_a_phone_anywhere", "+34 810 12 34 56")),
        ("phone", "12", "IT", ("not_a_phone", "+39 02 1234 5678")),
        ("phone", "+34 910 00 00 00", "", None),
        ("postcode", "28001", "ES", None),
        ("postcode", "2800", "ES", ("not_a_postcode", "28039")),
        ("postcode", "?", "", ("not_a_postcode_anywhere", "")),
        ("postcode", "AB1", "x", None),
    ],
)
def test_a_number_is_judged_by_the_country_beside_it(
    must_be: Any, typed: str, country: str, said: tuple[str, str] | None
) -> None:
    found = complaint({"it": typed, "country": country}, a(must_be=must_be), COUNTRY)
    assert found == (Complaint(f"shell.form.{said[0]}", {"example": said[1]}) if said else None)


@pytest.mark.parametrize("must_be", ["phone", "postcode"])
def test_no_number_is_no_wrong_one(must_be: Any) -> None:
    assert taken({"it": "", "country": "ES"}, a(must_be=must_be, required=False), COUNTRY) == ""


@pytest.mark.parametrize("country", ["E", "ESP", "E1", "ÑÑ", "--"])
def test_what_is_no_country_is_as_good_as_none(country: str) -> None:
    found = complaint({"it": "12", "country": country}, a(must_be="phone"), COUNTRY)
    assert found is not None
    assert found.id == "shell.form.not_a_phone_anywhere"


# --- Files ----------------------------------------------------------------------------------------------------------


def too_large(megabytes: int) -> Complaint:
    return Complaint("shell.form.too_large", {"limit": megabytes})


def a_file(holds: bytes, name: str = "c.csv") -> tuple[BytesIO, str]:
    return BytesIO(holds), name


@pytest.mark.parametrize(("most", "megabytes"), [(10, 1), (MEGABYTE, 1), (MEGABYTE + 1, 2), (3 * MEGABYTE, 3)])
def test_a_file_may_be_as_large_as_it_may_and_no_larger(most: int, megabytes: int) -> None:
    field = a(kind=FileField, max_bytes=most)
    assert taken({"it": a_file(b"x" * most)}, field) == b"x" * most
    assert complaint({"it": a_file(b"x" * (most + 1))}, field) == Complaint(
        "shell.form.too_large", {"limit": megabytes}
    )


def test_of_a_file_that_is_too_large_no_more_is_read_than_tells_so() -> None:
    filled = fill({"it": a_file(b"x" * 500)}, a(kind=FileField, max_bytes=10))
    assert len(filled._fields["it"].data) == 11


def test_two_files_for_one_field_are_refused() -> None:
    assert complaint({"it": [a_file(b"x"), a_file(b"y")]}, a(kind=FileField, max_bytes=10)) == ONCE


def test_the_name_of_a_file_and_what_it_holds_are_known() -> None:
    one = fill({"it": a_file(b"x,y")}, a(kind=FileField, max_bytes=10))._fields["it"]
    assert one.file_name == "c.csv"  # type: ignore[attr-defined]
    assert one.data == b"x,y"


# --- How much a request may send ------------------------------------------------------------------------------------


def arrive(length: int, receive: Callable[[], object], name: str = "it", **file: Any) -> None:
    sent: Sent = {name: "x" * length} if not file else {"it": (BytesIO(b"x" * length), "c.csv")}
    with HERE.test_request_context(method="POST", data=sent):
        try:
            receive()
            _ = request.form
        finally:
            request.environ["wsgi.input"].close()


def of(*fields: Field) -> Callable[[], object]:
    return lambda: receive_form(Screen("a.form", "form", Title("a.form.title", "Form"), parts=fields))


def test_a_form_without_a_file_may_be_as_large_as_text_is() -> None:
    arrive(BODY_LIMIT - len("it="), forms.limit_body)
    with pytest.raises(RequestEntityTooLarge):
        arrive(BODY_LIMIT - len("it=") + 1, forms.limit_body)


def test_a_form_with_a_file_may_send_four_times_as_much_as_is_taken() -> None:
    take = of(a(kind=FileField, max_bytes=MEGABYTE), a("text"))
    arrive(4 * MEGABYTE, take, file=True)
    with pytest.raises(RequestEntityTooLarge):
        arrive(4 * MEGABYTE + BODY_LIMIT, take, file=True)


@pytest.mark.parametrize("fields", [(a(),), ()])
def test_what_a_form_without_a_file_sends_is_left_to_the_bound_of_every_request(fields: Iterable[Field]) -> None:
    with HERE.test_request_context(method="POST", data={"it": "x"}):
        of(*fields)()
        assert request.max_content_length is None
