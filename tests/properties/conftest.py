"""One site for all tests of bad input. They can share it, because bad input must not change anything."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from flask_acct import config as configuration
from flask_acct.config import Config, Limits

from ..scopes import NOON
from ..web.site import Site, build

settings.register_profile(
    "bounded",
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("bounded")

NO_LIMITS = Limits(
    sign_in_failures=100, sign_ins_per_address_per_hour=100_000, requests_per_address=100_000, recoveries_per_day=100
)


@pytest.fixture(scope="package", params=["sending-platform", "customer-panel"])
def site(request: pytest.FixtureRequest, migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site of each of the two presets whose forms differ most, with rate limits that are not reached."""
    file: Path = tmp_path_factory.mktemp("properties") / "acct.db"
    shutil.copy(migrated, file)
    config: Config = configuration.preset(request.param).model_copy(update={"limits": NO_LIMITS})
    site = build(config, f"sqlite:///{file}", NOON)
    yield site
    site.acct.database.engine.dispose()
