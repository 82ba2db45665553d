"""Limits links with an invalid secret: nobody guesses one, and nobody keeps the app busy by trying."""

from __future__ import annotations

from math import ceil
from typing import cast

from flask import request
from werkzeug.exceptions import TooManyRequests

from ..declare.elements import Screen
from ..security import limits, rate_limits, tokens
from ..security.tokens import Purpose
from .state import session, state


def raise_if_too_many(screen: Screen, secret: str) -> None:
    """Raise werkzeug's 429 if too many links came from the visitor's network that were never mailed.

    A link that was mailed is neither counted nor refused, whatever its state and whoever else is in the network.
    """
    acct = state()
    if tokens.exists(session(), secret, *cast("tuple[Purpose, ...]", screen.opened_by)):
        return
    per_hour = acct.platform.config.limits.dead_links_per_address_per_hour
    meters = rate_limits.of_network("dead_link", limits.network(request.remote_addr), per_hour)
    waits = [acct.dead_links.count(meter, now=acct.clock()) for meter in meters]
    longest = max((wait for wait in waits if wait), default=None)
    if longest:
        raise TooManyRequests(retry_after=ceil(longest.total_seconds()))
