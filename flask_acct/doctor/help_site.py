"""The help site: whether it is of today, verified, and served."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ..features.help import builds
from .asking import NoAnswer, follow
from .checkup import Checkup
from .lines import Line, fail, not_checked, ok, warn
from .public_address import BY_COMMAND, FROM_PAGE

if TYPE_CHECKING:
    from ..kb.articles.knowledge_base import KnowledgeBase

PACKAGE = Path(__file__).parents[1]
PART = "Help site"
BUILD = "Build it: flask acct kb build {folder}"


def freshness(checkup: Checkup) -> Iterator[Line]:
    """Whether the site was built after what it is made from was last changed."""
    folder = _folder(checkup)
    if folder is None:
        return
    build = builds.standing(folder)
    fix = BUILD.format(folder=folder)
    if build is None:
        yield fail(PART, f"there is none in {folder}", fix)
        return
    newer = [one.name for one in _sources(checkup) if one.stat().st_mtime_ns > build.changed]
    day = datetime.fromtimestamp(build.changed / 1e9, UTC).date()
    if newer:
        yield warn(PART, f"built on {day}, and {newer[0]} has changed since", fix)
    else:
        yield ok(PART, f"built on {day}, after the last change of what it is made from")


def verification(checkup: Checkup) -> Iterator[Line]:
    """Whether every article was tried on the live screens."""
    if not checkup.config.help.enabled:
        return
    try:
        from ..kb import report
    except ModuleNotFoundError as error:
        yield not_checked("Articles", f"{error.name} is not installed", 'Run: pip install "flask_acct[kb]"')
        return
    found = report.gather(_knowledge(checkup), "not asked")
    open_ = len(found.unchecked) + len(found.outdated)
    if open_:
        what = f"{open_} articles, each language counted, were not tried on the screens as they are"
        yield warn("Articles", what, "Try them: flask acct kb verify. Which they are: flask acct kb report")
    else:
        yield ok("Articles", "each was tried on the screens as they are")


def served(checkup: Checkup) -> Iterator[Line]:
    """Whether readers get it at its address."""
    help_ = checkup.config.help
    if not help_.enabled or not (help_.url or _folder(checkup)):
        return
    if checkup.is_page:
        yield not_checked("Help address", FROM_PAGE, BY_COMMAND)
        return
    place = help_.url or "/help/"
    url = place if "://" in place else f"{checkup.site}{place}"
    try:
        answered = follow(url, checkup.tls)
    except NoAnswer as failed:
        yield fail("Help address", f"{url} does not answer: {failed}", "Serve the built site there, or set [help] url.")
        return
    if answered.status == 200 and b"<html" in answered.body[:2000].lower():
        yield ok("Help address", f"{url} is served")
    else:
        yield fail("Help address", f"{url} answers {answered.status}", "Serve the built site there, or set [help] url.")


def _knowledge(checkup: Checkup) -> KnowledgeBase:
    """Return the articles of the app as it is configured, with what was verified of them."""
    from ..kb.articles.content import content_of
    from ..kb.articles.knowledge_base import KnowledgeBase, records_of, source_of
    from ..kb.articles.manifest import Manifest

    file = (checkup.config.folder or Path()) / "acct.toml"
    content = content_of(checkup.config)
    records = records_of(source_of(str(file) if file.is_file() else None), content)
    return KnowledgeBase(checkup.acct.platforms, content, Manifest.read(records))


def _folder(checkup: Checkup) -> Path | None:
    """Return the folder of the site that the app serves; ``None`` if it serves none."""
    if not checkup.config.help.enabled:
        return None
    named = checkup.app.config.get("ACCT_HELP_SITE") or os.environ.get("ACCT_HELP_SITE")
    return Path(str(named)) if named else None


def _sources(checkup: Checkup) -> Iterator[Path]:
    """Yield what the site is made from: acct.toml, the articles, ours and the host's, and translations."""
    config = checkup.config
    if config.folder and (config.folder / "acct.toml").is_file():
        yield config.folder / "acct.toml"
    yield PACKAGE / "features" / "__init__.py"
    own = (config.folder or Path()) / config.help.articles if config.help.articles else None
    for folder in filter(None, (own, config.own_translations)):
        yield from (one for one in folder.rglob("*") if one.is_file())
