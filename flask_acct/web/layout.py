"""What surrounds every page: words, languages, brand, menu. Templates know it as ``acct``.

A host's own pages get it too: ``{% extends "flask_acct/layout.html" %}``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import cast

from flask import current_app, g, request, url_for
from markupsafe import Markup, escape

from ..accounts.naming import display_name
from ..config import Config
from ..db.models import Account, User
from ..declare import elements as screens
from ..declare.elements import Link, Tone
from ..declare.formats import brief, comma, shown
from ..declare.labels import SLOT, direction, isolated, language_tag
from ..declare.plurals import NUMBER, by_category, forms_of
from ..declare.texts import Text
from ..security.credentials import identifier_of
from ..security.pending import REFERENCE
from ..security.sessions import CurrentSession
from ..staff.members import PresentMember
from ..values.languages import nearest
from . import addresses, current, form_tokens, fragments, language, staff_sessions
from .drawing import ELEMENTS, ScreenView
from .guards import may
from .menu import PageMenu, configured_link, own_entries, staff_section
from .nav import Badge, NavLink, NavSection, current_of
from .news import TONES, in_force
from .state import session, state
from .submission import ACCOUNT_MARK


@dataclass(frozen=True, slots=True)
class LanguageOption:
    """One entry of the language switcher."""

    id: str
    locale: str
    tag: str
    name: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that waits for the signed-in user, and the link to it."""

    id: str
    text: str
    door: NavLink | None
    tone: Tone = "info"


USERNAME_FIELD = "acct_username"
"""For password managers only."""

HEADER, USER, NAV = f"{ELEMENTS}/header.html", f"{ELEMENTS}/user.html", f"{ELEMENTS}/nav_links.html"

_INNER = (f"{ELEMENTS}/languages.html",)
"""Templates that the header and the footer include."""


