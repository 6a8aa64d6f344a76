"""Results of the bench for people: a table, and a picture of the curves."""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterator, Sequence
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
    """Mean of the differences run by run, with Student's interval of that mean.

    Args:
        ours: at least two values.
        theirs: as many, of the same runs in the same order.
        confidence: of the interval.

    Returns:
        `{"mean", "low", "high"}`.
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


_SIZE, _LEFT, _TOP, _RIGHT, _BOTTOM = (1200, 720), 80, 70, 260, 70
_SUPERSAMPLING = 2  # Pillow draws slanted lines with steps: drawn twice as large, they are smooth
# Okabe and Ito's colours, told apart by most people with colour blindness; dashes tell the second round from the first.
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

    Raises:
        InputError: if something else than earlier curves is there.
        SpaError: if the file cannot be written.
    """
    png = io.BytesIO()
    _Chart(result).draw().save(png, "PNG")
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


class _Chart:
    def __init__(self, result: dict[str, Any]) -> None:
        self._title = _title(result)
        self._curves = mean_curves(result)
        stages = len(next(iter(self._curves.values())))
        total = len(result.get("runs", [result])[0]["class_order"])
        first, increment = result["base"] or result["increment"], result["increment"]
        self._seen = [min(first + i * increment, total) for i in range(stages)]
        lowest = min(min(curve) for curve in self._curves.values())
        self._low = 10 * int(lowest / 10) if lowest < 100 else 90
        self._canvas = Image.new("RGB", tuple(_SUPERSAMPLING * side for side in _SIZE), "white")  # type: ignore[arg-type]
        self._pen = ImageDraw.Draw(self._canvas)

    def draw(self) -> Image.Image:
        self._text((_LEFT, 20), self._title, 20, "la")
        self._axes()
        # What all others are compared with has the first colour, and a wide line on top of theirs.
        names = sorted(self._curves, key=lambda name: name != REFERENCE)
        ends = {}
        for rank, name in reversed(list(enumerate(names))):
            colour = _COLOURS[rank % len(_COLOURS)]
            points = [self._at(c, a) for c, a in zip(self._seen, self._curves[name], strict=True)]
            self._line(points, colour, 5 if name == REFERENCE else 3, is_dashed=rank >= len(_COLOURS))
            ends[name] = (*points[-1], colour)
        # Names stand beside the ends of their lines, pushed apart where they would meet.
        below = 0.0
        for name in sorted(ends, key=lambda name: -self._curves[name][-1]):
            x, y, colour = ends[name]
            y = max(y, below)
            below = y + 22
            self._text((x + 14, y), f"{name}  {self._curves[name][-1]:.1f}", 16, "lm", colour)
        return self._canvas.resize(_SIZE, Image.Resampling.LANCZOS)

    def _axes(self) -> None:
        bottom, right = _SIZE[1] - _BOTTOM, _SIZE[0] - _RIGHT
        for accuracy in range(self._low, 101, 10 if self._low < 80 else 5):
            _, y = self._at(self._seen[0], accuracy)
            self._pen.line(self._scaled([(_LEFT, y), (right, y)]), fill="#DDDDDD", width=_SUPERSAMPLING)
            self._text((_LEFT - 12, y), str(accuracy), 15, "rm")
        step = -(-len(self._seen) // 12)
        for classes in self._seen[::step]:
            x, _ = self._at(classes, self._low)
            self._text((x, bottom + 12), str(classes), 15, "ma")
        self._text(((_LEFT + right) / 2, _SIZE[1] - 14), "classes seen", 16, "md")
        self._text((_LEFT - 12, _TOP - 10), "accuracy, %", 15, "ld")

    def _at(self, classes: int, accuracy: float) -> tuple[float, float]:
        width, height = _SIZE[0] - _LEFT - _RIGHT, _SIZE[1] - _TOP - _BOTTOM
        across = (classes - self._seen[0]) / max(self._seen[-1] - self._seen[0], 1)
        return _LEFT + across * width, _TOP + (100 - accuracy) / (100 - self._low) * height

    def _line(self, points: list[tuple[float, float]], colour: str, width: int, *, is_dashed: bool) -> None:
        pieces = _dashes(points) if is_dashed else iter([points])
        for piece in pieces:
            self._pen.line(self._scaled(piece), fill=colour, width=width * _SUPERSAMPLING, joint="curve")
        for x, y in points:
            self._pen.ellipse(self._scaled([(x - 4, y - 4), (x + 4, y + 4)]), fill=colour)

    def _text(self, at: tuple[float, float], text: str, size: int, anchor: str, colour: str = "#222222") -> None:
        font = ImageFont.load_default(size * _SUPERSAMPLING)
        self._pen.text(self._scaled([at])[0], text, fill=colour, font=font, anchor=anchor)

    @staticmethod
    def _scaled(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
        return [(_SUPERSAMPLING * x, _SUPERSAMPLING * y) for x, y in points]


def _dashes(points: list[tuple[float, float]], dash: float = 9.0) -> Iterator[list[tuple[float, float]]]:
    """Every other piece of a line."""
    for (x0, y0), (x1, y1) in itertools.pairwise(points):
        count = max(int(((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5 / dash), 1)
        for i in range(0, count, 2):
            a, b = i / count, (i + 1) / count
            yield [(x0 + a * (x1 - x0), y0 + a * (y1 - y0)), (x0 + b * (x1 - x0), y0 + b * (y1 - y0))]
