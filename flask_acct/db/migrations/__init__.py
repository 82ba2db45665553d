"""Alembic's view of the tables. ``flask_acct.db.schema`` runs it; revisions are numbered ``0001``, ``0002``, …"""
