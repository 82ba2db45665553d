"""Environments of their own, and what is installed there, by uv: it takes the lowest versions where asked to."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

LOWEST = ("--resolution", "lowest-direct")
TO_RUN = "--compile-bytecode"
"""What is installed is compiled once, as pip does, and not by each process that uses it."""


def newest(dist: str, pattern: str) -> Path:
    """Return the file in ``dist`` that was made last."""
    return max(Path(dist).resolve().glob(pattern), key=lambda file: file.stat().st_mtime)


def make_environment(folder: Path, python: str) -> Path:
    """Return the Python of a new environment."""
    subprocess.run(["uv", "venv", "--quiet", "--python", python, folder], check=True)
    return folder / "bin" / "python"


def install(python: Path, *requirements: str) -> None:
    """The environment has what is required, and what that requires; options of uv may be among them."""
    subprocess.run(["uv", "pip", "install", "--quiet", "--python", python, *requirements], check=True)


def name_of(requirement: str) -> str:
    """Return the package that is required: ``"mkdocs"`` for ``"mkdocs>=1.6.1,<2"``."""
    return re.split(r"[^\w.-]", requirement)[0]
