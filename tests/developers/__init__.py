"""Tests of the pages for developers, ``kb/developers``: their blocks of code are run.

``python -m tests.developers`` updates what the pages copy from the code: apps of tests/hosts, and docstrings.
"""
