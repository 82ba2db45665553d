"""Which journeys are run, in how many processes, and what came of them.

A journey whose article, screens, words and configuration are as its manifest entry says, on an app that looks as it
did then (see ``stage.looks``), would see the same again, and is skipped unless all are asked for.
"""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from types import TracebackType
from typing import Any, get_args

from playwright.sync_api import Browser, sync_playwright

from ..articles.centre import Centre, centre
from ..articles.manifest import Checked, View, fingerprint, key
from ..articles.rendering import journey as steps_of
from ..articles.rendering import read
from .journey import Done, Failure, Journey
from .journey import run as walk
from .stage import Stage

VIEWS: tuple[View, ...] = get_args(View)

REPORT = Path("report") / "kb"
WORTH_A_PROCESS = 6
"""Fewer journeys are done before a second browser and app have started."""


@dataclass(frozen=True, slots=True)
class Run:
    """One article, in one language, on one platform, at one width."""

    article: str
    locale: str
    platform: str | None = None
    view: View = "wide"

    @property
    def key(self) -> str:
        """As the manifest has it."""
        return key(self.article, self.locale, self.platform, self.view)

    @property
    def name(self) -> str:
        """For people: ``recover-password es wide``."""
        return " ".join(part for part in (self.article, self.locale, self.platform, self.view) if part)


@dataclass(frozen=True, slots=True)
class Order:
    """How the journeys are run; plain enough to be sent to another process."""

    source: str | None
    """The configuration, as ``centre`` takes it."""
    records: Path | None
    app: str
    environment: Mapping[str, str]
    report: Path = REPORT
    """Where pictures of failures are left."""
    pictures: bool = True
    again: bool = False
    """Also those that would be skipped."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one journey: ``checked``, also when it was skipped, or what went wrong."""

    run: Run
    checked: Checked | None
    skipped: bool = False
    failure: Failure | None = None
    done: tuple[Done, ...] = ()
    seconds: float = 0.0


def every(made: Centre) -> list[Run]:
    """One platform after the other, so that each app is started once."""
    return [
        Run(id_, locale, platform, view)
        for platform in made.editions
        for view in VIEWS
        for id_ in made.ids
        for locale in made.locales_of(id_)
    ]


Tell = Callable[[Outcome], None]


