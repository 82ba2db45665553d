"""Stands in for systemctl: starts what the unit files say, in a folder in place of the machine.

Of a unit it follows ``User``, ``WorkingDirectory``, ``EnvironmentFile``, ``ExecStart`` and ``Type``. A service of the
type ``notify`` is started once it has said so. nginx is in no unit here; ``reload nginx`` reloads the real one.
"""

from __future__ import annotations

import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(os.environ["MACHINE_ROOT"])
UNITS = ROOT / "etc/systemd/system"
RUN, LOG = ROOT / "run", ROOT / "var/log"
START_SECONDS = 60
STOP_SECONDS = 50


def main(words: list[str]) -> int:
    """What the words ask for is done. Returns the exit code."""
    act, names = words[0], [word for word in words[1:] if not word.startswith("-")]
    if act in {"daemon-reload", "list-timers"}:
        return 0
    if names == ["nginx"]:
        subprocess.run(["nginx", "-s", "reload"], check=True)
        return 0
    for name in names:
        if name.endswith((".timer", ".socket")):
            settings(name)
            continue
        if act in {"restart", "stop"}:
            stop(name)
        if act in {"enable", "start", "restart"}:
            start(name)
        if act == "status" and not is_running(name):
            sys.stdout.write(f"{name} is not running\n{log_of(name)}\n")
            return 3
    return 0


def settings(name: str) -> dict[str, str]:
    """Return the settings of a unit."""
    unit = UNITS / (name if "." in name else f"{name}.service")
    lines = [line.partition("=") for line in unit.read_text().splitlines() if "=" in line and line[0] != "#"]
    return {key: value for key, _, value in lines}


def start(name: str) -> None:
    """The service runs, and a ``oneshot`` has ended."""
    if is_running(name):
        return
    unit = settings(name)
    env = {
        **os.environ,
        **variables(Path(unit["EnvironmentFile"])),
        "PGUSER": unit["User"],
        "STANDING_FOR": unit["User"],
    }
    told = listener(name) if unit["Type"] == "notify" else None
    if told:
        env["NOTIFY_SOCKET"] = told.getsockname()
    command = unit["ExecStart"].replace(" /var/", f" {ROOT}/var/")
    with (LOG / f"{name}.log").open("ab") as log:
        process = subprocess.Popen(
            shlex.split(command), cwd=unit["WorkingDirectory"], env=env, stdout=log, stderr=log,
            stdin=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
    (RUN / f"{name}.pid").write_text(str(process.pid))
    if unit["Type"] == "oneshot":
        if process.wait() != 0:
            raise SystemExit(log_of(name))
    elif told:
        wait_until_told(told, process, name)


def listener(name: str) -> socket.socket:
    """Return the socket on which the service says that it is ready."""
    path = RUN / f"{name}.notify"
    path.unlink(missing_ok=True)
    told = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    told.bind(str(path))
    told.settimeout(0.5)
    return told


def wait_until_told(told: socket.socket, process: subprocess.Popen[bytes], name: str) -> None:
    """The service has said that it is ready. Ends with its log if it does not."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            if b"READY=1" in told.recv(4096):
                return
        except TimeoutError:
            continue
    raise SystemExit(f"{name} did not start:\n{log_of(name)}")


def variables(file: Path) -> dict[str, str]:
    """Return what an environment file sets, read as systemd reads it."""
    lines = [line for line in file.read_text().splitlines() if line and line[0] not in "#;"]
    return {key: "".join(shlex.split(value)) for key, _, value in (line.partition("=") for line in lines)}


def stop(name: str) -> None:
    """The service does not run."""
    if not is_running(name):
        return
    pid = pid_of(name)
    os.kill(pid, signal.SIGTERM)
    end = time.monotonic() + STOP_SECONDS
    while time.monotonic() < end and is_running(name):
        time.sleep(0.05)
    if is_running(name):
        raise SystemExit(f"{name} does not stop")


def pid_of(name: str) -> int:
    """Return the process of a service, 0 if it was never started."""
    file = RUN / f"{name}.pid"
    return int(file.read_text()) if file.exists() else 0


def is_running(name: str) -> bool:
    """Whether the process of a service is there and no zombie."""
    state = Path(f"/proc/{pid_of(name)}/stat")
    try:
        return pid_of(name) > 0 and state.read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def log_of(name: str) -> str:
    """Return what a service has written."""
    file = LOG / f"{name}.log"
    return file.read_text()[-4000:] if file.exists() else ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
