"""What stands before a decoder: regular files only, limits on what headers say, one budget of memory for all threads.

`spa_desktop.photos.opening` is the door; docs/photos.md has the table of limits and their reasons.
"""
