"""Sites as operators' programs ask them."""

from __future__ import annotations

import pytest

from flask_acct.config import Config
from flask_acct.config.tables.monitoring import Health, Metrics

from ..web.conftest import make as make
from ..web.conftest import site as site
from ..web.site import Build, Site

TOKEN = "a-token-of-tests-only-0123456789"
BRINGING = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def counted(make: Build) -> Site:
    """A site with figures and findings, closed by a token."""
    config = Config(health=Health(doctor=True), metrics=Metrics(enabled=True))
    return make(config, ACCT_METRICS_TOKEN=TOKEN)
