"""One file that holds a picture in light and in dark.

Both show the same page with every letter in the same place: only the colours differ. Such a picture is one PNG
with a palette, in light; a chunk of our own, ``daRk``, holds the same palette in dark. To get the picture in
dark, one palette replaces the other, and nothing is decoded. Any other program shows it in light.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

SIGNATURE = b"\x89PNG\r\n\x1a\n"
PALETTE = b"PLTE"
DARK = b"daRk"
"""A chunk that programs may ignore, is private, and may be copied with the picture (PNG, 5.4)."""

SUFFIX = "-dark"


def name_in_dark(file: str) -> str:
    """Return the name of the picture in dark on pages: ``9d21…-dark.png`` for ``9d21….png``."""
    stem, dot, extension = file.rpartition(".")
    return f"{stem}{SUFFIX}{dot}{extension}"


def with_dark(png: bytes, palette: bytes) -> bytes:
    """Return the picture with the colours of its palette in dark: three bytes each, in the order of the palette."""
    parts = []
    for kind, data in _chunks(png):
        parts.append(_chunk(kind, data))
        if kind == PALETTE:
            parts.append(_chunk(DARK, palette[: len(data)]))
    return SIGNATURE + b"".join(parts)


def in_dark(png: bytes) -> bytes:
    """Return the same picture in dark. Raises ``ValueError`` for a file that holds only one scheme."""
    chunks = list(_chunks(png))
    dark = next((data for kind, data in chunks if kind == DARK), None)
    if dark is None:
        raise ValueError("holds no colours for the dark scheme")
    remaining = ((kind, dark if kind == PALETTE else data) for kind, data in chunks if kind != DARK)
    return SIGNATURE + b"".join(_chunk(kind, data) for kind, data in remaining)


def palette_of(png: bytes) -> bytes:
    """Return the colours of an indexed picture, three bytes each; empty for any other."""
    return next((data for kind, data in _chunks(png) if kind == PALETTE), b"")


def content(folder: Path, name: str) -> bytes:
    """Return a picture for a page: the file of that name, or the light one with its colours in dark."""
    file = folder / name
    light = folder / name.replace(SUFFIX, "")
    return in_dark(light.read_bytes()) if light != file and not file.is_file() else file.read_bytes()


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(SIGNATURE)
    if not png.startswith(SIGNATURE):
        raise ValueError("is no PNG")
    while at + 8 <= len(png):
        size, kind = struct.unpack(">I4s", png[at : at + 8])
        yield kind, png[at + 8 : at + 8 + size]
        at += size + 12


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I4s", len(data), kind) + data + struct.pack(">I", zlib.crc32(kind + data))
