"""Explains why a text is not valid TOML: the line, what is wrong there and what to write instead."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .problems import Problem

PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
KEY = re.compile(r"""\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=\s*(.*)""")
TABLE = re.compile(r"\s*\[\[?\s*([^\]#]*?)\s*(?:\]|$)")

TYPOGRAPHIC = "“”„‟«»‘’‚‛″′＂"
WORDS = {
    **dict.fromkeys(("true", "yes", "on", "y"), "true"),
    **dict.fromkeys(("false", "no", "off", "n"), "false"),
}
NOTHING = frozenset({"none", "null", "nil", "~", "undefined"})


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    text: str
    column: int
    """The position of the fault in the line, from 0; the end of the line if unknown."""

    @property
    def key(self) -> str:
        found = KEY.match(self.text)
        return found[1] if found else ""

    @property
    def value(self) -> str:
        """The text after the equals sign, without a comment."""
        found = KEY.match(self.text)
        return re.sub(r"(?:^|\s+)#.*$", "", found[2]).strip() if found else ""


def problem(text: str, error: Exception) -> Problem:
    """Return the problem for an error that ``tomllib`` raised on the text."""
    complaint = PLACE.sub("", str(error))
    line = _line(text, str(error))
    what, fix = _sentences(complaint, line, text)
    return Problem("", f"is not TOML: {what}", fix, line.number)


def _line(text: str, error: str) -> _Line:
    lines = text.split("\n")
    found = PLACE.search(error)
    if found is None:
        return _Line(0, "", 0)
    if found[1]:
        number = int(found[1])
        return _Line(number, lines[number - 1], int(found[2]) - 1)
    number = max((n for n, line in enumerate(lines, 1) if line.strip()), default=1)
    return _Line(number, lines[number - 1], len(lines[number - 1]))


def _sentences(complaint: str, line: _Line, text: str) -> tuple[str, str]:
    """Return what is wrong, and how to fix it."""
    for fits, sentences in (
        ("Cannot ", _twice),
        ("", _typographic),
        ("Invalid value", _value),
        ("Unclosed array", _array),
        ("Unclosed inline table", _inline),
        ("Invalid hex value", _backslash),
        ("Unescaped '\\\\'", _backslash),
        ("Unterminated string", _string),
        ('Expected "\'"', _string),
        ("Illegal character '\\n'", _string),
        ("Expected ']'", _table),
        ("Expected '='", _equality),
        ("Expected newline", _more),
        ("Invalid statement", _statement),
    ):
        if complaint.startswith(fits) and (found := sentences(line, text)):
            return found
    return complaint[:1].lower() + complaint[1:], "Mend that place."


def _twice(line: _Line, text: str) -> tuple[str, str] | None:
    lines = text.split("\n")
    if table := TABLE.match(line.text):
        name = table[1]
        earlier = [n for n, one in enumerate(lines[: line.number - 1], 1) if (t := TABLE.match(one)) and t[1] == name]
        first = f"in line {earlier[0]} and here" if earlier else "once as a key and here as a table"
        return f"[{name}] is there twice, {first}", "Put the keys of both below one of them."
    number = next((n for n in range(line.number, 0, -1) if KEY.match(lines[n - 1])), 0)
    if not number:
        return None
    key = _Line(number, lines[number - 1], 0).key
    begin = next((n for n in range(number - 1, 0, -1) if TABLE.match(lines[n - 1])), 0)
    earlier = [n for n in range(begin + 1, number) if _is_same_key(_Line(n, lines[n - 1], 0).key, key)]
    where = f"in line {earlier[0]} and in line {number}" if earlier else f"the second time in line {number}"
    return f'"{_bare(key)}" is there twice, {where}', "Keep one of them."


def _bare(key: str) -> str:
    return re.sub(r"""["'\s]""", "", key)


def _is_same_key(one: str, other: str) -> bool:
    """Whether one file cannot have both keys: they are the same, or one is above the other (``a`` and ``a.b``)."""
    first, second = _bare(one), _bare(other)
    return bool(first) and (first == second or first.startswith(f"{second}.") or second.startswith(f"{first}."))


def _typographic(line: _Line, _text: str) -> tuple[str, str] | None:
    outside = re.sub(r"\"(?:[^\"\\]|\\.)*\"|'[^']*'", "", line.text)
    found = next((one for one in outside.partition("#")[0] if one in TYPOGRAPHIC), None)
    if found is None:
        return None
    straight = re.sub(f"[{TYPOGRAPHIC}]", '"', line.text.strip())
    return f"the text is in typographic quotes, such as {found}", f"Write {straight}"


