"""Problems of acct.toml in terms of the file: line, table, key, what is wrong and how to fix it."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError

from ..errors import SetupError

Path = tuple[str | int, ...]
"""The path to a value: ``("site", "locales", 0)``."""

Lines = Mapping[tuple[str, ...], int]
"""The line numbers of tables and keys, by path; unknown ones are missing."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with the configuration; ``where`` and ``what`` make a sentence.

    Sample: ``Problem("[session]", 'has no key "idle_minuts"', 'Did you mean "idle_minutes"?', 12)``.
    """

    where: str
    what: str
    fix: str = ""
    line: int = 0
    """The line number in the file; 0 if unknown."""

    def __str__(self) -> str:
        return " ".join(part for part in (self.where, f"{self.what}.", self.fix) if part)


class ConfigError(SetupError):
    """The configuration cannot be used. ``problems`` lists everything that is wrong with it."""

    def __init__(self, source: str, problems: Iterable[Problem]) -> None:
        self.source = source
        self.problems = tuple(problems)
        super().__init__("\n".join(f"{_place(source, problem.line)}: {problem}" for problem in self.problems))


class InvalidValue(ValueError):
    """A value is not what its key needs. Raised by the validators of a key or table."""

    def __init__(self, what: str, fix: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.fix = fix


@dataclass(frozen=True, slots=True)
class ValueFault:
    """Something wrong with the value at a path."""

    path: Path
    what: str
    fix: str = ""
    key: str = ""
    """The unknown key below the path, if that is the fault; it tells the line."""


def problem(fault: ValueFault, root: type[BaseModel], lines: Lines) -> Problem:
    """Return the problem in terms of the file: its table, key and line."""
    return Problem(_where(fault.path, root), fault.what, fault.fix, _line((*fault.path, fault.key), lines))


def faults(error: ValidationError, root: type[BaseModel]) -> Iterator[ValueFault]:
    """Yield every fault that pydantic found, without those that only follow from another."""
    found = error.errors(include_url=False)
    bad_names = {details["loc"][:-1] for details in found if details["loc"][-1:] == ("[key]",)}
    for details in found:
        # A wrong name is reported once, not again for the value below it.
        if details["loc"] not in bad_names and not _follows(dict(details)):
            yield _fault(dict(details), root)


def _follows(details: dict[str, Any]) -> bool:
    """Whether the error only follows from another one: a list is too short because its items are wrong."""
    return details["type"] == "default_factory_not_called" or (
        details["type"] == "too_short" and len(details["input"]) > 0
    )


def did_you_mean(name: str, known: Iterable[str], *, shape: str = '"{}"') -> str:
    """Return the most similar known name as a question, or else a sentence with all of them; empty if there are none.

    Args:
        shape: How a name is written in the sentence: ``[{}]`` for a table.
    """
    names = sorted(known)
    close = difflib.get_close_matches(name, names, 1, 0.5)
    if close:
        return f"Did you mean {shape.format(close[0])}?"
    return f"There are: {', '.join(shape.format(name) for name in names)}." if names else ""


def shown(value: object) -> str:
    """Return a value as the file would write it, shortened to 58 characters if it has more than 60."""
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > 200:
        return "a number of very many digits"
    if isinstance(value, date | time):
        return value.isoformat()
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else f"{text[:57]}…"


def lines_of(text: str) -> Lines:
    """Return the line numbers of the tables and keys of a TOML text; nothing for a text with multi-line strings."""
    if '"""' in text or "'''" in text:
        return {}
    lines: dict[tuple[str, ...], int] = {}
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            table = _names(header[1])
            lines.setdefault(table, number)
        elif key := _KEY.match(line):
            lines.setdefault((*table, *_names(key[1])), number)
    return lines


def line_in(text: str, where: str) -> int:
    """Return the line number of a ``Problem.where``, such as ``[labels.es] "login.form.submit"``; 0 if unknown."""
    found = re.fullmatch(r"\[(.+?)\](?: (.+))?", where)
    if found is None:
        return 0
    table, lines = _names(found[1]), lines_of(text)
    key = _names(found[2]) if found[2] else ()
    whole = (found[2] or "").strip("\"'")
    return lines.get((*table, *key)) or lines.get((*table, whole)) or lines.get(table, 0)


_NAME = r"""(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')"""
_DOTTED = rf"({_NAME}(?:\s*\.\s*{_NAME})*)"
_HEADER = re.compile(rf"\s*\[\[?\s*{_DOTTED}\s*\]")
_KEY = re.compile(rf"\s*{_DOTTED}\s*=")


def _names(dotted: str) -> tuple[str, ...]:
    return tuple(name.strip("\"'") for name in re.findall(_NAME, dotted))


def _place(source: str, line: int) -> str:
    return f"{source}, line {line}" if line else source


def _line(path: Path, lines: Lines) -> int:
    names = tuple(part for part in path if isinstance(part, str))
    return next((lines[names[:n]] for n in range(len(names), 0, -1) if names[:n] in lines), 0)


def _fault(details: dict[str, Any], root: type[BaseModel]) -> ValueFault:
    path: Path = details["loc"]
    if details["type"] == "extra_forbidden":
        return _unknown(path, details["input"], root)
    if path[-1:] == ("[key]",):
        path = path[:-1]
    return ValueFault(path, *_sentences(details, path))


