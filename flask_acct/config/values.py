"""The types of the values in acct.toml: ``Email``, ``TimeZone``, ``Locales``.

Each is annotated with a validator, which raises ``InvalidValue`` saying what is wrong with a value and how to fix it.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from functools import cache
from typing import Annotated
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from babel import Locale, UnknownLocaleError
from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, Field, Strict

from . import csp
from .problems import InvalidValue

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
IMAGES = (".svg", ".png", ".webp", ".avif", ".jpg", ".jpeg", ".gif")
MAIL_IMAGES = (".png", ".jpg", ".jpeg", ".gif")
"""What every mail program draws; several show nothing for an SVG, WebP or AVIF. Source: caniemail.com."""

FAMILY = re.compile(r"[A-Za-z][A-Za-z0-9 _-]*")
"""The name of a font as CSS may have it between quotation marks."""

GENERIC_FAMILIES = frozenset(
    {"serif", "sans-serif", "monospace", "cursive", "system-ui", "ui-serif", "ui-sans-serif", "ui-rounded"}
)
LARGEST_RADIUS = 32
"""In px; a rem is 16 of them."""

COOKIE = re.compile(r"""[!#$%&'*+.^_`|~0-9A-Za-z-]+=[^\s";,\\]*""")
"""The name and value of a cookie, as RFC 6265 defines them."""


def _one_line(value: str) -> str:
    if CONTROL.search(value):
        raise InvalidValue("must be one line", "Remove line breaks, tabs and other control characters.")
    return value


def _each_once(values: tuple[str, ...]) -> tuple[str, ...]:
    twice = sorted({value for value in values if values.count(value) > 1})
    if twice:
        raise InvalidValue(f'names "{twice[0]}" twice', "Name each once.")
    return values


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


def _address_or_screen(value: str) -> str:
    return value if re.fullmatch(r"[a-z]+\.[a-z_]+", value) else _address_or_path(value)


def _origin(value: str) -> str:
    if not re.fullmatch(r"https://[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+(:\d{1,5})?", value):
        raise InvalidValue(
            "is not the origin of a web site", 'Write it without anything after its name: "https://video.example.com".'
        )
    return value.lower()


def _plain(address: str) -> str:
    if re.search(r"[\s\\<>\"]", address) or CONTROL.search(address):
        raise InvalidValue(
            "holds a space or another character that an address cannot have", "Write it percent-encoded: %20."
        )
    return address


def _logo(value: str) -> str:
    return _image(value, IMAGES, "logo.svg")


def _mail_logo(value: str) -> str:
    return _image(value, MAIL_IMAGES, "logo-mail.png", "an image that mail programs draw")


def _favicon(value: str) -> str:
    return _image(value, (*IMAGES, ".ico"), "favicon.svg")


def _image(value: str, kinds: tuple[str, ...], example: str, what: str = "an image for the web") -> str:
    if not value.startswith("/") or value.startswith("//"):
        # The content security policy lets pages load images from their own site only.
        raise InvalidValue(
            "must be a path on this site", f'Put the image in your static folder and write "/static/{example}".'
        )
    if not urlsplit(_plain(value)).path.lower().endswith(kinds):
        raise InvalidValue(f"is not {what}", f"Use one of: {', '.join(kinds)}.")
    return value


def _stylesheet(value: str) -> str:
    if not value.startswith("/") or value.startswith("//") or not urlsplit(_plain(value)).path.endswith(".css"):
        # The content security policy lets pages load stylesheets from their own site only.
        fix = 'Put it in your static folder and write "/static/brand.css".'
        raise InvalidValue("must be the path of a stylesheet on this site", fix)
    return value


def _font_file(value: str) -> str:
    if not value.startswith("/") or value.startswith("//") or not re.search(r"\.woff2?$", urlsplit(_plain(value)).path):
        # The content security policy lets pages load fonts from their own site only.
        raise InvalidValue(
            "must be the path of a WOFF2 or WOFF font on this site",
            'Put it in your static folder and write "/static/brand.woff2".',
        )
    if re.search(r"[()']", value):
        raise InvalidValue("holds a bracket or an apostrophe", "Rename the file.")
    return value


def _font(value: str) -> str:
    """Return the families as CSS writes them, with one at the end that every system has."""
    families = [family.strip().strip("\"'") for family in value.split(",")]
    for family in families:
        if not FAMILY.fullmatch(family):
            raise InvalidValue(
                f'"{family}" is not the name of a font',
                'Write names with commas between them: "Inter, Georgia, serif".',
            )
    if not GENERIC_FAMILIES.intersection(families):
        families.append("sans-serif")
    return ", ".join(family if family in GENERIC_FAMILIES else f'"{family}"' for family in families)


def _radius(value: str) -> str:
    """Return a length in px: that is what mail programs know."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)(px|rem)|0", value)
    if not found:
        raise InvalidValue("must be a length in px or rem", 'Write it like "6px", "0.5rem" or "0".')
    pixels = float(found[1] or 0) * (16 if found[2] == "rem" else 1)
    if pixels > LARGEST_RADIUS:
        raise InvalidValue("is too round", f"Use at most {LARGEST_RADIUS}px.")
    return f"{pixels:g}px"


def _colour(value: str) -> str:
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", value):
        raise InvalidValue("must be a colour of six hexadecimal digits", 'Write it like "#2457c5".')
    return value.lower()


def _email(value: str) -> str:
    try:
        validate_email(value, check_deliverability=False, allow_smtputf8=False, test_environment=True)
    except EmailNotValidError:
        raise InvalidValue("is not an email address", 'Write it like "support@example.com".') from None
    return value


def _mail_domain(value: str) -> str:
    try:
        found = validate_email(f"name@{value}", check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        fix = 'Write what stands after the @: "example.com".'
        raise InvalidValue(f'"{value}" is not a domain of email addresses', fix) from None
    return found.ascii_domain.lower()


def _cookie(value: str) -> str:
    if not COOKIE.fullmatch(value):
        raise InvalidValue(f'"{value}" is no cookie', 'Write its name and value: cookies = ["consent=no"].')
    return value


def _locale(value: str) -> str:
    if re.fullmatch(r"[a-z]{2,3}(_[A-Z][a-z]{3})?(_([A-Z]{2}|[0-9]{3}))?", value) and _is_known_locale(value):
        return value
    if "." in value:
        raise InvalidValue("is not a language", "Words stand below one: [labels.es].")
    parts = [part for part in re.split("[-_]", value) if part]
    normalised = "_".join([part.lower() for part in parts[:1]] + [_region(part) for part in parts[1:]])
    is_close = normalised != value and _is_known_locale(normalised)
    fix = f'Did you mean "{normalised}"?' if is_close else 'Write it like "es" or "es_AR".'
    raise InvalidValue(f'"{value}" is not a language', fix)


def _region(part: str) -> str:
    return part.title() if len(part) == 4 else part.upper()


def _is_known_locale(locale: str) -> bool:
    try:
        Locale.parse(locale)
    except (ValueError, TypeError, UnknownLocaleError):
        return False
    return True


def is_locale(value: object) -> bool:
    """Whether the value is the name of a locale: ``"es_AR"``."""
    try:
        return isinstance(value, str) and bool(_locale(value))
    except InvalidValue:
        return False


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


def _limit_storage(value: str) -> str:
    if value == "database":
        return value
    if not re.match(r"(redis|valkey)(s|\+unix)?://[^\s]", value):
        raise InvalidValue(
            "is neither the database nor an address of Redis or Valkey",
            'Write "database", or an address such as "redis://10.0.0.5:6379/0".',
        )
    if "@" in value:
        # This file is shown to many: in repositories, in backups, to who asks for help.
        raise InvalidValue("holds a password", "Set ACCT_LIMITS_STORAGE in the environment instead.")
    return value


Whole = Annotated[int, Strict()]
YesNo = Annotated[bool, Strict()]
Line = Annotated[str, AfterValidator(_one_line)]
Sentence = Annotated[str, Field(min_length=1), AfterValidator(_one_line)]

EachOnce = AfterValidator(_each_once)
"""Refuses a list that names something twice: ``Annotated[tuple[Line, ...], EachOnce]``."""

PublicUrl = Annotated[str, AfterValidator(_public_url)]
AddressOrPath = Annotated[str, AfterValidator(_address_or_path)]
AddressOrScreen = Annotated[str, AfterValidator(_address_or_screen)]
"""An address, a path, or a page of ours by its name: ``profile.me``."""
Origin = Annotated[str, AfterValidator(_origin)]
Logo = Annotated[str, AfterValidator(_logo)]
MailLogo = Annotated[str, AfterValidator(_mail_logo)]
Favicon = Annotated[str, AfterValidator(_favicon)]
FontFile = Annotated[str, AfterValidator(_font_file)]
Font = Annotated[Line, AfterValidator(_font)]
Radius = Annotated[str, AfterValidator(_radius)]
Stylesheet = Annotated[str, AfterValidator(_stylesheet)]
Colour = Annotated[str, AfterValidator(_colour)]
LimitStorage = Annotated[Line, AfterValidator(_limit_storage)]
Email = Annotated[str, AfterValidator(_email)]
MailDomain = Annotated[str, AfterValidator(_mail_domain)]
Cookie = Annotated[Line, AfterValidator(_cookie)]
Source = Annotated[str, AfterValidator(csp.source)]
LocaleName = Annotated[str, AfterValidator(_locale)]
Locales = Annotated[tuple[LocaleName, ...], EachOnce]
TimeZone = Annotated[str, AfterValidator(_time_zone)]
PlatformKey = Annotated[str, AfterValidator(_platform_key)]
AddedName = Annotated[str, AfterValidator(_added_name)]
Word = Annotated[str, AfterValidator(_word)]
Wording = dict[LocaleName, dict[str, Sentence]]
Topics = dict[Annotated[str, AfterValidator(_topic)], dict[LocaleName, Sentence]]
