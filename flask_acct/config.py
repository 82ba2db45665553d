"""``acct.toml`` as a frozen, validated value.

``read(path)`` returns the configuration or raises ``ConfigError`` with *every* problem at once, each naming the
table and key, what is wrong with it and how to mend it.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from babel import Locale, UnknownLocaleError
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from .errors import AcctError

Identifier = Literal["username", "customer_number", "email"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with the configuration.

    Sample: ``Problem("session.idle_minuts", "is not a key of [session]", 'Did you mean "idle_minutes"?')``.
    """

    where: str
    what: str
    fix: str = ""

    def __str__(self) -> str:
        return " ".join(part for part in (f"{self.where}: {self.what}.", self.fix) if part)


class ConfigError(AcctError):
    """The configuration cannot be used. ``problems`` holds every reason."""

    def __init__(self, source: str, problems: Iterable[Problem]) -> None:
        self.source = source
        self.problems = tuple(problems)
        super().__init__("\n".join(f"{source}: {problem}" for problem in self.problems))


def _web_address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise ValueError('must be a whole address. Write it with its scheme: "https://example.com/…"')
    return value.rstrip("/")


def _address_or_path(value: str) -> str:
    return value if value.startswith("/") and not value.startswith("//") else _web_address(value)


def _locale(value: str) -> str:
    try:
        Locale.parse(value)
    except (ValueError, UnknownLocaleError):
        hint = value.replace("-", "_")
        raise ValueError(f'is not a locale. Write it like "es" or "es_AR" (not {hint!r} or a name)') from None
    return value


def _time_zone(value: str) -> str:
    if value not in available_timezones():
        close = difflib.get_close_matches(value, available_timezones(), 1)
        hint = f' Did you mean "{close[0]}"?' if close else ' Write it like "Europe/Madrid".'
        raise ValueError(f"is not a time zone.{hint}")
    return value


def _colour(value: str) -> str:
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", value):
        raise ValueError('must be a colour of six hexadecimal digits, like "#2457c5"')
    return value.lower()


WebAddress = Annotated[str, AfterValidator(_web_address)]
AddressOrPath = Annotated[str, AfterValidator(_address_or_path)]
LocaleName = Annotated[str, AfterValidator(_locale)]
Wording = dict[LocaleName, dict[str, str]]


