"""A form as it arrived, whatever read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Complaint:
    """What is wrong with a field: a declared message and its slots."""

    id: str
    slots: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Filled:
    """A form as it arrived: what was typed, what is wrong with it by field name, and whether it was ours."""

    values: Mapping[str, str]
    complaints: Mapping[str, Complaint]
    csrf: Complaint | None = None
    files: Mapping[str, bytes] = field(default_factory=dict)
    """What the files hold that were sent, by field name."""

    @property
    def is_good(self) -> bool:
        return not self.complaints and self.csrf is None
