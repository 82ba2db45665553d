"""A form by which a visitor who is not signed in requests a mail: the same answer, whoever was named."""

from __future__ import annotations

from typing import assert_never

from ..security import anonymous_requests
from ..security.anonymous_requests import RequestRemembered, TooManyRequests
from ..security.limits import TooMany
from ..values import user_agents
from .page import Handled, Page
from .replies import done, show


def ask(page: Page, result: str, **slots: object) -> Handled:
    """The request is remembered, and the page shows its result; or that it cannot be accepted now.

    The screen declares the result, and the messages ``too_many`` and ``crowded``.

    Args:
        slots: What else the result says, besides the reference.
    """
    outcome = anonymous_requests.remember(
        page.scope,
        page.screen.name,
        page.values,
        locale=page.locale,
        network=page.visitor.network,
        browser=page.visitor.browser,
        form=page.visitor.form_copy,
        asked_from=user_agents.origin(page.visitor.user_agent, page.visitor.network),
    )
    match outcome:
        case TooMany():
            return outcome
        case TooManyRequests(wait):
            return show("crowded", wait=wait)
        case RequestRemembered(reference):
            return done(result, reference=reference, **slots)
        case _:
            assert_never(outcome)
