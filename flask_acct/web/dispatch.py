"""The only controller: handles one request for one screen.

Access, the form and its errors, reauthentication, the transaction, the signals and the state of the
browser are the same for all screens; a feature's handler returns the rest, as a reply.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, assert_never, cast

from flask import Response, abort, request

from ..accounts.account_status import has_several
from ..accounts.permissions import NotOwner
from ..db.ids import LARGEST_ID
from ..declare.elements import OWNER, Screen
from ..declare.fields import Choice
from ..security import passwords, unsent_forms
from ..security.limits import TooMany
from ..security.reauthentication import WrongPassword
from ..security.sessions import CurrentSession
from ..security.tokens import TO_NEW_ADDRESS, Purpose, find
from ..values.identifiers import number_key
from . import (
    addresses,
    arrival,
    clients,
    current,
    form_tokens,
    forms,
    guards,
    html,
    known_browsers,
    language,
    links,
    reauthentication,
    staff_sessions,
)
from .filled import Complaint, Filled
from .layout import frame
from .page import Handled, Handler, Page, View
from .page_view import link_mark, row_mark
from .rendering import renderer
from .replies import (
    Effect,
    Event,
    ForgetLink,
    Go,
    HoldLink,
    Home,
    KnowBrowser,
    RememberTyped,
    Reply,
    SignIn,
    SignOut,
    Speak,
    StaffIn,
    StaffOut,
    go,
    show,
)
from .request_adapters import HostApp, RequestVisitor
from .sending_signals import send_signal
from .state import answering, keep_changes, session, state, take_in_hand
from .submission import LONGEST_LINK, Malformed, receive_form, receive_json, submission
from .visits import visit


def view_of(name: str, view: View) -> Callable[..., Response]:
    """Return the view function of a screen."""

    def answer(**at: Any) -> Response:
        if any(isinstance(value, int) and value > LARGEST_ID for value in at.values()):
            abort(404)
        if state().platform.declared.screens[name].is_for_staff:
            _enter_staff_area()
        page = page_of(reauthentication.met(name), at)
        response = _sent(page, view) if request.method == "POST" else _opened(page, view)
        if page.config.api.enabled:
            response.vary.add("Accept")
        return response

    return answer


def page_of(screen: Screen, at: Mapping[str, object] | None = None) -> Page:
    """Return this request's visit to the screen."""
    return Page(screen, lambda: state().scope(session()), RequestVisitor(), frame(), HostApp(), at=at or {})


def _enter_staff_area() -> None:
    """No user counts as signed in any more. The area is for people: it has no JSON, nor sessions of apps."""
    if clients.speaks_json() or clients.is_app():
        abort(404)
    staff_sessions.enter_area()


def stopped(page: Page) -> Response | None:
    """Return where somebody goes who may not open this screen; ``None`` if they may."""
    here = page.here
    if here is None and page.screen.opened_by and (away := _left_lying(page)):
        return away
    if page.screen.needs:
        return guards.stopped(page.screen.needs, is_ours=True)
    match page.screen.access:
        case "visitor" if here is not None and not here.may_only_set_password:
            return renderer().render(Home(), page)
        case "user" if here is None:
            return guards.sign_in_first()
        case "user" if here is not None and here.may_only_set_password:
            return guards.set_password_first()
        case "staff":
            return _stopped_staff(page)
        case "setting_password" if not _may_set_password(page):
            return renderer().render(_instead_of_setting_a_password(here), page)
    return None


def _stopped_staff(page: Page) -> Response | None:
    """Return the sign-in form of the staff area for whoever is none of the staff. Raises 403 for another role."""
    here = page.visitor.staff
    if here is None and request.method == "POST":
        return renderer().render(go(addresses.named("staff_sign_in"), "please"), page)
    if here is None:
        return renderer().render(Go(addresses.named("staff_sign_in"), then=addresses.requested_address()), page)
    if page.screen.role and here.actor.role != page.screen.role:
        abort(403)
    return None


def _opened(page: Page, view: View) -> Response:
    refused = _carried_token(page) or stopped(page)
    if refused:
        return refused
    if reply := view.load(page):
        return _respond(reply, page)
    _bring_back(page)
    return _committed(page, view.get)


def _sent(page: Page, view: View) -> Response:
    if clients.speaks_json():
        receive_json(page.screen, is_open=page.here is not None or not page.screen.is_for_users)
    else:
        receive_form(page.screen)
    page.is_open = False
    post = cast(Handler, view.post)
    if view.is_signed:
        _raise_if_link_was_sent()
        if reply := view.load(page):
            return _respond(reply, page)
        if submission().misfits:
            page.filled = _read(page)
            return renderer().show_problems(page)
        return _committed(page, post)
    done = _followed(page, view) or _ended(page) or _stopped_form(page)
    if done:
        return done
    if reply := view.load(page):
        return _respond(reply, page)
    # Not earlier: the page that says so has to be loaded, too.
    page.filled = _filled(page)
    if not page.filled.is_good:
        return renderer().show_problems(page)
    try:
        with passwords.bounded(page.config.limits.hashes_at_once, state().verifiers):
            return _committed(page, lambda page: _unproven(page) or post(page))
    except passwords.Busy:
        response = renderer().show_message(page, "shell.form.busy", {})
        response.headers["Retry-After"] = str(passwords.RETRY_SECONDS)
        return response


