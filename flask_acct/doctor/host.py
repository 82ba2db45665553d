"""The host's app: what ``flask acct check`` says of it."""

from __future__ import annotations

from collections.abc import Iterator

from ..web import app_checks
from .checkup import Checkup
from .lines import Line, fail, ok, warn

WARNING = "WARNING: "
ELSEWHERE = {"Routes", "Database", "Mail"}
"""What other checks look at more closely."""


def routes(checkup: Checkup) -> Iterator[Line]:
    """Whether each route says who may open it, and none hides another."""
    found = list(app_checks.problems(checkup.app))
    for problem in found:
        yield fail("Routes", problem, "Mend it, and see: flask acct check")
    if not found:
        yield ok("Routes", "each says who may open it, and none hides another")


def settings(checkup: Checkup) -> Iterator[Line]:
    """What was found of the app's settings."""
    for name, said in app_checks.summary(checkup.app):
        if name in ELSEWHERE:
            continue
        if said.startswith(WARNING):
            what, _, fix = said.removeprefix(WARNING).partition(". ")
            yield warn(name, what, fix)
        else:
            yield ok(name, said)
