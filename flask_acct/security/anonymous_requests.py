"""Requests of visitors who are not signed in: counted, remembered, and answered by mail.

The form looks nothing up, so it does the same work and answers the same, whoever is named. The worker replies later.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from ..scope import Scope
from . import limits, pending, rate_limits
from .browsers import STRANGE, Browser
from .limits import IfCounted, TooMany


@dataclass(frozen=True, slots=True)
class RequestRemembered:
    """The request waits for the worker; ``reference`` is for the visitor to quote."""

    reference: str


@dataclass(frozen=True, slots=True)
class TooManyRequests:
    """All visitors together ask for more than is accepted; try again after ``wait``."""

    wait: timedelta


def remember(
    scope: Scope,
    screen: str,
    named: Mapping[str, str],
    *,
    locale: str,
    network: str,
    browser: Browser = STRANGE,
    form: str | None = None,
    asked_from: Sequence[str] = (),
) -> RequestRemembered | TooMany | TooManyRequests:
    """The request is remembered. Nothing is looked up, so the caller cannot learn who exists.

    Args:
        screen: The screen it came from, ``recovery.password``.
        named: What was typed, by field name: ``{"username": "m00000", "email": "a@example.com"}``.
        network: The visitor's network; too many requests from it have to wait.
        browser: The visitor's browser; one that is known does not have to wait for others.
        form: The id of this copy of the form, so that a double click makes one request.
        asked_from: Roughly from where, for the mail: ``("Firefox, Windows", "IP 8.8.8.*")``.

    Source: OWASP Forgot Password Cheat Sheet, "Forgot Password Request".
    """
    ways = rate_limits.request(screen, scope.config, network=network, browser=browser)
    reference, values = pending.prepared(
        scope,
        screen,
        named,
        locale=locale,
        platform=scope.config.platform,
        form=form,
        sender=rate_limits.sender(network, browser),
        asked_from=asked_from,
    )
    stored = IfCounted(pending.insert_on(scope.db.get_bind().dialect.name), values)
    taken = limits.take_and_write(scope, *ways, then=stored)
    if isinstance(taken, TooMany):
        return TooManyRequests(taken.wait) if rate_limits.is_anywhere(taken) else taken
    return RequestRemembered(reference)
