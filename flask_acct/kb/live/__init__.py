"""The help site while it is being written: served from a temporary folder, and rebuilt where something has changed."""
