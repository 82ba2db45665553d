"""What somebody asks for who is not signed in: counted, remembered, and answered by mail.

The form looks nothing up, so it does the same work and says the same whoever is named. The worker answers later.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from ..scope import Scope
from . import limits, pending, rate_limits
from .browsers import STRANGE, Browser
from .limits import TooMany


@dataclass(frozen=True, slots=True)
class RequestRemembered:
    """The request waits for the worker; ``reference`` is what the visitor may quote."""

    reference: str


@dataclass(frozen=True, slots=True)
class TooManyRequests:
    """More is asked for, by everybody together, than is taken; it may be tried again after ``wait``."""

    wait: timedelta


def ask(
    scope: Scope,
    screen: str,
    named: Mapping[str, str],
    *,
    locale: str,
    network: str,
    browser: Browser = STRANGE,
    form: str | None = None,
) -> RequestRemembered | TooMany | TooManyRequests:
    """Somebody's request is remembered. Nothing is looked up, so the caller cannot learn who exists.

    Args:
        screen: The screen it came from, ``recovery.password``.
        named: What was typed, by field name: ``{"username": "m00000", "email": "a@example.com"}``.
        network: The visitor's network; too many requests from it have to wait.
        browser: What their browser is known for; a known one does not wait for others.
        form: What only this copy of the form carries, so that a double click asks for one thing.

    Source: OWASP Forgot Password Cheat Sheet, "Forgot Password Request".
    """
    ways = rate_limits.request(screen, scope.config, network=network, browser=browser)
    taken = limits.take_first(scope, *ways)
    if isinstance(taken, TooMany):
        return TooManyRequests(taken.wait) if rate_limits.is_anywhere(taken) else taken
    reference = pending.remember(
        scope,
        screen,
        named,
        locale=locale,
        platform=scope.config.platform,
        form=form,
        sender=rate_limits.sender(network, browser),
    )
    return RequestRemembered(reference)
