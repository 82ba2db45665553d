"""Unicode's normal forms, in bounded time."""

from __future__ import annotations

import unicodedata
from typing import Literal

LONGEST = 4000
"""Characters of a text that is brought to a normal form. Ordering a run of combining marks takes the square of its
length: 64 KB of them hold a process for seconds. No field of ours holds as much."""

Form = Literal["NFC", "NFD", "NFKC", "NFKD"]


def normalized(form: Form, text: str) -> str:
    """Return the text in a normal form; one of more than ``LONGEST`` characters as it is."""
    return text if len(text) > LONGEST else unicodedata.normalize(form, text)