def verify(made: Centre, runs: Sequence[Run], order: Order, *, jobs: int, tell: Tell) -> list[Outcome]:
    """Every journey was done or skipped, and the manifest says what went well.

    Args:
        tell: Hears of each journey when it has come to its end.
    """
    jobs = max(1, min(jobs, _changed(made, runs, order) // WORTH_A_PROCESS))
    outcomes = _work(runs, order, tell) if jobs == 1 else _share(runs, order, jobs, tell)
    record(made, outcomes)
    return outcomes


def record(made: Centre, outcomes: Sequence[Outcome]) -> None:
    """The manifest says what came of the journeys."""
    for outcome in outcomes:
        if outcome.checked:
            made.manifest.checked[outcome.run.key] = outcome.checked
    for outcome in outcomes:
        # An article that is not true on a phone is not to be called checked, and the other way round.
        for view in VIEWS if outcome.failure else ():
            made.manifest.checked.pop(replace(outcome.run, view=view).key, None)
    made.manifest.keep_only(frozenset(run.key for run in every(made)))
    made.manifest.write()


class Walker:
    """Does one journey after the other: in one browser, and on one app until the platform changes.

    Both are started when they are first needed.
    """

    def __init__(self, order: Order) -> None:
        self.order = order
        self.made = centre(order.source, order.records)
        self._chromium = ExitStack()
        self._browser: Browser | None = None
        self._app = ExitStack()
        self._stage: tuple[str | None, Stage] | None = None

    def __enter__(self) -> Walker:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """App and browser have ended."""
        self._app.close()
        self._chromium.close()

    def renew(self, made: Centre) -> None:
        """Journeys go by another centre; the browser stays, and so does the app unless its configuration is another."""
        if any(made.editions.get(key) != edition for key, edition in self.made.editions.items()):
            self._app.close()
            self._stage = None
        self.made = made

    def do(self, run: Run) -> Outcome:
        journey = self._journey(run)
        where = (run.article, run.locale, run.platform)
        mark = fingerprint(*where, content=self.made.content, editions=self.made.editions)
        before = self.made.manifest.checked.get(run.key)
        if before and not self.order.again and _is_as_before(before, mark, journey):
            return Outcome(run, before, skipped=True)
        begun = time.monotonic()
        walked = walk(journey, self.browser, fingerprint=mark, failures=self.order.report)
        checked = replace(walked.checked, looks=journey.stage.looks) if walked.checked else None
        return Outcome(run, checked, False, walked.failure, walked.done, time.monotonic() - begun)

    @property
    def browser(self) -> Browser:
        if self._browser is None:
            self._browser = self._chromium.enter_context(chromium())
        return self._browser

    def stage(self, platform: str | None) -> Stage:
        if self._stage is None or self._stage[0] != platform:
            self._app.close()
            config = self.made.editions[platform].config
            stage = self._app.enter_context(Stage(self.order.app, config, platform, self.order.environment))
            self._stage = (platform, stage)
        return self._stage[1]

    def _journey(self, run: Run) -> Journey:
        made, platform = self.made, run.platform
        first = made.content.first(run.article)
        shots = read(run.article, first.locale, content=made.content, editions=made.editions).shots
        return Journey(
            name=run.name,
            article=made.article(run.article, run.locale),
            steps=steps_of(run.article, content=made.content, editions=made.editions, platform=platform),
            shots=[shot for shot in shots if shot.platform in (None, platform)],
            written=first.file,
            edition=made.editions[platform],
            view=run.view,
            takes_pictures=self.order.pictures and run.view == "wide",
            stage=self.stage(platform),
            records=made.manifest.folder,
            known={taken.seen: taken for checked in made.manifest.checked.values() for taken in checked.pictures},
        )


def _work(runs: Sequence[Run], order: Order, tell: Tell) -> list[Outcome]:
    outcomes: list[Outcome] = []
    with Walker(order) as walker:
        for run in runs:
            outcomes.append(walker.do(run))
            tell(outcomes[-1])
    return outcomes


def _share(runs: Sequence[Run], order: Order, jobs: int, tell: Tell) -> list[Outcome]:
    """As ``_work``, by several processes; in the order of ``runs``."""
    context = get_context("spawn")
    news: Any = context.SimpleQueue()
    listener = threading.Thread(target=_pass_on, args=(news, tell), daemon=True)
    listener.start()
    with ProcessPoolExecutor(jobs, mp_context=context, initializer=_begin, initargs=(news,)) as pool:
        hands = list(pool.map(_work_apart, [runs[first::jobs] for first in range(jobs)], [order] * jobs))
    news.put(None)
    listener.join()
    found = {outcome.run: outcome for hand in hands for outcome in hand}
    return [found[run] for run in runs]


_news: Any = None
"""In a process of ``_share``: where it says what it has done."""


def _begin(news: Any) -> None:
    global _news
    _news = news


def _work_apart(runs: Sequence[Run], order: Order) -> list[Outcome]:
    return _work(runs, order, _news.put)


def _pass_on(news: Any, tell: Tell) -> None:
    while (outcome := news.get()) is not None:
        tell(outcome)


def _changed(made: Centre, runs: Sequence[Run], order: Order) -> int:
    """How many of them will be done for certain, as far as can be told without the app."""
    if order.again:
        return len(runs)
    checked = made.manifest.checked
    marks = {
        where: fingerprint(*where, content=made.content, editions=made.editions)
        for where in {(run.article, run.locale, run.platform) for run in runs}
    }
    as_before = [
        run
        for run in runs
        if run.key in checked and checked[run.key].fingerprint == marks[run.article, run.locale, run.platform]
    ]
    return len(runs) - len(as_before)


def _is_as_before(before: Checked, mark: str, journey: Journey) -> bool:
    there = [taken for taken in before.pictures if all((journey.records / file).is_file() for file in taken.stored)]
    has_pictures = not journey.takes_pictures or len(there) == len(journey.shots)
    return has_pictures and bool(before.looks) and (before.fingerprint, before.looks) == (mark, journey.stage.looks)


_here = threading.local()
"""Its ``browser``: what runs in this thread."""


CHROMIUMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


def executable() -> str | None:
    """The Chromium on PATH, the one without windows first: it takes half the work. ``None`` for Playwright's own."""
    return next(filter(None, map(shutil.which, CHROMIUMS)), None)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Chromium: the one on PATH, else Playwright's own.

    Inside of another ``chromium()`` it is that one's browser, left open: Playwright runs only once in a thread.
    """
    if (running := getattr(_here, "browser", None)) is not None:
        yield running
        return
    with sync_playwright() as playwright:
        args = ["--no-sandbox"] if os.geteuid() == 0 else []
        _here.browser = browser = playwright.chromium.launch(executable_path=executable(), args=args)
        try:
            yield browser
        finally:
            _here.browser = None
            browser.close()
