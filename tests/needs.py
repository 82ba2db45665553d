"""Checks that every test that uses a browser or PostgreSQL carries the mark for it.

So ``make test-fast``, which leaves tests out by their marks, leaves out all of these.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import NoReturn

import pytest
from playwright.sync_api import Browser

MARKS = {"browser": "browser", "postgres": "postgres", "postgres_url": "postgres"}
"""The mark that a test needs if it uses a fixture, directly or through another one."""


def unsaid(fixtures: Collection[str], marks: Collection[str]) -> list[str]:
    """Return the marks that a test with these fixtures lacks."""
    return sorted({mark for fixture, mark in MARKS.items() if fixture in fixtures} - set(marks))


@contextmanager
def no_browser(test: str, running: Collection[Browser]) -> Iterator[None]:
    """Within the block, Playwright starts neither in this process nor in one that inherits its environment, and the
    browsers that are ``running`` open no page."""
    told = f"{test} drives a browser: give it pytest.mark.browser"

    def refuse(*_: object, **__: object) -> NoReturn:
        raise AssertionError(told)

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLAYWRIGHT_NODEJS_PATH", f"/nowhere: {told}")
        for browser in running:
            patch.setattr(browser, "new_context", refuse)
            patch.setattr(browser, "new_page", refuse)
        yield
