"""What is counted against whom: the meters of signing in, of asking for mail, of inviting.

A stranger can annoy but not lock out. So what one network does is counted for that network first, with a higher
ceiling for all of them together, and a browser that signed the user in before goes its own way past both.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import bindparam

from ..config import Config
from ..db import owners
from ..db.models import User
from ..scope import Scope
from . import limits
from .browsers import Browser
from .limits import KEPT_FOR, LASTING, LASTING_FOR, RateLimit, TooMany, around, key

HOUR, DAY = timedelta(hours=1), timedelta(days=1)

WIDER_TIMES = (1, 2, 4)
"""How many times as much a /64, a /56 and a /48 may do."""

LEFT_AFTER_PARDON, LEFT_ANYWHERE_AFTER_PARDON = 3, 10
"""So many more may fail from a network that used its tries up, and so many from all together."""

SUPPORT = "recovery.request"
"""The request that is mailed to a person."""

KNOWN_BROWSER_REQUESTS = 10
"""Anonymous requests an hour of one known browser."""

TO_ONE_ADDRESS_A_DAY = 5
"""Mails a day that one account or user may have sent to an address that is not theirs."""

TO_ONE_ADDRESS_A_DAY_ANYWHERE = 20
"""The same of all together, so that nobody floods a mailbox; whoever writes there for the first time is let through."""

Way = tuple[RateLimit, ...]


def sign_in(
    named: str, user: User | None, config: Config, *, network: str, browser: Browser
) -> tuple[tuple[Way, ...], Way]:
    """The ways a try to sign in may go, the better one first; and beside, what a success gives back.

    They are told apart by who sent it, never by whether there is such a user: only a browser in which the user signed
    in before has a way more.

    Args:
        named: Who is to be signed in, as it was typed: ``username:alice``. A count shared by all the names of a user
            would tell who is the same person, so each name has its share of what may fail.
    """
    crowd = of_network("sign_in_from", network, config.limits.sign_ins_per_address_per_hour)
    strangers = _strangers_failures(named, network, config)
    nonce = browser.nonce_of(user.id) if user else None
    if user is None or nonce is None:
        return ((*strangers, *crowd),), strangers
    own = _in_a_row(key("sign_in_with", str(user.id), nonce), config.limits.sign_in_failures)
    busy = RateLimit(key("sign_ins_of", str(user.id)), config.limits.known_browser_sign_ins_per_hour, HOUR)
    return ((own, busy), (*strangers, *crowd)), (own, *strangers)


def pardon(scope: Scope, user: User) -> None:
    """Nobody has to wait any more to sign in as this user, who has read a mail of theirs or has a new password.

    Networks that used their tries up are good for a few more, not for as many as ever.
    """
    names = [f"username:{user.username_key}", f"email:{user.email_key}"]
    names += [f"{name}:{user.fields[name]}" for name in scope.config.login.hosts if name in user.fields]
    names += [f"customer_number:{number}" for number in scope.db.scalars(_NUMBERS, {"user": user.id})]
    to = {_prefix("sign_in_with", str(user.id)): _after_pardon(scope.config.limits.sign_in_failures)}
    for name in names:
        to |= {_prefix(_FAILED[times], name): _after_pardon(_failures(scope.config) * times) for times in WIDER_TIMES}
        to[key(LASTING, name)] = max(0, _failures_anywhere(scope.config) - LEFT_ANYWHERE_AFTER_PARDON)
    limits.lower(scope.db, to)
    limits.clear(scope.db, current_password_key(user))


_FAILED = {1: "sign_in", 2: "sign_in_56", 4: "sign_in_48"}
"""The subject of what failed in a network, by how many times as much it may do."""

_NUMBERS = owners.numbers_of(bindparam("user"))


def _strangers_failures(named: str, network: str, config: Config) -> Way:
    here = tuple(
        _in_a_row(key(_FAILED[times], named, at=net), _failures(config) * times)
        for net, times in zip(around(network), WIDER_TIMES, strict=False)
    )
    return (*here, _in_a_row(key(LASTING, named), _failures_anywhere(config), LASTING_FOR))


def _prefix(subject: str, about: str) -> str:
    """What the keys begin with of something that is counted in each place."""
    return key(subject, about, at="anywhere").rpartition(":")[0] + ":"


def _after_pardon(limit: int) -> int:
    return max(0, limit - LEFT_AFTER_PARDON)


def _failures(config: Config) -> int:
    return max(1, config.limits.sign_in_failures // len(config.login.identifiers))


def _failures_anywhere(config: Config) -> int:
    return max(1, config.limits.sign_in_failures_anywhere // len(config.login.identifiers))


def _in_a_row(key: str, limit: int, per: timedelta = KEPT_FOR) -> RateLimit:
    return RateLimit(key, limit, per, is_in_a_row=True)


def current_password(user: User, config: Config) -> RateLimit:
    """Wrong current passwords of somebody who is signed in, whichever form they are given in."""
    return _in_a_row(current_password_key(user), config.limits.sign_in_failures)


def current_password_key(user: User) -> str:
    """Under which they are counted."""
    return key("current_password", str(user.id))


def request(screen: str, config: Config, *, network: str, browser: Browser) -> tuple[Way, ...]:
    """The ways an anonymous request may go. A crowd in its network, or everywhere, does not stop a known browser."""
    limits = config.limits
    strangers = (
        *of_network("request_from", network, limits.requests_per_address),
        RateLimit(key(ANYWHERE, ""), limits.requests_per_hour, HOUR),
    )
    if screen == SUPPORT:
        strangers += (
            *of_network("support_request_from", network, limits.support_requests_per_address),
            RateLimit(key(ANYWHERE, SUPPORT), limits.support_requests_per_hour, HOUR),
        )
    if browser.nonce is None:
        return (strangers,)
    return (RateLimit(key("request_with", browser.nonce), KNOWN_BROWSER_REQUESTS, HOUR),), strangers


ANYWHERE = "request_anywhere"
"""The subject of what everybody together asks for."""


def is_anywhere(refused: TooMany) -> bool:
    """Whether everybody together asks for too much, and not this visitor or their network."""
    return refused.by.startswith(f"{ANYWHERE}:")


def of_network(subject: str, network: str, per_hour: int) -> Way:
    """So much an hour from one network, more from the wider ones it lies in."""
    return tuple(
        RateLimit(key(subject, net), per_hour * times, HOUR)
        for net, times in zip(around(network), WIDER_TIMES, strict=False)
    )


def sender(network: str, browser: Browser) -> str:
    """Return who asked, as far as it can be told: a known browser, else a network. Fits ``PendingRequest.answer``."""
    return key("", browser.nonce or network)[1:33]


def anonymous_mail(subject: str, about: str, sender: str, config: Config) -> Way:
    """A mail with a way in, to one user or address. Once too many were asked for there is still one an hour.

    So whatever strangers ask for, the owner's own request brings a mail, or has a fresh one in the mailbox already.
    """
    limits = config.limits
    return (
        RateLimit(key(subject, f"{about} {sender}"), limits.recoveries_per_day, DAY, is_in_a_row=True, pause=HOUR),
        RateLimit(key(subject, about), limits.recoveries_per_day_anywhere, DAY, is_in_a_row=True, pause=HOUR),
    )


def strange_address(subject: str, address: str, by: str, *, each: int = TO_ONE_ADDRESS_A_DAY) -> tuple[Way, ...]:
    """A mail to an address that is not proven to be the sender's.

    What others sent there neither shows nor stops the first mail of the day; a ceiling keeps them from a flood.
    """
    mine = key(subject, f"{address} {by}")
    first = RateLimit(f"{mine}:1", 1, DAY)
    own, all_ = RateLimit(mine, each, DAY), RateLimit(key(subject, address), TO_ONE_ADDRESS_A_DAY_ANYWHERE, DAY)
    return ((own, all_), (first, own))
