"""What the page "Monitoring" says is so: its figures, options, settings and sample."""

from __future__ import annotations

import io
import json
import logging
import re

from flask_acct import config as configuration
from flask_acct.cli import acct as commands
from flask_acct.doctor.commands import doctor
from flask_acct.features.login.pages import NAMES
from flask_acct.logs import JsonFormatter

from ..developers.pages import REPOSITORY
from ..web.site import Site
from .test_metrics import figures

PAGE = (REPOSITORY / "kb" / "operators" / "monitoring.md").read_text("utf-8")


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def test_its_figures_are_those_that_there_are(counted: Site) -> None:
    counted.sign_in("alice", "wrong password")
    counted.letters()
    ends = re.compile(r"_(bucket|count|sum|created)$")
    there = {ends.sub("", name) for name, _ in figures(counted)}
    told = set(re.findall(r"`(flask_acct_\w+)", PAGE.partition("| figure | is |")[2].partition("\n\n")[0]))
    assert told == {name for name in there if not name.endswith("sign_ins")}


def test_its_outcomes_are_those_that_are_counted() -> None:
    (row,) = re.findall(r"^\| `flask_acct_sign_ins_total\{outcome\}` \| (.*) \|$", PAGE, re.MULTILINE)
    assert set(re.findall(r"`(\w+)`", row)) == set(NAMES.values())


def test_its_options_are_those_of_the_command() -> None:
    told = set(re.findall(r"^\| `(--\w+)", PAGE, re.MULTILINE))
    assert told == {option for parameter in doctor.params for option in parameter.opts}


def test_its_commands_are_there() -> None:
    named = {words.split()[0] for words in re.findall(r"flask (?:--app \w+ )?acct ([a-z-]+)", PAGE)}
    known = set(commands.list_commands(None))  # type: ignore[arg-type]
    assert named <= known


def test_its_settings_can_be_written() -> None:
    for text in blocks("toml"):
        assert configuration.parse(text)
    assert len(blocks("toml")) == 3


def test_its_sample_of_the_log_has_the_keys_of_a_line() -> None:
    (sample,) = [text for text in blocks("text") if '"logger"' in text]
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    handler.emit(logging.LogRecord("flask_acct", logging.INFO, "", 1, "request", (), None))
    assert set(json.loads(stream.getvalue())) <= set(json.loads(sample))
