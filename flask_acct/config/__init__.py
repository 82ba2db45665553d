"""``acct.toml`` as a frozen, validated value.

``read(path)`` returns the configuration or raises ``ConfigError`` with *every* problem at once, each naming the
line, the table and the key, what is wrong with it and how to mend it.
"""

from __future__ import annotations

import ast
import difflib
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, cached_property
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal, get_args
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from babel import Locale, UnknownLocaleError
from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, Strict, ValidationError, model_validator

from ..values import text_files
from ..values.languages import fallbacks
from . import csp as policies
from . import toml_faults
from .csp import Directive
from .problems import ConfigError, InvalidValue, Problem, ValueFault, did_you_mean, faults, lines_of, problem

__all__ = [
    "Config",
    "ConfigError",
    "Problem",
    "find",
    "json_schema",
    "parse",
    "preset",
    "preset_text",
    "presets",
    "read",
    "starting_text",
]

Identifier = Literal["username", "customer_number", "email"]

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
CATEGORIES = ("general", "products", "domains", "invoices", "support")
"""The kinds of mail that are shipped."""

PERMISSIONS = (
    "profile", "contacts", "products", "manage_products", "domains", "manage_domains", "invoices", "tickets",
    "affiliate", "emails", "orders",
)  # fmt: skip
"""What the users of an account may be allowed to do, as far as it is shipped."""

INCLUDES: Mapping[str, tuple[str, ...]] = {"manage_products": ("products",), "manage_domains": ("domains",)}
"""What a shipped permission opens besides itself: whoever may change something sees the list it stands in."""

PLACES = ("member", "owner", "sub_user")
"""What a page may need besides a permission (see ``screen``), so that no permission is called so."""

IMAGES = (".svg", ".png", ".webp", ".avif", ".jpg", ".jpeg", ".gif")


def _one_line(value: str) -> str:
    if CONTROL.search(value):
        raise InvalidValue("must be one line", "Remove line breaks, tabs and other control characters.")
    return value


def _web_address(value: str) -> str:
    try:
        parts = urlsplit(value)
        whole = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        whole = False
    if not whole:
        raise InvalidValue("must be a whole web address", 'Write it with its scheme: "https://example.com/…".')
    return _plain(value).rstrip("/")


def _public_url(value: str) -> str:
    value = _web_address(value)
    parts = urlsplit(value)
    if parts.query or parts.fragment or parts.username is not None:
        fix = f'Write "{parts.scheme}://{parts.netloc.rpartition("@")[2]}{parts.path}".'
        raise InvalidValue("must be a plain address, for paths are added to it", fix)
    return value


def _address_or_path(value: str) -> str:
    if value.startswith("/") and not value.startswith("//"):
        return _plain(value)
    if "://" not in value:
        raise InvalidValue("is neither a path nor a web address", f'Write "/{value.lstrip("/")}" or "https://…".')
    return _web_address(value)


def _origin(value: str) -> str:
    if not re.fullmatch(r"https://[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+(:\d{1,5})?", value):
        raise InvalidValue(
            "is not the origin of a web site", 'Write it without anything after its name: "https://video.example.com".'
        )
    return value.lower()


def _plain(address: str) -> str:
    if re.search(r"[\s\\<>\"]", address) or CONTROL.search(address):
        raise InvalidValue(
            "holds a space or another sign that an address cannot have", "Write it percent-encoded: %20."
        )
    return address


def _logo(value: str) -> str:
    return _image(value, IMAGES, "logo.svg")


def _favicon(value: str) -> str:
    return _image(value, (*IMAGES, ".ico"), "favicon.svg")


def _stylesheet(value: str) -> str:
    if not value.startswith("/") or value.startswith("//") or not urlsplit(_plain(value)).path.endswith(".css"):
        # The content security policy lets pages load stylesheets from their own site only.
        fix = 'Put it in your static folder and write "/static/brand.css".'
        raise InvalidValue("must be the path of a stylesheet on this site", fix)
    return value


def _image(value: str, kinds: tuple[str, ...], example: str) -> str:
    if not value.startswith("/") or value.startswith("//"):
        # The content security policy lets pages load images from their own site only.
        raise InvalidValue(
            "must be a path on this site", f'Put the image in your static folder and write "/static/{example}".'
        )
    if not urlsplit(_plain(value)).path.lower().endswith(kinds):
        raise InvalidValue("is not an image for the web", f"Use one of: {', '.join(kinds)}.")
    return value


def _email(value: str) -> str:
    try:
        validate_email(value, check_deliverability=False, allow_smtputf8=False, test_environment=True)
    except EmailNotValidError:
        raise InvalidValue("is not an email address", 'Write it like "support@example.com".') from None
    return value


def _locale(value: str) -> str:
    if re.fullmatch(r"[a-z]{2,3}(_[A-Z][a-z]{3})?(_([A-Z]{2}|[0-9]{3}))?", value) and _spoken(value):
        return value
    if "." in value:
        raise InvalidValue("is not a language", "Words stand below one: [labels.es].")
    parts = [part for part in re.split("[-_]", value) if part]
    meant = "_".join([part.lower() for part in parts[:1]] + [_region(part) for part in parts[1:]])
    fix = f'Did you mean "{meant}"?' if meant != value and _spoken(meant) else 'Write it like "es" or "es_AR".'
    raise InvalidValue(f'"{value}" is not a language', fix)


def _region(part: str) -> str:
    return part.title() if len(part) == 4 else part.upper()


def _spoken(locale: str) -> bool:
    try:
        Locale.parse(locale)
    except (ValueError, TypeError, UnknownLocaleError):
        return False
    return True


def _time_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        close = difflib.get_close_matches(value.replace(" ", "_").lower(), _zones(), 1)
        fix = f'Did you mean "{_zones()[close[0]]}"?' if close else 'Write it like "Europe/Madrid".'
        raise InvalidValue(f'"{value}" is not a time zone', fix) from None
    return value


@cache
def _zones() -> Mapping[str, str]:
    return {zone.lower(): zone for zone in available_timezones()}


def _colour(value: str) -> str:
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", value):
        raise InvalidValue("must be a colour of six hexadecimal digits", 'Write it like "#2457c5".')
    return value.lower()


