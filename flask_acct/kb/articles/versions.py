"""The texts that readers may vote on: today's articles, and those of a built site, which may be older."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property, lru_cache
from pathlib import Path

from ...declare.labels import language_tag
from ...platform import Platform
from .content import Content, digest
from .sandbox import applies

IN_PAGE = re.compile(r'name="version" value="([0-9a-f]{8})"')
"""Where a built page says which text it is; see ``theme/partials/acct/vote.html``."""

BUILT = "csp.txt"
"""Written anew by every build."""

Versions = Mapping[str, frozenset[str]]
"""The digests of each article's texts in one language: ``{"recover-password": frozenset({"3f2a9c17"})}``."""


class Texts:
    """The texts of one configuration.

    Args:
        site: The folder of the built site, if the app serves it.
    """

    def __init__(self, content: Content, platform: Platform, site: Path | None = None) -> None:
        self.site = site
        self._versions = lru_cache(maxsize=32)(self._read)
        self._content, self._platform = content, platform

    def versions(self, locale: str) -> Versions:
        """Return the texts of a language that readers may see. Read once for each build of the site."""
        return self._versions(locale, self._built_at())

    def _built_at(self) -> int:
        try:
            return (self.site / BUILT).stat().st_mtime_ns if self.site else 0
        except OSError:
            return 0

    @cached_property
    def _ids(self) -> frozenset[str]:
        """Return the articles of this configuration."""
        content, platform = self._content, self._platform
        return frozenset(id_ for id_ in content.ids if applies(id_, platform, content=content))

    def _read(self, locale: str, _built_at: int) -> Versions:
        return {
            id_: frozenset({digest(self._content.source(id_, locale)), *self._in_site(id_, locale)})
            for id_ in self._ids
            if self._content.has(id_, locale)
        }

    def _in_site(self, id_: str, locale: str) -> frozenset[str]:
        if self.site is None:
            return frozenset()
        try:
            page = (self.site / language_tag(locale) / id_ / "index.html").read_text("utf-8", "replace")
        except OSError:
            return frozenset()
        return frozenset(IN_PAGE.findall(page))
