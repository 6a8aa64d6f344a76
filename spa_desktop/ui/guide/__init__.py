"""The guide, in a window of its own: the files of `docs/guide`."""
