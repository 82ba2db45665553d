"""The articles about signing up say what is so, whoever may sign up and whatever they get."""

from __future__ import annotations

from typing import Any

import pytest

from flask_acct import config as configuration
from flask_acct.features import platforms as editions_of
from flask_acct.kb.articles.content import Content
from flask_acct.kb.articles.knowledge_base import KnowledgeBase
from flask_acct.kb.articles.manifest import Manifest
from flask_acct.kb.articles.sandbox import applies
from flask_acct.kb.site import checks

from ..presets import EACH

DOORS: dict[str, dict[str, Any]] = {
    "a trial": {},
    "no account": {"account": "none"},
    "terms of its own": {"terms": "/terms"},
    "one company": {"domains": ("example.org",), "link_hours": 1},
    "by invitation": {"mode": "invitation"},
    "closed": {"mode": "closed"},
}


def centre_of(preset: str, articles: Content, signup: dict[str, Any]) -> KnowledgeBase:
    whole = configuration.preset(preset)
    site = whole.site.model_copy(update={"trial_days": 30})
    door = configuration.SignUp.model_validate({"enabled": True, **signup})
    if whole.login.is_for_owners_only:
        door = door.model_copy(update={"account": "trial"})
    config = whole.model_copy(update={"signup": door, "site": site})
    return KnowledgeBase(editions_of(config), articles, Manifest(articles.folder))


@pytest.mark.parametrize("preset", EACH)
@pytest.mark.parametrize("door", DOORS)
def test_the_articles_have_nothing_to_mend(preset: str, door: str, articles: Content) -> None:
    made = centre_of(preset, articles, DOORS[door])
    assert "\n".join(str(problem) for problem in checks.problems(made)) == ""


@pytest.mark.parametrize("door", DOORS)
def test_there_is_one_article_about_the_page(door: str, articles: Content) -> None:
    for platform in centre_of("client-area", articles, DOORS[door]).platforms.values():
        found = {id_ for id_ in ("sign-up", "sign-up-closed") if applies(id_, platform, content=articles)}
        assert found == ({"sign-up-closed"} if "mode" in DOORS[door] else {"sign-up"})


def test_every_message_of_an_error_has_an_article(articles: Content) -> None:
    for door in DOORS.values():
        for platform in centre_of("client-area", articles, door).platforms.values():
            assert checks.unanswered(platform, articles) == []
