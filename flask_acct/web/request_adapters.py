"""Gives pages access to Flask: who their visitor is (``page.Visitor``), and the host's app (``page.Host``)."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cached_property
from typing import Any

from blinker import NamedSignal
from flask import request

from ..accounts.subscription import Subscription
from ..db.models import Account
from ..db.paging import PER_PAGE
from ..declare.elements import Screen
from ..platform import Platform
from ..security.admission import Before, Named
from ..security.browsers import Browser
from ..security.limits import network
from ..security.sessions import CurrentSession
from ..staff.members import PresentMember
from . import (
    addresses,
    arrival,
    current,
    form_tokens,
    forms,
    host_identifiers,
    known_browsers,
    language,
    rules,
    staff_sessions,
)
from .layout import frame
from .page import CHOSEN
from .sending_signals import send_signal
from .state import keep_changes, state
from .submission import submission
from .visits import visit

SEARCH = "find"
LONGEST_SEARCH = 100


class RequestVisitor:
    """Whoever made the request."""

    @property
    def here(self) -> CurrentSession | None:
        return current.present()

    @property
    def signed_in(self) -> CurrentSession | None:
        return current.signed_in()

    @property
    def staff(self) -> PresentMember | None:
        return staff_sessions.present()

    @property
    def staff_secret(self) -> str:
        return staff_sessions.brought()

    @property
    def network(self) -> str:
        return network(request.remote_addr)

    @property
    def browser(self) -> Browser:
        return known_browsers.browser()

    @property
    def user_agent(self) -> str:
        return arrival.user_agent()

    @property
    def form_copy(self) -> str:
        return submission().token or secrets.token_urlsafe(9)

    @property
    def was_rendered_for_user(self) -> bool:
        return form_tokens.rendered_for() is not None

    @property
    def time_zone(self) -> str:
        return language.time_zone()

    @property
    def page_number(self) -> int:
        number = request.args.get("page", "")
        return (
            min(int(number), 10**6)
            if number.isascii() and number.isdecimal() and len(number) < 8 and int(number)
            else 1
        )

    @property
    def search(self) -> str:
        return " ".join(forms.typed_text(request.args.get(SEARCH, "")).split())[:LONGEST_SEARCH]

    @cached_property
    def onward(self) -> str | None:
        return addresses.onward(request.args.get("next") or submission().onward)

    @cached_property
    def typed(self) -> Mapping[str, str]:
        return current.typed(state().clock())

    def sent(self, name: str) -> str | None:
        return submission().fields.get(name)

    def sent_all(self, name: str) -> Sequence[str]:
        return tuple(dict.fromkeys(submission().fields.getlist(name)[:PER_PAGE]))

    def query(self, name: str) -> str:
        return request.args.get(name, "")

    @property
    def chosen(self) -> Sequence[str]:
        return tuple(dict.fromkeys(request.args.getlist(CHOSEN)[:PER_PAGE]))

    def link(self, screen: Screen) -> str | None:
        return current.carried(screen, state().clock())

    def is_result(self, screen: Screen) -> bool:
        flash = visit().said
        if request.method == "POST" or flash is None or flash["at"] != screen.name:
            return False
        return any(flash["id"] == result.id for result in screen.results)


class HostApp:
    """The app that answers the request."""

    def before_sign_in(self) -> Before | None:
        return arrival.before()

    def own_identifiers(self) -> Callable[[str], Named | None] | None:
        return host_identifiers.lookup()

    def subscription(self, account: Account) -> Subscription:
        return state().subscription(account)

    def doors(self, here: CurrentSession) -> Sequence[object]:
        return rules.doors(here)

    def opens(self, screen: str) -> bool:
        return frame().opens(screen)

    def url(self, screen: str, **query: str) -> str:
        return addresses.screen_url(screen, {}, **query)

    def url_at(self, screen: str, at: Mapping[str, object]) -> str:
        return addresses.screen_url(screen, at)

    def target(self, name: str) -> str | None:
        return addresses.target_url(name)

    def platform(self, name: str | None) -> Platform:
        return state().platforms.get(name, state().platform)

    @property
    def root(self) -> str:
        return request.script_root

    @property
    def help_root(self) -> str:
        return addresses.help_root()

    def help_versions(self, locale: str) -> Mapping[str, Collection[str]]:
        return state().help_versions(locale)

    def announce(self, signal: NamedSignal, /, **about: Any) -> None:
        send_signal(signal, **about)

    def save(self) -> None:
        keep_changes()
