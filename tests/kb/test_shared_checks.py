"""Articles are looked at by several processes, and what is said is what one would say."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from flask_acct.config import Config
from flask_acct.features import platforms as editions_of
from flask_acct.kb.articles.content import Content
from flask_acct.kb.articles.knowledge_base import KnowledgeBase
from flask_acct.kb.articles.manifest import Manifest
from flask_acct.kb.site import checks, forks

THINGS = tuple(f"thing-{number}" for number in range(20))


def test_each_thing_is_done_once_and_by_several_processes() -> None:
    done = forks.shared(THINGS, lambda things: [(os.getpid(), thing) for thing in things], 2)
    assert sorted(thing for share in done for _, thing in share) == sorted(THINGS)
    assert len({process for share in done for process, _ in share}) == 2


def test_an_error_in_another_process_is_raised_here() -> None:
    def work(things: Sequence[str]) -> list[str]:
        if "thing-1" in things:
            raise LookupError("thing-1")
        return list(things)

    with pytest.raises(LookupError, match="thing-1"):
        forks.shared(THINGS, work, 2)


def test_what_a_process_died_over_is_done_here() -> None:
    first = os.getpid()

    def work(things: Sequence[str]) -> list[str]:
        if os.getpid() != first:
            os._exit(9)
        return list(things)

    assert sorted(thing for share in forks.shared(THINGS, work, 2) for thing in share) == sorted(THINGS)


def test_few_things_are_done_at_once_here() -> None:
    assert forks.shared(THINGS[:3], lambda things: [os.getpid()], 2) == [[os.getpid()]]


def test_two_processes_say_what_one_says_in_the_same_order(tmp_path: Path) -> None:
    for number in range(20):
        text = f'---\nscreens: [nothing.{number}]\n---\n# Article {number}\n\n{{{{ ui("login.form.submitt") }}}}\n'
        file = tmp_path / "en" / f"article-{number}.md"
        file.parent.mkdir(exist_ok=True)
        file.write_text(text if number % 3 else text.replace("submitt", "submit"))

    def said(jobs: int) -> tuple[list[str], set[tuple[str, str]]]:
        centre = KnowledgeBase(editions_of(Config()), Content(tmp_path), Manifest(tmp_path / "none"))
        found = [(error.what, error.file, error.line, str(error)) for error in checks.problems(centre, jobs)]
        return [str(one) for one in found], set(centre.known(centre.ids)[0])

    assert said(1) == said(2)
    assert len(said(1)[0]) == 13
