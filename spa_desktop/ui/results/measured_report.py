"""What the Results page shows, measured in a worker: the report, the answers behind it, similar classes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spa_desktop.jobs import Job
from spa_desktop.project.records import TestAnswer
from spa_desktop.ui.app_state.contents import Contents
from spa_desktop.ui.results.results_report import Report, read_report
from spa_desktop.ui.results.similar_classes import similar_order

if TYPE_CHECKING:
    from spa_desktop.workbench import Workbench


@dataclass(frozen=True)
class Measured:
    """A report and what goes with it.

    Attributes:
        report: the figures.
        answers: of the test photos, by photo.
        similar: places of the report's classes, similar ones together.
    """

    report: Report
    answers: Mapping[int, TestAnswer]
    similar: tuple[int, ...]


def measure(bench: Workbench, contents: Contents, job: Job) -> Measured:
    """Check on the test photos. For worker threads.

    Raises:
        InputError: if nothing was learned, or there is no test photo.
    """
    report = read_report(bench.evaluate(job), contents)
    info = bench.project.learner_info()
    answers = {one.photo_id: one for one in bench.project.answers(info.id if info else 0)}
    return Measured(report, answers, similar_order(report, answers))