def _value(line: _Line, _text: str) -> tuple[str, str] | None:
    key, value = line.key, line.value
    if not key:
        word = re.match(r"[^\s,\]]+", line.text[line.column :])
        return (f"the value {word[0]} is neither text in quotes nor a number", f'Write "{word[0]}"') if word else None
    if not value:
        return f'"{key}" has no value', f'Write one after the sign =, such as {key} = "…", or remove the line.'
    if value.lower() in WORDS:
        return (
            f"{value} is not a value of TOML",
            f"Write {key} = {WORDS[value.lower()]}, in small letters and without quotes.",
        )
    if value.lower() in NOTHING:
        return f"{value} is not a value of TOML", "Remove the line: a key that is not there has its default."
    if value[0] in "[{":
        word = re.match(r"[^\s,\]}]+", line.text[line.column :])
        inner = word[0] if word else value
        return f"in the value of {key}, {inner} is neither text in quotes nor a number", f'Write "{inner}" in quotes.'
    if re.fullmatch(r"[.,]\d+|\d+[.,]\d*", value):
        return f"{value} is not a number of TOML", f"Write {key} = 0.5, with digits before and after a point."
    return f"the text of {key} is not in quotes", f'Write {key} = "{value}"'


def _array(line: _Line, text: str) -> tuple[str, str] | None:
    here = line.text[line.column :].lstrip()
    begun = _begun("[", line, text)
    if here[:1] in {'"', "'"} or (here and not KEY.match(line.text) and not TABLE.match(line.text)):
        before = line.text[: line.column].strip()
        previous = line.number if before else line.number - 1
        return (
            "a comma is missing between two values of a list",
            f'Write ["one", "two"]: see the end of line {previous}.',
        )
    return f"the list that begins in line {begun} is not closed", "Write ] at its end."


def _inline(line: _Line, text: str) -> tuple[str, str] | None:
    begun = _begun("{", line, text)
    what = f"the table in braces that begins in line {begun} is not closed in that line, or lacks a comma"
    return what, 'Write { en = "Shop", es = "Tienda" } in one line.'


def _begun(bracket: str, line: _Line, text: str) -> int:
    """Return the line number of the last key, up to this line, whose value contains the bracket."""
    lines = text.split("\n")[: line.number]
    opened = [n for n, one in enumerate(lines, 1) if (found := KEY.match(one)) and bracket in found[2]]
    return opened[-1] if opened else line.number


def _backslash(line: _Line, _text: str) -> tuple[str, str] | None:
    value = line.value.strip('"')
    return f"the text of {line.key or 'a key'} holds a backslash", f"Write it in single quotes: '{value}'"


def _string(line: _Line, text: str) -> tuple[str, str] | None:
    lines = text.split("\n")
    for quotes in ('"""', "'''"):
        if text.count(quotes) % 2:
            number = max(n for n, one in enumerate(lines, 1) if quotes in one)
            return f"the text that begins in line {number} is not closed", f"Write {quotes} at its end."
    for number in range(line.number, 0, -1):
        one = re.sub(r"\"(?:[^\"\\]|\\.)*\"|'[^']*'", "", lines[number - 1])
        quote = next((sign for sign in one.partition("#")[0] if sign in "\"'"), None)
        if quote:
            return f"the text that begins in line {number} is not closed", f"Write {quote} at its end."
    return None


def _table(line: _Line, _text: str) -> tuple[str, str] | None:
    found = TABLE.match(line.text)
    name = found[1] if found else ""
    if " " in name:
        return f"[{name}] is no name of a table", f'Write ["{name}"] with quotes, or names with dots between them.'
    return f"the name of the table [{name} is not closed", f"Write [{name}]"


def _equality(line: _Line, _text: str) -> tuple[str, str] | None:
    found = re.match(r"\s*([\w.\"'-]+)\s*:?\s*(.*)", line.text)
    if not found:
        return None
    if found[2].startswith("="):
        return _statement(line, _text)
    return f"there is no = after {found[1]}", f"Write {found[1]} = {found[2] or '…'}"


def _more(line: _Line, _text: str) -> tuple[str, str] | None:
    rest = line.text[line.column :].strip()
    if re.fullmatch(r"0\d+", line.value):
        return (
            f"{line.value} is not a number of TOML",
            f'Write {line.key} = {int(line.value)}, or "{line.value}" in quotes.',
        )
    if TABLE.match(line.text):
        return f"after the name of the table stands {rest}", "Put what comes after it on a line of its own."
    what = f"after the value of {line.key or 'the key'} stands {rest}"
    return what, "Put quotes around the whole text, brackets around several values, and each key on a line of its own."


def _statement(line: _Line, _text: str) -> tuple[str, str] | None:
    text = line.text.strip()
    if text.startswith(("//", ";", "/*", "--")):
        return "a comment does not begin like this", f"Write # {text.lstrip('/;*- ')}"
    if found := re.match(r"([^=\s]+)\s*=", text):
        return f"{found[1]} is no key without quotes", f'Write "{found[1]}" = …'
    return f"{text[:40]} is neither a key with its value nor a [table]", "Write key = value, or begin a comment with #."
