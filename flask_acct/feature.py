"""What a feature is: one value, that the registry lists and everybody else reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from .config import Config
from .declare.elements import Declaration
from .mail.handlers import RequestHandler
from .scope import Scope

Duty = Callable[[Scope], object]
"""Done about once an hour, by one process of all: a query that forgets what is old, a mail that warns."""


@dataclass(frozen=True, slots=True)
class Feature:
    """A folder of ``features/``, as others know it.

    Sample: ``Feature("emails", declare=screens.declare, pages="flask_acct.features.emails.pages")``.
    """

    name: str
    declare: Callable[[Config], Declaration]
    """What its screens and mails hold under a configuration; nothing where that leaves it out."""
    pages: str = ""
    """The module that says what happens at its screens: ``PAGES``, by screen. Loaded when an app is made."""
    routes: str = ""
    """The module of ``ROUTES`` that are no screens: path, endpoint, view, methods each. Loaded when an app is made."""
    notices: str = ""
    """The module of ``NOTICES``, what it tells the one who is here on every page. Loaded when an app is made."""
    handlers: Mapping[str, RequestHandler] = field(default_factory=dict)
    """Of pending requests, by the screen they come from."""
    duties: tuple[Duty, ...] = ()
    roles: Mapping[str, str] = field(default_factory=dict)
    """What pages and mails call its screens by: ``{"sign_in": "login.form"}``."""
