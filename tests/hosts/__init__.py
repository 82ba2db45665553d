"""Small apps of hosts, as they are found in the world, with flask_acct in them; each is a recipe of kb/developers.

Nothing here needs anything else of ``tests``: ``smoke/from_wheel.py`` runs this folder from the built wheel, too.
"""