def _raise_if_link_was_sent() -> None:
    """Raise ``Malformed`` if the secret of a link was sent to a screen that no such secret opens."""
    if submission().link:
        raise Malformed("No link leads to this screen.")


def _filled(page: Page) -> Filled:
    filled = _read(page)
    if guards.is_foreign():
        return Filled({}, {}, Complaint("shell.form.foreign"))
    mark = link_mark(page)
    if page.screen.opened_by and submission().link_mark not in (None, mark):
        return Filled(filled.values, {}, Complaint("shell.form.other_link"))
    if submission().row_mark not in (None, row_mark(page)):
        # SQLite gives the number of a deleted row to the next one, which this page was not opened for.
        return Filled(filled.values, {}, Complaint("shell.form.stale"))
    return filled


def _read(page: Page) -> Filled:
    return forms.read(_form(page.screen), _offered(page))


def _left_lying(page: Page) -> Response | None:
    """Return what tells a visitor who left an opened link unused to open it again, or that it is dead by now."""
    secret = current.left_lying(page.screen, page.now)
    if secret is None or page.screen.is_for_staff or addresses.named("recover") not in page.platform.declared.screens:
        return None
    if set(page.screen.opened_by) & set(TO_NEW_ADDRESS):
        # Their own pages say what happened to the links.
        return None
    is_alive = find(page.scope, secret, *cast("tuple[Purpose, ...]", page.screen.opened_by))
    return _respond(
        go(addresses.named("recover"), "left_lying" if is_alive else "dead").with_effects(ForgetLink()), page
    )


def _instead_of_setting_a_password(here: CurrentSession | None) -> Reply:
    return go(addresses.named("change_password")) if here else go(addresses.named("sign_in"), "please")


def _may_set_password(page: Page) -> bool:
    is_here_for_it = page.here is not None and page.here.may_only_set_password
    return is_here_for_it or page.token is not None or "token" in request.args


def _ended(page: Page) -> Response | None:
    """Return the way to the sign-in form, and back to this one with all that was typed, if the session has ended."""
    if page.here is not None or not page.screen.is_for_users:
        return None
    user_id = form_tokens.rendered_for()
    if user_id is None or guards.is_foreign():
        return guards.sign_in_first(comes_back=False)
    _keep_unsent(page, user_id)
    number = number_key(submission().account or "")
    return guards.sign_in_first(number if number and has_several(page.db, user_id) else None)


def _stopped_form(page: Page) -> Response | None:
    """The same as for opening the page; what was typed for another account is kept until that is in view again."""
    try:
        return stopped(page)
    except guards.OtherAccount as refused:
        here, user_id = page.here, form_tokens.rendered_for()
        if here is not None and here.user.id == user_id and not guards.is_foreign():
            refused.is_kept = _keep_unsent(page, user_id)
        raise


def _keep_unsent(page: Page, user_id: int) -> bool:
    """Whether what was typed is kept for this user, see ``unsent_forms``."""
    if clients.wants_json():
        return False
    typed = forms.read(_form(page.screen), {}).values
    stored_values = {one.name: typed[one.name] for one in page.screen.fields if one.may_be_kept}
    with answering() as db:
        scope = replace(page.scope, db=db)
        is_kept = any(stored_values.values())
        reference = (
            unsent_forms.keep(scope, request.path, stored_values, user_id=user_id, locale=page.locale)
            if is_kept
            else None
        )
    if reference is not None:
        visit().remember_unsent(reference)
    return reference is not None


def _bring_back(page: Page) -> None:
    """The form holds what its user had typed when it could not be sent."""
    here, reference = current.signed_in(), visit().unsent
    if here is None or not reference:
        return
    typed = unsent_forms.find(page.scope, reference, request.path, user_id=here.user.id)
    if typed is not None:
        visit().remember_unsent("")
        page.filled, page.is_brought_back = Filled(typed, {}), True


def _unproven(page: Page) -> Reply | Response | None:
    """Return the form again if the password was required and is missing or wrong."""
    password = page.screen.reauthentication
    if password is None or (page.here is None and not page.screen.is_for_staff):
        return None
    beside = password.id.rpartition(".")[0]
    match _given(page, page.values[password.name]):
        case WrongPassword():
            page.filled = Filled(page.values, {password.name: Complaint(f"{beside}.wrong")})
            return renderer().show_problems(page)
        case TooMany(wait):
            return show(f"{beside}.too_many", wait=wait)
    page.screen = page.screen.without_reauthentication()
    return None


