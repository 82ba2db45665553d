"""The application's secret keys, from which links and cookies are derived."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..errors import AcctError


class KeyLost(AcctError):
    """The application key that made a token is neither SECRET_KEY nor one of SECRET_KEY_FALLBACKS."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The application's secret keys, the current one first."""

    keys: tuple[bytes, ...]

    @classmethod
    def of(cls, current: str | bytes, fallbacks: Sequence[str | bytes] = ()) -> Keys:
        return cls(tuple(key.encode() if isinstance(key, str) else key for key in (current, *fallbacks)))

    @property
    def current(self) -> bytes:
        return self.keys[0]

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.keys)
