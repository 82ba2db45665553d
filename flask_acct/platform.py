"""One platform: its configuration, its declared screens and mails, and its words.

Pages, mails and articles all take their words from ``Platform.say``, so that they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .config import Config
from .declare.elements import PREFIX, Declared
from .declare.labels import Labels, fill, fill_known, isolated
from .declare.texts import Text


@dataclass(frozen=True)
class Platform:
    """One platform's configuration, words and declarations."""

    config: Config
    labels: Labels
    declared: Declared
    prefix: str = PREFIX
    """The path below which the screens are."""
    cache: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)
    """A cache of what pages have computed from the declarations, by name and language."""
    _sentences: dict[str, dict[str, str]] = field(default_factory=dict, repr=False, compare=False)

    @property
    def address(self) -> str:
        """Return the address below which the screens are, for mails and articles: ``https://clients.example.com/account``."""
        return f"{self.config.site.public_url}{self.prefix}"

    def say(self, element: Text | str, locale: str, /, **values: object) -> str:
        """Return the sentence of an element with its slots filled: settings by themselves, the rest from ``values``.

        Raises ``KeyError`` for an element that is not declared, or a slot without a value.
        """
        id_ = element if isinstance(element, str) else element.id
        return fill(self.sentences(locale)[id_], values, locale)

    def sentences(self, locale: str) -> Mapping[str, str]:
        """Return every sentence in one language, by element id; the slots of settings are filled."""
        if locale not in self._sentences:
            settings = {name: _apart(value, locale) for name, value in self.config.values.items()}
            self._sentences[locale] = {
                text.id: _fill_settings(self.labels.say(text.id, text.message, locale), settings, locale)
                for text in self.declared.texts.values()
            }
        return self._sentences[locale]


def _apart(setting: object, locale: str) -> object:
    """Return an address of the site's as it stands in a sentence; its name is a word like others, in subjects too."""
    is_address = isinstance(setting, str) and ("@" in setting or "://" in setting)
    return isolated(str(setting), locale) if is_address else setting


def _fill_settings(sentence: str, settings: Mapping[str, object], locale: str) -> str:
    return fill_known(sentence, settings, locale) if "{config." in sentence else sentence
