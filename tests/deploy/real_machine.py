"""Follows the guide for operators on a machine of its own, literally: ``python -m tests.deploy.real_machine``.

Unlike the test in ``test_guide.py`` nothing stands in for anything: Debian 12 is installed in a folder, systemd is its
first process, packages come from Debian and PyPI, certbot asks an ACME server, and the mail server asks for TLS and a
password. Then each unit is tried: killed, restarted while visitors come, rebooted. It needs root, debootstrap,
systemd-container and pebble; the ports 80, 443, 587, 5432 and 8000; and ten minutes, so it is no part of the tests.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import trustme

from . import guide, pebble
from .container import PROGRAMS, CommandFailed, Container
from .relay import Relay, relaying
from .visits import fill_in

REPOSITORY = Path(__file__).parents[2]
DOMAIN, MAIL_SERVER = "clients.example.com", "mail.example.com"
SITE = f"https://{DOMAIN}"
AFTERWARDS = ("backup-and-upgrade", "monitoring", "staff-area", "brand", "own-articles", "gdpr", "incidents")
SERVICES = ("my-company-web", "my-company-mail")

VISITORS = """
import collections, http.client, threading, time
codes, end = collections.Counter(), time.monotonic() + {seconds}
def come():
    while time.monotonic() < end:
        try:
            visit = http.client.HTTPSConnection("{domain}", timeout=30)
            visit.request("GET", "/account/login")
            codes[visit.getresponse().status] += 1
            visit.close()
        except OSError as error:
            codes[type(error).__name__] += 1
        time.sleep(0.2)
threads = [threading.Thread(target=come) for _ in range(4)]
[one.start() for one in threads]
[one.join() for one in threads]
print(*(f"{{code}}:{{number}}" for code, number in sorted(codes.items(), key=str)))
"""
"""Four visitors, who stay below the limits of nginx."""


class RealMachine:
    """The container, and what is around it."""

    def __init__(self, container: Container, relay: Relay, acme: str) -> None:
        self.container = container
        self.relay = relay
        self.acme = acme
        """The address of the certificate authority."""

    def run(self, text: str) -> str:
        return self.container.run(text)

    def curl(self, *words: str) -> str:
        """Run curl as a customer's browser would come. Returns what it prints."""
        quoted = " ".join(f"'{word}'" for word in words)
        return self.run(f"curl --silent --show-error {quoted}")

    def follow(self, page: str) -> None:
        """Each command of a page was run."""
        began, number = time.monotonic(), 0
        for block in guide.commands(page):
            print(f"--- {block}", self.run(block.text), sep="\n", end="", flush=True)
            number += len(block.commands)
        print(f"=== {page}: {number} commands, {(time.monotonic() - began) / 60:.1f} minutes", flush=True)


CHECKS: list[Callable[[RealMachine], str]] = []


def check(function: Callable[[RealMachine], str]) -> Callable[[RealMachine], str]:
    CHECKS.append(function)
    return function


@check
def each_service_runs_and_was_never_restarted(machine: RealMachine) -> str:
    said = machine.run(f"systemctl show --property=Id,ActiveState,NRestarts {' '.join(SERVICES)}")
    assert said.count("ActiveState=active") == len(SERVICES), said
    assert said.count("NRestarts=0") == len(SERVICES), said
    return ""


def the_first_customer_sets_a_password_and_signs_in(machine: RealMachine) -> str:
    mail = machine.relay.mail_to("ana@bakery.example").get_body(("plain",))
    assert mail is not None
    [link] = re.findall(rf"{SITE}/account/\S+", mail.get_content())[:1]
    fill_in(machine, link, Path("/root/jar"))
    sign_in(machine)
    return machine.run(f"curl --silent --show-error --head http://{DOMAIN}/ | head --lines 1")


def sign_in(machine: RealMachine) -> None:
    machine.run("rm -f /root/jar")
    page = fill_in(machine, f"{SITE}/account/login", Path("/root/jar"), email="ana@bakery.example")
    assert "Corner Bakery" in page, page


@check
def the_doctor_finds_nothing_that_fails(machine: RealMachine) -> str:
    return machine.run("cd /srv/my-company && ./acct doctor --mail you@example.com")


