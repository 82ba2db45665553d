"""The files of a new project, rendered from one set of names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from jinja2 import Environment, StrictUndefined

from ..config import json_schema
from ..errors import AcctError
from .names import ProjectNames
from .settings import settings_text

TEMPLATES = resources.files("flask_acct") / "new_project" / "files"
SUFFIX = ".jinja"
PROJECT = "PROJECT"
"""Stands for the project's name in names of files."""

PROGRAMS = {"acct"}
MAY_BE_THERE = {"venv"}
"""What a folder may hold and still count as empty: the environment that flask_acct is installed in."""


class FolderNotEmpty(AcctError):
    """The folder of a new project holds something already."""


def write_project(
    folder: Path, names: ProjectNames, *, preset: str, locales: Sequence[str], time_zone: str | None = None
) -> list[str]:
    """The project is in the folder. Returns its files.

    Raises ``FolderNotEmpty`` and ``ConfigError`` before anything is written.
    """
    there = sorted({one.name for one in folder.iterdir()} - MAY_BE_THERE) if folder.exists() else []
    if there:
        raise FolderNotEmpty(f"{folder} is not empty: it holds {', '.join(there[:5])}. Name a new folder.")
    texts = {"acct.toml": settings_text(preset, names, locales, time_zone), **dict(_rendered(names))}
    texts["acct.schema.json"] = _schema()
    for name, text in texts.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
        if name in PROGRAMS:
            file.chmod(0o755)
    return sorted(texts)


def _rendered(names: ProjectNames) -> Iterator[tuple[str, str]]:
    environment = Environment(undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False)  # noqa: S701
    sandbox = (TEMPLATES / f"systemd/sandbox{SUFFIX}").read_text("utf-8")
    for path, template in _templates(TEMPLATES, ""):
        if path != "systemd/sandbox":
            text = environment.from_string(template.replace("@SANDBOX@\n", sandbox)).render(project=names)
            yield path.replace(PROJECT, names.name), text


def _templates(folder: Traversable, path: str) -> Iterator[tuple[str, str]]:
    for one in sorted(folder.iterdir(), key=lambda one: one.name):
        if one.is_dir():
            yield from _templates(one, f"{path}{one.name}/")
        elif one.name.endswith(SUFFIX):
            yield path + one.name.removesuffix(SUFFIX), one.read_text("utf-8")


def _schema() -> str:
    import json

    made = json_schema()
    return made if isinstance(made, str) else json.dumps(made, indent=2, ensure_ascii=False) + "\n"
