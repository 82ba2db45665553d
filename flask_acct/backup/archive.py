"""The file: a gzipped tar whose first member says what follows."""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
import zlib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import IO

from .manifest import ArchivedFile, BackupManifest
from .problems import NotRestored
from .progress import Progress

MANIFEST = "manifest.json"
BLOCK = 2**20
QUICK = 3
"""How hard gzip tries: much of it is packed already."""


def described(files: Mapping[str, Path]) -> Mapping[str, ArchivedFile]:
    """Return the size and checksum of files, by their names in the archive."""
    found: dict[str, ArchivedFile] = {}
    for name, file in files.items():
        with file.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        found[name] = ArchivedFile(file.stat().st_size, digest)
    return found


def write(stream: IO[bytes], manifest: BackupManifest, files: Mapping[str, Path], progress: Progress) -> None:
    """The stream has the manifest and the files."""
    with (
        gzip.GzipFile(fileobj=stream, mode="wb", compresslevel=QUICK) as packed,
        tarfile.open(fileobj=packed, mode="w|") as tar,
    ):
        head = tarfile.TarInfo(MANIFEST)
        text = manifest.as_json()
        head.size, head.mode, head.mtime = len(text), 0o600, int(manifest.made_at.timestamp())
        tar.addfile(head, io.BytesIO(text))
        for number, (name, file) in enumerate(files.items(), 1):
            member = tarfile.TarInfo(name)
            member.size, member.mode, member.mtime = manifest.files[name].bytes, 0o600, int(file.stat().st_mtime)
            with file.open("rb") as content:
                tar.addfile(member, content)
            progress("Files packed", number, len(files))


def read(stream: IO[bytes], folder: Path, *, below: tuple[str, ...] | None = None) -> BackupManifest:
    """The folder has the archive's files, whose checksums are those of its manifest. Raises ``NotRestored``.

    Args:
        below: Only files whose names begin so are kept, of those in the archive; all are checked.
    """
    try:
        with tarfile.open(fileobj=stream, mode="r|gz") as tar:
            manifest = _manifest_of(tar)
            missing = set(manifest.files)
            while (member := tar.next()) is not None:
                _raise_unless_listed(member, manifest)
                is_kept = below is None or member.name.startswith(below)
                found = _copied(tar, member, folder / member.name if is_kept else None)
                if found != manifest.files[member.name]:
                    raise NotRestored(f"{member.name} is damaged: its checksum is not that of the manifest.")
                missing.discard(member.name)
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise NotRestored(f"The archive is damaged or cut off: {error}") from None
    if missing:
        raise NotRestored(f"The archive lacks {', '.join(sorted(missing)[:5])}, which its manifest lists.")
    return manifest


def _manifest_of(tar: tarfile.TarFile) -> BackupManifest:
    head = tar.next()
    content = tar.extractfile(head) if head is not None and head.name == MANIFEST and head.isfile() else None
    if content is None:
        raise NotRestored("This is no backup of flask_acct: it does not begin with a manifest.")
    return BackupManifest.of_json(content.read())


def _raise_unless_listed(member: tarfile.TarInfo, manifest: BackupManifest) -> None:
    path = PurePosixPath(member.name)
    if not member.isfile() or path.is_absolute() or ".." in path.parts or member.name not in manifest.files:
        raise NotRestored(f"The archive holds {member.name!r}, which its manifest does not list. Do not trust it.")


def _copied(tar: tarfile.TarFile, member: tarfile.TarInfo, to: Path | None) -> ArchivedFile:
    """Return the size and checksum of a member, which is copied unless there is no place for it."""
    content = tar.extractfile(member)
    digest, size = hashlib.sha256(), 0
    if to is not None:
        to.parent.mkdir(parents=True, exist_ok=True)
    with to.open("xb") if to is not None else io.BytesIO() as target:
        while content is not None and (block := content.read(BLOCK)):
            digest.update(block)
            size += len(block)
            if to is not None:
                target.write(block)
    return ArchivedFile(size, digest.hexdigest())
