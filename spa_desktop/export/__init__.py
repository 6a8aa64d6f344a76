"""Export: what was learned as a folder that works without the app."""
