"""What is said of a key, a table or a value that cannot be."""

from __future__ import annotations

import pytest

from flask_acct import config as configuration
from flask_acct.config import ConfigError

from .complaints import complaint


def test_a_misspelt_key_is_named_with_line_table_and_the_key_meant() -> None:
    said = 'acct.toml, line 2: [session] has no key "idle_minuts". Did you mean "idle_minutes"?'
    assert complaint("[session]\nidle_minuts = 30\n") == said


def test_a_misspelt_table_is_named_with_the_table_meant() -> None:
    assert complaint("[sesion]\nidle_minutes = 30\n") == (
        "acct.toml, line 1: sesion is not a table of this file. Did you mean [session]?"
    )


def test_every_problem_is_told_at_once() -> None:
    said = complaint('[site]\nlocales = ["es-AR"]\nname = 5\n[password]\nmin_length = 4\n[labels.es]\n"a.b" = ""\n')
    assert [line.partition(": ")[0] for line in said.splitlines()] == [
        "acct.toml, line 2", "acct.toml, line 3", "acct.toml, line 5", "acct.toml, line 7",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[site]\nlocales = []", "[site] locales is empty. Write at least one."),
        ('[site]\nlocales = "es"', 'must be a list, but is "es". Write locales = ["es"], in square brackets.'),
        ("[site]\nname = 5", "[site] name must be text, but is 5. Write it in quotes."),
        ("[site]\nname = 2026-01-31", "[site] name must be text, but is 2026-01-31. Write it in quotes."),
        ('[site]\nname = ""', "[site] name is empty. Write something, or remove the line."),
        (f'[site]\nname = "{"x" * 61}"', "[site] name is longer than 60 characters. Shorten it."),
        ("[site]\naccent = 1", '[site] has no key "accent". It belongs below [brand].'),
        ('[recovery.password]\nconfirm = "yes"', 'must be true or false, but is "yes". Write confirm = true.'),
        ("[recovery]\nusername = true", "[recovery.username] must be a table, but is true."),
        ("[password]\nmin_length = 4", "[password] min_length is 4, which is too small. Write a number from 8."),
        ("[password]\nmin_length = 65", "[password] min_length is 65, which is too large. Write a number up to 64."),
        ('[session]\nidle_minutes = "30"', "Write idle_minutes = 30, without quotes."),
        ("[session]\nidle_minutes = 2.5", "[session] idle_minutes must be a whole number, but is 2.5."),
        ("idle_minutes = 3", "idle_minutes stands outside of any table. Put it below [session] or [staff]."),
        ('[platforms.b]\nurl = "https://b.example"', '[platforms.b] name is missing. Add name = "…".'),
        ('[platforms.b]\nname = "B"\nurll = ""', '[platforms.b] has no key "urll". Did you mean "url"?'),
        (
            '[labels.es]\nlogin.form.submit = "Entrar"',
            'Write the whole id in quotes: "login.form.submit" = "…".',
        ),
        ('[labels.es]\n"login.form.submit" = ""', '[labels.es] "login.form.submit" is empty.'),
        ('[help]\nvotes = "no"', '[help] votes must be true or false, but is "no". Write votes = false.'),
        (
            "[users]\ninvitation_days = 40",
            "[users] invitation_days is 40, which is too large. Write a number up to 30.",
        ),
        ("[site]\nname = 0x" + "f" * 5000, "[site] name must be text, but is a number of very many digits."),
        ('[signup]\nmode = "invitations"', 'Did you mean "invitation"?'),
        ("[signup]\ntrial_days = 30", "It belongs below [site]."),
    ],
)
def test_each_mistake_is_told_with_its_fix(text: str, said: str) -> None:
    assert said in complaint(text)


def test_a_text_with_strings_of_several_lines_gets_no_line_numbers() -> None:
    said = complaint('[site]\ntagline = """\nname = 3\n"""\nname = 5\n')
    assert "acct.toml: [site] name must be text" in said


def test_signs_that_no_file_can_hold_are_refused_too() -> None:
    with pytest.raises(ConfigError, match=r"\[site\] name cannot be used"):
        configuration.check({"site": {"name": "\ud800"}})


def test_a_line_that_is_neither_key_nor_table_is_passed_over_when_counting() -> None:
    assert complaint('[site]\nlocales = [\n  "es",\n]\nname = 5\n').startswith("acct.toml, line 5: [site] name")
