"""A made-up machine: a folder in place of ``/``, and stand-ins for what a test must not do to the real one.

- Paths below /srv, /etc and /var mean those of the folder.
- ``apt-get``, ``adduser`` and ``chown`` do nothing; ``runuser`` only chooses the user of PostgreSQL.
- ``python3 -m venv`` makes an environment that uses the packages of the running interpreter, and its ``pip`` installs
  nothing: downloading them again would cost minutes. That the wheel can be installed is shown by tests/smoke.
- ``systemctl`` starts what the real unit files say, see ``systemctl.py``; nginx runs from the beginning.
- ``certbot`` hands out a certificate of the test.
- ``curl`` finds the domain on this machine. nginx reads the written site with its ports replaced by free ones.
"""

from __future__ import annotations

import os
import re
import shutil
import site
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import trustme

from ..serving import free_port
from . import systemctl_path
from .guide import GuideBlock
from .relay import Relay

REPOSITORY = Path(__file__).parents[2]
DOMAIN = "clients.example.com"
OURS = re.compile(r"(?<![\w.}/-])/(?=(?:srv|etc|var)/)")

NOTHING = ("apt-get", "adduser", "chown")

STAND_INS = {
    "id": 'echo "${STANDING_FOR:-root}"',
    "runuser": """
user=$2; shift 3
[ "$user" = postgres ] && PGUSER=acct || PGUSER=$user
export PGUSER STANDING_FOR=$user
exec "$@"
""",
    "systemctl": 'exec {python} {systemctl} "$@"',
    "nginx": """
{python} {rewrite}
exec {nginx} -p {root}/ -e {root}/var/log/nginx.log -c {root}/etc/nginx/nginx.conf "$@"
""",
    "certbot": """
case "$*" in *"--webroot-path {root}/var/www/html"*) ;; *) echo "no such webroot" >&2; exit 1;; esac
while [ "$1" != --domain ]; do shift; done
mkdir -p {root}/etc/letsencrypt/live/$2
cp {root}/certificates/$2/* {root}/etc/letsencrypt/live/$2/
""",
    "curl": """
exec {curl} --cacert {root}/certificates/ca.pem --connect-to {domain}:443:127.0.0.1:{https} \\
    --connect-to {domain}:80:127.0.0.1:{http} --connect-to 127.0.0.1:8000:127.0.0.1:{app} "$@"
""",
    "python3": """
[ "$1 $2" = "-m venv" ] || exec {python} "$@"
{python} -m venv --without-pip "$3"
for folder in {packages}; do echo $folder; done > $(echo "$3"/lib/python*/site-packages)/of_the_test.pth
for name in flask gunicorn; do
    printf '#!%s/bin/python\\nimport sys\\nfrom %s import %s\\nsys.exit(%s())\\n' "$3" $(
        [ $name = flask ] && echo flask.cli main main || echo gunicorn.app.wsgiapp run run) > "$3"/bin/$name
done
echo 'echo "would install: $*"' > "$3"/bin/pip
chmod +x "$3"/bin/*
""",
}

NGINX = """
user root;
pid {root}/run/nginx.pid;
events {{ }}
http {{
    include /etc/nginx/mime.types;
    access_log {root}/var/log/access.log;
    client_body_temp_path {root}/run/body;
    proxy_temp_path {root}/run/proxy;
    fastcgi_temp_path {root}/run/fastcgi;
    uwsgi_temp_path {root}/run/uwsgi;
    scgi_temp_path {root}/run/scgi;
    include {root}/run/sites/*;
}}
"""

REWRITE = """
# The site as it was written, with the ports and folders of this machine.
import pathlib, re
root = pathlib.Path({root!r})
for one in (root / "etc/nginx/sites-enabled").iterdir():
    text = one.read_text()
    for was, now in (("443", {https}), ("80", {http})):
        text = re.sub(rf"listen {{was}}\\b", f"listen 127.0.0.1:{{now}}", text)
    text = re.sub(r"listen \\[::\\]:\\d+.*;", "", text).replace("127.0.0.1:8000", "127.0.0.1:{app}")
    text = re.sub(r"(?<=\\s)/(?=(etc|var)/)", f"{{root}}/", text)
    # At once: another nginx may be reading it.
    new = root / "run" / one.name
    new.write_text(text)
    new.replace(root / "run/sites" / one.name)
"""


