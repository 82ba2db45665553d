"""What is wrong with a slot or condition of an article, in the author's terms: the fault and what to write."""

from __future__ import annotations

import difflib
import re

from ...declare.elements import Action, Link, PostButton
from ...declare.fields import Field, Option, Tick
from ...declare.texts import Text
from .article import NAMES

SAMPLES = {"click": "login.form.submit", "visit": "login.form", "mail": "recovery.password_link", "article": "sign-in"}
TAGS = ("if", "elif", "else", "endif", "for", "endfor", "set", "raw", "endraw")
FILTERS = ("upper", "lower", "title", "capitalize", "trim", "replace", "length", "join")
RAW = "To show braces as they are, put them between {% raw %} and {% endraw %}"


def sentence(message: str) -> str:
    """Return the fault behind a message of Jinja or Python, as a sentence with its fix; other messages as they are."""
    for fits, explain in FAULTS:
        if found := fits.search(message):
            return explain(found)
    return message.rstrip(".")


def _character(found: re.Match[str]) -> str:
    if found[1] in "“”„«»‘’":
        return f"a slot is in typographic quotes, such as {found[1]}. Write straight ones: {_sample('click')}"
    if found[1] in "\"'":
        return f"a text in a slot is not closed. Write {found[1]} at its end: {_sample('click')}"
    return f"a slot cannot hold the character {found[1]}. {RAW}"


def _sample(verb: str) -> str:
    return f'{{{{ {verb}("{SAMPLES.get(verb, SAMPLES["click"])}") }}}}'


def _missing(found: re.Match[str]) -> str:
    return f"{found[1]}() does not say of what. Write {_sample(found[1])}"


def _too_many(found: re.Match[str]) -> str:
    return f"{found[1]}() is told too much. Write {_sample(found[1])}"


def _keyword(found: re.Match[str]) -> str:
    return f"{found[1]}() knows no {found[2]}=. Write {_sample(found[1])}"


def _undefined(found: re.Match[str]) -> str:
    close = difflib.get_close_matches(found[1], sorted(NAMES), 1, 0.6)
    if close:
        return f"'{found[1]}' is undefined. Did you mean \"{close[0]}\"?"
    fix = f"Names of elements and screens stand in quotes, {_sample('click')}. {RAW}"
    return f"'{found[1]}' is undefined: no verb and no setting is called so. {fix}"


def _filter(found: re.Match[str]) -> str:
    close = difflib.get_close_matches(found[2], FILTERS, 1, 0.5)
    fix = f'Did you mean "{close[0]}"?' if close else "Remove it and the | before it"
    return f"there is no {found[1]} {found[2]!r}. {fix}"


def _tag(found: re.Match[str]) -> str:
    name = found[1]
    if name in {"endif", "endfor", "endraw"}:
        return f"{{% {name} %}} has no {{% {name.removeprefix('end')} … %}} before it. Remove it, or write that one"
    if name in {"else", "elif"}:
        return f"{{% {name} %}} has no {{% if … %}} before it. Remove it, or write that one"
    close = difflib.get_close_matches(name, TAGS, 1, 0.5)
    fix = f'Did you mean "{close[0]}"?' if close else RAW
    return f"{{% {name} %}} is nothing an article can say. {fix}"


def _unclosed(found: re.Match[str]) -> str:
    return f"{{% {found[1]} … %}} is not closed. Write {{% end{found[1]} %}} below what belongs to it"


def _after(found: re.Match[str]) -> str:
    end = "}}" if found[1] == "print statement" else "%}"
    fix = " Write == to ask whether two are the same." if found[2] == "=" else ""
    what = f"a {end} is missing before {found[2]!r}, or it does not belong there.{fix}"
    return f"{what} A slot is one verb: {_sample('click')}"


KINDS: tuple[tuple[type[Text], str, str], ...] = (
    (Tick, "a box", "tick"),
    (Field, "a field to fill in", "fill"),
    (Option, "an option", "choose"),
    (Action, "a button", "click"),
    (PostButton, "a button", "click"),
    (Link, "a link", "click"),
)
"""What an element is to its reader, and the verb for it."""


def of_another_kind(element: Text) -> str:
    """Return why a verb does not fit an element, and which does."""
    found = ((what, verb) for kind, what, verb in KINDS if isinstance(element, kind))
    what, verb = next(found, ("a text", "see"))
    return f'{element.id!r} is {what}. Write {{{{ {verb}("{element.id}") }}}}'


def _unsafe(found: re.Match[str]) -> str:
    sample = "{{ config.site.name }}"
    return f"a slot cannot ask for .{found[1]} of a value. Remove it; a slot is {_sample('click')} or {sample}"


FAULTS = (
    (re.compile(r"access to attribute '(\w+)' of"), _unsafe),
    (re.compile(r"is not safely callable"), lambda _: f"only a verb can be followed by (…): {_sample('click')}"),
    (re.compile(r"Missing end of raw directive"), lambda _: "{% raw %} is not closed. Write {% endraw %} below"),
    (
        re.compile(r"expected name or number"),
        lambda _: f"a slot has a point too many, or ends with }} where }}}} belongs: {_sample('visit')}",
    ),
    (
        re.compile(r"division (?:by zero|or modulo by zero)|modulo by zero"),
        lambda _: "a slot divides by zero. Remove /",
    ),
    (re.compile(r"unexpected char '(.)'"), _character),
    (re.compile(r"unexpected char \"(.)\""), _character),
    (re.compile(r"(\w+)\(\) missing \d+ required positional"), _missing),
    (re.compile(r"(\w+)\(\) takes .* positional arguments? but .* given"), _too_many),
    (re.compile(r"(\w+)\(\) got an unexpected keyword argument '(\w+)'"), _keyword),
    (re.compile(r"^'(\w+)' is undefined"), _undefined),
    (re.compile(r"No (filter|test) named '(\w+)'"), _filter),
    (re.compile(r"[Uu]nknown tag '(\w+)'"), _tag),
    (re.compile(r"block that needs to be closed is '(\w+)'"), _unclosed),
    (re.compile(r"expected token 'end of (print statement|statement block)', got '(.+?)'"), _after),
    (
        re.compile(r"unexpected end of template"),
        lambda _: f"a slot is not closed. Write }}}} at its end: {_sample('click')}",
    ),
    (re.compile(r"unexpected '(.)', expected '(.)'"), lambda found: f"a {found[2]} is missing before {found[1]}"),
    (re.compile(r"Expected an expression"), lambda _: f"a slot or condition is empty. Write {_sample('click')}"),
)
