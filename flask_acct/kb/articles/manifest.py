"""What a journey saw, and whether that is still valid.

A manifest is ``manifest.json`` beside the pictures it names::

    {"format": 1, "checked": {"recover-password/es/-/wide": {"fingerprint": "9c1e…", "date": "2026-11-22",
     "looks": "52d0…", "pictures": [{"shot": 1, "file": "4be0….png", "width": 1012, "height": 860, "seen": "77…",
     "dark": "4be0…-dark.png"}]}}}

The fingerprint covers what the journey depends on: the article's text, the screens and mails it goes through, their
words in that language, and the configuration without its addresses. When one of them changes, the entry no longer
counts; a word on another screen changes nothing.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Literal

from ...declare.elements import Language, Mail, Screen
from ...platform import Platform
from .. import outputs
from .article import Picture, Platforms, Step, screen_of
from .content import Content, KbError
from .rendering import journey
from .schemes import name_in_dark

FORMAT = 1
FILE = "manifest.json"

STORED = re.compile(r"[0-9a-f]+\.(?:png|webp)(?:\.\d+)?")
"""The name of a picture of ours: its digest; with a number, one that a process was writing when it ended."""

View = Literal["wide", "phone"]

SCALE = 2
"""Pixels of a picture for one of the page: as sharp as a phone or a good screen shows the page itself."""

ADDRESSES = frozenset(
    {"public_url", "url", "support_url", "signup_url", "purchase_url", "renew_url", "terms_url", "terms", "home"}
)
"""Keys whose values are addresses. A journey runs on loopback, so they cannot change what it saw."""


COUNTED_APART: Any = {
    "labels": True,
    "platforms": True,
    # It changes no page that a journey opens.
    "staff": True,
    "help": {"articles": True, "categories": True, "tags": True, "fixtures": True, "verify": True},
}
"""Keys of which a journey depends on single words and values only."""


@dataclass(frozen=True, slots=True)
class TakenPicture:
    """One picture of a journey."""

    shot: int
    file: str
    width: int
    height: int
    seen: str
    """Fingerprint of the page as it was, so that the same page is not taken again."""
    dark: str = ""
    """The same page in dark: within the same file (see ``schemes``) or in one of its own; empty if it looks the same
    as in light."""
    shown: Mapping[str, str] = field(default_factory=dict, hash=False)
    """What elements with slots showed: ``{"contacts.edit.title": "Edit Bruno Díaz"}``."""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the pictures on pages."""
        return (self.file, self.dark) if self.dark else (self.file,)

    @property
    def stored(self) -> tuple[str, ...]:
        """The stored files."""
        return self.names if self.dark != name_in_dark(self.file) else (self.file,)


@dataclass(frozen=True, slots=True)
class Checked:
    """One journey that passed."""

    fingerprint: str
    date: date
    pictures: tuple[TakenPicture, ...] = ()
    looks: str = ""
    """Fingerprint of the app it ran on, see ``stage.looks``; empty if unknown."""


