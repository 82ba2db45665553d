"""One request for one screen: the only controller there is.

A feature's ``pages.py`` says for each screen what happens when somebody arrives and when they send its form. The
rest, who may come in, the form and its errors, results that survive a reload, the transaction, is the same for all.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from math import ceil
from typing import Any, cast

from blinker import NamedSignal
from flask import Response, abort, current_app, make_response, redirect, render_template, request
from sqlalchemy.orm import Session

from ..accounts.account_status import has_several
from ..config import Config
from ..db.models import LARGEST_ID
from ..declare.elements import Field, Message, Screen
from ..declare.labels import slots as slots_of
from ..platform import Platform
from ..scope import Scope
from ..security import passwords, unsent_forms
from ..security.browsers import Browser
from ..security.keys import Keys
from ..security.limits import TooMany, network
from ..security.reauthentication import WrongPassword
from ..security.sessions import CurrentSession
from ..security.tokens import TO_NEW_ADDRESS, Purpose, digest, find
from ..values.identifiers import number_key
from . import (
    addresses,
    arrival,
    current,
    form_tokens,
    forms,
    guards,
    known_browsers,
    links,
    reauthentication,
)
from .choices import Choice, with_kept
from .drawing import ElementView, ScreenView, draw
from .forms import Complaint, Filled
from .layout import Layout, frame
from .rows import RowPage
from .sending_signals import send_signal
from .state import answering, keep_changes, session, state, take_in_hand
from .visits import visit

LINK_MARK = "acct_link"
"""The field of a form that says which link it was drawn for."""

ASKED = "find"
LONGEST_SEARCH = 100


@dataclass(frozen=True, slots=True)
class Flash:
    """What a page says at its head: a message, its words and tone."""

    id: str
    text: str
    tone: str
    field: str = ""


@dataclass
class Page:
    """One request for one screen.

    A feature's ``prepare`` fills in what this visit is about before the form is read: ``start`` with what the form
    holds when it is opened, ``offered`` with the options of a choice, ``rows`` of a list, ``slots`` of sentences.
    """

    screen: Screen
    filled: Filled = field(default_factory=lambda: Filled({}, {}))
    at: Mapping[str, Any] = field(default_factory=dict)
    """The parameters of the address: ``{"contact": 5}``."""
    start: dict[str, str] = field(default_factory=dict)
    offered: dict[str, Sequence[Choice]] = field(default_factory=dict)
    rows: dict[str, RowPage] = field(default_factory=dict)
    facts: dict[str, Mapping[str, object]] = field(default_factory=dict)
    """Of each declared ``Facts``, the values by name: text, a day, a time, a declared ``Text``, or a list of lines."""
    links: dict[str, str] = field(default_factory=dict)
    """Where the declared links lead that name no place themselves."""
    slots: dict[str, object] = field(default_factory=dict)
    signs_in_as: str = ""
    """What whoever sets a password here signs in with, where it is not the one who is here."""
    is_brought_back: bool = False
    """Whether it holds what was typed in it before its session ended, or another account was in view."""

    @property
    def identifier(self) -> str:
        """What a password manager keeps the password of this form under."""
        return self.signs_in_as or self.frame.identifier

    @property
    def values(self) -> Mapping[str, str]:
        """What was typed, by field name, cleaned: text, NFC, no control characters, within its length.

        Before anything was typed, what the form starts with.
        """
        return self.filled.values or self.start

    def file(self, name: str) -> bytes:
        """What the file holds that was sent in a field of kind ``file``."""
        return self.filled.files.get(name, b"")

    def ticked(self, name: str) -> tuple[str, ...]:
        """The boxes of a field of kind ``ticks`` that are ticked, in the order declared."""
        chosen = self.values.get(name, "").split()
        declared = next(one for one in self.screen.fields if one.name == name)
        return tuple(option.name for option in declared.options if option.name in chosen)

    @property
    def number(self) -> int:
        """Which page of a list is asked for, counted from 1; the first for anything that is no number."""
        asked = request.args.get("page", "")
        return min(int(asked), 10**6) if asked.isascii() and asked.isdecimal() and len(asked) < 8 and int(asked) else 1

    @property
    def asked(self) -> str:
        """The words a list is searched for; empty where all of it is wanted."""
        return " ".join(forms.typed_text(request.args.get(ASKED, "")).split())[:LONGEST_SEARCH]

    @cached_property
    def onward(self) -> str | None:
        """Where the visitor wanted to go when this page came in between: a path of this site, or nowhere."""
        return addresses.onward(request.args.get("next") or request.form.get("next"))

    @property
    def scope(self) -> Scope:
        """What flows stand on; ``now`` is the same all through the request."""
        return Scope(self.db, self.platform, self.keys, self.now)

    @property
    def db(self) -> Session:
        return session()

    @property
    def platform(self) -> Platform:
        return state().platform

    @property
    def config(self) -> Config:
        return state().platform.config

    @property
    def keys(self) -> Keys:
        return state().keys

    @cached_property
    def now(self) -> datetime:
        return state().clock()

    @property
    def here(self) -> CurrentSession | None:
        """Who is here, a session that may only set a password included."""
        return current.present()

    @property
    def frame(self) -> Layout:
        return frame()

    @property
    def network(self) -> str:
        """The visitor's network address as it is counted; only ProxyFix may speak for a proxy."""
        return network(request.remote_addr)

    @property
    def browser(self) -> Browser:
        """What the visitor's browser is known for."""
        return known_browsers.browser()

    @property
    def form_copy(self) -> str:
        """What only this copy of the form carries: the same when it is sent twice, another when it is opened anew."""
        return request.form.get(form_tokens.TOKEN) or secrets.token_urlsafe(9)

    @property
    def was_drawn_for_user(self) -> bool:
        """Whether the form sent was drawn for somebody who was signed in."""
        return form_tokens.drawn_for() is not None

    @property
    def user_agent(self) -> str:
        return arrival.user_agent()

    @property
    def token(self) -> str | None:
        """The secret of the link that led here, kept in the visitor's browser so that the address is clean.

        Screens that the same kind of link opens have it together.
        """
        return current.carried(self.screen, self.now)

    @property
    def link_mark(self) -> str:
        """Which link the forms of this page are about, so that one drawn for another is not taken for it."""
        return digest(self.token)[:16] if self.token else ""

    def forget_token(self) -> None:
        visit().let_go(current.carrier(self.screen))

    def show(self, message: str | None = None, *, status: int | None = None, **slots: object) -> Response:
        """The screen, with one of its messages, or by its whole id one that another screen declares as well."""
        self.slots |= slots
        declared = self._message(message) if message else None
        said = self._said(declared, slots) if declared else None
        found = {said.field: said} if said and said.field else {}
        code = status or (declared.status if declared else self.screen.status)
        response = self._draw(code, said=None if found else said, problems=found)
        wait = slots.get("wait")
        if code in (429, 503) and isinstance(wait, timedelta):
            response.headers["Retry-After"] = str(ceil(wait.total_seconds()))
        return response

    def done(self, result: str, **slots: object) -> Response:
        """Back to this screen by GET, which then shows the result instead of the form."""
        return self._say_at(self.screen.name, self.screen.result(result).id, slots, self.at)

    def answer(self, result: str, **slots: object) -> Response:
        """The result at once: programs that send a form do not follow to where ``done`` leads."""
        self.slots |= slots
        found = self.screen.result(result)
        return self._draw(found.status, result=found)

    def go(
        self, screen: str, message: str | None = None, *, at: Mapping[str, object] | None = None, **slots: object
    ) -> Response:
        """To another screen by GET, which then says the message."""
        if message is None:
            return _see_other(addresses.screen_url(screen, at))
        return self._say_at(screen, state().platform.declared.screens[screen].message(message).id, slots, at or {})

    def keep(self) -> None:
        """What was written so far is committed, and nobody waits for it while something takes a while."""
        keep_changes()

    def tell(self, signal: NamedSignal, **about: Any) -> None:
        """Hosts that listen hear what has happened."""
        send_signal(signal, **about)

    def go_home(self) -> Response:
        """To where the visitor wanted to go before signing in, else to the host's home page."""
        return _see_other(self.onward or addresses.target_url("site.home") or "/")

    def go_on(self, screen: str) -> Response:
        """To another screen, which leads to where the visitor wanted to go once it is through with them."""
        return _see_other(addresses.screen_url(screen, {}, **({"next": self.onward} if self.onward else {})))

    def _say_at(self, screen: str, id_: str, slots: Mapping[str, object], at: Mapping[str, object]) -> Response:
        visit().say(screen, id_, {name: self.frame.show(value) for name, value in slots.items()})
        return _see_other(addresses.screen_url(screen, at))

    def _message(self, name: str) -> Message:
        if "." not in name:
            return self.screen.message(name)
        return cast(Message, state().platform.declared.texts[name])

    def _said(self, message: Message, slots: Mapping[str, object]) -> Flash:
        return Flash(message.id, self.frame.say(message, **slots), message.tone, message.field)

    @property
    def is_result(self) -> bool:
        """Whether this visit shows the result of what was sent. Sending again is no such visit."""
        said = visit().said
        if request.method == "POST" or said is None or said["at"] != self.screen.name:
            return False
        return any(said["id"] == result.id for result in self.screen.results)

    def arrived(self) -> Response:
        """The screen as somebody finds it: with what was said to them on the way, or the result of what they sent."""
        said = visit().said
        if said is None or said["at"] != self.screen.name:
            return self._draw(self.screen.status)
        visit().heard()
        for result in self.screen.results:
            if result.id == said["id"]:
                self.slots |= said["slots"]
                return self._draw(result.status, result=result)
        for message in self.screen.messages:
            if message.id == said["id"]:
                return self._draw(message.status, said=self._said(message, said["slots"]))
        return self._draw(self.screen.status)

    def complaints(self) -> Response:
        """The form again, with what is wrong with it."""
        if self.filled.csrf:
            said = Flash(self.filled.csrf.id, self.frame.words[self.filled.csrf.id], "warning")
            return self._draw(400, said=said)
        problems = {name: self._complaint(name, complaint) for name, complaint in self.filled.complaints.items()}
        head = Flash("shell.form.problems", self.frame.words["shell.form.problems"], "error")
        return self._draw(422, said=head, problems=problems)

    def busy(self) -> Response:
        """The form again as it was filled in, for this process hashes as many passwords as it may."""
        response = self.show("shell.form.busy")
        response.headers["Retry-After"] = str(passwords.RETRY_SECONDS)
        return response

    def _complaint(self, name: str, complaint: Complaint) -> Flash:
        return Flash(complaint.id, self.frame.say(complaint.id, **complaint.slots), "error", name)

    def _draw(
        self,
        status: int,
        *,
        said: Flash | None = None,
        problems: Mapping[str, Flash] | None = None,
        result: Any = None,
    ) -> Response:
        if self.is_brought_back and said is None:
            said = Flash("shell.form.brought_back", self.frame.words["shell.form.brought_back"], "info")
        drawing = _drawing(
            self.screen, result.parts if result else None, result.id if result else "", self.frame.locale
        )
        body = render_template(
            _template(self.screen.name),
            page=self,
            screen=drawing,
            said=said,
            problems=problems or {},
            result=self._result(result),
            slots=self.slots,
            acct=self.frame,
        )
        return make_response(body, status)

    def _result(self, result: Any) -> Flash | None:
        return Flash(result.id, self.frame.say(result, **self.slots), result.tone) if result else None

    def text(self, shown: ElementView, slots: Mapping[str, object]) -> str:
        """The words of an element with the page's own slots filled."""
        return self.frame.say(shown.part, **slots) if "{" in shown.text else shown.text

    def choices_of(self, shown: ElementView) -> Sequence[Choice]:
        """The options of a choice that no catalog holds."""
        source = cast(Field, shown.part).source
        if not source:
            # Its options are declared, and drawn as such.
            return shown.listed
        kept = self.start.get(shown.name, "")
        return self.offered.get(shown.name) or with_kept(shown.listed, kept, source, locale=self.frame.locale)

    def help_of(self, shown: ElementView, slots: Mapping[str, object]) -> str:
        """The help at a field; one whose slots this visit does not fill is not there."""
        wanted = slots_of(shown.help)
        if not wanted:
            return shown.help
        return self.frame.say(shown.help_id, **slots) if wanted <= slots.keys() else ""

    def page_url(self, number: int) -> str:
        """The address of another page of this screen's list; what else was asked for stays."""
        asked = {**request.args.to_dict(), "page": str(number)}
        return addresses.screen_url(self.screen.name, self.at, **asked)

    @property
    def whole_list_url(self) -> str:
        """The address of this screen's list, not searched."""
        return addresses.screen_url(self.screen.name, self.at, **({"next": self.onward} if self.onward else {}))


