"""A test says what it needs: one that drives a browser or asks PostgreSQL carries the mark, or fails.

So ``make test-fast`` can leave these out by their marks, and leaves out all of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import NoReturn

import pytest
from playwright.sync_api import Browser

MARKS = {"browser": "browser", "postgres": "postgres", "postgres_url": "postgres"}
"""The mark of a test that asks for a fixture, itself or by another one."""


def unsaid(fixtures: Collection[str], marks: Collection[str]) -> list[str]:
    """Return the marks that a test with these fixtures lacks."""
    return sorted({mark for fixture, mark in MARKS.items() if fixture in fixtures} - set(marks))


@contextmanager
def no_browser(test: str, running: Collection[Browser]) -> Iterator[None]:
    """Inside, Playwright starts neither in this process nor in one that inherits its environment, and ``running``
    browsers open no page."""
    told = f"{test} drives a browser: give it pytest.mark.browser"

    def refuse(*_: object, **__: object) -> NoReturn:
        raise AssertionError(told)

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLAYWRIGHT_NODEJS_PATH", f"/nowhere: {told}")
        for browser in running:
            patch.setattr(browser, "new_context", refuse)
            patch.setattr(browser, "new_page", refuse)
        yield
