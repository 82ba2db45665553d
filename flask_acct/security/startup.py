"""What makes an app unsafe to start: switches meant for tests, guessable keys, unencrypted traffic.

Nothing switches these checks off, not even tests and the demo: a test sets a proper key instead.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from ..config import Config, Problem
from ..errors import SetupError
from ..values.senders import BadSender, sender_of

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

KEY_BYTES = 32
DIFFERENT_SIGNS = 8
"""A key with fewer different characters was typed, not generated."""

KNOWN_KEYS = (
    "dev", "development", "secret", "secret-key", "secretkey", "super-secret", "supersecret", "changeme", "change-me",
    "please-change-me", "change_me", "replace-me", "password", "test", "testing", "key", "example", "default", "todo",
    "xxx", "you-will-never-guess", "hard-to-guess-string", "this-is-a-secret", "insecure", "not-so-secret", "mysecret",
    "my-secret-key", "your-secret-key", "your_secret_key", "random-string", "any-random-string", "flask-insecure",
    "django-insecure", "_5#y2lf4q8zncxec", "192b9bdd22ab9ed4d12e236c78afcb9a393ec15f71bbf5dc987d54727823bcbf",
)  # fmt: skip
"""Keys from tutorials and templates; also unsafe when padded or repeated to a proper length.

Source: CVE-2023-27524, where an example key opened thousands of servers.
"""

MAKE_A_KEY = 'python -c "import secrets; print(secrets.token_hex(32))"'


class Unsafe(SetupError):
    """The app must not start like this. ``problems`` holds all reasons."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = tuple(problems)
        lines = [f"  {problem}" for problem in problems]
        super().__init__("\n".join(["This app is not safe to start:", *lines]))


def raise_if_unsafe(settings: Mapping[str, Any], config: Config, *, is_demo: bool) -> None:
    """Raise ``Unsafe`` if a setting makes the app unsafe to start."""
    found = dangers(settings, config, demo=is_demo)
    if found:
        raise Unsafe(found)


def dangers(settings: Mapping[str, Any], config: Config, *, demo: bool) -> list[Problem]:
    """Return what must be fixed before the app may start.

    Args:
        settings: Flask's configuration.
        config: Of the platform this app serves.
        demo: Whether mails go to the demo's mailbox page if there is no mail server.
    """
    return [
        *_keys(settings),
        *_switches(settings),
        *_networks(settings),
        *_addresses(config),
        *_debugging(settings, config),
        *_mail(settings, config, demo=demo),
        *_senders(settings, config),
    ]


@lru_cache(maxsize=256)
def is_loopback(host: str | None) -> bool:
    """Whether a host is this machine: 127.0.0.0/8, ::1, ``localhost`` or a name under it."""
    if host is None:
        return False
    name = host.lower().strip("[]").rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def local_networks(settings: Mapping[str, Any]) -> tuple[Network, ...]:
    """Return ``ACCT_LOCAL_NETWORKS``: whose visitors count as local while ``public_url`` is loopback.

    Raises ``ValueError`` for a text that is no network.
    """
    named = settings.get("ACCT_LOCAL_NETWORKS") or ()
    listed = named.replace(",", " ").split() if isinstance(named, str) else named
    return tuple(ipaddress.ip_network(str(one), strict=False) for one in listed)


def _networks(settings: Mapping[str, Any]) -> Iterator[Problem]:
    fix = "Set FLASK_ACCT_LOCAL_NETWORKS=172.17.0.0/16, or remove it."
    try:
        networks = local_networks(settings)
    except (ValueError, TypeError):
        yield Problem("ACCT_LOCAL_NETWORKS", "is no list of networks", fix)
        return
    for network in networks:
        if not network.is_private:
            yield Problem("ACCT_LOCAL_NETWORKS", f"names {network}, which is no network of your own", fix)


def _keys(settings: Mapping[str, Any]) -> Iterator[Problem]:
    make = f"Make one with {MAKE_A_KEY} and set it as FLASK_SECRET_KEY."
    key = settings.get("SECRET_KEY")
    if key is None or key in ("", b""):
        yield Problem("SECRET_KEY", "is missing", make)
    elif weakness := _weakness(key):
        yield Problem("SECRET_KEY", weakness, make)
    for number, fallback in enumerate(settings.get("SECRET_KEY_FALLBACKS") or ()):
        if weakness := _weakness(fallback):
            yield Problem(
                f"SECRET_KEY_FALLBACKS[{number}]", weakness, "Remove it; what it signed is not to be trusted."
            )


def _weakness(key: object) -> str | None:
    if not isinstance(key, str | bytes):
        # FLASK_SECRET_KEY=123… is read as JSON, so digits alone become a number.
        return f"is a {type(key).__name__}, not text"
    as_bytes = key.encode("utf-8", "surrogatepass") if isinstance(key, str) else key
    if len(as_bytes) < KEY_BYTES:
        return f"is {len(as_bytes)} bytes long, and {KEY_BYTES} are needed"
    if _is_known(as_bytes.decode("utf-8", "replace").casefold()) or len(set(as_bytes)) < DIFFERENT_SIGNS:
        return "is an example key that anybody can guess"
    return None


def _is_known(key: str) -> bool:
    """Whether a key is an example, alone or repeated: ``changemechangemechangemechangeme``."""
    for known in KNOWN_KEYS:
        rest = key.replace(known, "").strip("-_.! 0123456789")
        if not rest:
            return True
    return False


