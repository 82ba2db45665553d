"""The MkDocs plugin ``acct``: one build makes the help centre in every language.

MkDocs itself builds one language. The first build makes the first of them and then starts one build for each other,
in the same process, so that each has its own menu, search index and theme language.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Any

from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.config.base import Config as PluginConfig
from mkdocs.config.config_options import Type
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.plugins import BasePlugin, event_priority
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from mkdocs.utils import clean_directory

from ..errors import AcctError
from . import site
from .centre import Centre, centre

log = logging.getLogger(f"mkdocs.plugins.{__name__}")


class Options(PluginConfig):  # type: ignore[no-untyped-call]
    """What mkdocs.yml may say about the plugin."""

    config = Type(str, default="")
    """An acct.toml or a preset. Default: ``ACCT_CONFIG``, else acct.toml beside mkdocs.yml, else ``client-area``."""
    records = Type(str, default="")
    """Where the manifest of the journeys is."""
    allow_unverified = Type(bool, default=False)
    """Build although the journeys were not run as everything is now. ``ACCT_UNVERIFIED=1`` does the same."""


class AcctPlugin(BasePlugin[Options]):  # type: ignore[no-untyped-call]
    """The skin between MkDocs and ``site``."""

    centre: Centre | None = None
    locale: str | None = None
    """The language of this build; ``None`` for the first build, which makes all of them."""
    out: Path

    @event_priority(100)
    def on_config(self, config: MkDocsConfig) -> MkDocsConfig:
        try:
            self.centre = self.centre or self._centre(config)
            if self.locale is None:
                self.out = Path(config.site_dir)
                self._begin(config)
            site.dress(config, self.centre, self._locale, self.out)
        except AcctError as error:
            raise PluginError(str(error)) from None
        return config

    def on_files(self, files: Files, /, *, config: MkDocsConfig) -> Files:
        """The theme's files and the pages we make; nothing of docs_dir."""
        kept = [file for file in files if not (file.abs_src_path or "").startswith(f"{config.docs_dir}{os.sep}")]
        theirs = [file for file in files if file not in kept and _is_asset(file)]
        return Files([*kept, *theirs, *site.files(config, self._centred, self._locale)])

    def on_page_content(self, html: str, /, *, page: Page, config: MkDocsConfig, files: Files) -> str:
        return site.with_sizes(html, self._centred, self._locale)

    def on_post_page(self, output: str, /, *, page: Page, config: MkDocsConfig) -> str:
        return site.mended(output, self._locale)

    def on_post_template(self, output_content: str, /, *, template_name: str, config: MkDocsConfig) -> str:
        return site.mended(output_content, self._locale)

    @event_priority(-100)
    def on_post_build(self, *, config: MkDocsConfig) -> None:
        site.finish_language(Path(config.site_dir))
        if self.locale is not None:
            return
        for locale in self._centred.locales[1:]:
            self._build(locale, config)
        site.finish(self._centred, self.out)

    @property
    def _centred(self) -> Centre:
        if self.centre is None:
            raise PluginError("The plugin acct was not configured; run a whole build.")
        return self.centre

    @property
    def _locale(self) -> str:
        return self.locale or self._centred.locales[0]

    def _centre(self, config: MkDocsConfig) -> Centre:
        records = Path(self.config.records) if self.config.records else None
        return centre(self.config.config or None, records)

    def _begin(self, config: MkDocsConfig) -> None:
        """Everything that can be wrong is said before a file is written; then the site's folder is empty."""
        allowed = self.config.allow_unverified or os.environ.get("ACCT_UNVERIFIED") == "1"
        site.refuse(self._centred, allow_unverified=allowed)
        for problem in self._centred.problems():
            log.warning("%s", problem)
        clean_directory(str(self.out))

    def _build(self, locale: str, config: MkDocsConfig) -> None:
        inner = load_config(config.config_file_path, strict=config.strict, docs_dir=config.docs_dir)
        plugin: Any = inner.plugins["acct"]
        plugin.centre, plugin.locale, plugin.out = self._centred, locale, self.out
        build(inner)


def _is_asset(file: File) -> bool:
    """Stylesheets and scripts a host put beside the articles."""
    return file.src_uri.endswith((".css", ".js", ".svg", ".png")) and not file.src_uri.startswith("verified/")
