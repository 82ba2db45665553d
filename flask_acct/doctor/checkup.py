"""One run of the checks: what they are given, and how they are called."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from flask import Flask

from ..config import Config
from ..web.state import State
from .lines import Line, fail

log = logging.getLogger("flask_acct")


@dataclass(frozen=True, slots=True)
class Checkup:
    """What the checks are given."""

    app: Flask
    url: str = ""
    """Where to ask instead of ``public_url``: another server of the same site, say."""
    mail_to: str = ""
    """Who gets a mail to try; empty for nobody."""
    dkim_selector: str = ""
    """Under which name the mail server's public key is in the DNS."""
    is_page: bool = False
    """Whether a request of the site waits for the findings, so that asking the site itself might wait for ever."""
    resolver: Any = None
    """Answers questions to the DNS, a ``dns.resolver.Resolver``. Default: this machine's."""
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context)

    @property
    def acct(self) -> State:
        found: State = self.app.extensions["acct"]
        return found

    @property
    def config(self) -> Config:
        return self.acct.platform.config

    @property
    def site(self) -> str:
        """The address of the site, without a slash at its end."""
        return (self.url or self.config.site.public_url).rstrip("/")


Check = Callable[[Checkup], "Iterable[Line] | Line"]


def run(checks: Iterable[Check], checkup: Checkup) -> Iterator[Line]:
    """Yield what each check finds. One that fails itself says so, and the others go on."""
    for check in checks:
        try:
            found = check(checkup)
            yield from (found,) if isinstance(found, Line) else found
        except Exception as error:
            log.exception("the check %s failed", check.__name__)
            name = check.__name__.replace("_", " ").capitalize()
            yield fail(name, f"could not be checked: {type(error).__name__}", "See the log; please report it.")
