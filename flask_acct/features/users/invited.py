"""The pages behind the link of an invitation over HTTP: which one opens depends on who is there.

Somebody new fills in a form; whoever has a user with the address signs in first; the right user accepts by a button;
anybody else is told whom it is for. Opening any of them spends nothing.
"""

from __future__ import annotations

from typing import assert_never

from flask import Response, abort, redirect

from ... import signals
from ...accounts import permissions
from ...accounts.naming import called_in_full
from ...security import sessions
from ...security.sessions import CurrentSession
from ...values import identifiers
from ...web import addresses, arrival, current, new_users
from ...web.page import Page, View
from .flows import invitations
from .flows.invitations import InvitationLinkDead, Offer

NEW, KNOWN, RIGHT, OTHER = "users.invitation", "users.sign_in", "users.accept", "users.other"
"""The page of each case."""


def find_offer(page: Page) -> Response | None:
    """What the link offers is said on the page; a dead one leads to where it is said what became of it."""
    found = None if page.is_result else _offer(page)
    return None if isinstance(found, Offer) else found


def find_page(page: Page) -> Response | None:
    """The same, and whoever is on the page of another case goes to their own."""
    found = None if page.is_result else _offer(page)
    if not isinstance(found, Offer):
        return found
    theirs = _page_for(current.signed_in(), found, page)
    return page.go(theirs) if theirs != page.screen.name else None


def arrive_new(page: Page) -> Response:
    """The form, with a user name to begin with where one is asked for."""
    if not page.is_result:
        new_users.suggest_user_name(page, str(page.slots["email"]))
    return page.arrived()


def join(page: Page) -> Response:
    outcome = invitations.join(
        page.scope,
        page.token or "",
        new_users.filled_in(page),
        locale=page.frame.locale,
        user_agent=page.user_agent,
        before=arrival.before(),
    )
    match outcome:
        case invitations.Joined():
            return _joined(page, outcome)
        case invitations.HasUser():
            return page.go(KNOWN)
        case InvitationLinkDead():
            return _dead(page, outcome)
        case _:
            return new_users.show_again(page, outcome)


def _joined(page: Page, joined: invitations.Joined) -> Response:
    """The new user is signed in, unless the host has something to say first."""
    accepted = joined.accepted
    away = new_users.enter(page, accepted.user, joined.entry)
    if away is None:
        return _accepted(page, accepted)
    _tell_accepted(page, accepted)
    return away


def open_for_user(page: Page) -> Response:
    """On to the invitation, as by the link in its message. One to somebody else's address is not there."""
    here = current.signed_in()
    found = here and invitations.open_to(page.scope, here.user, id_=page.at["invitation"])
    if not found:
        abort(404)
    secret = invitations.secret_for(page.scope, found[0])
    if secret is None:
        return page.go("users.ended", "unknown")
    current.carry(page.platform.declared.screens[RIGHT], secret, page.now)
    return page.go(RIGHT)


def sign_in(page: Page) -> Response:
    """To the sign-in form, and back to the invitation."""
    back = addresses.screen_url(RIGHT)
    return redirect(addresses.screen_url("login.form", {}, next=back), 303)  # type: ignore[return-value]


def accept(page: Page) -> Response:
    here = current.signed_in()
    if here is None:
        return page.go(KNOWN)
    outcome = invitations.accept(page.scope, page.token or "", here=here)
    match outcome:
        case invitations.Accepted():
            page.forget_token()
            return _accepted(page, outcome)
        case invitations.AlreadyIn(account):
            page.forget_token()
            return page.done("already", account=account.name)
        case invitations.OtherAddress():
            return page.go(OTHER)
        case InvitationLinkDead():
            return _dead(page, outcome)
        case _:
            assert_never(outcome)


def arrive_other(page: Page) -> Response:
    here = current.signed_in()
    has_address = here is not None and here.user.email_key == identifiers.email_key(str(page.slots["email"]))
    return page.show("unconfirmed") if has_address else page.arrived()


def sign_out(page: Page) -> Response:
    """Whoever is here is signed out; the link stays, for whoever it is for."""
    _end_session(page)
    current.leave(keep_links=True)
    return page.go(NEW)


def decline(page: Page) -> Response:
    outcome = invitations.decline(page.scope, page.token or "")
    match outcome:
        case invitations.InvitationDeclined(invitation, account):
            page.forget_token()
            page.tell(signals.invitation_declined, invitation=invitation, account=account)
            return page.done("declined", account=account.name)
        case InvitationLinkDead():
            return _dead(page, outcome)
        case _:
            assert_never(outcome)


def _offer(page: Page) -> Offer | Response:
    found = invitations.find(page.scope, page.token or "")
    if isinstance(found, InvitationLinkDead):
        return _dead(page, found)
    _describe(page, found)
    return found


def _page_for(here: CurrentSession | None, offer: Offer, page: Page) -> str:
    if here is not None:
        return RIGHT if invitations.is_for(here.user, offer) else OTHER
    return KNOWN if invitations.has_user(page.scope, offer) else NEW


def _describe(page: Page, offer: Offer) -> None:
    texts = page.platform.declared.texts
    page.signs_in_as = offer.invitation.email
    grants = permissions.known(offer.invitation.permissions, page.config)
    here = current.signed_in()
    page.slots |= {
        "account": offer.account.name,
        "inviter": offer.inviter.full_name,
        "email": offer.invitation.email,
        "permissions": tuple(texts[f"users.permission.{name}"] for name in grants) or texts["users.list.nothing"],
        "username": called_in_full(here.user, page.config) if here else "",
    }


def _accepted(page: Page, accepted: invitations.Accepted) -> Response:
    _tell_accepted(page, accepted)
    return page.done("accepted", account=accepted.account.name)


def _tell_accepted(page: Page, accepted: invitations.Accepted) -> None:
    page.tell(signals.invitation_accepted, invitation=accepted.invitation, account=accepted.account, user=accepted.user)


def _dead(page: Page, dead: InvitationLinkDead) -> Response:
    page.forget_token()
    return page.go("users.ended", dead.why, account=dead.account, until=dead.until)


def _end_session(page: Page) -> None:
    if page.here is not None:
        sessions.end(page.db, page.here.session.id)


PAGES = {
    NEW: View(arrive=arrive_new, submit=join, prepare=find_page),
    KNOWN: View(submit=sign_in, prepare=find_page),
    RIGHT: View(submit=accept, prepare=find_page),
    OTHER: View(arrive=arrive_other, submit=sign_out, prepare=find_page),
    "users.decline": View(submit=decline, prepare=find_offer),
    "users.ended": View(),
    "users.invited": View(arrive=open_for_user),
}
