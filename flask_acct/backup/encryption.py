"""Archives that only their owner reads: encrypted by age or gpg, and never readable by other users of the machine."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, cast

from ..errors import AcctError
from .problems import BackupFailed, NotRestored

AGE_BEGINS = b"age-encryption.org/v1"
GZIP_BEGINS = b"\x1f\x8b"

MOST_SAID = 2000
"""Bytes of what a program says that are passed on, the last ones."""


@dataclass(frozen=True, slots=True)
class Recipients:
    """Who can read an archive: everybody who has the file, unless somebody is named."""

    age: Sequence[str] = ()
    """Public keys, ``age1…`` or of SSH, or files of such."""
    gpg: Sequence[str] = ()
    """Keys of the keyring: fingerprints or addresses."""

    @property
    def suffix(self) -> str:
        return ".age" if self.age else ".gpg" if self.gpg else ""


@contextmanager
def written(file: Path, recipients: Recipients) -> Iterator[IO[bytes]]:
    """What the block writes is in the new file, encrypted for the recipients. Raises ``BackupFailed``."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as target:
        command = _encrypting(recipients)
        if command is None:
            yield target
        else:
            with _through(command, stdout=target, error=BackupFailed) as running:
                yield cast(IO[bytes], running.stdin)
        target.flush()
        os.fsync(target.fileno())


@contextmanager
def read(file: Path, identities: Sequence[Path] = ()) -> Iterator[IO[bytes]]:
    """Yields the archive's content, decrypted. Raises ``NotRestored``.

    Args:
        identities: Files with age's or SSH's private keys. gpg has its own in its keyring.
    """
    with _opened(file) as source:
        begins = source.read(len(AGE_BEGINS))
        source.seek(0)
        if begins.startswith(GZIP_BEGINS):
            yield source
            return
        command = _decrypting(begins, file, identities)
        with _through(command, stdin=source, error=NotRestored) as running:
            yield cast(IO[bytes], running.stdout)


def _opened(file: Path) -> IO[bytes]:
    try:
        # Without a buffer: a program that is given the file goes on where this one stopped to read.
        return file.open("rb", buffering=0)
    except OSError as error:
        raise NotRestored(f"{file} cannot be read: {error.strerror}") from None


def _encrypting(recipients: Recipients) -> list[str] | None:
    if recipients.age and recipients.gpg:
        raise BackupFailed("Name keys of age or of gpg, not both.")
    if recipients.age:
        return [_program("age", BackupFailed), *_options_of_age(recipients.age)]
    if recipients.gpg:
        # Whoever names a key by hand trusts it, whatever gpg has been told of it.
        how = ["--batch", "--quiet", "--trust-model", "always", "--compress-algo", "none", "--encrypt"]
        named = [option for key in recipients.gpg for option in ("--recipient", key)]
        return [_program("gpg", BackupFailed), *how, *named]
    return None


def _options_of_age(recipients: Sequence[str]) -> Iterator[str]:
    for one in recipients:
        yield from ("-R" if Path(one).is_file() else "-r", one)


def _decrypting(begins: bytes, file: Path, identities: Sequence[Path]) -> list[str]:
    if begins.startswith(AGE_BEGINS):
        if not identities:
            raise NotRestored(f"{file} is encrypted with age. Name the file of your key: --identity key.txt")
        named = [option for one in identities for option in ("-i", str(one))]
        return [_program("age", NotRestored), "--decrypt", *named]
    return [_program("gpg", NotRestored), "--quiet", "--decrypt"]


def _program(name: str, error: type[AcctError]) -> str:
    found = shutil.which(name)
    if found is None:
        package = "gnupg" if name == "gpg" else name
        raise error(f"{name} is not installed. Debian and Ubuntu: apt install {package}")
    return found


@contextmanager
def _through(
    command: list[str],
    *,
    error: type[AcctError],
    stdin: int | IO[bytes] = subprocess.PIPE,
    stdout: int | IO[bytes] = subprocess.PIPE,
) -> Iterator[subprocess.Popen[bytes]]:
    """The program runs, and ends with the block. Raises ``error`` with what it says, unless it succeeds."""
    name = Path(command[0]).name
    # What it says goes into a file: of a pipe that nobody empties meanwhile, it would wait for us while we wait for it.
    with TemporaryFile() as says, subprocess.Popen(command, stdin=stdin, stdout=stdout, stderr=says) as running:  # noqa: S603
        failure: Exception | None = None
        try:
            yield running
            if running.stdin:
                running.stdin.close()
        except (AcctError, OSError) as found:
            # A program that has failed no longer takes or gives anything: what it said is the reason.
            failure = found
        except BaseException:
            running.kill()
            raise
        finally:
            _let_go(running)
        failed = running.wait()
        said = _end_of(says)
        if failed:
            raise error(f"{name}: {said or 'it failed without a word'}") from failure
    if failure is not None:
        raise failure


def _end_of(says: IO[bytes]) -> str:
    """Return what a program said last."""
    says.seek(max(0, says.seek(0, os.SEEK_END) - MOST_SAID))
    return says.read().decode("utf-8", "replace").strip()


def _let_go(running: subprocess.Popen[bytes]) -> None:
    """The program has all it will get and nowhere to wait: it ends by itself, with its own verdict on the whole."""
    if running.stdin:
        # What it no longer takes is lost with it, and closing the pipe would say so once more.
        with suppress(OSError):
            running.stdin.close()
    while running.stdout and running.stdout.read(2**20):
        pass
