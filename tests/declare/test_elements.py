"""A host's word for one of ours, wherever it stands: in sentences and articles, never in what is no word."""

from __future__ import annotations

import pytest

from flask_acct import config as configuration
from flask_acct.config import ConfigError
from flask_acct.declare.labels import own_words, replaced
from flask_acct.features import declare, platform, wording_problems

WORDS = {"contraseña": "clave", "contraseñas": "claves"}
TOML = '[site]\nlocales = ["es", "es_AR", "en"]\n[vocabulary.es]\n"contraseña" = "clave"\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Su contraseña nueva", "Su clave nueva"),
        ("Contraseñas, y CONTRASEÑAS", "Claves, y CLAVES"),
        ("**Contraseña**: «contraseña».", "**Clave**: «clave»."),
        ("contraseñado recontraseña", "contraseñado recontraseña"),
        ("{contraseña} y {config.contraseña.largo}", "{contraseña} y {config.contraseña.largo}"),
        ('{{ ui("contraseña") }} {% if contraseña %} contraseña', '{{ ui("contraseña") }} {% if contraseña %} clave'),
        ("[contraseña](contraseña.md) `contraseña`", "[clave](contraseña.md) `contraseña`"),
        ("## La contraseña {#contraseña}", "## La clave {#contraseña}"),
        ("https://example.com/contraseña?contraseña=1 contraseña", "https://example.com/contraseña?contraseña=1 clave"),
    ],
)
def test_a_word_is_replaced_where_it_is_a_word(text: str, said: str) -> None:
    assert replaced(text, WORDS) == said


def test_a_word_of_several_goes_before_its_parts() -> None:
    words = {"correo": "email", "correo electrónico": "email"}
    assert replaced("Su correo electrónico", words) == "Su email"


@pytest.mark.parametrize(
    ("locale", "written_in", "heard"), [("es_AR", "es", True), ("es", "es_AR", True), ("es", "en", False)]
)
def test_the_words_of_a_language_count_for_its_texts_only(locale: str, written_in: str, heard: bool) -> None:
    assert bool(own_words({"es": WORDS}, locale, written_in)) is heard


def test_a_sentence_is_said_in_the_hosts_word() -> None:
    assert platform(configuration.parse(TOML)).say("login.form.password", "es") == "Clave"


def test_what_the_host_wrote_itself_stands_as_written() -> None:
    config = configuration.parse(TOML + '[labels.es]\n"login.form.password" = "Contraseña (nunca PIN)"\n')
    assert platform(config).say("login.form.password", "es") == "Contraseña (nunca PIN)"


def test_another_language_keeps_its_words() -> None:
    assert platform(configuration.parse(TOML)).say("login.form.password", "en") == "Password"


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ('[vocabulary.fr]\n"mot" = "clef"', "is for a language that the site does not offer"),
        ('[vocabulary.es]\n"contraseña." = "clave"', "is not a word"),
        ('[vocabulary.es]\n"contraseña" = ""', "is not a word"),
        ('[vocabulary.es]\n"contraseña" = "{clave}"', "is not a word"),
    ],
)
def test_what_is_no_word_is_refused(entry: str, told: str) -> None:
    with pytest.raises(ConfigError) as refused:
        configuration.parse(f'[site]\nlocales = ["es"]\n{entry}\n')
    assert told in str(refused.value)


def test_a_word_we_never_use_is_named_with_the_nearest() -> None:
    config = configuration.parse(TOML.replace('"contraseña"', '"contrasena"'))
    (problem,) = wording_problems(config, declare(config))
    assert str(problem) == '[vocabulary.es] "contrasena" is in none of our sentences. Did you mean "contraseña"?'
