"""The MkDocs plugin ``acct``: one build makes the help centre in every language.

MkDocs itself builds one language. The first build makes the first of them and starts a build for each other one, so
that each has its own menu, search index and theme language; if there are more cores, in processes of their own.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
from collections.abc import Mapping
from contextlib import suppress
from functools import cached_property
from multiprocessing.connection import Connection
from multiprocessing.context import ForkProcess
from pathlib import Path
from typing import Any

import click
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

from ...declare.labels import language_tag
from ...errors import AcctError
from .. import outputs
from ..articles import videos
from ..articles.knowledge_base import KnowledgeBase, centre
from ..articles.sanitising import clean
from . import building, checks, complaints, layout, lists, machines, titles
from .forks import cores as cores

log = logging.getLogger(f"mkdocs.plugins.{__name__}")


class Compiled(BytecodeCache):
    """The theme's compiled templates, kept in memory: all languages use the same ones."""

    def __init__(self) -> None:
        self._programs: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._programs:
            bucket.bytecode_from_string(self._programs[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._programs[bucket.key] = bucket.bytecode_to_string()


COMPILED = Compiled()


class PluginOptions(PluginConfig):  # type: ignore[no-untyped-call]
    """The plugin's options in mkdocs.yml."""

    config = Type(str, default="")
    """An acct.toml or a preset. Default: ``ACCT_CONFIG``, else acct.toml beside mkdocs.yml, else ``client-area``."""
    records = Type(str, default="")
    """The folder with the manifest of the journeys."""
    allow_unverified = Type(bool, default=False)
    """Build although journeys were not run since something changed. ``ACCT_UNVERIFIED=1`` does the same."""
    static = Type(bool, default=False)
    """No app is available to the site's readers, so they are not asked whether a page helped."""
    jobs = Type(int, default=0)
    """How many processes share the languages; 0 means one for each core."""


class AcctPlugin(BasePlugin[PluginOptions]):  # type: ignore[no-untyped-call]
    """The thin layer between MkDocs and ``site``."""

    centre: KnowledgeBase | None = None
    locale: str | None = None
    """The language of this build; ``None`` for the first build, which makes all of them."""
    copy: layout.Copy | None = None
    is_checked: bool = False
    """Whether the caller of the build has run the checks already."""
    is_stub: bool = False
    """``mkdocs serve`` builds nothing at first: our own server builds what is requested, errors included."""
    out: Path
    files: Files
    framed: layout.SiteLayout
    later: tuple[str, ...] = ()
    """The languages that the first build makes after its own."""
    beside: tuple[tuple[ForkProcess, Connection], ...] = ()
    """The processes that build the others meanwhile, and where each sends its warnings."""

    @event_priority(100)
    def on_config(self, config: MkDocsConfig) -> MkDocsConfig:
        if self.locale is None and served():
            self.is_stub, self.out = True, Path(config.site_dir)
            return config
        try:
            self.centre = self.centre or self._centre(config)
            if self.locale is None:
                self.out = Path(config.site_dir)
                self._begin(config)
            building.configure(config, self.centre, self._locale, self.out, self._copied)
        except AcctError as error:
            raise PluginError(str(error)) from None
        return config

    def on_files(self, files: Files, /, *, config: MkDocsConfig) -> Files:
        """Return the theme's files and the pages we make; nothing of docs_dir."""
        if self.is_stub:
            return Files([])
        ours = [file for file in files if not (file.abs_src_path or "").startswith(f"{config.docs_dir}{os.sep}")]
        theirs = [file for file in files if file not in ours and _is_asset(file, config)]
        self.files = Files([*ours, *theirs, *building.files(config, self._centred, self._locale, self._copied)])
        return self.files

    def on_env(self, env: Environment, /, *, config: MkDocsConfig, files: Files) -> Environment:
        if self.is_stub:
            return env
        env.bytecode_cache = COMPILED
        env.globals["help"] = self.framed = layout.SiteLayout(self._centred, self._locale, self._copied, self.files)
        pages = (file.page for file in files.documentation_pages() if file.page)
        titles.mark(pages, self._centred, self._locale)
        return env

    def on_nav(self, nav: Navigation, /, *, config: MkDocsConfig, files: Files) -> Navigation:
        titles.mark_sections(nav.items)
        return nav

    def on_page_content(self, html: str, /, *, page: Page, config: MkDocsConfig, files: Files) -> str:
        html = clean(building.with_sizes(html, self._sizes))
        html = html if self._copied.offline else videos.shown(html, self._centred.platform.config)
        if page.file.src_uri == lists.GLOSSARY:
            return titles.mark_terms(html, lists.glossary(self._centred, self._locale), self._locale)
        return html

    def on_page_context(
        self, context: TemplateContext, /, *, page: Page, config: MkDocsConfig, nav: Navigation
    ) -> TemplateContext:
        values: Any = context
        name = page.file.src_uri.removesuffix(".md")
        if name in self._centred.ids:
            values["around"] = layout.around(self._centred, self._centred.article(name, self._locale))
        if page.file.src_uri == lists.INDEX:
            values["front"] = layout.front(self._centred, self._locale)
        if (listing := self.framed.listing(page)) is not None:
            values["listing"] = listing
        values["machine"] = machines.link(self._centred, self._locale, page, self._copied)
        return context

    def on_post_page(self, output: str, /, *, page: Page, config: MkDocsConfig) -> str:
        return building.complete_page(output, self._locale)

    def on_post_template(self, output_content: str, /, *, template_name: str, config: MkDocsConfig) -> str:
        return output_content if self.is_stub else building.complete_page(output_content, self._locale)

    @event_priority(-100)
    def on_post_build(self, *, config: MkDocsConfig) -> None:
        if self.is_stub:
            return
        building.finish_language(config, self._centred, self._locale, self._copied)
        if self.locale is not None:
            return
        self._build(self.later, config)
        self._wait()
        building.finish(self._centred, self.out, self._copied)

    def on_serve(self, server: Any, /, *, config: MkDocsConfig, builder: Any) -> Any:
        """Return our own server: MkDocs' would build all languages at each change, and hang at an error."""
        from ..live.mkdocs import server_of

        server.server_close()
        return server_of(config, builder, self._copied)

    def on_build_error(self, *, error: Exception) -> None:
        self.stop()

    def stop(self) -> None:
        """No other process is building any more, whatever it was doing."""
        for process, ear in self.beside:
            process.terminate()
            process.join()
            ear.close()
        self.beside = ()

    @property
    def _centred(self) -> KnowledgeBase:
        if self.centre is None:
            raise PluginError("The plugin acct was not configured; run a whole build.")
        return self.centre

    @cached_property
    def _sizes(self) -> Mapping[str, tuple[int, int]]:
        return building.sizes(self._centred)

    @property
    def _locale(self) -> str:
        return self.locale or self._copied.languages_of(self._centred)[0]

    @property
    def _copied(self) -> layout.Copy:
        return self.copy or layout.Copy(static=self.config.static)

    def _centre(self, config: MkDocsConfig) -> KnowledgeBase:
        return self.read()

    def read(self) -> KnowledgeBase:
        """Return the help centre that mkdocs.yml names, as it is now."""
        records = Path(self.config.records) if self.config.records else None
        return centre(self.config.config or None, records)

    def _begin(self, config: MkDocsConfig) -> None:
        """All problems are reported before a file is written; then the builds of other languages start."""
        if not self.is_checked:
            allowed = self.config.allow_unverified or os.environ.get("ACCT_UNVERIFIED") == "1" or is_preview()
            building.raise_if_unverified(self._centred, allow_unverified=allowed)
            for problem in checks.problems(self._centred, self.config.jobs or cores()):
                log.warning("%s", problem)
        outputs.raise_if_input(self.out, outputs.Inputs.of(self._centred))
        clean_directory(str(self.out))
        self.out.mkdir(parents=True, exist_ok=True)
        (self.out / building.MARK).touch()
        locales = self._copied.languages_of(self._centred)
        jobs = min(self.config.jobs or cores(), len(locales))
        self.later = locales[jobs::jobs]
        self.beside = tuple(self._start(locales[number::jobs], config) for number in range(1, jobs))

    def _start(self, locales: tuple[str, ...], config: MkDocsConfig) -> tuple[ForkProcess, Connection]:
        ear, mouth = multiprocessing.Pipe(duplex=False)
        context = multiprocessing.get_context("fork")
        process = context.Process(target=self._build_apart, args=(locales, config, mouth))
        process.start()
        mouth.close()
        return process, ear

    def _wait(self) -> None:
        codes = []
        for process, ear in self.beside:
            with suppress(EOFError):
                complaints.add(ear.recv())
            process.join()
            codes.append(process.exitcode)
        if any(codes):
            raise Abort("A language was not built.")

    def _build_apart(self, locales: tuple[str, ...], config: MkDocsConfig, mouth: Connection) -> None:
        """As ``_build``, in a process of its own, which ends when the parent says so and never by itself."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        with complaints.heard() as heard:
            try:
                self._build(locales, config)
            except (Abort, AcctError, OSError) as error:
                mouth.send(heard or [str(error)])
                # Nothing of the parent process is cleaned up from here.
                os._exit(1)
            mouth.send(heard)

    def _build(self, locales: tuple[str, ...], config: MkDocsConfig) -> None:
        for locale in locales:
            inner = load_config(config.config_file_path, strict=config.strict, docs_dir=config.docs_dir)
            plugin: Any = inner.plugins["acct"]
            plugin.centre, plugin.locale, plugin.out = self._centred, locale, self.out
            plugin.copy = self._copied
            with complaints.about(language_tag(locale)):
                build(inner)


def is_preview() -> bool:
    """Whether this is ``mkdocs serve``, which only its author sees."""
    command = click.get_current_context(silent=True)
    return command is not None and command.info_name == "serve"


def served() -> bool:
    """Whether a server will be requested at the end of this build: ``mkdocs serve`` without ``--no-livereload``."""
    return is_preview() and bool(click.get_current_context().params.get("livereload", True))


def _is_asset(file: File, config: MkDocsConfig) -> bool:
    """Whether it is a file of ours, a stylesheet or script that the host's mkdocs.yml names, or a picture.

    Other files beside the articles are left out: a script that nobody names would still be of the site's own origin,
    for an article to find a way to.
    """
    if Path(file.abs_src_path or "").is_relative_to(building.THEME):
        return file.src_uri.startswith("assets/")
    theme = config.theme
    named = {*config.extra_css, *config.extra_javascript, theme.get("logo"), theme.get("favicon")}
    is_picture = file.src_uri.endswith(".png") and not file.src_uri.startswith("verified/")
    return is_picture or file.src_uri in {str(one) for one in named}
