"""Results of the bench for people: a table, and a picture of the curves."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from rich.table import Table
from scipy.stats import t as student

from spa_desktop.console import plain
from spa_desktop.plain_files import write_png
from spa_desktop.visible import visible

# Several seeds put together: mean and spread of each method, and paired differences with a confidence interval.

FIGURES = ("average", "last", "forgetting")
REFERENCE = "spa"


def paired_difference(ours: Sequence[float], theirs: Sequence[float], confidence: float = 0.95) -> dict[str, float]:
    """Mean of the differences run by run, with Student's interval of that mean: `{"mean", "low", "high"}`.

    Both have at least two values, of the same runs in the same order.
    """
    differences = np.asarray(ours) - np.asarray(theirs)
    n = len(differences)
    half = student.ppf((1 + confidence) / 2, n - 1) * differences.std(ddof=1) / np.sqrt(n)
    mean = float(differences.mean())
    return {"mean": round(mean, 4), "low": round(mean - float(half), 4), "high": round(mean + float(half), 4)}


def summarize(runs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Put the runs of several seeds together.

    Returns:
        What the runs share (`"dataset"`, `"backbone"`, `"increment"`, ...), and `"seeds"`, `"runs"`,
        `"summary": {METHOD: {FIGURE: {"mean", "spread"}}}` with the sample standard deviation over seeds as spread, and
        `"paired": {METHOD: {FIGURE: {"mean", "low", "high"}}}`: `spa` minus each other method, seed by seed, with a
        95 % interval; empty if `spa` was not run.
    """
    values = {
        name: {figure: [run["methods"][name][figure] for run in runs] for figure in FIGURES}
        for name in runs[0]["methods"]
    }
    shared = {k: v for k, v in runs[0].items() if k not in ("seed", "class_order", "methods")}
    return {
        **shared,
        "seeds": [run["seed"] for run in runs],
        "runs": list(runs),
        "summary": {
            name: {
                figure: {"mean": round(float(np.mean(v)), 4), "spread": round(float(np.std(v, ddof=1)), 4)}
                for figure, v in figures.items()
            }
            for name, figures in values.items()
        },
        "paired": {
            name: {figure: paired_difference(values[REFERENCE][figure], v) for figure, v in figures.items()}
            for name, figures in values.items()
            if REFERENCE in values and name != REFERENCE
        },
    }


