"""``python -m sample_app``: the whole demo on SQLite, under ``instance/``.

It runs the commands an operator would: ``flask acct upgrade``, ``flask acct import`` and ``flask acct kb build``,
then serves the app. Delete ``instance/`` to begin anew.
"""

from __future__ import annotations

import argparse
import os
import secrets
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

from flask_acct.config import Config, preset, presets

HERE = Path(__file__).parent


def main() -> None:
    """The demo runs until it is interrupted."""
    options = _options()
    folder = Path("instance").resolve() / options.preset
    _set_environment(options, folder)
    if not (folder / "acct.db").exists():
        _run("Making the database", "upgrade")
        for what, file in customers(preset(options.preset)).items():
            _run(what, "import", str(HERE / file))
    _run("Building the help site", "kb", "build", str(folder / "help"), "--allow-unverified")
    _serve(options, folder)


def customers(config: Config) -> dict[str, str]:
    """Return the files of customers to import, by what is said meanwhile."""
    files = {"Importing the sample customers": "customers.csv"}
    if "email" not in config.login.identifiers:
        files["Importing customers who share an address"] = "customers-shared-email.csv"
    return files


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sample_app", description="Run the sample client area.")
    parser.add_argument("--preset", default="client-area", choices=presets())
    parser.add_argument(
        "--platform", type=lambda name: name or None, help="one of the preset's platforms; the first by default"
    )
    parser.add_argument("--port", type=int, help="by default, that of the preset or platform")
    options = parser.parse_args()
    options.port = options.port or _port(options.preset, options.platform)
    return options


def _port(name: str, platform: str | None) -> int:
    """Where the preset says that it is."""
    return urlsplit(preset(name).on(platform).site.public_url).port or 5000


def _set_environment(options: argparse.Namespace, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    key = folder / "secret_key"
    if not key.exists():
        key.write_text(secrets.token_hex(32))
        key.chmod(0o600)
    os.environ.update(
        ACCT_CONFIG=options.preset,
        ACCT_DEMO="1",
        ACCT_HELP_SITE=str(folder / "help"),
        ACCT_PUBLIC_URL=f"http://127.0.0.1:{options.port}",
    )
    os.environ.setdefault("ACCT_DATABASE_URL", f"sqlite:///{folder / 'acct.db'}")
    os.environ.setdefault("FLASK_SECRET_KEY", key.read_text())
    if options.platform:
        os.environ["ACCT_PLATFORM"] = options.platform


def _run(what: str, *command: str) -> None:
    print(f"{what} ...", flush=True)  # noqa: T201 - the demo speaks to a terminal
    subprocess.run([sys.executable, "-m", "flask", "--app", "sample_app", "acct", *command], check=True)  # noqa: S603


def _serve(options: argparse.Namespace, folder: Path) -> None:
    from werkzeug.serving import run_simple

    from . import create_app, sample

    # Each preset keeps its mails apart.
    app = create_app(instance_path=str(folder))
    sample.speak(app)
    sample.set_standings(app)
    sample.add_members(app)
    sample.fill(app)
    sample.add_contacts(app)
    print(sample.greeting(app, options.port), flush=True)  # noqa: T201 - the demo speaks to a terminal
    run_simple("127.0.0.1", options.port, app, threaded=True)


if __name__ == "__main__":
    main()
