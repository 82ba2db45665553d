"""The search as a reader's browser runs it: by Node where there is one, else by Chromium."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

ASKING = (Path(__file__).parent / "asking.js").read_text("utf-8")

CHROMIUM = "/usr/bin/chromium"


Answer = dict[str, Any]
"""Sample: ``{"items": [[{"location": "a/", ...}]], "suggest": []}``."""


def ask(script: str, index: Any, queries: Sequence[str]) -> list[Answer]:
    """Return the answer of the search to each query."""
    return ask_each([(script, index, queries)])[0]


def ask_each(jobs: Sequence[tuple[str, Any, Sequence[str]]]) -> list[list[Answer]]:
    """Like ``ask``, for many sites at once, because a browser starts slowly."""
    given = json.dumps([[script, index, list(queries)] for script, index, queries in jobs])
    every = f"(given) => JSON.parse(given).map((one) => ({ASKING})(...one).answers)"
    if node := shutil.which("node"):
        program = f"process.stdout.write(JSON.stringify(({every})(require('fs').readFileSync(0, 'utf8'))))"
        done = subprocess.run(
            [node, "-e", program], input=given, capture_output=True, text=True, check=True, timeout=60
        )
        found: list[list[Answer]] = json.loads(done.stdout)
        return found
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM)
        answers: list[list[Answer]] = browser.new_page().evaluate(every, given)
        browser.close()
        return answers


def pages(answer: Answer) -> list[str]:
    """Return the pages of an answer, the best first: ``["recover-password"]``."""
    return [group[0]["location"].partition("#")[0].strip("/") for group in answer["items"]]
