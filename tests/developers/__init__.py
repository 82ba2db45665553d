"""The pages for developers, ``kb/developers``: what is written in them is run.

``python -m tests.developers`` writes anew what is made from the code: apps of tests/hosts, and docstrings.
"""
