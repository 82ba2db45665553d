"""Which journeys are run, in how many processes, and with what result.

A journey is skipped, unless all are requested, if its article, screens, words and configuration are as in its manifest
entry, and the app looks as it did then (see ``stage.looks``): it would see the same again.
"""

from __future__ import annotations

import logging
import os
import shutil
import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from multiprocessing import active_children, get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import TracebackType
from typing import Any, get_args

from playwright.sync_api import Browser, Error, sync_playwright

from ..articles.content import KbError, place
from ..articles.knowledge_base import KnowledgeBase, centre
from ..articles.manifest import Checked, View, fingerprint, key
from ..articles.rendering import journey as steps_of
from ..articles.rendering import read
from .journey import Failure, Journey, JourneyDone
from .journey import run as walk
from .stage import Stage, StageGone

VIEWS: tuple[View, ...] = get_args(View)

REPORT = Path("report") / "kb"
WORTH_A_PROCESS = 6
"""Fewer journeys are done before a second browser and app have started."""

CLEAN_UP_SECONDS = 15.0
"""How long processes that are stopped have for ending their apps and browsers."""
LAST_NEWS_SECONDS = 5.0
"""How long the last outcomes of processes that have ended are waited for."""


@dataclass(frozen=True, slots=True)
class Run:
    """One article, in one language, on one platform, at one width."""

    article: str
    locale: str
    platform: str | None = None
    view: View = "wide"

    @property
    def key(self) -> str:
        """Return the key in the manifest."""
        return key(self.article, self.locale, self.platform, self.view)

    @property
    def name(self) -> str:
        """For people: ``recover-password es wide``."""
        return " ".join(part for part in (self.article, self.locale, self.platform, self.view) if part)


@dataclass(frozen=True, slots=True)
class Order:
    """How the journeys are run; plain data, to be sent to another process."""

    source: str | None
    """The configuration, as ``centre`` takes it."""
    records: Path | None
    app: str
    environment: Mapping[str, str]
    report: Path = REPORT
    """The folder for pictures of failures."""
    pictures: bool = True
    again: bool = False
    """Whether those that would be skipped are run too."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one journey: ``checked``, also when it was skipped, or what went wrong."""

    run: Run
    checked: Checked | None
    skipped: bool = False
    failure: Failure | None = None
    done: tuple[JourneyDone, ...] = ()
    seconds: float = 0.0


def every(made: KnowledgeBase) -> list[Run]:
    """Return every journey, one platform after the other, so that each app is started once."""
    return [
        Run(id_, locale, platform, view)
        for platform in made.platforms
        for view in VIEWS
        for id_ in made.ids
        for locale in made.locales_of(id_)
    ]


OnOutcome = Callable[[Outcome], None]

_stopped = threading.Event()
"""Set when Ctrl-C was pressed, or the process was told to end."""


