"""Does an article's journeys again at each change, with a browser and an app that stay open."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from ... import features
from ...errors import AcctError
from ..articles.knowledge_base import KnowledgeBase, centre
from ..journeys.runs import Noted, Order, Outcome, Run, Walker
from . import watching
from .site import sources

LOOK_SECONDS = 0.25


def watch(
    made: KnowledgeBase, runs: Sequence[Run], order: Order, *, files: Sequence[Path], report: Callable[[str], object]
) -> None:
    """The journeys were done, and again at each change, until Ctrl-C.

    Args:
        files: The files of the configuration.
        report: Called with a line for each journey.
    """
    order = replace(order, again=True)
    with suppress(KeyboardInterrupt), Walker(order) as walker:
        while True:
            watched = (*files, *sources(made))
            before = watching.seen(watched)
            _do(walker, made, runs, report)
            report(f"Waiting for a change of {runs[0].article}, its words or the configuration. Ctrl-C ends it.")
            while not watching.changed(before, watching.seen(watched)):
                time.sleep(LOOK_SECONDS)
            # An editor writes a file in several steps.
            time.sleep(LOOK_SECONDS)
            made = _read(walker, made, order, report)


def _read(walker: Walker, before: KnowledgeBase, order: Order, report: Callable[[str], object]) -> KnowledgeBase:
    """Return the centre as it is now, or as it was before if it cannot be read."""
    features.forget()
    try:
        made = centre(order.source, order.records)
        walker.renew(made)
    except AcctError as error:
        report(f"FAILED {error}")
        return before
    return made


def _do(walker: Walker, made: KnowledgeBase, runs: Sequence[Run], report: Callable[[str], object]) -> None:
    noted = Noted(made, lambda outcome: None)
    for number, run in enumerate(runs, start=1):
        where = f"[{number}/{len(runs)}] {run.name}"
        try:
            outcome = walker.do(run)
        except AcctError as error:
            report(f"{where}: FAILED {error}")
            continue
        noted(outcome)
        report(f"{where}: {_result(outcome)}")


def _result(outcome: Outcome) -> str:
    if outcome.failure:
        return f"FAILED {outcome.failure}"
    return f"passed, {len(outcome.done)} steps, {outcome.seconds:.1f} s"
