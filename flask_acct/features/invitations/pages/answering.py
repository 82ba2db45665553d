"""The pages behind the link of an invitation over HTTP: which one opens depends on who is signed in.

Somebody new fills in a form; somebody who is a user with this address signs in first; the invited user accepts with a
button; any other user sees whom it is for. Opening these pages does not spend the link.
"""

from __future__ import annotations

from typing import assert_never

from .... import signals
from ....accounts import permissions
from ....accounts.naming import full_display_name
from ....security import sessions
from ....security.sessions import CurrentSession
from ....values import identifiers
from ....web import new_users
from ....web.page import Handled, Page, View
from ....web.replies import ForgetLink, Go, HoldLink, Missing, Open, Reply, SignOut, done, go, show
from ..flows import answering
from ..flows.answering import InvitationLinkDead, Offer

NEW, KNOWN, RIGHT, OTHER = "users.invitation", "users.sign_in", "users.accept", "users.other"
"""The page for somebody new, for a user who is not signed in, for the invited user, and for any other user."""


def find_offer(page: Page) -> Reply | None:
    """The page has the words of the invitation; a dead link leads to the page that says what became of it."""
    found = None if page.is_result else _offer(page)
    return None if isinstance(found, Offer) else found


def find_page(page: Page) -> Reply | None:
    """Like ``find_offer``; and a visitor who should be on another of the four pages is sent there."""
    found = None if page.is_result else _offer(page)
    if not isinstance(found, Offer):
        return found
    theirs = _page_for(page.visitor.signed_in, found, page)
    return go(theirs) if theirs != page.screen.name else None


def arrive_new(page: Page) -> Reply:
    """The form opens with a suggested user name, if it asks for one."""
    if not page.is_result:
        new_users.suggest_user_name(page, str(page.slots["email"]))
    return Open()


def join(page: Page) -> Handled:
    outcome = answering.join(
        page.scope,
        page.token or "",
        new_users.filled_in(page),
        locale=page.locale,
        user_agent=page.visitor.user_agent,
        before=page.host.before_sign_in(),
    )
    match outcome:
        case answering.Joined():
            return _joined(page, outcome)
        case answering.HasUser():
            return go(KNOWN)
        case InvitationLinkDead():
            return _dead(outcome)
        case _:
            return new_users.show_again(page, outcome)


def _joined(page: Page, joined: answering.Joined) -> Reply:
    """The new user is signed in, unless the host prevents it."""
    accepted = joined.accepted
    welcome = done("accepted", account=accepted.account.name)
    return _sending_accepted(accepted, new_users.enter(page, accepted.user, joined.entry, welcome))


def open_for_user(page: Page) -> Reply:
    """The invitation opens as if by the link in its message. One to somebody else's address is a 404."""
    here = page.visitor.signed_in
    found = here and answering.open_to(page.scope, here.user, id_=page.number("invitation"))
    if not found:
        return Missing()
    secret = answering.secret_for(page.scope, found[0])
    if secret is None:
        return go("users.ended", "unknown")
    return go(RIGHT).with_effects(HoldLink(page.platform.declared.screens[RIGHT], secret))


def sign_in(page: Page) -> Reply:
    """The sign-in form opens, and leads back to the invitation."""
    return Go("login.form", then=page.host.url(RIGHT))


def accept(page: Page) -> Reply:
    here = page.visitor.signed_in
    if here is None:
        return go(KNOWN)
    outcome = answering.accept(page.scope, page.token or "", here=here)
    match outcome:
        case answering.Accepted():
            return _sending_accepted(outcome, done("accepted", account=outcome.account.name).with_effects(ForgetLink()))
        case answering.AlreadyIn(account):
            return done("already", account=account.name).with_effects(ForgetLink())
        case answering.OtherAddress():
            return go(OTHER)
        case InvitationLinkDead():
            return _dead(outcome)
        case _:
            assert_never(outcome)


def arrive_other(page: Page) -> Reply:
    here = page.visitor.signed_in
    has_address = here is not None and here.user.email_key == identifiers.email_key(str(page.slots["email"]))
    return show("unconfirmed") if has_address else Open()


def sign_out(page: Page) -> Reply:
    """The signed-in user is signed out; the link is kept for the person it is for."""
    if page.here is not None:
        sessions.end(page.db, page.here.session.id)
    return go(NEW).with_effects(SignOut(keep_links=True))


def decline(page: Page) -> Reply:
    outcome = answering.decline(page.scope, page.token or "")
    match outcome:
        case answering.InvitationDeclined(invitation, account):
            declined = done("declined", account=account.name).with_effects(ForgetLink())
            return declined.sending(signals.invitation_declined, invitation=invitation, account=account)
        case InvitationLinkDead():
            return _dead(outcome)
        case _:
            assert_never(outcome)


def _offer(page: Page) -> Offer | Reply:
    found = answering.find(page.scope, page.token or "")
    if isinstance(found, InvitationLinkDead):
        return _dead(found)
    _describe(page, found)
    return found


def _page_for(here: CurrentSession | None, offer: Offer, page: Page) -> str:
    if here is not None:
        return RIGHT if answering.is_for(here.user, offer) else OTHER
    return KNOWN if answering.has_user(page.scope, offer) else NEW


def _describe(page: Page, offer: Offer) -> None:
    page.signs_in_as = offer.invitation.email
    here = page.visitor.signed_in
    page.slots |= {
        "account": offer.account.name,
        "inviter": offer.inviter.full_name,
        "email": offer.invitation.email,
        "permissions": permissions.named(offer.invitation.permissions, page.platform),
        "username": full_display_name(here.user, page.config) if here else "",
    }


def _sending_accepted(accepted: answering.Accepted, reply: Reply) -> Reply:
    about = {"invitation": accepted.invitation, "account": accepted.account, "user": accepted.user}
    return reply.sending(signals.invitation_accepted, **about)


def _dead(dead: InvitationLinkDead) -> Reply:
    return go("users.ended", dead.why, account=dead.account, until=dead.until).with_effects(ForgetLink())


PAGES = {
    NEW: View(get=arrive_new, post=join, load=find_page),
    KNOWN: View(post=sign_in, load=find_page),
    RIGHT: View(post=accept, load=find_page),
    OTHER: View(get=arrive_other, post=sign_out, load=find_page),
    "users.decline": View(post=decline, load=find_offer),
    "users.ended": View(),
    "users.invited": View(get=open_for_user),
}
