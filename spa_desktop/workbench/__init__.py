"""The verbs of the app, used alike by the command line and the window: the only door to the engine.

Every verb takes a :class:`~spa_desktop.jobs.Job` for progress and cancellation, and stores what it did in one
transaction at its end, so a failed or cancelled verb leaves the project as it was. Importing this loads no torch.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from spa_desktop.classify.answer_files import PhotoAnswer
from spa_desktop.classify.folder_run import FolderAnswers, KeptRun
from spa_desktop.jobs import Job
from spa_desktop.project import Added, FoundClasses, add_classes, find_classes
from spa_desktop.recognizer import Explanation, Recognition, Recognizer
from spa_desktop.workbench import (
    class_changes,
    correction_learning,
    corrections,
    describing,
    evaluating,
    overview,
    recognition,
    recovery,
    searching,
    sorting,
    training,
    worth_a_look,
)
from spa_desktop.workbench.correction_learning import CorrectionOutcome
from spa_desktop.workbench.describing import Described
from spa_desktop.workbench.method_settings import MethodSettings
from spa_desktop.workbench.open_project import DEFAULT_BACKBONE, EMBEDDED, OpenProject
from spa_desktop.workbench.overview import Advice, data_advice, photos_of
from spa_desktop.workbench.recovery import MovedPhotos
from spa_desktop.workbench.training import Trained

__all__ = [
    "DEFAULT_BACKBONE",
    "EMBEDDED",
    "CorrectionOutcome",
    "Described",
    "Explanation",
    "FolderAnswers",
    "KeptRun",
    "MethodSettings",
    "MovedPhotos",
    "PhotoAnswer",
    "Recognition",
    "Recognizer",
    "Trained",
    "Workbench",
]


class Workbench(OpenProject):
    """The verbs on a project that is open. Each is a function of the module that it is taken from."""

    describe, keep_local = describing.describe, describing.keep_local
    plan, train = training.plan, training.train
    correct, drop_corrections = corrections.correct, corrections.drop
    learn_corrections = correction_learning.learn_corrections
    undo_training, forget_all = class_changes.undo_training, class_changes.forget_all
    forget_class, merge_classes = class_changes.forget_class, class_changes.merge_classes
    evaluate = evaluating.evaluate
    known_states, compare_states = evaluating.known_states, evaluating.compare_states
    what_changed = evaluating.what_changed
    learned, recognizer = recognition.learned, recognition.recognizer
    classify, check = recognition.classify, recognition.check
    last_run, relocate_run = recognition.last_run, recognition.relocate_run
    worth_a_look, doubtful_labels = worth_a_look.worth_a_look, worth_a_look.doubtful_labels
    photo_search, search, typical = searching.photo_search, searching.search, searching.typical
    has_sorting, begin_sorting = sorting.has_sorting, sorting.begin_sorting
    keep_sorting, learn_sorted = sorting.keep_sorting, sorting.learn_sorted
    classes_of_sorted, names_of_groups = sorting.classes_of_sorted, sorting.names_of_groups
    ask_names = sorting.ask_names
    find_moved_photos = recovery.find_moved_photos
    info, phrases = overview.overview, overview.shown_phrases

    def add(
        self,
        folders: Iterable[str | os.PathLike[str]] | FoundClasses,
        job: Job | None = None,
        *,
        task: str | None = None,
        top_up: bool = False,
        test_share: float = 0.2,
    ) -> Added:
        """Add the classes of folders, or of what :func:`find_classes` found in them, to a task.

        Raises InputError: see docs/project-file.md, "Folders to classes".
        """
        found = folders if isinstance(folders, FoundClasses) else find_classes(folders, job)
        return add_classes(self.project, found, job, task=task, top_up=top_up, test_share=test_share)

    def data_advice(self, task: str | None = None) -> tuple[Advice, ...]:
        """What to know about the photos before :meth:`train` is called with the same task.

        Raises InputError if there is nothing to learn.
        """
        todo = training.plan(self, task)
        with self.project.snapshot():
            classes, counts, info = self.project.classes(), self.project.photo_counts(), self.project.learner_info()
        mine = {one.id for one in (*todo.new, *todo.known)}
        known = set(info.class_ids if info else ()) - mine
        return data_advice(photos_of(classes, counts, mine), photos_of(classes, counts, known))
