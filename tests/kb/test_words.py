"""What the articles and the glossary of each preset say: only of what there is, in one word for one thing."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from flask_acct import config as configuration
from flask_acct.features import platforms
from flask_acct.kb.articles import glossary
from flask_acct.kb.articles.content import Content, KbError, shipped
from flask_acct.kb.articles.knowledge_base import KnowledgeBase
from flask_acct.kb.articles.manifest import Manifest
from flask_acct.kb.articles.rendering import render
from flask_acct.kb.site import lists

from ..languages import LANGUAGES, never

PRESETS = configuration.presets()


@cache
def centre(preset: str) -> KnowledgeBase:
    return KnowledgeBase(platforms(configuration.preset(preset)), shipped(), Manifest(Path("nowhere")))


@cache
def texts(preset: str, locale: str) -> dict[str, str]:
    """Every article as a reader has it."""
    help_ = centre(preset)
    return {id_: help_.article(id_, locale).markdown({}, for_site=True) for id_ in help_.ids_in(locale)}


def terms(preset: str, locale: str) -> dict[str, glossary.Term]:
    return {term.id: term for term in lists.glossary(centre(preset), locale)}


def lines_with(pattern: str, preset: str, locale: str) -> list[str]:
    found = [(id_, line) for id_, text in texts(preset, locale).items() for line in text.splitlines()]
    return [f"{id_}: {line}" for id_, line in found if re.search(pattern, line, re.IGNORECASE)]


# The glossary


@pytest.mark.parametrize(
    ("preset", "absent"),
    [
        ("customer-panel", {"contact", "temporary-password", "user-name", "trial", "purchased-plan"}),
        ("client-area", {"temporary-password", "user-name"}),
        ("email-marketing", {"contact", "trial", "purchased-plan"}),
        ("sending-platform", {"contact", "temporary-password"}),
    ],
)
def test_the_glossary_explains_only_what_there_is(preset: str, absent: set[str]) -> None:
    everything = {term.id for term in glossary.terms(shipped(), "en")}
    for locale in centre(preset).locales:
        assert everything - set(terms(preset, locale)) == absent


@pytest.mark.parametrize("preset", PRESETS)
def test_no_meaning_is_left_unfilled(preset: str) -> None:
    for locale in centre(preset).locales:
        assert [term for term in terms(preset, locale).values() if "{" in term.name + term.meaning] == []


@pytest.mark.parametrize(
    ("locale", "name"), [("es", "Panel de Clientes"), ("en", "Customer panel"), ("it", "Pannello clienti")]
)
def test_the_panel_is_explained_in_the_glossary_and_in_the_articles(locale: str, name: str) -> None:
    term = terms("customer-panel", locale)["client-area"]
    assert term.title == name
    for article in ("sign-in", "recover-password"):
        assert f"**{name}**: {term.meaning}" in texts("customer-panel", locale)[article]


def test_the_card_of_an_article_names_the_panel_among_what_is_needed() -> None:
    help_ = centre("customer-panel")
    assert ("Herramientas requeridas", "Panel de Clientes, Su buzón de correo") in help_.card(
        help_.article("recover-password", "es")
    )


@pytest.mark.parametrize("locale", ["es", "it", "es_AR"])
def test_a_term_inside_a_sentence_begins_small(locale: str) -> None:
    names = {term.name for term in terms("client-area", locale).values() if term.id != "client-area"}
    assert {name for name in names if name[0].isupper()} == set()
    assert {one.title for one in terms("client-area", locale).values() if not one.title[0].isupper()} == set()


def made(tmp_path: Path, text: str) -> Content:
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "a.md").write_text(f"---\n---\n# A\n\n{text}\n", "utf-8")
    (tmp_path / "glossary").mkdir()
    (tmp_path / "glossary" / "en.md").write_text(
        "- client area : Where you are.\n- badge {if contacts.enabled} : What you wear.\n"
        "- door {if not users.enabled} : Closed.\n- door {if users.enabled} : Open.\n",
        "utf-8",
    )
    return Content(tmp_path)


def read(content: Content, preset: str = "customer-panel") -> str:
    return render("a", content=content, platforms=platforms(configuration.preset(preset)), locale="en").markdown({})


def test_a_term_of_what_there_is_not_is_a_word_like_others(tmp_path: Path) -> None:
    assert "A badge, please." in read(made(tmp_path, 'A {{ term("badge") }}, please.'))


def test_of_several_lines_for_one_term_the_one_that_is_so_counts(tmp_path: Path) -> None:
    content = made(tmp_path, '{{ meaning("door") }}')
    assert "**Door**: Closed." in read(content)
    assert "**Door**: Open." in read(content, "client-area")


@pytest.mark.parametrize(
    ("slot", "told"),
    [
        ('{{ meaning("badge") }}', "'badge' is of nothing that this configuration has"),
        ('{{ meaning("bagde") }}', "'bagde' is not in the glossary"),
        ('{{ example("login.form.submit") }}', "is a button. Write {{ click("),
        ('{{ example("login.form.password") }}', "'login.form.password' has no example"),
    ],
)
def test_what_cannot_be_explained_is_named_with_its_line(tmp_path: Path, slot: str, told: str) -> None:
    with pytest.raises(KbError, match=re.escape(told)) as refused:
        read(made(tmp_path, slot))
    assert ":5:" in str(refused.value)


def test_a_condition_without_sense_is_an_error(tmp_path: Path) -> None:
    content = made(tmp_path, "x")
    (tmp_path / "glossary" / "en.md").write_text("- badge {if contacts.enbaled} : x\n", "utf-8")
    with pytest.raises(KbError, match="enbaled"):
        glossary.terms(content, "en", centre("client-area").platform)


# The articles


@pytest.mark.parametrize("locale", ["es", "en", "it"])
def test_an_article_shows_an_example_of_what_is_asked(locale: str) -> None:
    text = texts("customer-panel", locale)["recover-password"]
    assert [one for one in ("example.com", "9000", "ana@example.com") if one not in text] == []


def test_the_customer_panel_has_one_word_for_a_password_in_its_articles() -> None:
    assert lines_with("contraseña", "customer-panel", "es") == []


@pytest.mark.parametrize(("locale", "pattern"), [("es", "invita"), ("en", "invit"), ("it", "invit[oi]\\b")])
@pytest.mark.parametrize("preset", ["customer-panel", "sending-platform", "email-marketing"])
def test_nobody_is_invited_where_nobody_can_be(preset: str, locale: str, pattern: str) -> None:
    assert lines_with(pattern, preset, locale) == []


@pytest.mark.parametrize(
    ("preset", "locale", "pattern"),
    [
        ("customer-panel", "es", r"\busuario\b"),
        ("customer-panel", "en", "user name"),
        ("customer-panel", "it", "nome utente"),
        # Not in Spanish, where a user of an account is "un usuario" as well.
        ("client-area", "en", "user name"),
        ("client-area", "it", "nome utente"),
    ],
)
def test_no_article_speaks_of_user_names_where_nobody_has_one(preset: str, locale: str, pattern: str) -> None:
    assert lines_with(pattern, preset, locale) == []


ENGLISH = re.compile(
    r"\bonce more\b|\bgood (until|for) |\bmended?\b|\blog ?in\b|\be-mail\b|\busername\b|underline", re.IGNORECASE
)


@pytest.mark.parametrize("locale", ["en", *LANGUAGES])
def test_one_thing_has_one_word_in_the_articles(locale: str) -> None:
    content, said = shipped(), []
    wrong = ENGLISH if locale == "en" else never(locale)
    for file in sorted((content.folder / locale).glob("*.md")):
        body = re.sub(r"\{\{.*?\}\}|\{%.*?%\}|`[^`]*`", "", file.read_text("utf-8").split("---", 2)[2], flags=re.DOTALL)
        said += [f"{file.name}: {line}" for line in body.splitlines() if wrong.search(line)]
    assert said == []
