"""One table of what is to hold on photos that nobody tuned to: each figure, what it should reach, and its source.

Every command that measures some of it keeps its figures in ``figures.json`` with the commit and the date. ``make
truth`` measures what takes minutes anew, and writes ``benchmarks/truth.md`` from all of them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import fmean

from benchmarks.speed.table import commit, markdown
from benchmarks.truth.written import SETS

FILE = Path(__file__).with_name("figures.json")
PAGE = Path(__file__).parent.with_suffix(".md")
ALL = "all"  # photos of all sets together, or the mean over sets: as the row says
_COLUMNS = (*SETS, "imagenet_samples", ALL)
_LEFT_OUT = "without the set, in turn"
_ONE = "one value for all sets, by looking"


@dataclass(frozen=True)
class Row:
    """A line of the table.

    Attributes:
        what: is measured, with its unit.
        least, most: what it should reach.
        of_each: whether each set should, and not the last column alone.
        chosen: on which photos that was chosen which decides it.
        digits: of the figures.
    """

    what: str
    least: float = -1e9
    most: float = 1e9
    of_each: bool = True
    chosen: str = _LEFT_OUT
    digits: int = 1

    @property
    def reach(self) -> str:
        if self.least == -1e9 and self.most == 1e9:
            return ""
        ends = [f"{one:g}" for one in (self.least, self.most) if abs(one) < 1e9]
        where = "each" if self.of_each else "all"
        return f"{' to '.join(ends) if len(ends) == 2 else ('≥ ' if self.most == 1e9 else '≤ ') + ends[0]}, {where}"

    def is_met(self, figures: Mapping[str, float]) -> bool:
        asked = [value for name, value in figures.items() if (name in SETS if self.of_each else name == ALL)]
        return all(self.least <= round(value, self.digits) <= self.most for value in asked)


ROWS = {
    "kinds": Row("kinds true by WordNet, own noun left out, as of an unknown name, %", least=97, of_each=False),
    "kinds_named": Row("the same, name known, %", least=97, of_each=False),
    "phrases": Row("phrases true by looking, all classes, %", least=93, chosen=_ONE),
    "judged": Row("phrases that were looked at, %", least=100, chosen="", digits=0),
    "telling": Row(
        "classes with a true phrase that tells them from their nearest class, %",
        least=50,
        chosen="on the first five",
        digits=0,
    ),
    "kept_mean": Row("known photos kept, all classes at once, mean over cells, %", 93, 97, of_each=False),
    "kept_least": Row("the same, least cell, %", least=90),
    "kept_tasks_mean": Row("known photos kept, several tasks, mean over cells, %", 93, 97, of_each=False),
    "kept_tasks_least": Row("the same, least cell, %", least=90),
    "same_refused_mean": Row("strangers of the same set refused, all at once, mean over cells, %", 43, of_each=False),
    "other_refused_mean": Row("strangers of other sets refused, the same, %", 98, of_each=False),
    "auroc": Row("AUROC of unknown classes of the same set", digits=3),
    "auroc_lead": Row("the same, less that of the set's best single score", least=0.0, digits=3),
    "auroc_lead_mean": Row("mean over sets, less that of the best single score", least=0.02, of_each=False, digits=3),
    **{
        name: row
        for shots in (1, 2, 3, 5)
        for name, row in (
            (
                f"ece_{shots}",
                Row(
                    f"ECE with {shots} photo{'s' * (shots > 1)} a class, three draws pooled, %",
                    most=6 if shots < 5 else 4,
                ),
            ),
            (f"chance_{shots}", Row("the same by chance, were each probability true, %", chosen="")),
            (f"ece_{shots}_tasks", Row("ECE, the same learned in ten tasks, %", most=6 if shots < 5 else 4)),
        )
    },
    "accuracy_5": Row("average accuracy, five orders, 5 photos a class, %", least=93.6, of_each=False, chosen="ADR 3"),
    "accuracy_all": Row("the same, all photos, %", least=97.4, of_each=False, chosen="ADR 3"),
    "describing": Row("describing 101 classes of five photos, seconds", most=8, of_each=False, chosen=""),
    "describing_cpu": Row("the same, seconds of all cores", most=8, of_each=False, chosen=""),
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


def table() -> str:
    """All figures that are kept, as a page."""
    kept = json.loads(FILE.read_text(encoding="utf-8"))
    lines = []
    for name, row in ROWS.items():
        if name in kept:
            one = kept[name]
            cells = [f"{one['figures'][c]:.{row.digits}f}" if c in one["figures"] else "" for c in _COLUMNS]
            met = "" if not row.reach else "yes" if row.is_met(one["figures"]) else "**no**"
            source = f"`{one['command']}`, {one['commit']}, {one['date']}"
            lines.append((row.what, row.reach, *cells, met, row.chosen, source))
    heads = ("what", "reach", *_COLUMNS, "met", "chosen", "measured by `python -m benchmarks.`")
    about = (
        "Written by `make truth`, which measures phrases, kinds and describing anew; the other figures were measured "
        "by the command of their line, at its commit. The last column of figures is over all that stands before it, or "
        'the mean over sets. "Chosen" says on which sets that was chosen which decides a figure.'
    )
    return f"# True on photos that nobody tuned to\n\n{about}\n\n{markdown(heads, lines)}\n"
