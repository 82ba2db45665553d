"""Counts of rate limits in Redis or Valkey instead of the database, for sites of many machines.

``limits`` reads the address and makes the connections. What is counted is counted by scripts of our own, because the
library counts one key at a time: here a try is counted under every limit or under none. Windows and waits are computed
by ``security.limits`` for both kinds of storage, by the app's clock.

A limit's key ``sign_in:3f9a…:77b0…`` is the field ``77b0…`` of the hash ``acct:sign_in:3f9a…``, so that all places
where one thing is counted are found without looking through all keys. Redis forgets what is too old to matter.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple, cast
from urllib.parse import urlsplit
from weakref import finalize

from ..errors import SetupError

if TYPE_CHECKING:
    from redis import Redis

log = logging.getLogger("flask_acct")

SCHEMES = {
    "redis": "redis", "rediss": "rediss", "redis+unix": "redis+unix",
    "valkey": "redis", "valkeys": "rediss", "valkey+unix": "redis+unix",
}  # fmt: skip
"""What an address may begin with, and how the client says it: Valkey understands all that is sent to Redis here."""

TIMEOUT_SECONDS = 0.25
"""How long one answer is waited for; a Redis beside the app needs less than a thousandth of it."""

PAUSE_SECONDS = 5.0
"""How long it is not asked after it did not answer, so that visitors do not wait for it one by one."""

CLOCKS_DIFFER = timedelta(minutes=1)
"""By how much the clocks of two machines may differ: counts are kept so much longer."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

COUNT = """
local made = {}
for i = 1, #KEYS do
  local field, cap, ends = ARGV[i * 5 - 3], tonumber(ARGV[i * 5 - 2]), tonumber(ARGV[i * 5 - 1])
  local count, since = 0, ARGV[1]
  local stored = redis.call('HGET', KEYS[i], field)
  if stored then
    local number, start = string.match(stored, '^(%d+) (%-?%d+)$')
    if tonumber(start) > ends then
      count = tonumber(number)
      if count >= cap then return false end
      if ARGV[i * 5] == '0' then since = start end
    end
  end
  made[i] = {count + 1, since}
end
local counts = {}
for i = 1, #KEYS do
  redis.call('HSET', KEYS[i], ARGV[i * 5 - 3], made[i][1] .. ' ' .. made[i][2])
  local kept = tonumber(ARGV[i * 5 + 1])
  if redis.call('PTTL', KEYS[i]) < kept then redis.call('PEXPIRE', KEYS[i], kept) end
  counts[i] = made[i][1]
end
return counts
"""
"""Adds one to every field or to none. ARGV: now; then for each its field, its cap, until when a count is forgotten,
whether its time moves with each try, and how many milliseconds it is kept. Redis runs one script at a time."""

GIVE_BACK = """
for i = 1, #KEYS do
  local field, less = ARGV[i * 2 - 1], tonumber(ARGV[i * 2])
  local stored = redis.call('HGET', KEYS[i], field)
  if stored then
    local number, start = string.match(stored, '^(%d+) (%-?%d+)$')
    if tonumber(number) > less then
      redis.call('HSET', KEYS[i], field, (tonumber(number) - less) .. ' ' .. start)
    else
      redis.call('HDEL', KEYS[i], field)
    end
  end
end
"""

LOWER = """
for i = 1, #KEYS do
  local places, most = ARGV[i * 2 - 1], ARGV[i * 2]
  local all = redis.call('HGETALL', KEYS[i])
  for j = 1, #all, 2 do
    local number, start = string.match(all[j + 1], '^(%d+) (%-?%d+)$')
    if (places == '0' or all[j] ~= '') and tonumber(number) > tonumber(most) then
      redis.call('HSET', KEYS[i], all[j], most .. ' ' .. start)
    end
  end
end
"""


class BadLimitStorage(SetupError):
    """``ACCT_LIMITS_STORAGE`` or ``[limits] storage`` names nothing in which limits can be counted."""

    def __init__(self, what: str, fix: str) -> None:
        # The address itself may hold a password.
        super().__init__(f"The storage of limits {what}. {fix}")


class CountsAway(Exception):
    """Redis does not answer. Limits are counted in the database until it does."""


class CountedRow(NamedTuple):
    """What is counted under one key."""

    key: str
    cap: int
    """Up to which count it may be counted."""
    forgotten_until: datetime
    """A count that began then or earlier starts again from nothing."""
    slides: bool
    """Whether its time is that of the latest try, instead of the first one in its window."""
    kept_for: timedelta


