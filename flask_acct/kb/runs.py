"""Which journeys are run, in how many processes, and what came of them.

A journey whose article, screens, words and configuration are as its manifest entry says, on an app that looks as it
did then (see ``stage.looks``), would see the same again, and is skipped unless all are asked for.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import click
from playwright.sync_api import Browser, sync_playwright

from .articles import journey as steps_of
from .articles import read
from .centre import Centre, centre
from .content import SOURCE_LOCALE
from .journeys import Failed, Journey
from .journeys import run as do
from .manifest import Checked, View, fingerprint, key
from .stage import Stage

FAILURES = Path("report") / "kb"
WORTH_A_PROCESS = 6
"""Fewer journeys are done before a second browser and app have started."""


@dataclass(frozen=True, slots=True)
class Run:
    """One article, in one language, on one platform."""

    article: str
    locale: str
    platform: str | None


@dataclass(frozen=True, slots=True)
class Order:
    """How the journeys are run; plain enough to be sent to another process."""

    source: str | None
    """The configuration, as ``centre`` takes it."""
    records: Path | None
    app: str
    environment: Mapping[str, str]
    view: View = "wide"
    pictures: bool = True
    again: bool = False
    """Also those that would be skipped."""

    @property
    def takes_pictures(self) -> bool:
        return self.pictures and self.view == "wide"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one journey: ``checked``, also when it was skipped, or what went wrong."""

    run: Run
    checked: Checked | None
    skipped: bool = False
    failure: str = ""


def verify(made: Centre, runs: Sequence[Run], order: Order, *, jobs: int) -> list[Outcome]:
    """Every journey was done or skipped, and the manifest says what went well."""
    jobs = max(1, min(jobs, _changed(made, runs, order) // WORTH_A_PROCESS))
    if jobs == 1:
        outcomes = work(runs, order)
    else:
        hands = [runs[first::jobs] for first in range(jobs)]
        with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
            outcomes = [one for hand in pool.map(partial(work, order=order), hands) for one in hand]
    for outcome in outcomes:
        name = key(outcome.run.article, outcome.run.locale, outcome.run.platform, order.view)
        if outcome.checked:
            made.manifest.checked[name] = outcome.checked
        else:
            made.manifest.checked.pop(name, None)
    made.manifest.keep_only(_keys(made))
    made.manifest.write()
    return outcomes


def work(runs: Sequence[Run], order: Order) -> list[Outcome]:
    """The journeys done one after the other: one app for each platform, one browser if it is needed at all."""
    made = centre(order.source, order.records)
    outcomes: list[Outcome] = []
    with _Chromium() as chromium:
        for platform in dict.fromkeys(run.platform for run in runs):
            with Stage(order.app, made.editions[platform].config, platform, order.environment) as live:
                here = (run for run in runs if run.platform == platform)
                outcomes += [_outcome(run, order, made, live, chromium) for run in here]
    return outcomes


def _changed(made: Centre, runs: Sequence[Run], order: Order) -> int:
    """How many of them will be done for certain, as far as can be told without the app."""
    if order.again:
        return len(runs)
    marks = {
        key(*where, order.view): fingerprint(*where, content=made.content, editions=made.editions)
        for where in ((run.article, run.locale, run.platform) for run in runs)
    }
    checked = made.manifest.checked
    return sum(1 for name, mark in marks.items() if name not in checked or checked[name].fingerprint != mark)


def _outcome(run: Run, order: Order, made: Centre, live: Stage, chromium: _Chromium) -> Outcome:
    journey = _journey(run, order, made, live)
    mark = fingerprint(run.article, run.locale, run.platform, content=made.content, editions=made.editions)
    before = made.manifest.checked.get(key(run.article, run.locale, run.platform, order.view))
    if before and not order.again and _is_as_before(before, mark, journey):
        return Outcome(run, before, skipped=True)
    begun = time.monotonic()
    try:
        checked = do(journey, chromium.browser, fingerprint=mark, failures=FAILURES)
    except Failed as failure:
        click.echo(f"\nFAILED {failure}\n", err=True)
        return Outcome(run, None, failure=str(failure))
    seconds = time.monotonic() - begun
    done = f"{len(journey.steps)} steps, {len(checked.pictures)} pictures, {seconds:.1f} s"
    click.echo(f"{journey.name}: {done}")
    return Outcome(run, replace(checked, looks=live.looks))


def _is_as_before(before: Checked, mark: str, journey: Journey) -> bool:
    there = [taken for taken in before.pictures if (journey.records / taken.file).is_file()]
    has_pictures = not journey.takes_pictures or len(there) == len(journey.shots)
    return has_pictures and bool(before.looks) and (before.fingerprint, before.looks) == (mark, journey.stage.looks)


def _journey(run: Run, order: Order, made: Centre, live: Stage) -> Journey:
    shots = read(run.article, SOURCE_LOCALE, content=made.content, editions=made.editions).shots
    return Journey(
        article=made.article(run.article, run.locale),
        steps=steps_of(run.article, content=made.content, editions=made.editions, platform=run.platform),
        shots=[shot for shot in shots if shot.platform in (None, run.platform)],
        edition=made.editions[run.platform],
        platform=run.platform,
        view=order.view,
        takes_pictures=order.takes_pictures,
        stage=live,
        records=made.manifest.folder,
        known={taken.seen: taken for checked in made.manifest.checked.values() for taken in checked.pictures},
    )


def _keys(made: Centre) -> frozenset[str]:
    views: tuple[View, View] = ("wide", "phone")
    return frozenset(
        key(id_, locale, platform, view)
        for id_ in made.ids
        for locale in made.locales
        for platform in made.editions
        for view in views
    )


class _Chromium:
    """A browser that starts when it is first asked for: the one on PATH, else Playwright's own."""

    def __enter__(self) -> _Chromium:
        self._stack = ExitStack()
        self._browser: Browser | None = None
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def browser(self) -> Browser:
        if self._browser is None:
            self._browser = self._stack.enter_context(_started())
        return self._browser


@contextmanager
def _started() -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        args = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=path, args=args)
        try:
            yield browser
        finally:
            browser.close()
