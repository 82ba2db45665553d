"""Files as Excel, LibreOffice, Numbers and Google Sheets write them, and as people send them."""

from __future__ import annotations

import pytest

from flask_acct.values import languages, spreadsheets
from flask_acct.values.spreadsheets import NotText, Sheet, Workbook

NAMES = spreadsheets.spellings(
    {
        "email": ["Email address", "Correo electrónico"],
        "first_name": ["First name", "Nombre"],
        "city": ["City", "Ciudad", "Città"],
        "secret": [],
    }
)
ANA = [{"email": "ana@example.com", "first_name": "Ana"}]


def read(content: str | bytes) -> Sheet:
    content = content.encode() if isinstance(content, str) else content
    table = spreadsheets.read(content, names=NAMES, needed=("email",), verbatim=("secret",))
    assert isinstance(table, Sheet), table
    return table


def rows(content: str | bytes) -> list[dict[str, str]]:
    """The cells of a file with which nothing is wrong."""
    table = read(content)
    found = [dict(cells) for _, cells in table.rows]
    assert table.faults == []
    return found


def faults(content: str | bytes) -> list[tuple[int, str, str]]:
    table = read(content)
    list(table.rows)
    return [(fault.at.line, fault.column, fault.kind) for fault in table.faults]


@pytest.mark.parametrize(
    "content",
    [
        "email,first_name\r\nana@example.com,Ana\r\n",
        "email,first_name\rana@example.com,Ana\r",
        "\r\n\r\nemail,first_name\r\nana@example.com,Ana",
        ",,\n,email,first_name\n,ana@example.com,Ana\n,,\n\n , ,\n",
        "email,first_name,\nana@example.com,Ana,\n",
        "email,first_name\nana@example.com,Ana,,,\n",
        "email,,first_name\nana@example.com,,Ana\n",
        "email;first_name\nana@example.com;Ana\n",
        "email|first_name\nana@example.com|Ana\n",
        "email\tfirst_name\nana@example.com\tAna\n",
        "sep=;\r\nemail;first_name\r\nana@example.com;Ana\r\n",
        "SEP=\t\nemail\tfirst_name\nana@example.com\tAna\n",
        "\ufeffsep=^\nemail^first_name\nana@example.com^Ana\n",
        '"sep=;",\nemail,first_name\nana@example.com,Ana\n',
        'email, first_name\n"ana@example.com", "Ana"\n',
        "Table 1\nemail,first_name\nana@example.com,Ana\n",
        "Our customers; March\n\nemail;first_name\nana@example.com;Ana\n",
        "E-Mail,FIRST-NAME\nana@example.com,Ana\n",
        "  Email Address ,First_Name\nana@example.com,Ana\n",
        "CORREO ELECTRONICO,nombre\nana@example.com,Ana\n",
        '"Correo\nelectrónico","Nombre"\nana@example.com,Ana\n',
        "email,first_name\nana@example.com\u200b,\u2068Ana\u2069\n",
        "email,first_name\n\ufeffana@example.com\u00a0,\u00a0Ana\u00ad\n",
        "email,first_name\nana@example.com,A\u200bna\n\u00a0,\u200b\n",
        'email,first_name\n"=""ana@example.com""","=""Ana"""\n',
    ],
)
def test_what_spreadsheets_write_is_read(content: str) -> None:
    assert rows(content) == ANA


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
@pytest.mark.parametrize("separator", [";", "\t"])
def test_any_encoding_of_a_spreadsheet_is_read(encoding: str, separator: str) -> None:
    text = f"Correo electrónico{separator}Nombre\r\nana@example.com{separator}Íñigo Peña\r\n"
    assert rows(text.encode(encoding)) == [{"email": "ana@example.com", "first_name": "Íñigo Peña"}]


@pytest.mark.parametrize("encoding", ["mac_roman", "cp850", "cp437"])
@pytest.mark.parametrize("name", ["Íñigo Núñez", "GARCÍA", "Martín", "José"])
def test_an_encoding_that_would_spoil_names_is_not_guessed(encoding: str, name: str) -> None:
    try:
        content = f"email,first_name\na@example.com,{name}\n".encode(encoding)
    except UnicodeEncodeError:
        pytest.skip("not in this encoding")
    assert isinstance(spreadsheets.read(content, names=NAMES, needed=("email",)), NotText)


@pytest.mark.parametrize(
    ("name", "encoding"), [("Иван", "cp1251"), ("Γιώργος", "cp1253"), ("Dvořák", "cp1250"), ("李小龙", "gbk"),
                           ("Černý", "cp1250"), ("山田", "shift_jis"), ("Łukasz", "cp1250")]
)  # fmt: skip
def test_other_alphabets_are_not_taken_for_letters_of_western_europe(name: str, encoding: str) -> None:
    content = f"email,first_name\na@example.com,{name}\n".encode(encoding)
    assert isinstance(spreadsheets.read(content, names=NAMES, needed=("email",)), NotText)


