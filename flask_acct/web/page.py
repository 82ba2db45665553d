"""One request for one screen: the only controller there is.

A feature's ``pages.py`` says for each screen what happens when somebody arrives and when they send its form. The
rest, who may come in, the form and its errors, results that survive a reload, the transaction, is the same for all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from math import ceil
from typing import Any, cast

from blinker import NamedSignal
from flask import Response, current_app, make_response, redirect, render_template, request
from flask import session as flask_session
from sqlalchemy.orm import Session

from ..config import Config
from ..screen import Message, Screen
from ..sessions import Present
from ..tallies import network
from ..tokens import Keys
from . import addresses, forms, guards, presence
from .drawing import Drawing, Shown, draw
from .forms import Complaint, Filled
from .frame import Frame, frame
from .state import keep_changes, session, state

SAID = "acct_said"
CARRIED = "acct_token:"


@dataclass(frozen=True, slots=True)
class Said:
    """What a page says at its head: a message, its words and tone."""

    id: str
    text: str
    tone: str
    field: str = ""


@dataclass
class Page:
    """One request for one screen.

    ``values`` is what was typed, by field name, cleaned: text, NFC, no control characters, within its length.
    """

    screen: Screen
    filled: Filled = field(default_factory=lambda: Filled({}, {}))

    @property
    def values(self) -> Mapping[str, str]:
        return self.filled.values

    @property
    def db(self) -> Session:
        return session()

    @property
    def config(self) -> Config:
        return state().edition.config

    @property
    def keys(self) -> Keys:
        return state().keys

    @cached_property
    def now(self) -> datetime:
        return state().clock()

    @property
    def here(self) -> Present | None:
        """Who is here, a session that may only set a password included."""
        return presence.present()

    @property
    def frame(self) -> Frame:
        return frame()

    @property
    def network(self) -> str:
        """The visitor's network address as it is counted; only ProxyFix may speak for a proxy."""
        return network(request.remote_addr)

    @property
    def form_copy(self) -> str:
        """What only this copy of the form carries: the same when it is sent twice, another when it is opened anew."""
        return request.form.get(forms.TOKEN, "")

    @property
    def user_agent(self) -> str:
        return request.headers.get("User-Agent", "")[:200]

    @property
    def token(self) -> str | None:
        """The secret of the link that led here, kept in the visitor's session so that the address is clean."""
        return flask_session.get(CARRIED + self.screen.name)

    def forget_token(self) -> None:
        flask_session.pop(CARRIED + self.screen.name, None)

    def show(self, message: str | None = None, *, status: int | None = None, **slots: object) -> Response:
        """The screen, with one of its messages."""
        said = self._said(self.screen.message(message), slots) if message else None
        found = {said.field: said} if said and said.field else {}
        code = status or (self.screen.message(message).status if message else self.screen.status)
        response = self._draw(code, said=None if found else said, problems=found, slots=slots)
        wait = slots.get("wait")
        if code == 429 and isinstance(wait, timedelta):
            response.headers["Retry-After"] = str(ceil(wait.total_seconds()))
        return response

    def done(self, result: str, **slots: object) -> Response:
        """Back to this screen by GET, which then shows the result instead of the form."""
        return self._say_at(self.screen.name, self.screen.result(result).id, slots)

    def go(self, screen: str, message: str | None = None, **slots: object) -> Response:
        """To another screen by GET, which then says the message."""
        if message is None:
            return _see_other(addresses.screen_url(screen))
        return self._say_at(screen, state().edition.declared.screens[screen].message(message).id, slots)

    def tell(self, signal: NamedSignal, **about: Any) -> None:
        """Hosts that listen hear what has happened."""
        signal.send(current_app._get_current_object(), **about)  # type: ignore[attr-defined]

    def go_home(self) -> Response:
        """To where the visitor wanted to go before signing in, else to the host's home page."""
        wanted = addresses.local_path(request.args.get("next"))
        return _see_other(wanted or addresses.target_url("site.home") or "/")

    def _say_at(self, screen: str, id_: str, slots: Mapping[str, object]) -> Response:
        flask_session[SAID] = {
            "at": screen,
            "id": id_,
            "slots": {name: self.frame.show(v) for name, v in slots.items()},
        }
        return _see_other(addresses.screen_url(screen))

    def _said(self, message: Message, slots: Mapping[str, object]) -> Said:
        return Said(message.id, self.frame.say(message, **slots), message.tone, message.field)

    @property
    def is_result(self) -> bool:
        """Whether this visit shows the result of what was sent."""
        said = flask_session.get(SAID)
        return isinstance(said, dict) and any(said.get("id") == result.id for result in self.screen.results)

    def arrived(self) -> Response:
        """The screen as somebody finds it: with what was said to them on the way, or the result of what they sent."""
        said = flask_session.get(SAID)
        if not isinstance(said, dict) or said.get("at") != self.screen.name:
            return self._draw(self.screen.status)
        del flask_session[SAID]
        for result in self.screen.results:
            if result.id == said["id"]:
                return self._draw(200, result=result, slots=said["slots"])
        for message in self.screen.messages:
            if message.id == said["id"]:
                return self._draw(message.status, said=self._said(message, said["slots"]))
        return self._draw(self.screen.status)

    def complaints(self) -> Response:
        """The form again, with what is wrong with it."""
        if self.filled.csrf:
            said = Said(self.filled.csrf.id, self.frame.words[self.filled.csrf.id], "warning")
            return self._draw(400, said=said)
        problems = {name: self._complaint(name, complaint) for name, complaint in self.filled.complaints.items()}
        head = Said("shell.form.problems", self.frame.words["shell.form.problems"], "error")
        return self._draw(422, said=head, problems=problems)

    def _complaint(self, name: str, complaint: Complaint) -> Said:
        return Said(complaint.id, self.frame.say(complaint.id, **complaint.slots), "error", name)

    def _draw(
        self,
        status: int,
        *,
        said: Said | None = None,
        problems: Mapping[str, Said] | None = None,
        result: Any = None,
        slots: Mapping[str, object] | None = None,
    ) -> Response:
        drawing = _drawing(
            self.screen, result.parts if result else None, result.id if result else "", self.frame.locale
        )
        body = render_template(
            _template(self.screen.name),
            page=self,
            screen=drawing,
            said=said,
            problems=problems or {},
            result=self._result(result, slots or {}),
            slots=slots or {},
            acct=self.frame,
        )
        return make_response(body, status)

    def _result(self, result: Any, slots: Mapping[str, object]) -> Said | None:
        return Said(result.id, self.frame.say(result, **slots), result.tone) if result else None

    def text(self, shown: Shown, slots: Mapping[str, object]) -> str:
        """The words of an element with the page's own slots filled."""
        return self.frame.say(shown.part, **slots) if "{" in shown.text else shown.text


