"""What is told of journeys: while they run, to a CI server, and to people."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest
from PIL import Image
from playwright.sync_api import Browser

from flask_acct.kb.articles.manifest import Checked
from flask_acct.kb.journeys.journey import Failure, JourneyDone
from flask_acct.kb.journeys.results import Progress, junit, page
from flask_acct.kb.journeys.runs import Outcome, Run

CHECKED = Checked("9c1e", date(2026, 3, 4))
STEPS = (JourneyDone('visit("login.form")', 0.51), JourneyDone('click("login.form.submit")', 1.25))


@pytest.fixture
def outcomes(tmp_path: Path) -> list[Outcome]:
    """One that went well, one that was skipped, one that failed."""
    Image.new("RGB", (40, 20), "red").save(tmp_path / "failed.png")
    failure = Failure(
        journey="sign-in es basico wide",
        step='click("login.form.submit")',
        where="kb/en/sign-in.md:14",
        wanted="login.form.submit to say 'Entrar'",
        got="'<b>Enviar</b>' \x07",
        picture=tmp_path / "failed.png",
        log="Traceback: no such table",
    )
    return [
        Outcome(Run("sign-in", "en"), CHECKED, done=STEPS, seconds=1.8),
        Outcome(Run("sign-in", "en", None, "phone"), CHECKED, skipped=True),
        Outcome(
            Run("sign-in", "es", "basico"), None, False, failure, (STEPS[0], JourneyDone(failure.step, 8.0, False)), 8.5
        ),
    ]


def test_junit_counts_and_names_every_journey(outcomes: list[Outcome], tmp_path: Path) -> None:
    junit(outcomes, tmp_path / "new" / "junit.xml")
    root = Xml.parse(tmp_path / "new" / "junit.xml").getroot()
    assert root.attrib["tests"] == "3"
    assert root.attrib["failures"] == "1"
    assert root.attrib["skipped"] == "1"
    cases = root.findall("testsuite[@name='sign-in']/testcase")
    assert [case.attrib["name"] for case in cases] == ["sign-in en phone", "sign-in en wide", "sign-in es basico wide"]
    assert [case.find("skipped") is not None for case in cases] == [True, False, False]


def test_junit_says_what_failed_and_how_long_each_step_took(outcomes: list[Outcome], tmp_path: Path) -> None:
    junit(outcomes, tmp_path / "junit.xml")
    *_, case = Xml.parse(tmp_path / "junit.xml").getroot().iter("testcase")
    assert "kb/en/sign-in.md:14" in (case.findtext("failure") or "")
    assert '8.00 s  click("login.form.submit")' in (case.findtext("system-out") or "")


def test_the_page_holds_each_journey_its_steps_and_the_picture_of_a_failure(
    outcomes: list[Outcome], tmp_path: Path
) -> None:
    page(outcomes, tmp_path / "report" / "index.html", title="Corner & Co", seconds=12)
    text = (tmp_path / "report" / "index.html").read_text("utf-8")
    assert "<title>Failed: journeys of Corner &amp; Co</title>" in text
    assert "1 of 3 failed." in text
    assert "&lt;b&gt;Enviar&lt;/b&gt;" in text
    assert 'src="data:image/png;base64,' in text
    assert "Traceback: no such table" in text
    assert text.count("visit(&#34;login.form&#34;)") == 2


def test_a_page_without_a_failure_says_so_first(outcomes: list[Outcome], tmp_path: Path) -> None:
    page(outcomes[:2], tmp_path / "index.html", title="Corner & Co", seconds=2)
    text = (tmp_path / "index.html").read_text("utf-8")
    assert "All of them went as written." in text
    assert "Failures" not in text


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_accessible(outcomes: list[Outcome], tmp_path: Path, browser: Browser, scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page(outcomes, tmp_path / "index.html", title="Corner & Co", seconds=12)
    context = browser.new_context(viewport={"width": 320, "height": 600}, color_scheme=scheme)  # type: ignore[arg-type]
    shown = context.new_page()
    shown.goto((tmp_path / "index.html").as_uri())
    found = Axe().run(shown).response["violations"]
    width = shown.evaluate("document.documentElement.scrollWidth")
    context.close()
    assert [one["id"] for one in found] == []
    assert width == 320


def test_progress_counts_and_says_how_long_the_rest_takes(
    outcomes: list[Outcome], capsys: pytest.CaptureFixture[str]
) -> None:
    progress = Progress(5)
    for outcome in (outcomes[0], outcomes[1], outcomes[0], outcomes[0]):
        progress(outcome)
    first, *_, last = capsys.readouterr().out.splitlines()
    assert first == "[1/5] sign-in en wide: 2 steps, 1.8 s"
    assert last == "[4/5] sign-in en wide: 2 steps, 1.8 s; about 0 s left"


def test_a_failure_is_told_at_once(outcomes: list[Outcome], capsys: pytest.CaptureFixture[str]) -> None:
    Progress(1)(outcomes[2])
    assert "wanted  login.form.submit to say 'Entrar'" in capsys.readouterr().err
