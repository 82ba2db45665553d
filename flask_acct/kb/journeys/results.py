"""What came of the journeys, told three ways: a line each while they run, JUnit XML for a CI server, a page for people.

The page is one file, pictures of failures included, so that it can be stored and sent.
"""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Literal
from xml.etree import ElementTree as Xml

import click
from jinja2 import Environment, FileSystemLoader

from .. import outputs
from .runs import Outcome

JUNIT = "junit.xml"
PAGE = "index.html"
PAGE_SIGN = b": journeys of "
"""In the title of each page."""

TEMPLATE = Path(__file__).with_suffix(".html")

NOT_IN_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot represent."""


@dataclass
class Progress:
    """Prints what was done, how many of how many, and about how long the rest will take.

    Args:
        total: How many journeys there are.
    """

    total: int
    ended: int = 0
    worked: list[float] = field(default_factory=list)
    """Seconds of those that were not skipped."""
    has_skipped: bool = False
    _begun: float = field(default_factory=time.monotonic)

    def __call__(self, outcome: Outcome) -> None:
        self.ended += 1
        if outcome.skipped:
            if not self.has_skipped:
                click.echo(
                    "Journeys that went well before and of which nothing has changed are skipped (--all runs them)."
                )
            self.has_skipped = True
            return
        self.worked.append(outcome.seconds)
        where = f"[{self.ended}/{self.total}] {outcome.run.name}"
        if outcome.failure:
            click.echo(f"{where}: FAILED{self.left()}\n\nFAILED {outcome.failure}\n", err=True)
            return
        pictures = len(outcome.checked.pictures) if outcome.checked else 0
        seen = f", {pictures} pictures" if pictures else ""
        click.echo(f"{where}: {len(outcome.done)} steps{seen}, {outcome.seconds:.1f} s{self.left()}")

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._begun

    def left(self) -> str:
        """Return how long the rest takes if it is like what was done: ``"; about 40 s left"``."""
        rest = self.total - self.ended
        if not rest or len(self.worked) < 3:
            return ""
        seconds = rest * self.seconds / self.ended
        return f"; about {seconds / 60:.0f} min left" if seconds > 90 else f"; about {seconds:.0f} s left"


def junit(outcomes: Sequence[Outcome], file: Path) -> None:
    """The file has the result of each journey, as CI servers read it: a suite for each article."""
    root = Xml.Element("testsuites", _counts(outcomes))
    for article, ones in groupby(sorted(outcomes, key=_where), key=lambda one: one.run.article):
        found = list(ones)
        suite = Xml.SubElement(root, "testsuite", {"name": article, **_counts(found)})
        for outcome in found:
            _add_case(suite, outcome)
    Xml.indent(root)
    _put(file, Xml.tostring(root, encoding="utf-8", xml_declaration=True))


def page(outcomes: Sequence[Outcome], file: Path, *, title: str, seconds: float) -> None:
    """The file has the result of each journey for people: a summary, then each step.

    Args:
        title: Which help centre was checked.
        seconds: How long it took in all.
    """
    environment = Environment(loader=FileSystemLoader(TEMPLATE.parent), autoescape=True, trim_blocks=True)
    environment.filters.update(picture=_picture, result=result)
    text = environment.get_template(TEMPLATE.name).render(
        title=title,
        at=datetime.now(UTC),
        seconds=seconds,
        counts={name: sum(1 for one in outcomes if result(one) == name) for name in ("failed", "passed", "unchanged")},
        outcomes=sorted(outcomes, key=_where),
        failed=[one for one in sorted(outcomes, key=_where) if one.failure],
    )
    _put(file, text.encode())


def is_junit(file: Path) -> bool:
    """Whether the file holds such results."""
    return b"<testsuite" in _head(file)


def is_page(file: Path) -> bool:
    """Whether it is such a page for people."""
    return PAGE_SIGN in _head(file)


def result(outcome: Outcome) -> Literal["failed", "passed", "unchanged"]:
    if outcome.failure:
        return "failed"
    return "unchanged" if outcome.skipped else "passed"


def _put(file: Path, content: bytes) -> None:
    with outputs.explain_errors(file):
        file.parent.mkdir(parents=True, exist_ok=True)
        outputs.replace(file, content)


def _head(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(4000)


def _where(outcome: Outcome) -> tuple[str, str, str, str]:
    run = outcome.run
    return (run.article, run.locale, run.platform or "", run.view)


def _counts(outcomes: Sequence[Outcome]) -> dict[str, str]:
    return {
        "tests": str(len(outcomes)),
        "failures": str(sum(1 for one in outcomes if one.failure)),
        "errors": "0",
        "skipped": str(sum(1 for one in outcomes if one.skipped)),
        "time": f"{sum(one.seconds for one in outcomes):.3f}",
    }


def _add_case(suite: Xml.Element, outcome: Outcome) -> None:
    run = outcome.run
    about = {"classname": f"help.{run.article}", "name": run.name, "time": f"{outcome.seconds:.3f}"}
    case = Xml.SubElement(suite, "testcase", about)
    if outcome.skipped:
        Xml.SubElement(case, "skipped", {"message": "nothing has changed since it went well"})
    if outcome.failure:
        failure = outcome.failure
        message = _writable(f"{failure.step}: wanted {failure.wanted}, got {failure.got}")
        Xml.SubElement(case, "failure", {"message": message}).text = _writable(str(failure))
    if outcome.done:
        steps = (f"{one.seconds:6.2f} s  {one.step}" for one in outcome.done)
        Xml.SubElement(case, "system-out").text = _writable("\n".join(steps))


def _writable(text: str) -> str:
    return NOT_IN_XML.sub("\ufffd", text)


def _picture(file: Path) -> str:
    """Return a picture as a ``data:`` address."""
    return f"data:image/png;base64,{base64.b64encode(file.read_bytes()).decode()}" if file.is_file() else ""
