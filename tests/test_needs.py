"""A test that drives a browser or asks PostgreSQL says so; one that does not say so cannot."""

from __future__ import annotations

import gc
import subprocess
import sys

import pytest
from playwright.sync_api import Browser, Error

from flask_acct.kb.journeys.runs import chromium

from .needs import no_browser, unsaid


# Playwright leaves its loop open if it cannot start; without the last line it would be some other test's.
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_test_without_the_mark_opens_no_page() -> None:
    with pytest.raises((Error, AssertionError, OSError), match=r"give it pytest\.mark\.browser"), chromium() as browser:
        browser.new_page()
    gc.collect()


def test_nor_does_a_process_it_starts() -> None:
    program = "from flask_acct.kb.journeys.runs import chromium\nwith chromium(): print('started')"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60)
    assert "started" not in done.stdout
    assert "give it pytest.mark.browser" in done.stderr


@pytest.mark.browser
def test_nor_does_it_use_one_that_runs(browser: Browser) -> None:
    with no_browser("test_this", [browser]), pytest.raises(AssertionError, match="test_this drives a browser"):
        browser.new_page()
    browser.new_page().close()


@pytest.mark.parametrize(
    ("fixtures", "marks", "missing"),
    [
        (["browser", "tmp_path"], [], ["browser"]),
        (["browser"], ["parametrize", "browser"], []),
        (["postgres_url", "postgres"], ["browser"], ["postgres"]),
        (["browser", "postgres"], [], ["browser", "postgres"]),
        (["tmp_path"], [], []),
    ],
)
def test_a_fixture_that_needs_a_mark_is_named(fixtures: list[str], marks: list[str], missing: list[str]) -> None:
    assert unsaid(fixtures, marks) == missing
