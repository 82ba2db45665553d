"""The cost of the help site: to build, compared with plain MkDocs Material on the same text; and for a reader to load.

The plain site is what one would do by hand: the same articles as Markdown with all labels filled in, and one
``mkdocs build`` per language, one after the other. Each build is a new process, whose start is included.
"""

from __future__ import annotations

import gzip
import random
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median
from typing import Any

from flask_acct.config import Config
from flask_acct.declare.labels import language_tag
from flask_acct.features import platforms as editions_of
from flask_acct.kb.articles.content import Content, digest, shipped
from flask_acct.kb.articles.knowledge_base import KnowledgeBase, centre
from flask_acct.kb.articles.manifest import Manifest
from flask_acct.kb.site import building, tree
from flask_acct.kb.site.plugin import cores

from . import figures
from .serving import REPOSITORY, environment

ARTICLES = 100
LOCALES = ("en", "es", "es_AR", "it")
SHIPPED_LOCALES = ("es", "en", "it")
ROUNDS = 3
WORDS = re.findall(
    r"\w+",
    """
    account address answer below button change check choose days help letter link message minute name new open other own
    page password person please read right same screen send sign site some step text time type user way word write
    """,
)

ARTICLE = """\
# {title}

{intro}

## {before}

- {one}
- {two}

## {steps}

1. Open {{{{ visit("login.form") }}}} and select {{{{ click("login.form.forgot_password") }}}}. {one}
1. Fill in {{{{ fill("recovery.password.email") }}}} and press {{{{ click("recovery.password.submit") }}}}.
1. You read: {{{{ see("recovery.password.sent") }}}} {two}

> **Tip.** {one}

## {after}

{outro}

| {before} | {after} |
|---|---|
| {one} | {two} |
"""

PLAIN = """\
site_name: Help
site_url: https://help.example.com/{tag}/
theme:
  name: material
  language: {language}
  font: false
  features: [navigation.footer, navigation.prune, navigation.sections, navigation.top, search.highlight]
markdown_extensions: [admonition, attr_list, pymdownx.details, sane_lists]
plugins: [search]
"""


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        figures.head(f"Help site: building, median of {ROUNDS} rounds, each build a process of its own")
        _shipped(folder)
        _beside_plain(folder)
        figures.head("Help site: what a reader loads")
        built = folder / "default"
        building.build(centre("client-area"), built, allow_unverified=True)
        _bytes(built)
        _asked(built)


def ours(content: str, out: str, locales: str, jobs: int) -> None:
    """Build the site of a folder of articles. Called in a new process."""
    building.build(_centre(Path(content), tuple(locales.split())), Path(out), allow_unverified=True, jobs=jobs)


def _centre(folder: Path, locales: tuple[str, ...]) -> KnowledgeBase:
    config = Config.model_validate({"site": {"locales": list(locales)}})
    return KnowledgeBase(editions_of(config), Content(folder), Manifest(folder / "none"))


@dataclass(frozen=True, slots=True)
class Took:
    """Elapsed seconds and CPU seconds; other programs on the machine hardly change the latter."""

    clock: float
    cpu: float


def _shipped(folder: Path) -> None:
    """Build the default configuration's articles in three languages, and again after a sentence was added to one."""
    kb = folder / "kb"
    shutil.copytree(shipped().folder, kb, ignore=shutil.ignore_patterns("verified"))
    cold = [_ours(kb, folder / "cold", SHIPPED_LOCALES) for _ in range(ROUNDS)]
    changed = []
    for _ in range(ROUNDS):
        with (kb / "es" / "sign-in.md").open("a", encoding="utf-8") as file:
            file.write("\nUna frase nueva.\n")
        changed.append(_ours(kb, folder / "cold", SHIPPED_LOCALES))
    number = len(_centre(kb, SHIPPED_LOCALES).ids)
    figures.show(f"{number} articles in 3 languages, cold", f"{figures.spread([one.clock for one in cold])} s")
    figures.show("  after one edit, over cold", _over(changed, cold), "1.00: all is built anew")


def _beside_plain(folder: Path) -> None:
    """Build a hundred articles in four languages, taking turns with plain MkDocs."""
    content, plain = folder / "many", folder / "plain"
    _write_articles(content)
    tree.write(_centre(content, LOCALES), plain / "docs")
    for locale in LOCALES:
        text = PLAIN.format(tag=language_tag(locale), language=locale.partition("_")[0])
        (plain / f"{language_tag(locale)}.yml").write_text(f"{text}docs_dir: docs/{language_tag(locale)}\n")
    turns: dict[str, Callable[[], Took]] = {
        "plain": lambda: _plain(plain),
        "one": lambda: _ours(content, folder / "one", LOCALES, jobs=1),
        "cores": lambda: _ours(content, folder / "cores", LOCALES),
    }
    took: dict[str, list[Took]] = {what: [] for what in turns}
    for _ in range(ROUNDS):
        for what, build in turns.items():
            took[what].append(build())
    seconds = figures.spread([one.clock for one in took["plain"]])
    figures.show(f"{ARTICLES} articles in {len(LOCALES)} languages, plain", f"{seconds} s")
    figures.show(f"  ours over plain, {cores()} cores", _over(took["cores"], took["plain"]), "at most 1.00")
    figures.show("  ours in one process over plain", _over(took["one"], took["plain"]), "at most 1.20")


