"""The bench: SPA and its rivals on a data set."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from spa_desktop.cli.common import AsJson, Device, RayAddress, Yes, app, download_consent, print_json
from spa_desktop.console import ConsoleJob, print_table, say
from spa_desktop.errors import InputError


@app.command()
def bench(
    folder: Annotated[Path, typer.Argument(help="Holds train/CLASS and test/CLASS.")],
    increment: Annotated[int, typer.Option(help="Classes a task.", min=1)],
    base: Annotated[int, typer.Option(help="Classes of the first task; 0: as many as the others.", min=0)] = 0,
    seed: Annotated[int, typer.Option(help="Of the class order.")] = 1993,
    seeds: Annotated[str | None, typer.Option(help="Several seeds: 1993,1994 or 1993-1997.")] = None,
    shots: Annotated[int | None, typer.Option(help="Photos a class, first by file name; else all.", min=1)] = None,
    backbone: Annotated[str, typer.Option(help="See: spa-desktop backbones.")] = "spa-lite",
    methods: Annotated[str | None, typer.Option(help="Names with commas; else all.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Take finished results again.")] = False,
    out: Annotated[Path | None, typer.Option(help="Also write the result to this JSON file.")] = None,
    picture: Annotated[Path | None, typer.Option(help="Draw the curves to this PNG file.")] = None,
    ray: RayAddress = None,
    device: Device = "auto",
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Run SPA and its rivals on a data set, task by task."""
    from spa_desktop.bench.bench_run import run_bench
    from spa_desktop.bench.result_table import draw_curves, result_table
    from spa_desktop.encoders.backbones import load_encoder
    from spa_desktop.plain_files import EARLIER_PNG, check_output
    from spa_desktop.ray_cluster import Cluster

    if picture is not None:
        check_output(picture, EARLIER_PNG)
    cluster = None if ray is None else Cluster.of(ray)
    with ConsoleJob() as job:
        result = run_bench(
            folder,
            encoder=lambda: load_encoder(backbone, device=device, consent=download_consent(yes), on_message=say),
            increment=increment,
            base=base,
            seeds=_seeds(seeds) if seeds else (seed,),
            shots=shots,
            methods=methods.split(",") if methods else None,
            resume=resume,
            out=out,
            job=job,
            cluster=cluster,
        )
    if picture is not None:
        draw_curves(result, picture)
    if as_json:
        print_json(result)
    else:
        print_table(result_table(result))


def _seeds(text: str) -> list[int]:
    found: list[int] = []
    for part in text.split(","):
        first, dash, last = part.partition("-")
        try:
            found += range(int(first), int(last) + 1) if dash else [int(first)]
        except ValueError:
            raise InputError(f"--seeds {text}: give numbers such as 1993,1994 or 1993-1997") from None
    return found
