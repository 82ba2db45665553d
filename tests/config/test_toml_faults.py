"""What is no TOML is told with its line, what is wrong, and what to write."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask.cli import ScriptInfo

from flask_acct.cli import acct
from flask_acct.config import ConfigError, parse

FAULTS = [
    ("[site]\nname = 1\nname = 2\n", 'line 3: is not TOML: "name" is there twice, in line 2 and in line 3. Keep one'),
    ("[a]\nx = 1\n[b]\ny = [\n1]\nx = 1\ny = 2\nz = 1", '"y" is there twice, in line 4 and in line 7'),
    ("[site]\n'name' = 1\nname = 2", '"name" is there twice, in line 2 and in line 3'),
    ("[site]\n[brand]\n[site]\n", "line 3: is not TOML: [site] is there twice, in line 1 and here"),
    (
        "[help]\nenabled = True",
        "line 2: is not TOML: True is not a value of TOML. Write enabled = true",
    ),
    ("[help]\nenabled = yes # on", "Write enabled = true, in small letters"),
    ("[help]\nenabled = Off", "Write enabled = false"),
    ("[site]\nname = None", "Remove the line: a key that is not there has its default"),
    (
        "[site]\nname = Ortega Bakery\n",
        'the text of name is not in quotes. Write name = "Ortega Bakery"',
    ),
    ("[site]\nname = “Ortega”\n", 'typographic quotes, such as “. Write name = "Ortega"'),
    ('[site]\nname = "Ortega”\n', "typographic quotes, such as ”"),
    ("[site]\nname = «Ortega»\n", "typographic quotes"),
    ("[site]\nlocales = [“en”]\n", 'Write locales = ["en"]'),
    ("[site]\nname =\n[brand]", 'line 2: is not TOML: "name" has no value'),
    ("[site]\nname = # nothing", '"name" has no value'),
    ('[site]\nlocales = ["en" "es"]\n', "line 2: is not TOML: a comma is missing between two values of a list"),
    ('[site]\nlocales = [\n"en"\n"es"\n]\n', "a comma is missing between two values of a list"),
    ('[site]\nlocales = ["en"\nname = "x"\n', "the list that begins in line 2 is not closed. Write ] at its end."),
    ('[site]\nlocales = ["en"\n[brand]\n', "the list that begins in line 2 is not closed"),
    ('[site]\nlocales = ["en"', "the list that begins in line 2 is not closed"),
    ("[site]\nlocales = [en, es]", 'en is neither text in quotes nor a number. Write "en" in quotes.'),
    ('[site]\nname = "Ortega\nurl = 1', 'the text that begins in line 2 is not closed. Write " at its end.'),
    ("[site]\nname = 'Ortega", "the text that begins in line 2 is not closed. Write ' at its end."),
    ('[site]\nname = """Ortega\n\n', "the text that begins in line 2 is not closed"),
    ("[site\nname = 1", "line 1: is not TOML: the name of the table [site is not closed. Write [site]"),
    ("[site]]", "after the name of the table stands ]"),
    ("[my site]", "[my site] is no name of a table"),
    ('[site]\nname: "x"', 'line 2: is not TOML: there is no = after name. Write name = "x"'),
    ('[site]\nname "x"', 'there is no = after name. Write name = "x"'),
    ('[site]\nname = "x" "y"', 'after the value of name stands "y"'),
    ("[site]\nname = 0123", "0123 is not a number of TOML. Write name = 123"),
    ("// a comment", "a comment does not begin like this. Write # a comment"),
    ("[site]\nname", "there is no = after name"),
    ("año = 1", 'año is no key without quotes. Write "año" = …'),
    ('[site]\nname = "C:\\Users"', "holds a backslash. Write it in single quotes: 'C:\\Users'"),
    ('[help.tags]\nx = { en = "Shop"\n', "the table in braces that begins in line 2 is not closed in that line"),
]


@pytest.mark.parametrize(("text", "told"), FAULTS, ids=[text[-24:].replace("\n", " ") for text, _ in FAULTS])
def test_what_is_no_toml_is_told_with_what_to_write(text: str, told: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse(text)
    assert told in str(refused.value)
    assert "acct.toml, line " in str(refused.value)


CHECKED = [
    ('[site]\nlocales = ["en"]\n\n[labels.en]\n"login.form.submit" = "Go {nowhere}"\n', 5, "has a slot it cannot fill"),
    ('[labels.en]\n"login.form.submt" = "Go"\n', 2, "is not an element"),
    ('[site]\nname = "x"\n[help]\narticles = "halp"\n', 4, "there is no folder"),
    ("[help]\nenabled = True\n", 2, "is not a value of TOML"),
]


@pytest.mark.parametrize(("text", "line", "said"), CHECKED, ids=[said for _, _, said in CHECKED])
def test_check_says_the_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, line: int, said: str) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ACCT_CONFIG", raising=False)
    Path("acct.toml").write_text(text, "utf-8")
    done = CliRunner().invoke(acct, ["check"], obj=ScriptInfo())
    assert done.exit_code == 1
    assert f"acct.toml, line {line}: " in done.output
    assert said in done.output


@pytest.mark.parametrize("text", ["\tname = 1", "[site]\r\nname = 'x'\r\n", "[site]\n\tname = 'x'\t# tab"])
def test_tabs_and_line_ends_of_other_systems_are_no_fault(text: str) -> None:
    assert tomllib.loads(text)
    assert "is not TOML" not in told(text)


def told(text: str) -> str:
    """What is said of a text; empty where it is fine."""
    try:
        parse(text)
    except ConfigError as error:
        return str(error)
    return ""
