"""Photos as upright RGB: regular files only, a closed list of formats, limits before anything is decoded.

`spa_desktop.photos.opening` is the door; docs/photos.md has the table of limits and their reasons.
"""
