"""Checks, before the first journey runs, that records and report can be written."""

from __future__ import annotations

from pathlib import Path

from .. import outputs
from ..articles.knowledge_base import KnowledgeBase
from ..articles.manifest import FILE, STORED
from . import results


def claim(made: KnowledgeBase, report: Path, junit: Path | None) -> None:
    """Raise ``KbError``, in one sentence, unless records and report can be written to their places."""
    inputs, records = outputs.Inputs.of(made), made.manifest.folder
    has_manifest = (records / FILE).is_file()
    outputs.claim(
        records,
        inputs.but(records),
        may_be_there=lambda one: has_manifest or one.name.startswith(".") or bool(STORED.fullmatch(one.name)),
    )
    outputs.claim(report, inputs, may_be_there=_may_be_in_report)
    if junit:
        outputs.raise_unless_file_is_ours(junit, inputs, is_ours=results.is_junit, what="JUnit XML")
        with outputs.explain_errors(junit):
            junit.parent.mkdir(parents=True, exist_ok=True)
            junit.open("ab").close()


def _may_be_in_report(file: Path) -> bool:
    """Whether a file may stay in the folder of a report: other files may, unless the report would replace them."""
    return (
        file.name not in {results.JUNIT, results.PAGE}
        or (file.name == results.JUNIT and results.is_junit(file))
        or (file.name == results.PAGE and results.is_page(file))
    )
