"""``flask acct kb verify``: the article's steps, done in Chromium on a running app."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from flask_acct.config import preset, presets
from flask_acct.db.models import User
from flask_acct.kb.articles.knowledge_base import centre
from flask_acct.kb.articles.manifest import Manifest

from ..personas import Personas
from .conftest import Verify

pytestmark = pytest.mark.browser

ONE = ("--config", "client-area", "--locale", "en", "--articles", "recover-password", "--wide")
"""One journey is enough to see that the command works."""

SHORT = ("--config", "client-area", "--locale", "en", "--articles", "change-language", "--wide")
"""The same, where it does not matter which."""


@pytest.mark.parametrize("name", sorted(set(presets()) - {"client-area"}))
def test_the_articles_are_true_of_every_preset_in_its_own_language(verify: Verify, records: Path, name: str) -> None:
    locale = preset(name).site.default_locale
    done = verify("--config", name, "--locale", locale, "--wide", "--no-pictures")
    assert done.returncode == 0, done.stderr
    assert {key.split("/")[2] for key in Manifest.read(records).checked} == set(preset(name).platforms or {"-"})


def test_the_articles_are_true_of_the_default_preset_and_their_pictures_can_be_taken(
    verify: Verify, records: Path
) -> None:
    done = verify("--config", "client-area", "--locale", preset("client-area").site.default_locale, "--wide")
    assert done.returncode == 0, done.stderr
    assert len(Manifest.read(records).checked) == len(centre("client-area").ids)


FORMS_MAILS_TABLES = ("recover-password", "add-contact", "invite-user", "change-email")


@pytest.mark.parametrize(
    "locale", [name for name in preset("client-area").site.locales if name != preset("client-area").site.default_locale]
)
def test_the_articles_are_true_in_the_other_languages(verify: Verify, records: Path, locale: str) -> None:
    """Of all of them ``kb/verified`` says so, and ``tests/kb/test_verified.py`` whether that is of today."""
    some = [part for name in FORMS_MAILS_TABLES for part in ("--articles", name)]
    done = verify("--config", "client-area", "--locale", locale, "--wide", "--no-pictures", *some)
    assert done.returncode == 0, done.stderr
    assert len(Manifest.read(records).checked) == len(FORMS_MAILS_TABLES)


def test_the_articles_are_true_on_a_phone(verify_apart: Verify, records: Path) -> None:
    done = verify_apart("--config", "client-area", "--locale", "es", "--phone", "--jobs", "2")
    assert done.returncode == 0, done.stderr
    assert list(records.glob("*.png")) == []


def test_one_command_checks_the_wide_screen_and_the_phone(verify: Verify, records: Path) -> None:
    assert verify(*SHORT[:-1], "--no-pictures").returncode == 0
    assert set(Manifest.read(records).checked) == {"change-language/en/-/wide", "change-language/en/-/phone"}


def test_an_article_that_fails_at_one_width_is_not_called_checked(verify: Verify, records: Path) -> None:
    assert verify(*ONE, "--no-pictures", app="tests.journeys.hosts:plain").returncode == 0
    done = verify(*ONE[:-1], "--phone", app="tests.journeys.hosts:renamed")
    assert done.returncode == 1
    assert Manifest.read(records).checked == {}


def test_a_journey_of_which_nothing_changed_is_skipped_unless_all_are_wanted(verify: Verify) -> None:
    assert "1 journeys went as written." in verify(*SHORT, "--no-pictures").stdout
    assert "0 journeys went as written; 1 skipped" in verify(*SHORT, "--no-pictures").stdout
    assert "1 journeys went as written." in verify(*SHORT, "--no-pictures", "--all").stdout


def test_a_journey_whose_pictures_are_missing_is_done_again(verify: Verify, records: Path) -> None:
    verify(*SHORT, "--no-pictures")
    assert "1 journeys went as written." in verify(*SHORT).stdout
    stored = {
        file for one in Manifest.read(records).checked.values() for taken in one.pictures for file in taken.stored
    }
    assert {file.name for file in records.glob("*.png")} == stored != set()


def test_a_journey_is_done_again_when_the_host_changed_a_template(verify: Verify) -> None:
    assert verify(*SHORT, "--no-pictures", app="tests.journeys.hosts:plain").returncode == 0
    done = verify(*SHORT, "--no-pictures", app="tests.journeys.hosts:renamed")
    assert "1 journeys went as written." in done.stdout


def test_pictures_are_sharp_and_stay_small(verify: Verify, records: Path) -> None:
    assert verify(*ONE).returncode == 0
    pictures = [taken for one in Manifest.read(records).checked.values() for taken in one.pictures]
    assert pictures
    for taken in pictures:
        with Image.open(records / taken.file) as image:
            assert image.format == "PNG"
            assert image.size == (taken.width, taken.height)
            assert image.width >= 500
        assert all((records / file).stat().st_size < 60_000 for file in taken.stored)


def test_a_picture_is_not_taken_again_while_the_page_is_the_same(verify: Verify, records: Path) -> None:
    verify(*SHORT, "--all")
    before = {file.name: file.stat().st_mtime_ns for file in records.glob("*.png")}
    verify(*SHORT, "--all")
    assert before
    assert {file.name: file.stat().st_mtime_ns for file in records.glob("*.png")} == before


def test_a_host_template_that_renames_a_button_is_found(verify: Verify, records: Path, tmp_path: Path) -> None:
    done = verify(*ONE, app="tests.journeys.hosts:renamed")
    assert done.returncode == 1
    assert 'click("recovery.password.submit"), kb/en/recover-password.md:' in done.stderr
    assert "wanted  recovery.password.submit to say 'Email me a link'" in done.stderr
    assert "Submit request" in done.stderr
    assert (tmp_path / "report" / "kb" / "recover-password-en-wide.png").is_file()
    assert Manifest.read(records).checked == {}


def test_a_failure_is_in_the_report_and_in_the_junit_file(verify: Verify, tmp_path: Path) -> None:
    done = verify(*ONE, "--junit", "results/kb.xml", "--report", "kept", app="tests.journeys.hosts:renamed")
    assert done.returncode == 1
    case = (
        Xml.parse(tmp_path / "results" / "kb.xml")
        .getroot()
        .find("testsuite/testcase[@name='recover-password en wide']")
    )
    assert case is not None
    failure = case.find("failure")
    assert failure is not None
    assert "recovery.password.submit to say 'Email me a link'" in failure.attrib["message"]
    page = (tmp_path / "kept" / "index.html").read_text("utf-8")
    assert "1 of 1 failed" in page
    assert 'src="data:image/png;base64,' in page


def test_an_app_of_a_host_goes_as_written(verify: Verify) -> None:
    done = verify(*ONE, app="tests.journeys.hosts:plain")
    assert done.returncode == 0, done.stderr


def test_a_database_somebody_uses_is_refused_and_left_alone(
    verify: Verify, database_url: str, db: Session, personas: Personas
) -> None:
    done = verify(*ONE, app="tests.journeys.hosts:in_use", TEST_DATABASE_IN_USE=database_url)
    assert done.returncode == 1
    assert "the journeys need an empty database" in done.stderr
    db.expire_all()
    assert sorted(db.scalars(select(User.username))) == ["alice", "bob", "charlie"]


def test_an_app_of_another_configuration_is_refused(verify: Verify) -> None:
    done = verify(*ONE, app="tests.journeys.hosts:other_configuration")
    assert done.returncode == 1
    assert "runs another configuration than the articles are written from" in done.stderr


def test_an_app_that_does_not_start_is_shown_with_its_last_words(verify: Verify) -> None:
    done = verify(*ONE, app="no_such_app:create_app")
    assert done.returncode == 1
    assert "no_such_app" in done.stderr
