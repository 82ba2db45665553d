"""A folder of small articles to break, and the shipped ones."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from flask_acct import config as configuration
from flask_acct.config import Config
from flask_acct.features import platforms as editions_of
from flask_acct.kb.articles.article import Article, Platforms
from flask_acct.kb.articles.content import Content, digest, shipped
from flask_acct.kb.articles.rendering import render

ENGLISH = """\
---
screens: [login.form]
difficulty: easy
minutes: 5
tools: [mailbox]
tags: [password]
---
# {{ title("login.form") }}

1. Open {{ visit("login.form") }} and select {{ click("login.form.forgot_password") }}.
1. Fill in {{ fill("recovery.password.email") }}, {{ shot() }} then press {{ click("recovery.password.submit") }}.

That is all.
"""

Write = Callable[..., Path]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "kb"


@pytest.fixture
def write(folder: Path) -> Write:
    """Puts an article into the folder: ``write(text)`` the English one, ``write(text, "es")`` another."""

    def put(text: str, locale: str = "en", name: str = "try-it") -> Path:
        file = folder / locale / f"{name}.md"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
        return file

    return put


@pytest.fixture
def platforms() -> Platforms:
    """The defaults: sign in by email, get back by email and link."""
    return editions_of(Config())


@pytest.fixture
def rendered(folder: Path, write: Write, platforms: Platforms) -> Callable[..., Article]:
    """The article of the folder in a language; with a text, that text is the English article."""

    def do(text: str | None = None, locale: str = "en") -> Article:
        if text is not None:
            write(text)
        return render("try-it", content=Content(folder), platforms=platforms, locale=locale)

    return do


@pytest.fixture
def article_with(rendered: Callable[..., Article]) -> Callable[[str], Article]:
    """An English article whose only item is the given text, on line 5 of its file."""
    return lambda item: rendered(f"---\nminutes: 5\n---\n# A heading\n1. {item}\n")


@pytest.fixture
def translated(folder: Path, write: Write, rendered: Callable[..., Article]) -> Callable[[str], Article]:
    """``ENGLISH`` and its translation, given without its head, as rendered in Spanish."""

    def do(body: str) -> Article:
        write(ENGLISH)
        write(f"---\ntranslates: {digest(Content(folder).first('try-it'))}\n---\n{body}", "es")
        return rendered(locale="es")

    return do


@pytest.fixture(params=configuration.presets())
def preset_editions(request: pytest.FixtureRequest) -> Platforms:
    """Every platform of each shipped preset."""
    return editions_of(configuration.preset(request.param))


@pytest.fixture(scope="session")
def articles() -> Content:
    """Those of the repository."""
    return shipped()
