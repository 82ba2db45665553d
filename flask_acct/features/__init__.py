"""The registry: every feature, and what all of them declare under one configuration.

Adding a feature means adding a folder with ``screens.py -> flows.py -> pages.py``, whose ``FEATURE`` says what it
brings, and its name in ``FEATURES``.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Mapping

from ..config import Config, Problem
from ..config.problems import did_you_mean
from ..declare import translating
from ..declare.elements import PREFIX, Declared, Link, Mail, Screen
from ..declare.labels import Labels, catalog
from ..declare.texts import Text
from ..platform import Platform
from .accounts import FEATURE as ACCOUNTS
from .contacts import FEATURE as CONTACTS
from .emails import FEATURE as EMAILS
from .help import FEATURE as HELP
from .invitations import FEATURE as INVITATIONS
from .login import FEATURE as LOGIN
from .members import FEATURE as MEMBERS
from .ownership import FEATURE as OWNERSHIP
from .password import FEATURE as PASSWORD
from .permissions import FEATURE as PERMISSIONS
from .profile import FEATURE as PROFILE
from .recovery import FEATURE as RECOVERY
from .shell import FEATURE as SHELL
from .signup import FEATURE as SIGNUP
from .staff import FEATURE as STAFF
from .subscription import FEATURE as SUBSCRIPTION

FEATURES = (
    SHELL, LOGIN, SIGNUP, RECOVERY, PROFILE, PASSWORD, ACCOUNTS, CONTACTS,
    MEMBERS, PERMISSIONS, OWNERSHIP, INVITATIONS, SUBSCRIPTION, EMAILS, HELP, STAFF,
)  # fmt: skip
"""In menu order."""

_latest: deque[Platform] = deque(maxlen=16)


def declare(config: Config) -> Declared:
    """What the enabled features hold."""
    parts = [feature.declare(config) for feature in FEATURES]
    screens = {screen.name: screen for part in parts for screen in part.screens}
    mails = {mail.name: mail for part in parts for mail in part.mails}
    menu = tuple(link for part in parts for link in part.menu)
    texts: dict[str, Text] = {}
    for text in _all_texts(screens, mails, menu, [text for part in parts for text in part.texts]):
        if texts.setdefault(text.id, text).message != text.message:
            raise ValueError(f"{text.id} is declared twice with different words")
    roles = {role: name for feature in FEATURES for role, name in feature.roles.items()}
    return Declared(screens, mails, menu, texts, roles)


def platform(config: Config, *, prefix: str = PREFIX) -> Platform:
    """Everything one platform says; ``config`` is already the platform's (see ``Config.on``).

    The apps of a process that have the same configuration share it, as a host's tests do: an app each.
    """
    known = next((one for one in _latest if (one.config, one.prefix) == (config, prefix)), None)
    if known is None:
        words = Labels(config.wording, vocabulary=config.vocabulary, own=config.own_translations)
        known = Platform(config, words, declare(config), prefix)
        _latest.append(known)
    return known


def forget() -> None:
    """Catalogs are read anew, for somebody may have written in them since."""
    _latest.clear()
    catalog.cache_clear()


def platforms(config: Config, *, prefix: str = PREFIX) -> Mapping[str | None, Platform]:
    """What each platform says, by its key; the one key is ``None`` where there are none."""
    keys: tuple[str | None, ...] = tuple(config.platforms) or (None,)
    return {key: platform(config.on(key), prefix=prefix) for key in keys}


def wording_problems(config: Config, declared: Declared) -> list[Problem]:
    """What is wrong with the host's words and links: words for an element that does not exist, with slots it does not
    have, or in place of a word that we never use; links to a page that there is not."""
    wordings = [("labels", config.labels)]
    wordings += [(f"platforms.{key}.labels", platform.labels) for key, platform in config.platforms.items()]
    english = {id_: text.message for id_, text in declared.texts.items()}
    problems = [
        problem
        for table, wording in wordings
        for locale, sentences in wording.items()
        for id_, sentence in sentences.items()
        for problem in translating.sentence_problems(
            f'[{table}.{locale}] "{id_}"', id_, sentence, english.get(id_), english, locale
        )
    ]
    elsewhere = (*_vocabulary_problems(config, declared), *_link_problems(config, declared))
    return [*problems, *elsewhere, *translating.problems(config, declared)]


def _link_problems(config: Config, declared: Declared) -> Iterator[Problem]:
    """Yield the links of the menu and the header that lead to no page of this configuration."""
    for table, links in (("links", config.nav.links), ("header", config.nav.header)):
        for name, link in links.items():
            if not link.url.startswith(("/", "http")) and link.url not in declared.screens:
                fix = did_you_mean(link.url, declared.screens)
                yield Problem(f"nav.{table}.{name}.url", f'"{link.url}" is no page of this configuration', fix)


def _vocabulary_problems(config: Config, declared: Declared) -> Iterator[Problem]:
    for locale, words in config.vocabulary.items():
        shipped = Platform(config, Labels({}), declared).sentences(locale).values()
        ours = {word.casefold() for sentence in shipped for word in re.findall(r"\w+", sentence)}
        for word in words:
            if not all(part in ours for part in re.findall(r"\w+", word.casefold())):
                fix = did_you_mean(word.casefold(), sorted(ours))
                yield Problem(f'[vocabulary.{locale}] "{word}"', "is in none of our sentences", fix or "Remove it.")


def _all_texts(
    screens: Mapping[str, Screen], mails: Mapping[str, Mail], menu: tuple[Link, ...], shell_texts: list[Text]
) -> Iterator[Text]:
    for screen in screens.values():
        yield from screen.texts()
    for mail in mails.values():
        yield from mail.texts()
    yield from menu
    yield from shell_texts
