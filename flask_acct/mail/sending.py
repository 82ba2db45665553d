"""A mail of a category: one row of the outbox for the owner and for each contact, each in their language."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..accounts import recipients
from ..accounts.recipients import Recipient
from ..config import Config
from ..config.problems import did_you_mean
from ..db.models import Account, Domain, OutboxMail
from ..declare.elements import Button, Listing, Mail, Paragraphs, Secret
from ..declare.labels import slots as slots_of
from ..errors import AcctError
from ..platform import Platform
from ..scope import Scope
from ..values.languages import fallbacks, nearest
from . import outbox
from .links import unlinked

MESSAGE = "message"
"""The role of the declared mail whose words the host supplies."""

Said = str | Mapping[str, str]
"""One text for everybody, or one by language: ``{"en": "Your invoice", "es": "Su factura"}``."""


class Unsendable(AcctError):
    """A mail that cannot be sent to a category: it would carry a secret, or its words are incomplete."""


@dataclass(frozen=True, slots=True)
class OwnWords:
    """The words of a mail that the host writes itself."""

    subject: Said
    text: Said
    """Paragraphs, with an empty line between two."""
    link: str | None = None
    """A path of the site, ``/invoices/12``, or a complete web address."""
    button: Said | None = None
    """The words of the link. Default: "Open"."""
    shown: Sequence[str] = ()
    """Domains and addresses to show unchanged, ``ns1.example.net``. Those of the account always are. Anything else
    that mail programs turn into a link gets a space: it may have come from a stranger's name."""

    @property
    def translated(self) -> Sequence[Mapping[str, str]]:
        """Return the texts that are given by language."""
        return [one for one in (self.subject, self.text, self.button) if isinstance(one, Mapping)]


def send(scope: Scope, account: Account, category: str, what: OwnWords) -> Sequence[OutboxMail]:
    """The host's own words wait for everybody who gets the category. Raises ``Unsendable`` or ``UnknownCategory``."""
    _raise_unless_sendable(what, scope.config)
    texts = [text for one in (what.subject, what.text, what.button) if one for text in _all(one)]
    shown = _shown(scope.db, texts, what.shown, account)
    return [
        _queue(scope, scope.platform.declared.roles[MESSAGE], one, account, category, locale, values | shown)
        for one in recipients.of(scope, account, category)
        for locale in [_locale(one.locale, what.translated, scope.config)]
        for values in [_filled(what, locale, scope.platform)]
    ]


def send_declared(
    scope: Scope, account: Account, category: str, mail: str, *, slots: Mapping[str, Any]
) -> Sequence[OutboxMail]:
    """A declared mail waits for everybody who gets the category. Raises ``Unsendable`` or ``UnknownCategory``."""
    raise_if_secret(_declared(mail, scope.platform), scope.platform)
    _raise_if_missing(scope.platform.declared.mails[mail], slots, scope.platform)
    return [
        _queue(scope, mail, one, account, category, one.locale, dict(slots))
        for one in recipients.of(scope, account, category)
    ]


def raise_if_secret(mail: Mail, platform: Platform) -> None:
    """Raise ``Unsendable`` if the mail holds a link or password that signs its reader in."""
    for part in mail.parts:
        target = platform.declared.screens.get(part.to) if isinstance(part, Button) else None
        if isinstance(part, Secret) or (target is not None and target.opened_by):
            raise Unsendable(
                f"The mail {mail.name!r} brings a link or password that lets its reader in ({part.id}), and contacts "
                "must never get one. Send it to the user alone, or send another mail."
            )


def _queue(
    scope: Scope, mail: str, to: Recipient, account: Account, category: str, locale: str, values: dict[str, Any]
) -> OutboxMail:
    return outbox.queue(
        scope,
        mail,
        recipient=to.address,
        recipient_name=to.name,
        locale=locale,
        time_zone=to.time_zone,
        user_id=to.user_id,
        platform=scope.config.platform,
        account=account,
        slots=values,
        category=category,
        unsubscribe=to.concerns if scope.config.contacts.enabled else None,
    )


