"""Errors that a person can act on: one line that says what, which file, and what to do."""


class SpaError(Exception):
    """Something failed that is not the user's input. The command line exits with 1."""

    exit_code = 1


class InputError(SpaError):
    """The input or the usage is wrong. The command line exits with 2."""

    exit_code = 2