Handler = Callable[[Page], Response]


@dataclass(frozen=True, slots=True)
class Turn:
    """What a feature does at one of its screens."""

    arrive: Handler = Page.arrived
    submit: Handler | None = None


def answer(name: str, turn: Turn) -> Callable[[], Response]:
    """The view function of a screen."""

    def view() -> Response:
        screen = state().edition.declared.screens[name]
        page = Page(screen)
        if request.method == "POST":
            return _submitted(page, turn)
        return _refusal(page) or _carried_token(page) or _committed(page, turn.arrive)

    return view


def _refusal(page: Page) -> Response | None:
    """Where somebody goes who may not open this screen; ``None`` for one who may."""
    here = page.here
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


def _may_set_password(page: Page) -> bool:
    is_here_for_it = page.here is not None and page.here.may_only_set_password
    return is_here_for_it or page.token is not None or "token" in request.args


def _submitted(page: Page, turn: Turn) -> Response:
    if guards.is_cross_site():
        page.filled = Filled({}, {}, Complaint("shell.form.foreign"))
        return page.complaints()
    page.filled = forms.read(_form(page.screen))
    refused = _refusal(page)
    if refused:
        return refused
    if not page.filled.is_good:
        return page.complaints()
    return _committed(page, cast(Handler, turn.submit))


def _committed(page: Page, handler: Handler) -> Response:
    """The handler's answer, its changes kept; all of them undone if it failed."""
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
    """A link's secret moves from the address to the visitor's session, and the address is clean again.

    Nothing is spent: mail scanners open links.
    """
    if not page.screen.opened_by or "token" not in request.args:
        return None
    flask_session[CARRIED + page.screen.name] = request.args["token"][:100]
    return _see_other(addresses.screen_url(page.screen.name))


def _form(screen: Screen) -> Any:
    drawn = state().drawn
    key = ("form", screen.name)
    if key not in drawn:
        drawn[key] = forms.form_class(screen)
    return drawn[key]


def _drawing(screen: Screen, parts: Any, result: str, locale: str) -> Drawing:
    drawn = state().drawn
    key = ("drawing", screen.name, result, locale)
    if key not in drawn:
        drawn[key] = draw(screen, screen.parts if parts is None else parts, state().edition, locale)
    return cast(Drawing, drawn[key])


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
