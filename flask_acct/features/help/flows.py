"""What readers of the help site report: whether a page helped, what was missing, what they searched for in vain.

Nothing is stored that identifies them.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from sqlalchemy import Executable, and_, bindparam, delete, func, select, update
from sqlalchemy.orm import Session

from ...config import Config
from ...db.models import HelpFeedback, HelpSearch, HelpVote, HelpVoteCount
from ...db.upserts import insert_into
from ...declare.labels import language_tag
from ...scope import Scope
from ...security import limits
from ...security.limits import TooMany
from ...values.keys import Keys
from ...values.unicode_forms import normalized

HOUR = timedelta(hours=1)
YEAR = timedelta(days=365)

VERSION = re.compile(r"[0-9a-f]{8}")
"""The pattern of ``kb.content.digest``."""

PUBLIC_FROM = 10
"""Fewer answers mean little, and a single one would reveal who was here: below this number readers see no count."""

Versions = Mapping[str, Collection[str]]
"""The existing texts of each article, by the digests of their words."""

LONGEST_QUERY = 100
MOST_SEARCHES = 5000
"""Most searches that are stored. Every hour the rarest of them make room for others."""
KEPT_SEARCHES = 4000

PERSONAL = re.compile(r"@|(?:\d[\W_]*){5}|\S{31}")
"""An address, a number long enough to be somebody's, a word long enough to be a secret."""


@dataclass(frozen=True, slots=True)
class About:
    """The text that a reader's answer is about: an article in a language, as it was when they read it.

    Sample: ``About("recover-password", "es_AR", "3f2a9c17")``.
    """

    article: str
    locale: str
    version: str


@dataclass(frozen=True, slots=True)
class VoteTotals:
    """How many readers of a text found it helpful, ``of`` all who answered."""

    helpful: int
    of: int

    @property
    def is_public(self) -> bool:
        """Whether readers see it."""
        return self.of >= PUBLIC_FROM


@dataclass(frozen=True, slots=True)
class Stored:
    """The text is stored."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """Nothing is stored: the text may reveal who somebody is, or there is no room."""


@dataclass(frozen=True, slots=True)
class NotASearch:
    """This was no search: empty, too long, or more than one line."""


@dataclass(frozen=True, slots=True)
class VoteCounts:
    """The votes on one text, and the day of the last; ``None`` if that was long ago."""

    about: About
    counted: VoteTotals
    last_on: date | None


def locales(config: Config) -> tuple[str, ...]:
    """Return the languages of the help site."""
    return config.help.locales or config.site.locales


def locale_of(tag: str, config: Config) -> str | None:
    """Return the help site's language of that tag: ``es_AR`` for ``es-AR``."""
    return next((locale for locale in locales(config) if language_tag(locale) == tag), None)


def about(article: str, tag: str, version: str, config: Config, *, versions: Callable[[str], Versions]) -> About | None:
    """Return the named text; ``None`` for an article, language or version that does not exist.

    Args:
        versions: The existing texts, by language.
    """
    locale = locale_of(tag, config)
    if locale is None or not VERSION.fullmatch(version) or version not in versions(locale).get(article, ()):
        return None
    return About(article, locale, version)


def reader(network: str, user_agent: str, about: About, keys: Keys) -> str:
    """Return what tells a reader's second vote on a text from the votes of others, and nothing else.

    Without the application key nobody can find out who it was, and it differs for each text of one reader.
    """
    identity = json.dumps([network, user_agent, about.article, about.locale, about.version])
    return hmac.new(keys.current, f"flask_acct help vote {identity}".encode(), hashlib.sha256).hexdigest()