class SharedCounts:
    """Counts that all machines share. Everything it does raises ``CountsAway`` while Redis does not answer.

    Args:
        url: ``redis://10.0.0.5:6379/0``, ``rediss://…`` for TLS, ``redis+unix:///run/redis.sock``, or the same with
            ``valkey``. Nothing is connected to before the first try.
        pause: Seconds without asking after it did not answer.

    Raises ``BadLimitStorage`` for an address of another kind, or without the library.
    """

    def __init__(self, url: str, *, pause: float = PAUSE_SECONDS) -> None:
        self.url = _understood(url)
        self._client = _client_of(self.url)
        finalize(self, self._client.close)
        self.pause = pause
        self._away_until = 0.0
        self._is_away = False

    @property
    def server(self) -> str:
        """Return where it is, without a password: ``10.0.0.5:6379/0``."""
        parts = urlsplit(self.url)
        return f"{parts.netloc.rpartition('@')[2]}{parts.path}"

    def states(self, keys: Sequence[str]) -> dict[str, tuple[int, datetime]]:
        """Return the count of each key that has one, and since when."""
        with self._asked() as redis:
            pipeline = redis.pipeline(transaction=False)
            for key in keys:
                pipeline.hget(*_place(key))
            stored = pipeline.execute()
        return {key: _state(one) for key, one in zip(keys, stored, strict=True) if one is not None}

    def count(self, rows: Sequence[CountedRow], now: datetime) -> dict[str, int] | None:
        """One more is counted under each key, or under none: then ``None`` is returned, because one of them is full.

        Returns the present counts, by key.
        """
        places = [_place(row.key) for row in rows]
        arguments: list[Any] = [_microseconds(now)]
        for row, (_, field) in zip(rows, places, strict=True):
            kept = (row.kept_for + CLOCKS_DIFFER) // timedelta(milliseconds=1)
            arguments += [field, row.cap, _microseconds(row.forgotten_until), int(row.slides), kept]
        counts = self._run(COUNT, [name for name, _ in places], arguments)
        return None if counts is None else {row.key: number for row, number in zip(rows, counts, strict=True)}

    def give_back(self, counts: Mapping[str, int]) -> None:
        """Each count is lower by so much, but never below nothing."""
        places = [(*_place(key), less) for key, less in counts.items()]
        self._run(GIVE_BACK, [name for name, _, _ in places], [one for _, *rest in places for one in rest])

    def clear(self, keys: Sequence[str]) -> None:
        """The counts start again from nothing."""
        with self._asked() as redis:
            pipeline = redis.pipeline(transaction=False)
            for key in keys:
                pipeline.hdel(*_place(key))
            pipeline.execute()

    def lower(self, to: Mapping[str, int]) -> None:
        """No count is higher than given for its prefix, which is two parts of a key: ``{"sign_in:3f9a…:": 7}``.

        Without a colon at its end it stands for the count that has no place, too.
        """
        arguments = [one for prefix, most in to.items() for one in (int(prefix.endswith(":")), most)]
        self._run(LOWER, [_place(prefix.removesuffix(":"))[0] for prefix in to], arguments)

    def states_below(self, prefixes: Sequence[str]) -> dict[str, list[tuple[int, datetime]]]:
        """Return each count below a prefix, as ``lower`` takes it, and since when."""
        with self._asked() as redis:
            pipeline = redis.pipeline(transaction=False)
            for prefix in prefixes:
                pipeline.hvals(_place(prefix.removesuffix(":"))[0])
            stored = pipeline.execute()
        return {prefix: [_state(one) for one in values] for prefix, values in zip(prefixes, stored, strict=True)}

    def about(self) -> Mapping[str, Any]:
        """Return what the server says of itself: ``{"redis_version": "7.0.15", "maxmemory_policy": …}``."""
        with self._asked(at_once=True) as redis:
            found: Any = redis.info()
            return cast(Mapping[str, Any], found)

    def _run(self, script: str, keys: Sequence[str], arguments: Sequence[Any]) -> Any:
        with self._asked() as redis:
            return redis.register_script(script)(keys, arguments)

    @contextmanager
    def _asked(self, *, at_once: bool = False) -> Iterator[Redis]:
        """Yield the client. Raise ``CountsAway`` for its errors, and in the pause after one.

        Args:
            at_once: Whether it is asked even so soon after an error.
        """
        from redis.exceptions import RedisError

        if not at_once and time.monotonic() < self._away_until:
            raise CountsAway
        try:
            yield self._client
        except (RedisError, OSError) as error:
            self._note_absence(error)
            raise CountsAway(type(error).__name__) from error
        if self._is_away:
            self._is_away = False
            log.warning("Redis answers again: limits are counted there")

    def _note_absence(self, error: Exception) -> None:
        self._away_until = time.monotonic() + self.pause
        if not self._is_away:
            self._is_away = True
            # Not the error's text, which may hold the address and its password.
            log.warning("Redis does not answer (%s): limits are counted in the database", type(error).__name__)


def _understood(url: str) -> str:
    """Return the address as the client reads it. Raises ``BadLimitStorage``."""
    scheme, colon, rest = url.strip().partition("://")
    if scheme not in SCHEMES or not colon or not rest:
        fix = 'Write "database", or an address such as redis://10.0.0.5:6379/0. ' + (
            "Behind Sentinel or as a cluster it has no single address: put one before it." if "+" in scheme else ""
        )
        raise BadLimitStorage("is neither the database nor an address of Redis or Valkey", fix.strip())
    try:
        import limits.storage  # noqa: F401 - whether it is there
        import redis  # noqa: F401
    except ImportError:
        raise BadLimitStorage("is Redis, whose library is missing", 'Run: pip install "flask_acct[redis]"') from None
    return f"{SCHEMES[scheme]}://{rest}"


def _client_of(url: str) -> Redis:
    from limits.storage import RedisStorage
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    options: dict[str, Any] = {
        "socket_timeout": TIMEOUT_SECONDS,
        "socket_connect_timeout": TIMEOUT_SECONDS,
        # Once: a connection that was kept may have been closed since.
        "retry": Retry(NoBackoff(), 1),
        "decode_responses": True,
    }
    try:
        client: Redis = RedisStorage(url, **options).storage
    except (TypeError, ValueError):
        raise BadLimitStorage("has an address that cannot be read", "Write redis://10.0.0.5:6379/0.") from None
    return client


def _place(key: str) -> tuple[str, str]:
    """Return the name of the hash and the field of a key."""
    subject, _, rest = key.partition(":")
    about, _, at = rest.partition(":")
    return f"acct:{subject}:{about}", at


def _state(stored: str) -> tuple[int, datetime]:
    number, _, since = stored.partition(" ")
    return int(number), EPOCH + int(since) * MICROSECOND


def _microseconds(moment: datetime) -> int:
    return (moment - EPOCH) // MICROSECOND
