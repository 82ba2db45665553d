"""Renders a declared mail as the message that is sent: text and HTML, in the recipient's language.

This module needs no database, clock or Flask. Nothing that people typed (names, lists, anything in a slot) can
add a header, a line or a link.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache
from typing import Any, Literal, TypeGuard
from urllib.parse import urlencode, urlsplit
from weakref import WeakKeyDictionary
from zoneinfo import ZoneInfo

import idna
import jinja2

from ..accounts import unsubscribing
from ..brand.colours import edge, surface_and_ink
from ..config import Config
from ..config.tables.site import Brand
from ..db.models import OutboxMail
from ..declare.elements import Button, Listing, Mail, Paragraphs, Secret
from ..declare.formats import shown
from ..declare.labels import direction, isolated, language_tag
from ..declare.texts import Text
from ..errors import AcctError
from ..platform import Platform
from ..values.identifiers import email_address, folded_address, username_key
from ..values.senders import BadSender, Given, Sender, sender_of
from .links import ShownAsIs, is_plain_address, unlinked, without_schemes
from .mime import RenderedMail, mailbox

LIGHT_SHEET, DARK_SHEET = "#ffffff", "#20242b"
"""What a mail is written on, in the shipped template."""

MAIL_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, Arial, sans-serif"

CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
LONGEST_IN_SUBJECT = 60
"""Most characters of a name in a subject; a longer one could write a subject of its own."""

USERNAME_SLOTS = frozenset({"username", "usernames", "was"})
ASKED = "asked"
"""The paragraph, and its slot, that says when and roughly from where a mail was asked for."""

NAME_BYTES = 45
"""Bytes that fit one encoded word; Python folds a longer display name into one that reads differently."""


class Unrenderable(AcctError):
    """The mail cannot be rendered until its declaration, the configuration or its row is fixed."""


@dataclass(frozen=True, slots=True)
class MailToRender:
    """Everything that a declared mail needs to become a message.

    Sample: ``MailToRender("recovery.reset", "ana@example.com", "es_AR", "acct.3f9a", now, slots={"username": "m0"})``.
    """

    mail: str
    recipient: str
    locale: str
    message_id: str
    """Without its host."""
    written_at: datetime
    recipient_name: str = ""
    time_zone: str | None = None
    customer_number: str | None = None
    category: str | None = None
    """The mail category it is sent for, which may have a sender of its own."""
    slots: Mapping[str, Any] = field(default_factory=dict)
    """Texts and lists. ``{"until_at": "2026-01-01T12:00:00+00:00"}`` fills ``{until}`` in the recipient's zone.

    ``asked_at`` and ``asked_from``, a list, fill ``{asked}``: when and roughly from where it was asked for.
    ``email`` and what ends so, and ``address``, are email addresses; ``username``, ``usernames`` and ``was`` are user
    names: these are shown unchanged. So are the domains listed in ``shown`` (see ``sending.OwnWords``), and nothing
    else that a mail program could turn into a link.
    """
    purpose: str | None = None
    """The purpose of its token."""
    secret: str | None = field(default=None, repr=False)
    until: datetime | None = None
    """When its token expires."""
    unsubscribe: str = ""
    """The signed address by which its recipient stops such mails (see ``unsubscribing``)."""


def without_secret(mail: OutboxMail) -> MailToRender:
    """Return a mail of the outbox as it was written, but for the secret of its link, which is stored nowhere."""
    return MailToRender(
        mail=mail.mail,
        recipient=mail.recipient,
        locale=mail.locale,
        time_zone=mail.time_zone,
        message_id=mail.message_id,
        written_at=mail.created_at,
        customer_number=mail.customer_number,
        slots=mail.slots,
        until=mail.expires_at,
    )


@dataclass(frozen=True, slots=True)
class MailBlock:
    """One part of a mail, with its final words: ``MailBlock("button", "Sign in", address="https://…")``."""

    kind: Literal["paragraph", "quiet", "button", "secret", "listing"]
    text: str
    lines: tuple[str, ...] = ()
    address: str = ""


def render(
    letter: MailToRender,
    platform: Platform,
    *,
    sender: Given | None = None,
    templates: jinja2.Environment | None = None,
) -> RenderedMail:
    """Return the mail in its final words, ready for a transport.

    Args:
        sender: ``MAIL_DEFAULT_SENDER``; without one, ``site.support_email``. A category may have another.
        templates: Where ``flask_acct/mail/<mail>.html`` or ``flask_acct/mail/letter.html`` is found.

    Raises ``Unrenderable``.
    """
    mail = _declared(letter.mail, platform)
    locale = offered_locale(letter.locale, platform.config)
    shown_as_is = _shown_as_is(letter, platform.config)
    words = _words(letter, locale, platform.config, shown_as_is)
    blocks = tuple(_blocks(mail, letter, _apart(words, locale), locale, platform, shown_as_is))
    head = _head(mail, letter, locale, platform)
    greeting = _greeting(mail, letter, locale, platform)
    foot = [line for id_ in ("shell.footer.line", "shell.mail.footer") if (line := platform.say(id_, locale))]
    stop = _unsubscribe_link(letter, locale, platform)
    subject = _subject(mail, words, locale, platform)
    from_ = chosen(letter.category, sender, platform.config)
    to = _address(letter.recipient, "The recipient")
    page = _template(templates or package_templates(), mail.name).render(
        subject=subject,
        preheader=_preheader(blocks),
        head=head,
        greeting=greeting,
        blocks=blocks,
        foot=foot,
        stop=stop,
        **_theme(locale, platform),
    )
    return RenderedMail(
        sender=from_.address,
        recipient=to,
        headers=tuple(_headers(letter, from_, to, subject, stop, platform.config)),
        text=_text((head, greeting), blocks, foot, stop).encode(),
        page=page.encode(),
        language=language_tag(locale),
    )


def subject(letter: MailToRender, platform: Platform, *, locale: str) -> str:
    """Return the subject, in a language of the site's, whichever the mail was written in. Raises ``Unrenderable``."""
    offered = offered_locale(locale, platform.config)
    mail = _declared(letter.mail, platform)
    shown_as_is = _shown_as_is(letter, platform.config)
    return clean(_subject(mail, _words(letter, offered, platform.config, shown_as_is), offered, platform))


