"""The sites that a browser opens in tests."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date
from pathlib import Path

import pytest

from flask_acct import config as configuration
from flask_acct.config import Config

from ..scopes import NOON
from ..web.site import build
from .house import House, opened

Houses = Callable[..., House]


@pytest.fixture(scope="session")
def house(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Houses]:
    """A function that serves the site of a preset or of a configuration, and starts each only once."""
    open_houses: dict[str, House] = {}
    with ExitStack() as doors:

        def open_house(name: str = "client-area", config: Config | None = None) -> House:
            if name not in open_houses:
                folder = tmp_path_factory.mktemp("house")
                shutil.copy(migrated, folder / "acct.db")
                site = build(config or configuration.preset(name), f"sqlite:///{folder / 'acct.db'}", NOON)
                with site.acct.database.transaction() as db:
                    account = db.merge(site.people.account)
                    account.plan, account.plan_expires_on = "trial", date(2026, 3, 20)
                # A site with a help site has one more link in its header.
                site.acct.help_locales = site.config.site.locales
                doors.callback(site.acct.database.engine.dispose)
                open_houses[name] = doors.enter_context(opened(site))
            return open_houses[name]

        yield open_house
