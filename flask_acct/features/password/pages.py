"""Setting and changing a password over HTTP."""

from __future__ import annotations

from typing import assert_never

from ... import signals
from ...accounts.naming import display_name
from ...db.models import User
from ...security import sessions, tokens
from ...security.admission import ElsewhereFirst, NewPasswordFirst, Stopped, Welcome
from ...security.credentials import identifier_of
from ...security.limits import TooMany
from ...security.passwords import PasswordsDiffer, PasswordTooWeak
from ...security.reauthentication import WrongPassword
from ...web.page import Handled, Page, View
from ...web.replies import Enter, ForgetLink, KnowBrowser, Missing, RememberTyped, Reply, SignOut, go, show
from . import flows


def find_whose(page: Page) -> Reply | None:
    """The page says whose password it sets: the link's user's, else that of the signed-in user."""
    user = _link_user(page) if page.token is not None else page.here.user if page.here else None
    if user is None:
        return _dead(page)
    page.slots["who"] = display_name(user, page.config)
    page.signs_in_as = identifier_of(page.scope, user)
    return None


def _link_user(page: Page) -> User | None:
    token = tokens.find(page.scope, page.token or "", *PURPOSES)
    return page.db.get(User, token.user_id) if token else None


def set_password(page: Page) -> Reply:
    outcome = _set(page, page.values["new"], page.values["repeat"])
    match outcome:
        case PasswordTooWeak(why):
            return show(why)
        case PasswordsDiffer():
            return show("differ")
        case flows.SetPasswordLinkDead():
            return _dead(page)
        case flows.TooLate():
            return go("login.form", "ended").with_effects(SignOut())
        case flows.PasswordChanged(user):
            _end_this_session(page)
            entry = _entry(page, user)
            return _after(page, user, entry).sending(signals.password_changed, user=user)
        case _:
            assert_never(outcome)


def change_password(page: Page) -> Handled:
    typed = page.values
    outcome = flows.change(
        page.scope, page.session, typed["current"], typed["new"], typed["repeat"], locale=page.locale
    )
    match outcome:
        case TooMany():
            return outcome
        case WrongPassword():
            return show("wrong")
        case PasswordTooWeak(why):
            return show(why)
        case PasswordsDiffer():
            return show("differ")
        case flows.PasswordChanged(user):
            return go("password.change", "done").sending(signals.password_changed, user=user)
        case _:
            assert_never(outcome)


PURPOSES: tuple[tokens.Purpose, ...] = ("password_link", "activation")


def _set(
    page: Page, new: str, repeat: str
) -> flows.PasswordChanged | PasswordTooWeak | PasswordsDiffer | flows.SetPasswordLinkDead | flows.TooLate:
    """Return whose password it is: the link counts more than the session, because it was opened later."""
    if page.token or page.here is None or not page.here.may_only_set_password:
        return flows.set_by_link(page.scope, page.token or "", new, repeat, locale=page.locale)
    return flows.set_in_session(page.scope, page.here, new, repeat, locale=page.locale)


def _entry(page: Page, user: User) -> flows.Entry | None:
    """Return how the user is signed in now, where the configuration lets a mailed link do that."""
    if page.token is None or not page.config.recovery.password.sign_in:
        return None
    hash_ = user.password_hash
    # The host is asked while nothing is locked, and the new password stays whatever it says.
    page.host.save()
    return flows.sign_in(page.scope, user, hash_, before=page.host.before_sign_in(), user_agent=page.visitor.user_agent)


def _after(page: Page, user: User, entry: flows.Entry | None) -> Reply:
    """Return where whoever has set a password goes: in, to where the host sends them, or to the sign-in form."""
    match entry:
        case Welcome() | NewPasswordFirst() | ElsewhereFirst():
            return Enter(entry).with_effects(ForgetLink())
        case Stopped():
            why = entry.in_language(page.locale, page.config.site.default_locale)
            reply = go("login.form", "stopped", why=why)
        case None:
            reply = go("login.form", "password_set")
        case _:
            assert_never(entry)
    return reply.with_effects(SignOut(), KnowBrowser(user), _typed(page))


def _typed(page: Page) -> RememberTyped:
    """Return what fills in the sign-in form: whoever has set a password by link or session proved who they are."""
    return RememberTyped({"identifier": page.signs_in_as} if page.signs_in_as else {})


def _end_this_session(page: Page) -> None:
    """Also if somebody else was signed in here when the link was opened."""
    if page.here is not None:
        sessions.end(page.db, page.here.session.id)


def _dead(page: Page) -> Reply:
    token = tokens.find_any(page.db, page.token or "", *PURPOSES)
    if not page.config.recovery.password.enabled:
        # The link of an invitation, where nobody can request another one.
        return Missing(was_there=True).with_effects(ForgetLink())
    return go("recovery.password", "used" if token is not None and token.used_at else "dead").with_effects(ForgetLink())


PAGES = {
    "password.set": View(load=find_whose, post=set_password),
    "password.change": View(post=change_password),
}
