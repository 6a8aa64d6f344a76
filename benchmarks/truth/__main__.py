"""Are the offline writer's phrases true? ``python -m benchmarks.truth ../shared/data``.

Describes every class of the data sets that are there from its training photos, and looks each phrase up among the
verdicts, which a person gave by looking at the exemplars. New phrases are listed until someone has judged
them. ``--all`` lists all phrases. What things are said to be is
graded by WordNet besides (``kinds.py``), over more sets; ``--kinds`` does that alone. Last comes the table of all that
is to hold (``figures.py``), which is written to ``benchmarks/truth.md``.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.truth import figures, kinds, verdicts
from benchmarks.truth.written import SETS, DescribedClass, described
from spa_desktop.console import ConsoleJob
from spa_desktop.encoders.backbones import load_encoder


def main() -> None:
    """Describe, compare and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.truth", description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--sets", nargs="+", default=[*SETS])
    parser.add_argument("--photos", type=int, help="of a class, at the most")
    parser.add_argument("--all", action="store_true", help="list all phrases, with what they rest on")
    parser.add_argument("--kinds", action="store_true", help="grade kinds by WordNet, and nothing else")
    given = parser.parse_args()
    encoder = load_encoder("spa-lite")
    with ConsoleJob() as job:
        things = list(kinds.graded(list(kinds.cases(given.data)), encoder, job))
    print(kinds.kinds_table(things))
    _list("Kinds that are not true", kinds.false_kinds(things))
    if given.kinds:
        return
    print()
    classes: list[DescribedClass] = []
    with ConsoleJob() as job:
        for name in given.sets:
            classes += described(given.data, encoder, job, (name,), given.photos)
        hundred = list(described(given.data, encoder, job, ("+".join(SETS[:3]),), 5))
    judged = verdicts.read_verdicts()
    if given.all:
        for one in classes:
            phrases = "; ".join(
                f"{phrase.text} [{phrase.knowledge.basis if phrase.knowledge else ''}]"
                for phrase in one.description.phrases
            )
            print(f"{one.data}/{one.name}: {phrases or 'nothing'}")
        print()
    print(verdicts.table(classes, judged))
    _list("Judged false", verdicts.untrue(classes, judged))
    _list("Not judged yet", verdicts.unjudged(classes, judged))
    measured = {**kinds.figures(things), **verdicts.figures(classes, judged)}
    if hundred:
        clock, computed = (sum(took) for took in zip(*(one.seconds for one in hundred), strict=True))
        measured |= {"describing": {figures.ALL: clock}, "describing_cpu": {figures.ALL: computed}}
    if given.photos is None:
        figures.keep("truth", measured)
    figures.PAGE.write_text(figures.table(), encoding="utf-8")
    print(f"\n{figures.table()}")


def _list(title: str, lines: list[str]) -> None:
    if lines:
        print(f"\n{title}:\n" + "\n".join(f"- {line}" for line in lines))


if __name__ == "__main__":
    main()
