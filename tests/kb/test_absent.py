"""No article speaks of what a configuration has not, and none leaves out what a host adds to it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from flask_acct.config import Config, presets
from flask_acct.features import platforms
from flask_acct.kb.articles import absent, naming
from flask_acct.kb.articles.content import Content, shipped
from flask_acct.kb.articles.knowledge_base import KnowledgeBase, centre
from flask_acct.kb.articles.manifest import Manifest
from flask_acct.kb.site import checks

from ..languages import IN_ARTICLES
from .conftest import ENGLISH, Write

LOCALES = ("en", *IN_ARTICLES)
SITE = {"locales": list(LOCALES), "public_url": "https://clients.example.com", "support_email": "help@example.com"}

CONFIGURATIONS: dict[str, dict[str, Any]] = {
    "nobody is invited": {"users": {"enabled": False}},
    "no contacts": {"contacts": {"enabled": False}},
    "contacts and nobody invited": {"contacts": {"enabled": True}, "users": {"enabled": False}},
    "user names and addresses": {
        "login": {"identifiers": ["username", "email"]},
        "recovery": {"username": {"enabled": True}},
    },
    "numbers and addresses": {
        "login": {"identifiers": ["customer_number", "email"]},
        "recovery": {"password": {"choose": ["domain", "email"], "confirm": True}},
    },
    "temporary passwords": {
        "recovery": {"password": {"identify": ["email"], "deliver": "temporary_password"}},
        "users": {"enabled": False},
    },
    "user names that change": {"login": {"identifiers": ["username"]}, "profile": {"username_changes": True}},
    "strangers sign up": {"signup": {"enabled": True}},
    "closed when expired": {"accounts": {"open_when_expired": []}, "help": {"votes": False}},
}

ADDED: dict[str, Any] = {
    "users": {"permissions": {"reports": {"label": {"en": "View reports"}, "help": {"en": "Visits."}}}},
    "contacts": {"extra": {"affiliate": {"label": {"en": "Affiliate programme"}}}},
    "fields": {
        "user": {"mobile": {"type": "phone", "label": {"en": "Mobile phone"}, "help": {"en": "For urgent calls."}}},
        "account": {
            "branch": {
                "type": "choice",
                "label": {"en": "Line of business"},
                "options": {"bakery": {"en": "Bakery"}, "school": {"en": "School"}},
            }
        },
        "contact": {"role": {"label": {"en": "Role there"}}},
    },
}


def made_of(
    tables: dict[str, Any], content: Content | None = None, locales: tuple[str, ...] = LOCALES
) -> KnowledgeBase:
    config = Config.model_validate({"site": {**SITE, "locales": list(locales)}, **tables})
    return KnowledgeBase(platforms(config), content or shipped(), Manifest(Path("nowhere")))


def said_of(tables: dict[str, Any], body: str, write: Write, folder: Path) -> list[str]:
    """What is found in an English article with this text."""
    write(ENGLISH.replace("That is all.", body))
    made = made_of(tables, Content(folder), ("en",))
    return [error.what for error in absent.sentences(made.article("try-it", "en"), made.platform, shipped())]


@pytest.mark.parametrize("preset", presets())
def test_no_article_of_a_preset_speaks_of_what_it_has_not(preset: str) -> None:
    made = centre(preset)
    assert [
        str(error)
        for locale in made.locales
        for id_ in made.ids_in(locale)
        for error in absent.sentences(made.article(id_, locale), made.platform, made.content)
    ] == []
    assert [str(error) for locale in made.locales for error in absent.terms(made.content, locale, made.platform)] == []


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_our_articles_hold_under_other_configurations(name: str) -> None:
    assert [str(error) for error in checks.problems(made_of(CONFIGURATIONS[name]))] == []


@pytest.mark.parametrize(
    ("tables", "sentence", "word"),
    [
        ({"users": {"enabled": False}}, "Your owner has not invited you.", "invited"),
        ({"users": {"enabled": False}}, "Ask for another *permission* first.", "permission"),
        ({"users": {"enabled": False}}, "The owner has\ntaken the access away.", "taken the access"),
        ({}, "You get a temporary\npassword by mail.", "temporary"),
        (
            {"login": {"identifiers": ["customer_number"]}, "recovery": {"username": {"enabled": False}}},
            "Your user name is in the first message.",
            "user name",
        ),
        ({"users": {"enabled": False}}, "- Ask, and you are invited again.", "invited"),
    ],
)
def test_a_sentence_about_a_feature_that_is_off_is_found(
    tables: dict[str, Any], sentence: str, word: str, write: Write, folder: Path
) -> None:
    (what,) = said_of(tables, sentence, write, folder)
    assert what.startswith(f'speaks of "{word}')
    assert "{% if config." in what or '{% if "' in what


@pytest.mark.parametrize(
    ("tables", "sentence"),
    [
        ({"users": {"enabled": True}}, "Your owner has not invited you."),
        ({"users": {"enabled": False}}, "{% if config.users.enabled %}You are invited.{% endif %}"),
        ({"users": {"enabled": False}}, "Open the page of [our invitations](https://example.com)."),
        ({"users": {"enabled": False}}, "This command, `invite`, is for others."),
    ],
)
def test_a_sentence_that_holds_is_let_be(tables: dict[str, Any], sentence: str, write: Write, folder: Path) -> None:
    assert said_of(tables, sentence, write, folder) == []


def test_the_line_of_the_sentence_is_told(write: Write, folder: Path) -> None:
    write(ENGLISH.replace("That is all.", "That is all.\n\nYour owner has not invited you."))
    made = made_of({"users": {"enabled": False}}, Content(folder), ("en",))
    (error,) = absent.sentences(made.article("try-it", "en"), made.platform, shipped())
    assert str(error).startswith("kb/en/try-it.md:15: ")


@pytest.mark.parametrize("locale", LOCALES)
def test_what_a_host_adds_is_named_where_its_kind_is_explained(locale: str) -> None:
    made = made_of(ADDED)
    assert [str(error) for error in naming.unnamed(made, locale)] == []
    for id_, words in (
        ("your-details", "**Mobile phone**"),
        ("account-details", "**Line of business** (**Bakery**, **School**)"),
        ("add-contact", "**Role there**"),
        ("manage-permissions", "**View reports**"),
        ("which-contact-gets-which-mail", "**Affiliate programme**"),
    ):
        assert words in made.article(id_, locale).markdown({}), (id_, locale)


def company(tmp_path: Path, name: str, text: str) -> KnowledgeBase:
    """A host whose own article takes the place of ours."""
    own = tmp_path / "help"
    (own / "en").mkdir(parents=True)
    (own / "en" / f"{name}.md").write_text(text, "utf-8")
    return made_of(ADDED, Content(shipped().folder, own), ("en",))


@pytest.mark.parametrize(
    ("name", "screens", "missing"),
    [
        ("your-details", "profile.me", "fields.user.mobile"),
        ("account-details", "profile.account", "fields.account.branch, fields.account.branch.bakery"),
        ("manage-permissions", "users.permissions", "users.permission."),
        ("add-contact", "contacts.add, contacts.edit", "fields.contact.role"),
    ],
)
def test_an_article_of_a_hosts_that_leaves_one_out_is_found(
    name: str, screens: str, missing: str, tmp_path: Path
) -> None:
    made = company(tmp_path, name, f"---\nscreens: [{screens}]\n---\n# Ours\n\nSee the page.\n")
    found = [str(error) for error in naming.unnamed(made, "en")]
    assert any(f"does not name {missing}" in error for error in found), found


def test_a_term_of_what_there_is_not_is_an_error_in_a_hosts_article(tmp_path: Path) -> None:
    own = tmp_path / "help"
    (own / "en").mkdir(parents=True)
    (own / "en" / "shop.md").write_text('---\nminutes: 2\n---\n# Shop\n\nA {{ term("contact") }} gets it.\n', "utf-8")
    made = made_of({"contacts": {"enabled": False}}, Content(shipped().folder, own), ("en",))
    (problem,) = checks.problems(made)
    assert "'contact' is of nothing that this configuration has" in str(problem)


def test_a_word_that_a_host_may_mean_otherwise_is_a_note(tmp_path: Path) -> None:
    own = tmp_path / "help"
    (own / "en").mkdir(parents=True)
    (own / "en" / "shop.md").write_text("---\nminutes: 2\n---\n# Shop\n\nWe invite you to our shop.\n", "utf-8")
    made = made_of({"users": {"enabled": False}}, Content(shipped().folder, own), ("en",))
    assert checks.problems(made) == []
    assert any('speaks of "invite"' in notice for notice in checks.notices(made))
