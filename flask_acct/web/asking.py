"""A form by which somebody asks for a mail who is not signed in: the same answer, whoever was named."""

from __future__ import annotations

from typing import assert_never

from flask import Response

from ..security import anonymous_requests
from ..security.anonymous_requests import RequestRemembered, TooManyRequests
from ..security.limits import TooMany
from .page import Page


def ask(page: Page, result: str) -> Response:
    """What was typed is remembered, and the page says its result; or that it cannot be taken now.

    The screen declares the result, and the messages ``too_many`` and ``crowded``.
    """
    outcome = anonymous_requests.ask(
        page.scope,
        page.screen.name,
        page.values,
        locale=page.frame.locale,
        network=page.network,
        browser=page.browser,
        form=page.form_copy,
    )
    match outcome:
        case TooMany(wait):
            return page.show("too_many", wait=wait)
        case TooManyRequests(wait):
            return page.show("crowded", wait=wait)
        case RequestRemembered(reference):
            return page.done(result, reference=reference)
        case _:
            assert_never(outcome)
