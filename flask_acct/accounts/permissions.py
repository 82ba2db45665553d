"""What a user may do in an account: everything as its owner, else what the owner has granted.

A permission also opens what it includes: whoever may change the passwords of products sees the products
(``config.INCLUDES``, and ``includes`` of a host's own permissions). A stored permission that acct.toml no longer
declares grants nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from ..config import Config
from ..config.problems import did_you_mean
from ..db.models import Membership
from ..declare.elements import MEMBER, OWNER, SUB_USER
from ..declare.texts import Text
from ..errors import AcctError
from ..platform import Platform


@dataclass(frozen=True, slots=True)
class NotOwner:
    """Whoever asked for this is not, or is no longer, the owner of the account."""


class UnknownPermission(AcctError):
    """acct.toml has no such permission."""

    def __init__(self, permission: str, config: Config) -> None:
        fix = did_you_mean(permission, config.users.offered)
        super().__init__(f'"{permission}" is not a permission of acct.toml, [users.permissions]. {fix}')


def is_enough(membership: Membership | None, needs: str, config: Config) -> bool:
    """Whether a membership is enough for a permission, or for ``MEMBER``, ``OWNER`` or ``SUB_USER``."""
    if membership is None:
        return False
    if needs in (MEMBER, OWNER, SUB_USER):
        return needs == MEMBER or membership.is_owner == (needs == OWNER)
    return membership.is_owner or needs in of(membership, config)


def known(names: Iterable[str], config: Config) -> list[str]:
    """Return those that are declared, in the order of their boxes, each once."""
    wanted = set(names)
    return [name for name in config.users.offered if name in wanted]


def named(names: Iterable[str], platform: Platform) -> Text | tuple[Text, ...]:
    """Return what a sentence calls permissions; where there are none, the words that say so."""
    texts = platform.declared.texts
    every = tuple(texts[f"users.permission.{name}"] for name in known(names, platform.config))
    return every or texts["users.list.nothing"]


def role_of(names: Iterable[str], config: Config) -> str | None:
    """Return the role that has exactly these permissions, with all they include; ``None`` if no role has."""
    opened = config.users.opened_by(names)
    roles = config.permissions_of_roles.items()
    return next((role for role, granted in roles if opened and config.users.opened_by(granted) == opened), None)


def role_words(names: Iterable[str], platform: Platform) -> Text:
    """Return what a list calls these permissions: the role that has them, or the words for any others, or for none."""
    texts, granted = platform.declared.texts, known(names, platform.config)
    if not granted:
        return texts["users.list.nothing"]
    role = role_of(granted, platform.config)
    return texts[f"users.role.{role}" if role else "users.list.custom"]


def in_short(names: Iterable[str], platform: Platform, say: Callable[..., str]) -> str:
    """Return how many permissions somebody has, with those that they include: ``3 of 11 permissions``.

    Args:
        say: Says a sentence in the reader's language.
    """
    users = platform.config.users
    return say("users.list.several", count=len(users.opened_by(names)), total=len(users.offered))


def lines(grants: Iterable[str], locale: str | None, platform: Platform) -> list[str]:
    """Return what permissions let somebody do, a line each; a line that says so where there are none."""
    config = platform.config
    language = config.site.nearest_locale(locale)
    names = [f"users.permission.{name}" for name in known(grants, config)]
    return [platform.say(name, language) for name in names or ["users.list.nothing"]]


def of(membership: Membership, config: Config) -> Sequence[str]:
    """Return everything somebody may do in an account, including what the granted permissions include."""
    return config.users.offered if membership.is_owner else config.users.opened_by(membership.permissions)


def raise_unless_declared(needs: str, config: Config) -> None:
    """Raise ``UnknownPermission`` unless *needs* is a declared permission, or ``MEMBER``, ``OWNER`` or ``SUB_USER``."""
    if needs not in (MEMBER, OWNER, SUB_USER, *config.users.offered):
        raise UnknownPermission(needs, config)
