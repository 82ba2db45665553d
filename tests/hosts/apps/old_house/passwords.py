"""How the old house checks passwords: one kind of hash after another was added, and none taken away."""

import bcrypt
from werkzeug.security import check_password_hash


def is_right(stored, password):
    if stored.startswith("$2"):
        return bcrypt.checkpw(password.encode(), stored.encode())
    return check_password_hash(stored, password)
