"""An invitation waits for an answer of the one who is here, which is told on every page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from flask import request

from ...accounts.screens import ANSWERED_AT
from ...scope import Scope
from ...security.sessions import CurrentSession
from ...web.layout import Layout, Notice
from ...web.state import session, state
from ...web.visits import visit
from .flows import answering
from .flows.answering import Offer

LOOK_EVERY = timedelta(minutes=5)

TOLD_HERE = {"profile_me", "accounts_switch", "accounts_none", "users_list"}
"""Where people look for what they have access to: there it is asked each time."""


def invitations(here: CurrentSession, frame: Layout) -> Iterator[Notice]:
    """The invitations to the one who is here."""
    page = state().mount.page_of(request.endpoint)
    if page in ANSWERED_AT:
        return
    for offer in _open_to(here, page, state().scope(session())):
        slots = {"inviter": offer.inviter.full_name, "account": offer.account.name}
        at = {"invitation": offer.invitation.id}
        yield frame.notice("users.notice.invitation", "users.notice.see_invitation", at, slots)


def _open_to(here: CurrentSession, page: str, scope: Scope) -> Sequence[Offer]:
    """Return the invitations to the one who is here.

    Who has none is not looked for again at once: a signed-in request costs one SELECT.
    """
    if page not in TOLD_HERE and _has_looked_lately(scope.now):
        return []
    found = answering.open_to(scope, here.user)
    if not found:
        visit().look(int(scope.now.timestamp()))
    return found


def _has_looked_lately(now: datetime) -> bool:
    return 0 <= now.timestamp() - visit().looked < LOOK_EVERY.total_seconds()


NOTICES = (invitations,)