Handler = Callable[[Page], Response]
Preparation = Callable[[Page], "Response | None"]


@dataclass(frozen=True, slots=True)
class View:
    """What a feature does at one of its screens.

    ``prepare`` comes first, at every visit: it finds what the visit is about, and answers itself if there is nothing.
    """

    arrive: Handler = Page.arrived
    submit: Handler | None = None
    prepare: Preparation = lambda _page: None
    is_signed: bool = False
    """Whether the address proves by itself that the form may be sent. Then it may come from anywhere, without a token
    and without a session: mail programs send it. Source: RFC 8058."""


def answer(name: str, turn: View) -> Callable[[], Response]:
    """The view function of a screen."""

    def view(**at: Any) -> Response:
        if any(isinstance(value, int) and value > LARGEST_ID for value in at.values()):
            abort(404)
        page = Page(reauthentication.met(name), at=at)
        if request.method == "POST":
            return _submitted(page, turn)
        refused = _carried_token(page) or _refusal(page) or turn.prepare(page)
        if refused:
            return refused
        _bring_back(page)
        return _committed(page, turn.arrive)

    return view


def _refusal(page: Page) -> Response | None:
    """Where somebody goes who may not open this screen; ``None`` for one who may."""
    here = page.here
    if here is None and page.screen.opened_by and (away := _left_lying(page)):
        return away
    if page.screen.needs:
        return guards.stopped(page.screen.needs, is_ours=True)
    match page.screen.access:
        case "visitor" if here is not None and not here.may_only_set_password:
            return page.go_home()
        case "user" if here is None:
            return guards.sign_in_first()
        case "user" if here is not None and here.may_only_set_password:
            return guards.set_password_first()
        case "setting_password" if not _may_set_password(page):
            return page.go("password.change") if here else page.go("login.form", "please")
    return None


