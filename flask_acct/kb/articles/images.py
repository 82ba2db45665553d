"""Pictures an author puts beside an article: found in the folder, and on their way to the pages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote

from ...config import IMAGES
from .content import KbError, Source

FOLDER = "own"

_IMAGE = re.compile(r"!\[([^\]\n]*)\]\(<?([^)>\s]*)>?[^)\n]*\)")
_TAG = re.compile(r"<img\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Image:
    """A file, and what the pages of a language call it: ``own/images/cart.png``."""

    file: Path
    name: str


def placed(text: str, source: Source) -> tuple[str, tuple[Image, ...]]:
    """The text with its pictures under the names the pages have for them, and those pictures.

    Raises ``KbError`` for one that is not there, is none, or that nobody could describe to who cannot see it.
    """
    if _TAG.search(text):
        raise KbError("Write a picture as ![what it shows](cart.png)", file=source.file, line=_line("<img", source))
    found: dict[str, Image] = {}

    def place(image: re.Match[str]) -> str:
        one = _image(image[1], image[2], source)
        found[one.name] = one
        return f"![{image[1]}]({quote(one.name)})"

    return _IMAGE.sub(place, text), tuple(found.values())


def _image(alt: str, address: str, source: Source) -> Image:
    layer = source.layer.resolve()
    file = (source.file.parent / unquote(address)).resolve()
    reason = ""
    if not alt.strip():
        reason = f"does not say what the picture shows. Write ![what it shows]({address})"
    elif "://" in address or address.startswith("/"):
        reason = f"shows {address} from elsewhere. Put the picture beside the article: pages load nothing else"
    elif not file.is_relative_to(layer):
        reason = f"shows {address}, which is outside of {layer.name}/. Put the picture into that folder"
    elif file.suffix.lower() not in IMAGES:
        reason = f"shows {address}, which is not a picture for the web. Use one of: {', '.join(IMAGES)}"
    elif not file.is_file():
        reason = f"shows {address}, which is not there. Put the picture at {file.relative_to(layer.parent)}"
    if reason:
        raise KbError(reason, file=source.file, line=_line(address, source))
    return Image(file, f"{FOLDER}/{file.relative_to(layer).as_posix()}")


def _line(words: str, source: Source) -> int:
    """Where the words stand first."""
    before, found, _ = source.body.partition(words)
    return before.count("\n") + 1 if found else 1
