"""Errors that a person can act on: one line that says what, which file, and what to do."""


class SpaError(Exception):
    """Something failed that is not the user's input. The command line exits with 1."""

    exit_code = 1


class InputError(SpaError):
    """The input or the usage is wrong. The command line exits with 2."""

    exit_code = 2


def innermost(error: BaseException | None) -> str:
    """The system's own words, deepest in the chain of causes. They may hold anything: redact them."""
    words = "no reason was given"
    while error is not None:
        words, error = str(error) or words, error.__cause__ or error.__context__
    return words