def _left_lying(page: Page) -> Response | None:
    """Whoever opened a link, left it and comes back is told to open it again, or that it is dead by now."""
    secret = current.left_lying(page.screen, page.now)
    if secret is None or "recovery.password" not in state().platform.declared.screens:
        return None
    if set(page.screen.opened_by) & set(TO_NEW_ADDRESS):
        # Their own pages say what became of them.
        return None
    page.forget_token()
    is_alive = find(page.scope, secret, *cast("tuple[Purpose, ...]", page.screen.opened_by))
    return page.go("recovery.password", "left_lying" if is_alive else "dead")


def _may_set_password(page: Page) -> bool:
    is_here_for_it = page.here is not None and page.here.may_only_set_password
    return is_here_for_it or page.token is not None or "token" in request.args


def _submitted(page: Page, turn: View) -> Response:
    forms.receive(page.screen)
    if turn.is_signed:
        return turn.prepare(page) or _committed(page, cast(Handler, turn.submit))
    refused = _ended(page) or _refusal_of_form(page) or turn.prepare(page)
    if refused:
        return refused
    # Not earlier: the page that says so has to be prepared, too.
    page.filled = forms.read(_form(page.screen), _offered(page))
    if guards.is_foreign():
        page.filled = Filled({}, {}, Complaint("shell.form.foreign"))
    elif page.screen.opened_by and request.form.get(LINK_MARK, page.link_mark) != page.link_mark:
        page.filled = Filled(page.filled.values, {}, Complaint("shell.form.other_link"))
    if not page.filled.is_good:
        return page.complaints()
    try:
        with passwords.bounded(page.config.limits.hashes_at_once, state().verifiers):
            return _committed(page, lambda page: _unproven(page) or cast(Handler, turn.submit)(page))
    except passwords.Busy:
        return page.busy()


