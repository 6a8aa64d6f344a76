"""Errors that the user can act on: one line that says what, which file, and what to do."""

import re
from collections.abc import Callable, Mapping

# What to do, by its code, where Python, the command line and the window do it in different ways. This is the table of
# Python; that of the command line is in `cli/common.py`, that of the window in `ui/plain_text.py`.
ADVICE = {
    "agree": "agree to it, or use the offline writer",
    "allow file": "if you know the file, agree with spa-desktop backbones --allow FILE",
    "copy here": "copy it to a disk of this computer, and open the copy",
    "download": "agree to its download (download=True, or `spa-desktop backbones --fetch {name}`), or use spa-lite",
    "find project": "check the name",
    "get runtime": "get it with: npm pack {package}, and give its file as `runtime`",
    "make here": "choose a folder on a disk of this computer",
    "make project": "choose a .spa file",
    "repeat": "make room, and do the same again: what was done so far is kept",
    "repeat undo": "make room, and do the same again: what is back stays back",
    "replace export": "give a new folder, or replace it with force=True",
    "restore": "bring back an earlier version",
    "restore or recover": "restore a backup of it or an earlier version, or save what is whole",
    "restore kept": "the file as it lay there before is kept as {kept}: put it back, or save what is whole",
    "resume": "it goes on where it stopped",
    "top up": "choose another name, or add photos to it with top_up=True",
    "top up folder": "rename the folder {folder}, or add its photos to that class with top_up=True",
}


class SpaError(Exception):
    """Something failed that is not the user's input. The command line exits with 1.

    `problem` says what, which file, and what to do where that is the same for everybody. Else `advice` is its code.
    `fields` are what the words of both name: ``{path}`` is replaced by the field `path`.
    """

    exit_code = 1

    def __init__(self, problem: str = "", advice: str = "", **fields: object) -> None:
        super().__init__(problem)
        self.problem, self.advice, self.fields = problem, advice, fields

    def __str__(self) -> str:
        return self.worded(ADVICE)

    def worded(self, advice: Mapping[str, str], translate: Callable[[str], str] = str) -> str:
        """The error in one line, with the words of a table for what to do; both are translated before filling."""
        parts = (self.problem, advice[self.advice]) if self.advice else (self.problem,)
        fill = lambda field: str(self.fields.get(field[1], field[0]))  # noqa: E731
        return translate(": ").join(re.sub(r"{(\w+)}", fill, translate(part)) for part in parts)


class InputError(SpaError):
    """The input or the usage is wrong. The command line exits with 2."""

    exit_code = 2


def innermost(error: BaseException | None) -> str:
    """The system's own words, deepest in the chain of causes. They may hold anything: redact them."""
    words = "no reason was given"
    while error is not None:
        words, error = str(error) or words, error.__cause__ or error.__context__
    return words