@check
def the_sandbox_is_as_tight_as_it_was(machine: RealMachine) -> str:
    scores = {}
    for name in (*SERVICES, "my-company-backup"):
        said = machine.run(f"systemd-analyze security --no-pager {name}")
        scores[name] = float(re.findall(r"exposure level for \S+: ([\d.]+)", said)[0])
    assert max(scores.values()) < 2.5, scores
    return str(scores)


@check
def a_service_that_is_killed_comes_back(machine: RealMachine) -> str:
    for name in SERVICES:
        machine.run(f"systemctl kill --signal=KILL {name}; sleep 12; systemctl is-active {name}")
    machine.run(f"curl --fail --silent --output /dev/null {SITE}/account/-/ready")
    return ""


@check
def visitors_notice_no_restart(machine: RealMachine) -> str:
    come = f"python3 - <<'END'\n{VISITORS.format(seconds=14, domain=DOMAIN)}END"
    said = machine.run(f"(sleep 3; systemctl restart {' '.join(SERVICES)}) & {come}\nwait")
    assert {one.partition(":")[0] for one in said.split()} == {"200"}, said
    return said


@check
def a_site_that_is_stopped_stays_stopped_until_it_is_started(machine: RealMachine) -> str:
    [stop] = [block for block in guide.commands("incidents") if "systemctl stop" in block.text]
    come = f"curl --silent --output /dev/null --write-out '%{{http_code}} ' {SITE}/account/login"
    said = machine.run(f"{stop.text}\n{come}; {come}; systemctl start my-company-web my-company-mail; {come}")
    assert said.split() == ["502", "502", "200"], said
    return said


@check
def the_nightly_backup_is_written(machine: RealMachine) -> str:
    machine.run("rm -f /var/backups/my-company/*")
    return nightly_backup(machine, ".tar.gz") + machine.run("systemctl list-timers --no-pager | grep my-company")


def nightly_backup(machine: RealMachine, ending: str) -> str:
    """Run the service of the timer. Returns the backup that it wrote, whose name ends like this."""
    return machine.run(f"systemctl start my-company-backup; ls /var/backups/my-company/*{ending}")


@check
def the_nightly_backup_is_encrypted_with_age(machine: RealMachine) -> str:
    machine.run("apt-get install --yes age; age-keygen --output /root/key.txt")
    encrypt_every_night(machine, f"--age {machine.run('age-keygen -y /root/key.txt').strip()}")
    return nightly_backup(machine, ".age")


@check
def the_nightly_backup_is_encrypted_with_gpg_as_the_page_says(machine: RealMachine) -> str:
    machine.run(
        "apt-get install --yes gnupg; gpg --batch --passphrase '' --quick-generate-key ops@example.com;"
        " gpg --armor --export ops@example.com > backup.asc"
    )
    fingerprint = re.findall(r"fpr:+(\w+)", machine.run("gpg --with-colons --list-keys"))[0]
    [block] = [block for block in guide.blocks("backup-and-upgrade") if "gpg --homedir" in block.text]
    machine.run(block.text.replace("FINGERPRINT", fingerprint))
    encrypt_every_night(machine, f"--gpg {fingerprint}")
    return nightly_backup(machine, ".gpg")


def encrypt_every_night(machine: RealMachine, option: str) -> None:
    unit = "/etc/systemd/system/my-company-backup.service"
    machine.run(f"sed -E -i 's#^(ExecStart=.* --keep 14).*#\\1 {option}#' {unit}; systemctl daemon-reload")


@check
def the_journal_has_the_logs(machine: RealMachine) -> str:
    for name in (*SERVICES, "my-company-backup"):
        assert "my-company" in machine.run(f"journalctl --no-pager --lines 20 --unit {name}")
    return machine.run("journalctl --no-pager --output cat --lines 3 --unit my-company-web")


@check
def the_certificate_is_renewed_and_nginx_is_told(machine: RealMachine) -> str:
    serial = f"echo | openssl s_client -connect {DOMAIN}:443 2>/dev/null | openssl x509 -noout -serial"
    before = machine.run(serial)
    machine.run("certbot renew --force-renewal --no-random-sleep-on-renew; sleep 1")
    assert machine.run(serial) != before
    return machine.run("systemctl list-timers --no-pager | grep certbot")