def _over(ours: list[Took], others: list[Took]) -> str:
    clock = median(one.clock for one in ours) / median(one.clock for one in others)
    cpu = median(one.cpu for one in ours) / median(one.cpu for one in others)
    return f"{clock:.2f}, in CPU {cpu:.2f}"


def _ours(content: Path, out: Path, locales: tuple[str, ...], jobs: int = 0) -> Took:
    arguments = ", ".join(map(repr, (str(content), str(out), " ".join(locales), jobs)))
    return _timed([sys.executable, "-c", f"from tests.benchmarks.help_site import ours; ours({arguments})"])


def _plain(folder: Path) -> Took:
    files = [str(folder / f"{language_tag(locale)}.yml") for locale in LOCALES]
    took = [_timed([sys.executable, "-m", "mkdocs", "build", "-q", "-f", file, "-d", f"{file}-site"]) for file in files]
    return Took(sum(one.clock for one in took), sum(one.cpu for one in took))


def _timed(command: list[str]) -> Took:
    settings = environment({"NO_MKDOCS_2_WARNING": "1"})
    before, spent = time.perf_counter(), _cpu()
    subprocess.run(command, check=True, cwd=REPOSITORY, env=settings, capture_output=True)
    return Took(time.perf_counter() - before, _cpu() - spent)


def _cpu() -> float:
    """Return the CPU seconds of all child processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _write_articles(folder: Path) -> None:
    draw = random.Random(7)
    for number in range(ARTICLES):
        category = ("signing_in", "getting_back_in", "your_account", "settings")[number % 4]
        head = f"category: {category}\ntools: [client_area]\ntags: [password, access]\nminutes: 5\n"
        for locale in LOCALES:
            text = _article(draw, f"{number} {locale}")
            file = folder / locale / f"article-{number}.md"
            file.parent.mkdir(parents=True, exist_ok=True)
            if locale != "en":
                head = f"translates: {digest(Content(folder).first(file.stem))}\n"
            file.write_text(f"---\n{head}---\n{text}", "utf-8")


def _article(draw: random.Random, title: str) -> str:
    def sentences(count: int) -> str:
        said = (" ".join(draw.choices(WORDS, k=draw.randint(8, 16))) for _ in range(count))
        return " ".join(f"{words.capitalize()}." for words in said)

    return ARTICLE.format(
        title=f"Article {title} {sentences(1).lower().rstrip('.')}"[:60],
        intro="\n\n".join(sentences(5) for _ in range(3)),
        outro="\n\n".join(sentences(4) for _ in range(3)),
        **{name: sentences(1).rstrip(".") for name in ("before", "steps", "after")},
        one=sentences(1),
        two=sentences(2),
    )


def _bytes(built: Path) -> None:
    """Print how many bytes a browser fetches for one article's page, uncompressed and compressed."""
    folder = built / language_tag(centre("client-area").locales[0])
    pages = list(folder.glob("*/index.html"))
    html = [(len(text), len(gzip.compress(text, 6))) for text in (file.read_bytes() for file in pages)]
    plain, packed = (median(sizes) / 1000 for sizes in zip(*html, strict=True))
    figures.show("HTML of a page, and compressed", f"{plain:.0f} kB, {packed:.0f} kB")
    for what, patterns in (("CSS", ["**/*.css"]), ("JavaScript", ["**/bundle.*.js", "assets/acct/*.js"])):
        texts = [file.read_bytes() for pattern in patterns for file in folder.glob(pattern)]
        packed = sum(len(gzip.compress(text, 6)) for text in texts) / 1000
        figures.show(f"{what} of all pages, and compressed", f"{sum(map(len, texts)) / 1000:.0f} kB, {packed:.0f} kB")
    pictures = [file.stat().st_size for file in folder.glob("pictures/*.webp")]
    figures.show("pictures of an article", f"{sum(pictures) / 1000 / len(pages):.0f} kB, as it is scrolled to them")


def _asked(built: Path) -> None:
    """Open every page in a browser, and print what it requested from other sites and what was missing."""
    # Imported here, because it must not count as a cost of building.
    from flask_acct.kb.journeys.runs import chromium

    elsewhere: list[str] = []
    missing: list[str] = []
    with _served(built) as url, chromium() as browser:
        page = browser.new_page()
        page.on("request", lambda asked: None if asked.url.startswith(url) else elsewhere.append(asked.url))
        page.on("response", lambda got: missing.append(got.url) if got.status >= 400 else None)
        files = [file for file in built.rglob("index.html") if file.parent != built]
        for file in files:
            page.goto(f"{url}/help/{file.parent.relative_to(built).as_posix()}/", wait_until="load")
    figures.show(f"requests to other hosts, {len(files)} pages", str(len(elsewhere)), "0")
    # No app is running that could count the votes.
    figures.show("what was not there", str(len([url for url in missing if "counts.json" not in url])), "0")


@contextmanager
def _served(built: Path) -> Iterator[str]:
    class Quiet(SimpleHTTPRequestHandler):
        def translate_path(self, path: str) -> str:
            return super().translate_path(path.removeprefix("/help"))

        def log_message(self, *_: Any) -> None:
            return

        def handle(self) -> None:
            # When the browser leaves a page, it aborts the requests that are still open.
            with suppress(ConnectionError):
                super().handle()

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(built)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


if __name__ == "__main__":
    main()
