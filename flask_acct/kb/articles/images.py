"""Files an author puts beside an article, pictures and others: checked, and copied to the pages."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from ...config import IMAGES
from .content import Source, did_you_mean
from .parsed import MarkdownLink, ParsedPage
from .sanitising import address_fault, svg_fault

FOLDER = "own"

FILES = (
    ".pdf",
    ".txt",
    ".csv",
    ".zip",
    ".ics",
    ".vcf",
    ".docx",
    ".xlsx",
    ".pptx",
    ".odt",
    ".ods",
    ".odp",
    ".epub",
    ".mp3",
    ".mp4",
    ".webm",
    ".vtt",
)
"""What an article may link to besides pages. A browser shows these without running anything on the site's origin."""


@dataclass(frozen=True, slots=True)
class Image:
    """A file, and its name on the pages of a language: ``own/images/cart.png``."""

    file: Path
    name: str


@dataclass(slots=True)
class Files:
    """The files of one article, and their addresses on the page."""

    found: dict[str, Image] = field(default_factory=dict)
    addresses: dict[tuple[int, int], str] = field(default_factory=dict)
    faults: list[tuple[int, str]] = field(default_factory=list)


def files(page: ParsedPage, source: Source) -> Files:
    """Return the files that a page shows or links to."""
    made = Files()
    for link in page.links:
        if not link.is_picture and not _is_file(link.address):
            continue
        reason = _reason(link, source)
        if reason:
            made.faults.append((link.spot.line, reason))
            continue
        file = _file(link.address, source)
        name = f"{FOLDER}/{unicodedata.normalize('NFC', file.relative_to(source.layer.resolve()).as_posix())}"
        made.found[name] = Image(file, name)
        if link.place:
            made.addresses[link.place] = quote(name)
    return made


def _is_file(address: str) -> bool:
    """Whether a link leads to a file beside the article, rather than to a page or elsewhere."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    is_near = not parts.scheme and not parts.netloc and not parts.path.startswith("/")
    suffix = Path(unquote(parts.path)).suffix.lower()
    return is_near and bool(suffix) and suffix not in (".md", ".markdown", ".html", ".htm")


def _reason(link: MarkdownLink, source: Source) -> str:
    """Return why a file cannot be shown or served; empty if it can."""
    address, layer = link.address, source.layer.resolve()
    verb = "shows" if link.is_picture else "leads to"
    if fault := address_fault(link):
        return fault
    if link.is_picture and not link.words.strip():
        return f"does not say what the picture shows. Write ![what it shows]({address})"
    parts = urlsplit(address)
    if parts.scheme or parts.netloc or address.startswith("/"):
        return f"shows {address} from elsewhere. Put the picture beside the article: pages load nothing else"
    file = _file(address, source)
    known = IMAGES if link.is_picture else (*IMAGES, *FILES)
    if not file.is_relative_to(layer):
        return f"{verb} {address}, which is outside of {layer.name}/. Put the file into that folder"
    if file.suffix.lower() not in known:
        kind = "a picture for the web" if link.is_picture else "a page, nor a file that pages lead to"
        return f"{verb} {address}, which is not {kind}. Use one of: {', '.join(known)}"
    if not file.is_file():
        what = "picture" if link.is_picture else "file"
        around = layer if layer.is_dir() else file.parent
        near = [one for one in sorted(around.rglob("*")) if one.suffix.lower() in known and one.is_file()]
        same = [one for one in near if one.name.casefold() == file.name.casefold()]
        named = {os.path.relpath(one, source.file.parent.resolve()): one for one in same}
        close = did_you_mean(next(iter(named), file.name), named or [one.name for one in near])
        hint = f" {close}" if close.startswith("Did") else ""
        return f"{verb} {address}, which is not there. Put the {what} at {file.relative_to(layer.parent)}.{hint}"
    if link.place is None:
        return f"{verb} {address}. Write the address in the same line as what is before it"
    if file.suffix.lower() == ".svg" and (fault := svg_fault(file)):
        return f"{verb} {address}, which is more than a picture: {fault}. Save it as a plain SVG, or as PNG"
    return ""


def _file(address: str, source: Source) -> Path:
    """Return the file of an address without what follows ? or #, however its system writes the accents of its name."""
    named = source.file.parent / unquote(urlsplit(address).path)
    for path in _spelled(named):
        if path.is_file():
            return path.resolve()
    return named.resolve()


def _spelled(path: Path) -> Iterator[Path]:
    """Yield the path as written, with its accents as one character or as two, and as the folder has it."""
    yield path
    for form in ("NFC", "NFD"):
        yield Path(unicodedata.normalize(form, str(path)))
    wanted = unicodedata.normalize("NFC", path.name)
    if path.parent.is_dir():
        yield from (one for one in path.parent.iterdir() if unicodedata.normalize("NFC", one.name) == wanted)