def vote(scope: Scope, about: About, *, is_helpful: bool, reader: str, network: str) -> VoteTotals | TooMany:
    """The reader's answer counts, and replaces the one they gave before.

    The answer and its count are changed together, the answer first, so that of two at the same time each counts once.
    """
    if _is_too_often(scope, "help_vote", network):
        return TooMany(HOUR)
    values = {
        "reader": reader,
        "article": about.article,
        "locale": about.locale,
        "version": about.version,
        "is_helpful": is_helpful,
        "voted_on": scope.now.date(),
    }
    dialect, changes = scope.db.get_bind().dialect.name, None
    if scope.db.connection().execute(_voting(dialect), values).first():
        changes = (1, 0) if is_helpful else (0, 1)
    elif (
        scope.db.connection().execute(_CHANGED_MIND, {"by": reader, "now": is_helpful, "on": scope.now.date()}).first()
    ):
        changes = (1, -1) if is_helpful else (-1, 1)
    if changes is None:
        return count(scope.db, about)
    named = {"article": about.article, "locale": about.locale, "version": about.version}
    counting = {**named, "helpful": changes[0], "unhelpful": changes[1]}
    helpful, unhelpful = scope.db.connection().execute(_counting(dialect), counting).one()
    return VoteTotals(helpful, helpful + unhelpful)


def count(db: Session, about: About) -> VoteTotals:
    """Return what readers of the text have answered."""
    found = counts(db, about.locale, {about.article: [about.version]})
    return found.get(about, VoteTotals(0, 0))


def counts(db: Session, locale: str, versions: Versions) -> Mapping[About, VoteTotals]:
    """Return what readers of these texts of a language have answered; texts without votes are left out."""
    # Columns one by one: SQLite looks up no pair of them in an index.
    statement = select(HelpVoteCount).where(
        HelpVoteCount.article.in_(versions),
        HelpVoteCount.locale == locale,
        HelpVoteCount.version.in_({version for found in versions.values() for version in found}),
    )
    return {
        About(one.article, one.locale, one.version): VoteTotals(one.helpful, one.helpful + one.unhelpful)
        for one in db.scalars(statement.execution_options(populate_existing=True))
        if one.version in versions[one.article]
    }


def votes(db: Session) -> Sequence[VoteCounts]:
    """Return the votes on every text, the most voted first."""
    key = (HelpVote.article, HelpVote.locale, HelpVote.version)
    last = select(*key, func.max(HelpVote.voted_on).label("on")).group_by(*key).subquery()
    text = (HelpVoteCount.article, HelpVoteCount.locale, HelpVoteCount.version)
    same = and_(*(column == last.c[column.key] for column in text))
    total = HelpVoteCount.helpful + HelpVoteCount.unhelpful
    statement = select(*text, HelpVoteCount.helpful, total, last.c.on).outerjoin(last, same).where(total > 0)
    rows = db.execute(statement.order_by(total.desc(), *text))
    return [
        VoteCounts(About(article, locale, version), VoteTotals(helpful, of), on)
        for article, locale, version, helpful, of, on in rows
    ]


def report_missing(scope: Scope, text: str, about: About, *, network: str) -> Stored | Dropped | TooMany:
    """What was missing is stored, with the text it was missing in, but not who wrote it."""
    if not text:
        return Dropped()
    if _is_too_often(scope, "help_feedback", network):
        return TooMany(HOUR)
    today = scope.now.date()
    identity = json.dumps([about.article, about.locale, about.version, today.isoformat(), text])
    values = {
        "digest": hashlib.sha256(identity.encode()).hexdigest(),
        "article": about.article,
        "locale": about.locale,
        "version": about.version,
        "text": text,
        "sent_on": today,
    }
    scope.db.connection().execute(_telling(scope.db.get_bind().dialect.name), values)
    return Stored()


def feedback(db: Session) -> Sequence[HelpFeedback]:
    """Return what readers found missing, the latest first."""
    newest = HelpFeedback.sent_on.desc()
    return db.scalars(select(HelpFeedback).order_by(newest, HelpFeedback.article, HelpFeedback.digest)).all()