def _given(page: Page, password: str) -> WrongPassword | TooMany | None:
    """Return ``None`` if it is the password of whoever is here."""
    if page.screen.is_for_staff:
        return reauthentication.given_by_staff(page.scope, password, page.staff)
    return reauthentication.given(page.scope, password, page.session)


def _offered(page: Page) -> dict[str, list[str]]:
    """Return what may be chosen besides the declared options: what the page offers, and what is stored already."""
    offered = {name: [value for value, _ in choices] for name, choices in page.offered.items()}
    listed = (one for one in page.screen.fields if isinstance(one, Choice) and one.source not in ("", "page"))
    for declared in listed:
        if stored_values := page.start.get(declared.name):
            offered.setdefault(declared.name, []).append(stored_values)
    return offered


def _committed(page: Page, handler: Callable[[Page], Handled | Response]) -> Response:
    """Return the handler's answer, with its changes committed; all of them are rolled back if it failed."""
    take_in_hand()
    page.is_open = True
    try:
        response = _respond(handler(page), page)
        keep_changes()
    except BaseException:
        page.db.rollback()
        raise
    worker = state().worker
    if worker is not None and request.method == "POST":
        worker.wake()
    return response


def _respond(handled: Handled | Response, page: Page) -> Response:
    """Return the response to a handler's answer, after its signals were sent and the browser's state was changed."""
    match handled:
        case TooMany(wait):
            return renderer().show_message(page, "too_many", {"wait": wait})
        case NotOwner():
            raise guards.Denied(OWNER)
        case Reply():
            for consequence in handled.consequences:
                _bring_about(consequence, page)
            response = renderer().render(handled, page)
            _set_language(handled, response)
            return response
        case Response():
            return handled
        case _:
            raise TypeError(f"{page.screen.name} answered {handled!r}, which is no reply.")


def _bring_about(consequence: Event | Effect, page: Page) -> None:
    """The signal is sent, or the browser is as the effect says."""
    match consequence:
        case Event(signal, about):
            send_signal(signal, **about)
        case SignIn(entry):
            arrival.announced(arrival.enter(entry))
        case SignOut(keep_links):
            current.leave(keep_links=keep_links)
        case StaffIn(secret):
            staff_sessions.enter(secret)
        case StaffOut():
            staff_sessions.leave()
        case KnowBrowser(user):
            known_browsers.remember(user)
        case ForgetLink():
            visit().let_go(current.carrier(page.screen))
        case HoldLink(screen, secret):
            current.carry(screen, secret, page.now)
        case RememberTyped(typed):
            current.remember_typed(typed, page.now)
        case Speak():
            # A cookie, so it needs the response.
            pass
        case _:
            assert_never(consequence)


def _set_language(reply: Reply, response: Response) -> None:
    for effect in reply.consequences:
        if isinstance(effect, Speak) and effect.user is not None:
            language.set_for_user(effect.user, effect.locale, response)
        elif isinstance(effect, Speak):
            language.choose(effect.locale, response)


def _carried_token(page: Page) -> Response | None:
    """A link's secret moves from the address to the visitor's browser, and the address no longer has it.

    Nothing is spent, because mail scanners open links.
    """
    if not page.screen.opened_by or "token" not in request.args:
        return None
    if clients.speaks_json():
        raise Malformed('A link\'s secret is sent in the body, never in an address: POST {"link": "…"}.')
    _follow(page, request.args["token"][:LONGEST_LINK])
    return html.see_other(addresses.screen_url(page.screen.name))


def _follow(page: Page, secret: str) -> None:
    """The visitor has the secret of a link. Raises werkzeug's 429 if too many from their network were invalid."""
    links.raise_if_too_many(page.screen, secret)
    current.carry(page.screen, secret, page.now)


def _followed(page: Page, view: View) -> Response | None:
    """Return the screen as a visitor who followed a link sees it, if nothing but the link was sent."""
    sent = submission()
    if not page.screen.opened_by:
        _raise_if_link_was_sent()
    if not sent.link:
        return None
    if guards.is_foreign():
        raise Malformed("A page of another site sent this.")
    _follow(page, sent.link)
    if sent.is_sent:
        return None
    page.is_open = True
    return _opened(page, view)


def _form(screen: Screen) -> Any:
    made, has_unseen = state().platform.cache, clients.speaks_json()
    key = ("form", screen.name, screen.left_out, has_unseen)
    if key not in made:
        fields = screen.sent_fields if has_unseen else screen.fields
        made[key] = forms.form_class(screen.name, fields, state().platform.config)
    return made[key]