def _ended(page: Page) -> Response | None:
    """To the sign-in form, and back to this one with all that was typed, for who is not signed in any more."""
    if page.here is not None or not (page.screen.needs or page.screen.access == "user"):
        return None
    user_id = form_tokens.drawn_for()
    if user_id is None or guards.is_foreign():
        return guards.sign_in_first(comes_back=False)
    _keep_unsent(page, user_id)
    number = number_key(request.form.get(guards.ACCOUNT_MARK, ""))
    return guards.sign_in_first(number if number and has_several(page.db, user_id) else None)


def _refusal_of_form(page: Page) -> Response | None:
    """The same as for who only looks; what was typed for another account is kept until it is in view again."""
    try:
        return _refusal(page)
    except guards.OtherAccount as refused:
        here, user_id = page.here, form_tokens.drawn_for()
        if here is not None and here.user.id == user_id and not guards.is_foreign():
            refused.is_kept = _keep_unsent(page, user_id)
        raise


def _keep_unsent(page: Page, user_id: int) -> bool:
    """Whether what was typed is kept for this user, see ``unsent_forms``."""
    if guards.wants_json():
        return False
    typed = forms.read(_form(page.screen), {}).values
    kept = {one.name: typed[one.name] for one in page.screen.fields if _may_be_kept(one)}
    with answering() as db:
        scope, locale = replace(page.scope, db=db), page.frame.locale
        is_kept = any(kept.values())
        reference = unsent_forms.keep(scope, request.path, kept, user_id=user_id, locale=locale) if is_kept else None
    if reference is not None:
        visit().remember_unsent(reference)
    return reference is not None


