"""An article of texts and slots alone is filled in as it was read; any other becomes a program."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from flask_acct.kb.articles.article import Article, Platforms
from flask_acct.kb.articles.content import Content, KbError, Source, shipped
from flask_acct.kb.articles.sandbox import parsed
from flask_acct.kb.articles.writing import Writing

from .conftest import Write

SIMPLE = [
    "Only words, {not a slot}.",
    '{{ visit("login.form") }}',
    '- {{ click(element="login.form.forgot_password") }} {## why ##} now',
    '{{ see("recovery.password.sent") -}}   joined   {{- fill("recovery.password.email", "") }}',
    '{% raw %}{{ kept }}{% endraw %} and {{ ui("login.form.submit") }}',
    '{{ shot() }} {{ title("login.form") }}',
]
OTHERS = [
    "{{ config.site.name }}",
    "{% if platforms %}{% endif %}",
    "{% for platform in platforms %}{{ platform }}{% endfor %}",
    '{{ ui("login.form.submit") | upper }}',
    "{{ ui(config.site.name) }}",
    '{{ "words" }}',
    '{{ ui(*["login.form.submit"]) }}',
    '{{ ui("login.form.submit", line=3) }}',
]


@pytest.mark.parametrize("text", SIMPLE)
def test_texts_and_slots_alone_are_no_program(text: str) -> None:
    assert parsed("a.md", text).simple is not None


@pytest.mark.parametrize("text", OTHERS)
def test_whatever_asks_or_reckons_is_a_program(text: str) -> None:
    assert parsed("a.md", text).simple is None


@pytest.mark.parametrize("locale", ["en", "es"])
@pytest.mark.parametrize("text", SIMPLE)
def test_both_print_the_same_and_note_the_same_steps(
    text: str, locale: str, folder: Path, write: Write, platforms: Platforms
) -> None:
    write(f"---\nminutes: 5\n---\n# A heading\n\n1. {text}\n\nThe end.\n")
    content = Content(folder)
    source = content.first("try-it")
    assert _written(source, locale, platforms, content) == _as_program(source, locale, platforms, content)


def test_every_shipped_article_is_the_same_either_way(platforms: Platforms) -> None:
    content = shipped()
    for id_ in content.ids:
        source = content.source(id_, "es")
        assert _written(source, "es", platforms, content) == _as_program(source, "es", platforms, content)


def test_what_is_wrong_in_a_slot_is_told_with_its_line(rendered: Callable[[str], Article]) -> None:
    with pytest.raises(KbError, match=r"^kb/en/try-it\.md:7: 'login\.form\.nothing' is not an element"):
        rendered('---\nminutes: 5\n---\n# A\n\n1. {{ visit("login.form") }}\n1. {{ click("login.form.nothing") }}\n')


def _written(source: Source, locale: str, platforms: Platforms, content: Content) -> tuple[object, ...]:
    made = Writing(source, locale, platforms, content)
    try:
        return made.text(), made.steps, made.boxes, made.lines
    except KbError as error:
        return (error.what,)


def _as_program(source: Source, locale: str, platforms: Platforms, content: Content) -> tuple[object, ...]:
    """With a slot at its end that prints nothing, and for which an article becomes a program."""
    return _written(replace(source, body=source.body + '{{ "" }}'), locale, platforms, content)
