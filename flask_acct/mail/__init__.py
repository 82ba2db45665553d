"""Mail: an outbox in the database, messages rendered from declared mails, and the worker that sends them.

Nothing else in the package opens a socket.
"""
