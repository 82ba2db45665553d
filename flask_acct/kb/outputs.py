"""Where the commands write: a folder or a file, made beside the old one and put in its place when complete.

A command that is stopped, rejected or out of space leaves what was there before. What a killed process has
left beside it is removed by the next one.
"""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import signal
import sys
import tempfile
import threading
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..values.build_marks import AWAY, SWAPPING, UNFINISHED
from .articles.content import KbError

if TYPE_CHECKING:
    from .articles.knowledge_base import KnowledgeBase

try:
    import fcntl
except ImportError:  # Windows, where nothing tells who still works in a folder
    fcntl = None  # type: ignore[assignment]

VERIFIED = "verified"
"""The folder beside our articles that holds the records of our presets."""


@dataclass(frozen=True, slots=True)
class Kind:
    """The kind of folder that a command makes."""

    name: str
    mark: str
    """The hidden file by which such a folder is recognised."""
    signs: tuple[str, ...] = ()
    """Files that each count as the mark, which older versions did not write."""
    lists_files: bool = False
    """Whether the mark lists what was written; then a file that is not listed keeps the folder from being replaced."""


HELP_SITE = Kind("a help site", ".acct-help", ("csp.txt",))
"""Files that others put among its pages are removed, as MkDocs does; see ``_carry_over`` for what stays."""
ARTICLES = Kind("rendered articles", ".acct-articles", lists_files=True)
BOOK = Kind("PDF books", ".acct-book", lists_files=True)


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a command reads, each with a name for it."""

    read: tuple[tuple[Path, str], ...] = ()
    """Nothing may be written to them, around them or into them."""
    around: tuple[tuple[Path, str], ...] = ()
    """Nothing may replace them; a folder inside them is where outputs belong."""

    @classmethod
    def of(cls, centre: KnowledgeBase) -> Inputs:
        config, content = centre.platform.config, centre.content
        read = [(layer, "the articles") for layer in content.layers]
        if config.own_translations:
            read.append((config.own_translations, "your translations"))
        around = [(Path.cwd(), "the current folder"), (Path.home(), "your home folder")]
        if config.folder:
            around.append((config.folder, "the folder of acct.toml"))
        return cls(tuple(read), (*around, (centre.manifest.folder, "the records of kb verify")))

    def but(self, folder: Path) -> Inputs:
        """Return the inputs without this folder, and without those that hold it by design: our presets' records."""
        read = tuple(one for one in self.read if not folder.is_relative_to(one[0] / VERIFIED))
        return Inputs(read, tuple(one for one in self.around if one[0] != folder))


@contextmanager
def folder(out: Path, kind: Kind, inputs: Inputs) -> Iterator[Path]:
    """Yield a new folder, whose content becomes that of ``out`` if the block ends without an error.

    Raises ``KbError``, in one sentence, if nothing may or can be written there.
    """
    raise_unless_folder_is_ours(out, kind, inputs)
    place = _resolved(out)
    with _explain_errors(out), _stoppable(), _beside(place) as made:
        yield made
        _mark(made, kind)
        _give_mode(made, place)
        _put(made, place)


@contextmanager
def file(out: Path, inputs: Inputs, *, is_ours: Callable[[Path], bool], what: str) -> Iterator[Path]:
    """Yield the path of a new file, which replaces ``out`` if the block ends without an error.

    Args:
        is_ours: Whether an existing file was made by such a command.
        what: What the file is: ``"a ZIP file of a help site"``.
    """
    raise_unless_file_is_ours(out, inputs, is_ours=is_ours, what=what)
    place = _resolved(out)
    with _explain_errors(out), _stoppable():
        place.parent.mkdir(parents=True, exist_ok=True)
        _sweep(place.parent, place.name)
        with tempfile.TemporaryDirectory(prefix=_prefix(place), dir=place.parent) as name, _locked(Path(name)):
            made = Path(name) / place.name
            yield made
            if place.exists():
                made.chmod(place.stat().st_mode & 0o777)
            made.replace(place)


def replace(file: Path, content: bytes) -> None:
    """The file has the new content, or the complete old one. Raises ``OSError``."""
    place = Path(os.path.realpath(file))
    unfinished = place.with_name(f".{place.name}.{UNFINISHED}{os.getpid()}")
    try:
        unfinished.write_bytes(content)
        if place.exists():
            unfinished.chmod(place.stat().st_mode & 0o777)
        unfinished.replace(place)
    except BaseException as error:
        with suppress(OSError):
            unfinished.unlink()
        if not (isinstance(error, PermissionError) and os.access(place, os.W_OK)):
            raise
        # A writable file in a folder that is not.
        place.write_bytes(content)