def _may_be_kept(field: Field) -> bool:
    return field.kind not in {"password", "file"} and not field.is_proof


def _bring_back(page: Page) -> None:
    """The form holds what its user had typed when it could not be sent."""
    here, reference = current.signed_in(), visit().unsent
    if here is None or not reference:
        return
    typed = unsent_forms.find(page.scope, reference, request.path, user_id=here.user.id)
    if typed is not None:
        visit().remember_unsent("")
        page.filled, page.is_brought_back = Filled(typed, {}), True


def _unproven(page: Page) -> Response | None:
    """The form again for who was asked for their password and did not give it."""
    asked, here = page.screen.proof, page.here
    if asked is None or here is None:
        return None
    beside = asked.id.rpartition(".")[0]
    match reauthentication.given(page.scope, page.values[asked.name], here):
        case WrongPassword():
            page.filled = Filled(page.values, {asked.name: Complaint(f"{beside}.wrong")})
            return page.complaints()
        case TooMany(wait):
            return page.show(f"{beside}.too_many", wait=wait)
    page.screen = page.screen.without_proof()
    return None


def _offered(page: Page) -> dict[str, list[str]]:
    """What may be chosen besides what is declared: what the page offers, and what is kept already."""
    offered = {name: [value for value, _ in choices] for name, choices in page.offered.items()}
    for declared in page.screen.fields:
        if declared.source not in ("", "page") and (kept := page.start.get(declared.name)):
            offered.setdefault(declared.name, []).append(kept)
    return offered


def _committed(page: Page, handler: Handler) -> Response:
    """The handler's answer, its changes kept; all of them undone if it failed."""
    take_in_hand()
    try:
        response = handler(page)
        keep_changes()
    except BaseException:
        page.db.rollback()
        raise
    worker = state().worker
    if worker is not None and request.method == "POST":
        worker.wake()
    return response


def _carried_token(page: Page) -> Response | None:
    """A link's secret moves from the address to the visitor's browser, and the address is clean again.

    Nothing is spent: mail scanners open links.
    """
    if not page.screen.opened_by or "token" not in request.args:
        return None
    links.refuse_too_many(page.screen, request.args["token"][:100])
    current.carry(page.screen, request.args["token"][:100], page.now)
    return _see_other(addresses.screen_url(page.screen.name))


def _form(screen: Screen) -> Any:
    drawn = state().platform.drawn
    key = ("form", screen.name, screen.left_out)
    if key not in drawn:
        drawn[key] = forms.form_class(screen, state().platform.config)
    return drawn[key]


def _drawing(screen: Screen, parts: Any, result: str, locale: str) -> ScreenView:
    drawn = state().platform.drawn
    key = ("drawing", screen.name, screen.left_out, result, locale)
    if key not in drawn:
        drawn[key] = draw(screen, screen.parts if parts is None else parts, state().platform, locale)
    return cast(ScreenView, drawn[key])


def _template(screen: str) -> str:
    """The screen's own template if the app has one, else the one they all share."""
    drawn = state().drawn
    key = ("template", screen)
    # Jinja keeps what it finds but not what it misses: it would look for the first one at every request.
    if key not in drawn or current_app.jinja_env.auto_reload:
        names = [f"flask_acct/{screen}.html", "flask_acct/screen.html"]
        drawn[key] = current_app.jinja_env.select_template(names).name
    return cast(str, drawn[key])


def _see_other(address: str) -> Response:
    return cast(Response, redirect(address, 303))
