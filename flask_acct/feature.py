"""A feature is one value, which the registry lists and everybody else reads."""

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
"""Run about once an hour, by one of all processes: a query that deletes what is old, a mail that warns."""


@dataclass(frozen=True, slots=True)
class Feature:
    """A folder of ``features/``, as the rest of the package sees it.

    Sample: ``FEATURE = Feature(__name__, declare=screens.declare)``.
    """

    package: str
    """Of its folder: ``flask_acct.features.emails``."""
    declare: Callable[[Config], Declaration]
    """Returns its screens and mails under a configuration; none if the configuration leaves the feature out."""
    handlers: Mapping[str, RequestHandler] = field(default_factory=dict)
    """Of pending requests, by the screen they come from."""
    duties: tuple[Duty, ...] = ()
    roles: Mapping[str, str] = field(default_factory=dict)
    """By which role pages and mails refer to its screens: ``{"sign_in": "login.form"}``."""

    def is_enabled(self, config: Config) -> bool:
        """Whether it has a screen under this configuration."""
        return bool(self.declare(config).screens)

    def written_in(self, module: Literal["pages", "routes", "notices", "news"]) -> Any:
        """Return ``PAGES``, ``ROUTES``, ``NOTICES`` or ``NEWS`` of the module in its folder; an empty tuple if none.

        ``pages`` holds the views of its screens, by screen. ``routes`` are not screens: path, endpoint, view and
        methods of each. ``notices`` are shown to the signed-in user on every page, ``news`` on a home page. The modules
        know HTTP, so they are loaded only when an app is made.
        """
        name = f"{self.package}.{module}"
        return getattr(import_module(name), module.upper()) if find_spec(name) else ()
