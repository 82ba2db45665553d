"""A folder of small articles for tests of faults, and the shipped articles."""

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
    """A function that writes an article into the folder: ``write(text)`` in English, ``write(text, "es")`` another."""

    def put(text: str, locale: str = "en", name: str = "try-it") -> Path:
        file = folder / locale / f"{name}.md"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
        return file

    return put


@pytest.fixture
def platforms() -> Platforms:
    """The default configuration: people sign in by email, and recover their password by email and link."""
    return editions_of(Config())


@pytest.fixture
def rendered(folder: Path, write: Write, platforms: Platforms) -> Callable[..., Article]:
    """A function that renders the folder's article in a language; a text it is given becomes the English article."""

    def do(text: str | None = None, locale: str = "en") -> Article:
        if text is not None:
            write(text)
        return render("try-it", content=Content(folder), platforms=platforms, locale=locale)

    return do


@pytest.fixture
def article_with(rendered: Callable[..., Article]) -> Callable[[str], Article]:
    """A function that renders an English article with the given text as its only item, on line 5 of the file."""
    return lambda item: rendered(f"---\nminutes: 5\n---\n# A heading\n1. {item}\n")


@pytest.fixture
def translated(folder: Path, write: Write, rendered: Callable[..., Article]) -> Callable[[str], Article]:
    """A function that renders a Spanish translation of ``ENGLISH``, given without its front matter."""

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
    """The articles of the repository."""
    return shipped()
