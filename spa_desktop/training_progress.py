"""A training's stages and steps as progress of a job."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spa_desktop.jobs import Job, Stage

if TYPE_CHECKING:
    from spa_desktop.spa.projectors import TrainingStep
    from spa_desktop.spa.training import Progress


def progress_of(job: Job) -> Progress:
    """What the learner reports to, to be shown by a job and to stop when the job does."""
    current: Stage | None = None

    def tell(stage: Stage, step: TrainingStep | None) -> bool:
        nonlocal current
        if stage != current:
            current = stage
            job.stage(stage, total=step.steps if step else None)
        if step is not None:
            if step.step == 1:
                job.stage(stage, total=step.steps)
            measured = {"loss": step.loss, "accuracy": None if step.accuracy is None else 100 * step.accuracy}
            job.advance(values={name: value for name, value in measured.items() if value is not None})
        job.check()
        return not job.is_stopping_early

    return tell