def verify(
    made: KnowledgeBase, runs: Sequence[Run], order: Order, *, jobs: int, on_outcome: OnOutcome
) -> list[Outcome]:
    """Every journey was done or skipped, and the manifest records those that passed.

    Args:
        on_outcome: Called with the outcome of each journey when it has ended.
    """
    jobs = max(1, min(jobs, _changed(made, runs, order) // WORTH_A_PROCESS))
    noted = Noted(made, on_outcome)
    with _interruptible():
        outcomes = _work(runs, order, noted) if jobs == 1 else _share(runs, order, jobs, noted)
    made.manifest.keep_only(frozenset(run.key for run in every(made)))
    made.manifest.write()
    return outcomes


class Noted:
    """Passes on each outcome once the manifest's file has it: a run that ends early loses none."""

    def __init__(self, made: KnowledgeBase, on_outcome: OnOutcome) -> None:
        self.manifest, self.on_outcome = made.manifest, on_outcome
        self.failed: set[str] = set()

    def __call__(self, outcome: Outcome) -> None:
        if outcome.failure:
            # An article that fails on a phone must not be recorded as checked when wide, and the other way round.
            keys = {replace(outcome.run, view=view).key for view in VIEWS}
            self.failed |= keys
            for key_ in keys:
                self.manifest.checked.pop(key_, None)
        elif outcome.checked and outcome.run.key not in self.failed:
            self.manifest.checked[outcome.run.key] = outcome.checked
        if not outcome.skipped:
            self.manifest.save()
        self.on_outcome(outcome)


def _stop_quietly() -> None:
    """The run stops, and a browser that was ended in the middle of its work reports nothing more."""
    _stopped.set()
    for name in ("asyncio", "playwright"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    sys.unraisablehook = lambda _: None
    # What Playwright had begun to send to it.
    warnings.filterwarnings("ignore", "coroutine '.*' was never awaited", RuntimeWarning)


@contextmanager
def _interruptible() -> Iterator[None]:
    """Ctrl-C raises ``KeyboardInterrupt``, whatever the browser reports about having been ended too."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    _stopped.clear()

    def note(*_: object) -> None:
        _stop_quietly()
        raise KeyboardInterrupt

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    except BaseException:
        if _stopped.is_set():
            raise KeyboardInterrupt from None
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Walker:
    """Does one journey after the other, in one browser, and on one app until the platform changes.

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
        self._stage = self._browser = None
        self._app.close()
        with suppress(Error):
            self._chromium.close()

    def renew(self, made: KnowledgeBase) -> None:
        """Further journeys use another centre; the browser stays, and so does an app with the same configuration."""
        if any(made.platforms.get(key) != platform for key, platform in self.made.platforms.items()):
            self._app.close()
            self._stage = None
        self.made = made

    def do(self, run: Run) -> Outcome:
        """Return the outcome of a journey. After an exception the others go on, with a new app and browser."""
        self.stage(run.platform)
        begun = time.monotonic()
        try:
            return self._do(run)
        except Exception as error:  # noqa: BLE001
            if _stopped.is_set():
                raise KeyboardInterrupt from None
            if isinstance(error, StageGone) or not isinstance(error, KbError):
                self.close()
            return Outcome(run, None, failure=self._failure(run, error), seconds=time.monotonic() - begun)

    def _do(self, run: Run) -> Outcome:
        journey = self._journey(run)
        where = (run.article, run.locale, run.platform)
        mark = fingerprint(*where, content=self.made.content, platforms=self.made.platforms)
        before = self.made.manifest.checked.get(run.key)
        if before and not self.order.again and _is_as_before(before, mark, journey):
            return Outcome(run, before, skipped=True)
        begun = time.monotonic()
        walked = walk(journey, self.browser, fingerprint=mark, failures=self.order.report)
        if _stopped.is_set():
            # Ctrl-C has reached the browser first, and its error is no fault of the article.
            raise KeyboardInterrupt
        checked = replace(walked.checked, looks=journey.stage.looks) if walked.checked else None
        return Outcome(run, checked, False, walked.failure, walked.done, time.monotonic() - begun)

    def _failure(self, run: Run, error: Exception) -> Failure:
        first = self.made.content.first(run.article)
        fault = error if isinstance(error, KbError) else None
        file, line = (fault.file, fault.line) if fault and fault.file else (first.file, 1)
        got = fault.what if fault else f"{type(error).__name__}: {str(error).strip()}"
        return Failure(run.name, "the beginning of the journey", place(file, line), "it to begin", got)

    @property
    def browser(self) -> Browser:
        if self._browser is None:
            self._browser = self._chromium.enter_context(chromium())
        return self._browser

    def stage(self, platform: str | None) -> Stage:
        if self._stage is None or self._stage[0] != platform:
            self._app.close()
            config = self.made.platforms[platform].config
            stage = self._app.enter_context(Stage(self.order.app, config, platform, self.order.environment))
            self._stage = (platform, stage)
        return self._stage[1]

    def _journey(self, run: Run) -> Journey:
        made, platform = self.made, run.platform
        first = made.content.first(run.article)
        shots = read(run.article, first.locale, content=made.content, platforms=made.platforms).shots
        return Journey(
            name=run.name,
            article=made.article(run.article, run.locale),
            steps=steps_of(run.article, content=made.content, platforms=made.platforms, platform=platform),
            shots=[shot for shot in shots if shot.platform in (None, platform)],
            written=first.file,
            platform=made.platforms[platform],
            view=run.view,
            takes_pictures=self.order.pictures and run.view == "wide",
            stage=self.stage(platform),
            records=made.manifest.folder,
            known={taken.seen: taken for checked in made.manifest.checked.values() for taken in checked.pictures},
        )


def _work(runs: Sequence[Run], order: Order, on_outcome: OnOutcome) -> list[Outcome]:
    outcomes: list[Outcome] = []
    with Walker(order) as walker:
        for run in runs:
            outcomes.append(walker.do(run))
            on_outcome(outcomes[-1])
    return outcomes


def _share(runs: Sequence[Run], order: Order, jobs: int, on_outcome: OnOutcome) -> list[Outcome]:
    """As ``_work``, in several processes; the outcomes are in the order of ``runs``."""
    context = get_context("spawn")
    news: Any = context.SimpleQueue()
    listener = threading.Thread(target=_pass_on, args=(news, on_outcome), daemon=True)
    listener.start()
    before = set(active_children())
    try:
        with ProcessPoolExecutor(jobs, mp_context=context, initializer=_begin, initargs=(news,)) as pool:
            try:
                hands = list(pool.map(_work_apart, [runs[first::jobs] for first in range(jobs)], [order] * jobs))
            except BaseException:
                # They end once they have nothing to do, but whoever is told to end may be stuck in it.
                pool.shutdown(wait=False, cancel_futures=True)
                end_early(set(active_children()) - before)
                raise
    finally:
        # Not from here: whoever was ended by force may have left the queue locked.
        threading.Thread(target=news.put, args=(None,), daemon=True).start()
        listener.join(LAST_NEWS_SECONDS)
    found = {outcome.run: outcome for hand in hands for outcome in hand}
    return [found[run] for run in runs]


def end_early(children: Collection[BaseProcess], *, within: float = CLEAN_UP_SECONDS) -> None:
    """They clean up and end, where they would otherwise do all the rest; by force if they do not in time."""
    for child in children:
        child.terminate()
    until = time.monotonic() + within
    for child in children:
        child.join(max(0.0, until - time.monotonic()))
        if child.is_alive():
            child.kill()


_news: Any = None
"""In a process of ``_share``: the queue of its outcomes."""


def _begin(news: Any) -> None:
    global _news
    _news = news
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _end)


def _end(*_: object) -> None:
    _stop_quietly()
    raise SystemExit(128 + signal.SIGINT)


def _work_apart(runs: Sequence[Run], order: Order) -> list[Outcome]:
    try:
        return _work(runs, order, _news.put)
    except BaseException:
        if _stopped.is_set():
            raise SystemExit(128 + signal.SIGINT) from None
        raise


def _pass_on(news: Any, on_outcome: OnOutcome) -> None:
    while (outcome := news.get()) is not None:
        on_outcome(outcome)


def _changed(made: KnowledgeBase, runs: Sequence[Run], order: Order) -> int:
    """Return how many of them will be done for certain, as far as can be known without the app."""
    if order.again:
        return len(runs)
    checked = made.manifest.checked
    marks = {
        where: fingerprint(*where, content=made.content, platforms=made.platforms)
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
"""Its ``browser``: the one that runs in this thread."""


CHROMIUMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


def executable() -> str | None:
    """Return the Chromium on PATH, rather the one without windows, which is cheaper. ``None`` for Playwright's own."""
    return next(filter(None, map(shutil.which, CHROMIUMS)), None)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Yield Chromium: the one on PATH, else Playwright's own.

    Inside another ``chromium()`` it is that one's browser, which stays open: Playwright runs only once in a thread.
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
            # Ctrl-C has ended it too.
            with suppress(Error):
                browser.close()
