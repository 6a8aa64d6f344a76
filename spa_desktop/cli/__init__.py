"""The command line. `--json` prints one JSON object on stdout; messages and progress bars go to stderr."""

from __future__ import annotations

import io
import os
import sys
import warnings
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from typer.exceptions import TyperException
from typer.models import CommandInfo

from spa_desktop.cli import commands, photo_commands
from spa_desktop.cli.common import ADVICE, app, with_quiet_first, with_ray_address
from spa_desktop.console import answer_report, be_quiet, fail
from spa_desktop.errors import SpaError
from spa_desktop.keys import guard_process
from spa_desktop.version import __version__

__all__ = ["app", "commands", "main", "photo_commands"]

_INTERRUPTED = 130  # what shells expect after Ctrl+C
# As --help lists them: the story in order, then what is seldom wanted.
_ORDER = """
open demo new add describe train correct evaluate classify watch unsort discover search export export-dataset
info check locate undo restore recover backbones bench screenshots thumbnail
"""


def main() -> None:
    """Run the command line: exit 0 done, 1 it failed, 2 the input or usage is wrong, 130 stopped by Ctrl+C."""
    guard_process()
    # Pillow takes memory in blocks of 16 MB, which the C library keeps for the thread that freed them, so that two
    # threads hold a large photo twice. Blocks of more than 32 MB it gives back. Pillow looks when it is loaded.
    os.environ.setdefault("PILLOW_BLOCK_SIZE", "48m")
    # What Pillow finds odd about a photo that it opens all the same is nothing to the user who adds photos.
    warnings.filterwarnings("ignore", module=r"PIL\.")
    arguments = sys.argv[1:]
    # `spa-desktop [PROJECT]` opens the window: whatever is neither a verb nor an option is a project.
    if not arguments or not (arguments[0].startswith("-") or arguments[0] in map(_name, app.registered_commands)):
        is_project = Path(*arguments[:1]).suffix == ".spa"
        arguments = ["open", *(arguments if is_project else arguments[:1])]  # a word that is neither is told alone
    # The next file that is opened would take the place of a stream that is closed, and be written to by libraries.
    is_closed = sys.stdout is None
    sys.stdin = sys.stdin or open(os.devnull)  # noqa: PTH123, SIM115 - as long as the program runs
    sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: PTH123, SIM115
    sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: PTH123, SIM115
    # The window has no need of an output.
    if is_closed and arguments[0] != "open":
        fail("The output is closed: send it to a file, a program or a terminal", 2)
    # What libraries and their processes write there goes to stderr: stdout is for data.
    if isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.fileno() == 1:
        sys.stdout = os.fdopen(os.dup(1), "w", encoding=sys.stdout.encoding)
        os.dup2(sys.stderr.fileno(), 1)
    # Names of files need not be text, and a terminal need not know all letters.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        # Typer gives back the code of an Exit, and 130 where a key stopped it.
        code = app(with_quiet_first(with_ray_address(arguments)), prog_name="spa-desktop", standalone_mode=False)
        sys.stdout.flush()
    except SpaError as error:
        fail(error.worded(ADVICE), error.exit_code)
    except typer.Abort:
        fail("Stopped", _INTERRUPTED)
    except TyperException as error:
        context = getattr(error, "ctx", None)
        fail(f"{error.format_message()} Try: {context.command_path if context else 'spa-desktop'} --help", 2)
    except OSError as error:
        _fail_of_system(error)
    except Exception as error:
        if os.environ.get("SPA_DESKTOP_TRACEBACK"):
            raise
        if isinstance(error, ModuleNotFoundError):
            package = str(error.name).partition(".")[0]
            extra = "[window]" if package in ("PySide6", "pyqtgraph") else ""
            fail(f"The package {package} is not installed, which this needs: pip install 'spa-desktop{extra}'", 2)
        fail(f"{type(error).__name__}: {error} (SPA_DESKTOP_TRACEBACK=1 shows where)", 1)
    if code == _INTERRUPTED:
        fail("Stopped. What was saved before is untouched", _INTERRUPTED)
    if isinstance(code, int) and code:
        raise SystemExit(code)


def _fail_of_system(error: OSError) -> NoReturn:
    """Say which file it was; what has no name is the output."""
    if error.filename is not None:
        fail(f"{str(error.filename)[:300]} cannot be used: {error.strerror}. Give another place", 2)
    # Python would complain about the output once more when it ends.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if isinstance(error, BrokenPipeError):  # whoever read along has left
        raise SystemExit(1)
    fail(f"The output cannot be written: {error.strerror or error}", 1)


def _name(command: CommandInfo) -> str:
    assert command.callback is not None, "every command is a function"
    return command.name or command.callback.__name__


app.registered_commands.sort(key=lambda command: _ORDER.split().index(_name(command)))


@app.callback(invoke_without_command=True)
def _options(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
    report: Annotated[
        bool, typer.Option("--report", help="Print what a report of a fault needs, without photos.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Say nothing but errors; also after the verb.")] = False,
) -> None:
    be_quiet(quiet)
    if version:
        typer.echo(__version__)
        raise typer.Exit
    if report:
        answer_report()
        raise typer.Exit
