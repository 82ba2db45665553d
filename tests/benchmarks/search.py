"""How fast and how well the search of the help site answers: ``python -m tests.benchmarks.search``.

Chromium runs the script that readers get with the index that they get, slowed down six times, and asks every question
of ``tests/search``. Without a browser's own slowness (``--rate 1``) the same is shown for the machine itself.
"""

from __future__ import annotations

import argparse
import gzip
import json
import tempfile
from collections.abc import Callable, Iterable
from itertools import compress
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import CDPSession, Page, sync_playwright

from flask_acct.kb.articles.knowledge_base import centre
from flask_acct.kb.site import building, searching
from flask_acct.kb.site.layout import Copy
from tests.search.conftest import LOCALES
from tests.search.engine import ASKING, CHROMIUM, Answer, pages
from tests.search.test_questions import questions, shares

ROUNDS = 3
"""How often every question is asked at each speed.

Slowed down, the median counts. At full speed, the shortest time multiplied by the rate counts, which other load on the
machine affects least; a throttled browser may answer a short query between two of its pauses.
"""


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
        throttle = page.context.new_cdp_session(page)
        for locale in LOCALES:
            print(line(locale, out / locale, page, throttle, options.rate))
        browser.close()


def line(locale: str, folder: Path, page: Page, throttle: CDPSession, rate: int) -> str:
    asked = questions(locale)
    script, index = (folder / searching.SCRIPT).read_text("utf-8"), (folder / searching.INDEX).read_bytes()
    given = json.dumps([script, json.loads(index), [one["question"] for one in asked]])

    def rounds(rate: int) -> list[dict[str, Any]]:
        throttle.send("Emulation.setCPUThrottlingRate", {"rate": rate})
        return [page.evaluate(f"given => ({ASKING})(...JSON.parse(given))", given) for _ in range(ROUNDS)]

    slow, full = rounds(rate), rounds(1)
    told = slow[0]
    held = [one["held"] == "held" for one in asked]
    places = [_place(answer, one["pages"].split()) for answer, one in zip(told["answers"], asked, strict=True)]
    halves = {"all": [True] * len(asked), "tuned": [not one for one in held], "held back": held}
    figures = "; ".join(_shares(name, list(compress(places, half))) for name, half in halves.items())
    nothing = sum(not answer["items"] for answer in told["answers"])
    size, code = len(gzip.compress(index)) / 1000, len(gzip.compress(script.encode())) / 1000
    speed = f"{_times(slow, median, 1)}; shortest x {rate}: {_times(full, min, rate)}"
    return f"{locale}: {figures}; nothing found {nothing}; {size:.0f} kB index, {code:.0f} kB script (gzip); {speed}"


def _times(rounds: list[dict[str, Any]], of: Callable[[Iterable[float]], float], rate: int) -> str:
    made = rate * of(one["made"] for one in rounds)
    times = sorted(rate * of(each) for each in zip(*(one["times"] for one in rounds), strict=True))
    p95 = times[int(len(times) * 0.95)]
    return f"index {made:.0f} ms, answers p50 {median(times):.1f} ms, p95 {p95:.1f} ms, slowest {times[-1]:.1f} ms"


def _place(answer: Answer, right: list[str]) -> int:
    return next((at for at, one in enumerate(pages(answer)) if one in right), 99)


def _shares(name: str, places: list[int]) -> str:
    first, three = shares(places)
    return f"{name} {len(places)}: {first:.1%} first, {three:.1%} in three"


if __name__ == "__main__":
    main()
