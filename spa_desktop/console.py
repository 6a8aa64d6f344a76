"""What the user sees on a terminal: progress bars, messages and tables, all on stderr but tables and answers.

Every text passes through :func:`~spa_desktop.visible.visible` here: names, phrases and paths are written by others, and
a control character among them could clear the screen or forge a line.
"""

from __future__ import annotations

import platform
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.metadata import PackageNotFoundError, requires, version
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from spa_desktop.jobs import Job, JobEvent
from spa_desktop.keys import redact
from spa_desktop.paths import log_file
from spa_desktop.version import __version__
from spa_desktop.visible import visible

_REPORTED = 60  # lines of the log
_PIPED_WIDTH = 10_000  # no name of a file is folded there
_errors = Console(stderr=True, highlight=False, soft_wrap=True, emoji=False)
_bars: list[Progress] = []  # that are drawn now
_is_quiet = False


def be_quiet(quiet: bool) -> None:
    """Say nothing but errors from now on, and draw no bars; or do."""
    global _is_quiet
    _is_quiet = quiet


def is_quiet() -> bool:
    """Whether nothing but errors is said."""
    return _is_quiet


def say(text: str) -> None:
    """One line on stderr, without keys."""
    if not _is_quiet:
        _errors.print(_safe(text), markup=False)


def answer(text: str) -> None:
    """One line on stdout."""
    sys.stdout.write(visible(text) + "\n")


def answer_report() -> None:
    """Versions and the end of the window's log on stdout, for a report of a fault. The home folder is written ~."""
    answer(f"SPA Desktop {__version__}, Python {platform.python_version()}, {platform.platform()}")
    with suppress(PackageNotFoundError):
        for line in sorted(requires("spa-desktop") or ()):
            with suppress(PackageNotFoundError):
                if not re.search("extra == .(test|dev|docs|bundle)", line):
                    name = re.split(r"[^\w.-]", line)[0]
                    answer(f"{name} {version(name)}")
    try:
        lines = log_file().read_text(encoding="utf-8", errors="replace").splitlines()[-_REPORTED:]
    except OSError:
        lines = []
    title = f"The last lines of {log_file()}. Read them before you send them: they may name your files"
    for line in (title, *lines):
        answer(redact(line).replace(str(Path.home()), "~"))


def fail(text: str, code: int) -> NoReturn:
    """One line on stderr, and the end of the program."""
    _errors.print(_safe(f"spa-desktop: {text.strip()}"), markup=False)
    raise SystemExit(code)


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A title and a table on stdout."""
    answer(title)  # a title of the table's own would be broken into lines as wide as the table
    drawn = Table()
    for index, column in enumerate(columns):
        drawn.add_column(plain(column), justify="left" if index == 0 else "right", overflow="fold")
    for row in rows:
        drawn.add_row(*map(plain, row))
    print_table(drawn)


def print_table(drawn: Table) -> None:
    """A table that was drawn elsewhere, on stdout, without lines in a pipe. Its texts were made by :func:`plain`."""
    out = Console(highlight=False, emoji=False)
    if not out.is_terminal:
        out.width, drawn.box = _PIPED_WIDTH, None
    out.print(drawn)


def plain(text: str) -> Text:
    """A cell that shows a text as it is: a class may be called "[bold]"."""
    return Text(visible(text))


@contextmanager
def without_bars() -> Iterator[None]:
    """Draw no progress bar until the block ends: it would be drawn over a question, ten times a second."""
    bars = [*_bars]
    for bar in bars:
        bar.stop()
    try:
        yield
    finally:
        for bar in bars:
            bar.start()


class ConsoleJob:
    """A job with a progress bar on stderr.

    >>> with ConsoleJob() as job:  # doctest: +SKIP
    ...     job.stage("Encoding photos", total=3)
    """

    def __init__(self) -> None:
        self._bar = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[detail]}", markup=False),
            console=_errors,
            transient=True,
            # A log file wants lines, not bars. A notebook's stderr is no terminal: its widgets show them.
            disable=_is_quiet or not (sys.stderr.isatty() or (_errors.is_jupyter and find_spec("ipywidgets"))),
        )
        self._task = self._bar.add_task("", total=None, detail="")
        self._stage = ""

    def __enter__(self) -> Job:
        self._bar.start()
        _bars.append(self._bar)
        return Job(self._show, max_hz=15)

    def __exit__(self, *_: object) -> None:
        _bars.remove(self._bar)
        self._bar.stop()

    def _show(self, event: JobEvent) -> None:
        if event.message is not None and not _is_quiet:
            self._bar.console.print(_safe(event.message), markup=False)
        if event.stage != self._stage:
            self._stage = event.stage
            self._bar.reset(self._task, total=event.total, description=_safe(event.stage))
        detail = "  ".join(f"{name} {value:.3g}" for name, value in event.values) or _safe(event.detail[:40])
        self._bar.update(self._task, completed=event.done, total=event.total, detail=detail)


def _safe(text: str) -> str:
    return visible(redact(text))
