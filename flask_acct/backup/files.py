"""What belongs to a site beside its database: acct.toml and what it names, the help site, and what an operator adds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ..config import Config
from .problems import BackupFailed

CONFIG, HELP, OTHERS = "config/", "help/", "with/"
"""Where they stand in the archive."""

NOT_OURS = {"pyproject.toml"}


def of_site(config: Config, help_site: Path | None, others: Sequence[Path]) -> Mapping[str, Path]:
    """Return the files by their names in the archive. Raises ``BackupFailed`` for one that is not there.

    Args:
        others: Files and folders; ``/etc/nginx/site.conf`` is ``with/etc/nginx/site.conf`` in the archive.
    """
    found = dict(_of_config(config))
    if help_site is not None and help_site.is_dir():
        found |= {HELP + name: file for name, file in _below(help_site)}
    for path in others:
        if not path.exists():
            raise BackupFailed(f"{path} does not exist; --with names it.")
        start = OTHERS + path.absolute().as_posix().lstrip("/")
        found |= {f"{start}/{name}" if name else start: file for name, file in _below(path)}
    return found


def _of_config(config: Config) -> Iterator[tuple[str, Path]]:
    folder = config.folder
    if folder is None:
        return
    for file in sorted(folder.glob("*.toml")):
        if file.name not in NOT_OURS:
            yield CONFIG + file.name, file
    for named in (config.help.articles, config.site.translations):
        own = folder / named if named else None
        if own is not None and own.is_dir():
            inside = own.relative_to(folder) if own.is_relative_to(folder) else Path(own.name)
            for name, file in _below(own):
                yield f"{CONFIG}{inside.as_posix()}/{name}", file


def _below(path: Path) -> Iterator[tuple[str, Path]]:
    """Yield the files of a folder by their names below it; a file itself by an empty name."""
    if path.is_file():
        yield "", path
        return
    for file in sorted(path.rglob("*")):
        if file.is_file():
            yield file.relative_to(path).as_posix(), file
