"""Every mail of a preset, photographed for eyes: ``python -m tests.look.mails FOLDER [PRESET [LOCALE]]``.

As wide as a phone and as a mail program's reading pane, in light and dark, with a logo and without.
"""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import Route

from flask_acct import config as configuration
from flask_acct import features
from flask_acct.kb.journeys.runs import chromium
from flask_acct.mail.examples import example
from flask_acct.platform import Platform

from ..mail.test_rendering import html_of, sent
from ..scopes import NOON
from .brands import BRANDS, SCHEMES, WORDMARK

WIDTHS = (320, 600)
LOGO = "/brand/wordmark.svg"


def main(folder: Path, preset: str, locale: str) -> None:
    """The folder holds a picture of each mail, and of one in each brand that is hard to draw."""
    folder.mkdir(parents=True, exist_ok=True)
    config = configuration.preset(preset).on(None)
    plain = features.platform(config)
    pages = {name: _page(name, plain, locale) for name in plain.declared.mails}
    for name, brand in BRANDS.items():
        own = configuration.parse(f"[brand]\n{brand}").brand.model_copy(update={"logo_mail": LOGO})
        branded = features.platform(config.model_copy(update={"brand": own}))
        pages[f"brand-{name}"] = _page("recovery.reset", branded, locale)
    with chromium() as browser:
        for scheme in SCHEMES:
            for width in WIDTHS:
                context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 700})
                page = context.new_page()
                page.route(f"**{LOGO}", _show_logo)
                for name, content in pages.items():
                    page.set_content(content, wait_until="load")
                    page.screenshot(path=folder / f"{name}-{scheme}-{width}.png", full_page=True)
                context.close()


def _show_logo(route: Route) -> None:
    route.fulfill(body=WORDMARK.format(ink="#1b1b1f"), content_type="image/svg+xml")


def _page(name: str, platform: Platform, locale: str) -> str:
    return html_of(sent(example(platform.declared.mails[name], platform, NOON, locale=locale), platform))


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("Usage: python -m tests.look.mails FOLDER [PRESET [LOCALE]]")
    main(Path(sys.argv[1]), *(sys.argv[2:] + ["client-area", "en"][len(sys.argv) - 2 :]))
