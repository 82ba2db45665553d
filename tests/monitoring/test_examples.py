"""The alerts and the dashboard that are shipped ask for figures that there are, and lead to pages that there are."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

import flask_acct.monitoring
from flask_acct.features.login.pages import NAMES

from ..developers.pages import REPOSITORY
from ..web.site import Site
from .test_metrics import figures

EXAMPLES = Path(flask_acct.monitoring.__file__).parent / "examples"
RULES: list[dict[str, Any]] = yaml.safe_load((EXAMPLES / "alerts.yml").read_text("utf-8"))["groups"][0]["rules"]
DASHBOARD: dict[str, Any] = json.loads((EXAMPLES / "grafana.json").read_text("utf-8"))
NAMED = re.compile(r"\bflask_acct_\w+")


def questions() -> Iterator[str]:
    """Every expression of both."""
    yield from (str(rule["expr"]) for rule in RULES)
    yield from (target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"])
    yield from (one["query"] for one in DASHBOARD["templating"]["list"])


@pytest.fixture
def names(counted: Site) -> set[str]:
    """The names of all figures of a site that was used."""
    counted.sign_in("alice", "wrong password")
    counted.letters()
    return {name for name, _ in figures(counted)}


def test_every_question_is_about_figures_that_there_are(names: set[str]) -> None:
    asked = {name for question in questions() for name in NAMED.findall(question)}
    assert asked - names == set()
    assert len(asked) > 8


def test_every_figure_is_on_the_dashboard(names: set[str]) -> None:
    shown = {name for question in questions() for name in NAMED.findall(question)}
    left_out = {name for name in names if not name.endswith(("_created", "_sum"))} - shown
    assert left_out == set()


def test_outcomes_that_alerts_name_are_those_that_are_counted() -> None:
    named = {
        one
        for question in questions()
        for found in re.findall(r'outcome=~?"([^"]+)"', question)
        for one in found.split("|")
    }
    assert named <= set(NAMES.values())
    assert named


def test_panels_do_not_lie_on_each_other() -> None:
    cells = [
        (x, y)
        for panel in DASHBOARD["panels"]
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_every_alert_says_what_to_do(rule: dict[str, Any]) -> None:
    page, _, anchor = rule["annotations"]["runbook"].partition("#")
    headings = re.findall(r"^##+ (.+)$", (REPOSITORY / "kb" / "operators" / page).read_text("utf-8"), re.MULTILINE)
    assert anchor in {re.sub(r"[^a-z0-9]+", "-", heading.lower()).strip("-") for heading in headings}
    assert rule["labels"]["severity"] in {"critical", "warning"}
    assert rule["annotations"]["summary"].endswith(".")


@pytest.mark.skipif(shutil.which("promtool") is None, reason="needs promtool")
def test_prometheus_reads_the_alerts() -> None:
    command = ["promtool", "check", "rules", str(EXAMPLES / "alerts.yml")]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
