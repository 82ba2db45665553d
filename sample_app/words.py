"""The sample's own words, from words.toml. A host with Flask-Babel would use its catalogs instead."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from babel.numbers import format_currency
from flask import Flask

from .extensions import acct


def init_app(app: Flask) -> None:
    """Templates say words and sums: ``{{ say("invoices") }}``, ``{{ invoice.cents|money }}``."""
    app.add_template_global(say)
    app.add_template_global(label)
    app.add_template_filter(money)


def say(word: str, **slots: object) -> str:
    """A word in the language of the reader: ``say("invoice", number="2026-0012")``."""
    known, locale = table()[word], acct.frame.locale
    text = known.get(locale) or known.get(locale.partition("_")[0]) or known["en"]
    return text.format(**slots)


def label(field: Any) -> str:
    """The words of a form's field; of several of the same kind, with the number: ``nameserver 2``."""
    word, _, number = field.label.text.partition(" ")
    return say(word, number=number)


def in_every_language(word: str, **slots: object) -> dict[str, str]:
    """For ``acct.send``, whose readers have languages of their own."""
    return {locale: text.format(**slots) for locale, text in table()[word].items()}


def money(cents: int) -> str:
    """Euros as the reader's language writes them: ``€3.90``, ``3,90 €``."""
    # Of the language alone: what the Unicode tables have for Argentina is "EUR3,90".
    return format_currency(cents / 100, "EUR", locale=acct.frame.locale.partition("_")[0])


@cache
def table() -> dict[str, dict[str, str]]:
    """Every word by its id and language. ``es_AR`` falls back to ``es``."""
    return tomllib.loads((Path(__file__).parent / "words.toml").read_text("utf-8"))