def redacted(letter: MailToRender, platform: Platform) -> Sequence[str]:
    """Return what the mail said, by paragraphs, in its own language, without anything that let its reader do something.

    It holds no secret, no link with a token and no query of any link, even if the mail did. Raises ``Unrenderable``.
    """
    mail = _declared(letter.mail, platform)
    locale = offered_locale(letter.locale, platform.config)
    shown_as_is = _shown_as_is(letter, platform.config)
    words = _apart(_words(letter, locale, platform.config, shown_as_is), locale)
    paragraphs = [_head(mail, letter, locale, platform)]
    for part in mail.parts:
        paragraphs += _redacted_part(part, letter, words, locale, platform, shown_as_is)
    return [paragraph for paragraph in paragraphs if paragraph]


def _redacted_part(
    part: Text,
    letter: MailToRender,
    words: Mapping[str, str],
    locale: str,
    platform: Platform,
    shown_as_is: ShownAsIs,
) -> Sequence[str]:
    if isinstance(part, Paragraphs):
        return _lines(letter.slots.get(part.name), shown_as_is)
    if part.name == ASKED and ASKED not in words:
        return ()
    text = _sentence(part.id, words, locale, platform)
    match part:
        case Button():
            target = platform.declared.screens.get(part.to)
            is_way_in = target is not None and bool(target.opened_by)
            address = "" if is_way_in else re.split("[?#]", _link(part, letter, platform))[0]
            return (f"{text}\n{address}",) if address else ()
        case Secret():
            return ()
        case Listing():
            return ("\n".join((text, *_entries(letter.slots.get(part.name), locale, shown_as_is))),)
        case _:
            return (text,)


