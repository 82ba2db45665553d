"""What becomes of an archive when the program that encrypts it, or we, stop half way."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer

import pytest

from flask_acct.backup import encryption
from flask_acct.backup.problems import BackupFailed, NotRestored

PIECE = b"x" * 512
"""As tar writes; a pipe takes some hundred of them before it blocks."""
MANY = 20_000


@contextmanager
def not_for_ever(program: str) -> Iterator[None]:
    """A program that waits for us while we wait for it is ended, so that the test fails and does not hang."""
    ended: list[int] = []

    def end() -> None:
        ended.append(subprocess.run(["pkill", "-P", str(os.getpid()), "-x", program], check=False).returncode)

    patience = Timer(20, end)
    patience.start()
    try:
        yield
    finally:
        patience.cancel()
    assert not ended, f"{program} waited for ever"


@pytest.fixture
def key(tmp_path: Path) -> Path:
    if shutil.which("age") is None or shutil.which("pkill") is None:
        pytest.skip("needs age and pkill")
    file = tmp_path / "key.txt"
    subprocess.run(["age-keygen", "-o", str(file)], check=True, capture_output=True)
    return file


def public(key: Path) -> str:
    return key.read_text().split("public key: ")[1].split()[0]


@pytest.fixture
def archive(tmp_path: Path, key: Path) -> Path:
    """Ten megabytes that only the key reads."""
    file = tmp_path / "archive.age"
    write(file, public(key), pieces=MANY)
    return file


def program(folder: Path, name: str, says: str) -> None:
    file = folder / name
    file.write_text(f"#!/bin/sh\nexec 0<&-\necho '{says}' >&2\nexit 1\n")
    file.chmod(0o700)


def write(file: Path, key: str, *, pieces: int = 1, error: BaseException | None = None) -> None:
    with encryption.written(file, encryption.Recipients(age=[key])) as stream:
        for _ in range(pieces):
            stream.write(PIECE)
        if error:
            raise error


def read(file: Path, key: Path, *, error: NotRestored) -> None:
    """The beginning is read, and then something is wrong."""
    with encryption.read(file, [key]) as stream:
        stream.read(10)
        raise error


@pytest.mark.parametrize("pieces", [1, 20, MANY])
def test_what_a_program_says_that_reads_nothing_is_told(
    tmp_path: Path, pieces: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path, "age", "the moon is not a key")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    with pytest.raises(BackupFailed) as raised:
        write(tmp_path / "new", "moon", pieces=pieces)
    assert str(raised.value) == "age: the moon is not a key"


@pytest.mark.parametrize(
    "error", [BackupFailed("The database went away."), OSError(28, "No space left on device"), KeyboardInterrupt()]
)
def test_what_stops_us_while_we_write_is_told_at_once(tmp_path: Path, key: Path, error: BaseException) -> None:
    with not_for_ever("age"), pytest.raises(type(error)) as raised:
        write(tmp_path / "new", public(key), error=error)
    assert raised.value is error


def test_what_stops_us_while_we_read_is_told_at_once(archive: Path, key: Path) -> None:
    error = NotRestored("This is no archive of ours.")
    with not_for_ever("age"), pytest.raises(NotRestored) as raised:
        read(archive, key, error=error)
    assert raised.value is error


def test_of_an_archive_that_was_cut_off_the_program_says_so(archive: Path, key: Path) -> None:
    os.truncate(archive, archive.stat().st_size - 100_000)
    with not_for_ever("age"), pytest.raises(NotRestored) as raised:
        read(archive, key, error=NotRestored("The archive ends in the middle."))
    assert str(raised.value).startswith("age: ")


def test_a_program_that_says_more_than_a_pipe_holds_is_not_waited_for_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As of an archive that somebody made for thousands of keys."""
    file = tmp_path / "gpg"
    line = "gpg: encrypted with a key that nobody has " + "x" * 60
    file.write_text(f"#!/bin/sh\nn=0\nwhile [ $n -lt 3000 ]; do echo '{line}' >&2; n=$((n + 1)); done\n"
                    "echo 'gpg: no secret key' >&2\nexit 2\n")  # fmt: skip
    file.chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    (tmp_path / "archive.gpg").write_bytes(b"x" * 100)
    with (
        not_for_ever("gpg"),
        pytest.raises(NotRestored, match=r"gpg: no secret key$") as raised,
        encryption.read(tmp_path / "archive.gpg") as stream,
    ):
        stream.read()
    assert len(str(raised.value)) < 3000
