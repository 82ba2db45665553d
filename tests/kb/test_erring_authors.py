"""What an author gets wrong is named by ``kb check`` by file and line, and no wrong page is published without a word."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from flask_acct.kb.articles.article import Platforms
from flask_acct.kb.articles.content import Content
from flask_acct.kb.articles.knowledge_base import KnowledgeBase
from flask_acct.kb.articles.manifest import Manifest
from flask_acct.kb.site import checks

HEAD = "---\nminutes: 5\n---\n"

Told = Callable[..., list[str]]


@pytest.fixture
def small(folder: Path, platforms: Platforms, tmp_path: Path) -> Callable[[], KnowledgeBase]:
    """A help centre of the folder's few articles."""
    return lambda: KnowledgeBase(platforms, Content(folder), Manifest.read(tmp_path / "records"))


@pytest.fixture
def told(write: Callable[..., Path], small: Callable[[], KnowledgeBase]) -> Told:
    """What ``kb check`` says of an article whose text, below the title, begins on line 6."""

    def do(text: str, *, title: str = "A heading") -> list[str]:
        write(f"{HEAD}# {title}\n\n{text}\n")
        return [str(error) for error in checks.article_problems("try-it", "en", small())]

    return do


ENDLESS = [
    '{{ "x" * 200000000 }}',
    '{{ ("x" * 9000) * 9000 }}',
    '{{ ["x"] * 10**9 }}',
    '{{ "x".center(10**9) }}',
    '{{ "x".center(1000000000) }}',
    '{{ "x".ljust(1000000000) }}',
    '{{ "x".zfill(1000000000) }}',
    '{{ "{:>1000000000}".format(1) }}',
    '{{ "%1000000000d" % 1 }}',
    '{{ "x"|center(1000000000) }}',
    '{{ "x"|indent(1000000000, true) }}',
    '{{ "%1000000000d"|format(1) }}',
    "{{ 10**10**10 }}",
    "{{ 99999999999 * 99999999999 * 99999999999 }}",
    "{{ 1|round(1000000000, 'ceil') }}",
    '{{ ("x" * 9999)|replace("x", "y" * 9999) }}',
    '{{ ("x" * 9999)|list|join("y" * 9999) }}',
    "{% for i in range(10**9) %}x{% endfor %}",
    '{% for a in "x" * 9999 %}{% for b in "x" * 9999 %}{% for c in "x" * 9999 %}x{% endfor %}{% endfor %}{% endfor %}',
    '{% for a in "x" * 9999 %}{% endfor %}',
    '{% set a = "x" * 9999 %}' + "{% set a = a ~ a %}" * 60 + "{{ a }}",
    "{% set a = ['x'] %}" + "{% set a = [a, a] %}" * 60 + "{{ a }}",
    "{% set a = 'x' %}" + "{% set a %}{{ a }}{{ a }}{% endset %}" * 60 + "{{ a }}",
    '{% for a in "xx" recursive %}{{ loop("xx") }}{% endfor %}',
    "{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}",
    '{{ "x" * 9999 }}' * 20,
    "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
]


@pytest.mark.parametrize("slot", ENDLESS, ids=[slot[:40] for slot in ENDLESS])
def test_an_article_that_computes_for_ever_is_refused_at_once_with_its_line(told: Told, slot: str) -> None:
    begun = time.monotonic()
    said = told(slot)
    assert said
    assert said[0].startswith("kb/en/try-it.md:6: ")
    assert time.monotonic() - begun < 2


@pytest.mark.parametrize(
    "slot",
    [
        '{% for one in ["a", "b"] %}{{ one|upper }} {% endfor %}',
        "{{ config.session.idle_minutes * 60 }} seconds",
        '{{ config.site.name ~ " and " ~ 2 }}',
        '{{ ["a", "b"]|join(", ") }}',
        "{% set name = config.site.name %}{{ name.upper() }}",
    ],
)
def test_an_article_may_compute_a_little(told: Told, slot: str) -> None:
    assert told(slot) == []


MENDED = [
    ("{% include '/etc/passwd' %}", "{% include %} is for templates; an article is one file"),
    ('{{ visit("login.form") .', "a slot has a point too many"),
    ("{{ config }}", "Name one key of it"),
    ("{{ config.site }}", "Name one key of it"),
    ("{% raw %}x", "{% raw %} is not closed. Write {% endraw %} below"),
    ("{{ ''.__class__ }}", "a slot cannot ask for .__class__"),
    ("{{ shot }}", "shot stands without brackets. Write shot()"),
    ('{{ fill("login.form.submit") }}', 'Write {{ click("login.form.submit") }}'),
    ('{{ click("login.form.identifier") }}', 'Write {{ fill("login.form.identifier") }}'),
]


@pytest.mark.parametrize(("slot", "mend"), MENDED, ids=[slot for slot, _ in MENDED])
def test_a_slot_that_fails_is_told_in_the_words_of_authors(told: Told, slot: str, mend: str) -> None:
    said = told(slot)
    assert mend in said[0]
    assert said[0].startswith("kb/en/try-it.md:6: ")
    assert "sandbox" not in said[0]
