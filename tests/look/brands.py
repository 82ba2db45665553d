"""Five brands that are hard to draw, photographed for eyes: ``python -m tests.look.brands FOLDER [BRAND ...]``.

Each is the sample app with a help site in English. What a test can compute, ``test_brand.py`` does; open the pictures
after a change to the colours, the header or the buttons.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Literal

from flask import Flask, Response
from playwright.sync_api import Browser, Page

from flask_acct import config as configuration
from flask_acct import public
from flask_acct.kb.journeys.runs import chromium

from .sample_site import sample_site, sign_in

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")

BRANDS = {
    "yellow": 'accent = "#ffb800"',
    "red": 'accent = "#e30613"',
    "near-black": 'accent = "#0c0c0e"\nradius = "0"\nfont = "Georgia, serif"',
    "near-white": 'accent = "#fafafa"\nradius = "20px"',
    "wordmark": 'accent = "#0b7d69"\nlogo = "/brand/wordmark.svg"',
    "wordmarks": 'accent = "#0b7d69"\nlogo = "/brand/wordmark.svg"\nlogo_dark = "/brand/wordmark-dark.svg"',
}
"""Their ``[brand]``. The last one has a logo for dark pages, too."""

WORDMARK = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 330 80"><circle cx="38" cy="40" r="26" fill="#0b7d69"/>'
    '<text x="80" y="54" font-family="Arial, sans-serif" font-size="42" font-weight="700" fill="{ink}">Brisalta</text>'
    "</svg>"
)
VISITOR = {
    "sign-in": "/account/login",
    "denied": "/account/nowhere",
    "help": "/help/en/",
    "article": "/help/en/change-password/",
}
CUSTOMER = {
    "home": "/",
    "users": "/account/users",
    "contacts": "/account/contacts",
    "grave": "/account/contacts/1/remove",
    "tip": "/account/me",
}
WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}


def main(folder: Path, names: list[str]) -> None:
    """The folder holds a picture of each page of each brand, in light and dark."""
    folder.mkdir(parents=True, exist_ok=True)
    if len(names) == 1:
        photograph(names[0], folder)
        return
    for name in names:
        # The sample app is one to a process.
        subprocess.run([sys.executable, "-m", "tests.look.brands", str(folder), name], check=True)
        print(name, flush=True)


def photograph(name: str, folder: Path) -> None:
    """The pictures of one brand are in the folder."""
    with tempfile.TemporaryDirectory() as place:
        config = _configured(Path(place), BRANDS[name])
        with sample_site(Path(place), config, extend=_add_logos) as url, chromium() as browser:
            for scheme in SCHEMES:
                _take(browser, url, scheme, folder / f"{name}-{scheme}")


def _configured(place: Path, brand: str) -> str:
    """Return the path of the company's configuration, which is in the folder."""
    text = configuration.preset_text("client-area").replace("#:schema ../acct.schema.json\n", "")
    text = re.sub(r"\[brand\].*?(?=\n\[)", lambda _: f"[brand]\n{brand}\n", text, flags=re.DOTALL)
    text = re.sub(r"(?m)^locales = .*$", 'locales = ["en", "es", "it"]', text)
    text = text.replace("[help]\n", '[help]\nlocales = ["en"]\n')
    file = place / "acct.toml"
    file.write_text(text, "utf-8")
    return str(file)


def _add_logos(app: Flask) -> None:
    app.add_url_rule("/brand/<file>", "logos", public(logo))


def logo(file: str) -> Response:
    """Return the wordmark, in dark letters or in light ones."""
    ink = "#ffffff" if "dark" in file else "#1b1b1f"
    return Response(WORDMARK.format(ink=ink), mimetype="image/svg+xml")


def _take(browser: Browser, url: str, scheme: Literal["light", "dark"], start: Path) -> None:
    for room, size in (("", WIDE), ("-phone", PHONE)):
        context = browser.new_context(color_scheme=scheme, viewport=size, locale="en", reduced_motion="reduce")
        page = context.new_page()
        for name, path in VISITOR.items():
            _photograph(page, url + path, Path(f"{start}{room}-{name}.png"))
        sign_in(page, url)
        for name, path in CUSTOMER.items():
            _photograph(page, url + path, Path(f"{start}{room}-{name}.png"))
        context.close()


def _photograph(page: Page, url: str, file: Path) -> None:
    page.goto(url, wait_until="networkidle")
    page.screenshot(path=file)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(f"Usage: python -m tests.look.brands FOLDER [BRAND ...], of: {', '.join(BRANDS)}")
    main(Path(sys.argv[1]), sys.argv[2:] or list(BRANDS))
