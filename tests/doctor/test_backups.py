"""The doctor knows how old the newest backup is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from flask import Flask

from flask_acct.doctor import backups
from flask_acct.doctor.checkup import Checkup
from flask_acct.doctor.lines import Line

NAME = "acct-20261129T030000Z.tar.gz"
HOUR = 3600


def found(folder: Path | str, monkeypatch: pytest.MonkeyPatch) -> list[Line]:
    monkeypatch.setenv("ACCT_BACKUPS", str(folder))
    return list(backups.newest(Checkup(Flask(__name__))))


def backup(folder: Path, *, hours_old: float) -> None:
    file = folder / NAME
    file.touch()
    made = file.stat().st_mtime - hours_old * HOUR
    os.utime(file, (made, made))


def test_one_of_last_night_is_fine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    backup(tmp_path, hours_old=24.5)
    assert found(tmp_path, monkeypatch) == [Line("Backups", "ok", f"{NAME} is 24 hours old")]


def test_without_one_of_last_night_the_timer_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    backup(tmp_path, hours_old=30)
    [line] = found(tmp_path, monkeypatch)
    assert line.state == "fail"
    assert "systemctl list-timers" in line.fix


def test_an_empty_folder_can_wait_until_the_first_night(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    [line] = found(tmp_path, monkeypatch)
    assert line.state == "warn"
    assert "there is none" in line.what


def test_a_folder_that_is_not_there_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    [line] = found(tmp_path / "elsewhere", monkeypatch)
    assert line.state == "warn"
    assert "is not there" in line.what


def test_nothing_is_said_where_backups_are_made_in_another_way(monkeypatch: pytest.MonkeyPatch) -> None:
    assert found("", monkeypatch) == []
