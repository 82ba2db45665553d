"""Somebody who signed in a while ago gives their password once more, where a screen asks for it.

A session left open at a desk can then look, but lets nobody else in. Source: ASVS 7.5.1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from flask import Response

from .. import reauthentication, sessions, tallies
from ..reauthentication import WrongPassword
from ..screen import Screen
from ..tallies import TooMany
from . import presence
from .forms import Complaint, Filled
from .state import state

if TYPE_CHECKING:
    from .page import Page


def met(name: str) -> Screen:
    """A screen as its visitor meets it: it asks for no password that was given a moment ago."""
    acct = state()
    declared = acct.edition.declared.screens[name]
    if declared.proof is None:
        return declared
    here = presence.signed_in()
    if here is None or not sessions.is_proven(here.session, config=acct.edition.config, now=acct.clock()):
        return declared
    return cast(Screen, acct.drawn.setdefault(("proven", name), declared.without_proof()))


def asked(page: Page) -> Response | None:
    """The form again for who did not give their own password; ``None`` once it is given, or not asked for."""
    proof, here = page.screen.proof, page.here
    if proof is None or here is None:
        return None
    beside = proof.id.rpartition(".")[0]
    refused = reauthentication.prove(here.user, page.values[proof.name], db=page.db, config=page.config, now=page.now)
    match refused:
        case WrongPassword():
            page.filled = Filled(page.values, {proof.name: Complaint(f"{beside}.wrong")})
            return page.complaints()
        case TooMany(wait):
            return page.show(f"{beside}.too_many", wait=wait)
    tallies.clear(reauthentication.tries(here.user), db=page.db)
    sessions.prove(here.session.id, db=page.db, now=page.now)
    page.screen = page.screen.without_proof()
    return None
