"""Work off the GUI thread: workers, handles on what they do, and their questions to the user."""
