"""Follows the guide for operators, ``kb/operators``, command by command on a made-up machine.

Real are nginx, gunicorn, PostgreSQL, the mail worker, TLS, and a mail server that asks for TLS and a password. What a
test must not do to the machine it runs on is done by stand-ins: see ``machine.py``.
"""

from pathlib import Path

systemctl_path = Path(__file__).with_name("systemctl.py")
