"""What needs the attention of the signed-in user, for a host's home page: the host's own, and ours beside it.

A home page shows it by ``{% include "flask_acct/elements/news.html" %}``; nothing is asked for on other pages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from ..db.models import Account
from ..declare.elements import Tone

TONES: tuple[Tone, ...] = ("error", "warning", "info", "success")
"""The most urgent first."""


@dataclass(frozen=True, slots=True)
class News:
    """One thing that needs attention.

    Sample::

        News({"en": "An invoice is overdue.", "es": "Hay una factura vencida."}, "Pay it", "/invoices/7", tone="error")
    """

    words: Any
    """The sentence: a text for everybody, one by language, or what becomes a text when shown (``lazy_gettext``)."""
    link: Any = ""
    """The words of the link, written as the sentence is."""
    href: str = ""
    """Where the link leads: a path of the app or a complete address."""
    tone: Tone = "info"
    until: date | None = None
    """The last day on which it is shown, in the time zone of the site."""


Provider = Callable[[Account], Iterable[News]]
AnyNewsProvider = TypeVar("AnyNewsProvider", bound=Callable[..., Any])


def in_force(found: Iterable[News], today: date) -> list[News]:
    """Return those that are still shown today."""
    return [one for one in found if one.until is None or one.until >= today]