def _shown(db: Session, texts: Sequence[str], more: Sequence[str], account: Account) -> dict[str, list[str]]:
    """Return what is shown unchanged in these words: what the host lists, and the account's domains in them."""
    names = list(more)
    if any(unlinked(text) != text for text in texts):
        owned = db.execute(select(Domain.name, Domain.key).where(Domain.account_id == account.id))
        whole = "\n".join(texts).casefold()
        names += [name for row in owned for name in row if name.casefold() in whole]
    return {"shown": list(dict.fromkeys(names))} if names else {}


def _all(given: Said) -> Sequence[str]:
    return [given] if isinstance(given, str) else list(given.values())


def _raise_unless_sendable(what: OwnWords, config: Config) -> None:
    if what.link is not None and not _is_address(what.link):
        raise Unsendable(f'link = "{what.link}" leads nowhere. Write a path, "/invoices/12", or "https://…".')
    heard = {language for locale in config.site.locales for language in fallbacks(locale)}
    for by_language in what.translated:
        for locale in by_language:
            if locale not in heard:
                fix = did_you_mean(locale, config.site.locales)
                raise Unsendable(f'There are words for "{locale}", which is not a language of the site. {fix}')
    if what.translated and not set(what.translated[0]).intersection(*what.translated):
        raise Unsendable("subject, text and button have no language in common. Write all of them in each language.")
    if not all((what.subject, what.text)):
        raise Unsendable("A mail needs a subject and a text.")


def _is_address(link: str) -> bool:
    if re.search(r"[\s\\<>\"\x00-\x1f\x7f]", link):
        return False
    if link.startswith("/"):
        return not link.startswith("//")
    try:
        parts = urlsplit(link)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def _locale(wanted: str, texts: Sequence[Mapping[str, str]], config: Config) -> str:
    """Return the recipient's language if all words are in it, else the site's, else any that they are in."""
    if not texts:
        return wanted
    known = [locale for locale in texts[0] if all(locale in by_language for by_language in texts)]
    wishes = (*fallbacks(wanted), *fallbacks(config.site.default_locale), *known)
    found = next(locale for locale in wishes if locale in known)
    # The words around the host's own are in the variant of the recipient's country.
    return wanted if wanted.partition("_")[0] == found.partition("_")[0] else found


def _filled(what: OwnWords, locale: str, platform: Platform) -> dict[str, Any]:
    """Return what the mail says in one language, by the names of its slots and parts."""
    text = _in_language(what.text, locale)
    return {
        "subject": _in_language(what.subject, locale),
        "text": [paragraph for paragraph in re.split(r"\n\s*\n", text.strip()) if paragraph],
        "button": _in_language(what.button, locale)
        if what.button
        else platform.say(f"{platform.declared.roles[MESSAGE]}.look", locale),
        "open": _within(what.link or "", platform.config),
    }


def _within(link: str, config: Config) -> str:
    """Return a path below the site's own: ``url_for`` adds the app's mount, which the site's address has."""
    root = urlsplit(config.site.public_url).path
    return link.removeprefix(root) if root and link.startswith(f"{root}/") else link


def _in_language(given: Said, locale: str) -> str:
    return given if isinstance(given, str) else nearest(given, locale)


def _declared(mail: str, platform: Platform) -> Mail:
    known = dict(platform.declared.mails)
    known.pop(platform.declared.roles[MESSAGE], None)
    if mail not in known:
        raise Unsendable(f'There is no mail "{mail}". {did_you_mean(mail, set(known))}')
    return known[mail]


def _raise_if_missing(mail: Mail, values: Mapping[str, Any], platform: Platform) -> None:
    """Raise ``Unsendable``, naming what is missing, unless every slot and list of the mail has a value."""
    locale = platform.config.site.default_locale
    elements = [text for text in mail.texts() if not isinstance(text, Paragraphs)]
    wanted = {name for text in elements for name in slots_of(platform.sentences(locale)[text.id])}
    wanted |= {part.name for part in mail.parts if isinstance(part, Listing | Paragraphs)}
    lacking = sorted(name for name in wanted if name not in values and f"{name}_at" not in values)
    if lacking:
        raise Unsendable(f"{mail.name} needs a value for: {', '.join(lacking)}. Give it in slots.")
