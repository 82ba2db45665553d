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


def ask(script: str, index: Any, queries: Sequence[str]) -> list[dict[str, Any]]:
    """What the search answers to each query: ``{"items": [[{"location": "a/", ...}]], "suggest": []}``."""
    given = json.dumps([script, index, list(queries)])
    if node := shutil.which("node"):
        program = f"const given = JSON.parse(require('fs').readFileSync(0, 'utf8'));" \
                  f"process.stdout.write(JSON.stringify(({ASKING})(...given).answers))"  # fmt: skip
        done = subprocess.run([node, "-e", program], input=given, capture_output=True, text=True, check=True, timeout=60)
        found: list[dict[str, Any]] = json.loads(done.stdout)
        return found
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM)
        answers: list[dict[str, Any]] = browser.new_page().evaluate(
            f"given => ({ASKING})(...JSON.parse(given)).answers", given
        )
        browser.close()
        return answers


def pages(answer: dict[str, Any]) -> list[str]:
    """The pages of an answer, the best first: ``["recover-password"]``."""
    return [group[0]["location"].partition("#")[0].strip("/") for group in answer["items"]]