class Table(BaseModel):
    """What every table of acct.toml has in common: frozen, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, str_strip_whitespace=True)


class Site(Table):
    name: str = Field(default="Example Hosting", min_length=1, max_length=60)
    """The company's or product's name, shown on every page and in every mail."""
    tagline: str = Field(default="", max_length=120)
    """One line under the name."""
    public_url: WebAddress = "http://127.0.0.1:5000"
    """Where visitors reach the app. Links in mails begin with it; https outside loopback."""
    locales: tuple[LocaleName, ...] = Field(default=("en", "es", "it"), min_length=1)
    """The languages offered, in menu order."""
    default_locale: LocaleName = "en"
    """The language of a visitor whose browser asks for none of them."""
    time_zone: Annotated[str, AfterValidator(_time_zone)] = "UTC"
    """Where times are shown when the user has not chosen a time zone."""
    home: AddressOrPath = "/"
    """Where a user goes after signing in."""
    support_url: AddressOrPath | None = None
    """Where people get help from a person. Without it, the request page of [recovery.request] is used."""
    support_email: str = "support@example.com"
    """Who answers people; also the sender of mails unless MAIL_DEFAULT_SENDER is set."""
    signup_url: AddressOrPath | None = None
    """Where a stranger becomes a customer: the "Try" entrance and the line under the sign-in form."""
    purchase_url: AddressOrPath | None = None
    """Where a trial account buys: the cart icon."""
    renew_url: AddressOrPath | None = None
    """Where an account past its expiry renews."""
    terms_url: AddressOrPath | None = None
    """Linked in the footer."""


class Brand(Table):
    logo: AddressOrPath | None = None
    """An image at least 64 px high; without it the name is set in type."""
    accent: Annotated[str, AfterValidator(_colour)] = "#2457c5"
    """The colour of buttons and links. Its readable variants for light and dark are computed."""
    footer: str = Field(default="", max_length=300)
    """One line at the foot of every page and mail."""


class Login(Table):
    identifiers: tuple[Identifier, ...] = Field(default=("email",), min_length=1)
    """What a user may sign in with."""

    @model_validator(mode="after")
    def _each_once(self) -> Login:
        if len(set(self.identifiers)) < len(self.identifiers):
            raise ValueError("identifiers names one of them twice. Name each once")
        return self


class PasswordRecovery(Table):
    enabled: bool = True
    identify: tuple[Literal["username", "customer_number", "email"], ...] = ()
    """What is asked, all of it: the mail leaves when all of them name the same user."""
    choose: tuple[Literal["domain", "customer_number", "email", "username"], ...] = ()
    """What the visitor may choose one of. Either this or ``identify``."""
    confirm: bool = False
    """Send a first mail that only asks to confirm the request."""
    deliver: Literal["link", "temporary_password"] = "link"
    """What the mail brings: a link to set a new password, or a temporary password that opens only that page."""
    link_minutes: int = Field(default=60, ge=5, le=24 * 60)
    temporary_password_minutes: int = Field(default=60, ge=5, le=24 * 60)

    @model_validator(mode="after")
    def _one_way_to_be_found(self) -> PasswordRecovery:
        if bool(self.identify) == bool(self.choose):
            raise ValueError(
                "needs exactly one of identify and choose. "
                'Write identify = ["email"] to ask for all it lists, or choose = ["email", "domain"] to let the '
                "visitor pick"
            )
        return self


class UsernameRecovery(Table):
    enabled: bool = True
    """A page that mails the list of user names of an address."""


class RequestPage(Table):
    enabled: bool = True
    """A page for people who know neither user name nor address: stored, and mailed to site.support_email."""


class Recovery(Table):
    password: PasswordRecovery = PasswordRecovery(identify=("email",))
    username: UsernameRecovery = UsernameRecovery()
    request: RequestPage = RequestPage()


class Password(Table):
    min_length: int = Field(default=15, ge=8, le=64)
    """Characters. NIST SP 800-63B asks for 15 where the password is the only factor."""
    max_age_days: int = Field(default=0, ge=0, le=3650)
    """Days until a password must be changed; 0 means never."""


class Session(Table):
    idle_minutes: int = Field(default=30, ge=2, le=24 * 60)
    absolute_hours: int = Field(default=24, ge=1, le=24 * 30)
    warn_seconds: int = Field(default=120, ge=20, le=3600)
    """How long before the idle end the page warns."""

    @model_validator(mode="after")
    def _warning_before_the_end(self) -> Session:
        if self.warn_seconds >= self.idle_minutes * 60:
            raise ValueError(
                f"warn_seconds = {self.warn_seconds} is not shorter than idle_minutes = {self.idle_minutes}. "
                f"Write at most {self.idle_minutes * 60 - 30}"
            )
        return self


class Limits(Table):
    sign_in_failures: int = Field(default=10, ge=3, le=100)
    """Failures in a row for one identifier before each further try has to wait, 30 seconds at first."""
    sign_in_failures_per_address: int = Field(default=100, ge=10, le=100_000)
    """Failures an hour from one network address."""
    recoveries_per_day: int = Field(default=5, ge=1, le=100)
    """Recovery mails a day for one user."""
    requests_per_address: int = Field(default=30, ge=5, le=100_000)
    """Anonymous requests an hour from one network address."""


class Help(Table):
    enabled: bool = True
    url: AddressOrPath | None = None
    """Where the help site is; without it, the app serves it under /help."""
    locales: tuple[LocaleName, ...] = ()
    """Languages of the help site; empty means all of site.locales."""


class Platform(Table):
    name: str = Field(min_length=1, max_length=60)
    url: WebAddress | None = None
    labels: Wording = {}


class Config(Table):
    """The whole of acct.toml.

    ``platforms`` is empty or holds several sites under one configuration; ``on(key)`` gives the configuration as
    one of them sees it.
    """

    site: Site = Site()
    brand: Brand = Brand()
    login: Login = Login()
    recovery: Recovery = Recovery()
    password: Password = Password()
    session: Session = Session()
    limits: Limits = Limits()
    help: Help = Help()
    platforms: dict[str, Platform] = {}
    labels: Wording = {}
    platform: Annotated[str | None, Field(exclude=True)] = None
    """Set by ``on``; not a key of the file."""

    @model_validator(mode="after")
    def _default_locale_is_offered(self) -> Config:
        if self.site.default_locale not in self.site.locales:
            raise ValueError(
                f'[site] default_locale = "{self.site.default_locale}" is not one of site.locales. Add it there'
            )
        return self

    def on(self, platform: str | None) -> Config:
        """The configuration of one platform: its name, address and wording in place of the site's.

        ``None`` means the first platform, or the configuration itself when it has none. Raises ``ConfigError`` for
        a platform that does not exist.
        """
        if platform is None:
            platform = next(iter(self.platforms), None)
        if platform is None:
            return self
        if platform not in self.platforms:
            raise ConfigError("acct.toml", [_unknown(f"platforms.{platform}", platform, self.platforms, "a platform")])
        chosen = self.platforms[platform]
        site = self.site.model_copy(update={"name": chosen.name, "public_url": chosen.url or self.site.public_url})
        return self.model_copy(
            update={"site": site, "labels": _merged(self.labels, chosen.labels), "platform": platform}
        )

    @cached_property
    def values(self) -> Mapping[str, object]:
        """Every key by its path, for the slots of sentences: ``{"config.site.name": "Example", ...}``."""
        return dict(_flat("config", self.model_dump(exclude={"labels", "platforms"})))


def _merged(base: Wording, over: Wording) -> Wording:
    return {locale: {**base.get(locale, {}), **over.get(locale, {})} for locale in {**base, **over}}


def _flat(path: str, value: object) -> Iterable[tuple[str, object]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flat(f"{path}.{key}", inner)
    else:
        yield path, "" if value is None else value


PRESETS = resources.files("flask_acct") / "presets"


def presets() -> tuple[str, ...]:
    """The names of the shipped presets."""
    return tuple(sorted(file.name.removesuffix(".toml") for file in PRESETS.iterdir() if file.name.endswith(".toml")))


def preset(name: str) -> Config:
    """A shipped preset. Raises ``ConfigError`` for a name that is none of them."""
    if name not in presets():
        raise ConfigError(name, [_unknown(name, name, presets(), "a preset")])
    return parse((PRESETS / f"{name}.toml").read_text("utf-8"), f"{name}.toml")


def read(path: Path) -> Config:
    """The configuration in a file. Raises ``ConfigError``."""
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        fix = "Run 'flask acct init' to write one, or set ACCT_CONFIG to where it is."
        raise ConfigError(str(path), [Problem(path.name, "does not exist", fix)]) from None
    except UnicodeDecodeError:
        raise ConfigError(str(path), [Problem(path.name, "is not UTF-8", "Save it as UTF-8.")]) from None
    return parse(text, path.name)


def parse(text: str, source: str = "acct.toml") -> Config:
    """The configuration in a text. ``source`` is what errors call it. Raises ``ConfigError``."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(source, [Problem(source, f"is not TOML: {error}", "Mend that line.")]) from None
    if "platform" in tables:
        raise ConfigError(source, [Problem("platform", "is not a key of the file", "Set ACCT_PLATFORM instead.")])
    try:
        return Config.model_validate(tables)
    except ValidationError as error:
        raise ConfigError(source, [_problem(dict(details)) for details in error.errors()]) from None


