"""How acct.toml is found, read and checked, and the presets that are shipped.

``read(path)`` returns the configuration or raises ``ConfigError`` with *every* problem at once, each naming the line,
the table and the key, what is wrong and how to fix it.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ..values import text_files
from . import toml_faults
from .acct_toml import Config
from .across import faults_across
from .problems import ConfigError, Problem, ValueFault, did_you_mean, faults, lines_of, problem

PRESETS = resources.files("flask_acct") / "presets"

SCHEMA_BESIDE_IT = """\
#:schema ./acct.schema.json
# Editors check and explain this file as you type, once you have run: flask acct schema > acct.schema.json
"""


def presets() -> tuple[str, ...]:
    """Return the names of the shipped presets."""
    return tuple(sorted(file.name.removesuffix(".toml") for file in PRESETS.iterdir() if file.name.endswith(".toml")))


def preset_text(name: str) -> str:
    """Return the text of a shipped preset. Raises ``ConfigError`` for a preset that does not exist."""
    if name not in presets():
        raise ConfigError(f'preset "{name}"', [Problem("", "is not one of the shipped", did_you_mean(name, presets()))])
    return (PRESETS / f"{name}.toml").read_text("utf-8")


def starting_text(name: str) -> str:
    """Return the text of a new ``acct.toml`` made from a shipped preset.

    Raises ``ConfigError`` for a preset that does not exist.
    """
    return preset_text(name).replace("#:schema ../acct.schema.json\n", SCHEMA_BESIDE_IT, 1)


def preset(name: str) -> Config:
    """Return the configuration of a shipped preset. Raises ``ConfigError`` for a preset that does not exist."""
    return parse(preset_text(name), f"{name}.toml")


def find(source: str | Path) -> Config:
    """Return the configuration of a preset, given its name, or of a file, given its path. Raises ``ConfigError``."""
    if str(source) in presets() and not Path(source).exists():
        return preset(str(source))
    return read(Path(source))


def read(path: Path) -> Config:
    """Return the configuration in a file. Raises ``ConfigError``."""
    try:
        text = text_files.read(path)
    except FileNotFoundError:
        raise ConfigError(str(path), [Problem("", "does not exist", _instead_of(path))]) from None
    except text_files.NotUtf8 as error:
        raise ConfigError(str(path), [Problem("", error.what, "Save it as UTF-8.", error.line)]) from None
    except (OSError, ValueError) as error:
        raise ConfigError(str(path), [Problem("", f"cannot be read: {error}", "Set ACCT_CONFIG to a file.")]) from None
    return parse(text, path.name).model_copy(update={"folder": path.absolute().parent})


def _instead_of(path: Path) -> str:
    close = difflib.get_close_matches(str(path), presets(), 1)
    if close:
        return f'Did you mean the preset "{close[0]}"?'
    return "Run 'flask acct init' to write one, or set ACCT_CONFIG to where it is."


def parse(text: str, source: str = "acct.toml") -> Config:
    """Return the configuration in a text. Error messages call the text ``source``. Raises ``ConfigError``."""
    try:
        tables = tomllib.loads(text)
    # Numbers with too many digits and brackets nested too deeply raise other errors than TOMLDecodeError.
    except (ValueError, RecursionError) as error:
        raise ConfigError(source, [toml_faults.problem(text, error)]) from None
    return check(tables, source=source, text=text)


def check(tables: Mapping[str, Any], *, source: str = "acct.toml", text: str = "") -> Config:
    """Return the configuration in tables as TOML parses them. Raises ``ConfigError``.

    Args:
        source: What error messages call the file.
        text: The text that the tables were parsed from, to tell the lines of problems.
    """
    found = list(faults_across(tables))
    config = None
    try:
        config = Config.model_validate(tables)
    except ValidationError as error:
        found = [*faults(error, Config), *found]
    if "platform" in tables:
        found.insert(0, ValueFault(("platform",), "is not a key of this file", "Set ACCT_PLATFORM instead."))
    if "folder" in tables:
        found.insert(0, ValueFault(("folder",), "is not a key of this file", "Remove it."))
    if found or config is None:
        lines = lines_of(text)
        problems = [problem(fault, Config, lines) for fault in found]
        raise ConfigError(source, sorted(problems, key=lambda found: found.line))
    return config


def served_at(config: Config, url: str | None, platform: str | None = None) -> Config:
    """Return the configuration with another public address, such as a developer's port. ``None`` changes nothing.

    Args:
        platform: The platform that has the address, by default the first; the others keep theirs.
    """
    if not url:
        return config
    tables = config.model_dump(exclude_unset=True)
    tables.setdefault("site", {})["public_url"] = url
    served = platform or next(iter(config.platforms), None)
    if served in config.platforms:
        tables["platforms"][served]["url"] = url
    return check(tables, source="ACCT_PUBLIC_URL").model_copy(update={"folder": config.folder})
