"""Who is in an account: its owner and those they let in.

Every change of one account waits for its turn (``row_locks.lock_account``), looks again at what it found before, and is
decided by one conditional statement; so an account never has two owners, or a user nobody let in.
"""
