"""``mkdocs serve`` with our server."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import click
from mkdocs.config import load_config
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import Abort

from ..articles.content import ELSE, GLOSSARY, KbError
from ..articles.knowledge_base import KnowledgeBase, source_of
from ..site.layout import Copy
from .server import LiveServer
from .site import Origin


class Instead(LiveServer):
    """Replaces MkDocs' own server."""

    def serve(self, *, open_in_browser: bool = False) -> None:
        try:
            super().serve(open_in_browser=open_in_browser)
        except KbError as error:
            raise Abort(str(error)) from None


def server_of(config: MkDocsConfig, builder: Callable[[], object], copy: Copy) -> LiveServer:
    """Return a server for the folder of a mkdocs.yml, instead of MkDocs' own.

    Args:
        builder: MkDocs' own build, for the pages that are not the help site's, such as those of hooks.
    """
    settings, docs = Path(config.config_file_path), Path(config.docs_dir)
    others = [docs / name for name in ELSE - {GLOSSARY} if (docs / name).is_dir()]

    def load() -> KnowledgeBase:
        plugin: Any = load_config(str(settings)).plugins["acct"]
        made: KnowledgeBase = plugin.read()
        return made

    def rebuild(files: frozenset[str]) -> None:
        """Pages that are not the help site's are rebuilt if one of their files changed."""
        if any(file.startswith(f"{other}/") for file in files for other in others):
            # MkDocs reports the error itself, and the pages stay as they were.
            with suppress(Exception, SystemExit):
                builder()

    plugin: Any = config.plugins["acct"]
    host, port = config.dev_addr
    source = Path(source_of(plugin.config.config or None))
    themes = [Path(folder) for folder in [config.theme.custom_dir] if folder]
    also = (*others, *themes, *_beside(docs), *map(Path, config.watch))
    origin = Origin(load, settings, copy, files=(settings, source, Path("acct.toml")), also=also)
    return Instead(origin, host=str(host), port=port, also=Path(config.site_dir), report=click.echo, before=rebuild)


def _beside(docs: Path) -> list[Path]:
    """Return the stylesheets and scripts that a host put beside the articles."""
    return [file for kind in ("*.css", "*.js") for file in docs.rglob(kind) if "verified" not in file.parts]
