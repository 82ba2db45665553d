"""A form as it was received, from HTML or JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Complaint:
    """What is wrong with a field: a declared message and its slots."""

    id: str
    slots: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Filled:
    """A received form: the value of each field, what is wrong with it by field name, and whether it was ours.

    A value is what its field reads (``Field.read``): text, whether a box is ticked, the ticked boxes, or a file.
    """

    values: Mapping[str, Any]
    complaints: Mapping[str, Complaint]
    csrf: Complaint | None = None

    @property
    def is_good(self) -> bool:
        return not self.complaints and self.csrf is None
