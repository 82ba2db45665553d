"""Identifiers of a host's that people sign in with besides ours: ``[login] identifiers = ["email", "phone"]``."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from flask import Flask, current_app
from sqlalchemy import select

from ..config import OwnField
from ..db.models import User
from ..declare import own_fields
from ..errors import AcctError
from ..security.admission import Named
from ..values.identifiers import LONGEST, visible
from ..values.unicode_forms import normalized
from .hooks import HostIdentifier
from .state import State, session, state


class NoIdentifier(AcctError):
    """acct.toml names an identifier for which no function is registered."""


def lookup() -> Callable[[str], Named | None] | None:
    """Return a function that finds a host's identifier; ``None`` if acct.toml has none. Raises ``NoIdentifier``."""
    names = state().platform.config.login.hosts
    if not names:
        return None
    known = {name: _known(name, state()) for name in names}

    def find(typed: str) -> Named | None:
        if len(typed) > LONGEST:
            return None
        for name, one in known.items():
            key = current_app.ensure_sync(one.key)(typed)
            if key:
                return Named(name, key, current_app.ensure_sync(one.find)(key))
        return None

    return find


def problems(app: Flask) -> Iterator[str]:
    """Yield identifiers by which nobody can be found, one line each."""
    # Without a context of the app: with its first, a LoginManager made late would be ours before "check" has said so.
    acct: State = app.extensions["acct"]
    for name in acct.platform.config.login.hosts:
        try:
            _known(name, acct)
        except NoIdentifier as error:
            yield str(error)


def plain_key(typed: str) -> str | None:
    """Return letters and digits alone, in lower case: one form for ``+34 600-00`` and ``+3460000``."""
    text = normalized("NFKC", visible(typed)).casefold()
    return "".join(character for character in text if character.isalnum()) or None


def _known(name: str, acct: State) -> HostIdentifier:
    declared = acct.hooks.identifiers.get(name)
    field = acct.platform.config.fields.user.get(name)
    if declared is not None:
        return declared
    if field is None:
        raise NoIdentifier(
            f'acct.toml, [login] identifiers names "{name}". Say how its user is found, @acct.identifier("{name}"), or '
            f"declare a field of users for it, [fields.user.{name}]."
        )
    if field.editable_by != "host":
        raise NoIdentifier(
            f'acct.toml, [login] identifiers names "{name}", which users fill in themselves: whoever types what is '
            f'somebody else\'s makes it name two, and so nobody. Write editable_by = "host" in [fields.user.{name}] '
            f'and keep what is proven in it, or say how its user is found: @acct.identifier("{name}").'
        )
    return _of_field(name, field)


def _of_field(name: str, field: OwnField) -> HostIdentifier:
    """Return a look-up by a field of users that the host maintains. A value that several users have finds nobody."""

    def key(typed: str) -> str | None:
        try:
            return str(own_fields.understood(field, typed, name=f"fields.user.{name}"))
        except own_fields.NotOne:
            return None

    def find(key: str) -> User | None:
        found = session().scalars(select(User).where(User.fields[name].as_string() == key).limit(2)).all()
        return found[0] if len(found) == 1 else None

    return HostIdentifier(key, find)
