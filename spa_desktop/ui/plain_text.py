"""Names, phrases, paths and messages are shown as the text they are.

That labels and tooltips draw no mark-up is said once for all of them, in `resources/styles/plain_text.qss`: Qt would
guess, and take a name with an ``<img>`` in it for a picture to be opened. A filter in Python for the events of the
application could do the same, but would take Python's lock for each of them. Here is what else text needs.
"""

from __future__ import annotations

import html
import sys
import textwrap
import traceback
from dataclasses import replace

from PySide6.QtCore import QCoreApplication

from spa_desktop.errors import SpaError, say
from spa_desktop.jobs import JobEvent, Stage
from spa_desktop.visible import QT_TRANSLATE_NOOP, visible, visible_lines

_TIP_WIDTH = 80  # letters
QT_TRANSLATE_NOOP("errors", ": ")  # between an error and what to do: the module of errors imports none of ours
# What the system says most often where a file cannot be read or written; the rest is in its own words.
QT_TRANSLATE_NOOP("errors", "No space left on device")
QT_TRANSLATE_NOOP("errors", "No such file or directory")
QT_TRANSLATE_NOOP("errors", "Permission denied")
QT_TRANSLATE_NOOP("errors", "Read-only file system")
# What to do about an error, as the window says it.
ADVICE = {
    "agree": QT_TRANSLATE_NOOP("errors", "agree to it when you are asked, or use the offline writer"),
    "allow file": QT_TRANSLATE_NOOP(
        "errors", "if you know the file, open the project again, and agree when you are asked"
    ),
    "copy here": QT_TRANSLATE_NOOP("errors", "copy it to a disk of this computer, and open the copy"),
    "download": QT_TRANSLATE_NOOP("errors", "agree to its download when you are asked, or use spa-lite"),
    "find project": QT_TRANSLATE_NOOP("errors", "it was moved, renamed or deleted. Open it where it is now"),
    "get runtime": QT_TRANSLATE_NOOP("errors", "get it with: npm pack {package}, and choose its file"),
    "make here": QT_TRANSLATE_NOOP("errors", "choose a folder on a disk of this computer"),
    "make project": QT_TRANSLATE_NOOP("errors", "choose a .spa file, or make a new project"),
    "repeat": QT_TRANSLATE_NOOP("errors", "make room, and do the same again: what was done so far is kept"),
    "repeat undo": QT_TRANSLATE_NOOP("errors", "make room, and do the same again: what is back stays back"),
    "replace export": QT_TRANSLATE_NOOP("errors", "choose another folder, or agree to replace it"),
    "restore": QT_TRANSLATE_NOOP("errors", "bring back an earlier version"),
    "restore or recover": QT_TRANSLATE_NOOP(
        "errors", "restore a backup of it or an earlier version, or save what is whole"
    ),
    "restore kept": QT_TRANSLATE_NOOP(
        "errors", "the file as it lay there before is kept as {kept}: put it back, or save what is whole"
    ),
    "resume": QT_TRANSLATE_NOOP("errors", "it goes on where it stopped"),
    "top up": QT_TRANSLATE_NOOP("errors", "choose another name, or add photos to that class"),
    "top up folder": QT_TRANSLATE_NOOP("errors", "rename the folder {folder}, or add its photos to that class"),
}


def name_keys(text: str) -> str:
    """A text with keys as the system names them: on a Mac, Qt takes Cmd for Ctrl."""
    return text.replace("Ctrl", "Cmd").replace("Alt+", "Option+") if sys.platform == "darwin" else text


def error_text(error: Exception) -> str:
    """An error in one line, in the window's language where it has the words, fit to be shown."""
    return visible(error.worded(ADVICE, _translate) if isinstance(error, SpaError) else str(error))


def reason_text(reason: str) -> str:
    """Why something was left out, or a message of a job, as :func:`error_text`."""
    return visible(say(reason, _translate))


def _translate(text: str) -> str:
    # Made visible first: half a surrogate pair, as of a file's name, would end the process in Qt.
    return QCoreApplication.translate("errors", visible(text))


def tip(*lines: str) -> str:
    """Text for a tooltip: each of `lines` begins a line, and long ones are folded, names without blanks too."""
    folded: list[str] = []
    for line in map(visible, lines):
        folded += textwrap.wrap(line, _TIP_WIDTH, break_on_hyphens=False)
    return "\n".join(folded)


def caption(text: str) -> str:
    """Text for a button, a menu or an action, where an ampersand would underline the letter after it.

    >>> caption("Salt & pepper")
    'Salt && pepper'
    """
    return visible(text).replace("&", "&&")


def window_title(text: str) -> str:
    """Text for the title of a window, where ``[*]`` would be the place of a mark for unsaved changes.

    >>> window_title("moths[*]")
    'moths[*][*]'
    """
    return visible(text).replace("[*]", "[*][*]")


def as_html(text: str) -> str:
    """Text for pyqtgraph, whose labels are always HTML.

    >>> as_html("<b>")
    '&lt;b&gt;'
    """
    return html.escape(visible(text))


def shown_event(event: JobEvent) -> JobEvent:
    """An event of a job, fit to be shown."""
    message = None if event.message is None else reason_text(event.message)
    return replace(
        event,
        stage=event.stage if isinstance(event.stage, Stage) else visible(event.stage),
        detail=visible(event.detail),
        message=message,
    )


def traceback_text(error: BaseException) -> str:
    """A traceback in which no message has a line break of its own: none can look like another line of it."""
    return "".join(map(_part, traceback.format_exception(error)))


def _part(text: str) -> str:
    # Headings and frames are Python's own lines. What an error says begins with the name of its class.
    is_own = text.startswith((" ", "\n", "Traceback"))
    return visible_lines(text) if is_own else visible(text.rstrip("\n")) + "\n"
