"""The help site in a ZIP file: unpacked anywhere, it can be read without a server, and its search works."""

from __future__ import annotations

from pathlib import Path
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile, ZipInfo

from .. import outputs
from ..articles.knowledge_base import KnowledgeBase
from . import building
from .layout import Copy

SERVED = ("404.html", building.POLICY, building.MARK, "sitemap.xml", "sitemap.xml.gz", "search_index.json")
"""Files that only a server needs."""

EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest date of a ZIP file. The same site makes the same file."""

FOLDER = "help"


def write(centre: KnowledgeBase, out: Path, *, allow_unverified: bool, locales: tuple[str, ...] = ()) -> int:
    """The file holds the site in one folder, with ``index.html`` at its top. Returns how many pages it has.

    Raises ``KbError`` as ``building.build`` does.

    Args:
        locales: Only these languages; empty means all.
    """
    with outputs.file(out, outputs.Inputs.of(centre), is_ours=_is_help_site, what="a ZIP file of a help site") as made:
        folder = made.parent / f"{FOLDER}.d" / FOLDER
        copy = Copy(static=True, offline=True, locales=locales)
        building.build(centre, folder, allow_unverified=allow_unverified, copy=copy)
        files = [file for file in sorted(folder.rglob("*")) if file.is_file() and file.name not in SERVED]
        with ZipFile(made, "w", ZIP_DEFLATED, compresslevel=9) as archive:
            for file in files:
                info = ZipInfo(f"{FOLDER}/{file.relative_to(folder).as_posix()}", EPOCH)
                info.compress_type = ZIP_DEFLATED
                info.external_attr = 0o644 << 16
                archive.writestr(info, file.read_bytes())
    return sum(1 for file in files if file.suffix == ".html")


def _is_help_site(file: Path) -> bool:
    """Whether a file is a ZIP file as this module writes it."""
    try:
        with ZipFile(file) as archive:
            return f"{FOLDER}/index.html" in archive.namelist()
    except (BadZipFile, OSError):
        return False