@dataclass
class Manifest:
    """The journeys that passed, by article, language, platform and view.

    Sample of a key: ``recover-password/es_AR/basico/wide``; a dash stands for no platform.
    """

    folder: Path
    checked: dict[str, Checked] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """Return the manifest in a folder; an empty one if there is none. Raises ``KbError`` if it cannot be read."""
        file = folder / FILE
        if not file.is_file():
            return cls(folder)
        try:
            data = json.loads(file.read_text("utf-8"))
            if isinstance(data, dict) and not {"format", "checked"} & data.keys():
                raise KbError(f"{file} is not of kb verify. Name another folder with --records.")
            entries = data["checked"].items() if data["format"] == FORMAT else ()
            return cls(folder, {key: _checked(entry) for key, entry in entries})
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise KbError(f"{file} cannot be read ({error}). Delete it and run: flask acct kb verify") from None

    def write(self) -> None:
        """The file holds this manifest, and the folder no picture that it does not name."""
        self.save()
        named = {file for checked in self.checked.values() for taken in checked.pictures for file in taken.stored}
        for file in self.folder.iterdir():
            if STORED.fullmatch(file.name) and file.name not in named:
                file.unlink()

    def save(self) -> None:
        """The file holds this manifest, or, if it cannot be written, what it held before."""
        entries = {key: _plain(self.checked[key]) for key in sorted(self.checked)}
        text = json.dumps({"format": FORMAT, "checked": entries}, indent=1, ensure_ascii=False)
        with outputs.explain_errors(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            outputs.replace(self.folder / FILE, f"{text}\n".encode())

    def keep_only(self, keys: frozenset[str]) -> None:
        """Journeys that no longer exist are removed."""
        self.checked = {key: checked for key, checked in self.checked.items() if key in keys}


def key(article: str, locale: str, platform: str | None, view: View = "wide") -> str:
    return f"{article}/{locale}/{platform or '-'}/{view}"


def fingerprint(article: str, locale: str, name: str | None, *, content: Content, platforms: Platforms) -> str:
    """Return a fingerprint that changes with everything the article's journey depends on."""
    platform, first = platforms[name], content.first(article)
    steps = journey(article, content=content, platforms=platforms, platform=name)
    on_the_way = list(_on_the_way(steps, platform))
    words = {
        language: _words(platform.sentences(language), steps, on_the_way)
        for language in _languages(locale, steps, platform)
    }
    parts = [
        # Without the empty lines that stand for the head: other words to search for change nothing that was seen.
        first.body.lstrip("\n"),
        content.source(article, locale).body.lstrip("\n"),
        repr((first.facts.as_, first.facts.given)),
        repr(on_the_way),
        json.dumps(words, sort_keys=True),
        json.dumps(without_addresses(platform.config.model_dump(mode="json", exclude=COUNTED_APART))),
        json.dumps(_typed(steps, platform.config.help.fixtures)),
    ]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def verdict(
    article: str, locale: str, *, manifest: Manifest, content: Content, platforms: Platforms
) -> Verified | Unverified:
    """Return whether the article's journey passed, on every platform, with everything as it is now."""
    found: list[Checked] = []
    for platform in platforms:
        checked = manifest.checked.get(key(article, locale, platform))
        if checked is None:
            return Unverified(article, locale, platform, "was never run")
        if checked.fingerprint != fingerprint(article, locale, platform, content=content, platforms=platforms):
            return Unverified(article, locale, platform, "was run on another configuration, screens or text")
        found.append(checked)
    pictures = {
        taken.shot: Picture(taken.file, taken.width, taken.height, taken.dark, taken.shown)
        for checked in found
        for taken in checked.pictures
    }
    return Verified(min(checked.date for checked in found), pictures)


@dataclass(frozen=True, slots=True)
class Verified:
    """The article's journey passed on that day, and took these pictures, by the number of their shot."""

    date: date
    pictures: Mapping[int, Picture]


@dataclass(frozen=True, slots=True)
class Unverified:
    """Why the article does not count as verified."""

    article: str
    locale: str
    platform: str | None
    why: str

    def __str__(self) -> str:
        where = f"{self.locale}, {self.platform}" if self.platform else self.locale
        return f"the journey of {self.article} ({where}) {self.why}"


def _on_the_way(steps: tuple[Step, ...], platform: Platform) -> Iterator[Screen | Mail]:
    """Yield the screens and mails a journey goes through, each once, by name."""
    screens, mails = platform.declared.screens, platform.declared.mails
    named = {step.element if step.element in screens else screen_of(step.element, platform) for step in steps}
    yield from (screens[name] for name in sorted(name for name in named if name))
    yield from (mails[name] for name in sorted({step.element for step in steps} & set(mails)))


def _languages(locale: str, steps: tuple[Step, ...], platform: Platform) -> list[str]:
    """Return the languages of the pages on the way: the reader may choose another one."""
    chosen = (platform.declared.texts.get(step.element) for step in steps)
    return sorted({locale, *(text.locale for text in chosen if isinstance(text, Language))})


def _words(
    sentences: Mapping[str, str], steps: tuple[Step, ...], on_the_way: Sequence[Screen | Mail]
) -> Mapping[str, str]:
    words = {text.id: sentences[text.id] for one in on_the_way for text in one.texts()}
    return words | {step.element: sentences[step.element] for step in steps if step.element in sentences}


def _typed(steps: tuple[Step, ...], fixtures: Mapping[str, str]) -> list[str]:
    """Return the host's own values that are typed on the way."""
    names = (f"{step.element} {step.variant}".rstrip() for step in steps if step.verb == "fill")
    return [fixtures[name] for name in names if name in fixtures]


def _checked(entry: Mapping[str, Any]) -> Checked:
    pictures = tuple(TakenPicture(**picture) for picture in entry["pictures"])
    return Checked(entry["fingerprint"], date.fromisoformat(entry["date"]), pictures, entry.get("looks", ""))


def _plain(checked: Checked) -> dict[str, Any]:
    pictures = [{key: value for key, value in asdict(one).items() if value != {}} for one in checked.pictures]
    return {**asdict(checked), "date": checked.date.isoformat(), "pictures": pictures}


def without_addresses(value: Any) -> Any:
    """Return the tables of a configuration without the keys whose values are addresses."""
    if isinstance(value, dict):
        return {key: without_addresses(inner) for key, inner in value.items() if key not in ADDRESSES}
    return value
