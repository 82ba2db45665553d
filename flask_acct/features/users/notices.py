"""What waits for an answer of the one who is here, told on every page: an offer of an account, an invitation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from flask import request

from ...scope import Scope
from ...security.sessions import CurrentSession
from ...web.layout import Layout, Notice
from ...web.state import session, state
from ...web.visits import visit
from .flows import invitations, transfers

LOOK_EVERY = timedelta(minutes=5)

TOLD_HERE = {"profile_me", "accounts_switch", "accounts_none", "users_list"}
"""Where people look for what they have access to: there it is asked each time."""

ANSWERED_HERE = {"users_receive", "users_refuse", "users_accept", "users_decline"}
"""Where somebody answers an offer or an invitation, and need not be told of it."""


def notices(here: CurrentSession, frame: Layout) -> Iterator[Notice]:
    """What waits for an answer of the one who is here: an offer of an account, an invitation."""
    if state().mount.page_of(request.endpoint) in ANSWERED_HERE:
        return
    scope = state().scope(session())
    if here.is_offered:
        for waiting in transfers.offers_to(scope, here.user):
            said = {"from": waiting.owner.full_name, "account": waiting.account.name}
            yield frame.notice("users.notice.offer", "users.notice.see_offer", {"transfer": waiting.transfer.id}, said)
    for offer in _invitations_to(scope, here):
        said = {"inviter": offer.inviter.full_name, "account": offer.account.name}
        at = {"invitation": offer.invitation.id}
        yield frame.notice("users.notice.invitation", "users.notice.see_invitation", at, said)


def _was_asked(now: datetime) -> bool:
    return 0 <= now.timestamp() - visit().looked < LOOK_EVERY.total_seconds()


def _invitations_to(scope: Scope, here: CurrentSession) -> Sequence[invitations.Offer]:
    """The invitations to the one who is here.

    Who has none is not looked for again at once: a signed-in request costs one SELECT.
    """
    if state().mount.page_of(request.endpoint) not in TOLD_HERE and _was_asked(scope.now):
        return []
    found = invitations.open_to(scope, here.user)
    if not found:
        visit().look(int(scope.now.timestamp()))
    return found


NOTICES = (notices,)