def _switches(settings: Mapping[str, Any]) -> Iterator[Problem]:
    if settings.get("LOGIN_DISABLED"):
        yield Problem("LOGIN_DISABLED", "opens every page to everybody", "Remove it; in tests sign in instead.")
    worker = settings.get("ACCT_WORKER", True)
    if not isinstance(worker, bool | int):
        # FLASK_ACCT_WORKER=False is not JSON and stays text, and text is true.
        yield Problem("ACCT_WORKER", f"= {worker!r} is neither true nor false", "Set FLASK_ACCT_WORKER=false.")
    if isinstance(settings.get("ACCT_KEEP_IN_SESSION"), str):
        yield Problem("ACCT_KEEP_IN_SESSION", "is text, not a list", """Set FLASK_ACCT_KEEP_IN_SESSION='["basket"]'.""")


def _addresses(config: Config) -> Iterator[Problem]:
    addresses = {"acct.toml: [site] public_url": config.site.public_url}
    for key, platform in config.platforms.items():
        if platform.url:
            addresses[f"acct.toml: [platforms.{key}] url"] = platform.url
    for where, address in addresses.items():
        parts = urlsplit(address)
        if parts.scheme != "https" and not is_loopback(parts.hostname):
            what = f"= {address} would carry passwords in the clear"
            fix = f'Write "https://{parts.netloc}{parts.path}" there or in ACCT_PUBLIC_URL, behind a server with TLS.'
            yield Problem(where, what, fix)


def _debugging(settings: Mapping[str, Any], config: Config) -> Iterator[Problem]:
    if is_loopback(urlsplit(config.site.public_url).hostname):
        return
    if settings.get("DEBUG"):
        what = f"shows the inside of the app to the visitors of {config.site.public_url}"
        yield Problem("DEBUG", what, "Remove FLASK_DEBUG and --debug.")
    if settings.get("PROPAGATE_EXCEPTIONS"):
        what = "keeps the visitors' error page from being shown"
        yield Problem("PROPAGATE_EXCEPTIONS", what, "Remove it.")


def _mail(settings: Mapping[str, Any], config: Config, *, demo: bool) -> Iterator[Problem]:
    server = settings.get("MAIL_SERVER")
    if not server:
        if demo and not is_loopback(urlsplit(config.site.public_url).hostname):
            what = f"lets everybody at {config.site.public_url} read every mail at /mailbox"
            yield Problem("ACCT_DEMO", what, "Remove it and set FLASK_MAIL_SERVER.")
    elif not (settings.get("MAIL_USE_TLS") or settings.get("MAIL_USE_SSL") or is_loopback(str(server))):
        what = f"= {server} would be given links and passwords in the clear"
        fix = "Set FLASK_MAIL_USE_TLS=true (port 587) or FLASK_MAIL_USE_SSL=true (port 465)."
        yield Problem("MAIL_SERVER", what, fix)


def _senders(settings: Mapping[str, Any], config: Config) -> Iterator[Problem]:
    """Yield every sender that cannot be used: if it were found out only at sending, mails would be lost."""
    given = {"MAIL_DEFAULT_SENDER": settings.get("MAIL_DEFAULT_SENDER")}
    given |= {f"acct.toml: [mail.senders] {name}": sender for name, sender in config.mail.senders.items()}
    for where, sender in given.items():
        if sender is None:
            continue
        try:
            sender_of(sender)
        except BadSender as bad:
            yield Problem(where, bad.what, bad.fix)
    if given["MAIL_DEFAULT_SENDER"] is None and settings.get("MAIL_SERVER"):
        yield from _nobody_named(config)


def _nobody_named(config: Config) -> Iterator[Problem]:
    """Yield a problem if no sender is set and ``support_email``, which replaces it, is only an example."""
    is_public = not is_loopback(urlsplit(config.site.public_url).hostname)
    if is_public and "support_email" not in config.site.model_fields_set:
        what = f"is missing, and mails would be from {config.site.support_email}, which is an example"
        fix = "Set FLASK_MAIL_DEFAULT_SENDER, or write your own in acct.toml: [site] support_email."
        yield Problem("MAIL_DEFAULT_SENDER", what, fix)


BOUND_NAME = "__Host-session"


def may_bind_flask_session(settings: Mapping[str, Any]) -> bool:
    """Whether the host left the cookie of Flask's session at its defaults, so that it can be bound to this host."""
    if settings.get("SESSION_COOKIE_NAME") != "session" or settings.get("SESSION_COOKIE_DOMAIN"):
        return False
    return (settings.get("SESSION_COOKIE_PATH") or settings.get("APPLICATION_ROOT") or "/") == "/"


def cookies(settings: Mapping[str, Any], config: Config) -> str:
    """Return what an operator should know about the cookies: whether another host could set one."""
    if not config.site.public_url.startswith("https:"):
        return "bound to no host, because public_url is http"
    name = str(settings.get("SESSION_COOKIE_NAME"))
    is_bound = not settings.get("SESSION_COOKIE_DOMAIN") and name.startswith("__Host-")
    if is_bound:
        return "none can be set by another host"
    return (
        f"another host of the same domain can set {name!r}, Flask's own session, and with it the tokens of your forms; "
        "flask_acct keeps nothing there. Remove SESSION_COOKIE_NAME, SESSION_COOKIE_DOMAIN and SESSION_COOKIE_PATH"
    )
