"""The help centre of the largest preset, built once, in the languages that have questions."""

from __future__ import annotations

from pathlib import Path

import pytest

from flask_acct.kb.articles.knowledge_base import centre
from flask_acct.kb.site import building
from flask_acct.kb.site.layout import Copy

LOCALES = ("en", "es", "it")


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("search") / "site"
    building.build(centre("client-area"), out, allow_unverified=True, copy=Copy(static=True, locales=LOCALES), jobs=1)
    return out
