"""The sample client area with its customers and help site, served for programs that photograph or measure it.

The sample app is one to a process.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from playwright.sync_api import Page

import sample_app
from flask_acct import config as configuration
from sample_app import create_app, sample
from sample_app.__main__ import customers

from ..serving import free_port, served

HERE = Path(sample_app.__file__).parent


@contextmanager
def sample_site(place: Path, config: str, *, extend: Callable[[Flask], object] | None = None) -> Iterator[str]:
    """The sample answers at the address that is yielded.

    Args:
        place: An empty folder for its database and help site.
        config: The name of a preset, or the path of an ``acct.toml``.
        extend: Adds to the app before it is served.
    """
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    port = free_port()
    os.environ.update(
        ACCT_CONFIG=config,
        ACCT_DEMO="1",
        ACCT_HELP_SITE=str(place / "help"),
        ACCT_PUBLIC_URL=f"http://127.0.0.1:{port}",
        ACCT_DATABASE_URL=f"sqlite:///{place / 'acct.db'}",
        FLASK_SECRET_KEY="0123456789abcdef" * 4,
    )
    imports = [("import", str(HERE / file)) for file in customers(configuration.find(config)).values()]
    for command in (("upgrade",), *imports, ("kb", "build", str(place / "help"), "--allow-unverified")):
        subprocess.run([sys.executable, "-m", "flask", "--app", "sample_app", "acct", *command], check=True)
    app = create_app(instance_path=str(place))
    for fill in (sample.speak, sample.set_standings, sample.add_members, sample.fill, sample.add_contacts):
        fill(app)
    if extend:
        extend(app)
    with served(app, port=port):
        yield f"http://127.0.0.1:{port}"


def sign_in(page: Page, url: str) -> None:
    """The browser of the page is signed in as the sample's owner."""
    page.goto(f"{url}/account/login")
    identifier = configuration.find(os.environ["ACCT_CONFIG"]).login.identifiers[0]
    page.locator("main input:not([type=hidden]):not([type=password])").first.fill(sample.SIGN_IN[identifier])
    page.locator("input[type=password]").fill(sample.PASSWORD)
    with page.expect_navigation():
        page.locator(".acct-main .acct-button").first.click()
