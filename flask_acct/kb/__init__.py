"""The help centre: articles with slots, the journeys they describe, and the site made of them.

``content`` finds articles, ``articles`` renders one, ``tree`` all of them; ``journeys`` runs their steps in a browser
and ``manifest`` remembers what was seen; ``site`` and ``plugin`` make the web site.
"""
