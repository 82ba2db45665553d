"""Writes what a fresh installation of the built wheel with all its extras brings: ``bill_of_materials.py DIST``.

It is a software bill of materials in CycloneDX, beside the wheel, with versions, licences and who needs whom, as the
package index answers today. Needs uv.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

from installing import install, make_environment, name_of, newest

PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"
CYCLONEDX = "cyclonedx-bom>=7.5,<8"


def main(dist: str) -> None:
    """The bill lies beside the newest wheel in ``dist``, and is whole."""
    wheel = newest(dist, "flask_acct-*.whl")
    project = tomllib.loads(PYPROJECT.read_text("utf-8"))["project"]
    bill = wheel.with_name(f"{wheel.name.partition('-py3-')[0]}.cdx.json")
    with tempfile.TemporaryDirectory() as folder:
        python = make_environment(Path(folder, "venv"), sys.executable)
        install(python, f"{wheel}[{','.join(project['optional-dependencies'])}]")
        subprocess.run(
            ["uv", "tool", "run", "--quiet", "--from", CYCLONEDX, "cyclonedx-py", "environment", python, "-o", bill,
             "--pyproject", PYPROJECT, "--mc-type", "library", "--output-reproducible"],
            check=True,
        )  # fmt: skip
    found = json.loads(bill.read_text("utf-8"))
    raise_unless_whole(found, project)
    print(f"{bill.name}: {len(found['components'])} packages")


def raise_unless_whole(bill: dict[str, Any], project: dict[str, Any]) -> None:
    """Raise unless the bill is of this version and names every package that the project asks for."""
    about = bill["metadata"]["component"]
    if (about["name"], about["version"]) != (project["name"], project["version"]):
        raise SystemExit(f"The bill is of {about['name']} {about['version']}.")
    asked = [*project["dependencies"], *(one for extra in project["optional-dependencies"].values() for one in extra)]
    lacking = {_key(name_of(one)) for one in asked} - {_key(one["name"]) for one in bill["components"]}
    if lacking:
        raise SystemExit(f"The bill lacks {', '.join(sorted(lacking))}.")


def _key(name: str) -> str:
    return name.lower().replace("_", "-")


if __name__ == "__main__":
    main(sys.argv[1])
