"""The whole of acct.toml as a frozen value, and what is derived from several of its tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated

from pydantic import Field

from .problems import ConfigError, Problem, did_you_mean
from .tables.accounts import (
    FULL,
    NO_MONEY,
    SHIPPED_ROLES,
    Accounts,
    Emails,
    Profile,
    Role,
    SubscriptionSettings,
    Users,
)
from .tables.api import Api
from .tables.contacts import Contacts, MailSettings
from .tables.fields import SHIPPED_FIELDS, Fields
from .tables.help import Help
from .tables.monitoring import Health, Metrics
from .tables.nav import Nav
from .tables.protection import Limits, Security
from .tables.signing_in import Login, Password, Recovery, Session, SignUp
from .tables.site import Brand, PlatformSettings, Site
from .tables.table import Added, SettingsTable
from .values import AddedName, LocaleName, PlatformKey, Word, Wording


class Config(SettingsTable):
    """The whole of acct.toml.

    ``platforms`` is empty, or holds several sites that share one configuration; ``on(key)`` returns the configuration
    of one of them.
    """

    site: Site = Site()
    brand: Brand = Brand()
    login: Login = Login()
    signup: SignUp = SignUp()
    recovery: Recovery = Recovery()
    password: Password = Password()
    session: Session = Session()
    security: Security = Security()
    limits: Limits = Limits()
    profile: Profile = Profile()
    fields: Fields = Fields()
    contacts: Contacts = Contacts()
    mail: MailSettings = MailSettings()
    users: Users = Users()
    roles: dict[AddedName, Role] = {}
    """Your own roles beside the shipped ones: [roles.reseller] with label, help and permissions. One with the name of
    a shipped role ("accountant", "technician", "no_money", "full") takes its place."""
    accounts: Accounts = Accounts()
    subscription: SubscriptionSettings = SubscriptionSettings()
    emails: Emails = Emails()
    nav: Nav = Nav()
    help: Help = Help()
    api: Api = Api()
    health: Health = Health()
    metrics: Metrics = Metrics()
    platforms: dict[PlatformKey, PlatformSettings] = {}
    labels: Wording = {}
    """Your own words, by language and element id."""
    vocabulary: dict[LocaleName, dict[Word, Word]] = {}
    """Your word for one of ours, by language, wherever it stands in our pages, mails, articles and glossary:
    [vocabulary.es] "contraseña" = "clave". Name its other forms too: "contraseñas" = "claves"."""
    platform: Annotated[str | None, Field(exclude=True)] = None
    """Set by ``on``; not a key of the file."""
    folder: Annotated[Path | None, Field(exclude=True)] = None
    """The folder of the file, from which its relative paths start. Set by ``read``; not a key of the file."""

    @property
    def own_translations(self) -> Path | None:
        """The folder that ``[site] translations`` names, as an absolute path; ``None`` if it names none."""
        named = self.site.translations
        return ((self.folder or Path()) / named).resolve() if named else None

    def on(self, platform: str | None) -> Config:
        """Return the configuration of one platform: with its name, address and wording in place of the site's.

        ``None`` means the first platform, or the configuration itself if it has none. Raises ``ConfigError`` for a
        platform that does not exist.
        """
        if platform is None:
            platform = next(iter(self.platforms), None)
        if platform is None:
            return self
        if platform not in self.platforms:
            what, fix = f'"{platform}" is not a platform', did_you_mean(platform, self.platforms)
            raise ConfigError("acct.toml", [Problem("", what, fix or "The configuration has no [platforms].")])
        chosen = self.platforms[platform]
        site = self.site.model_copy(update={"name": chosen.name, "public_url": chosen.url or self.site.public_url})
        return self.model_copy(
            update={"site": site, "labels": _merged(self.labels, chosen.labels), "platform": platform}
        )

    @property
    def sign_up_at(self) -> str:
        """Where strangers sign up, as a value of ``Link.to``; empty if they cannot."""
        if self.signup.enabled:
            return "signup.form"
        return "site.signup_url" if self.site.signup_url else ""

    @property
    def offers_trial(self) -> bool:
        """Whether pages say for how many days a stranger may try the service."""
        is_trial = not self.signup.enabled or (self.signup.is_open and self.signup.account == "trial")
        return bool(self.sign_up_at and self.site.trial_days) and is_trial

    @property
    def terms_at(self) -> str:
        """Where the terms are that people accept when they sign up, as a value of ``Link.to``; empty without terms."""
        if self.signup.terms:
            return "signup.terms"
        return "site.terms_url" if self.site.terms_url else ""

    @cached_property
    def permissions_of_roles(self) -> Mapping[str, tuple[str, ...]]:
        """The permissions of every role, shipped and the host's own, in the order in which they are offered.

        Those that another permission of the role includes are left out.
        """
        users = self.users
        shipped = {
            **SHIPPED_ROLES,
            NO_MONEY: tuple(name for name in users.offered if users.group_of(name) != "billing"),
        }
        own = {name: role.permissions for name, role in self.roles.items()}
        every = {**shipped, **own, FULL: own.get(FULL, users.offered)}
        return {name: users.reduced(granted) for name, granted in every.items()}

    @cached_property
    def wording(self) -> Wording:
        """The host's own words, by language and element id: those of what it added, overridden by ``labels``."""
        words: dict[str, dict[str, str]] = {}
        for element, added in self._added:
            for id_, by_locale in ((element, added.label), (f"{element}_help", added.help)):
                for locale, sentence in by_locale.items():
                    words.setdefault(locale, {})[id_] = sentence
        for element, called in self._labelled:
            for locale, sentence in called.items():
                words.setdefault(locale, {})[element] = sentence
        return _merged(words, self.labels)

    @property
    def _added(self) -> Iterator[tuple[str, Added]]:
        """Yield everything the host added that has a label and help, with the id of its element."""
        yield from ((f"contacts.categories.{name}", added) for name, added in self.contacts.extra.items())
        yield from ((f"users.permission.{name}", added) for name, added in self.users.permissions.items())
        yield from ((f"users.role.{name}", role) for name, role in self.roles.items())
        for owner in SHIPPED_FIELDS:
            yield from ((f"fields.{owner}.{name}", added) for name, added in getattr(self.fields, owner).items())

    @property
    def _labelled(self) -> Iterator[tuple[str, Mapping[str, str]]]:
        """Yield everything else that acct.toml gives words: the id of the element and its words by language."""
        yield "login.form.identifier", self.login.label
        yield from ((f"nav.{name}", link.label) for name, link in self.nav.links.items())
        yield from ((f"header.{name}", link.label) for name, link in self.nav.header.items())
        for owner in SHIPPED_FIELDS:
            for name, own in getattr(self.fields, owner).items():
                yield from ((f"fields.{owner}.{name}.{option}", words) for option, words in own.options.items())
        for kind, topics in (("categories", self.help.categories), ("tags", self.help.tags)):
            yield from ((f"help.{kind}.{name}", words) for name, words in topics.items())

    @cached_property
    def values(self) -> Mapping[str, object]:
        """The value of every key by its path, to fill slots of sentences: ``{"config.site.name": "Example", ...}``."""
        return dict(_flat("config", self.model_dump(exclude={"labels", "platforms", "vocabulary"})))


def _merged(base: Wording, over: Wording) -> Wording:
    return {locale: {**base.get(locale, {}), **over.get(locale, {})} for locale in {**base, **over}}


def _flat(path: str, value: object) -> Iterable[tuple[str, object]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flat(f"{path}.{key}", inner)
    else:
        yield path, "" if value is None else value
