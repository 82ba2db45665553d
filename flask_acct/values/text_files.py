"""Reads text files as people have them: with a byte order mark, any line ends, or another encoding."""

from __future__ import annotations

import codecs
from pathlib import Path

OTHERS = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)


class NotUtf8(ValueError):
    """The file is in another encoding; ``what`` says which, if that can be told."""

    def __init__(self, what: str, line: int = 0) -> None:
        self.what, self.line = what, line
        super().__init__(what)


def read(file: Path) -> str:
    """Return the text of a file with line feeds as line ends. Raises ``NotUtf8`` and ``OSError``."""
    content = file.read_bytes()
    for mark, name in OTHERS:
        if content.startswith(mark):
            raise NotUtf8(f"is {name}")
    if b"\0" in content[:4000]:
        raise NotUtf8("is UTF-16 or no text", content[: content.index(b"\0")].count(b"\n") + 1)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        shown = content[error.start : error.start + 1].decode("cp1252", "replace")
        what = f'is not UTF-8: a character, perhaps "{shown}", is in another encoding, such as Windows-1252 (ANSI)'
        raise NotUtf8(what, before.count(b"\n") + 1) from None
    return text.replace("\r\n", "\n").replace("\r", "\n")
