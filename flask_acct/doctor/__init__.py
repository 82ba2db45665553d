"""``flask acct doctor``: whether the site as it runs is set up well, each finding with the fix.

A check is a function that is given the ``Checkup`` and yields a ``Line`` for each thing it looked at, or returns one.
Checks stand in a file for each part of a site, and in the list of ``checks``: add yours to both.
"""
