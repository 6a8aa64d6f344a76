"""The user's settings, and the dialog with a form for each kind."""
