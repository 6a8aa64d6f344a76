"""The person's settings, and the dialog with a form for each kind."""