def _each_once(values: tuple[str, ...]) -> tuple[str, ...]:
    twice = sorted({value for value in values if values.count(value) > 1})
    if twice:
        raise InvalidValue(f'names "{twice[0]}" twice', "Name each once.")
    return values


def _platform_key(value: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_-]{0,31}", value):
        raise InvalidValue("is not a name for a platform", "Use small letters, digits, - and _, a letter first.")
    return value


def _topic(value: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", value):
        raise InvalidValue("is not a name for a topic", "Use small letters, digits and _, a letter first.")
    return value


def _added_name(value: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,31}", value) or value.endswith("_help"):
        raise InvalidValue(
            "is not a name for something of your own", "Use small letters, digits and _, a letter first."
        )
    return value


def _word(value: str) -> str:
    if not re.fullmatch(r"\w+(?:[ '’-]\w+)*", value):
        raise InvalidValue(f'"{value}" is not a word', 'Write it without marks: "contraseña" = "clave".')
    return value


Whole = Annotated[int, Strict()]
YesNo = Annotated[bool, Strict()]
Line = Annotated[str, AfterValidator(_one_line)]
Sentence = Annotated[str, Field(min_length=1), AfterValidator(_one_line)]
PublicUrl = Annotated[str, AfterValidator(_public_url)]
AddressOrPath = Annotated[str, AfterValidator(_address_or_path)]
LocaleName = Annotated[str, AfterValidator(_locale)]
Locales = Annotated[tuple[LocaleName, ...], AfterValidator(_each_once)]
PlatformKey = Annotated[str, AfterValidator(_platform_key)]
Wording = dict[LocaleName, dict[str, Sentence]]
Word = Annotated[str, AfterValidator(_word)]
Topics = dict[Annotated[str, AfterValidator(_topic)], dict[LocaleName, Sentence]]


class SettingsTable(BaseModel):
    """What every table of acct.toml has in common: frozen, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Site(SettingsTable):
    name: Line = Field(default="Example Hosting", min_length=1, max_length=60)
    """The company's or product's name, shown on every page and in every mail."""
    tagline: Line = Field(default="", max_length=120)
    """One line under the name; in other languages, by [labels.en] "shell.header.tagline"."""
    public_url: PublicUrl = "http://127.0.0.1:5000"
    """Where visitors reach the app. Links in mails begin with it; https outside loopback."""
    locales: Locales = Field(default=("en", "es", "it"), min_length=1)
    """The languages offered, in menu order."""
    default_locale: LocaleName = Field(default_factory=lambda site: str(site["locales"][0]))
    """The language of a visitor whose browser asks for none of them; the first, unless another is named."""
    translations: Line = ""
    """A folder of your own translations, <language>/LC_MESSAGES/flask_acct.po, counted from this file: of languages
    that we have not, or other words in those we have. "flask acct translate --init fr" begins one."""
    time_zone: Annotated[str, AfterValidator(_time_zone)] = "UTC"
    """Where times are shown when the user has not chosen a time zone."""
    home: AddressOrPath = "/"
    """Where a user goes after signing in."""
    support_url: AddressOrPath | None = None
    """Where people get help from a person. Without it, the request page of [recovery.request] is used."""
    support_email: Annotated[str, AfterValidator(_email)] = "support@example.com"
    """Who answers people; also the sender of mails unless MAIL_DEFAULT_SENDER is set."""
    signup_url: AddressOrPath | None = None
    """Where a stranger becomes a customer: the "Try" entrance and the line under the sign-in form. Where [signup] is
    enabled, they lead to its page instead."""
    trial_days: Whole = Field(default=0, ge=0, le=3650)
    """For how many days a trial is free; it is said where a trial is offered, and those of [signup] last so long.
    0 says nothing, and sets no end."""
    purchase_url: AddressOrPath | None = None
    """Where a trial account buys: the cart icon."""
    renew_url: AddressOrPath | None = None
    """Where an account past its expiry renews."""
    terms_url: AddressOrPath | None = None
    """Linked in the footer."""

    def spoken(self, *wishes: str | None) -> str:
        """The first language wished for that is offered, itself or without its country; else the default one."""
        for wish in filter(None, wishes):
            for name in (wish, wish.partition("_")[0]):
                if name in self.locales:
                    return name
        return self.default_locale

    @model_validator(mode="after")
    def _default_locale_is_offered(self) -> Site:
        if self.default_locale not in self.locales:
            raise InvalidValue(
                f'default_locale = "{self.default_locale}" is not one of its locales',
                f'Add "{self.default_locale}" to locales, or choose one of: {", ".join(self.locales)}.',
            )
        return self


class Brand(SettingsTable):
    logo: Annotated[str, AfterValidator(_logo)] | None = None
    """The path of an image on this site, at least 64 px high; without it the name is set in type."""
    favicon: Annotated[str, AfterValidator(_favicon)] | None = None
    """The path of a square image on this site, for tabs and bookmarks; without it, the name's first letter."""
    stylesheet: Annotated[str, AfterValidator(_stylesheet)] | None = None
    """The path of a stylesheet of your own on this site, "/static/brand.css": it comes after ours on every page in our
    layout, and sets our variables, --acct-*, or whatever it likes."""
    accent: Annotated[str, AfterValidator(_colour)] = "#2457c5"
    """The colour of buttons and links. Its readable variants for light and dark are computed."""
    footer: Line = Field(default="", max_length=300)
    """One line at the foot of every page and mail; in other languages, by [labels.en] "shell.footer.line"."""


def _mail_domain(value: str) -> str:
    try:
        found = validate_email(f"name@{value}", check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        fix = 'Write what stands after the @: "example.com".'
        raise InvalidValue(f'"{value}" is not a domain of email addresses', fix) from None
    return found.ascii_domain.lower()


class SignUp(SettingsTable):
    enabled: YesNo = False
    """Whether there is a page for strangers who want to become users. It takes the place of ``site.signup_url``."""
    mode: Literal["open", "invitation", "closed"] = "open"
    """"open": whoever reads mail at an address may sign up with it. "invitation": the page says that users come by
    invitation, see [users]. "closed": it says that nobody can sign up now. Links mailed before open nothing then."""
    account: Literal["trial", "none"] = "trial"
    """What comes with a new user: "trial", an account of their own that ends after site.trial_days; or "none"."""
    link_hours: Whole = Field(default=24, ge=1, le=7 * 24)
    """How long the link works that is mailed to prove the address."""
    domains: Annotated[tuple[Annotated[str, AfterValidator(_mail_domain)], ...], AfterValidator(_each_once)] = ()
    """Only addresses at these domains may sign up: ["example.com"], not those at a subdomain. Empty means any."""
    terms: AddressOrPath | None = None
    """The terms that whoever signs up must accept. Without it those of site.terms_url, if there are any."""

    @property
    def is_open(self) -> bool:
        """Whether strangers may sign up now."""
        return self.enabled and self.mode == "open"

    def takes(self, email_key: str) -> bool:
        """Whether whoever has the address may sign up."""
        return not self.domains or email_key.rpartition("@")[2] in self.domains


class Login(SettingsTable):
    identifiers: Annotated[tuple[Line, ...], AfterValidator(_each_once)] = Field(default=("email",), min_length=1)
    """What a user may sign in with: "username", "customer_number", "email"; and names of your own, which your app finds
    by @acct.identifier("phone") or which are fields of users that only you change, [fields.user.phone]."""
    label: dict[LocaleName, Sentence] = {}
    """What the field is called where one of them is your own: { en = "Email address or phone number" }."""

    @model_validator(mode="after")
    def _own_ones_have_a_label(self) -> Login:
        shipped = get_args(Identifier)
        for number, name in enumerate(self.identifiers):
            if name in shipped:
                continue
            if not re.fullmatch(r"[a-z][a-z0-9_]{0,31}", name) or name == "domain" or not self.label:
                near = did_you_mean(name, shipped)
                fix = f'{near} For one of your own, say what the field is called: label = {{ en = "Email or phone" }}.'
                raise InvalidValue(f'identifiers[{number}] cannot be "{name}"', fix)
        if not self.shipped:
            fix = f"Add one of: {', '.join(shipped)}. Invitations and forgotten passwords need it."
            raise InvalidValue("identifiers names none of ours, and not everybody has one of yours", fix)
        if self.label and not self.hosts:
            fix = 'To change its words, write [labels.en] "login.form.identifier" = "…".'
            raise InvalidValue("has a label, which is for identifiers of your own", fix)
        return self

    @property
    def shipped(self) -> tuple[str, ...]:
        """Those of ours."""
        return tuple(name for name in self.identifiers if name in get_args(Identifier))

    @property
    def hosts(self) -> tuple[str, ...]:
        """Those of the host's own."""
        return tuple(name for name in self.identifiers if name not in get_args(Identifier))

    @property
    def has_usernames(self) -> bool:
        """Whether people know their user name, because they sign in with it."""
        return "username" in self.identifiers

    @property
    def is_for_owners_only(self) -> bool:
        """Whether only owners of accounts can sign in: a customer number names nobody else."""
        return self.identifiers == ("customer_number",)


class PasswordRecovery(SettingsTable):
    enabled: YesNo = True
    identify: Annotated[tuple[Identifier, ...], AfterValidator(_each_once)] = ()
    """What is asked, all of it: the mail leaves when all of them name the same user."""
    choose: Annotated[tuple[Identifier | Literal["domain"], ...], AfterValidator(_each_once)] = ()
    """What the visitor may choose one of. Either this or ``identify``."""
    confirm: YesNo = False
    """Send a first mail that only asks to confirm the request."""
    deliver: Literal["link", "temporary_password"] = "link"
    """What the mail brings: a link to set a new password, or a temporary password that opens only that page."""
    link_minutes: Whole = Field(default=60, ge=5, le=24 * 60)
    temporary_password_minutes: Whole = Field(default=60, ge=5, le=24 * 60)

    @model_validator(mode="after")
    def _one_way_to_be_found(self) -> PasswordRecovery:
        if bool(self.identify) == bool(self.choose):
            raise InvalidValue(
                "needs exactly one of identify and choose",
                'Write identify = ["email"] to ask for all it lists, or choose = ["email", "domain"] to let the '
                "visitor pick.",
            )
        return self


class UsernameRecovery(SettingsTable):
    enabled: YesNo = True
    """A page that mails the list of user names of an address."""


class RequestPage(SettingsTable):
    enabled: YesNo = True
    """A page for people who know neither user name nor address: stored, and mailed to site.support_email."""


class Recovery(SettingsTable):
    password: PasswordRecovery = PasswordRecovery(identify=("email",))
    username: UsernameRecovery = UsernameRecovery()
    request: RequestPage = RequestPage()

    def brings_number_back(self, login: Login) -> bool:
        """Whether whoever lost the customer number they sign in with gets it by the way of a forgotten password."""
        asked = set(self.password.identify or self.password.choose) - {"customer_number"}
        is_choice = bool(self.password.choose) or "customer_number" not in self.password.identify
        return self.password.enabled and "customer_number" in login.identifiers and bool(asked) and is_choice


class Password(SettingsTable):
    min_length: Whole = Field(default=15, ge=8, le=64)
    """Characters. NIST SP 800-63B asks for 15 where the password is the only factor."""
    max_age_days: Whole = Field(default=0, ge=0, le=3650)
    """Days until a password must be changed; 0 means never."""


class Session(SettingsTable):
    idle_minutes: Whole = Field(default=30, ge=2, le=24 * 60)
    absolute_hours: Whole = Field(default=24, ge=1, le=24 * 30)
    warn_seconds: Whole = Field(default=120, ge=20, le=3600)
    """How long before the idle end the page warns."""
    reauthenticate_minutes: Whole = Field(default=10, ge=1, le=24 * 60)
    """How long a password counts as just given, where a screen asks for it again: to let somebody into an account."""
    most_per_user: Whole = Field(default=20, ge=1, le=1000)
    """Sessions one user may have at the same time; signing in once more ends the one that was used longest ago."""

    @model_validator(mode="after")
    def _warning_before_the_end(self) -> Session:
        if self.warn_seconds >= self.idle_minutes * 60:
            raise InvalidValue(
                f"warn_seconds = {self.warn_seconds} is not shorter than idle_minutes = {self.idle_minutes}",
                f"Write at most warn_seconds = {self.idle_minutes * 60 - 30}.",
            )
        return self


Sources = Annotated[
    tuple[Annotated[str, AfterValidator(policies.source)], ...], AfterValidator(_each_once), Field(min_length=1)
]


class Security(SettingsTable):
    csp: dict[
        Directive, Annotated[tuple[Annotated[str, AfterValidator(policies.source)], ...], AfterValidator(_each_once)]
    ] = {}
    """Sources that the Content-Security-Policy of our pages lets in besides their own site, by directive:
    csp = { img-src = ["https://cdn.example.com", "data:"] }. Nothing inline, unless its hash is named."""

    @model_validator(mode="after")
    def _sources_of_their_kind(self) -> Security:
        for directive, sources in self.csp.items():
            for source in sources:
                if not policies.fits(directive, source):
                    fix = f"It is for {' and '.join(policies.HARMLESS_SCHEMES[source])}."
                    raise InvalidValue(f'csp.{directive} cannot have "{source}"', fix)
        return self


class Limits(SettingsTable):
    sign_in_failures: Whole = Field(default=10, ge=3, le=100)
    """Failures in a row for one identifier from one network before each further try has to wait: 30 seconds at first,
    twice as long every time, a day at most. Shared among the ways to sign in where login.identifiers names several."""
    sign_in_failures_anywhere: Whole = Field(default=100, ge=10, le=1000)
    """The same for one identifier from all networks together; only a month without any, a new password, or a browser
    that signed the user in before gets past it. NIST SP 800-63B allows 100."""
    sign_ins_per_address_per_hour: Whole = Field(default=100, ge=10, le=100_000)
    """Sign-ins an hour, right or wrong, from one network address; twice as many from an IPv6 /56, four times as many
    from a /48. A browser that signed the user in before is not counted here."""
    known_browser_days: Whole = Field(default=180, ge=0, le=400)
    """Days that a browser is known to have signed a user in, so that failures of others make nobody wait there; 0: none
    is known. It has as many failures of its own as sign_in_failures allows."""
    known_browser_sign_ins_per_hour: Whole = Field(default=30, ge=5, le=100_000)
    """Sign-ins an hour, right or wrong, of one user in browsers that are known."""
    hashes_at_once: Whole = Field(default=2, ge=1, le=64)
    """Passwords that one process hashes at the same time, each in 19 MiB; as many more wait a moment, and whoever comes
    then is asked to try again."""
    recoveries_per_day: Whole = Field(default=5, ge=1, le=100)
    """Recovery mails a day for one user that one network may ask for, and mails about signing up to one address; then
    one an hour."""
    recoveries_per_day_anywhere: Whole = Field(default=20, ge=1, le=1000)
    """The same from all networks together."""
    requests_per_address: Whole = Field(default=30, ge=5, le=100_000)
    """Anonymous requests an hour from one network address; twice as many from an IPv6 /56, four times from a /48."""
    requests_per_hour: Whole = Field(default=3000, ge=10, le=10_000_000)
    """The same from everywhere. A browser that signed somebody in before has ten an hour of its own past these."""
    support_requests_per_address: Whole = Field(default=10, ge=1, le=100_000)
    """The same of those that are mailed to site.support_email."""
    support_requests_per_hour: Whole = Field(default=60, ge=1, le=100_000)
    """The same from everywhere."""
    dead_links_per_address_per_hour: Whole = Field(default=60, ge=5, le=100_000)
    """Links with a made-up secret an hour that one network address may open."""
    email_changes_per_day: Whole = Field(default=5, ge=1, le=100)
    """How often a day one user may ask for another email address."""
    invitations_per_hour: Whole = Field(default=30, ge=1, le=10_000)
    """Invitations an hour that the owner of one account may send, the same one again included."""
    imports_per_hour: Whole = Field(default=30, ge=1, le=10_000)
    """Files of contacts an hour that may be sent for one account, and by one user."""


class Added(SettingsTable):
    """Something of the host's own beside what is shipped, with its words by language."""

    label: dict[LocaleName, Sentence] = Field(min_length=1)
    """What it is called: { en = "Newsletter", es = "Boletín" }."""
    help: dict[LocaleName, Sentence] = {}
    """What it is for, written as the label is."""


class OwnPermission(Added):
    """A permission of the host's."""

    includes: Annotated[tuple[str, ...], AfterValidator(_each_once)] = ()
    """What it opens besides itself: includes = ["invoices"] for one that is of no use without the invoices."""


FieldType = Literal["text", "email", "url", "phone", "date", "number", "choice", "yes_no"]
Owner = Literal["user", "account", "contact"]
"""Whose a field of the host's is."""

SHIPPED_FIELDS: Mapping[Owner, frozenset[str]] = {
    "user": frozenset({"username", "email", "first_name", "last_name", "locale", "time_zone", "password"}),
    "account": frozenset(
        {"number", "customer_number", "name", "billing_email", "plan", "plan_expires", "domains", "state", "tax_id",
         "phone", "address1", "address2", "city", "region", "postcode", "country"}
    ),
    "contact": frozenset(
        {"first_name", "last_name", "company", "email", "phone", "tax_id", "address1", "address2", "city", "region",
         "postcode", "country", "locale", "categories", "silent"}
    ),
}  # fmt: skip
"""What is called so already."""

OF_FORMS = frozenset({"csrf_token", "next", "submit", "account_name", "new", "repeat", "terms"})
"""What every form has, and the one for signing up."""


class OwnField(Added):
    """A field of the host's."""

    type: FieldType = "text"
    """What it holds; pages and imports check it."""
    required: YesNo = False
    """Whether the form must be filled in there. Imports and Python may leave it out."""
    editable_by: Literal["users", "host"] = "users"
    """"users": whoever may change the page it stands on. "host": only you; people see what it holds."""
    max_length: Whole = Field(default=200, ge=1, le=2000)
    """Characters of a text."""
    options: dict[Annotated[str, AfterValidator(_added_name)], dict[LocaleName, Sentence]] = {}
    """What can be chosen, for type "choice": small = { en = "Small", es = "Pequeño" }."""

    @model_validator(mode="after")
    def _options_of_a_choice(self) -> OwnField:
        if self.type == "choice" and not self.options:
            raise InvalidValue("is a choice without options", 'Write options.small = { en = "Small" }, and more.')
        if self.options and self.type != "choice":
            raise InvalidValue(f'has options and is of type "{self.type}"', 'Write type = "choice".')
        return self


OwnFields = dict[Annotated[str, AfterValidator(_added_name)], OwnField]


class Fields(SettingsTable):
    user: OwnFields = {}
    """Your own fields of a user: [fields.user.phone] with type, label, help and more. They stand on "Your details"."""
    account: OwnFields = {}
    """Your own fields of an account. They stand on the page of its details, behind the permission "profile"."""
    contact: OwnFields = {}
    """Your own fields of a contact. They are in its form and in the files of contacts."""

    @model_validator(mode="after")
    def _names_are_new(self) -> Fields:
        for owner, shipped in SHIPPED_FIELDS.items():
            for name in getattr(self, owner):
                if name in shipped or name in OF_FORMS or name.startswith("acct_"):
                    raise InvalidValue(
                        f"{owner}.{name} is called as something that is there already", "Choose another name."
                    )
        return self


class Profile(SettingsTable):
    link_minutes: Whole = Field(default=60, ge=5, le=24 * 60)
    """How long the link works that confirms a new email address."""
    username_changes: YesNo = False
    """Whether people may change their user name themselves. One given up is nobody else's for 90 days."""


class Contacts(SettingsTable):
    enabled: YesNo = True
    """Whether an account may hold contacts: names and addresses that get mails, and never sign in."""
    categories: Annotated[tuple[Line, ...], AfterValidator(_each_once)] = CATEGORIES
    """Which of the shipped kinds of mail there are, in the order of their boxes; your own follow."""
    extra: dict[Annotated[str, AfterValidator(_added_name)], Added] = {}
    """Your own kinds of mail: [contacts.extra.newsletter] with label and help."""
    max: Whole = Field(default=0, ge=0, le=1_000_000)
    """How many contacts an account may hold; 0 means any number."""

    @model_validator(mode="after")
    def _categories_exist(self) -> Contacts:
        known = (*CATEGORIES, *self.extra)
        for name in self.categories:
            if name not in known:
                raise InvalidValue(f'categories names "{name}", which is none', did_you_mean(name, known))
        for name in self.extra:
            if name in CATEGORIES:
                fix = f'To change its words, write [labels.en] "contacts.categories.{name}" = "…".'
                raise InvalidValue(f"extra.{name} is shipped already", fix)
        return self

    @property
    def offered(self) -> tuple[str, ...]:
        """Every category there is, in the order of their boxes."""
        return (*self.categories, *(name for name in self.extra if name not in self.categories))


class MailSettings(SettingsTable):
    reply_to: Annotated[str, AfterValidator(_email)] | None = None
    """Where answers to mails go. Without it they go to the sender, or to site.support_email if that is a no-reply."""
    senders: dict[Line, Line] = {}
    """Another sender for a kind of mail: { invoices = "Invoices <invoices@example.com>" }."""


class Users(SettingsTable):
    enabled: YesNo = True
    """Whether the owner of an account may invite others into it and say what each of them may do.

    They sign in by user name or email address, so [login] identifiers must list one of the two.
    """
    invitation_days: Whole = Field(default=7, ge=1, le=30)
    """How many days an invitation may be accepted, and an offer of the ownership."""
    permissions: dict[Annotated[str, AfterValidator(_added_name)], OwnPermission] = {}
    """Your own permissions: [users.permissions.reports] with label, help and includes. One removed later counts for
    nothing."""

    @model_validator(mode="after")
    def _permissions_are_new(self) -> Users:
        for name in self.permissions:
            if name in PERMISSIONS:
                fix = f'To change its words, write [labels.en] "users.permission.{name}" = "…".'
                raise InvalidValue(f"permissions.{name} is shipped already", fix)
            if name in PLACES:
                raise InvalidValue(f"permissions.{name} means a place in the account already", "Choose another name.")
        return self

    @model_validator(mode="after")
    def _included_permissions_exist(self) -> Users:
        for name, own in self.permissions.items():
            for included in own.includes:
                if included == name:
                    raise InvalidValue(f"permissions.{name} includes itself", "Name others, or leave it out.")
                if included not in self.offered:
                    fix = did_you_mean(included, self.offered)
                    raise InvalidValue(f'permissions.{name} includes "{included}", which is none', fix)
        return self

    @property
    def offered(self) -> tuple[str, ...]:
        """Every permission there is, in the order of their boxes."""
        return (*PERMISSIONS, *self.permissions)

    def includes(self, name: str) -> tuple[str, ...]:
        """What a permission opens besides itself, and what that opens in turn, in the order of the boxes."""
        return tuple(one for one in self.opened_by((name,)) if one != name)

    def opened_by(self, granted: Iterable[str]) -> tuple[str, ...]:
        """The permissions granted and all they include, in the order of the boxes, each once.

        A permission that there is not opens nothing.
        """
        opened: set[str] = set()
        waiting = [name for name in granted if name in self.offered]
        while waiting:
            name = waiting.pop()
            if name not in opened:
                opened.add(name)
                own = self.permissions.get(name)
                waiting += own.includes if own else INCLUDES.get(name, ())
        return tuple(name for name in self.offered if name in opened)


class Accounts(SettingsTable):
    open_when_expired: Annotated[tuple[str, ...], AfterValidator(_each_once)] = ("profile", "invoices", "emails")
    """Permissions whose pages stay open when the plan of an account has ended, so that it can be paid and renewed."""
    open_when_suspended: Annotated[tuple[str, ...], AfterValidator(_each_once)] = ("invoices",)
    """Permissions whose pages stay open in a suspended account. In a closed one none do."""


class SubscriptionSettings(SettingsTable):
    enabled: YesNo = False
    """Whether there is a page about what an account has bought; your app fills it, see ``Acct.subscription``."""


class Emails(SettingsTable):
    enabled: YesNo = True
    """Whether the users of an account may read which mails were sent about it, for as long as those are kept."""


COOKIE = re.compile(r"""[!#$%&'*+.^_`|~0-9A-Za-z-]+=[^\s";,\\]*""")
"""A name and a value as RFC 6265 has them."""


def _cookie(value: str) -> str:
    if not COOKIE.fullmatch(value):
        raise InvalidValue(f'"{value}" is no cookie', 'Write its name and value: cookies = ["consent=no"].')
    return value


class Verify(SettingsTable):
    cookies: tuple[Annotated[Line, AfterValidator(_cookie)], ...] = ()
    """Cookies that 'flask acct kb verify' sets before each journey, ["consent=no"], so that no banner asks for them."""


class Help(SettingsTable):
    enabled: YesNo = True
    url: AddressOrPath | None = None
    """Where the help site is; without it, the app serves it under /help."""
    locales: Locales = ()
    """Languages of the help site; empty means all of site.locales."""
    votes: YesNo = True
    """Whether readers may say if a page helped and what was missing, and searches that found nothing are counted.

    A help site elsewhere must let browsers say where its forms come from: no Referrer-Policy of no-referrer or
    same-origin.
    """
    articles: Line = ""
    """A folder of your own articles, <language>/<name>.md, counted from this file: added to ours or in their place."""
    categories: Topics = {}
    """Your own categories and their words by language: shop = { en = "Shop", es = "Tienda" }."""
    tags: Topics = {}
    """Your own tags and their words by language, written as categories are."""
    video_origins: tuple[Annotated[str, AfterValidator(_origin)], ...] = ()
    """Other web sites whose videos your articles may show: ["https://video.example.com"]."""
    fixtures: dict[Line, Sentence] = {}
    """What 'flask acct kb verify' types into a field of your own, by the field's id."""
    verify: Verify = Verify()
    most_asked: tuple[Line, ...] = (
        "recover-password",
        "sign-in",
        "change-password",
        "never-received-access-data",
        "ask-for-help",
    )
    """The articles your customers need most: lists begin with them. 'flask acct kb report' tells which."""


class PlatformSettings(SettingsTable):
    name: Line = Field(min_length=1, max_length=60)
    """Shown in place of the site's."""
    url: PublicUrl | None = None
    """Where visitors reach it, in place of site.public_url."""
    labels: Wording = {}
    """Its own words, by language and element id."""


class Config(SettingsTable):
    """The whole of acct.toml.

    ``platforms`` is empty or holds several sites under one configuration; ``on(key)`` gives the configuration as
    one of them sees it.
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
    accounts: Accounts = Accounts()
    subscription: SubscriptionSettings = SubscriptionSettings()
    emails: Emails = Emails()
    help: Help = Help()
    platforms: dict[PlatformKey, PlatformSettings] = {}
    labels: Wording = {}
    """Your own words, by language and element id."""
    vocabulary: dict[LocaleName, dict[Word, Word]] = {}
    """Your word for one of ours, by language, wherever it stands in our pages, mails, articles and glossary:
    [vocabulary.es] "contraseña" = "clave". Name its other forms too: "contraseñas" = "claves"."""
    platform: Annotated[str | None, Field(exclude=True)] = None
    """Set by ``on``; not a key of the file."""
    folder: Annotated[Path | None, Field(exclude=True)] = None
    """Where the file is, for what is named from there. Set by ``read``; not a key of the file."""

    @property
    def own_translations(self) -> Path | None:
        """The folder that ``[site] translations`` names."""
        named = self.site.translations
        return ((self.folder or Path()) / named).resolve() if named else None

    def at(self, url: str | None, platform: str | None = None) -> Config:
        """The configuration at another address: a developer's port, a stage. ``None`` leaves it where it is.

        Args:
            platform: Which of its platforms is there, the first by default; the others stay where they are.
        """
        if not url:
            return self
        tables = self.model_dump(exclude_unset=True)
        tables.setdefault("site", {})["public_url"] = url
        served = platform or next(iter(self.platforms), None)
        if served in self.platforms:
            tables["platforms"][served]["url"] = url
        return check(tables, source="ACCT_PUBLIC_URL").model_copy(update={"folder": self.folder})

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
            what, fix = f'"{platform}" is not a platform', did_you_mean(platform, self.platforms)
            raise ConfigError("acct.toml", [Problem("", what, fix or "The configuration has no [platforms].")])
        chosen = self.platforms[platform]
        site = self.site.model_copy(update={"name": chosen.name, "public_url": chosen.url or self.site.public_url})
        return self.model_copy(
            update={"site": site, "labels": _merged(self.labels, chosen.labels), "platform": platform}
        )

    @property
    def sign_up_at(self) -> str:
        """Where a stranger becomes a customer, as ``Link.to`` names it; empty where nobody can."""
        if self.signup.enabled:
            return "signup.form"
        return "site.signup_url" if self.site.signup_url else ""

    @property
    def offers_trial(self) -> bool:
        """Whether it is said for how many days a stranger may try it."""
        is_trial = not self.signup.enabled or (self.signup.is_open and self.signup.account == "trial")
        return bool(self.sign_up_at and self.site.trial_days) and is_trial

    @property
    def terms_at(self) -> str:
        """Where the terms are that a stranger accepts who signs up, as ``Link.to`` names it; empty without any."""
        if self.signup.terms:
            return "signup.terms"
        return "site.terms_url" if self.site.terms_url else ""

    @cached_property
    def wording(self) -> Wording:
        """Every word of the host's own, by language and element id: of what it added, and ``labels``."""
        words: dict[str, dict[str, str]] = {}
        for element, added in self._added:
            for id_, spoken in ((element, added.label), (f"{element}_help", added.help)):
                for locale, sentence in spoken.items():
                    words.setdefault(locale, {})[id_] = sentence
        for locale, sentence in self.login.label.items():
            words.setdefault(locale, {})["login.form.identifier"] = sentence
        for element, called in self._options:
            for locale, sentence in called.items():
                words.setdefault(locale, {})[element] = sentence
        for kind, topics in (("categories", self.help.categories), ("tags", self.help.tags)):
            for name, spoken in topics.items():
                for locale, sentence in spoken.items():
                    words.setdefault(locale, {})[f"help.{kind}.{name}"] = sentence
        return _merged(words, self.labels)

    @property
    def _added(self) -> Iterator[tuple[str, Added]]:
        """What the host added, each with the id of its element."""
        yield from ((f"contacts.categories.{name}", added) for name, added in self.contacts.extra.items())
        yield from ((f"users.permission.{name}", added) for name, added in self.users.permissions.items())
        for owner in SHIPPED_FIELDS:
            yield from ((f"fields.{owner}.{name}", added) for name, added in getattr(self.fields, owner).items())

    @property
    def _options(self) -> Iterator[tuple[str, Mapping[str, str]]]:
        """What can be chosen in fields of the host's, each with the id of its element."""
        for owner in SHIPPED_FIELDS:
            for name, own in getattr(self.fields, owner).items():
                yield from ((f"fields.{owner}.{name}.{option}", words) for option, words in own.options.items())

    @cached_property
    def values(self) -> Mapping[str, object]:
        """Every key by its path, for the slots of sentences: ``{"config.site.name": "Example", ...}``."""
        return dict(_flat("config", self.model_dump(exclude={"labels", "platforms", "vocabulary"})))


def _merged(base: Wording, over: Wording) -> Wording:
    return {locale: {**base.get(locale, {}), **over.get(locale, {})} for locale in {**base, **over}}


def _flat(path: str, value: object) -> Iterable[tuple[str, object]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flat(f"{path}.{key}", inner)
    else:
        yield path, "" if value is None else value


HERE = resources.files("flask_acct")
PRESETS = HERE / "presets"


def presets() -> tuple[str, ...]:
    """The names of the shipped presets."""
    return tuple(sorted(file.name.removesuffix(".toml") for file in PRESETS.iterdir() if file.name.endswith(".toml")))


def preset_text(name: str) -> str:
    """A shipped preset as it is written. Raises ``ConfigError`` for a name that is none of them."""
    if name not in presets():
        raise ConfigError(f'preset "{name}"', [Problem("", "is not one of the shipped", did_you_mean(name, presets()))])
    return (PRESETS / f"{name}.toml").read_text("utf-8")


def starting_text(name: str) -> str:
    """A shipped preset as a new ``acct.toml`` begins. Raises ``ConfigError`` for a name that is none of them."""
    return preset_text(name).replace("#:schema ../acct.schema.json\n", SCHEMA_BESIDE_IT, 1)


SCHEMA_BESIDE_IT = """\
#:schema ./acct.schema.json
# Editors check and explain this file as you type, once you have run: flask acct schema > acct.schema.json
"""


def preset(name: str) -> Config:
    """A shipped preset. Raises ``ConfigError`` for a name that is none of them."""
    return parse(preset_text(name), f"{name}.toml")


def find(source: str | Path) -> Config:
    """A preset by its name, or the file of that path. Raises ``ConfigError``."""
    if str(source) in presets() and not Path(source).exists():
        return preset(str(source))
    return read(Path(source))


def read(path: Path) -> Config:
    """The configuration in a file. Raises ``ConfigError``."""
    try:
        text = text_files.read(path)
    except FileNotFoundError:
        raise ConfigError(str(path), [Problem("", "does not exist", _instead_of(path))]) from None
    except text_files.NotUtf8 as error:
        raise ConfigError(str(path), [Problem("", error.what, "Save it as UTF-8.", error.line)]) from None
    except (OSError, ValueError) as error:
        raise ConfigError(str(path), [Problem("", f"cannot be read: {error}", "Set ACCT_CONFIG to a file.")]) from None
    return parse(text, path.name).model_copy(update={"folder": path.absolute().parent})


def _instead_of(path: Path) -> str:
    close = difflib.get_close_matches(str(path), presets(), 1)
    if close:
        return f'Did you mean the preset "{close[0]}"?'
    return "Run 'flask acct init' to write one, or set ACCT_CONFIG to where it is."


def parse(text: str, source: str = "acct.toml") -> Config:
    """The configuration in a text. ``source`` is what errors call it. Raises ``ConfigError``."""
    try:
        tables = tomllib.loads(text)
    # Numbers of too many digits and brackets nested too deep are no TOMLDecodeError.
    except (ValueError, RecursionError) as error:
        raise ConfigError(source, [toml_faults.problem(text, error)]) from None
    return check(tables, source=source, text=text)


def check(tables: Mapping[str, Any], *, source: str = "acct.toml", text: str = "") -> Config:
    """The configuration in tables as TOML gives them. Raises ``ConfigError``, with lines when the text is known."""
    found = [
        *_sub_users_cannot_sign_in(tables),
        *_newcomers_cannot_sign_in(tables),
        *_senders_of_no_category(tables),
        *_across(tables),
    ]
    config = None
    try:
        config = Config.model_validate(tables)
    except ValidationError as error:
        found = [*faults(error, Config), *found]
    if "platform" in tables:
        found.insert(0, ValueFault(("platform",), "is not a key of this file", "Set ACCT_PLATFORM instead."))
    if "folder" in tables:
        found.insert(0, ValueFault(("folder",), "is not a key of this file", "Remove it."))
    if found or config is None:
        lines = lines_of(text)
        problems = [problem(fault, Config, lines) for fault in found]
        raise ConfigError(source, sorted(problems, key=lambda found: found.line))
    return config


def _sub_users_cannot_sign_in(tables: Mapping[str, Any]) -> Iterator[ValueFault]:
    """A customer number names the owner of its account, so whoever is invited needs another way to sign in."""
    identifiers = _below(tables, "login").get("identifiers")
    users = tables.get("users", {})
    if identifiers != ["customer_number"] or not isinstance(users, dict) or users.get("enabled", True) is not True:
        return
    what = "has users who could not sign in: a customer number names the owner of its account and nobody else"
    fix = 'Add "username" or "email" to [login] identifiers, or write [users] enabled = false.'
    yield ValueFault(("users",), what, fix)


def _newcomers_cannot_sign_in(tables: Mapping[str, Any]) -> Iterator[ValueFault]:
    """Who signs up and owns no account has no customer number to sign in with."""
    signup = _below(tables, "signup")
    if _below(tables, "login").get("identifiers") != ["customer_number"] or signup.get("account") != "none":
        return
    if signup.get("enabled") is True:
        what = "gives new users no account, and without one they have no customer number to sign in with"
        fix = 'Write account = "trial", or add "username" or "email" to [login] identifiers.'
        yield ValueFault(("signup", "account"), what, fix)


def _senders_of_no_category(tables: Mapping[str, Any]) -> Iterator[ValueFault]:
    """A sender for a kind of mail that there is not."""
    try:
        offered = Contacts.model_validate(tables.get("contacts", {})).offered
    except ValidationError:
        return
    for name in _below(_below(tables, "mail"), "senders"):
        if name not in offered:
            yield ValueFault(("mail", "senders", name), "is for no kind of mail there is", did_you_mean(name, offered))


def _across(tables: Mapping[str, Any]) -> Iterator[ValueFault]:
    """What single tables cannot know: words and help in languages that the site does not offer."""
    try:
        offered = Site.model_validate(tables.get("site", {})).locales
    except ValidationError:
        return
    heard = {language for locale in offered for language in fallbacks(locale)}
    for path in _wordings(tables):
        if _is_locale(path[-1]) and path[-1] not in heard:
            fix = f'Add "{path[-1]}" to [site] locales, or remove the table.'
            yield ValueFault(path, "is for a language that the site does not offer", fix)
    help_ = tables.get("help")
    locales = help_.get("locales") if isinstance(help_, dict) else None
    for number, locale in enumerate(locales if isinstance(locales, list) else ()):
        if _is_locale(locale) and locale not in offered:
            what = f'"{locale}" is a language that the site does not offer'
            yield ValueFault(("help", "locales", number), what, f"The site offers: {', '.join(offered)}.")
    yield from _unknown_permissions(tables)
    for path, words in _additions(tables):
        yield from _topic_faults(path, words, offered, heard)
    for path, words in _topics(tables):
        yield from _topic_faults(path, words, locales if isinstance(locales, list) and locales else offered, heard)


def _unknown_permissions(tables: Mapping[str, Any]) -> Iterator[ValueFault]:
    """What [accounts] keeps open must be permissions that there are."""
    known = (*PERMISSIONS, *_below(_below(tables, "users"), "permissions"))
    for key, names in _below(tables, "accounts").items():
        for number, name in enumerate(names if isinstance(names, list) else ()):
            if isinstance(name, str) and name not in known:
                yield ValueFault(("accounts", key, number), f'"{name}" is not a permission', did_you_mean(name, known))


ADDING = (("contacts", "extra"), ("users", "permissions"), *(("fields", owner) for owner in SHIPPED_FIELDS))
"""The tables of ``Added``."""


def _wordings(tables: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """The path of every table of words: ``("labels", "es")``."""
    yield from ((table, locale) for table in ("labels", "vocabulary") for locale in _below(tables, table))
    for key, platform in _below(tables, "platforms").items():
        yield from (("platforms", key, "labels", locale) for locale in _below(platform, "labels"))


def _topics(tables: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Mapping[str, Any]]]:
    """Every category and tag of the help centre by its path, with its words."""
    for kind in ("categories", "tags"):
        for name, words in _below(_below(tables, "help"), kind).items():
            if isinstance(words, dict):
                yield ("help", kind, name), words


def _additions(tables: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Mapping[str, Any]]]:
    """The words of what the host added, by their path."""
    for table, key in ADDING:
        for name, added in _below(_below(tables, table), key).items():
            yield from (
                ((table, key, name, kind), words) for kind in ("label", "help") if (words := _below(added, kind))
            )
    if called := _below(_below(tables, "login"), "label"):
        yield ("login", "label"), called
    for owner in SHIPPED_FIELDS:
        for name, added in _below(_below(tables, "fields"), owner).items():
            for option, words in _below(added, "options").items():
                if isinstance(words, dict):
                    yield ("fields", owner, name, "options", option), words


def _topic_faults(
    path: tuple[str, ...], words: Mapping[str, Any], spoken: Iterable[Any], heard: Iterable[str]
) -> Iterator[ValueFault]:
    """A topic stands on pages of every language, so it has words in each, or in the one it falls back to."""
    for locale in words:
        if _is_locale(locale) and locale not in heard:
            fix = f'Add "{locale}" to [site] locales, or remove the word.'
            yield ValueFault((*path, locale), "is for a language that the site does not offer", fix)
    lacking = [locale for locale in spoken if _is_locale(locale) and not words.keys() & _same_language(locale)]
    if lacking:
        yield ValueFault(path, f"has no words in: {', '.join(lacking)}", f'Add {lacking[0].partition("_")[0]} = "…".')


def _same_language(locale: str) -> set[str]:
    """The locale and those it falls back to without changing the language: ``{"es_AR", "es"}``."""
    language = locale.partition("_")[0]
    return {one for one in fallbacks(locale) if one.partition("_")[0] == language}


def _below(tables: Any, name: str) -> Mapping[str, Any]:
    inner = tables.get(name) if isinstance(tables, dict) else None
    return inner if isinstance(inner, dict) else {}


def _is_locale(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(_locale(value))
    except InvalidValue:
        return False


def json_schema() -> dict[str, Any]:
    """The JSON Schema of acct.toml, as shipped in ``acct.schema.json``."""
    schema = Config.model_json_schema()
    for name, table in [("Config", schema), *schema["$defs"].items()]:
        for key, description in _docstrings().get(name, {}).items():
            table["properties"][key]["description"] = description
    for key in ("platform", "folder"):
        del schema["properties"][key]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "acct.toml"}


def _docstrings() -> Mapping[str, Mapping[str, str]]:
    """What stands below each key in this file, by table. Read here, for pydantic would read it at every import."""
    tables = ast.parse((HERE / "config" / "__init__.py").read_text("utf-8")).body
    return {table.name: dict(_described(table)) for table in tables if isinstance(table, ast.ClassDef)}


def _described(table: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for key, below in zip(table.body, table.body[1:], strict=False):
        if (
            isinstance(key, ast.AnnAssign)
            and isinstance(key.target, ast.Name)
            and isinstance(below, ast.Expr)
            and isinstance(below.value, ast.Constant)
        ):
            yield key.target.id, " ".join(str(below.value.value).split())