# Pillow draws slanted lines with steps: drawn twice as large, they are smooth.
_LARGER = 2
_SIZE, _LEFT, _TOP, _RIGHT, _BOTTOM = (2400, 1440), 160, 140, 520, 140
# Okabe and Ito's colours, told apart by most people with colour blindness; a thin line is of the second round.
_COLOURS = ("#D55E00", "#0072B2", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#8C6D31")


def result_table(result: dict[str, Any]) -> Table:
    """One row a method; with several seeds, mean and spread, and what `spa` is ahead by, paired, with its interval."""
    table = Table(title=plain(_title(result)), caption="per cent")
    several = "runs" in result
    for heading in ("method", "average", "last", "forgetting"):
        table.add_column(heading, justify="left" if heading == "method" else "right", no_wrap=True)
    if several and result["paired"]:
        table.add_column("spa ahead in average", justify="right", no_wrap=True)
    if not several:
        table.add_column("train s", justify="right")
        table.add_column("predict ms", justify="right")
        for name, method in result["methods"].items():
            times = (f"{method['train_seconds']:.1f}", f"{method['predict_ms_per_image']:.2f}")
            table.add_row(name, *(f"{method[figure]:.1f}" for figure in FIGURES), *times)
        return table
    for name, figures in result["summary"].items():
        cells = [f"{figures[f]['mean']:.1f} ± {figures[f]['spread']:.1f}" for f in FIGURES]
        if ahead := result["paired"].get(name):
            ahead = ahead["average"]
            cells.append(f"{ahead['mean']:+.2f} ({ahead['low']:+.2f} to {ahead['high']:+.2f})")
        table.add_row(name, *cells)
    return table


def draw_curves(result: dict[str, Any], path: str | Path) -> None:
    """Draw accuracy over classes seen, one line a method (the mean over seeds), to a PNG file.

    Raises InputError if something else than earlier curves is there; SpaError if the file cannot be written.
    """
    png = io.BytesIO()
    _chart(result).save(png, "PNG")
    write_png(Path(path), png.getvalue())


def mean_curves(result: dict[str, Any]) -> dict[str, list[float]]:
    """The curve of each method, averaged over the seeds."""
    runs = result.get("runs", [result])
    curves = {name: [run["methods"][name]["curve"] for run in runs] for name in runs[0]["methods"]}
    return {name: [sum(values) / len(values) for values in zip(*c, strict=True)] for name, c in curves.items()}


def _title(result: dict[str, Any]) -> str:
    shots = "all photos" if result["shots"] is None else f"{result['shots']} photos a class"
    runs = f"seed {result['seed']}" if "seed" in result else f"seeds {', '.join(map(str, result['seeds']))}"
    setting = f"B{result['base']} Inc{result['increment']}, {shots}, {result['backbone']}, {runs}"
    return visible(f"{result['dataset']}, {setting}")


def _chart(result: dict[str, Any]) -> Image.Image:
    curves = mean_curves(result)
    first, increment = result["base"] or result["increment"], result["increment"]
    total = len(result.get("runs", [result])[0]["class_order"])
    seen = [min(first + stage * increment, total) for stage in range(len(next(iter(curves.values()))))]
    low = min(10 * int(min(map(min, curves.values())) / 10), 90)
    canvas = Image.new("RGB", _SIZE, "white")
    pen, right, bottom = ImageDraw.Draw(canvas), _SIZE[0] - _RIGHT, _SIZE[1] - _BOTTOM

    def at(classes: float, accuracy: float) -> tuple[float, float]:
        across = (classes - seen[0]) / max(seen[-1] - seen[0], 1)
        return _LEFT + across * (right - _LEFT), bottom - (accuracy - low) / (100 - low) * (bottom - _TOP)

    def text(place: tuple[float, float], words: str, anchor: str, size: int = 32, colour: str = "#222222") -> None:
        pen.text(place, words, fill=colour, font=ImageFont.load_default(size), anchor=anchor)

    text((_LEFT, 40), _title(result), "la", 40)
    for accuracy in range(low, 101, 10 if low < 80 else 5):
        _, y = at(seen[0], accuracy)
        pen.line([(_LEFT, y), (right, y)], fill="#DDDDDD", width=2)
        text((_LEFT - 24, y), str(accuracy), "rm")
    for classes in seen[:: -(-len(seen) // 12)]:
        text((at(classes, low)[0], bottom + 24), str(classes), "ma")
    text(((_LEFT + right) / 2, _SIZE[1] - 28), "classes seen", "md")
    text((_LEFT - 24, _TOP - 20), "accuracy, %", "ld")
    # What all others are compared with has the first colour, and a wide line on top of theirs.
    names = sorted(curves, key=lambda name: name != REFERENCE)
    for rank, name in reversed(list(enumerate(names))):
        points = [at(*point) for point in zip(seen, curves[name], strict=True)]
        width = 10 if name == REFERENCE else 6 if rank < len(_COLOURS) else 2
        pen.line(points, fill=_COLOURS[rank % len(_COLOURS)], width=width, joint="curve")
        for x, y in points:
            pen.ellipse([(x - 8, y - 8), (x + 8, y + 8)], fill=_COLOURS[rank % len(_COLOURS)])
    # Names stand beside the ends of their lines, pushed apart where they would meet.
    below = 0.0
    for name in sorted(names, key=lambda name: -curves[name][-1]):
        x, y = at(seen[-1], curves[name][-1])
        y = max(y, below)
        below, colour = y + 44, _COLOURS[names.index(name) % len(_COLOURS)]
        text((x + 28, y), f"{name}  {curves[name][-1]:.1f}", "lm", colour=colour)
    return canvas.resize((_SIZE[0] // _LARGER, _SIZE[1] // _LARGER), Image.Resampling.LANCZOS)
