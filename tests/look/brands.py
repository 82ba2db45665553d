"""Five brands that are hard to draw, photographed for eyes: ``python -m tests.look.brands FOLDER [BRAND ...]``.

Each is the sample app with a help site in English. What a test can compute, ``test_brand.py`` does; open the pictures
after a change to the colours, the header or the buttons.
"""

from __future__ import annotations

import logging
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Literal

from flask import Flask, Response
from playwright.sync_api import Browser, Page

import sample_app
from flask_acct import config as configuration
from flask_acct import public
from flask_acct.kb.journeys.runs import chromium
from sample_app import create_app, sample

from ..serving import free_port, served

HERE = Path(sample_app.__file__).parent
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
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory() as place:
        port = free_port()
        _prepare(Path(place), BRANDS[name], port)
        app = _app(Path(place))
        with served(app, port=port), chromium() as browser:
            for scheme in SCHEMES:
                _take(browser, f"http://127.0.0.1:{port}", scheme, folder / f"{name}-{scheme}")


def _prepare(place: Path, brand: str, port: int) -> None:
    """The company's configuration, database and help site are in the folder."""
    text = configuration.preset_text("client-area").replace("#:schema ../acct.schema.json\n", "")
    text = re.sub(r"\[brand\].*?(?=\n\[)", lambda _: f"[brand]\n{brand}\n", text, flags=re.DOTALL)
    text = re.sub(r"(?m)^locales = .*$", 'locales = ["en", "es", "it"]', text)
    text = text.replace("[help]\n", '[help]\nlocales = ["en"]\n')
    (place / "acct.toml").write_text(text, "utf-8")
    os.environ.update(
        ACCT_CONFIG=str(place / "acct.toml"),
        ACCT_DEMO="1",
        ACCT_HELP_SITE=str(place / "help"),
        ACCT_PUBLIC_URL=f"http://127.0.0.1:{port}",
        ACCT_DATABASE_URL=f"sqlite:///{place / 'acct.db'}",
        FLASK_SECRET_KEY="0123456789abcdef" * 4,
    )
    for command in (
        ("upgrade",),
        ("import", str(HERE / "customers.csv")),
        ("kb", "build", str(place / "help"), "--allow-unverified"),
    ):
        subprocess.run([sys.executable, "-m", "flask", "--app", "sample_app", "acct", *command], check=True)


def _app(place: Path) -> Flask:
    app = create_app(instance_path=str(place))
    for fill in (sample.add_members, sample.fill, sample.add_contacts):
        fill(app)
    app.add_url_rule("/brand/<file>", "logos", public(logo))
    return app


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
        page.goto(f"{url}/account/login")
        page.locator("input[type=email]").fill(sample.SIGN_IN["email"])
        page.locator("input[type=password]").fill(sample.PASSWORD)
        page.locator(".acct-main .acct-button").first.click()
        page.wait_for_load_state()
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
