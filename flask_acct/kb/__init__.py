"""The help centre: articles with slots, the journeys they describe, and the site made of them.

``articles`` finds and renders them, and knows what was checked; ``journeys`` does their steps in a browser and takes
the pictures; ``site`` makes the web site, the book and the plain tree. Each stands on the one before.
"""
