"""Small apps of typical hosts with flask_acct in them; each is a recipe of kb/developers.

Nothing here may import anything else of ``tests``, because ``smoke/from_wheel.py`` also runs this folder with the built
wheel.
"""
