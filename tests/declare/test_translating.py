"""A host's own languages: catalogs of its own, what they lack, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from click.testing import CliRunner, Result

from flask_acct import config as configuration
from flask_acct.cli import acct
from flask_acct.config import Config
from flask_acct.declare import translating
from flask_acct.declare.translating import CannotTranslate
from flask_acct.features import platform

TOML = """\
[site]
name = "Corner Shop"
locales = ["en", "nl", "sv_FI", "es"]
translations = "words"
"""

HEAD = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n'
SUBMIT = '\nmsgctxt "login.form.submit"\nmsgid "Sign in"\nmsgstr "{}"\n'
IDLE = '\nmsgctxt "login.form.idle"\nmsgid "{}"\nmsgstr "{}"\n'


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A company's folder."""
    (tmp_path / "acct.toml").write_text(TOML)
    (tmp_path / "words").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ACCT_CONFIG", raising=False)
    return tmp_path


def config() -> Config:
    return configuration.read(Path("acct.toml"))


def put(text: str, locale: str = "nl", head: str = HEAD) -> Path:
    file = Path("words") / locale / "LC_MESSAGES" / "flask_acct.po"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(head + text, "utf-8")
    return file


def said(id_: str, locale: str) -> str:
    return platform(config().on(None)).say(id_, locale)


def told(*arguments: str) -> Result:
    return CliRunner().invoke(acct, list(arguments))


def test_a_language_that_we_have_not_is_spoken() -> None:
    put(SUBMIT.format("Inloggen"))
    assert said("login.form.submit", "nl") == "Inloggen"


def test_what_it_does_not_say_is_english() -> None:
    put(SUBMIT.format("Inloggen"))
    assert said("login.form.title", "nl") == said("login.form.title", "en")


def test_a_country_speaks_the_language_it_has_words_of() -> None:
    Path("acct.toml").write_text(TOML.replace('"sv_FI"', '"nl_BE"'))
    put(SUBMIT.format("Inloggen"))
    assert said("login.form.submit", "nl_BE") == "Inloggen"


def test_own_words_go_before_ours_in_a_language_that_we_have() -> None:
    put(SUBMIT.format("Pase"), "es")
    assert said("login.form.submit", "es") == "Pase"
    assert said("login.form.title", "es") != said("login.form.title", "en")


def test_a_label_of_acct_toml_goes_before_a_catalog() -> None:
    Path("acct.toml").write_text(f'{TOML}\n[labels.nl]\n"login.form.submit" = "Aanmelden"\n')
    put(SUBMIT.format("Inloggen"))
    assert said("login.form.submit", "nl") == "Aanmelden"


def test_the_host_words_are_not_put_into_a_translation_of_the_hosts() -> None:
    Path("acct.toml").write_text(f'{TOML}\n[vocabulary.es]\n"contraseña" = "clave"\n')
    put('\nmsgctxt "login.form.password"\nmsgid "Password"\nmsgstr "La contraseña"\n', "es")
    assert said("login.form.password", "es") == "La contraseña"


def test_what_is_marked_fuzzy_is_not_said_and_is_counted() -> None:
    put("\n#, fuzzy" + SUBMIT.format("?"))
    assert said("login.form.submit", "nl") == "Sign in"
    assert "1 marked fuzzy and not used" in told("translate").output


def test_a_sentence_that_is_worded_otherwise_now_is_counted() -> None:
    put('\nmsgctxt "login.form.submit"\nmsgid "Log in"\nmsgstr "Inloggen"\n')
    assert "1 of sentences that are worded otherwise now" in told("translate").output


def test_check_says_how_much_of_a_language_is_english() -> None:
    put(SUBMIT.format("Inloggen"))
    out = told("check").output
    assert "nl: 1 of " in out
    assert "sv_FI: 0 of " in out
    assert "flask acct translate --update nl" in out


@pytest.mark.parametrize("preset", configuration.presets())
def test_check_says_nothing_of_languages_that_are_whole(preset: str) -> None:
    assert "Not translated" not in told("check", preset).output
    made = platform(configuration.preset(preset))
    assert {str(one).partition(": ")[2] for one in translating.coverage(made.config, made.labels, made.declared)} == {
        "all"
    }


def test_a_catalog_is_begun_with_every_sentence_and_none_translated() -> None:
    done = told("translate", "--init", "nl")
    assert done.exit_code == 0, done.output
    file = Path("words/nl/LC_MESSAGES/flask_acct.po")
    with file.open("rb") as lines:
        made = [message for message in read_po(lines) if message.id]
    assert {message.context for message in made} >= {"login.form.submit", "recovery.reset.subject"}
    assert not any(message.string for message in made)
    assert told("check").exit_code == 0