@lru_cache(maxsize=1)
def package_templates() -> jinja2.Environment:
    """Return an environment of the shipped templates, with autoescape."""
    return jinja2.Environment(
        loader=jinja2.PackageLoader("flask_acct"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        auto_reload=False,
    )


def offered_locale(locale: str, config: Config) -> str:
    """Return the offered locale nearest to one: itself, else its language alone, else the site's default."""
    return config.site.nearest_locale(locale)


def clean(value: object) -> str:
    """Return one line without control characters or direction marks; it cannot end a header or begin a line."""
    return CONTROLS.sub(" ", str(value)).strip()


def _declared(name: str, platform: Platform) -> Mail:
    if name not in platform.declared.mails:
        known = ", ".join(sorted(platform.declared.mails))
        raise Unrenderable(f"This configuration declares no mail {name!r}; it has: {known}. Enable its feature again.")
    return platform.declared.mails[name]


def _words(letter: MailToRender, locale: str, config: Config, shown_as_is: ShownAsIs) -> dict[str, str]:
    """Return the values of the slots: texts of one line, times in the recipient's zone."""
    times = {key: _time(value) for key, value in letter.slots.items() if key.endswith("_at")}
    if letter.until is not None:
        times["until_at"] = letter.until
    texts = {
        key: unlinked(clean(value), shown_as_is)
        for key, value in letter.slots.items()
        if key not in times and not isinstance(value, list)
    }
    written = {key.removesuffix("_at"): _written(when, letter, locale, config) for key, when in times.items()}
    if ASKED in written:
        parts = (written[ASKED], *map(clean, letter.slots.get("asked_from") or ()))
        written[ASKED] = " · ".join(isolated(part, locale) for part in parts)
    return {**texts, **written}


def _apart(words: Mapping[str, str], locale: str) -> dict[str, str]:
    """Return the values of the slots for sentences of the body, each apart from the words around it."""
    return {name: isolated(word, locale) for name, word in words.items()}


def _written(when: datetime, letter: MailToRender, locale: str, config: Config) -> str:
    """Return a time in the recipient's language and time zone."""
    zone = letter.time_zone if _is_time_zone(letter.time_zone) else config.site.time_zone
    return clean(shown(when, locale=locale, time_zone=zone))


def _shown_as_is(letter: MailToRender, config: Config) -> ShownAsIs:
    """Return what this mail shows unchanged: our own host and desk, its recipient, and what it is about."""
    words = [config.site.support_email, letter.recipient, *_hosts(config)]
    for name, value in letter.slots.items():
        texts = map(str, value if isinstance(value, list) else [value])
        words += [text for text in texts if _fits_slot(name, text)]
    shown = letter.slots.get("shown")
    return ShownAsIs.of(words, map(str, shown) if isinstance(shown, list) else ())


def _hosts(config: Config) -> Iterator[str]:
    for address in (config.site.public_url, *(one.url for one in config.platforms.values())):
        if address:
            parts = urlsplit(address)
            yield from (parts.netloc, parts.hostname or parts.netloc)


def _fits_slot(name: str, text: str) -> bool:
    """Whether a slot is for an address or a user name, and holds one."""
    if name.endswith("email") or name == "address":
        return is_plain_address(text)
    return name in USERNAME_SLOTS and username_key(text) is not None


def _is_time_zone(name: str | None) -> TypeGuard[str]:
    try:
        return bool(name) and ZoneInfo(str(name)) is not None
    except (ValueError, LookupError, OSError):
        return False


def _time(value: object) -> datetime:
    when = datetime.fromisoformat(str(value))
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def _sentence(id_: str, words: Mapping[str, str], locale: str, platform: Platform) -> str:
    try:
        return platform.say(id_, locale, **words)
    except KeyError as missing:
        raise Unrenderable(f"{id_} needs a value for {missing}. Give it in slots when the mail is posted.") from None


def _subject(mail: Mail, words: Mapping[str, str], locale: str, platform: Platform) -> str:
    """Return the subject, with long names shortened. A subject that comes with the mail is not shortened."""
    sentence = platform.sentences(locale)[mail.subject.id]
    if re.fullmatch(r"\{\w+\}", sentence):
        return _sentence(mail.subject.id, words, locale, platform)
    return _sentence(mail.subject.id, {name: _short(word) for name, word in words.items()}, locale, platform)


def _short(word: str) -> str:
    if len(word) <= LONGEST_IN_SUBJECT or is_plain_address(word):
        return word
    return f"{word[: LONGEST_IN_SUBJECT - 1].rstrip()}…"


def _blocks(
    mail: Mail,
    letter: MailToRender,
    words: Mapping[str, str],
    locale: str,
    platform: Platform,
    shown_as_is: ShownAsIs,
) -> Iterator[MailBlock]:
    for part in mail.parts:
        if isinstance(part, Paragraphs):
            yield from (MailBlock("paragraph", line) for line in _lines(letter.slots.get(part.name), shown_as_is))
            continue
        if part.name == ASKED and ASKED not in words:
            # It was queued by a release that did not say so.
            continue
        text = _sentence(part.id, words, locale, platform)
        match part:
            case Button():
                if address := _link(part, letter, platform):
                    yield MailBlock("button", text, address=address)
            case Secret():
                yield MailBlock("secret", text, (_temporary_password(mail, letter),))
            case Listing():
                if lines := _entries(letter.slots.get(part.name), locale, shown_as_is):
                    yield MailBlock("listing", text, lines)
            case _:
                yield MailBlock("quiet" if part.name == ASKED else "paragraph", text)


def _link(button: Button, letter: MailToRender, platform: Platform) -> str:
    """Return where the button leads; empty if this configuration has no such page, or the mail brought no link."""
    if not button.to:
        came = clean(letter.slots.get(button.name) or "")
        return f"{platform.config.site.public_url}{came}" if came.startswith("/") else came
    if button.to not in platform.declared.screens:
        return ""
    screen = platform.declared.screens[button.to]
    address = f"{platform.address}/{screen.path}"
    if not screen.opened_by:
        return address
    if letter.purpose not in screen.opened_by or not letter.secret:
        raise Unrenderable(f"{button.id} opens {button.to}, which needs a token. Post the mail with one.")
    return f"{address}?{urlencode({'token': letter.secret})}"


def _temporary_password(mail: Mail, letter: MailToRender) -> str:
    if letter.purpose != "temporary_password" or not letter.secret:
        raise Unrenderable(f"{mail.name} brings a temporary password. Post it with a token of that purpose.")
    return letter.secret


def _lines(entries: object, shown_as_is: ShownAsIs) -> tuple[str, ...]:
    """Return one line for each entry; further lines of an entry are indented."""
    if not isinstance(entries, list):
        return ()
    split = ([clean(line) for line in str(entry).splitlines()] for entry in entries)
    return tuple("\n  ".join(unlinked(line, shown_as_is) for line in lines if line) for lines in split if any(lines))


def _entries(entries: object, locale: str, shown_as_is: ShownAsIs) -> tuple[str, ...]:
    """Return the lines of a list, each of which runs as its own words do."""
    lines = (entry.split("\n") for entry in _lines(entries, shown_as_is))
    return tuple("\n  ".join(isolated(line.strip(), locale) for line in entry) for entry in lines)


def _head(mail: Mail, letter: MailToRender, locale: str, platform: Platform) -> str:
    if not mail.numbered or not letter.customer_number:
        return ""
    return platform.say("shell.mail.customer_number", locale, number=isolated(clean(letter.customer_number), locale))


def _greeting(mail: Mail, letter: MailToRender, locale: str, platform: Platform) -> str:
    """Return the first line to a person; empty where a host's own words begin, and to the support desk."""
    if (
        any(isinstance(part, Paragraphs) for part in mail.parts)
        or letter.recipient == platform.config.site.support_email
    ):
        return ""
    if name := _short(unlinked(clean(letter.recipient_name))):
        return platform.say("shell.mail.greeting", locale, name=isolated(name, locale))
    return platform.say("shell.mail.greeting_nobody", locale)


def _preheader(blocks: Sequence[MailBlock]) -> str:
    """Return what inboxes show beside the subject: the first paragraph, not the greeting or the logo's name."""
    return next((block.text for block in blocks if block.kind == "paragraph"), "")


def _unsubscribe_link(letter: MailToRender, locale: str, platform: Platform) -> MailBlock | None:
    """Return the link at the foot by which the recipient stops such mails."""
    if not letter.unsubscribe:
        return None
    address = unsubscribing.url(letter.unsubscribe, platform.address)
    return MailBlock("button", platform.say("shell.mail.unsubscribe", locale), address=address)


def _text(opening: Iterable[str], blocks: tuple[MailBlock, ...], foot: list[str], stop: MailBlock | None) -> str:
    """Return the text body. Its first address is the button's, alone on its line."""
    paragraphs = list(filter(None, opening))
    linked = not any(block.kind == "button" for block in blocks)
    for block in blocks:
        linked = linked or block.kind == "button"
        text = block.text if linked and block.kind != "button" else without_schemes(block.text)
        paragraphs.append("\n".join((text, *block.lines, *filter(None, [block.address]))))
    last = [*foot, stop.text, stop.address] if stop else foot
    return "\n\n".join([*paragraphs, "\n".join(["--", *last])]) + "\n"


def chosen(category: str | None, default: Given | None, config: Config) -> Sender:
    """Return whom a mail is from: the category's own sender, else the default one, else the support desk.

    Raises ``Unrenderable`` if that is not a valid sender.
    """
    given = config.mail.senders.get(category or "") or default or config.site.support_email
    try:
        return _sender_of(given if isinstance(given, str) else tuple(given))
    except BadSender as bad:
        raise Unrenderable(f"MAIL_DEFAULT_SENDER, or site.support_email without it, {bad}") from bad


@lru_cache(maxsize=64)
def _sender_of(given: Given) -> Sender:
    return sender_of(given)


def _headers(
    letter: MailToRender, sender: Sender, to: str, subject: str, stop: MailBlock | None, config: Config
) -> Iterator[tuple[str, str]]:
    yield "From", _from_header(sender.name or config.site.name, sender.address)
    yield "To", mailbox(_name(unlinked(letter.recipient_name)), to)
    answers = _answers_to(sender, config)
    if answers and folded_address(_reply_to(answers)) not in {folded_address(sender.address), folded_address(to)}:
        yield "Reply-To", mailbox("", _reply_to(answers))
    yield "Subject", _header(subject)
    yield "Date", format_datetime(letter.written_at)
    yield "Message-ID", f"<{clean(letter.message_id)}@{_host(config.site.public_url)}>"
    yield "Auto-Submitted", "auto-generated"
    if stop:
        yield "List-Unsubscribe", f"<{stop.address}>"
        yield "List-Unsubscribe-Post", "List-Unsubscribe=One-Click"


def _answers_to(sender: Sender, config: Config) -> str | None:
    """Return where replies go, if not to the sender."""
    return config.mail.reply_to or (config.site.support_email if sender.takes_no_replies else None)


def _address(address: str, whose: str) -> str:
    """Return the address to write to. Raises ``Unrenderable`` if it is none."""
    plain = email_address(address)
    if plain is None:
        raise Unrenderable(f"{whose} is not an email address. Write it like name@example.com.")
    return plain


def _name(name: str, *, cut: bool = False) -> str:
    """Return a name for a header. One too long for one encoded word is cut, or left out."""
    name = re.sub(r'[()<>@,;:\\"\[\]]+', " ", _header(name))
    name = " ".join(name.split())
    if not name.isascii() and len(name.encode()) > NAME_BYTES:
        return name.encode()[:NAME_BYTES].decode("utf-8", "ignore").strip() if cut else ""
    return name


@lru_cache(maxsize=64)
def _from_header(name: str, address: str) -> str:
    return mailbox(_name(name, cut=True), address)


@lru_cache(maxsize=64)
def _reply_to(address: str) -> str:
    return _address(address, "[mail] reply_to")


def _header(value: str) -> str:
    # "=?" would begin an encoded word, whose content nobody has cleaned.
    return clean(value).replace("=?", "= ?")


def _host(public_url: str) -> str:
    host = urlsplit(public_url).hostname or "localhost"
    if ":" in host:
        return f"[IPv6:{host}]"
    return host if host.isascii() else idna.encode(host, uts46=True).decode("ascii")


TEMPLATE_NAMES: WeakKeyDictionary[jinja2.Environment, dict[str, str]] = WeakKeyDictionary()
"""The name of each mail's template, by environment. Jinja remembers templates, but not those that it did not find."""


def _template(templates: jinja2.Environment, mail: str) -> jinja2.Template:
    names = TEMPLATE_NAMES.setdefault(templates, {})
    if mail in names:
        return templates.get_template(names[mail])
    found = templates.select_template([f"flask_acct/mail/{mail}.html", "flask_acct/mail/letter.html"])
    # A host that is writing its own template wants to see it without a restart.
    if found.name and not templates.auto_reload:
        names[mail] = found.name
    return found


def _theme(locale: str, platform: Platform) -> Mapping[str, str | None]:
    return {
        "language": language_tag(locale),
        "direction": direction(locale),
        "site_name": platform.config.site.name,
        "link_fallback": platform.say("shell.mail.link_fallback", locale),
        **_brand(platform.config.brand, platform.config.site.public_url),
    }


@lru_cache(maxsize=64)
def _brand(brand: Brand, public_url: str) -> Mapping[str, str | None]:
    """Return how the brand looks in mails: the accent as it is on surfaces, and its border on light and on dark."""
    accent, ink = surface_and_ink(brand.accent)
    return {
        # Not attached to the message: each mail stays small, and shows no paper clip for a logo.
        "logo": f"{public_url}{brand.logo_mail}" if brand.logo_mail else None,
        "accent": accent,
        "on_accent": ink,
        "edge": edge(accent, LIGHT_SHEET),
        "edge_dark": edge(accent, DARK_SHEET),
        "font": (brand.font or MAIL_FONT).replace('"', "'"),
        "radius": brand.radius or "6px",
        "sheet_radius": brand.radius or "8px",
    }
