"""How long pages are and how they load: ``python -m tests.look.sizes [PRESET]``. Two tables in Markdown.

Heights are of whole pages, at 1280 and 390 px. Loading is measured as Lighthouse's mobile profile does, on a slow
connection (1.6 Mbit/s down, 150 ms there and back) and a processor at a quarter of its speed, with an empty cache: what
crosses the network, how far things move (layout shift) and when the largest thing is painted.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

from flask_acct import config
from flask_acct.kb.journeys.runs import chromium

from .sample_site import sample_site, sign_in

WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
LONGEST = 10

SLOW = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 750e3 / 8}
SLOWER = 4
"""How many times slower the processor is."""

WATCH = """
window.acctShift = 0; window.acctPaint = 0;
const each = (type, note) => new PerformanceObserver((list) => list.getEntries().forEach(note))
    .observe({ type, buffered: true });
each("layout-shift", (one) => { if (!one.hadRecentInput) acctShift += one.value; });
each("largest-contentful-paint", (one) => { acctPaint = one.startTime; });
"""
LOADED = """() => {
    const parts = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
    const bytes = (ending) => parts.filter((one) => one.name.split("?")[0].endsWith(ending))
        .reduce((sum, one) => sum + one.transferSize, 0);
    return { requests: parts.length, bytes: bytes(""), script: bytes(".js"), style: bytes(".css"),
             shift: acctShift, paint: acctPaint };
}"""

VISITORS = ("/account/login", "/account/recover/password")
LINKS = "() => [...document.querySelectorAll('nav a, main a:not([href*=export])')].map((one) => one.href)"


@dataclass(frozen=True)
class Loading:
    """How one page loads. Bytes are those that crossed the network, compressed or not, with headers."""

    requests: int
    bytes: int
    script: int
    style: int
    shift: float
    paint: float
    """Milliseconds until the largest thing is painted."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.look.sizes", description=__doc__)
    parser.add_argument("preset", nargs="?", default="client-area", choices=config.presets())
    preset = parser.parse_args().preset
    with tempfile.TemporaryDirectory() as place, sample_site(Path(place), preset) as url, chromium() as browser:
        print(table_of_heights(heights(browser, url)))
        print()
        print(table_of_loading(loading(browser, url)))
    return 0


def heights(browser: Browser, url: str) -> dict[str, tuple[int, int]]:
    """Return the heights of every page that the owner's menu and home page lead to, in px, wide and on a phone."""
    found: dict[str, tuple[int, int]] = {}
    wide, phone = (_page(browser, size) for size in (WIDE, PHONE))
    for path in VISITORS:
        found[path] = _height(wide, url + path), _height(phone, url + path)
    for page in (wide, phone):
        sign_in(page, url)
    for path in _paths(wide, url):
        found[path] = _height(wide, url + path), _height(phone, url + path)
    return dict(sorted(found.items(), key=lambda one: -one[1][1])[:LONGEST])


def loading(browser: Browser, url: str) -> dict[str, Loading]:
    """Return how the sign-in page, the home page and the pages of the menu load."""
    found = {}
    for path in VISITORS:
        with_context = browser.new_context(viewport=PHONE, locale="en")
        found[path] = _loaded(with_context, url + path)
        with_context.close()
    signed_in = browser.new_context(viewport=PHONE, locale="en")
    page = signed_in.new_page()
    sign_in(page, url)
    paths = list(_menu(page))
    state = signed_in.storage_state()
    signed_in.close()
    for path in paths:
        with_context = browser.new_context(viewport=PHONE, locale="en", storage_state=state)
        found[path] = _loaded(with_context, url + path)
        with_context.close()
    return found


def _page(browser: Browser, size: Any) -> Page:
    return browser.new_context(viewport=size, locale="en", reduced_motion="reduce").new_page()


def _paths(page: Page, url: str) -> Iterator[str]:
    """Yield the paths that the pages of the menu lead to, each once."""
    seen = dict.fromkeys(_menu(page))
    for path in list(seen):
        page.goto(url + path)
        seen |= dict.fromkeys(_local(page.evaluate(LINKS), url))
    yield from (path for path in seen if "?" not in path and not path.startswith("/help"))


def _menu(page: Page) -> Iterator[str]:
    links = page.evaluate("() => [...document.querySelectorAll('#acct-nav a')].map((one) => one.href)")
    yield from dict.fromkeys(["/", *_local(links, page.url.partition("//")[2].partition("/")[0])])


def _local(links: list[str], site: str) -> Iterator[str]:
    host = site.rpartition("//")[2]
    yield from (link.partition(host)[2].partition("#")[0] for link in links if host in link)


def _height(page: Page, address: str) -> int:
    response = page.goto(address)
    if response is None or not response.ok:
        return 0
    return int(page.evaluate("() => document.documentElement.scrollHeight"))


def _loaded(context: BrowserContext, address: str) -> Loading:
    page = context.new_page()
    page.add_init_script(WATCH)
    devtools = context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.send("Network.emulateNetworkConditions", SLOW)
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.goto(address, wait_until="load")
    page.wait_for_timeout(1000)
    return Loading(**page.evaluate(LOADED))


def table_of_heights(found: dict[str, tuple[int, int]]) -> str:
    rows = [f"| {path} | {wide:,} | {phone:,} |" for path, (wide, phone) in found.items()]
    return "\n".join(["| the longest pages | 1280 px | 390 px |", "|---|---:|---:|", *rows])


def table_of_loading(found: dict[str, Loading]) -> str:
    rows = [
        f"| {path} | {one.requests} | {one.bytes / 1000:.1f} | {one.script / 1000:.1f} | {one.style / 1000:.1f} "
        f"| {one.shift:.3f} | {one.paint:,.0f} |"
        for path, one in found.items()
    ]
    head = "| a page, nothing cached | requests | kB | script | style | layout shift | largest paint, ms |"
    return "\n".join([head, "|---|---:|---:|---:|---:|---:|---:|", *rows])


if __name__ == "__main__":
    sys.exit(main())
