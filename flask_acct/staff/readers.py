"""What readers of the help site say: votes on its articles, and searches that found nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..db.models import HelpFeedback, HelpSearch, HelpVoteCount

MOST = 25


@dataclass(frozen=True, slots=True)
class ArticleVotes:
    """The votes on an article in one language, all its versions together."""

    article: str
    locale: str
    helpful: int
    unhelpful: int


def votes(db: Session) -> Sequence[ArticleVotes]:
    """Return the articles that helped the fewest, first."""
    helpful, unhelpful = func.sum(HelpVoteCount.helpful), func.sum(HelpVoteCount.unhelpful)
    found = (
        select(HelpVoteCount.article, HelpVoteCount.locale, helpful, unhelpful)
        .group_by(HelpVoteCount.article, HelpVoteCount.locale)
        .order_by(unhelpful.desc(), helpful, HelpVoteCount.article, HelpVoteCount.locale)
        .limit(MOST)
    )
    return [ArticleVotes(*row) for row in db.execute(found)]


def empty_searches(db: Session) -> Sequence[HelpSearch]:
    """Return what was searched for most often and is nowhere."""
    return db.scalars(select(HelpSearch).order_by(HelpSearch.count.desc(), HelpSearch.query).limit(MOST)).all()


def missing(db: Session) -> Sequence[HelpFeedback]:
    """Return what readers missed, the newest first."""
    return db.scalars(select(HelpFeedback).order_by(HelpFeedback.sent_on.desc(), HelpFeedback.digest).limit(MOST)).all()