def _unknown(path: Path, value: object, root: type[BaseModel]) -> ValueFault:
    """Return the fault of a key or table that does not exist."""
    *tables, name = (str(part) for part in path)
    if tables:
        home = _homes(name, root)
        known = _keys(_kind(tuple(tables), root))
        fix = did_you_mean(name, known)
        if home and "Did you mean" not in fix:
            fix = f"It belongs below {home}."
        return ValueFault(tuple(tables), f'has no key "{name}"', fix, name)
    if isinstance(value, dict):
        return ValueFault(path, "is not a table of this file", did_you_mean(name, _keys(root), shape="[{}]"))
    home = _homes(name, root)
    return ValueFault(path, "stands outside of any table", f"Put it below {home}." if home else "Remove it.")


def _sentences(details: dict[str, Any], path: Path) -> tuple[str, str]:
    """Return what is wrong with a value, and how to fix it."""
    kind, value, context = details["type"], details["input"], details.get("ctx", {})
    if kind == "value_error":
        cause = context["error"]
        return (cause.what, cause.fix) if isinstance(cause, InvalidValue) else (f"cannot be used: {cause}", "")
    if kind in _WANTED:
        what, fix = _WANTED[kind]
        return f"must be {what}, but is {shown(value)}", _typed(kind, value, path) or fix
    if kind == "missing":
        return "is missing", f'Add {path[-1]} = "…".'
    if kind == "literal_error":
        return f"cannot be {shown(value)}", did_you_mean(str(value), re.findall("'([^']*)'", context["expected"]))
    if kind == "string_too_long":
        return f"is longer than {context['max_length']} characters", "Shorten it."
    if kind in {"string_too_short", "too_short"}:
        return "is empty", "Write at least one." if kind == "too_short" else "Write something, or remove the line."
    if kind in _BOUNDS:
        bound, words, name = _BOUNDS[kind]
        return f"is {shown(value)}, which is too {words}", f"Write a number {name} {context[bound]}."
    return f"cannot be used: {details['msg']}", ""


_WANTED = {
    "string_type": ("text", "Write it in quotes."),
    "int_type": ("a whole number", "Write digits only, without quotes."),
    "bool_type": ("true or false", "Write it without quotes."),
    "tuple_type": ("a list", "Write it in square brackets."),
    "dict_type": ("a table", "Write its keys on lines of their own below its name in square brackets."),
    "model_type": ("a table", "Write its keys on lines of their own below its name in square brackets."),
}
_BOUNDS = {
    "greater_than_equal": ("ge", "small", "from"),
    "less_than_equal": ("le", "large", "up to"),
}


def _typed(kind: str, value: object, path: Path) -> str:
    """Return a fix that contains the line to write, if it follows from the given value; else an empty text."""
    key = path[-1] if path else ""
    if kind == "int_type" and isinstance(value, str) and value.strip().isdecimal():
        return f"Write {key} = {value.strip()}, without quotes."
    if kind == "bool_type" and str(value).lower() in {"true", "yes", "on", "1", "false", "no", "off", "0"}:
        return f"Write {key} = {'true' if str(value).lower() in {'true', 'yes', 'on', '1'} else 'false'}."
    if kind == "tuple_type" and isinstance(value, str):
        return f"Write {key} = [{shown(value)}], in square brackets."
    if kind == "string_type" and isinstance(value, dict) and "labels" in path:
        return f'Write the whole id in quotes: "{_dotted(str(key), value)}" = "…".'
    return ""


def _dotted(name: str, value: object) -> str:
    """Return the id that TOML has parsed as nested tables because of its dots: ``login.form.submit``."""
    while isinstance(value, dict) and value:
        inner, value = next(iter(value.items()))
        name = f"{name}.{inner}"
    return name


def _where(path: Path, root: type[BaseModel]) -> str:
    """Return a path as people read it: ``[site] locales[0]``, ``[labels.es] "login.form.submit"`` or ``[session]``."""
    tables: list[str] = []
    key = ""
    for depth, part in enumerate(path):
        if isinstance(part, int):
            key += f"[{part}]"
        elif _is_table(_kind(path[: depth + 1], root)):
            tables.append(_written(part))
        else:
            key += f".{_written(part)}" if key else _written(part)
    return " ".join(part for part in (f"[{'.'.join(tables)}]" if tables else "", key) if part)


def _written(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else json.dumps(name, ensure_ascii=False)


def _kind(path: Path, root: type[BaseModel]) -> Any:
    """Return the type of the value at a path; ``None`` if the file cannot have a value there."""
    kind: Any = root
    for part in path:
        if get_origin(kind) is dict:
            kind = get_args(kind)[1]
        else:
            field = getattr(kind, "model_fields", {}).get(part)
            kind = field.annotation if field else None
    return kind


def _is_table(kind: Any) -> bool:
    return get_origin(kind) is dict or (isinstance(kind, type) and issubclass(kind, BaseModel))


def _keys(kind: Any) -> list[str]:
    """Return the keys a table may have in the file."""
    return [name for name, field in getattr(kind, "model_fields", {}).items() if not field.exclude]


def _homes(name: str, kind: Any, path: tuple[str, ...] = ()) -> str:
    """Return the tables that have a key of this name: ``[session]``, or ``[site] or [brand]``; empty if none has."""
    return " or ".join(f"[{'.'.join(table)}]" for table in _tables_with(name, kind, path) if table)


def _tables_with(name: str, kind: Any, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for key in _keys(kind):
        inner = _kind((key,), kind)
        if key == name:
            yield path
        elif _is_table(inner):
            yield from _tables_with(name, inner, (*path, key))