def test_utf8_that_is_broken_in_one_place_is_not_taken_for_another_encoding() -> None:
    content = "email,first_name\na@example.com,Núñez\n".encode() + b"b@example.com,\xf1\n"
    assert spreadsheets.read(content, names=NAMES, needed=("email",)) == NotText(3)


@pytest.mark.parametrize(
    "content",
    [b"PK\x03\x04\x14\x00", b"\xd0\xcf\x11\xe0\xa1\xb1", b"<html><table>", b"\n <?xml version='1.0'?>",
     "\ufeff<table>".encode("utf-16"), b"MIME-Version: 1.0\nContent-Type: multipart", b"%PDF-1.7", b"{\\rtf1"],
)  # fmt: skip
def test_a_workbook_or_page_is_told_from_a_table(content: bytes) -> None:
    assert spreadsheets.read(content, names=NAMES, needed=("email",)) == Workbook()


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("", [(1, "email", "missing")]),
        ("first_name\nAna\n", [(1, "email", "missing")]),
        ("email,emial\n", [(1, "emial", "unknown")]),
        ("Email,e-mail\n", [(1, "e-mail", "twice")]),
        ("Email,Correo electrónico\n", [(1, "Correo electrónico", "twice")]),
        ("email,,city\na@example.com,,\nb@example.com,x,\nc@example.com,y,\n", [(3, "B", "nameless")]),
        ("email,city\na@example.com,Rome,Italy\n", [(2, "", "cells")]),
        ("email\n'a'\n\"b@example.com\n", [(3, "", "not_csv")]),
        ('"email\n', [(1, "", "not_csv")]),
        ("\n\nemail;colour\n", [(3, "colour", "unknown")]),
        ("first_name,colour\nCity,Nombre\n", [(1, "email", "missing"), (1, "colour", "unknown")]),
        ("email," + "x," * 100_000, [(1, "", "too_many_columns")]),
    ],
)
def test_what_cannot_be_read_is_named(content: str, found: list[tuple[int, str, str]]) -> None:
    assert faults(content) == found


def test_a_missing_column_is_the_only_thing_said_where_the_others_are_known() -> None:
    assert faults("\n\nfirst_name;city\nAna;Rome\n") == [(3, "email", "missing")]


def test_cells_of_several_lines_keep_their_lines() -> None:
    assert rows('email,city\na@example.com,"Rome \r\n\r\n Italy"\n')[0]["city"] == "Rome\nItaly"


def test_a_row_is_counted_as_the_sheet_counts_it() -> None:
    table = read('sep=;\nemail;city\na@example.com;"Rome\nItaly"\n\nb@example.com;\n')
    assert [at for at, _ in table.rows] == [(3, 2), (6, 4)]


def test_what_shall_stay_as_it_was_typed_does() -> None:
    assert rows("email,secret\na@example.com, a\u200bb \n")[0]["secret"] == " a\u200bb "


def test_blanks_of_a_password_survive_where_no_quote_follows_a_blank() -> None:
    assert rows('email,secret\n"a@example.com"," x"\nb@example.com, y\n') == [
        {"email": "a@example.com", "secret": " x"}, {"email": "b@example.com", "secret": " y"},
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["نازی\u200cآباد", "क्\u200dष"])
def test_joiners_that_a_script_needs_stay(name: str) -> None:
    assert rows(f"email,city\na@example.com,{name}\n")[0]["city"] == name


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("9000.0", "9000"),
        ("9000,00", "9000"),
        ("'9000", "9000"),
        ("9.000", "9.000"),
        ("12,000", "12,000"),
        ("9000.5", "9000.5"),
        ("x", "x"),
    ],
)
def test_a_whole_number_has_no_decimals_and_thousands_are_not_guessed(cell: str, number: str) -> None:
    assert spreadsheets.whole_number(cell) == number


@pytest.mark.parametrize(("cell", "is_it"), [("3,491E+10", True), ("9E3", True), ("9000", False), ("E10", False)])
def test_a_number_that_lost_its_digits_is_noticed(cell: str, is_it: bool) -> None:
    assert spreadsheets.is_shortened(cell) is is_it


@pytest.mark.parametrize(("index", "name"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA")])
def test_columns_are_called_as_a_spreadsheet_calls_them(index: int, name: str) -> None:
    assert spreadsheets.letter(index) == name


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("ES", "es"), ("es-AR", "es_AR"), ("es_mx", "es"), ("Spanish", "es"), ("español", "es"), ("ITALIANO", "it"),
     ("inglés", "en"), ("spagnolo", "es"), ("Spanish (Mexico)", "es"), ("Español (Argentina)", "es_AR"),
     ("tlh", None), ("", None), ("x" * 5000, None)],
)  # fmt: skip
def test_a_language_is_known_by_its_code_and_by_its_names(typed: str, meant: str | None) -> None:
    assert languages.locale_of(typed, ("en", "es", "it", "es_AR")) == meant
