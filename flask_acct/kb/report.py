"""What readers say about the articles, and which of them need attention; for a terminal, and as JSON for a program."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from itertools import groupby
from typing import Any

from flask import Flask
from flask.cli import NoAppException
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from ..db import schema as tables
from ..declare.labels import language_tag
from ..errors import AcctError
from ..features.help import flows
from ..features.help.flows import About
from .articles.content import KbError, digest, place
from .articles.knowledge_base import KnowledgeBase
from .articles.manifest import Checked, fingerprint, key
from .articles.parity import stale

WIDTH = 100
SHOWN = 50
"""Most searches and comments that a terminal shows; JSON has them all."""

DIRECTIONS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Characters that would make a terminal show a reader's words in another order."""

CHANGED = "changed"
LOST = "files are gone"


@dataclass(frozen=True, slots=True)
class TextVotes:
    """The votes on one text. ``standing`` is ``current``, ``older``, or ``gone`` where the article is."""

    article: str
    language: str
    version: str
    standing: str
    helpful: int
    of: int
    last: date | None
    """The day of the last vote; ``None`` if it was over a year ago."""


@dataclass(frozen=True, slots=True)
class Feedback:
    """What one reader found missing."""

    article: str
    language: str
    version: str
    standing: str
    day: date
    text: str


@dataclass(frozen=True, slots=True)
class Search:
    """Words that found nothing."""

    language: str
    query: str
    count: int
    last: date


@dataclass(frozen=True, slots=True)
class Readers:
    """What readers reported to the app."""

    votes: tuple[TextVotes, ...]
    feedback: tuple[Feedback, ...]
    searches: tuple[Search, ...]


@dataclass(frozen=True, slots=True)
class Stale:
    """A translation of another text than today's."""

    article: str
    language: str
    place: str
    what: str


@dataclass(frozen=True, slots=True)
class JourneyReport:
    """The journey of an article in one language on one platform."""

    article: str
    language: str
    platform: str | None


@dataclass(frozen=True, slots=True)
class Outdated:
    """A journey that ran and no longer counts, with the pictures it took; or one whose pictures are gone.

    ``why`` is ``changed``, ``files are gone``, or what is wrong with the article.
    """

    journey: JourneyReport
    day: date
    why: str
    pictures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """``readers`` says why nothing is known of them if the app or its database is not available."""

    site: str
    readers: Readers | str
    stale: tuple[Stale, ...]
    outdated: tuple[Outdated, ...]
    unchecked: tuple[JourneyReport, ...]


def gather(centre: KnowledgeBase, readers: Readers | str) -> Report:
    """Return the report on a help centre. Raises ``KbError`` for articles that cannot be read at all."""
    return Report(
        site=centre.platform.config.site.name,
        readers=readers,
        stale=tuple(_stale(centre)),
        outdated=tuple(_outdated(centre)),
        unchecked=tuple(_unchecked(centre)),
    )


def readers(centre: KnowledgeBase, load_app: Callable[[], Flask]) -> Readers | str:
    """Return what readers reported to the app, or why that is unknown: no app, or no database."""
    try:
        state = load_app().extensions.get("acct")
        if state is None:
            return "this app has no flask_acct. Call acct.init_app(app) where the app is made."
        tables.raise_unless_current(state.database.engine)
        with state.database.session() as db:
            return readers_in(db, centre)
    except (NoAppException, AcctError) as error:
        return str(error)
    except DBAPIError as error:
        return f"the database cannot be used: {error.orig}. Check ACCT_DATABASE_URL."


def readers_in(db: Session, centre: KnowledgeBase) -> Readers:
    """Return what the database holds of readers."""
    versions = _versions(centre)

    def standing(about: About) -> str:
        now = versions.get((about.article, about.locale))
        return "gone" if now is None else "current" if now == about.version else "older"

    votes = [
        TextVotes(
            article=one.about.article,
            language=language_tag(one.about.locale),
            version=one.about.version,
            standing=standing(one.about),
            helpful=one.counted.helpful,
            of=one.counted.of,
            last=one.last_on,
        )
        for one in flows.votes(db)
    ]
    feedback = [
        Feedback(
            article=one.article,
            language=language_tag(one.locale),
            version=one.version,
            standing=standing(About(one.article, one.locale, one.version)),
            day=one.sent_on,
            text=one.text,
        )
        for one in flows.feedback(db)
    ]
    searches = [Search(language_tag(one.locale), one.query, one.count, one.last_on) for one in flows.searches(db)]
    # The present text first, then the one read last.
    votes.sort(key=_reading_order)
    return Readers(tuple(votes), tuple(feedback), tuple(searches))


def plain(report: Report) -> dict[str, Any]:
    """Return the report for a program. What readers reported is ``null``, and ``not_known`` says why."""
    from_readers = report.readers
    unknown: dict[str, Any] = {"not_known": from_readers, "votes": None, "feedback": None, "searches": None}
    return {
        "site": report.site,
        **(unknown if isinstance(from_readers, str) else {"not_known": None, **asdict(from_readers)}),
        "stale": [asdict(one) for one in report.stale],
        "outdated": [
            {**asdict(one.journey), "day": one.day, "why": one.why, "pictures": one.pictures} for one in report.outdated
        ],
        "unchecked": [asdict(one) for one in report.unchecked],
    }


