"""Which limits apply to whom: for signing in, requesting mails and inviting.

A stranger can annoy but not lock out. So failures are counted for each network first, with a higher
ceiling for all networks together, and a browser that signed the user in before has limits of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

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
"""How many times the limit of a /64 holds for a /64, a /56 and a /48."""

LEFT_AFTER_PARDON, LEFT_ANYWHERE_AFTER_PARDON = 3, 10
"""So many more tries may fail from a network that used up its own, and so many from all networks together."""

SUPPORT = "recovery.request"
"""The request that is mailed to a person."""

KNOWN_BROWSER_REQUESTS = 10
"""Anonymous requests an hour of one known browser."""

TO_ONE_ADDRESS_A_DAY = 5
"""Mails a day that one account or user may have sent to an address that is not theirs."""

TO_ONE_ADDRESS_A_DAY_ANYWHERE = 20
"""The same for all senders together, so that nobody floods a mailbox; whoever writes there for the first time may."""

Way = tuple[RateLimit, ...]


def sign_in(
    named: str, user_id: int | None, config: Config, *, network: str, browser: Browser
) -> tuple[tuple[Way, ...], Way]:
    """Return the ways in which a sign-in may be tried, the better one first; and the limits that a success lowers.

    They differ by who sends it, never by whether there is such a user: only a browser in which the user signed in
    before has one way more.

    Args:
        named: The typed identifier with its kind: ``username:alice``. A count shared by all the names of a user would
            reveal that they are the same person, so each name has its own share of the allowed failures.
    """
    crowd = of_network("sign_in_from", network, config.limits.sign_ins_per_address_per_hour)
    strangers = _strangers_failures(named, network, config)
    nonce = browser.nonce_of(user_id) if user_id else None
    if nonce is None:
        return ((*strangers, *crowd),), strangers
    own = _in_a_row(key("sign_in_with", str(user_id), nonce), config.limits.sign_in_failures)
    busy = RateLimit(key("sign_ins_of", str(user_id)), config.limits.known_browser_sign_ins_per_hour, HOUR)
    return ((own, busy), (*strangers, *crowd)), (own, *strangers)


def pardon(scope: Scope, user: User) -> None:
    """Nobody has to wait any more to sign in as this user, who has read a mail of theirs or has a new password.

    Networks that used up their tries get a few more, not as many as before.
    """
    limits.lower(scope, {one.key: max(0, one.limit - _left_after_pardon(one)) for one in _failures_of(scope, user)})
    limits.clear(scope, current_password_key(user))


def limited_until(scope: Scope, user: User) -> datetime | None:
    """Return until when somebody has to wait to sign in as this user, in the place that waits longest."""
    failures = _failures_of(scope, user)
    below = limits.states_below(scope, [one.key for one in failures])
    waits = [one.wait(state, scope.now) for one in failures for state in below[one.key]]
    longest = max(waits, default=timedelta(0))
    return scope.now + longest if longest else None


def _failures_of(scope: Scope, user: User) -> Sequence[RateLimit]:
    """Return the limits of wrong passwords for one user, each with the prefix of its keys in all places."""
    names = [f"username:{user.username_key}", f"email:{user.email_key}"]
    names += [f"{name}:{user.fields[name]}" for name in scope.config.login.hosts if name in user.fields]
    names += [f"customer_number:{number}" for number in scope.db.scalars(_NUMBERS, {"user": user.id})]
    found = [_in_a_row(_prefix("sign_in_with", str(user.id)), scope.config.limits.sign_in_failures)]
    for name in names:
        found += [_in_a_row(_prefix(_FAILED[times], name), _failures(scope.config) * times) for times in WIDER_TIMES]
        found.append(_in_a_row(key(LASTING, name), _failures_anywhere(scope.config), LASTING_FOR))
    return found


_FAILED = {1: "sign_in", 2: "sign_in_56", 4: "sign_in_48"}
"""The subject of failures in a network, by how many times the limit holds."""

_NUMBERS = owners.numbers_of(bindparam("user"))


def _strangers_failures(named: str, network: str, config: Config) -> Way:
    here = tuple(
        _in_a_row(key(_FAILED[times], named, at=net), _failures(config) * times)
        for net, times in zip(around(network), WIDER_TIMES, strict=False)
    )
    return (*here, _in_a_row(key(LASTING, named), _failures_anywhere(config), LASTING_FOR))


def _prefix(subject: str, about: str) -> str:
    """Return the prefix of the keys of something that is counted for each place."""
    return key(subject, about, at="anywhere").rpartition(":")[0] + ":"


def _left_after_pardon(failures: RateLimit) -> int:
    is_anywhere = failures.key.startswith(f"{LASTING}:")
    return LEFT_ANYWHERE_AFTER_PARDON if is_anywhere else LEFT_AFTER_PARDON


def _failures(config: Config) -> int:
    return max(1, config.limits.sign_in_failures // len(config.login.identifiers))


def _failures_anywhere(config: Config) -> int:
    return max(1, config.limits.sign_in_failures_anywhere // len(config.login.identifiers))


def _in_a_row(key: str, limit: int, per: timedelta = KEPT_FOR) -> RateLimit:
    return RateLimit(key, limit, per, is_in_a_row=True)


def current_password(user: User, config: Config) -> RateLimit:
    """Return the limit for wrong current passwords of a signed-in user, whichever form they are typed in."""
    return _in_a_row(current_password_key(user), config.limits.sign_in_failures)


def current_password_key(user: User) -> str:
    """Return the key they are counted under."""
    return key("current_password", str(user.id))


def request(screen: str, config: Config, *, network: str, browser: Browser) -> tuple[Way, ...]:
    """Return the ways of an anonymous request. A crowd in its network, or everywhere, does not stop a known browser."""
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
"""The subject of the requests of all visitors together."""


def is_anywhere(refused: TooMany) -> bool:
    """Whether all visitors together request too much, and not this visitor or their network."""
    return refused.by.startswith(f"{ANYWHERE}:")


def of_network(subject: str, network: str, per_hour: int) -> Way:
    """Return limits an hour for one network, and higher ones for the wider networks it is in."""
    return tuple(
        RateLimit(key(subject, net), per_hour * times, HOUR)
        for net, times in zip(around(network), WIDER_TIMES, strict=False)
    )


def sender(network: str, browser: Browser) -> str:
    """Return who asked, as far as can be told: a known browser, else a network. Fits ``PendingRequest.answer``."""
    return key("", browser.nonce or network)[1:33]


def anonymous_mail(subject: str, about: str, sender: str, config: Config) -> Way:
    """Return the limits of a mail that lets one user or address in. Once reached, they still allow one mail an hour.

    So whatever strangers request, the owner's own request brings a mail, or has brought one within the hour.
    """
    limits = config.limits
    return (
        RateLimit(key(subject, f"{about} {sender}"), limits.recoveries_per_day, DAY, is_in_a_row=True, pause=HOUR),
        RateLimit(key(subject, about), limits.recoveries_per_day_anywhere, DAY, is_in_a_row=True, pause=HOUR),
    )


def strange_address(subject: str, address: str, by: str, *, each: int = TO_ONE_ADDRESS_A_DAY) -> tuple[Way, ...]:
    """Return the limits of a mail to an address that is not proven to be the sender's.

    Mails that others sent there neither show nor stop the first mail of the day; a ceiling prevents a flood.
    """
    mine = key(subject, f"{address} {by}")
    first = RateLimit(f"{mine}:1", 1, DAY)
    own, all_ = RateLimit(mine, each, DAY), RateLimit(key(subject, address), TO_ONE_ADDRESS_A_DAY_ANYWHERE, DAY)
    return ((own, all_), (first, own))
