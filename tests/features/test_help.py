"""What readers of the help site tell is counted once, kept without their names, and forgotten in time."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from flask_acct.config import Config, Limits
from flask_acct.db.database import Database
from flask_acct.db.models import HelpFeedback, HelpSearch, HelpVote
from flask_acct.features import platform
from flask_acct.features.help import flows
from flask_acct.features.help.flows import About, Dropped, NotASearch, Stored, VoteTotals
from flask_acct.security.limits import TooMany
from flask_acct.values.keys import Keys

from ..races.test_races import all_at_once
from ..scopes import a_scope

TEXT = About("recover-password", "es_AR", "3f2a9c17")
HOME = "192.0.2.1"
BROWSER = "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"

Say = Callable[..., Any]


@pytest.fixture
def vote(db: Session, config: Config, keys: Keys, now: datetime) -> Say:
    """Somebody votes: ``vote(True, "192.0.2.7")``."""

    def do(is_helpful: bool, network: str = HOME, about: About = TEXT, config: Config = config, **more: Any) -> Any:
        return flows.vote(
            a_scope(db, config=config, now=more.get("now", now)),
            about,
            is_helpful=is_helpful,
            reader=flows.reader(network, BROWSER, about, keys),
            network=network,
        )

    return do


@pytest.fixture
def search(db: Session, config: Config, now: datetime) -> Say:
    """Somebody searches in vain: ``search("cambiar clave")``."""

    def do(typed: str, locale: str = "es", network: str = HOME, config: Config = config, **more: Any) -> Any:
        when = more.get("now", now)
        return flows.search_failed(a_scope(db, config=config, now=when), typed, locale, network=network)

    return do


@pytest.fixture
def report_missing(db: Session, config: Config, now: datetime) -> Say:
    """Somebody says what was missing."""

    def do(text: str, network: str = HOME, config: Config = config, **more: Any) -> Any:
        return flows.report_missing(a_scope(db, config=config, now=more.get("now", now)), text, TEXT, network=network)

    return do


def found(db: Session) -> list[tuple[str, int]]:
    return [(one.query, one.count) for one in flows.searches(db)]


def test_readers_are_counted_with_those_who_found_the_text_helpful(vote: Say) -> None:
    for number in range(13):
        vote(number >= 2, f"192.0.2.{number}")
    assert vote(True, "192.0.2.99") == VoteTotals(12, 14)


def test_a_text_nobody_voted_on_has_no_votes(db: Session) -> None:
    assert flows.count(db, TEXT) == VoteTotals(0, 0)


def test_a_readers_second_answer_takes_the_place_of_the_first(vote: Say) -> None:
    vote(True, "192.0.2.2")
    answers = [vote(True), vote(True), vote(False), vote(True)]
    assert answers == [VoteTotals(2, 2), VoteTotals(2, 2), VoteTotals(1, 2), VoteTotals(2, 2)]


@pytest.mark.parametrize(
    "other",
    [About("sign-in", "es_AR", "3f2a9c17"), About("recover-password", "es", "3f2a9c17"),
     About("recover-password", "es_AR", "00000000")],
)  # fmt: skip
def test_each_text_is_counted_by_itself(vote: Say, other: About) -> None:
    vote(True)
    assert vote(False, about=other) == VoteTotals(0, 1)
    assert vote(True) == VoteTotals(1, 1)


def test_too_many_votes_from_one_network_have_to_wait_and_do_not_count(vote: Say) -> None:
    few = Config(limits=Limits(requests_per_address=5))
    answers = [vote(True, config=few) for _ in range(6)]
    assert answers[4:] == [VoteTotals(1, 1), TooMany(timedelta(hours=1))]
    assert vote(True, "198.51.100.7", config=few) == VoteTotals(2, 2)


def test_votes_searches_and_feedback_of_a_network_are_counted_apart(
    vote: Say, search: Say, report_missing: Say
) -> None:
    few = Config(limits=Limits(requests_per_address=5))
    for _ in range(6):
        vote(True, config=few)
    assert search("x", config=few) == Stored()
    assert report_missing("x", config=few) == Stored()


def test_a_reader_is_known_by_network_browser_and_text_together(keys: Keys) -> None:
    other = Keys.of("another-example-key-for-tests-0123456789abcdef")
    readers = [
        flows.reader(HOME, BROWSER, TEXT, keys),
        flows.reader("192.0.2.2", BROWSER, TEXT, keys),
        flows.reader(HOME, "Lynx", TEXT, keys),
        flows.reader(HOME, BROWSER, About("sign-in", "es_AR", "3f2a9c17"), keys),
        flows.reader(HOME, BROWSER, About("recover-password", "es", "3f2a9c17"), keys),
        flows.reader(HOME, BROWSER, About("recover-password", "es_AR", "00000000"), keys),
        flows.reader(HOME, BROWSER, TEXT, other),
    ]
    assert len({*readers, flows.reader(HOME, BROWSER, TEXT, keys)}) == len(readers)


def test_a_user_agent_of_any_signs_is_a_reader_too(keys: Keys) -> None:
    assert len(flows.reader(HOME, "\udcff\0é", TEXT, keys)) == 64


def test_a_vote_holds_neither_network_nor_browser(vote: Say, db: Session) -> None:
    vote(True)
    (row,) = db.execute(select(HelpVote.__table__)).all()
    assert not any(part in repr(row) for part in (HOME, "Mozilla", "Firefox"))


def test_votes_of_one_reader_at_the_same_time_count_once(
    any_database: Database, config: Config, keys: Keys, now: datetime
) -> None:
    reader = flows.reader(HOME, BROWSER, TEXT, keys)

    def act(db: Session, which: int) -> object:
        is_helpful = which % 2 == 0
        how: dict[str, Any] = {"reader": reader, "network": HOME}
        return flows.vote(a_scope(db, config=config, now=now), TEXT, is_helpful=is_helpful, **how)

    outcomes = all_at_once(16, any_database, act)
    with any_database.session() as db:
        assert flows.count(db, TEXT).of == 1
    assert Counter(type(outcome).__name__ for outcome in outcomes) == Counter(VoteTotals=16)


def test_votes_of_different_readers_at_the_same_time_all_count(
    any_database: Database, config: Config, keys: Keys, now: datetime
) -> None:
    def act(db: Session, which: int) -> object:
        network = f"192.0.2.{which}"
        reader = flows.reader(network, BROWSER, TEXT, keys)
        how: dict[str, Any] = {"reader": reader, "network": network}
        return flows.vote(a_scope(db, config=config, now=now), TEXT, is_helpful=which < 12, **how)

    all_at_once(14, any_database, act)
    with any_database.session() as db:
        assert flows.count(db, TEXT) == VoteTotals(12, 14)


def test_the_votes_are_told_with_the_most_voted_text_first(vote: Say, db: Session, now: datetime) -> None:
    older = About("recover-password", "es_AR", "00000000")
    for number in range(3):
        vote(True, f"192.0.2.{number}")
    vote(False, about=older)
    assert flows.votes(db) == [
        flows.VoteCounts(TEXT, VoteTotals(3, 3), now.date()),
        flows.VoteCounts(older, VoteTotals(0, 1), now.date()),
    ]


def test_the_counts_are_those_of_the_texts_asked_for(vote: Say, db: Session) -> None:
    other, elsewhere = About("sign-in", "es_AR", "3f2a9c17"), About("recover-password", "it", "3f2a9c17")
    vote(True)
    vote(True, about=About("recover-password", "es_AR", "00000000"))
    vote(False, about=other)
    vote(True, about=elsewhere)
    asked = {"recover-password": ["3f2a9c17"], "sign-in": ["3f2a9c17"], "change-email": ["3f2a9c17"]}
    assert flows.counts(db, "es_AR", asked) == {TEXT: VoteTotals(1, 1), other: VoteTotals(0, 1)}
    assert flows.counts(db, "es_AR", {}) == {}


@pytest.mark.parametrize("seed", range(6))
def test_the_count_is_always_that_of_the_answers(vote: Say, db: Session, seed: int) -> None:
    """First answers, changed ones, and ones taken back to what they were."""
    draw = random.Random(seed)
    last: dict[str, bool] = {}
    for _ in range(60):
        network, answer = f"192.0.2.{draw.randrange(9)}", draw.random() < 0.5
        last[network] = answer
        assert vote(answer, network) == VoteTotals(sum(last.values()), len(last))
    rows = db.scalars(select(HelpVote.is_helpful)).all()
    assert flows.count(db, TEXT) == VoteTotals(sum(rows), len(rows))


def test_a_reader_who_changes_their_mind_many_times_at_once_is_counted_once(
    any_database: Database, config: Config, keys: Keys, now: datetime
) -> None:
    def act(db: Session, which: int) -> object:
        network = f"192.0.2.{which % 3}"
        how: dict[str, Any] = {"network": network}
        reader = flows.reader(network, BROWSER, TEXT, keys)
        return flows.vote(a_scope(db, config=config, now=now), TEXT, is_helpful=which % 2 == 0, reader=reader, **how)

    for _ in range(3):
        all_at_once(12, any_database, act)
    with any_database.session() as db:
        rows = db.scalars(select(HelpVote.is_helpful)).all()
        assert flows.count(db, TEXT) == VoteTotals(sum(rows), 3)


def there_is(_locale: str) -> dict[str, list[str]]:
    """The texts of every language."""
    return {"recover-password": ["3f2a9c17"]}


@pytest.mark.parametrize(
    ("article", "tag", "version"),
    [
        ("nothing", "es-AR", "3f2a9c17"),
        ("", "es-AR", "3f2a9c17"),
        ("recover-password", "es_AR", "3f2a9c17"),
        ("recover-password", "fr", "3f2a9c17"),
        ("recover-password", "", "3f2a9c17"),
        ("recover-password", "es-AR", "3F2A9C17"),
        ("recover-password", "es-AR", "3f2a9c1"),
        ("recover-password", "es-AR", "3f2a9c18"),
        ("sign-in", "es-AR", "3f2a9c17"),
        ("recover-password", "es-AR", "3f2a9c17\n"),
        ("recover-password", "es-AR", "３f2a9c17"),
    ],
)
def test_what_names_no_text_is_about_nothing(article: str, tag: str, version: str) -> None:
    config = Config.model_validate({"site": {"locales": ["es", "es_AR"]}})
    assert flows.about(article, tag, version, config, versions=there_is) is None


def test_a_text_is_named_by_the_tag_of_its_language() -> None:
    config = Config.model_validate({"site": {"locales": ["es", "es_AR"]}})
    named = flows.about("recover-password", "es-AR", "3f2a9c17", config, versions=there_is)
    assert named == TEXT


def test_a_language_the_help_site_does_not_have_is_none_of_its() -> None:
    config = Config.model_validate({"site": {"locales": ["es", "it"]}, "help": {"locales": ["es"]}})
    assert flows.locale_of("es", config) == "es"
    assert flows.locale_of("it", config) is None


@pytest.mark.parametrize("typed", ["Café  con\u00a0Leche", " cafe con leche", "CAFÉ CON LECHE", "ｃａｆé con leche"])
def test_one_wish_is_counted_once_however_it_is_spelled(search: Say, db: Session, typed: str) -> None:
    search("café con leche")
    assert search(typed) == Stored()
    assert found(db) == [("cafe con leche", 2)]


def test_a_search_is_counted_in_its_language_with_its_last_day(search: Say, db: Session, now: datetime) -> None:
    search("factura")
    search("factura", "it")
    search("factura", now=now + timedelta(days=3))
    told = [(one.locale, one.count, one.last_on.isoformat()) for one in flows.searches(db)]
    assert told == [("es", 2, "2026-03-07"), ("it", 1, "2026-03-04")]


@pytest.mark.parametrize(
    "typed",
    ["ana@example.com", "write to ana＠example.com please", "555 123 45", "+34 (600) 12-34", "m00000", "12345",
     "٠١٢٣٤", "192.168.0.1", "4111-1111-1111-1111", "k3jh5kj34h5kj3h45kj3h45kj3h4k5jh3k4", "\u200b"],
)  # fmt: skip
def test_what_may_say_who_somebody_is_is_not_remembered(search: Say, db: Session, typed: str) -> None:
    assert search(typed) == Dropped()
    assert found(db) == []


@pytest.mark.parametrize("typed", ["error 404", "plan 2026", "30 días, 7 días", "3 of 4", "c++", "¿por qué?"])
def test_short_numbers_say_nothing_about_anybody(search: Say, typed: str) -> None:
    assert search(typed) == Stored()


@pytest.mark.parametrize(
    "typed", ["", "  ", "two\nlines", "two\rlines", "a\u2028b", "a\u2029b", "a\0b", "\ud800", "x" * 101]
)
def test_what_is_no_line_of_words_is_no_search(search: Say, db: Session, typed: str) -> None:
    assert search(typed) == NotASearch()
    assert found(db) == []


def test_words_that_grow_when_spelled_out_still_fit(any_database: Database, config: Config, now: datetime) -> None:
    with any_database.session() as db:
        flows.search_failed(a_scope(db, config=config, now=now), "ﷺ x " * 25, "es", network=HOME)
        db.commit()
        assert [len(one.query) <= 100 for one in flows.searches(db)] == [True]


def test_words_that_end_at_the_limit_have_no_space_behind_them() -> None:
    assert flows.folded("ﬃ" * 33 + " x") == "ffi" * 33


def test_too_many_searches_from_one_network_have_to_wait(search: Say, db: Session) -> None:
    few = Config(limits=Limits(requests_per_address=5))
    answers = [search(f"word {'abcdef'[n]}", config=few) for n in range(6)]
    assert answers[4:] == [Stored(), TooMany(timedelta(hours=1))]
    assert len(found(db)) == 5


def fill(db: Session, now: datetime, number: int) -> None:
    """So many different searches, the first the most frequent."""
    row = {"locale": "es", "last_on": now.date()}
    db.execute(insert(HelpSearch), [{**row, "query": f"q{n}", "count": number - n} for n in range(number)])


def test_there_is_a_limit_to_different_searches_and_known_ones_still_count(
    search: Say, db: Session, now: datetime
) -> None:
    fill(db, now, flows.MOST_SEARCHES)
    assert search("one more") == Dropped()
    assert search("q1") == Stored()
    assert found(db)[0][1] == flows.MOST_SEARCHES
    assert len(found(db)) == flows.MOST_SEARCHES


def test_the_rarest_searches_make_room_for_others(search: Say, db: Session, config: Config, now: datetime) -> None:
    fill(db, now, flows.MOST_SEARCHES)
    flows.forget_old(a_scope(db, platform=platform(config), now=now))
    assert len(found(db)) == flows.KEPT_SEARCHES
    assert found(db)[-1] == ("q3999", 1001)
    assert search("one more") == Stored()


def test_a_rare_search_goes_before_a_frequent_one_that_is_older(db: Session, config: Config, now: datetime) -> None:
    fill(db, now, flows.MOST_SEARCHES)
    db.execute(update(HelpSearch).where(HelpSearch.query == "q0").values(last_on=now.date() - timedelta(days=30)))
    flows.forget_old(a_scope(db, platform=platform(config), now=now))
    assert found(db)[0] == ("q0", flows.MOST_SEARCHES)


def test_the_same_search_at_the_same_time_is_counted_every_time(
    any_database: Database, config: Config, now: datetime
) -> None:
    def act(db: Session, which: int) -> object:
        return flows.search_failed(a_scope(db, config=config, now=now), "factura", "es", network=f"192.0.2.{which}")

    outcomes = all_at_once(16, any_database, act)
    with any_database.session() as db:
        assert found(db) == [("factura", 16)]
    assert Counter(type(outcome).__name__ for outcome in outcomes) == Counter(Stored=16)


def test_what_was_missing_is_kept_with_the_text_it_was_missing_in(report_missing: Say, db: Session) -> None:
    report_missing("How do I\ndo it by phone?")
    (said,) = flows.feedback(db)
    assert said.text == "How do I\ndo it by phone?"
    assert said.sent_on.isoformat() == "2026-03-04"
    assert About(said.article, said.locale, said.version) == TEXT


def test_feedback_does_not_say_who_wrote_it() -> None:
    assert set(HelpFeedback.__table__.columns.keys()) == {"digest", "article", "locale", "version", "text", "sent_on"}


def test_nothing_written_is_nothing_kept(report_missing: Say, db: Session) -> None:
    assert report_missing("") == Dropped()
    assert flows.feedback(db) == []


def test_a_double_click_says_one_thing(report_missing: Say, db: Session) -> None:
    assert report_missing("A picture.") == Stored()
    assert report_missing("A picture.") == Stored()
    assert len(flows.feedback(db)) == 1


def test_too_much_feedback_from_one_network_has_to_wait(report_missing: Say, db: Session) -> None:
    few = Config(limits=Limits(requests_per_address=5))
    answers = [report_missing(f"Thing {n}", config=few) for n in range(6)]
    assert answers[4:] == [Stored(), TooMany(timedelta(hours=1))]
    assert len(flows.feedback(db)) == 5


def test_the_longest_feedback_fits(any_database: Database, config: Config, now: datetime) -> None:
    with any_database.session() as db:
        flows.report_missing(a_scope(db, config=config, now=now), "🧁" * 1000, TEXT, network=HOME)
        db.commit()
        assert len(flows.feedback(db)[0].text) == 1000


def test_the_latest_feedback_comes_first(report_missing: Say, db: Session, now: datetime) -> None:
    report_missing("Before.")
    report_missing("After.", now=now + timedelta(days=1))
    assert [said.text for said in flows.feedback(db)] == ["After.", "Before."]


def test_after_a_year_feedback_searches_and_single_votes_are_gone_and_the_count_stays(
    any_database: Database, config: Config, keys: Keys, now: datetime
) -> None:
    with any_database.session() as db:
        for days, network in ((366, "192.0.2.1"), (365, "192.0.2.2"), (364, "192.0.2.3")):
            then = now - timedelta(days=days)
            how: dict[str, Any] = {"network": network}
            flows.vote(
                a_scope(db, config=config, now=then),
                TEXT,
                is_helpful=True,
                reader=flows.reader(network, BROWSER, TEXT, keys),
                **how,
            )
            flows.report_missing(a_scope(db, config=config, now=then), f"{days} days ago", TEXT, **how)
            flows.search_failed(a_scope(db, config=config, now=then), f"{days} days ago", "es", **how)
        flows.forget_old(a_scope(db, platform=platform(config), now=now))
        db.commit()
        assert [said.text for said in flows.feedback(db)] == ["364 days ago", "365 days ago"]
        assert found(db) == [("364 days ago", 1), ("365 days ago", 1)]
        assert flows.count(db, TEXT) == VoteTotals(3, 3)
        assert db.scalar(select(func.count()).select_from(HelpVote)) == 2
