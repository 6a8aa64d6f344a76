"""Errors that the user can act on: one line that says what, which file, and what to do."""

import re
from collections.abc import Callable, Mapping
from typing import Self

Translate = Callable[[str], str]
_FIELD = re.compile(r"{(\w+)}")

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


class FilledText(str):
    """An English text that knows what it was made of: so the window can say it in another language.

    The template names its fields, ``{path}``. A field may be such a text too; `reason` is one of ours or the system's.
    """

    template: str
    fields: Mapping[str, object]

    @classmethod
    def of(cls, template: str, /, **fields: object) -> Self:
        """A text from its template and its fields."""
        text = cls(_fill(template, fields))
        text.template, text.fields = template, fields
        return text


def say(text: str, translate: Translate) -> str:
    """A text in another language, by a translation of templates, and of texts without fields."""
    return _fill(translate(text.template), text.fields, translate) if isinstance(text, FilledText) else translate(text)


def without_path(text: str, where: object, **fields: object) -> str:
    """What an error says about a file, to stand behind its path, with `fields` in place of its own."""
    fields = {"path": "it", **fields}
    if isinstance(text, FilledText):
        return FilledText.of(text.template, **{**text.fields, **fields})
    return text.replace(f"{where} ", f"{fields['path']} ", 1)


def _fill(template: str, fields: Mapping[str, object], translate: Translate = str) -> str:
    def value(name: re.Match[str]) -> str:
        found = fields.get(name[1], name[0])
        found = found if isinstance(found, FilledText) else str(found)  # str() would make a plain text of it
        return say(found, translate) if isinstance(found, FilledText) or name[1] == "reason" else found

    return _FIELD.sub(value, template)


class SpaError(Exception):
    """Something failed that is not the user's input. The command line exits with 1.

    `problem` says what, which file, and what to do where that is the same for everybody. Else `advice` is its code.
    `fields` are what the words of both name: ``{path}`` is replaced by the field `path`.
    """

    exit_code = 1

    def __init__(self, problem: str = "", advice: str = "", **fields: object) -> None:
        super().__init__(problem)
        self.problem, self.advice, self.fields = problem, advice, fields
        if isinstance(problem, FilledText):
            self.problem, self.fields = problem.template, {**problem.fields, **fields}

    def __str__(self) -> str:
        # With its fields, so that it can be said in another language wherever it is passed on as a text.
        return self.worded(ADVICE) if self.advice else FilledText.of(self.problem, **self.fields)

    def worded(self, advice: Mapping[str, str], translate: Translate = str) -> str:
        """The error in one line, with the words of a table for what to do; both are translated before filling."""
        parts = (self.problem, advice[self.advice]) if self.advice else (self.problem,)
        return translate(": ").join(_fill(translate(part), self.fields, translate) for part in parts)


class InputError(SpaError):
    """The input or the usage is wrong. The command line exits with 2."""

    exit_code = 2


def innermost(error: BaseException | None) -> str:
    """The system's own words, deepest in the chain of causes. They may hold anything: redact them."""
    words = "no reason was given"
    while error is not None:
        words, error = str(error) or words, error.__cause__ or error.__context__
    return words
