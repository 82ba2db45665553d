"""What a feature is: one value, that the registry lists and everybody else reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Literal

from .config import Config
from .declare.elements import Declaration
from .mail.handlers import RequestHandler
from .scope import Scope

Duty = Callable[[Scope], object]
"""Done about once an hour, by one process of all: a query that forgets what is old, a mail that warns."""


@dataclass(frozen=True, slots=True)
class Feature:
    """A folder of ``features/``, as others know it.

    Sample: ``FEATURE = Feature(__name__, declare=screens.declare)``.
    """

    package: str
    """Of its folder: ``flask_acct.features.emails``."""
    declare: Callable[[Config], Declaration]
    """What its screens and mails hold under a configuration; nothing where that leaves it out."""
    handlers: Mapping[str, RequestHandler] = field(default_factory=dict)
    """Of pending requests, by the screen they come from."""
    duties: tuple[Duty, ...] = ()
    roles: Mapping[str, str] = field(default_factory=dict)
    """What pages and mails call its screens by: ``{"sign_in": "login.form"}``."""

    def is_enabled(self, config: Config) -> bool:
        """Whether it has a screen under this configuration."""
        return bool(self.declare(config).screens)

    def written_in(self, module: Literal["pages", "routes", "notices"]) -> Any:
        """Return what a module of its folder holds; nothing where there is no such module.

        ``pages`` says what happens at its screens, ``PAGES``. ``routes`` are no screens: path, endpoint, view and
        methods of each. ``notices`` is what it tells the one who is here on every page. They know HTTP, so they are
        loaded only when an app is made.
        """
        name = f"{self.package}.{module}"
        return getattr(import_module(name), module.upper()) if find_spec(name) else ()
