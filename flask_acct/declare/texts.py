"""The base classes of all elements: words with an id, and perhaps other elements within."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

WORDS_OF_A_NAME = re.compile("(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Text:
    """A sentence with an id: ``Text("login.form.tip", "Your user name is not your email address.")``."""

    id: str
    message: str

    kind: ClassVar[str] = "text"
    """Its template is ``elements/<kind>.html``. The default is the name of the class: ``post_button``."""
    within: ClassVar[tuple[str, ...]] = ()
    """The names of its attributes that hold other elements, in reading order."""
    is_translated: ClassVar[bool] = True
    """Whether its words are in the catalogs of translators."""

    def __init_subclass__(cls, **options: Any) -> None:
        if "kind" not in cls.__dict__:
            cls.kind = WORDS_OF_A_NAME.sub("_", cls.__name__).lower()

    @property
    def name(self) -> str:
        """The last part of the id: ``submit`` for ``login.form.submit``."""
        return self.id.rpartition(".")[2]

    @property
    def sentence(self) -> Text:
        """Its id and words as a plain ``Text``, whatever kind of element it is."""
        return Text(self.id, self.message)

    @property
    def is_brought(self) -> bool:
        """Whether the page provides its content, which differs between visits, so its HTML must not be cached."""
        return False

    def children(self) -> Iterator[Text]:
        """Yield the elements directly within it."""
        for name in self.within:
            held = getattr(self, name)
            yield from held if isinstance(held, tuple) else () if held is None else (held,)

    def texts(self) -> Iterator[Text]:
        """Yield the element itself and everything within it, at any depth."""
        yield self
        for child in self.children():
            yield from child.texts()


@dataclass(frozen=True, slots=True)
class Part(Text):
    """An element that may be a part of a screen or a result."""

    has_caption: ClassVar[bool] = False
    """Whether its words are the caption of content below them."""
    is_shown_once: ClassVar[bool] = False
    """Whether it shows a secret, which may only be in the response to the form and is not kept."""
