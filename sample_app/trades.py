"""What the company of a preset sells, as ``trades.toml`` says it: nothing else here knows a preset's name."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, current_app

ANY = "hosting"
"""The trade of a configuration of one's own."""


@dataclass(frozen=True, slots=True)
class Pack:
    """So much of a credit, at once: ``Pack("messages", 500, 2500)``."""

    credit: str
    """A column of ``Wallet``."""
    number: int
    cents: int


@dataclass(frozen=True, slots=True)
class Trade:
    """What there is to see and to buy."""

    name: str
    pages: Mapping[str, str]
    """The permission of each page, by the name of its module and blueprint."""
    buys: str = ""
    """The page where more is bought; empty where nothing is."""
    plan: str = ""
    """What an account has, where it is one thing and not a list of services."""
    monthly_cents: int = 0
    tax_percent: int = 21
    """The tax that every price contains."""
    packs: tuple[Pack, ...] = ()


def init_app(app: Flask, config: str) -> Trade:
    """The app serves the company of a preset, or of a file of one's own."""
    found = next((name for name, table in _tables().items() if config in table["presets"]), ANY)
    table = {key: value for key, value in _tables()[found].items() if key != "presets"}
    packs = tuple(Pack(**pack) for pack in table.pop("packs", ()))
    app.extensions["trade"] = trade = Trade(found, packs=packs, **table)
    return trade


def here() -> Trade:
    """What the company of this app sells."""
    found: Trade = current_app.extensions["trade"]
    return found


@cache
def _tables() -> dict[str, dict[str, Any]]:
    return tomllib.loads((Path(__file__).parent / "trades.toml").read_text("utf-8"))
