"""A journey counts as long as nothing it depends on has changed."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from flask_acct.config import Config
from flask_acct.features import platforms as editions_of
from flask_acct.kb.articles.content import Content, KbError
from flask_acct.kb.articles.knowledge_base import KnowledgeBase
from flask_acct.kb.articles.manifest import (
    Checked,
    Manifest,
    TakenPicture,
    Unverified,
    Verified,
    fingerprint,
    key,
    verdict,
)
from flask_acct.kb.site import checks

from .conftest import ENGLISH, Write

TAKEN = TakenPicture(shot=1, file="aa.webp", width=800, height=600, seen="77", dark="cc.webp")


def checked(folder: Path, config: Config) -> Manifest:
    """The manifest after the article's journey was run under a configuration."""
    mark = fingerprint("try-it", "en", None, content=Content(folder), platforms=editions_of(config))
    return Manifest(folder, {key("try-it", "en", None): Checked(mark, date(2026, 3, 4), (TAKEN,))})


def judged(folder: Path, manifest: Manifest, config: Config) -> Verified | Unverified:
    return verdict("try-it", "en", manifest=manifest, content=Content(folder), platforms=editions_of(config))


def test_a_journey_that_ran_as_everything_is_now_counts(folder: Path, write: Write) -> None:
    write(ENGLISH)
    found = judged(folder, checked(folder, Config()), Config())
    assert isinstance(found, Verified)
    assert found.date == date(2026, 3, 4)
    assert found.pictures[1].file == "aa.webp"
    assert found.pictures[1].dark == "cc.webp"


@pytest.mark.parametrize(
    "tables",
    [
        {"session": {"idle_minutes": 20}},
        {"labels": {"en": {"login.form.submit": "Enter"}}},
        {"recovery": {"request": {"enabled": False}}},
        {"brand": {"accent": "#123456"}},
    ],
)
def test_another_configuration_makes_it_worthless(folder: Path, write: Write, tables: dict[str, Any]) -> None:
    write(ENGLISH)
    assert isinstance(judged(folder, checked(folder, Config()), Config.model_validate(tables)), Unverified)


def test_another_address_changes_nothing(folder: Path, write: Write) -> None:
    write(ENGLISH)
    elsewhere = Config.model_validate({"site": {"public_url": "https://clients.example.com"}})
    assert isinstance(judged(folder, checked(folder, Config()), elsewhere), Verified)


def test_another_word_on_another_screen_changes_nothing(folder: Path, write: Write) -> None:
    write(ENGLISH)
    reworded = Config.model_validate({"labels": {"en": {"password.change.submit": "Change it"}}})
    assert isinstance(judged(folder, checked(folder, Config()), reworded), Verified)


def test_another_word_in_a_language_chosen_on_the_way_makes_it_worthless(folder: Path, write: Write) -> None:
    write(ENGLISH.replace("1. Open", '1. Select {{ click("shell.language.it") }}.\n1. Open'))
    reworded = Config.model_validate({"labels": {"it": {"login.form.submit": "Dentro"}}})
    assert isinstance(judged(folder, checked(folder, Config()), reworded), Unverified)


def test_another_word_in_another_language_changes_nothing(folder: Path, write: Write) -> None:
    write(ENGLISH)
    reworded = Config.model_validate({"labels": {"it": {"login.form.submit": "Dentro"}}})
    assert isinstance(judged(folder, checked(folder, Config()), reworded), Verified)


def test_a_manifest_of_before_the_pictures_in_dark_is_read(tmp_path: Path) -> None:
    picture = {"shot": 1, "file": "aa.webp", "width": 800, "height": 600, "seen": "77"}
    entry = {"fingerprint": "9c1e", "date": "2026-03-04", "looks": "", "pictures": [picture]}
    (tmp_path / "manifest.json").write_text(json.dumps({"format": 1, "checked": {"try-it/en/-/wide": entry}}))
    (taken,) = Manifest.read(tmp_path).checked["try-it/en/-/wide"].pictures
    assert taken.stored == ("aa.webp",)


def test_another_text_makes_it_worthless(folder: Path, write: Write) -> None:
    write(ENGLISH)
    manifest = checked(folder, Config())
    write(ENGLISH.replace("That is all.", "That is nearly all."))
    assert isinstance(judged(folder, manifest, Config()), Unverified)


def test_another_head_of_more_lines_changes_nothing(folder: Path, write: Write) -> None:
    write(ENGLISH)
    manifest = checked(folder, Config())
    write(ENGLISH.replace("minutes: 5", "minutes: 5\nsynonyms: [bread,\n  loaf]"))
    assert isinstance(judged(folder, manifest, Config()), Verified)


def test_every_platform_must_have_been_run(folder: Path, write: Write) -> None:
    write(ENGLISH)
    platforms = editions_of(Config.model_validate({"platforms": {"a": {"name": "A"}, "b": {"name": "B"}}}))
    content = Content(folder)
    mark = fingerprint("try-it", "en", "a", content=content, platforms=platforms)
    manifest = Manifest(folder, {key("try-it", "en", "a"): Checked(mark, date(2026, 3, 4))})
    found = verdict("try-it", "en", manifest=manifest, content=content, platforms=platforms)
    assert str(found) == "the journey of try-it (en, b) was never run"


def test_a_manifest_is_read_as_it_was_written(tmp_path: Path) -> None:
    entry = Checked("9c1e", date(2026, 3, 4), (TAKEN,))
    Manifest(tmp_path, {"try-it/en/-/wide": entry}).write()
    assert Manifest.read(tmp_path).checked == {"try-it/en/-/wide": entry}


def test_pictures_that_nobody_names_are_deleted(tmp_path: Path) -> None:
    for name in ("aa.webp", "bb.webp", "cc.webp"):
        (tmp_path / name).write_bytes(b"x")
    Manifest(tmp_path, {"try-it/en/-/wide": Checked("9c1e", date(2026, 3, 4), (TAKEN,))}).write()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["aa.webp", "cc.webp", "manifest.json"]


def test_a_broken_manifest_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"format": 1}')
    with pytest.raises(KbError, match="Delete it and run: flask acct kb verify"):
        Manifest.read(tmp_path)


def test_a_word_that_is_not_declared_is_named_with_its_line(folder: Path, write: Write) -> None:
    write(ENGLISH.replace("difficulty: easy", "difficulty: eesy"))
    centre = KnowledgeBase(editions_of(Config()), Content(folder), Manifest(folder))
    (problem,) = checks.problems(centre)
    assert str(problem) == "kb/en/try-it.md:3: difficulty: 'eesy' has no words. Did you mean \"easy\"?"


def test_a_field_nobody_knows_what_to_type_into_is_named_with_its_line(folder: Path, write: Write) -> None:
    write(ENGLISH.replace('fill("recovery.password.email")', 'fill("recovery.password.email", "new")'))
    (problem,) = checks.problems(KnowledgeBase(editions_of(Config()), Content(folder), Manifest(folder)))
    assert str(problem).startswith("kb/en/try-it.md:11: the fixture of 'recovery.password.email' has no variant 'new'")
