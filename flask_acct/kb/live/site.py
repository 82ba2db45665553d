"""The live site: a language is built when a page of it is requested, unless it was built since the last change."""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.exceptions import MkDocsException

from ... import features
from ...declare.labels import CATALOGS, language_tag
from ...errors import AcctError
from ..articles.content import ELSE, GLOSSARY
from ..articles.knowledge_base import KnowledgeBase
from ..articles.manifest import FILE
from ..site import building, checks, layout, redirects

WRITTEN = frozenset({GLOSSARY, "images"})


@dataclass(frozen=True, slots=True)
class Origin:
    """What a live site is made from.

    Args:
        load: Reads everything anew.
        settings: The mkdocs.yml of each build.
        files: Files that ``load`` reads first; without them there is not even a configuration.
    """

    load: Callable[[], KnowledgeBase]
    settings: Path = building.SETTINGS
    copy: layout.Copy = building.EVERYDAY
    files: tuple[Path, ...] = ()
    also: tuple[Path, ...] = ()
    """Other files and folders whose changes appear on pages."""


@dataclass
class LiveSite:
    """The pages as a build would make them now, and what prevents it.

    ``revision`` is a counter: it changes whenever an open page may look different.
    """

    origin: Origin
    folder: Path
    revision: int = 0
    _centre: KnowledgeBase | None = None
    _unread: str = ""
    """Why there is no newer centre."""
    _problems: tuple[str, ...] = ()
    """What ``kb check`` would report."""
    _built: dict[str, int] = field(default_factory=dict)
    """The state each language was built from, by its tag."""
    _unbuilt: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Why a language is not up to date."""
    _state: int = 0
    _lock: threading.RLock = field(default_factory=threading.RLock, repr=False)
    _changed: threading.Condition = field(default_factory=threading.Condition, repr=False)

    def refresh(self) -> None:
        """Everything was read again; pages are built when they are requested."""
        with self._lock:
            found, self._unread = self._read()
            if found is not None:
                self._centre, self._problems = found, ()
                self._state += 1
        self._notify()

    def check(self) -> None:
        """The problems are known; open pages are notified."""
        with self._lock:
            if self._centre is None or self._unread:
                return
            try:
                found = tuple(map(str, checks.problems(self._centre)))
            except Exception as error:  # noqa: BLE001
                found = (_sentence(error),)
            if found == self._problems:
                return
            self._problems = found
        self._notify()

    def try_again(self) -> None:
        """Languages that failed are built again: something unwatched may have been fixed, such as a missing folder."""
        with self._lock:
            if not self._unread:
                return
            _, problems = self._read()
        if problems != self._unread:
            self.refresh()

    def wait(self, known: int, seconds: float) -> int:
        """Return the number of the revision, once it is no longer ``known`` or the time is over."""
        with self._changed:
            self._changed.wait_for(lambda: self.revision != known, seconds)
            return self.revision

    @property
    def watched(self) -> tuple[Path, ...]:
        """Return every file and folder whose change may appear on a page."""
        paths = [*self.origin.files, *self.origin.also, CATALOGS, building.THEME, building.SETTINGS]
        if self._centre is not None:
            paths += [*sources(self._centre), self._centre.manifest.folder / FILE]
        return tuple(dict.fromkeys(paths))

    @property
    def tags(self) -> tuple[str, ...]:
        """Return the languages as addresses write them."""
        return tuple(map(language_tag, self.origin.copy.languages_of(self._centre))) if self._centre else ()

    @property
    def choice(self) -> str:
        """Return the page that offers the languages; empty if there are none."""
        with self._lock:
            if self._centre is None:
                return ""
            return building.choice(self._centre, layout.root_url(self._centre), base="", copy=self.origin.copy)

    @contextmanager
    def language(self, tag: str) -> Iterator[tuple[Path, tuple[str, ...]]]:
        """Yield the folder of a language as it is now, and its problems; it does not change meanwhile."""
        with self._lock:
            if self._centre is not None and tag in self.tags and self._built.get(tag) != self._state:
                self._build(self._centre, tag)
            yield self.folder / tag, self.problems(tag)

    def problems(self, tag: str = "") -> tuple[str, ...]:
        """Return the problems, most pressing first."""
        if self._unread:
            return tuple(self._unread.splitlines())
        return tuple(dict.fromkeys((*self._unbuilt.get(tag, ()), *self._problems)))

    def _read(self) -> tuple[KnowledgeBase | None, str]:
        """Return the centre as it is written now, or why it cannot be read."""
        features.forget()
        with _warnings() as heard:
            try:
                return self.origin.load(), ""
            except (Exception, MkDocsException) as error:  # noqa: BLE001  # Whatever it is, the page says it.
                return None, "\n".join((*heard, _sentence(error)))

    def _build(self, centre: KnowledgeBase, tag: str) -> None:
        """The language is up to date; else it is as it was, and its problems say why."""
        locale = next(one for one in self.origin.copy.languages_of(centre) if language_tag(one) == tag)
        beside = Path(tempfile.mkdtemp(prefix="new-", dir=self.folder))
        try:
            with _warnings() as heard:
                if not (faults := tuple(_faults(centre, locale))):
                    self._mkdocs(centre, locale, beside)
            if faults:
                self._unbuilt[tag] = faults
                return
            shutil.rmtree(self.folder / tag, ignore_errors=True)
            (beside / tag).rename(self.folder / tag)
            self._unbuilt[tag] = tuple(heard)
        except (Exception, MkDocsException) as error:  # noqa: BLE001
            # MkDocs logs why, and then gives up with a general message.
            self._unbuilt[tag] = tuple(line for one in heard or [_sentence(error)] for line in one.splitlines())
        finally:
            shutil.rmtree(beside, ignore_errors=True)
            self._built[tag] = self._state

    def _mkdocs(self, centre: KnowledgeBase, locale: str, out: Path) -> None:
        os.environ.setdefault("NO_MKDOCS_2_WARNING", "1")
        config = load_config(str(self.origin.settings), strict=False, site_dir=str(out))
        plugin: Any = config.plugins["acct"]
        plugin.centre, plugin.locale, plugin.out, plugin.copy = centre, locale, out, self.origin.copy
        build(config)
        offline = self.origin.copy.offline
        redirects.write(centre, out, layout.root_url(centre), locales=(locale,), offline=offline)

    def _notify(self) -> None:
        with self._changed:
            self.revision += 1
            self._changed.notify_all()


def _faults(centre: KnowledgeBase, locale: str) -> Iterator[str]:
    """Yield what prevents articles of a language from being pages, all of it and not only the first."""
    for id_ in centre.ids_in(locale):
        try:
            centre.article(id_, locale)
        except AcctError as error:
            yield str(error)


class _Heard(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


@contextmanager
def _warnings() -> Iterator[list[str]]:
    """Yield MkDocs' warnings inside this context; they are shown on the page and nowhere else."""
    logger, heard = logging.getLogger("mkdocs"), _Heard()
    level, spreads = logger.level, logger.propagate
    others = logger.handlers[:]
    logger.handlers[:] = [heard]
    logger.setLevel(logging.WARNING)
    logger.propagate = False
    try:
        yield heard.lines
    finally:
        logger.handlers[:] = others
        logger.setLevel(level)
        logger.propagate = spreads


def _parts(layer: Path) -> Iterator[Path]:
    """Yield the folders of a layer that articles are made from: not pictures that were taken, nor other pages."""
    yield layer / "images"
    try:
        inner = list(layer.iterdir())
    except OSError:
        return
    yield from (
        one for one in inner if one.name not in (ELSE - WRITTEN) | {"verified"} and not one.name.startswith(".")
    )


def sources(centre: KnowledgeBase) -> tuple[Path, ...]:
    """Return what a centre was read from, except its configuration: articles, glossary, their pictures, catalogs."""
    own = centre.platform.config.own_translations
    parts = (part for layer in centre.content.layers for part in _parts(layer))
    return (*parts, *((own,) if own else ()), CATALOGS)


def _sentence(error: BaseException) -> str:
    """Return what went wrong, as the command line says it."""
    if isinstance(error, (AcctError, MkDocsException)):
        return str(error) or type(error).__name__
    return f"{type(error).__name__}: {error}"
