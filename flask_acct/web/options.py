"""The arguments of ``Acct`` and of its ``init_app``, checked."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from functools import wraps
from inspect import signature
from pathlib import Path
from typing import Any, Literal, ParamSpec, Protocol, get_args

from flask_login import LoginManager
from sqlalchemy import Engine

from ..config import Config
from ..config.problems import did_you_mean
from ..declare.elements import PREFIX
from ..errors import SetupError
from ..security.hashes import Verifiers

ErrorPages = Literal["pages", "all", "none"]
"""Where error pages of ours are shown: below our own pages; also wherever the host has none; nowhere."""


def listed(given: str | Sequence[str] | None, usual: Sequence[str] = ()) -> tuple[str, ...]:
    """Return one or several of something as a tuple."""
    if given is None:
        return tuple(usual)
    return (given,) if isinstance(given, str) else tuple(given)


FORMS: Mapping[str, tuple[re.Pattern[str], str]] = {
    "url_prefix": (re.compile(r"(/(?!\.{1,2}(/|$))[A-Za-z0-9._~-]+)+"), 'Write a path of plain letters, "/clients".'),
    "name": (re.compile(r"[a-z][a-z0-9_]*"), 'Write small letters, digits and _, "clients".'),
    "cookie_name": (re.compile(r"[A-Za-z0-9_-]+"), 'Write letters, digits, - and _, "clients".'),
    "subdomain": (re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*"), 'Write what stands before SERVER_NAME, "clients".'),
}
"""The pattern of an option, and how to write it."""


class WrongOption(SetupError):
    """An argument of ``Acct`` or ``init_app`` with an invalid value."""


class UnknownOption(SetupError, TypeError):
    """An argument that ``Acct`` or ``init_app`` does not have. It is a ``TypeError``, as Python's own is."""


P = ParamSpec("P")


def spelled(call: Callable[P, None]) -> Callable[P, None]:
    """A misspelt argument is refused with a suggestion. Arguments are passed on unchanged."""
    known = [one.name for one in signature(call).parameters.values() if one.kind is one.KEYWORD_ONLY]

    @wraps(call)
    def checked(*args: P.args, **options: P.kwargs) -> None:
        for name in options:
            if name not in (*known, "app"):
                raise UnknownOption(
                    f"{call.__qualname__}() got an unexpected keyword argument {name!r}. {did_you_mean(name, known)}"
                )
        call(*args, **options)

    return checked


class HostDatabase(Protocol):
    """The part of the extension Flask-SQLAlchemy or Flask-SQLAlchemy-Lite that is used."""

    @property
    def engine(self) -> Engine: ...

    @property
    def session(self) -> Any: ...


@dataclass(frozen=True, slots=True)
class Options:
    """The arguments of ``Acct``, by their names; ``None`` if nothing was chosen."""

    config: Config | str | Path | None = None
    db: HostDatabase | None = None
    platform: str | None = None
    login_manager: LoginManager | None = None
    clock: Callable[[], datetime] | None = None
    verify: Verifiers | None = None
    area: str | Sequence[str] | None = None
    unchecked: str | Sequence[str] | None = None
    url_prefix: str | None = None
    name: str | None = None
    cookie_name: str | None = None
    subdomain: str | None = None
    errors: ErrorPages | None = None

    def over(self, earlier: Options) -> Options:
        """Return these, with the earlier ones where nothing was chosen."""
        chosen = {one.name: getattr(self, one.name) for one in fields(self)}
        return replace(earlier, **{name: value for name, value in chosen.items() if value is not None})


@dataclass(frozen=True, slots=True)
class Mount:
    """Where the pages are in the host's app, and the names of their parts."""

    url_prefix: str = PREFIX
    name: str = "acct"
    cookie_name: str | None = None
    subdomain: str | None = None
    errors: ErrorPages = "pages"

    def endpoint(self, name: str) -> str:
        """Return the endpoint of a page or file of ours: ``acct.static``."""
        return f"{self.name}.{name}"

    def page_of(self, endpoint: str | None) -> str:
        """Return the page or file of ours for an endpoint, ``login_form``; empty for one of the host's."""
        name, _, page = (endpoint or "").rpartition(".")
        return page if name == self.name else ""

    @property
    def blueprints(self) -> frozenset[str]:
        """The names of all blueprints of ours, without a host's own pages."""
        return frozenset({self.name, *map(self.beside, ("help", "votes", "mailbox", "operators"))})

    def holds(self, path: str) -> bool:
        """Whether a path is below the prefix of the pages."""
        return path == self.url_prefix or path.startswith(f"{self.url_prefix}/")

    def beside(self, name: str) -> str:
        """Return the name of a blueprint beside the first: ``acct_votes``."""
        return f"{self.name}_{name}"


def mount_of(options: Options, *, prefix: str | None = None) -> Mount:
    """Return where the pages are to be. Raises ``WrongOption``.

    Args:
        prefix: The path below which they are, if no option sets it.
    """
    chosen = prefix if options.url_prefix is None else options.url_prefix
    mount = Mount(
        url_prefix=PREFIX if chosen is None else chosen.rstrip("/"),
        name="acct" if options.name is None else options.name,
        cookie_name=options.cookie_name,
        subdomain=options.subdomain,
        errors="pages" if options.errors is None else options.errors,
    )
    for name, (form, fix) in FORMS.items():
        value = getattr(mount, name)
        if value is not None and not form.fullmatch(value):
            raise WrongOption(f"Acct({name}={value!r}) cannot be. {fix}")
    if mount.errors not in get_args(ErrorPages):
        fix = did_you_mean(str(mount.errors), get_args(ErrorPages))
        raise WrongOption(f'Acct(errors={mount.errors!r}) cannot be. There are "pages", "all" and "none". {fix}')
    return mount
