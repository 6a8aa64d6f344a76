"""One table of what is to hold on photos that nobody tuned to: each figure, what it should reach, and its source.

Every command that measures some of it keeps its figures in ``figures.json`` with the commit and the date, or is a run
of ``python -m benchmarks.pages`` whose tables are read. ``make truth`` measures what takes minutes anew, and writes
``benchmarks/truth.md`` from all of them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from math import inf, isfinite
from pathlib import Path
from statistics import fmean
from typing import Any

from benchmarks.speed.table import commit, markdown
from benchmarks.truth.written import SETS

FILE = Path(__file__).with_name("figures.json")
PAGE = Path(__file__).parent.with_suffix(".md")
RESULTS = Path(__file__).parent.with_name("results")
ALL = "all"  # photos of all sets together, or the mean over sets: as the row says
_COLUMNS = (*SETS, "imagenet_samples", ALL)
_LEFT_OUT = "without the set, in turn"
_ONE = "one value for all sets, by looking"
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")


@dataclass(frozen=True)
class Row:
    """A line of the table.

    Attributes:
        what: is measured, with its unit.
        least, most: what each set should reach.
        mean_least, mean_most: what the last column should.
        chosen: on which photos that was chosen which decides it.
        digits: of the figures.
    """

    what: str
    least: float = -inf
    most: float = inf
    mean_least: float = -inf
    mean_most: float = inf
    chosen: str = _LEFT_OUT
    digits: int = 1

    @property
    def reach(self) -> str:
        found = []
        for who, least, most in (("each", self.least, self.most), ("all", self.mean_least, self.mean_most)):
            ends = [f"{one:g}" for one in (least, most) if isfinite(one)]
            if ends:
                bounds = " to ".join(ends) if len(ends) == 2 else f"{'≤' if least == -inf else '≥'} {ends[0]}"
                found.append(f"{bounds}, {who}")
        return "; ".join(found)

    def is_met(self, figures: Mapping[str, float]) -> bool:
        each, mean = (self.least, self.most), (self.mean_least, self.mean_most)
        asked = [(mean if name == ALL else each, value) for name, value in figures.items() if name in (*SETS, ALL)]
        return all(least <= round(value, self.digits) <= most for (least, most), value in asked)

    def worst(self, figures: Mapping[str, float]) -> str:
        """The set that is farthest from what is to be reached."""
        sets = {name: value for name, value in figures.items() if name in SETS}
        if not self.reach or len(sets) < 2:
            return ""
        is_more_better = max(self.least, self.mean_least) > -inf
        name = (min if is_more_better else max)(sets, key=sets.__getitem__)
        return f"{sets[name]:.{self.digits}f} {name}"


ROWS = {
    **{
        name: row
        for shots, most, mean in ((1, 13, 7), (2, 12, 5.5), (5, 11, 4.5))
        for name, row in (
            (
                f"ece_{shots}",
                Row(
                    f"ECE with {shots} photo{'s' * (shots > 1)} a class, three draws pooled, %",
                    most=most,
                    mean_most=mean,
                ),
            ),
            (f"chance_{shots}", Row("the same by chance, were each probability true, %", chosen="")),
        )
    },
    "kept_mean": Row("known photos kept, all classes at once, mean over cells, %", mean_least=93, mean_most=97),
    "kept_least": Row("the same, least cell, %", least=90),
    "kept_tasks_mean": Row("known photos kept, several tasks, mean over cells, %", mean_least=93, mean_most=97),
    "kept_tasks_least": Row("the same, least cell, %", least=90),
    "same_refused_mean": Row("strangers of the same set refused, all at once, mean over cells, %", mean_least=43),
    "other_refused_mean": Row("strangers of other sets refused, the same, %", mean_least=98),
    "other_refused_2": Row("the same with two classes, %", least=80),
    "other_refused_4": Row("the same with four classes, %", least=80),
    "auroc": Row("AUROC of unknown classes of the same set", digits=3),
    "auroc_lead": Row("the same, less that of the set's best single score", least=0.0, digits=3),
    "auroc_lead_mean": Row("mean over sets, less that of the best single score", mean_least=0.02, digits=3),
    "labels_named": Row("exchanged labels named, 5 % exchanged, %", least=75, mean_least=80, digits=0),
    "labels_right": Row("labels named that were exchanged, %", least=55, mean_least=85, digits=0),
    "kinds": Row("kinds true by WordNet, own noun left out, as of an unknown name, %", mean_least=97),
    "kinds_named": Row("the same, name known, %", mean_least=97),
    "phrases": Row("phrases true by looking, all classes, %", least=93, mean_least=97, chosen=_ONE),
    "judged": Row("phrases that were looked at, %", least=100, mean_least=100, chosen="", digits=0),
    "telling": Row(
        "classes with a true phrase that tells them from their nearest class, %",
        least=50,
        mean_least=60,
        chosen="on the first five",
        digits=0,
    ),
    "names_false": Row("groups of one class with a false name, %", mean_most=5, chosen=_ONE),
    **{
        f"lead_{shots}": Row(
            f"`spa` less the best closed form, {shots} photo{'s' * (shots != '1')} a class", mean_least=mean, chosen=""
        )
        for shots, mean in (("1", 1), ("2", 0.8), ("4", 0.8), ("8", -inf), ("16", 0.5), ("all", 0.3))
    },
    "together_kind": Row("folders answered together, one photo a class: gain, worst kind of folder", least=-0.5),
    "together_folder": Row("the same, worst single folder", least=-5),
    "accuracy_5": Row("average accuracy, five orders, 5 photos a class, %", mean_least=93.6, chosen="ADR 3"),
    "accuracy_all": Row("the same, all photos, %", mean_least=97.4, chosen="ADR 3"),
    "describing": Row("describing 101 classes of five photos, seconds", mean_most=8, chosen=""),
    "describing_cpu": Row("the same, seconds of all cores", mean_most=8, chosen=""),
}


def keep(command: str, found: Mapping[str, Mapping[str, float]]) -> None:
    """Put figures in the file, as measured by a command now.

    Args:
        command: after ``python -m benchmarks.``.
        found: by row, then by set. Figures of some of the sets alone take no row's place.
    """
    kept = json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}
    source = {"command": command, "commit": commit(), "date": date.today().isoformat()}
    for row, figures in found.items():
        if row not in kept or kept[row]["figures"].keys() <= figures.keys():
            kept[row] = {"figures": {name: round(value, 4) for name, value in figures.items()}, **source}
    FILE.write_text(json.dumps({row: kept[row] for row in ROWS if row in kept}, indent=1) + "\n", encoding="utf-8")


def with_mean(figures: Mapping[str, float]) -> dict[str, float]:
    """Figures by set, and their mean."""
    return {**figures, ALL: fmean(figures.values())}


def of_runs() -> dict[str, dict[str, Any]]:
    """Rows of what runs of ``python -m benchmarks.pages`` printed, with where they come from."""
    found: dict[str, dict[str, Any]] = {}

    def put(run: str, row: str, cells: Mapping[str, float]) -> None:
        named = {ALL if name == "mean" else name: value for name, value in cells.items()}
        found[row] = {"figures": named, **{what: results[run][what] for what in ("command", "commit", "date")}}

    names = ("wrong_labels", "names", "few_photos", "together")
    results = {name: json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8")) for name in names}
    headings, rows = {}, {}
    for name, result in results.items():
        (headings[name], *cells) = result["tables"][0]
        rows[name] = {row[0]: [_numbers(cell) for cell in row[1:]] for row in cells}
    # What other sets choose stands in the fourth and fifth column after the name.
    for row, place in (("labels_named", 3), ("labels_right", 4)):
        put("wrong_labels", row, {name: cells[place][0] for name, cells in rows["wrong_labels"].items()})
    groups = {name: (cells[0][0], cells[3][0]) for name, cells in rows["names"].items()}
    put("names", "names_false", {name: 100 * false / count for name, (count, false) in groups.items()})
    for place, shots in enumerate(headings["few_photos"][1:]):
        leads = {name: cells[place][0] for name, cells in rows["few_photos"].items() if cells[place]}
        put("few_photos", f"lead_{shots}", leads)
    for part, row in enumerate(("together_kind", "together_folder")):
        worst = {
            name: min(cells[place][part] for cells in rows["together"].values())
            for place, name in enumerate(headings["together"][1:])
            if name in SETS
        }
        put("together", row, worst)
    return {row: one for row, one in found.items() if row in ROWS}


def _numbers(cell: str) -> list[float]:
    return [float(one) for one in _NUMBER.findall(cell)]


def table() -> str:
    """All figures that are kept, as a page."""
    kept = {**json.loads(FILE.read_text(encoding="utf-8")), **of_runs()}
    lines = []
    for name, row in ROWS.items():
        if name in kept:
            one = kept[name]
            cells = [f"{one['figures'][c]:.{row.digits}f}" if c in one["figures"] else "" for c in _COLUMNS]
            met = "" if not row.reach else "yes" if row.is_met(one["figures"]) else "**no**"
            source = f"`{one['command'].removeprefix('benchmarks.')}`, {one['commit']}, {one['date']}"
            lines.append((row.what, row.reach, met, row.worst(one["figures"]), *cells, row.chosen, source))
    heads = ("what", "reach", "met", "worst set", *_COLUMNS, "chosen", "measured by `python -m benchmarks.`")
    about = (
        "Written by `make truth`, which measures phrases, kinds and describing anew; the other figures were measured "
        "by the command of their line, at its commit. The last column of figures is over all that stands before it, or "
        'the mean over sets. "Chosen" says on which sets that was chosen which decides a figure: "without the set, in '
        'turn" is what the seven other sets choose, each time for the set that is left out.'
    )
    return f"# True on photos that nobody tuned to\n\n{about}\n\n{markdown(heads, lines)}\n"
