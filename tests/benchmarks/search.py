"""How fast and how well the search of the help site answers: ``python -m tests.benchmarks.search``.

Chromium runs the script that readers get with the index that they get, slowed down six times, and asks every question
of ``tests/search``. Without a browser's own slowness (``--rate 1``) the same is shown for the machine itself.
"""

from __future__ import annotations

import argparse
import gzip
import json
import tempfile
from itertools import compress
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from flask_acct.kb.articles.centre import centre
from flask_acct.kb.site import building, searching
from flask_acct.kb.site.frame import Copy
from tests.search.conftest import LOCALES
from tests.search.engine import ASKING, CHROMIUM, Answer, pages
from tests.search.test_questions import questions, shares

ROUNDS = 5
"""Every question is asked so often, and its shortest time counts: what else the machine does is not the search's."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, default=6, help="how many times slower than this machine (default: 6)")
    parser.add_argument("--config", default="client-area", help="an acct.toml or a preset (default: client-area)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        out = Path(name) / "site"
        copy = Copy(static=True, locales=LOCALES)
        building.build(centre(options.config), out, allow_unverified=True, copy=copy)
        browser = playwright.chromium.launch(executable_path=CHROMIUM)
        page = browser.new_page()
        page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": options.rate})
        for locale in LOCALES:
            print(line(locale, out / locale, page))
        browser.close()


def line(locale: str, folder: Path, page: Page) -> str:
    asked = questions(locale)
    script, index = (folder / searching.SCRIPT).read_text("utf-8"), (folder / searching.INDEX).read_bytes()
    given = json.dumps([script, json.loads(index), [one["question"] for one in asked]])
    rounds = [page.evaluate(f"given => ({ASKING})(...JSON.parse(given))", given) for _ in range(ROUNDS)]
    told = rounds[0]
    held = [one["held"] == "held" for one in asked]
    places = [_place(answer, one["pages"].split()) for answer, one in zip(told["answers"], asked, strict=True)]
    halves = {"all": [True] * len(asked), "tuned": [not one for one in held], "held back": held}
    figures = "; ".join(_shares(name, list(compress(places, half))) for name, half in halves.items())
    times = sorted(min(each) for each in zip(*(one["times"] for one in rounds), strict=True))
    p50, p95 = times[len(times) // 2], times[int(len(times) * 0.95)]
    nothing = sum(not answer["items"] for answer in told["answers"])
    sizes = (
        f"{len(gzip.compress(index)) / 1000:.0f} kB index, {len(gzip.compress(script.encode())) / 1000:.0f} kB script"
    )
    made = min(one["made"] for one in rounds)
    speed = f"index made in {made:.0f} ms, answers p50 {p50:.1f} ms, p95 {p95:.1f} ms, slowest {times[-1]:.1f} ms"
    return f"{locale}: {figures}; nothing found {nothing}; {sizes} (gzip); {speed}"


def _place(answer: Answer, right: list[str]) -> int:
    return next((at for at, one in enumerate(pages(answer)) if one in right), 99)


def _shares(name: str, places: list[int]) -> str:
    first, three = shares(places)
    return f"{name} {len(places)}: {first:.1%} first, {three:.1%} in three"


if __name__ == "__main__":
    main()
