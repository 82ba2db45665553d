"""Sites for tests of pages: the default one, one per preset, one under https."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from flask_acct import config as configuration
from flask_acct.config import Config

from ..presets import EACH
from .site import Build, Site, build


@pytest.fixture
def make(database_url: str, now: datetime) -> Iterator[Build]:
    """A function that builds a site with the database of this test."""
    made: list[Site] = []

    def maker(config: Config | str = "client-area", **settings: Any) -> Site:
        whole = configuration.preset(config) if isinstance(config, str) else config
        made.append(build(whole, database_url, now, **settings))
        return made[-1]

    yield maker
    for site in made:
        site.acct.database.engine.dispose()


@pytest.fixture
def site(make: Build) -> Site:
    """A site of the default preset."""
    return make()


@pytest.fixture(params=EACH)
def any_site(request: pytest.FixtureRequest, make: Build) -> Site:
    """A site of each preset in turn."""
    return make(request.param)


@pytest.fixture
def secure_site(make: Build) -> Site:
    """A site of the default preset under https, as in production."""
    return make(ACCT_PUBLIC_URL="https://clients.example.com")
