"""The help centre: articles with slots, the journeys they describe, and the site made from them.

``articles`` finds and renders them, and knows what was verified; ``journeys`` does their steps in a browser and takes
the pictures; ``site`` makes the web site, the book and the plain tree. Each builds on the one before.
"""
