"""A machine with Debian 12 and systemd as its first process, in a folder. Needs root, debootstrap and systemd-nspawn.

It shares the network of the machine that it runs on, and so its ports.
"""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path

SUITE, MIRROR = "bookworm", "http://deb.debian.org/debian"
PACKAGES = ("systemd", "systemd-sysv", "dbus", "ca-certificates", "procps", "iproute2", "logrotate", "adduser")
PROGRAMS = ("debootstrap", "systemd-nspawn", "nsenter")
SOURCES = """deb {mirror} {suite} main
deb {mirror} {suite}-updates main
deb {mirror}-security {suite}-security main
"""
AUTHORITIES = "usr/local/share/ca-certificates"
PIP = "[global]\ncert = /etc/ssl/certs/ca-certificates.crt\ndisable-pip-version-check = true\n"

ENVIRONMENT = (
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "TERM=dumb",
)  # fmt: skip
BOOT_SECONDS = 90
COMMAND_SECONDS = 1200


class CommandFailed(Exception):
    """A command in the container ended with something else than 0."""


class Container:
    """A folder with a system in it, and its processes once it is booted."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.process: subprocess.Popen[bytes] | None = None

    def make(self) -> None:
        """The folder holds a minimal Debian and nothing else, and trusts who this machine trusts."""
        if self.root.exists():
            shutil.rmtree(self.root)
        include = f"--include={','.join(PACKAGES)}"
        subprocess.run(["debootstrap", "--variant=minbase", include, SUITE, self.root, MIRROR], check=True)
        (self.root / "etc/apt/sources.list").write_text(SOURCES.format(mirror=MIRROR, suite=SUITE))
        (self.root / "etc/pip.conf").write_text(PIP)
        (self.root / "etc/hostname").write_text("machine\n")
        for one in Path("/", AUTHORITIES).glob("*.crt"):
            shutil.copy(one, self.root / AUTHORITIES)

    def trust(self, authority: Path, name: str) -> None:
        """Programs in the container trust certificates of an authority."""
        shutil.copy(authority, self.root / AUTHORITIES / f"{name}.crt")
        subprocess.run(["chroot", self.root, "update-ca-certificates", "--fresh"], check=True, capture_output=True)

    def boot(self) -> None:
        """The container runs, and systemd has started all that is enabled."""
        # Where systemd does not run, it can register no machine and no unit.
        command: list[str | Path] = [
            "systemd-nspawn",
            "--directory",
            self.root,
            "--boot",
            "--register=no",
            "--keep-unit",
        ]
        with self.root.with_suffix(".log").open("ab") as log:
            self.process = subprocess.Popen(
                [*command, "--console=pipe"], stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self._wait_until_running()

    def reboot(self) -> None:
        """As by its power button: every service was stopped, and started again."""
        assert self.process is not None
        self.run("systemctl reboot", may_fail=True)
        # systemd-nspawn ends here, and leaves it to who started it to boot again.
        self.process.wait(BOOT_SECONDS)
        self.boot()

    def stop(self) -> None:
        """Nothing in it runs any more."""
        if self.process is None or self.process.poll() is not None:
            return
        self.run("systemctl poweroff", may_fail=True)
        try:
            self.process.wait(BOOT_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def run(self, text: str, *, may_fail: bool = False) -> str:
        """Run commands as root, up to the first one that fails. Returns what they print. Raises ``CommandFailed``."""
        inside = ["nsenter", "--target", self._first_process(), "--all", "--root", "--wd", "env", "-i", *ENVIRONMENT]
        done = subprocess.run(
            [*inside, "bash", "-euo", "pipefail", "-c", text], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, timeout=COMMAND_SECONDS, check=False,
        )  # fmt: skip
        if done.returncode and not may_fail:
            raise CommandFailed(f"{text}\n{done.stdout}\nended with {done.returncode}")
        return done.stdout

    def _first_process(self) -> str:
        """Return the number of the container's init, empty if there is none."""
        assert self.process is not None
        done = subprocess.run(
            ["pgrep", "--parent", str(self.process.pid)], capture_output=True, text=True, check=False
        )  # fmt: skip
        return done.stdout.split()[0] if done.stdout else ""

    def _wait_until_running(self) -> None:
        end = time.monotonic() + BOOT_SECONDS
        said = ""
        while time.monotonic() < end:
            if self._first_process():
                said = self.run("systemctl is-system-running", may_fail=True).strip()
            if said in {"running", "degraded"}:
                return
            time.sleep(0.3)
        raise CommandFailed(f"systemd is {said or 'not there'}: see {self.root.with_suffix('.log')}")
