"""The version of the app."""

__version__ = "0.1.0"

JSON_FORMAT = 1  # of what `--json` prints and the app writes: raised where a key goes or changes its meaning
