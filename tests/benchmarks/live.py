"""How long an author waits from saving a file until the page shows it, for each kind of file and both commands.

The folder is a host's: an acct.toml, an article of its own in two languages, a glossary, a picture and a catalog. Files
are saved as an editor does, and the page is requested every 20 ms as by a browser that reloads.
"""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import pairwise
from pathlib import Path

from PIL import Image

from flask_acct.config import Config
from flask_acct.features import platform

from ..serving import free_port
from . import figures
from .serving import environment

ROUNDS = 5
GOAL_SECONDS = 2.0
PATIENCE_SECONDS = 60

TOML = """\
[site]
name = "Panadería"
locales = ["en", "es"]
translations = "translations"

[help]
articles = "help"

[labels.en]
"login.form.submit" = "Come in 0"
"""

ARTICLE = """\
---
screens: [login.logout]
---
# Order bread

Round 0. Your {{ term("cart") }} keeps what you choose. ![The cart with two loaves](../images/cart.png)

1. Open {{ visit("login.form") }} and press {{ click("login.form.submit") }}.
"""

CATALOG = """\
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"

msgctxt "login.form.forgot_password"
msgid "%s"
msgstr "¿Perdida? 0"
"""

MKDOCS = "site_name: Help\ndocs_dir: help\ntheme:\n  name: material\nplugins:\n  - acct\n  - search\n"


def main() -> None:
    figures.head(f"An author's loop: seconds from a saved file to its page, median of {ROUNDS}")
    with tempfile.TemporaryDirectory() as name:
        for what, command in commands().items():
            folder = Path(name) / what.replace(" ", "-")
            company(folder)
            with served(folder, command) as url:
                for kind, took in _measured(folder, url).items():
                    figures.show(f"{what}: {kind}", figures.spread(took), f"at most {GOAL_SECONDS:.1f}")


def commands() -> dict[str, Callable[[int], list[str]]]:
    """Return the two commands that show a site while it is written, each as a function of the port."""
    return {
        "kb serve": lambda port: [sys.executable, "-m", "flask", "acct", "kb", "serve", "--port", str(port)],
        "mkdocs serve": lambda port: [sys.executable, "-m", "mkdocs", "serve", "-a", f"127.0.0.1:{port}"],
    }


def company(folder: Path) -> None:
    """Fill the folder of a host that writes its own help."""
    for inner in ("help/en", "help/es", "help/glossary", "help/images", "translations/es/LC_MESSAGES"):
        (folder / inner).mkdir(parents=True)
    (folder / "acct.toml").write_text(TOML, "utf-8")
    (folder / "mkdocs.yml").write_text(MKDOCS, "utf-8")
    (folder / "help/en/order-bread.md").write_text(ARTICLE, "utf-8")
    (folder / "help/glossary/en.md").write_text("- cart : What you are going to buy 0.\n", "utf-8")
    Image.new("RGB", (40, 20)).save(folder / "help/images/cart.png")
    english = platform(Config()).declared.texts["login.form.forgot_password"].message
    own = folder / "translations/es/LC_MESSAGES/flask_acct.po"
    own.write_text(CATALOG % english, "utf-8")


@contextmanager
def served(folder: Path, command: Callable[[int], list[str]]) -> Iterator[str]:
    """The command runs in the folder until the end of the block."""
    port = free_port()
    process = subprocess.Popen(
        command(port), cwd=folder, env=environment({}), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        url = f"http://127.0.0.1:{port}/"
        _until(lambda: _page(url) != b"")
        yield url
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(5)


def _measured(folder: Path, url: str) -> dict[str, list[float]]:
    edits: dict[str, tuple[str, str, str]] = {
        "an article": ("help/en/order-bread.md", "Round {}.", "en/order-bread/"),
        "a label in acct.toml": ("acct.toml", "Come in {}", "en/order-bread/"),
        "a translation": ("translations/es/LC_MESSAGES/flask_acct.po", "¿Perdida? {}", "es/recover-password/"),
        "the glossary": ("help/glossary/en.md", "to buy {}.", "en/glossary/"),
    }
    took: dict[str, list[float]] = {}
    for kind, (file, words, page) in edits.items():
        said = [words.format(number) for number in range(ROUNDS + 1)]
        _until(partial(_says, url + page, said[0]))
        took[kind] = [_edited(folder / file, old, new, url + page) for old, new in pairwise(said)]
    took["a picture"] = [_redrawn(folder / "help/images/cart.png", url, width) for width in range(50, 50 + ROUNDS)]
    took["a new article"] = [_added(folder, url, number) for number in range(ROUNDS)]
    return took


def _edited(file: Path, old: str, new: str, page: str) -> float:
    text = file.read_text("utf-8")
    beside = file.with_name(f".{file.name}.swp")
    beside.write_text(text.replace(old, new), "utf-8")
    begun = time.perf_counter()
    beside.replace(file)
    _until(partial(_says, page, new))
    return time.perf_counter() - begun


def _redrawn(file: Path, url: str, width: int) -> float:
    found = re.search(rb'src="([^"]*cart[^"]*\.png)"', _page(f"{url}en/order-bread/"))
    assert found is not None
    Image.new("RGB", (width, 20)).save(file)
    wanted = file.read_bytes()
    begun = time.perf_counter()
    _until(lambda: _shown_picture(url) == wanted)
    return time.perf_counter() - begun


def _shown_picture(url: str) -> bytes:
    found = re.search(rb'src="\.\./([^"]*cart[^"]*\.png)"', _page(f"{url}en/order-bread/"))
    return _page(f"{url}en/{found[1].decode()}") if found else b""


def _added(folder: Path, url: str, number: int) -> float:
    begun = time.perf_counter()
    (folder / f"help/en/bread-{number}.md").write_text(ARTICLE, "utf-8")
    _until(lambda: b"Round" in _page(f"{url}en/bread-{number}/"))
    return time.perf_counter() - begun


def _says(page: str, words: str) -> bool:
    return words.encode() in _page(page)


def _page(url: str) -> bytes:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            body: bytes = answer.read()
            return body
    except OSError:
        return b""


def _until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        if time.monotonic() > end:
            raise TimeoutError("The page did not come.")
        time.sleep(0.02)


if __name__ == "__main__":
    main()
