"""What the commands share: the app, the words of their arguments, and how they open a project and print."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from spa_desktop import errors
from spa_desktop.console import is_quiet, say, without_bars
from spa_desktop.errors import InputError
from spa_desktop.version import JSON_FORMAT

if TYPE_CHECKING:
    from spa_desktop.feature_store import FeatureStore
    from spa_desktop.jobs import Job
    from spa_desktop.ray_cluster import Cluster
    from spa_desktop.workbench.open_project import OpenProject

app = typer.Typer(
    no_args_is_help=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Teach an image classifier, class by class, without starting over.",
)

ProjectArg = Annotated[Path, typer.Argument(help="The project file, NAME.spa.", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]
Yes = Annotated[bool, typer.Option("--yes", help="Agree to what would be asked, for this run.")]
RayAddress = Annotated[
    str | None,
    typer.Option(
        "--ray",
        metavar="[ADDRESS]",
        help="Compute on a Ray cluster: HOST:PORT, auto, or without an address on this computer's cores.",
    ),
]
Boxes = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE|FOLDER",
        help="Each box is a photo of its own: of MegaDetector's or COCO's JSON, or of YOLO's labels.",
    ),
]
FileTimes = Annotated[bool, typer.Option("--file-times", help="Of photos that do not say when, take the file's time.")]
Device = Annotated[str, typer.Option(help="auto, cuda, mps or cpu.")]
ByNul = Annotated[
    bool, typer.Option("-0", "--null", help="The list on stdin has NUL between names, as of find -print0.")
]
STDIO = Path("-")

_MOST_LINES = 20
# What to do about an error, as the command line says it.
ADVICE = errors.ADVICE | {
    "agree": "agree to it with --yes, or use the offline writer",
    "download": "fetch it with `spa-desktop backbones --fetch {name} --yes`, or use spa-lite",
    "find project": "check the name, or make it with `spa-desktop new`",
    "get runtime": "get it with: npm pack {package}, and give its file with --runtime",
    "make project": "choose a .spa file, or make one with `spa-desktop new`",
    "repeat": "make room, and run the same again with --resume: what was done so far is kept",
    "replace export": "give a new folder, or replace it with --force",
    "restore": "bring back an earlier version (`spa-desktop restore`)",
    "restore or recover": "restore a backup of it or an earlier version (`spa-desktop restore`), or save what is whole "
    "(`spa-desktop recover`)",
    "restore kept": "the file as it lay there before is kept as {kept}: put it back (`spa-desktop restore`), or save "
    "what is whole (`spa-desktop recover`)",
    "resume": "with --resume it goes on where it stopped",
    "top up": "choose another name, or add photos to it with --top-up",
    "top up folder": "rename the folder {folder}, or add its photos to that class with --top-up",
}
_LOCAL = "local"
_ADDRESS = re.compile(r"(ray://)?[\w.-]+:\d+|auto|local|\[[0-9a-fA-F:]+\]:\d+")


def with_ray_address(arguments: list[str]) -> list[str]:
    """Name the address where `--ray` stands alone, as typer's options have no values that may be left out.

    >>> with_ray_address(["classify", "--ray", "a.spa", "photos"])
    ['classify', '--ray=local', 'a.spa', 'photos']
    >>> with_ray_address(["bench", "photos", "--ray", "head:6379"])
    ['bench', 'photos', '--ray=head:6379']
    """
    words: list[str] = []
    remaining = iter(enumerate(arguments))
    for place, argument in remaining:
        if argument == "--":
            return words + arguments[place:]
        if argument != "--ray":
            words.append(argument)
            continue
        after = arguments[place + 1] if place + 1 < len(arguments) else ""
        if _ADDRESS.fullmatch(after):
            next(remaining)
        words.append(f"--ray={after if _ADDRESS.fullmatch(after) else _LOCAL}")
    return words


def with_quiet_first(arguments: list[str]) -> list[str]:
    """Move `--quiet`, which all verbs have, before the verb.

    >>> with_quiet_first(["add", "a.spa", "cats", "--quiet"])
    ['--quiet', 'add', 'a.spa', 'cats']
    """
    options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    if "--quiet" not in options:
        return arguments
    return ["--quiet", *(word for word in options if word != "--quiet"), *arguments[len(options) :]]


def with_list(paths: Sequence[Path], *, by_nul: bool) -> list[Path]:
    """The paths with those of the list on stdin, a line each, in the place of `-`.

    Raises InputError if there is no list, or `by_nul` without one.
    """
    if STDIO not in paths:
        if by_nul:
            raise InputError("-0 is about a list on stdin: give - in the place of the photos")
        return [*paths]
    content = sys.stdin.buffer.read()
    names = content.split(b"\0") if by_nul else content.splitlines()
    listed = [Path(os.fsdecode(name)) for name in names if name]
    if not listed:
        raise InputError("There is no photo in the list on stdin: give the names of photos, one a line")
    return [found for path in paths for found in (listed if path == STDIO else [path])]


def cluster_at(address: str | None) -> Cluster | None:
    """Where `--ray` has work spread, None without it. Raises as :meth:`~spa_desktop.ray_cluster.Cluster.of`."""
    from spa_desktop.ray_cluster import Cluster

    return None if address is None else Cluster.of(address)


def say_some(lines: Sequence[str], more: str) -> None:
    """Say the first twenty lines, and how many more there are: `more` has a place for their number."""
    for line in lines[:_MOST_LINES]:
        say(line)
    if len(lines) > _MOST_LINES:
        say(more.format(len(lines) - _MOST_LINES))


def print_json(document: Mapping[str, Any]) -> None:
    """Print one JSON object on stdout, with its format: docs/schema."""
    # ASCII with escapes: the same for every program that reads it, also where a file's name is not valid text.
    json.dump({"format": JSON_FORMAT, **document}, sys.stdout, indent=2)
    sys.stdout.write("\n")


def open_project(path: Path, *, write: bool, device: str = "auto", yes: bool = False) -> OpenProject:
    """Put a project on the workbench."""
    from spa_desktop.workbench.open_project import OpenProject

    return OpenProject.open(path, write=write, on_message=say, device=device, download_consent=download_consent(yes))


def plain_store(device: str, job: Job) -> FeatureStore:
    """Features of photos that are in no project, by the backbone that ships with the app."""
    from spa_desktop.encoders.backbones import load_encoder
    from spa_desktop.encoders.lite_files import NAME
    from spa_desktop.feature_store import FeatureStore
    from spa_desktop.jobs import Stage
    from spa_desktop.project.feature_cache import FeatureCache

    job.stage(Stage.LOAD)
    return FeatureStore(load_encoder(NAME, device=device, on_message=job.message), FeatureCache(on_message=job.message))


def confirm(question: str) -> bool:
    """Ask the user, whose answer is no where there is no terminal, or nothing is said of what is asked."""
    with without_bars():
        return sys.stdin.isatty() and not is_quiet() and typer.confirm(question, err=True)


def download_consent(yes: bool) -> Callable[[Any], bool]:
    """Asks before weights are downloaded, which `yes` agrees to beforehand, or before a checkpoint file is read."""

    def ask(offer: Any) -> bool:
        if isinstance(offer, Path):
            say(f"The project's backbone is read from {offer}")
            return confirm("May projects have it read on this computer?")
        say(f"The backbone {offer.backbone} is not on this computer. It comes from {offer.source} ({offer.terms})")
        return yes or confirm("Download it?")

    return ask