def _problem(error: dict[str, Any]) -> Problem:
    """Pydantic's error in the terms of the file: ``[session] idle_minuts``."""
    *tables, key = [str(part) for part in error["loc"]] or [""]
    where = f"[{'.'.join(tables)}] {key}" if tables else f"[{key}]" if key else "the file"
    if error["type"] == "extra_forbidden":
        table = ".".join(tables)
        owner = f"[{table}]" if table else "acct.toml"
        return _unknown(where, key, _keys_of(tables), f"a key of {owner}" if table else "a table of acct.toml")
    what = error["msg"].removeprefix("Value error, ")
    what, stop, fix = what.partition(". ")
    if error["type"] == "value_error":
        return Problem(where, what.removesuffix("."), f"{fix}." if stop and fix[-1] not in ".?" else fix)
    return Problem(where, f"{what[0].lower()}{what[1:]}, but it is {error['input']!r}")


def _unknown(where: str, name: str, known: Iterable[str], kind: str) -> Problem:
    known = sorted(known)
    close = difflib.get_close_matches(name, known, 1, 0.5)
    fix = f'Did you mean "{close[0]}"?' if close else f"Known are: {', '.join(known)}."
    return Problem(where, f"{name!r} is not {kind}", fix)


def _keys_of(tables: list[str]) -> Iterable[str]:
    """The keys the table at a path may have."""
    model: Any = Config
    for name in tables:
        field = getattr(model, "model_fields", {}).get(name)
        if field is not None:
            model = field.annotation
        elif model == dict[str, Platform]:
            model = Platform
    return set(getattr(model, "model_fields", {})) - {"platform"}
