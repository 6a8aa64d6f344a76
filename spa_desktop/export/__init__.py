"""Export: the model as a folder that works without the app."""
