"""How the older shop checks passwords: over time, new kinds of hashes were added, and none was removed."""

import bcrypt
from werkzeug.security import check_password_hash


def is_right(stored, password):
    if stored.startswith("$2"):
        return bcrypt.checkpw(password.encode(), stored.encode())
    return check_password_hash(stored, password)
