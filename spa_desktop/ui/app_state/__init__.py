"""The open project as the window knows it: contents, undo, where its file lies, and word of what changed."""
