"""The version of the app."""

__version__ = "0.1.0"