def raise_unless_folder_is_ours(out: Path, kind: Kind, inputs: Inputs) -> None:
    """Raise ``KbError`` unless the folder is new, empty, or one that the same command made."""
    raise_if_input(out, inputs)
    place = _resolved(out)
    with _explain_errors(out):
        _raise_if_file(out, place)
        names = {one.name for one in place.iterdir()} if place.is_dir() else set()
        known = {kind.mark, *kind.signs} & names
        if any(not _is_leftover(name) for name in names) and not known:
            raise KbError(f"{out} holds other things than {kind.name}, and would be emptied. Name an empty folder.")
        if kind.lists_files and kind.mark in names:
            _raise_if_others_would_go(out, place, kind)


def raise_unless_file_is_ours(out: Path, inputs: Inputs, *, is_ours: Callable[[Path], bool], what: str) -> None:
    """Raise ``KbError`` unless the file is new, empty, or one that the same command made."""
    raise_if_input(out, inputs)
    place = _resolved(out)
    with _explain_errors(out):
        if place.is_dir():
            raise KbError(f"{out} is a folder. Name a file")
        if place.exists() and place.stat().st_size and not is_ours(place):
            raise KbError(f"{out} is there already and is not {what}. It would be lost: name another file.")


def _raise_if_file(out: Path, place: Path) -> None:
    if place.exists() and not place.is_dir():
        raise KbError(f"{out} is a file. Name a folder")


def raise_if_input(out: Path, inputs: Inputs) -> None:
    """Raise ``KbError`` if the command reads the place, something inside it, or a folder around it."""
    place, fix = _resolved(out), "It would be lost. Name an empty folder of its own, such as site."
    for one, name in (*inputs.read, *inputs.around):
        given = _resolved(one)
        if _is_same(place, given):
            raise KbError(f"{out} is {name}, which this command reads. {fix}")
        if any(_is_same(place, above) for above in given.parents):
            raise KbError(f"{out} holds {given}, {name}, which this command reads. {fix}")
    for one, name in inputs.read:
        if any(_is_same(_resolved(one), above) for above in place.parents):
            fix = "Name a folder outside of it, so that nothing written is read as an input."
            raise KbError(f"{out} is inside of {one}, {name}, which this command reads. {fix}")


def claim(out: Path, inputs: Inputs, *, may_be_there: Callable[[Path], bool]) -> None:
    """Raise ``KbError`` unless the folder exists, or can be made, and files can be added to it one by one.

    Args:
        may_be_there: Whether an existing file may be overwritten, or does not matter.
    """
    raise_if_input(out, inputs)
    place = _resolved(out)
    with _explain_errors(out):
        _raise_if_file(out, place)
        place.mkdir(parents=True, exist_ok=True)
        if other := next((one for one in sorted(place.iterdir()) if not may_be_there(one)), None):
            raise KbError(f"{out} holds {other.name}, which this command did not write. Name an empty folder.")
        with tempfile.TemporaryFile(dir=place):
            pass


@contextmanager
def explain_errors(out: Path) -> Iterator[None]:
    """Errors of writing become one sentence with the place and the fix."""
    with _explain_errors(out):
        yield


