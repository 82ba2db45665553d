"""What every element is: words with an id, and perhaps other elements within it."""

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
    """Its template is ``elements/<kind>.html``; unless a class says another one, its own name: ``post_button``."""
    within: ClassVar[tuple[str, ...]] = ()
    """The names of its attributes that hold other elements, in the order they are met in."""
    is_translated: ClassVar[bool] = True
    """Whether translators get its words."""

    def __init_subclass__(cls, **options: Any) -> None:
        if "kind" not in cls.__dict__:
            cls.kind = WORDS_OF_A_NAME.sub("_", cls.__name__).lower()

    @property
    def name(self) -> str:
        """The last part of the id: ``submit`` for ``login.form.submit``."""
        return self.id.rpartition(".")[2]

    @property
    def sentence(self) -> Text:
        """The words alone, of whichever kind of element: known by their id, and on no page."""
        return Text(self.id, self.message)

    @property
    def is_brought(self) -> bool:
        """Whether the page brings what it shows, another thing at each visit, so that it is never kept drawn."""
        return False

    def children(self) -> Iterator[Text]:
        """The elements within it."""
        for name in self.within:
            held = getattr(self, name)
            yield from held if isinstance(held, tuple) else () if held is None else (held,)

    def texts(self) -> Iterator[Text]:
        """Itself and everything within it, however deep."""
        yield self
        for child in self.children():
            yield from child.texts()


@dataclass(frozen=True, slots=True)
class Part(Text):
    """What may stand in a screen or a result."""

    has_caption: ClassVar[bool] = False
    """Whether its words are a caption, and what is below it has a place of its own."""
    is_shown_once: ClassVar[bool] = False
    """Whether it is a secret: it may only be drawn in the answer to the form, and is nowhere afterwards."""