class Machine:
    """The folder, what runs in it, and how commands of the guide are run."""

    def __init__(self, root: Path, *, postgres: str, relay: Relay, authority: trustme.CA) -> None:
        self.root = root
        self.relay = relay
        self.ports = {"https": free_port(), "http": free_port(), "app": free_port()}
        self.project = root / "srv/my-company"
        self._make_folders(authority)
        self._write_stand_ins()
        self.env = self._environment(postgres)
        self.ran: set[str] = set()
        # Debian starts it once it is installed.
        subprocess.run(["nginx"], env=self.env, check=True, timeout=60)

    def run(self, block: GuideBlock, *, repeats: bool = True) -> str:
        """Run the commands of a block; the first one that fails, fails the test. Returns what they print.

        Args:
            repeats: Whether commands that have been run before are run again, restarts among them. Each costs seconds.
                What has changed acct.toml is restarted and checked in any case.
        """
        lines = block.text.splitlines()
        repeats = repeats or ">> acct.toml" in block.text
        known = set() if repeats else {line for line in self.ran if line.startswith(("./acct", "systemctl restart"))}
        self.ran.update(lines)
        text = self._here("\n".join(line for line in lines if line not in known))
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", text], env=self.env, cwd=self.root, capture_output=True, text=True,
            timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, f"{block}\n{text}\n{done.stdout}\n{done.stderr}\n{self._logs()}"
        self._keep_settings_here()
        return done.stdout

    def curl(self, *words: str) -> str:
        """Run curl as a customer's browser would come: through nginx, with TLS. Returns what it prints."""
        done = subprocess.run(
            ["curl", "--silent", "--show-error", *words], env=self.env, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def stop(self) -> None:
        """Nothing that was started here runs any more."""
        for name in ("my-company-mail", "my-company-web"):
            subprocess.run(["systemctl", "stop", name], env=self.env, check=False, timeout=60)
        if (self.root / "run/nginx.pid").exists():
            subprocess.run(["nginx", "-s", "quit"], env=self.env, check=False, timeout=60, capture_output=True)

    def _here(self, text: str) -> str:
        return OURS.sub(f"{self.root}/", text)

    def _make_folders(self, authority: trustme.CA) -> None:
        for name in (
            "bin", "run/sites", "var/log", "var/backups", "var/www/html", "srv", "etc/systemd/system",
            "etc/nginx/sites-available", "etc/nginx/sites-enabled", f"certificates/{DOMAIN}",
        ):  # fmt: skip
            (self.root / name).mkdir(parents=True)
        issued = authority.issue_cert(DOMAIN)
        folder = self.root / "certificates"
        authority.cert_pem.write_to_path(str(folder / "ca.pem"))
        issued.private_key_pem.write_to_path(str(folder / DOMAIN / "privkey.pem"))
        for one in issued.cert_chain_pems:
            one.write_to_path(str(folder / DOMAIN / "fullchain.pem"), append=True)
        (self.root / "etc/nginx/nginx.conf").write_text(NGINX.format(root=self.root))
        (self.root / "rewrite.py").write_text(REWRITE.format(root=str(self.root), **self.ports))

    def _write_stand_ins(self) -> None:
        values = {
            "root": self.root, "python": sys.executable, "systemctl": systemctl_path, "domain": DOMAIN,
            "rewrite": self.root / "rewrite.py", "nginx": _program("nginx"), "curl": _program("curl"),
            "packages": " ".join([str(REPOSITORY), *site.getsitepackages()]), **self.ports,
        }  # fmt: skip
        for name, script in {**dict.fromkeys(NOTHING, "exit 0"), **STAND_INS}.items():
            text = re.sub(r"\{(\w+)\}", lambda found: str(values.get(found[1], found[0])), script)
            file = self.root / "bin" / name
            file.write_text(f"#!/bin/sh\nset -eu\n{text}\n")
            file.chmod(0o755)

    def _environment(self, postgres: str) -> dict[str, str]:
        server = urlsplit(postgres)
        path = f"{self.root}/bin:{Path(_program('initdb')).parent}:{os.environ['PATH']}:/usr/sbin"
        return {
            "PATH": path, "HOME": str(self.root), "LANG": "C.UTF-8", "MACHINE_ROOT": str(self.root),
            "PGHOST": str(server.hostname), "PGPORT": str(server.port), "PGUSER": "root",
            "BIND": f"127.0.0.1:{self.ports['app']}", "SSL_CERT_FILE": str(self.root / "certificates/ca.pem"),
            "NO_MKDOCS_2_WARNING": "1",
        }  # fmt: skip

    def _keep_settings_here(self) -> None:
        """The mail server and the folder of backups that the settings name are the test's."""
        file = self.project / ".env"
        if file.exists():
            text = file.read_text().replace("=mail.example.com\n", "=127.0.0.1\n")
            text = text.replace("ACCT_BACKUPS=/var/", f"ACCT_BACKUPS={self.root}/var/")
            file.write_text(text.replace("MAIL_PORT=587\n", f"MAIL_PORT={self.relay.port}\n"))

    def _logs(self) -> str:
        logs = (self.root / "var/log").glob("*.log")
        return "\n".join(f"{log.name}:\n{log.read_text()[-3000:]}" for log in logs)


def _program(name: str) -> str:
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")
    assert found, name
    return found
