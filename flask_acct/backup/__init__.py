"""``flask acct backup`` and ``flask acct restore``: everything a site needs, in one archive.

In reading order: ``manifest`` (what an archive says of itself), ``databases`` (a copy of one moment, and the way back),
``encryption`` (age and gpg), ``archive`` (the file), ``files`` (the configuration and the help site), ``making``,
``restoring``, ``before_upgrade`` (``flask acct upgrade --check``) and ``commands``.
"""
