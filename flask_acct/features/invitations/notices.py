"""The notice on every page that tells signed-in users of their open invitations."""

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
"""The pages where people look for what they have access to; these look for invitations at every request."""


def invitations(here: CurrentSession, frame: Layout) -> Iterator[Notice]:
    """Yield a notice for each open invitation to the signed-in user."""
    page = state().mount.page_of(request.endpoint)
    if page in ANSWERED_AT:
        return
    for offer in _open_to(here, page, state().scope(session())):
        slots = {"inviter": offer.inviter.full_name, "account": offer.account.name}
        at = {"invitation": offer.invitation.id}
        yield frame.notice("users.notice.invitation", "users.notice.see_invitation", at, slots)


def _open_to(here: CurrentSession, page: str, scope: Scope) -> Sequence[Offer]:
    """Return the open invitations to the signed-in user.

    If there are none, they are not looked for again for ``LOOK_EVERY``, because most signed-in requests shall need only
    one SELECT.
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