class Layout:
    """What surrounds one page, in the language of its visitor. Everything is computed when first needed."""

    is_in_layout = False
    """Whether the page being rendered is in our layout, and not in a base template of the host's own."""

    def __init__(self) -> None:
        self._drawn: set[str] = set()
        self._acct = state()

    def begun(self) -> Layout:
        """Return the same with nothing rendered yet: an error page may follow a page that failed half-way."""
        self._drawn, self.is_in_layout = set(), False
        return self

    def has_layout(self) -> bool:
        """Record that the page has all of our layout, which shows the links itself."""
        self._drawn.add("links")
        self.is_in_layout = True
        return True

    def draws(self, piece: str) -> bool:
        """Whether this part of a page must be rendered now: each is rendered only once."""
        if piece in self._drawn:
            return False
        self._drawn.add(piece)
        return True

    @cached_property
    def _root(self) -> str:
        return addresses.root()

    @cached_property
    def locale(self) -> str:
        return language.locale()

    @cached_property
    def lang(self) -> str:
        return language_tag(self.locale)

    @cached_property
    def dir(self) -> str:
        return direction(self.locale)

    @cached_property
    def words(self) -> Mapping[str, str]:
        """Return every sentence by element id, with the slots of settings filled."""
        return self._acct.platform.sentences(self.locale)

    def say(self, element: Text | str, **values: object) -> str:
        """Return a sentence with its slots filled, dates and lengths of time in the visitor's words."""
        texts = {name: isolated(self.show(value), self.locale) for name, value in values.items()}
        return self._acct.platform.say(element, self.locale, **texts)

    def split_at_slot(self, element: str, slot: str) -> tuple[str, Mapping[str, str], str]:
        """Return a sentence before and after the slot of a number that a script changes, and between them what stands
        there, by plural category, with ``#`` for the number: ``{"one": "# second", "other": "# seconds"}``."""
        sentence = self.words[element]
        found = next((one for one in SLOT.finditer(sentence) if one[1] == slot), None)
        if found is None:
            return sentence, {"other": ""}, ""
        forms = by_category(forms_of(found[2]), self.locale) if found[2] else {"other": NUMBER}
        return sentence[: found.start()], forms, sentence[found.end() :]

    def in_own_words(self, text: str) -> str:
        """Return a text of the host's in the visitor's language, with the words that acct.toml has instead of ours."""
        return self._acct.platform.labels.in_own_words(text, self.locale)

    def show(self, value: object) -> str:
        """Return a date, time or length of time in the visitor's language and time zone; declared words too."""
        if isinstance(value, Text):
            return self.words[value.id]
        if isinstance(value, tuple | list):
            return comma(self.locale).join(self.show(one) for one in value)
        return "" if value is None else shown(value, locale=self.locale, time_zone=language.time_zone())

    def when(self, value: date) -> Markup:
        """Return a day or a time as lists show it, in full in its title: ``{{ acct.when(invoice.due_on) }}``."""
        words = brief(value, locale=self.locale, time_zone=language.time_zone(), now=self._acct.clock())
        return Markup('<time datetime="{}" title="{}">{}</time>').format(value.isoformat(), self.show(value), words)

    def whole(self, text: str) -> Markup:
        """Return a sentence in which no reference is broken at its hyphens: ``R-7KQ2-M9XD``."""
        return Markup(REFERENCE.sub(r'<span class="acct-whole">\g<0></span>', str(escape(text))))  # noqa: S704

    def open_before_at(self, text: str) -> Markup:
        """Return a text whose addresses are broken before their ``@`` if they are broken."""
        return Markup(str(escape(text)).replace("@", "<wbr>@"))  # noqa: S704

    @property
    def config(self) -> Config:
        return self._acct.platform.config

    @property
    def csrf(self) -> str:
        return form_tokens.token()

    @property
    def account_mark(self) -> Markup:
        """Return a hidden field that says for which account a form was rendered, so that another one rejects it."""
        number = self.account.number if self.account else ""
        return Markup('<input type="hidden" name="{}" value="{}">').format(ACCOUNT_MARK, number)

    def username_field(self, name: str | None = None) -> Markup:
        """Return a hidden field that tells password managers whose password a form asks for. Its value is not read.

        Sample, in a form of a host's that asks for the user's own password: ``{{ acct.username_field() }}``, before it.

        Args:
            name: Default: what the signed-in user signs in with.
        """
        name = self.identifier if name is None else name
        if not name:
            return Markup("")
        field = Markup('<input type="text" name="{}" autocomplete="username" value="{}" readonly hidden>')
        return field.format(USERNAME_FIELD, name)

    @cached_property
    def identifier(self) -> str:
        """Return what the signed-in user signs in with; empty for a visitor."""
        here = current.present()
        if here is None:
            return ""
        return identifier_of(self._acct.scope(session()), here.user, account=here.account)

    @cached_property
    def languages(self) -> tuple[LanguageOption, ...]:
        return tuple(
            LanguageOption(
                text.id, text.locale, language_tag(text.locale), self.words[text.id], text.locale == self.locale
            )
            for text in self._acct.platform.declared.texts.values()
            if isinstance(text, screens.Language)
        )

    @cached_property
    def user(self) -> User | None:
        here = self._here
        return here.user if here else None

    @property
    def called(self) -> str:
        """Return the signed-in user's name: their user name if they sign in with it, else their address."""
        return display_name(self.user, self.config) if self.user else ""

    @cached_property
    def account(self) -> Account | None:
        here = self._here
        return here.account if here else None

    @property
    def has_others(self) -> bool:
        """Whether the signed-in user is in another account than the one in view."""
        return self._here is not None and self._here.has_others

    @cached_property
    def _here(self) -> CurrentSession | None:
        return current.signed_in()

    @cached_property
    def idle_seconds(self) -> int | None:
        """Return the seconds until the session ends by itself; ``None`` for a visitor."""
        if self._here is None:
            return None
        return max(0, int((self._here.idle_ends_at - self._acct.clock()).total_seconds()))

    @cached_property
    def notices(self) -> tuple[Notice, ...]:
        """Return what waits for an answer of the signed-in user, as features report it (their ``NOTICES``)."""
        here = self._here
        if here is None:
            return ()
        # What a host has not committed yet must not be committed because a page is rendered.
        with session().no_autoflush:
            return tuple(notice for find_notices in self._acct.notices for notice in find_notices(here, self))

    @cached_property
    def news(self) -> tuple[Notice, ...]:
        """Return what needs attention in the account in view, the most urgent first: the host's, and ours."""
        here = self._here
        if here is None:
            return ()
        with session().no_autoflush:
            found = [notice for find_news in self._acct.news for notice in find_news(here, self)]
            if here.account is not None:
                found += self._host_news(here.account)
        return tuple(sorted(found, key=lambda one: TONES.index(one.tone)))

    def _host_news(self, account: Account) -> Iterator[Notice]:
        for provider in self._acct.hooks.news:
            for one in in_force(
                current_app.ensure_sync(provider)(account), self.config.site.day_of(self._acct.clock())
            ):
                link = self.in_language(one.link)
                yield Notice("", self.in_language(one.words), NavLink("", link, one.href) if link else None, one.tone)

    def notice(
        self,
        id_: str,
        link: str,
        at: Mapping[str, object],
        message_slots: Mapping[str, object],
        *,
        tone: Tone = "info",
    ) -> Notice:
        """Return a declared sentence and the link beside it.

        Args:
            at: The parameters of the link's address.
            message_slots: The slots of the sentence.
        """
        way = cast(Link, self._acct.platform.declared.texts[link])
        href = addresses.target_url(way.to, **at)
        door = NavLink(link, self.words[link], href) if href else None
        return Notice(id_, self.say(id_, **message_slots), door, tone)

    @property
    def menu(self) -> tuple[NavLink, ...]:
        """Return our links of the signed-in user's menu: those whose screens the account in view opens."""
        return tuple(door for link, door in own_entries(self) if self.opens(link.to))

    @property
    def nav(self) -> tuple[NavSection, ...]:
        """Return the menu of the account area by group, as the signed-in user sees it; empty for a visitor.

        In the staff area it is the menu of that.
        """
        if self.staff is not None:
            return (staff_section(self, self.staff),)
        return self._menu.sections if self._menu else ()

    @property
    def staff(self) -> PresentMember | None:
        """Return who of the staff is signed in, in the staff area; nobody anywhere else."""
        return staff_sessions.present()

    @cached_property
    def _menu(self) -> PageMenu | None:
        return PageMenu(self, self._here) if self._here else None

    def in_language(self, words: object) -> str:
        """Return words of the host's as the visitor reads them: of a text by language, the nearest one."""
        if isinstance(words, Mapping):
            words = nearest(words, self.locale, self.config.site.default_locale)
        return self.in_own_words(str(words))

    @property
    def waiting(self) -> Sequence[Badge]:
        """Return how much waits behind the entries of the menu: its button says so while it is closed."""
        return [link.badge for section in self.nav for link in section.links if link.badge]

    @cached_property
    def header_links(self) -> tuple[NavLink, ...]:
        """Return the host's links in the header, for everybody; that of the page is marked."""
        links = [configured_link(self, f"header.{name}", link.url) for name, link in self.config.nav.header.items()]
        if not links:
            return ()
        path, home = f"{request.script_root}{request.path}", self.place("site.home") or "/"
        nearest, mark = current_of((link.href for link in links), path, home)
        return tuple(replace(link, current=mark if link.href == nearest else "") for link in links)

    def opens(self, screen: str) -> bool:
        """Whether the signed-in user may open a screen, as far as the account in view decides it."""
        declared = self._acct.platform.declared.screens.get(screen)
        if declared is None:
            return True
        return (self.has_others or not declared.for_several) and (not declared.needs or self.may(declared.needs))

    def may(self, needs: str) -> bool:
        """Whether the signed-in user has a permission in the account in view: ``acct.may("invoices")``."""
        return self._here is not None and may(self._here, needs)

    def door(self, link: Link) -> NavLink | None:
        """Return a link with its address; ``None`` if this configuration has no such page."""
        href = addresses.target_url(link.to)
        return NavLink(link.id, self.words[link.id], href, link.icon) if href else None

    @cached_property
    def buys_at(self) -> str | None:
        """Return where a trial account buys: the cart."""
        account = self.account
        return addresses.target_url("site.purchase_url") if account and account.plan == "trial" else None

    def url_of(self, name: str) -> str:
        """Return the address of a page of ours that is no screen: ``session_left``."""
        return url_for(self._acct.mount.endpoint(name))

    def url(self, screen: str) -> str:
        """Return the address of a screen."""
        return fragments.once(self._root, "url", screen, make=lambda: addresses.screen_url(screen))

    def place(self, to: str) -> str | None:
        """Return the address of a screen or of a key of the configuration, ``site.terms_url``."""
        return fragments.once(self._root, "place", to, make=lambda: addresses.target_url(to))

    def static(self, file: str) -> str:
        """Return the address of a shipped static file, which changes when the file does."""
        endpoint, version = self._acct.mount.endpoint("static"), self._acct.versions.get(file, "")
        return fragments.once(self._root, "static", file, make=lambda: url_for(endpoint, filename=file, v=version))

    @property
    def brand_styles(self) -> str:
        return f"{self._root}/brand.css?v={self._acct.versions.get('brand.css', '')}"

    @property
    def own_stylesheet(self) -> str | None:
        """Return the address of the company's own stylesheet, which comes after ours."""
        return addresses.target_url("brand.stylesheet")

    @property
    def icon(self) -> str:
        """Return the image that browsers show beside the title: the brand's own, else its letter."""
        own = addresses.target_url("brand.favicon")
        return own or f"{self._root}/icon.svg?v={self._acct.versions.get('icon.svg', '')}"

    def help_for(self, about: str) -> str | None:
        """Return the article about a screen, or about a message."""
        return addresses.help_url(about, self.locale)

    @property
    def help_home(self) -> str | None:
        acct = self._acct
        if not acct.help_locales:
            return None
        return f"{addresses.help_root()}/{language_tag(addresses.help_locale(self.locale))}/"

    @property
    def here(self) -> str:
        """Return this page's own address, for forms that come back to it; the start page if it can only be sent."""
        return addresses.requested_address() if addresses.opens_by_get() else self.place("site.home") or "/"

    def piece(self, name: str) -> Markup | None:
        """Return an element that is the same for everybody who reads this language."""
        return fragments.fragment(f"{ELEMENTS}/{name}.html", self._root, self.locale, acct=self)

    def header_piece(self, screen: object) -> Markup | None:
        """Return the header: the same for every visitor of this screen, and for a signed-in user page after page."""
        drawing = screen if isinstance(screen, ScreenView) else None
        marked = tuple((link.href, link.current) for link in self.header_links if link.current)
        key = (self.locale, drawing.key if drawing else None, marked)
        values = {"acct": self, "screen": drawing}
        if self.user is None:
            return fragments.fragment(HEADER, self._root, key, _INNER, **values)
        return fragments.fragment_of_user(
            HEADER, self._root, (*key, *self._in_header(self.user)), (*_INNER, USER), **values
        )

    def _in_header(self, user: User) -> tuple[object, ...]:
        """Return what the header shows of a signed-in user."""
        switches = self.opens(addresses.named("choose_account"))
        # A page in a layout of the host's has no menu beside it, so the user's own menu has its entries.
        menu = () if self.is_in_layout else tuple((door.id, door.href == self.here) for door in self.menu)
        return (user.name, self.called, self._in_view, self.buys_at, switches, self.is_in_layout, menu)

    def nav_piece(self) -> Markup | None:
        """Return the entries of the menu: the same for everybody who has the same ones, on the same page."""
        return fragments.fragment_of_user(NAV, self._root, self._menu.key, acct=self) if self._menu else None

    @property
    def _in_view(self) -> tuple[str, str] | None:
        return (self.account.name, self.account.number) if self.account else None

    def screen_piece(self, name: str, drawing: ScreenView, page: object) -> Markup | None:
        """Return a part of a screen that nobody has filled in yet and that depends on nothing of this visit."""
        if drawing.has_slots:
            return None
        key = (self.locale, drawing.key)
        values = {"acct": self, "screen": drawing, "page": page, "problems": {}, "slots": {}, "wait_seconds": 0}
        return fragments.fragment(f"{ELEMENTS}/{name}.html", self._root, key, drawing.templates, **values)


def frame() -> Layout:
    """Return the layout of this request."""
    if "acct_frame" not in g:
        g.acct_frame = Layout()
    return g.acct_frame  # type: ignore[no-any-return]
