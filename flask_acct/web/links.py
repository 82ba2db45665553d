"""Links with a made-up secret: nobody guesses one, and nobody keeps the database busy by trying."""

from __future__ import annotations

from math import ceil
from typing import cast

from flask import request
from werkzeug.exceptions import TooManyRequests

from .. import limits, tallies, tokens
from ..screen import Screen
from ..tallies import TooMany
from ..tokens import Purpose
from .state import session, state


def refuse_too_many(screen: Screen, secret: str) -> None:
    """Raises werkzeug's 429 where too many links came from the visitor's network that nobody was ever mailed.

    One that was mailed is not counted, nor refused, whatever became of it and whoever else is in the network.
    """
    acct, db = state(), session()
    if tokens.exists(secret, *cast("tuple[Purpose, ...]", screen.opened_by), db=db):
        return
    network = tallies.network(request.remote_addr)
    meters = limits.of_network("dead_link", network, acct.edition.config.limits.dead_links_per_address_per_hour)
    taken = tallies.take(*meters, db=db, now=acct.clock())
    db.commit()
    if isinstance(taken, TooMany):
        raise TooManyRequests(retry_after=ceil(taken.wait.total_seconds()))
