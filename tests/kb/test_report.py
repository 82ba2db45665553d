"""The report on the help centre: what readers told, and which articles need care."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from flask_acct import cli
from flask_acct import config as configuration
from flask_acct.config import Config
from flask_acct.db.database import Database
from flask_acct.extension import Acct
from flask_acct.features import platforms as editions_of
from flask_acct.features.help import flows
from flask_acct.features.help.flows import About
from flask_acct.kb import report
from flask_acct.kb.articles.content import Content, digest, shipped
from flask_acct.kb.articles.knowledge_base import KnowledgeBase
from flask_acct.kb.articles.manifest import Checked, Manifest, TakenPicture, fingerprint, key
from flask_acct.kb.report import Readers, Report

from ..scopes import SECRET_KEY, a_scope
from .conftest import ENGLISH, Write

CONFIG = Config.model_validate({"site": {"locales": ["en", "es_AR"], "name": "Ortega"}})
PICTURE = f"{'ab' * 10}.webp"
DAY = date(2026, 3, 4)
NOBODY = Readers((), (), ())


@pytest.fixture
def centre(folder: Path, write: Write) -> KnowledgeBase:
    """One article in two languages, its journey run in both, with a picture."""
    write(ENGLISH)
    write(f"---\ntranslates: {digest(Content(folder).first('try-it'))}\n---\n{ENGLISH.split('---')[2]}", "es")
    content, platforms = Content(folder), editions_of(CONFIG)
    records = folder.parent / "records"
    records.mkdir()
    (records / PICTURE).write_bytes(b"x")
    manifest = Manifest(records)
    for locale in CONFIG.site.locales:
        mark = fingerprint("try-it", locale, None, content=content, platforms=platforms)
        manifest.checked[key("try-it", locale, None)] = Checked(mark, DAY, (TakenPicture(1, PICTURE, 40, 20, "77"),))
    return KnowledgeBase(platforms, content, manifest)


def version(centre: KnowledgeBase, locale: str = "es_AR") -> str:
    return digest(centre.content.source("try-it", locale))


def vote(db: Session, about: About, helpful: int, of: int, day: int = 4) -> None:
    """So many readers vote on the text."""
    for number in range(of):
        flows.vote(
            a_scope(db, config=CONFIG, now=datetime.fromisoformat(f"2026-03-{day:02}T12:00+00:00")),
            about,
            is_helpful=number < helpful,
            reader=f"{about} {number}",
            network=f"192.0.2.{number}",
        )


def shown(found: Report) -> str:
    return "\n".join(report.lines(found))


def part(found: Report, title: str) -> list[str]:
    """The lines of a section."""
    _, _, rest = shown(found).partition(f"\n{title}\n{'-' * len(title)}\n")
    return rest.split("\n\n")[0].splitlines()


def asked(centre: KnowledgeBase, db: Session) -> Report:
    return report.gather(centre, report.readers_in(db, centre))


def test_a_help_centre_nobody_used_and_everybody_checked_says_so(centre: KnowledgeBase) -> None:
    assert shown(report.gather(centre, NOBODY)) == (
        "Help centre of Ortega\n"
        "\nVotes\n-----\nNobody has voted yet.\n"
        "\nWhat readers missed\n-------------------\nNobody has written what was missing.\n"
        "\nSearches that found nothing\n---------------------------\nNo search has gone without a result.\n"
        "\nStale translations\n------------------\nEvery translation is of today's text.\n"
        "\nChecked, but not as things are now\n----------------------------------\n"
        "No check and no picture is out of date.\n"
        "\nNever checked\n-------------\nEvery article was checked against the live screens."
    )


def test_votes_stand_in_columns_the_text_of_today_before_older_ones(centre: KnowledgeBase, db: Session) -> None:
    now = version(centre)
    vote(db, About("try-it", "es_AR", "00000001"), 1, 4, day=2)
    vote(db, About("try-it", "es_AR", "00000002"), 10, 10, day=3)
    vote(db, About("try-it", "es_AR", now), 2, 3)
    assert part(asked(centre, db), "Votes") == [
        "article  language  version   helpful  of         last vote",
        f"try-it   es-AR     {now}        2   3   66 %  2026-03-04  current",
        "try-it   es-AR     00000002       10  10  100 %  2026-03-03  older",
        "try-it   es-AR     00000001        1   4   25 %  2026-03-02  older",
    ]


def test_a_text_is_of_today_in_its_own_language_only(centre: KnowledgeBase, db: Session) -> None:
    vote(db, About("try-it", "en", version(centre, "en")), 1, 1)
    vote(db, About("try-it", "it", version(centre, "en")), 1, 1)
    vote(db, About("no-more", "en", version(centre, "en")), 1, 1)
    standings = [(one.article, one.language, one.standing) for one in report.readers_in(db, centre).votes]
    assert standings == [("no-more", "en", "gone"), ("try-it", "en", "current"), ("try-it", "it", "gone")]


def test_what_readers_missed_stands_below_where_they_missed_it(
    centre: KnowledgeBase, db: Session, now: datetime
) -> None:
    about = About("try-it", "es_AR", version(centre))
    how: dict[str, Any] = {"network": "192.0.2.1"}
    flows.report_missing(a_scope(db, config=CONFIG, now=now), "How?\n\nAnd when \u202eesrever\u202c?", about, **how)
    assert part(asked(centre, db), "What readers missed") == [
        "2026-03-04  try-it (es-AR, current text)",
        "            How?",
        "            And when esrever?",
    ]


def test_long_words_of_readers_are_folded(centre: KnowledgeBase, db: Session, now: datetime) -> None:
    about = About("try-it", "es_AR", version(centre))
    flows.report_missing(a_scope(db, config=CONFIG, now=now), "word " * 200, about, network="192.0.2.1")
    assert max(map(len, part(asked(centre, db), "What readers missed"))) <= report.WIDTH


def test_searches_without_result_stand_in_the_order_of_how_many_there_were(
    centre: KnowledgeBase, db: Session, now: datetime
) -> None:
    for words, times in (("factura", 2), ("borrar cuenta", 11)):
        for _ in range(times):
            flows.search_failed(a_scope(db, config=CONFIG, now=now), words, "es_AR", network="192.0.2.1")
    assert part(asked(centre, db), "Searches that found nothing") == [
        "count  language  last        words",
        "   11  es-AR     2026-03-04  borrar cuenta",
        "    2  es-AR     2026-03-04  factura",
    ]


def test_a_terminal_shows_the_first_searches_and_says_where_the_rest_is(centre: KnowledgeBase) -> None:
    many = tuple(report.Search("en", f"word {number}", 1, DAY) for number in range(report.SHOWN + 3))
    lines = part(report.gather(centre, Readers((), (), many)), "Searches that found nothing")
    assert len(lines) == report.SHOWN + 2
    assert lines[-1] == "... and 3 more: flask acct kb report --json"


def test_a_stale_translation_is_named_with_its_place(centre: KnowledgeBase, write: Write) -> None:
    write(ENGLISH.replace("That is all.", "That is nearly all."))
    changed = KnowledgeBase(centre.platforms, Content(centre.content.folder), centre.manifest)
    (line,) = part(report.gather(changed, NOBODY), "Stale translations")
    assert line.startswith("kb/es/try-it.md:2: translates ")


def test_a_check_of_another_configuration_is_out_of_date_with_its_pictures(centre: KnowledgeBase) -> None:
    other = CONFIG.model_copy(update={"session": CONFIG.session.model_copy(update={"idle_minutes": 20})})
    found = report.gather(KnowledgeBase(editions_of(other), centre.content, centre.manifest), NOBODY)
    assert part(found, "Checked, but not as things are now") == [
        "article  language  checked on  pictures",
        "try-it   en        2026-03-04         1  changed",
        "try-it   es-AR     2026-03-04         1  changed",
    ]


def test_a_picture_whose_file_is_gone_is_named(centre: KnowledgeBase) -> None:
    (centre.manifest.folder / PICTURE).unlink()
    lines = part(report.gather(centre, NOBODY), "Checked, but not as things are now")
    assert lines[1] == f"try-it   en        2026-03-04         1  files are gone: {PICTURE}"


def test_an_article_nobody_checked_is_named_once_with_its_languages(centre: KnowledgeBase) -> None:
    centre.manifest.checked.clear()
    found = report.gather(centre, NOBODY)
    assert part(found, "Never checked") == ["try-it: en, es-AR"]
    assert found.outdated == ()


def test_an_article_that_cannot_be_read_does_not_stop_the_report(centre: KnowledgeBase, write: Write) -> None:
    write(ENGLISH.replace("login.form.forgot_password", "login.form.nothing"))
    broken = KnowledgeBase(centre.platforms, Content(centre.content.folder), centre.manifest)
    lines = part(report.gather(broken, NOBODY), "Checked, but not as things are now")
    assert "'login.form.nothing' is not an element" in lines[1]


def test_each_platform_is_checked_by_itself(centre: KnowledgeBase) -> None:
    two = CONFIG.model_copy(
        update={"platforms": {key: configuration.PlatformSettings(name=key.upper()) for key in ("basic", "large")}}
    )
    found = report.gather(KnowledgeBase(editions_of(two), centre.content, centre.manifest), NOBODY)
    assert part(found, "Never checked") == ["try-it: en (basic), en (large), es-AR (basic), es-AR (large)"]


def test_a_program_gets_the_same_as_json(centre: KnowledgeBase, db: Session) -> None:
    vote(db, About("try-it", "es_AR", version(centre)), 2, 3)
    found = json.loads(json.dumps(report.plain(asked(centre, db)), default=str))
    assert found["votes"] == [
        {"article": "try-it", "language": "es-AR", "version": version(centre), "standing": "current",
         "helpful": 2, "of": 3, "last": "2026-03-04"}
    ]  # fmt: skip
    keys = {"site", "not_known", "votes", "feedback", "searches", "stale", "outdated", "unchecked"}
    assert set(found) == keys
    assert found["not_known"] is None
    assert found["feedback"] == []


def test_a_program_gets_each_journey_flat(centre: KnowledgeBase) -> None:
    (centre.manifest.folder / PICTURE).unlink()
    del centre.manifest.checked[key("try-it", "en", None)]
    found = json.loads(json.dumps(report.plain(report.gather(centre, "no app")), default=str))
    journey = {"article": "try-it", "platform": None}
    assert found["unchecked"] == [{**journey, "language": "en"}]
    assert found["outdated"] == [
        {**journey, "language": "es-AR", "day": "2026-03-04", "why": report.LOST, "pictures": [PICTURE]}
    ]
    assert found["not_known"] == "no app"
    assert found["votes"] is None


@pytest.fixture
def app(database_url: str) -> Flask:
    app = Flask("host")
    app.config.update(SECRET_KEY=SECRET_KEY, ACCT_DATABASE_URL=database_url, ACCT_WORKER=False)
    app.cli.add_command(cli.acct)
    Acct(app, config="client-area")
    return app


@pytest.fixture(autouse=True)
def away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command runs in a folder of its own, away from any setting of the developer's."""
    monkeypatch.chdir(tmp_path)
    for name in ("ACCT_CONFIG", "ACCT_PUBLIC_URL", "FLASK_APP", "FLASK_RUN_FROM_CLI"):
        monkeypatch.delenv(name, raising=False)


