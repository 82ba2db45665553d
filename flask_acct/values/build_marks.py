"""The names by which a build and the app that serves it know what is on its way."""

UNFINISHED = "acct-new-"
"""Part of the hidden name of what is being made; what bears it and is nobody's is removed."""

AWAY = "-away"
"""The end of the name of what is moved away for the moment in which another takes its place."""

SWAPPING = ".acct-swapping"
"""In a folder whose parts are being replaced one by one, for the moment that takes."""
