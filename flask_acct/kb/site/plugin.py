"""The MkDocs plugin ``acct``: one build makes the help centre in every language.

MkDocs itself builds one language. The first build makes the first of them and starts one build for each other, so that
each has its own menu, search index and theme language; where there are more cores, in processes of their own.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import sys
import threading
from multiprocessing.context import ForkProcess
from pathlib import Path
from typing import Any

from jinja2 import BytecodeCache, Environment
from jinja2.bccache import Bucket
from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.config.base import Config as PluginConfig
from mkdocs.config.config_options import Type
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import Abort, PluginError
from mkdocs.plugins import BasePlugin, event_priority
from mkdocs.structure.files import File, Files
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page
from mkdocs.utils import clean_directory
from mkdocs.utils.templates import TemplateContext

from ...errors import AcctError
from . import building, checks, frame, lists, titles
from ..articles.centre import Centre, centre

log = logging.getLogger(f"mkdocs.plugins.{__name__}")


class Compiled(BytecodeCache):
    """The theme's templates as programs, kept in memory: every language draws with the same ones."""

    def __init__(self) -> None:
        self._programs: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._programs:
            bucket.bytecode_from_string(self._programs[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._programs[bucket.key] = bucket.bytecode_to_string()


COMPILED = Compiled()


class Options(PluginConfig):  # type: ignore[no-untyped-call]
    """What mkdocs.yml may say about the plugin."""

    config = Type(str, default="")
    """An acct.toml or a preset. Default: ``ACCT_CONFIG``, else acct.toml beside mkdocs.yml, else ``client-area``."""
    records = Type(str, default="")
    """Where the manifest of the journeys is."""
    allow_unverified = Type(bool, default=False)
    """Build although the journeys were not run as everything is now. ``ACCT_UNVERIFIED=1`` does the same."""
    static = Type(bool, default=False)
    """No app answers the site's readers, so that they are not asked whether a page helped."""
    jobs = Type(int, default=0)
    """How many processes share the languages; 0 is one a core."""


class AcctPlugin(BasePlugin[Options]):  # type: ignore[no-untyped-call]
    """The skin between MkDocs and ``site``."""

    centre: Centre | None = None
    locale: str | None = None
    """The language of this build; ``None`` for the first build, which makes all of them."""
    copy: frame.Copy | None = None
    is_checked: bool = False
    """Whoever began the build has looked for what is to be mended."""
    out: Path
    files: Files
    later: tuple[str, ...] = ()
    """The languages that the first build makes after its own."""
    beside: tuple[ForkProcess, ...] = ()
    """Who builds the others meanwhile."""

    @event_priority(100)
    def on_config(self, config: MkDocsConfig) -> MkDocsConfig:
        try:
            self.centre = self.centre or self._centre(config)
            if self.locale is None:
                self.out = Path(config.site_dir)
                self._begin(config)
            building.dress(config, self.centre, self._locale, self.out, self._copied)
        except AcctError as error:
            raise PluginError(str(error)) from None
        return config

    def on_files(self, files: Files, /, *, config: MkDocsConfig) -> Files:
        """The theme's files and the pages we make; nothing of docs_dir."""
        kept = [file for file in files if not (file.abs_src_path or "").startswith(f"{config.docs_dir}{os.sep}")]
        theirs = [file for file in files if file not in kept and _is_asset(file)]
        self.files = Files([*kept, *theirs, *building.files(config, self._centred, self._locale)])
        return self.files

    def on_env(self, env: Environment, /, *, config: MkDocsConfig, files: Files) -> Environment:
        env.bytecode_cache = COMPILED
        env.globals["help"] = frame.Frame(self._centred, self._locale, self._copied, self.files)
        pages = (file.page for file in files.documentation_pages() if file.page)
        titles.mark(pages, self._centred, self._locale)
        return env

    def on_nav(self, nav: Navigation, /, *, config: MkDocsConfig, files: Files) -> Navigation:
        titles.mark_sections(nav.items)
        return nav

    def on_page_content(self, html: str, /, *, page: Page, config: MkDocsConfig, files: Files) -> str:
        if page.file.src_uri == lists.GLOSSARY:
            return titles.mark_terms(html, lists.glossary(self._centred, self._locale), self._locale)
        return building.with_sizes(html, self._centred)

    def on_page_context(
        self, context: TemplateContext, /, *, page: Page, config: MkDocsConfig, nav: Navigation
    ) -> TemplateContext:
        told: Any = context
        name = page.file.src_uri.removesuffix(".md")
        if name in self._centred.ids:
            told["around"] = frame.around(self._centred, self._centred.article(name, self._locale))
        if page.file.src_uri == lists.INDEX:
            told["front"] = frame.front(self._centred, self._locale)
        if (listing := frame.listing(self._centred, self._locale, page.file.src_uri)) is not None:
            told["listing"] = listing
        return context

    def on_post_page(self, output: str, /, *, page: Page, config: MkDocsConfig) -> str:
        return building.mended(output, self._locale)

    def on_post_template(self, output_content: str, /, *, template_name: str, config: MkDocsConfig) -> str:
        return building.mended(output_content, self._locale)

    @event_priority(-100)
    def on_post_build(self, *, config: MkDocsConfig) -> None:
        building.finish_language(config, self._centred, self._locale, self._copied)
        if self.locale is not None:
            return
        self._build(self.later, config)
        self._wait()
        building.finish(self._centred, self.out, self._copied)

    def on_build_error(self, *, error: Exception) -> None:
        for process in self.beside:
            process.terminate()
            process.join()

    @property
    def _centred(self) -> Centre:
        if self.centre is None:
            raise PluginError("The plugin acct was not configured; run a whole build.")
        return self.centre

    @property
    def _locale(self) -> str:
        return self.locale or self._copied.languages_of(self._centred)[0]

    @property
    def _copied(self) -> frame.Copy:
        return self.copy or frame.Copy(static=self.config.static)

    def _centre(self, config: MkDocsConfig) -> Centre:
        records = Path(self.config.records) if self.config.records else None
        return centre(self.config.config or None, records)

    def _begin(self, config: MkDocsConfig) -> None:
        """Everything that can be wrong is said before a file is written; then the other languages are on their way."""
        if not self.is_checked:
            allowed = self.config.allow_unverified or os.environ.get("ACCT_UNVERIFIED") == "1"
            building.refuse(self._centred, allow_unverified=allowed)
            for problem in checks.problems(self._centred):
                log.warning("%s", problem)
        clean_directory(str(self.out))
        self.out.mkdir(parents=True, exist_ok=True)
        (self.out / building.MARK).touch()
        locales = self._copied.languages_of(self._centred)
        jobs = min(self.config.jobs or cores(), len(locales))
        self.later = locales[jobs::jobs]
        self.beside = tuple(self._start(locales[number::jobs], config) for number in range(1, jobs))

    def _start(self, locales: tuple[str, ...], config: MkDocsConfig) -> ForkProcess:
        process = multiprocessing.get_context("fork").Process(target=self._build, args=(locales, config))
        process.start()
        return process

    def _wait(self) -> None:
        for process in self.beside:
            process.join()
        if any(process.exitcode for process in self.beside):
            raise Abort("A language was not built, for what is said above.")

    def _build(self, locales: tuple[str, ...], config: MkDocsConfig) -> None:
        for locale in locales:
            inner = load_config(config.config_file_path, strict=config.strict, docs_dir=config.docs_dir)
            plugin: Any = inner.plugins["acct"]
            plugin.centre, plugin.locale, plugin.out = self._centred, locale, self.out
            plugin.copy = self._copied
            build(inner)


def cores() -> int:
    """How many processes may be forked at once. One where others run in this process, for a fork copies their locks."""
    if sys.platform != "linux" or threading.active_count() > 1:
        return 1
    return len(os.sched_getaffinity(0))


def _is_asset(file: File) -> bool:
    """Stylesheets and scripts a host put beside the articles."""
    return file.src_uri.endswith((".css", ".js", ".svg", ".png")) and not file.src_uri.startswith("verified/")
