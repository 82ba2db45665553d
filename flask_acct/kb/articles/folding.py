"""Words without their accents, and as parts of an address."""

from __future__ import annotations

import re
import unicodedata


def folded(word: str) -> str:
    return "".join(sign for sign in unicodedata.normalize("NFD", word) if not unicodedata.combining(sign)).lower()


def slug(words: str) -> str:
    """Return the words as part of an address: ``numero-de-cliente``."""
    return "-".join(re.findall(r"[a-z0-9]+", folded(words)))
