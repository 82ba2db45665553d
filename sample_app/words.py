"""The sample's own words, from words.toml. A host with Flask-Babel would use its catalogs instead."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Literal

from babel.dates import format_date
from babel.numbers import format_currency, format_decimal, format_percent
from flask import Flask

from flask_acct.declare.elements import Tone

from . import trades
from .extensions import acct

TONES: dict[str, Tone] = {
    "paid": "success",
    "active": "success",
    "completed": "success",
    "sent": "success",
    "answered": "success",
    "commission_paid": "success",
    "unpaid": "warning",
    "ending": "warning",
    "expiring": "warning",
    "commission_waiting": "warning",
    "overdue": "error",
    "expired": "error",
    "ended": "error",
}
"""The colours of states; the others have none."""


def init_app(app: Flask) -> None:
    """Templates say words and sums: ``{{ say("invoices") }}``, ``{{ invoice.cents|money }}``."""
    app.add_template_global(say)
    app.add_template_global(label)
    app.add_template_global(tone)
    app.add_template_filter(money)
    app.add_template_filter(share)
    app.add_template_filter(named)


def say(word: str, **slots: object) -> str:
    """A word in the language of the reader: ``say("invoice", number="2026-0012")``."""
    return acct.frame.in_own_words(_in(word, acct.frame.locale)).format(**slots)


class later(Mapping[str, str]):  # noqa: N801
    """A word by language, known when it is shown: the menu is declared once, for readers of every language."""

    def __init__(self, word: str) -> None:
        self.word = word

    def __getitem__(self, locale: str) -> str:
        return _words(self.word)[locale]

    def __iter__(self) -> Iterator[str]:
        return iter(_words(self.word))

    def __len__(self) -> int:
        return len(_words(self.word))


def tone(state: str) -> Tone | Literal[""]:
    """The colour of a state, the same on every page."""
    return TONES.get(state, "")


def label(field: Any) -> str:
    """The words of a form's field; of several of the same kind, with the number: ``nameserver 2``."""
    word, _, number = field.label.text.partition(" ")
    return say(word, number=number)


def in_every_language(word: str, **slots: object) -> dict[str, str]:
    """For ``acct.send``, whose readers have languages of their own. A slot may be a function of the language."""
    return {
        locale: text.format(**{name: value(locale) if callable(value) else value for name, value in slots.items()})
        for locale, text in _words(word).items()
    }


def money(cents: int) -> str:
    """Euros as the reader's language writes them: ``€3.90``, ``3,90 €``."""
    return sum_in(cents)(acct.frame.locale)


def sum_in(cents: int) -> Callable[[str], str]:
    """Return the same for any language."""
    # Of the language alone: what the Unicode tables have for Argentina is "EUR3,90".
    return lambda locale: format_currency(cents / 100, "EUR", locale=locale.partition("_")[0])


def day_in(day: date) -> Callable[[str], str]:
    """Return a day as any language writes it: ``29 November 2026``."""
    return lambda locale: format_date(day, "long", locale=locale)


def named(plan: str) -> str:
    """What was bought, as the reader says it: ``Plus``; of ``messages 500``, "500 text messages"."""
    return name_in(plan)(acct.frame.locale)


def name_in(plan: str) -> Callable[[str], str]:
    """Return the same for any language."""
    credit, _, number = plan.partition(" ")
    if credit not in {pack.credit for pack in trades.here().packs}:
        return lambda _locale: plan
    return lambda locale: f"{format_decimal(int(number), locale=locale)} {_in(credit, locale)}"


def share(part: float) -> str:
    """A share as the reader's language writes it: ``27 %``."""
    return format_percent(part, locale=acct.frame.locale.partition("_")[0])


def _in(word: str, locale: str) -> str:
    known = _words(word)
    return known.get(locale) or known.get(locale.partition("_")[0]) or known["en"]


def _words(word: str) -> dict[str, str]:
    """The words of this company's trade, else those of all."""
    return by_trade().get(trades.here().name, {}).get(word) or table()[word]


@cache
def by_trade() -> dict[str, dict[str, dict[str, str]]]:
    """What a word is in one trade only, by the trade's name."""
    found: dict[str, dict[str, dict[str, str]]] = _file("words_by_trade.toml")
    return found


@cache
def table() -> dict[str, dict[str, str]]:
    """Every word by its id and language. ``es_AR`` falls back to ``es``."""
    found: dict[str, dict[str, str]] = _file("words.toml")
    return found


def _file(name: str) -> Any:
    return tomllib.loads((Path(__file__).parent / name).read_text("utf-8"))