@check
def everything_is_there_again_after_a_reboot(machine: RealMachine) -> str:
    machine.container.reboot()
    assert machine.run("systemctl --failed --plain --no-legend") == ""
    each_service_runs_and_was_never_restarted(machine)
    sign_in(machine)
    return machine.run("systemd-analyze critical-chain --no-pager my-company-web.service my-company-mail.service")


@check
def caddy_takes_the_place_of_nginx_as_the_page_says(machine: RealMachine) -> str:
    [block] = [block for block in guide.blocks("tls-and-proxy") if "install --yes caddy" in block.text]
    ours = f"printf '{{\\n\\tacme_ca {machine.acme}\\n}}\\n' | cat - /srv/my-company/Caddyfile > /etc/caddy/Caddyfile"
    # Only where certificates come from differs from the page.
    machine.run(block.text.replace("cp /srv/my-company/Caddyfile /etc/caddy/Caddyfile", ours))
    machine.run(
        f"curl --retry 20 --retry-delay 1 --retry-all-errors --fail --silent --output /dev/null {SITE}/account/login"
    )
    sign_in(machine)
    return machine.run(f"curl --silent --show-error --head {SITE}/account/login | grep --ignore-case ^server")


def main() -> None:
    words = argparse.ArgumentParser(description=(__doc__ or "").partition(":")[0])
    words.add_argument("--folder", type=Path, default=Path("/var/tmp/real-machine"), help="where the machine is made")
    words.add_argument("--keep", action="store_true", help="leave the machine as it is at the end")
    asked = words.parse_args()
    lacking = [one for one in (*PROGRAMS, *pebble.PROGRAMS) if shutil.which(one) is None]
    if os.geteuid() or lacking:
        raise SystemExit(f"This needs root and {', '.join(lacking) or 'nothing else'}.")
    with machine_in(asked.folder) as machine:
        for page in guide.STORY:
            machine.follow(page)
        # Now, for pages that follow make the link in the mail void.
        held = [holds(the_first_customer_sets_a_password_and_signs_in, machine)]
        for page in AFTERWARDS:
            machine.follow(page)
        held += [holds(one, machine) for one in CHECKS]
    if not asked.keep:
        shutil.rmtree(asked.folder)
    print(f"{held.count(True)} passed, {held.count(False)} failed")
    sys.exit(not all(held))


def holds(one: Callable[[RealMachine], str], machine: RealMachine) -> bool:
    """Whether a check holds. Prints what it says."""
    try:
        said = one(machine)
    except (AssertionError, CommandFailed) as error:
        print(f"FAIL {one.__name__}\n{error}", flush=True)
        return False
    print(f"ok   {one.__name__}\n{said}", flush=True)
    return True


@contextmanager
def machine_in(folder: Path) -> Iterator[RealMachine]:
    """The machine runs until the block ends, with a mail server and a certificate authority around it."""
    folder.mkdir(parents=True, exist_ok=True)
    container, authority = Container(folder / "machine"), trustme.CA()
    container.make()
    wheels = container.root / "srv/my-company-wheels"
    build = [sys.executable, "-m", "build", "--wheel", "--outdir", str(wheels), str(REPOSITORY)]
    subprocess.run(build, check=True, stdout=subprocess.DEVNULL)
    authority.cert_pem.write_to_path(str(folder / "mail.pem"))
    with tempfile.TemporaryDirectory() as there, pebble.running(Path(there)) as acme, relaying(
        authority, MAIL_SERVER, 587
    ) as relay:  # fmt: skip
        container.trust(folder / "mail.pem", "mail")
        container.trust(acme.authority, "acme")
        container.trust(acme.root, "acme-root")
        (container.root / "etc/hosts").write_text(f"127.0.0.1 localhost machine {DOMAIN} {MAIL_SERVER}\n")
        of_certbot = container.root / "root/.config/letsencrypt/cli.ini"
        of_certbot.parent.mkdir(parents=True, exist_ok=True)
        of_certbot.write_text(f"server = {acme.directory}\n")
        try:
            container.boot()
            yield RealMachine(container, relay, acme.directory)
        finally:
            container.stop()


if __name__ == "__main__":
    main()