def on(app: Flask, *arguments: str) -> Result:
    command = ["acct", "kb", "report", "--config", "client-area", *arguments]
    return app.test_cli_runner().invoke(args=command)


def test_the_command_asks_the_apps_database(app: Flask, database: Database) -> None:
    version = digest(shipped().source("sign-in", "es_AR"))
    form = {"article": "sign-in", "locale": "es-AR", "version": version, "answer": "yes"}
    app.test_client().post("/help/vote", data=form, headers={"Origin": "http://localhost"})
    result = on(app)
    assert result.exit_code == 0, result.output
    assert f"sign-in  es-AR     {version}        1   1  100 %" in result.output


def test_the_command_speaks_json(app: Flask) -> None:
    found = json.loads(on(app, "--json").output)
    assert found["votes"] == []
    assert found["not_known"] is None


def test_without_an_app_the_rest_is_said_all_the_same() -> None:
    result = CliRunner().invoke(cli.acct, ["kb", "report", "--config", "client-area"])
    assert result.exit_code == 0, result.output
    assert "Not known: Could not locate a Flask application." in result.output
    assert "\nStale translations\n" in result.output


def test_an_app_without_flask_acct_is_told_how_to_get_it() -> None:
    host = Flask("host")
    host.cli.add_command(cli.acct)
    result = on(host)
    assert result.exit_code == 0
    assert "Call acct.init_app(app)" in " ".join(result.output.split())


def test_tables_that_are_missing_are_said_with_the_command_that_makes_them(app: Flask, database: Database) -> None:
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE acct_alembic_version SET version_num = '0001'"))
    result = on(app)
    assert result.exit_code == 0
    assert "Run: flask acct upgrade" in " ".join(result.output.split())


def test_a_database_that_cannot_be_reached_is_said_and_the_rest_too(tmp_path: Path) -> None:
    app = Flask("host")
    app.config.update(SECRET_KEY=SECRET_KEY, ACCT_DATABASE_URL=f"sqlite:///{tmp_path}/no/acct.db", ACCT_WORKER=False)
    app.cli.add_command(cli.acct)
    Acct(app, config="client-area")
    found = json.loads(on(app, "--json").output)
    assert found["votes"] is None
    assert "Check ACCT_DATABASE_URL" in found["not_known"]
    assert isinstance(found["stale"], list)