def test_a_catalog_can_be_begun_before_the_folder_is_there() -> None:
    Path("words").rmdir()
    assert told("translate", "--init", "nl").exit_code == 0


def test_who_begins_a_language_that_is_not_offered_is_told_where_to_add_it() -> None:
    assert 'Add "de" to [site] locales' in told("translate", "--init", "de").output


def test_a_catalog_that_is_there_is_not_begun_again() -> None:
    file = put(SUBMIT.format("Inloggen"))
    done = told("translate", "--init", "nl")
    assert done.exit_code == 1
    assert "--update nl" in done.output
    assert "Inloggen" in file.read_text("utf-8")


def test_an_update_adds_what_is_new_and_keeps_what_was_translated() -> None:
    file = put(SUBMIT.format("Inloggen"))
    assert told("translate", "--update", "nl").exit_code == 0
    assert 'msgctxt "login.form.title"' in file.read_text("utf-8")
    assert said("login.form.submit", "nl") == "Inloggen"


def test_an_update_guesses_nothing() -> None:
    put(SUBMIT.format("Inloggen"))
    told("translate", "--update", "nl")
    assert "fuzzy" not in told("translate").output


def test_what_was_never_begun_cannot_be_updated() -> None:
    done = told("translate", "--update", "nl")
    assert done.exit_code == 1
    assert "--init nl" in done.output


@pytest.mark.parametrize("locale", ["xx", "../up", "/tmp", "french", "FR", "fr-CA", "fr_CA.po", ""])
def test_what_is_no_language_is_refused(locale: str) -> None:
    with pytest.raises(CannotTranslate, match="no language"):
        translating.begin(config(), locale)


def test_without_a_folder_it_is_said_where_to_name_one() -> None:
    Path("acct.toml").write_text(TOML.replace('translations = "words"\n', ""))
    done = told("translate", "--init", "nl")
    assert 'translations = "translations"' in done.output


WRONG = {
    "an element of nothing": (
        '\nmsgctxt "login.form.sumbit"\nmsgid "Sign in"\nmsgstr "Oui"\n', 'Did you mean "login.form.submit"?',
    ),
    "a slot that is not there": (SUBMIT.format("Oui {name}"), "a slot it cannot fill: name"),
    "a number of forms that the language has not": (
        SUBMIT.format("Oui, {config.session.idle_minutes:minuut}"),
        '"login.form.submit" counts by the slot config.session.idle_minutes, which has 1 form, Dutch needs 2. Write '
        "{config.session.idle_minutes:one|other}, a word for each.",
    ),
    "a message without an element": ('\nmsgid "Sign in"\nmsgstr "Oui"\n', "is not an element of any configuration"),
    "half a message": ('\nmsgctxt "login.form.submit"\nmsgid "Sign in\n', "flask_acct.po, line"),
    "what is no PO file": ("\nlogin.form.submit = Oui\n", "flask_acct.po, line"),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_with_a_catalog_is_said_with_its_line(what: str) -> None:
    text, says = WRONG[what]
    put(text)
    done = told("check")
    assert done.exit_code == 1
    assert says in done.output
    assert "flask_acct.po, line" in done.output


def test_a_translation_may_say_what_acct_toml_says() -> None:
    put(SUBMIT.format("Connexion, {config.session.idle_minutes} minutes"))
    assert told("check").exit_code == 0
    assert said("login.form.submit", "nl") == "Connexion, 30 minutes"


def test_a_catalog_in_another_encoding_is_refused() -> None:
    file = put("")
    file.write_bytes((HEAD + SUBMIT.format("Où")).encode("latin-1"))
    done = told("check")
    assert done.exit_code == 1
    assert "charset" in done.output


@pytest.mark.parametrize("locale", ["de", "fr_FR", "FR"])
def test_a_catalog_of_no_language_of_the_site_is_named(locale: str) -> None:
    put(SUBMIT.format("Ja"), locale)
    done = told("check")
    assert done.exit_code == 1
    assert "is read for no language of the site" in done.output


def test_a_catalog_of_another_name_is_named() -> None:
    put(SUBMIT.format("Oui")).rename("words/nl/LC_MESSAGES/messages.po")
    assert "Call it flask_acct.po" in told("check").output


def test_a_folder_that_is_not_there_is_named() -> None:
    Path("words").rmdir()
    assert "Make it, or remove the key." in told("check").output


def test_the_folder_is_counted_from_acct_toml(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    put(SUBMIT.format("Inloggen"))
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    found = configuration.read(tmp_path / "acct.toml").on(None)
    assert platform(found).say("login.form.submit", "nl") == "Inloggen"
