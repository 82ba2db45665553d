"""Names that mark unfinished files, for a build and for the app that serves it."""

UNFINISHED = "acct-new-"
"""Part of the hidden name of an unfinished folder; a folder with it that no process uses is removed."""

AWAY = "-away"
"""The end of a folder's name while another takes its place."""

SWAPPING = ".acct-swapping"
"""A file in a folder whose parts are being replaced one by one, for as long as that takes."""
