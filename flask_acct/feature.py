"""A feature is one value, which the registry lists and everybody else reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from .config import Config
from .declare.elements import Declaration
from .mail.handlers import RequestHandler
from .scope import Scope

Duty = Callable[[Scope], object]
"""Run about once an hour, by one of all processes: a query that deletes what is old, a mail that warns."""


@dataclass(frozen=True, slots=True)
class Feature:
    """A folder of ``features/``, as the rest of the package sees it.

    Sample: ``Feature("emails", declare=screens.declare, pages="flask_acct.features.emails.pages")``.
    """

    name: str
    declare: Callable[[Config], Declaration]
    """Returns its screens and mails under a configuration; none if the configuration leaves the feature out."""
    pages: str = ""
    """The module with ``PAGES``: the views of its screens, by screen. Loaded when an app is made."""
    routes: str = ""
    """The module with ``ROUTES`` that are no screens: path, endpoint, view, methods. Loaded when an app is made."""
    notices: str = ""
    """The module with ``NOTICES``: what it shows to the signed-in user on every page. Loaded when an app is made."""
    handlers: Mapping[str, RequestHandler] = field(default_factory=dict)
    """Of pending requests, by the screen they come from."""
    duties: tuple[Duty, ...] = ()
    roles: Mapping[str, str] = field(default_factory=dict)
    """By which role pages and mails refer to its screens: ``{"sign_in": "login.form"}``."""
