"""What is committed in ``kb/verified``: every preset's journeys, and their pictures."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from flask_acct.config import presets
from flask_acct.kb.articles import alts
from flask_acct.kb.articles.knowledge_base import centre
from flask_acct.kb.site import tree

REPOSITORY = Path(__file__).parents[2]

MOST = 12_000_000
"""Bytes of all presets together."""


@pytest.mark.parametrize("preset", presets())
def test_what_is_shipped_for_a_preset_is_current(preset: str) -> None:
    """Run 'make verified' and commit kb/verified when this fails."""
    assert [str(found) for found in centre(preset).unverified()] == []


@pytest.mark.parametrize("preset", presets())
def test_no_page_of_a_preset_says_that_it_was_not_checked(preset: str) -> None:
    made = centre(preset)
    notices = {made.notice(made.article(id_, locale)) for locale in made.locales for id_ in made.ids_in(locale)}
    assert notices.isdisjoint(made.say("help.site.unverified", locale) for locale in made.locales)


@pytest.mark.parametrize("preset", presets())
def test_every_picture_an_article_of_a_preset_asks_for_is_there(preset: str, tmp_path: Path) -> None:
    made = centre(preset)
    tree.write(made, tmp_path)
    for locale in made.locales:
        for id_ in made.ids_in(locale):
            article = made.article(id_, locale)
            shown = made.verdict(article).pictures  # type: ignore[union-attr]
            assert set(shown) == {shot.number for shot in article.shots}, (id_, locale)
            for shot in article.shots:
                words = shot.words.text(shown[shot.number].shown)
                assert not alts.wrong(words), (id_, locale, words)
                assert "…" not in words.replace("……", ""), (id_, locale, words)
    shutil.rmtree(tmp_path)


def test_what_is_shipped_stays_under_twelve_megabytes() -> None:
    files = [file for file in (REPOSITORY / "kb" / "verified").rglob("*") if file.is_file()]
    assert files
    assert sum(file.stat().st_size for file in files) < MOST
