"""Builds the plain articles with another site generator, in a clean environment: ``second_generator.py [PRESET]``.

``flask acct kb render`` promises Markdown for any generator. Zensical shares no code with MkDocs, so its warnings and
missing pages show where the promise is broken. It is installed for this test alone, outside the repository.
"""

from __future__ import annotations

import html
import json
import os
import re
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

GENERATOR = "zensical"
VERSION = "0.0.73"
"""A version that is known to work, so that a new release does not make our test fail."""
CONFIG = """\
[project]
site_name = "Help"
site_url = "https://help.example.com/"
docs_dir = "docs"
site_dir = "site"
"""
WARNING = re.compile(r"\b(warning|error)s?\b", re.IGNORECASE)
PICTURE = re.compile(r"!\[[^\]]*\]\(([^)\s]+)\)")


def main(preset: str = "client-area") -> None:
    """Raise unless the built site has every page of every language with its heading and its pictures."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        flask = Path(sys.executable).with_name("flask")
        _run(home, flask, "acct", "kb", "render", "docs", "--config", preset)
        venv.create(home / "venv", with_pip=True)
        programs = home / "venv" / "bin"
        install = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check", f"{GENERATOR}=={VERSION}")
        _run(home, programs / "python", *install)
        (home / "zensical.toml").write_text(CONFIG)
        told = _run(home, programs / GENERATOR, "build", "--strict")
        if complaint := WARNING.search(told):
            raise SystemExit(f"{GENERATOR} says {complaint[0]}:\n{told}")
        pages, pictures = _checked(home / "docs", home / "site")
    print(f"{pages} pages with {pictures} pictures, as {GENERATOR} builds them")


def _checked(docs: Path, site: Path) -> tuple[int, int]:
    """Return how many pages and pictures there are. Raises if one is missing."""
    pages = pictures = 0
    for file in sorted(docs.rglob("*.md")):
        text, name = file.read_text("utf-8"), file.relative_to(docs)
        page = site / (name.parent if file.stem == "index" else name.with_suffix("")) / "index.html"
        if not page.is_file():
            raise SystemExit(f"{name} has no page: {page.relative_to(site)} is missing")
        made = html.unescape(page.read_text("utf-8"))
        title = json.loads(re.search(r"^title: (.+)$", text, re.MULTILINE)[1])
        if title not in made:
            raise SystemExit(f"{name}: its heading {title!r} is not on its page")
        pages += 1
        for source in PICTURE.findall(text):
            picture = (site / name.parent / source).resolve()
            shown = re.search(rf'<img\b[^>]*\bsrc="[^"]*{re.escape(picture.name)}"', made)
            if not picture.is_file() or shown is None:
                raise SystemExit(f"{name}: its picture {source} is not on its page")
            pictures += 1
    if not pages:
        raise SystemExit("nothing was rendered")
    return pages, pictures


def _run(home: Path, *command: object) -> str:
    print("$", *(Path(str(part)).name if index == 0 else part for index, part in enumerate(command)), flush=True)
    environment = {name: value for name, value in os.environ.items() if name != "ACCT_CONFIG"}
    done = subprocess.run(
        [str(part) for part in command], cwd=home, env=environment, text=True, capture_output=True, check=False
    )
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    return done.stdout + done.stderr


if __name__ == "__main__":
    main(*sys.argv[1:2])