def lines(report: Report) -> Iterator[str]:
    """Yield the report for a terminal."""
    yield f"Help centre of {report.site}"
    if isinstance(report.readers, str):
        why = textwrap.fill(f"Not known: {report.readers}", WIDTH)
        yield from _section("Votes, feedback and searches", [], empty=why)
    else:
        yield from _of_readers(report.readers)
    yield from _section(
        "Stale translations",
        [f"{one.place}: {one.what}" for one in report.stale],
        empty="Every translation is of today's text.",
    )
    yield from _section(
        "Checked, but not as things are now",
        _outdated_table(report.outdated),
        empty="No check and no picture is out of date.",
        then="\nChanged are the screens, their words, the configuration or the text. Check anew: flask acct kb verify",
    )
    yield from _section(
        "Never checked",
        list(_unchecked_lines(report.unchecked)),
        empty="Every article was checked against the live screens.",
        then="\nCheck them: flask acct kb verify",
    )


def _versions(centre: KnowledgeBase) -> dict[tuple[str, str], str]:
    """Return the present version of each article in each language."""
    return {
        (id_, locale): digest(centre.content.source(id_, locale))
        for id_ in centre.ids
        for locale in centre.locales_of(id_)
    }


def _stale(centre: KnowledgeBase) -> Iterator[Stale]:
    for id_ in centre.ids:
        for problem in stale(id_, centre.content, centre.locales):
            language = problem.file.parent.name if problem.file else ""
            yield Stale(id_, language_tag(language), place(problem.file, problem.line), problem.what)


def _journeys(centre: KnowledgeBase) -> Iterator[tuple[JourneyReport, str, Checked | None]]:
    """Yield every article in every language and on every platform, its locale, and the result of its last run."""
    for id_ in centre.ids:
        for locale in centre.locales_of(id_):
            for platform in centre.platforms:
                checked = centre.manifest.checked.get(key(id_, locale, platform))
                yield JourneyReport(id_, language_tag(locale), platform), locale, checked


def _unchecked(centre: KnowledgeBase) -> Iterator[JourneyReport]:
    yield from (journey for journey, _, checked in _journeys(centre) if checked is None)


def _outdated(centre: KnowledgeBase) -> Iterator[Outdated]:
    for journey, locale, checked in _journeys(centre):
        if checked is None:
            continue
        files = tuple(file for taken in checked.pictures for file in taken.stored)
        lost = tuple(file for file in files if not (centre.manifest.folder / file).is_file())
        if why := _why_outdated(journey, locale, checked, centre):
            yield Outdated(journey, checked.date, why, files)
        elif lost:
            yield Outdated(journey, checked.date, LOST, lost)


def _why_outdated(journey: JourneyReport, locale: str, checked: Checked, centre: KnowledgeBase) -> str:
    """Return why a run no longer counts; empty if it does."""
    try:
        now = fingerprint(journey.article, locale, journey.platform, content=centre.content, platforms=centre.platforms)
    except KbError as error:
        return str(error)
    return "" if now == checked.fingerprint else CHANGED


def _of_readers(readers: Readers) -> Iterator[str]:
    head = ("article", "language", "version", "helpful", "of", "", "last vote", "")
    rows = [
        (one.article, one.language, one.version, one.helpful, one.of, _share(one), one.last or "long ago", one.standing)
        for one in readers.votes
    ]
    yield from _section("Votes", _table(head, rows), empty="Nobody has voted yet.")
    feedback = [line for one in readers.feedback[:SHOWN] for line in _feedback_lines(one)]
    more = _more(readers.feedback)
    yield from _section("What readers missed", feedback, empty="Nobody has written what was missing.", then=more)
    searches = [(one.count, one.language, one.last, one.query) for one in readers.searches[:SHOWN]]
    yield from _section(
        "Searches that found nothing",
        _table(("count", "language", "last", "words"), searches),
        empty="No search has gone without a result.",
        then=_more(readers.searches),
    )


def _more(items: Sequence[object]) -> str:
    rest = len(items) - SHOWN
    return f"... and {rest} more: flask acct kb report --json" if rest > 0 else ""


def _reading_order(one: TextVotes) -> tuple[str, str, bool, int]:
    return one.article, one.language, one.standing != "current", -(one.last or date.min).toordinal()


def _share(votes: TextVotes) -> str:
    return f"{100 * votes.helpful // votes.of} %"


def _feedback_lines(one: Feedback) -> Iterator[str]:
    yield f"{one.day}  {one.article} ({one.language}, {one.standing} text)"
    for paragraph in DIRECTIONS.sub("", one.text).splitlines():
        yield from (f"            {line}" for line in textwrap.wrap(paragraph, WIDTH - 14))


def _outdated_table(outdated: Sequence[Outdated]) -> list[str]:
    head = ("article", "language", "checked on", "pictures", "")
    rows = [(one.journey.article, _where(one.journey), one.day, len(one.pictures), _why(one)) for one in outdated]
    return _table(head, rows)


def _why(one: Outdated) -> str:
    return f"{one.why}: {', '.join(one.pictures)}" if one.why == LOST else one.why


def _where(journey: JourneyReport) -> str:
    return f"{journey.language} ({journey.platform})" if journey.platform else journey.language


def _unchecked_lines(unchecked: Sequence[JourneyReport]) -> Iterator[str]:
    """Yield a line for each article: ``sign-in: es, it``."""
    for article, journeys in groupby(unchecked, lambda one: one.article):
        yield f"{article}: {', '.join(map(_where, journeys))}"


def _section(title: str, items: Sequence[str], *, empty: str, then: str = "") -> Iterator[str]:
    yield f"\n{title}\n{'-' * len(title)}"
    yield from items or [empty]
    if items and then:
        yield then


def _table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    """Return the rows under their heads, numbers to the right; empty without rows."""
    if not rows:
        return []
    cells = [[DIRECTIONS.sub("", str(cell)) for cell in row] for row in (head, *rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
    to_right = [isinstance(cell, int) or str(cell).endswith(" %") for cell in rows[0]]
    return [
        "  ".join(
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(row, widths, to_right, strict=True)
        ).rstrip()
        for row in cells
    ]