def search_failed(scope: Scope, typed: str, locale: str, *, network: str) -> Stored | Dropped | NotASearch | TooMany:
    """A search that found nothing is counted. Words that may reveal who somebody is are not stored."""
    if not _is_a_search(typed.strip()):
        return NotASearch()
    query = folded(typed)
    if not query or PERSONAL.search(query):
        return Dropped()
    if _is_too_often(scope, "help_search", network):
        return TooMany(HOUR)
    values = {"locale": locale, "query": query, "last_on": scope.now.date()}
    once_more = (
        update(HelpSearch)
        .where(HelpSearch.locale == locale, HelpSearch.query == query)
        .values(count=HelpSearch.count + 1, last_on=scope.now.date())
        .returning(HelpSearch.id)
        .execution_options(synchronize_session=False)
    )
    if scope.db.execute(once_more).first():
        return Stored()
    if (scope.db.scalar(select(func.count()).select_from(HelpSearch)) or 0) >= MOST_SEARCHES:
        return Dropped()
    scope.db.connection().execute(_searching(scope.db.get_bind().dialect.name), values)
    return Stored()


def searches(db: Session) -> Sequence[HelpSearch]:
    """Return the searches that found nothing, the most frequent first."""
    order = (HelpSearch.count.desc(), HelpSearch.last_on.desc(), HelpSearch.query)
    return db.scalars(select(HelpSearch).order_by(*order)).all()


def folded(typed: str) -> str:
    """Return the words of a search without accents, capitals or extra spaces, so that equal searches are one."""
    plain = normalized("NFD", normalized("NFKC", typed).casefold())
    kept = "".join(sign for sign in plain if unicodedata.category(sign) not in {"Mn", "Cf"})
    return " ".join(kept.split())[:LONGEST_QUERY].rstrip()


def forget_old(scope: Scope) -> None:
    """A reader's vote is deleted after a year, and so is what readers wrote. The votes still count."""
    long_ago = (scope.now - YEAR).date()
    kept = select(HelpSearch.id).order_by(HelpSearch.count.desc(), HelpSearch.last_on.desc(), HelpSearch.id)
    for statement in (
        delete(HelpVote).where(HelpVote.voted_on < long_ago),
        delete(HelpFeedback).where(HelpFeedback.sent_on < long_ago),
        delete(HelpSearch).where(HelpSearch.last_on < long_ago),
        delete(HelpSearch).where(HelpSearch.id.in_(kept.offset(KEPT_SEARCHES))),
    ):
        scope.db.execute(statement.execution_options(synchronize_session=False))


def _is_too_often(scope: Scope, subject: str, network: str) -> bool:
    return limits.count(scope, limits.key(subject, network), per=HOUR) > scope.config.limits.requests_per_address


def _is_a_search(typed: str) -> bool:
    line_ends = any(unicodedata.category(sign) in {"Cc", "Cs", "Zl", "Zp"} for sign in typed)
    return 0 < len(typed) <= LONGEST_QUERY and not line_ends


# Statements that write a row are built once, and run without the ORM, as in ``limits``.
_CHANGED_MIND = (
    update(HelpVote)
    .where(HelpVote.reader == bindparam("by"), HelpVote.is_helpful != bindparam("now"))
    .values(is_helpful=bindparam("now"), voted_on=bindparam("on"))
    .returning(HelpVote.id)
)


@cache
def _voting(dialect: str) -> Executable:
    """Return the statement of a first vote; it does nothing if the reader has voted on this text."""
    once = insert_into(HelpVote, dialect).on_conflict_do_nothing(index_elements=[HelpVote.reader])
    return once.returning(HelpVote.id)


@cache
def _counting(dialect: str) -> Executable:
    statement = insert_into(HelpVoteCount, dialect)
    more = statement.excluded
    return statement.on_conflict_do_update(
        index_elements=[HelpVoteCount.article, HelpVoteCount.locale, HelpVoteCount.version],
        set_={
            "helpful": HelpVoteCount.helpful + more.helpful,
            "unhelpful": HelpVoteCount.unhelpful + more.unhelpful,
        },
    ).returning(HelpVoteCount.helpful, HelpVoteCount.unhelpful)


@cache
def _telling(dialect: str) -> Executable:
    # A double click sends the same text once more.
    return insert_into(HelpFeedback, dialect).on_conflict_do_nothing()


@cache
def _searching(dialect: str) -> Executable:
    statement = insert_into(HelpSearch, dialect)
    return statement.on_conflict_do_update(
        index_elements=[HelpSearch.locale, HelpSearch.query],
        set_={"count": HelpSearch.count + 1, "last_on": statement.excluded.last_on},
    )