@contextmanager
def _explain_errors(out: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        named = [str(name) for name in (error.filename2, error.filename) if isinstance(name, str | bytes | os.PathLike)]
        culprit = Path(named[0]) if named else out
        if _is_read(error, culprit, out):
            raise KbError(f"{culprit} cannot be read: {reason}") from None
        raise KbError(f"{out} cannot be written: {reason}. {_fix(error, out)}") from None


def _is_read(error: OSError, culprit: Path, out: Path) -> bool:
    """Whether the error is not about what is written but about something read: a missing picture."""
    place, found = _resolved(out), _resolved(culprit)
    is_output = UNFINISHED in str(culprit) or found in {place, *place.parents} or place in found.parents
    return error.errno in {errno.ENOENT, errno.EACCES, errno.EISDIR} and not is_output


def _fix(error: OSError, out: Path) -> str:
    if isinstance(error, PermissionError):
        return "Name another place, or run the command as the user who may write there."
    if isinstance(error, NotADirectoryError | FileExistsError):
        culprit = next((above for above in (out, *out.parents) if above.is_file()), out)
        return f"{culprit} is a file. Name another place."
    if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
        return "Make room and run the command again; what stood there before is as it was."
    return "Name another place."


@contextmanager
def _stoppable() -> Iterator[None]:
    """A process that is told to end cleans up first."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(*_: object) -> None:
        raise SystemExit(128 + signal.SIGTERM)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _beside(place: Path) -> Iterator[Path]:
    """Yield an empty folder on the file system of ``place``: beside it, or in it if that is not possible."""
    made = _new_folder(place)
    try:
        with _locked(made):
            yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _new_folder(place: Path) -> Path:
    """Leftovers of others are gone, and the parents exist. Raises ``OSError``."""
    is_mounted = place.is_dir() and os.path.ismount(place)
    if not is_mounted:
        place.parent.mkdir(parents=True, exist_ok=True)
        _sweep(place.parent, place.name)
        try:
            return _made(place.parent, _prefix(place))
        except PermissionError:
            if not place.is_dir():
                raise
    # A mounted volume, or a writable folder in one that is not: its parts are replaced one by one.
    _sweep(place, "")
    return _made(place, f".{UNFINISHED}")


def _made(parent: Path, prefix: str) -> Path:
    made = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
    umask = os.umask(0)
    os.umask(umask)
    # Unlike a temporary folder, this one is for others to read.
    made.chmod(0o777 & ~umask)
    return made


def _prefix(place: Path) -> str:
    return f".{place.name}.{UNFINISHED}"


def _is_leftover(name: str) -> bool:
    return name.startswith(f".{UNFINISHED}") or name == SWAPPING


def _sweep(parent: Path, name: str) -> None:
    """What killed processes have left of their work is removed."""
    for left in parent.glob(f".{name}.{UNFINISHED}*" if name else f".{UNFINISHED}*"):
        with _locked(left) as is_free:
            if is_free:
                shutil.rmtree(left, ignore_errors=True)
    if not name:
        (parent / SWAPPING).unlink(missing_ok=True)


@contextmanager
def _locked(folder: Path) -> Iterator[bool]:
    """Others who would remove the folder see that it is in use. Yields whether nobody used it before."""
    if fcntl is None or not folder.is_dir():
        yield folder.is_dir()
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            is_free = True
        except OSError:
            is_free = False
        yield is_free
    finally:
        os.close(descriptor)


def _put(made: Path, place: Path) -> None:
    """``place`` holds what was made, and ``made`` what was there before."""
    if place in made.parents:
        _put_each(made, place)
    elif place.is_dir():
        _swap(made, place)
        _carry_over(made, place)
    else:
        made.rename(place)


def _put_each(made: Path, place: Path) -> None:
    """As ``_put``, part by part; the app delays its readers for that moment."""
    fresh = sorted(part.name for part in made.iterdir())
    (place / SWAPPING).touch()
    try:
        for name in fresh:
            if (place / name).exists():
                _swap(made / name, place / name)
            else:
                (made / name).rename(place / name)
        for part in list(place.iterdir()):
            if not part.name.startswith(".") and part.name not in fresh:
                part.rename(made / f"{part.name}{AWAY}")
    finally:
        (place / SWAPPING).unlink(missing_ok=True)


def _carry_over(old: Path, new: Path) -> None:
    """Hidden files that others put there stay: ``.git``, ``.htaccess``."""
    for part in old.iterdir():
        if part.name.startswith(".") and not _is_leftover(part.name) and not (new / part.name).exists():
            part.rename(new / part.name)


def _swap(one: Path, other: Path) -> None:
    """Each has the other's place: atomically if the system can, else with a moment in between."""
    if _exchange(one, other):
        return
    away = one.with_name(f"{one.name}{AWAY}")
    other.rename(away)
    try:
        one.rename(other)
    except BaseException:
        away.rename(other)
        raise
    away.rename(one)


def _exchange(one: Path, other: Path) -> bool:
    """Whether the system has exchanged the two atomically."""
    try:
        libc: Any = ctypes.CDLL(None, use_errno=True)
        names = os.fsencode(one), os.fsencode(other)
        if sys.platform == "darwin":
            return bool(libc.renamex_np(*names, 2) == 0)
        here = -100
        return bool(libc.renameat2(here, names[0], here, names[1], 2) == 0)
    except (OSError, AttributeError, TypeError):
        return False


def _mark(made: Path, kind: Kind) -> None:
    listed = sorted(one.relative_to(made).as_posix() for one in made.rglob("*") if one.is_file())
    text = "".join(f"{name}\n" for name in listed if name != kind.mark) if kind.lists_files else ""
    (made / kind.mark).write_text(text, "utf-8")


def _give_mode(made: Path, place: Path) -> None:
    if place.is_dir():
        made.chmod(place.stat().st_mode & 0o7777)


def _raise_if_others_would_go(out: Path, place: Path, kind: Kind) -> None:
    """Raise ``KbError`` if the folder holds files that the command did not write and would remove."""
    ours = set((place / kind.mark).read_text("utf-8", "replace").splitlines())
    for one in sorted(place.rglob("*")):
        name = one.relative_to(place).as_posix()
        if (one.is_file() or one.is_symlink()) and not name.startswith(".") and name not in ours:
            what = f"{out} holds {name}, which this command did not write and would remove"
            raise KbError(f"{what}. Move it elsewhere, or name an empty folder.")


def _resolved(path: Path) -> Path:
    """Return where a path leads, through links; the part that does not exist is appended."""
    return Path(os.path.realpath(path))


def _is_same(one: Path, other: Path) -> bool:
    """Whether both are one place, or would be on a file system that ignores case or composed letters."""
    try:
        if one.samefile(other):
            return True
    except OSError:
        pass
    return _folded(one) == _folded(other)


def _folded(path: Path) -> str:
    return unicodedata.normalize("NFC", str(path)).casefold()
