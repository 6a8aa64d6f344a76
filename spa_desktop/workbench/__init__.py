"""The verbs of the app, used alike by the command line and the window: the only door to the engine.

Every verb takes a :class:`~spa_desktop.jobs.Job` for progress and cancellation, and stores what it did in one
transaction at its end, so a failed or cancelled verb leaves the project as it was. Importing this loads no torch.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spa_desktop.classify.answer_files import PhotoAnswer
from spa_desktop.classify.folder_run import FolderAnswers, UnfinishedRun
from spa_desktop.errors import InputError
from spa_desktop.jobs import Job
from spa_desktop.project import (
    Added,
    CheckReport,
    FoundClasses,
    add_photos_of,
    check_addition,
    find_classes,
    read_photos,
)
from spa_desktop.project.records import Correction, Verdict
from spa_desktop.recognizer import Answer, Explanation, KnownClass, Recognition, Recognizer
from spa_desktop.workbench import (
    class_changes,
    correction_learning,
    corrections,
    describing,
    evaluating,
    overview,
    recognition,
    recovery,
    task_training,
)
from spa_desktop.workbench.correction_storing import CorrectionOutcome
from spa_desktop.workbench.describing import Described, SendingConsent
from spa_desktop.workbench.evaluating import Comparison, KnownState
from spa_desktop.workbench.method_settings import MethodSettings
from spa_desktop.workbench.overview import Advice, data_advice, photos_of
from spa_desktop.workbench.recovery import MovedPhotos
from spa_desktop.workbench.session import DEFAULT_BACKBONE, OpenProject
from spa_desktop.workbench.task_training import Plan, Trained

if TYPE_CHECKING:
    from spa_desktop.descriptions.openai.service import WriterOptions
    from spa_desktop.encoders.encoder import ClipEncoder
    from spa_desktop.ray_cluster import Cluster
    from spa_desktop.spa.learner import SpaLearner
    from spa_desktop.workbench.training_record import TrainingRecorder
    from spa_desktop.workbench.worth_a_look import WorthALook

__all__ = [
    "DEFAULT_BACKBONE",
    "Answer",
    "CorrectionOutcome",
    "Described",
    "Explanation",
    "FolderAnswers",
    "MethodSettings",
    "MovedPhotos",
    "PhotoAnswer",
    "Plan",
    "Recognition",
    "Recognizer",
    "Trained",
    "UnfinishedRun",
    "Workbench",
]


class Workbench(OpenProject):
    """The verbs on a project that is open."""

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

        Raises:
            InputError: see docs/project-file.md, "Folders to classes".
        """
        job = job or Job()
        found = folders if isinstance(folders, FoundClasses) else find_classes(folders, job)
        check_addition(self.project, found, task=task, top_up=top_up)
        with read_photos(found, job, test_share=test_share) as scan:
            return add_photos_of(self.project, scan, task=task, top_up=top_up, job=job)

    def describe(
        self,
        provider: str = "offline",
        job: Job | None = None,
        *,
        task: str | None = None,
        class_ids: Sequence[int] | None = None,
        replace_edited: bool = False,
        keeps_own: bool = False,
        afresh: bool = False,
        language: str | None = None,
        consent: SendingConsent | None = None,
        options: WriterOptions | None = None,
    ) -> Described:
        """Have a writer describe classes: the given ones, or all of a task, or all that are not trained yet.

        Texts of a service are stored as they arrive, those of this computer all together: see `describing.describe`.

        Args:
            provider: "offline", "openai", or a file.
            job: progress and cancellation.
            task: its name; None takes every class that is not trained.
            class_ids: these classes instead.
            replace_edited: write over text that a person edited or approved.
            keeps_own: of such a text, the phrases that the person wrote stay.
            afresh: ask the writer again, even where the project knows its answer to the same request.
            language: a BCP 47 tag to write these classes in, from now on; None: as before.
            consent: is asked before photos leave this computer, unless this person agreed before to send these photos
                of this project to this address. A yes is remembered on this computer, outside of the project.
            options: of the OpenAI writer.

        Raises:
            InputError: if there is no such class, task or writer, or photos would be sent away without key or consent.
            SpaError: if the writer failed for all of them.
            Cancelled: what was stored until then stays.
        """
        from spa_desktop.descriptions.registry import writer_for

        job = job or Job()
        chosen = self._to_describe(task) if class_ids is None else list(class_ids)
        writer = writer_for(provider, self._session.encoder(job), options)
        return describing.describe(
            self._session,
            writer,
            job,
            class_ids=chosen,
            replace_edited=replace_edited,
            keeps_own=keeps_own,
            afresh=afresh,
            language=language,
            consent=consent,
        )

    def find_moved_photos(self, folders: Iterable[str | os.PathLike[str]], job: Job | None = None) -> MovedPhotos:
        """Look in folders for photos that are not where they were, and note where they lie now.

        Raises:
            InputError: if a folder does not exist, or there is no photo in any.
        """
        return recovery.find_moved_photos(self.project, folders, job or Job())

    def keep_local(self, is_local: bool) -> None:
        """Have the project keep its photos on this computer whatever writer is chosen, or have it ask again."""
        describing.keep_local(self.project, is_local)

    def plan(self, task: str | None = None) -> Plan:
        """What :meth:`train` would do.

        Raises:
            InputError: if there is nothing to learn.
        """
        return task_training.plan(self._session, task)

    def data_advice(self, task: str | None = None) -> tuple[Advice, ...]:
        """What to know about the photos before :meth:`train` is called with the same task.

        Raises:
            InputError: if there is nothing to learn.
        """
        todo = self.plan(task)
        with self.project.snapshot():
            classes, counts, info = self.project.classes(), self.project.photo_counts(), self.project.learner_info()
        mine = {one.id for one in (*todo.new, *todo.known)}
        known = set(info.class_ids if info else ()) - mine
        return data_advice(photos_of(classes, counts, mine), photos_of(classes, counts, known))

    def train(self, job: Job | None = None, *, task: str | None = None, seed: int | None = None) -> Trained:
        """Learn the next task, or the named one; classes without a description are described offline first.

        Raises:
            InputError: if there is nothing to learn.
            Cancelled: the model is as before.
        """
        from spa_desktop.workbench.training_record import TrainingRecorder

        job = job or Job()
        if task_training.is_outdated(self.project):
            job.message("What was learned comes from an early version of the app: it is learned anew from its photos")
            done = {one.task.name: one for one in task_training.train_anew(self._session, job, seed=seed)}
            if task is None or task in done:
                return done[task] if task is not None else list(done.values())[-1]
        recorder = TrainingRecorder()
        with job.followed_by(recorder.follow):
            return self._train(job, task, seed, recorder)

    def _train(self, job: Job, task: str | None, seed: int | None, recorder: TrainingRecorder) -> Trained:
        todo = self.plan(task)
        texts = self.project.descriptions()
        bare = [item for item in todo.new if item.id not in texts]
        if bare:
            some = ", ".join(item.name for item in bare[:5]) + (" ..." if len(bare) > 5 else "")
            job.message(f"Not described yet, so described offline now: {some}")
            self.describe("offline", job, class_ids=[item.id for item in bare])
        return task_training.train(self._session, todo, job, seed=seed, recorder=recorder)

    def correct(
        self,
        photo: int | Path,
        verdict: Verdict = "class",
        *,
        class_id: int | None = None,
        class_name: str | None = None,
        taken_for: int | None = None,
    ) -> Correction | None:
        """Note what a photo is; it waits for :meth:`learn_corrections`. None if the project says so already.

        See :func:`spa_desktop.workbench.corrections.correct`.

        Raises:
            InputError: no such photo or class, or there is nothing to set aside.
        """
        return corrections.correct(
            self.project, photo, verdict, class_id=class_id, class_name=class_name, taken_for=taken_for
        )

    def drop_corrections(self, correction_ids: Sequence[int]) -> None:
        """Take corrections back that were not learned yet."""
        corrections.drop(self.project, list(correction_ids))

    def learn_corrections(self, job: Job | None = None, *, seed: int | None = None) -> CorrectionOutcome:
        """Carry out and learn the corrections that wait, in one step of undo, and say what that changed.

        Raises:
            InputError: if nothing waits, or none of it can be carried out.
            Cancelled: the project is as before, and all corrections wait still.
        """
        return correction_learning.learn_corrections(self._session, job or Job(), seed=seed)

    def worth_a_look(self, unsure_below: float, job: Job | None = None) -> WorthALook | None:
        """Photos that may be labelled wrong, doubted ones, near-duplicates, classes of few photos; opens no photo.

        None if nothing was learned. See :func:`spa_desktop.workbench.worth_a_look.worth_a_look`.
        """
        from spa_desktop.workbench import worth_a_look

        return worth_a_look.worth_a_look(self._session, unsure_below, job or Job())

    def known_states(self) -> list[KnownState]:
        """The states of the model that can be compared, the newest first."""
        return evaluating.known_states(self.project)

    def compare_states(self, first_id: int, second_id: int) -> Comparison:
        """What changed from one of :meth:`known_states` to another.

        Raises:
            InputError: if the project does not keep the answers of one of them any more.
        """
        return evaluating.compare_states(self.project, first_id, second_id)

    def undo_training(self) -> str | None:
        """Take the last training back. Gives the name of its task, or None if there is none to take back."""
        return class_changes.undo_training(self.project)

    def forget_class(self, class_id: int, job: Job | None = None) -> None:
        """Delete a class: its photos' records, its text, and what was learned of it.

        Raises:
            InputError: if there is no such class.
        """
        class_changes.forget_class(self._session, class_id, job or Job())

    def merge_classes(self, source_id: int, target_id: int, job: Job | None = None) -> bool:
        """Make one class of two, with what was learned of both. Gives False if photos have to be learned anew.

        Raises:
            InputError: if there is no such class, or both are the same.
        """
        return class_changes.merge_classes(self._session, source_id, target_id, job or Job())

    def forget_all(self) -> None:
        """Forget all that was learned; photos and texts stay.

        Raises:
            InputError: if nothing was learned.
        """
        class_changes.forget_all(self.project)

    def evaluate(self, job: Job | None = None) -> dict[str, Any]:
        """Accuracy, forgetting and confusion of what was learned: the object of ``spa-desktop evaluate``.

        Raises:
            InputError: if nothing was learned, or there is no test photo.
        """
        return evaluating.evaluate(self._session, job or Job())

    def learned(self, job: Job | None = None) -> tuple[SpaLearner, list[KnownClass]]:
        """What was learned, and what is shown of its classes, in its order.

        Raises:
            InputError: if nothing was learned.
        """
        learner = self._session.require_learner(job or Job())
        classes = recognition.known_classes(self.project)
        return learner, [classes[int(key)] for key in learner.keys]

    def encoder(self, job: Job | None = None) -> ClipEncoder:
        """The project's backbone, loaded.

        Raises:
            InputError: if its weights are not those that the project was made with.
        """
        return self._session.encoder(job or Job())

    def recognizer(self, job: Job | None = None, *, views: int = 3) -> Recognizer:
        """Ready to recognise photos, as long as nothing new is learned.

        Raises:
            InputError: if nothing was learned.
        """
        return recognition.recognizer_of(self._session, job or Job(), views=views)

    def classify(
        self,
        paths: Sequence[str | os.PathLike[str]],
        job: Job | None = None,
        *,
        top: int = 5,
        overlay_dir: str | os.PathLike[str] | None = None,
    ) -> dict[str, Any]:
        """Recognise photo files: the object of ``spa-desktop classify``.

        Raises:
            InputError: if nothing was learned, or no photo can be opened.
        """
        folder = None if overlay_dir is None else Path(overlay_dir)
        return recognition.classify(self._session, [Path(p) for p in paths], job or Job(), top=top, overlay_dir=folder)

    def classify_folders(
        self,
        sources: Iterable[str | os.PathLike[str]],
        job: Job | None = None,
        *,
        resume: bool = False,
        on_answers: Callable[[Sequence[PhotoAnswer]], None] | None = None,
        on_found: Callable[[int, int], None] | None = None,
        cluster: Cluster | None = None,
    ) -> FolderAnswers:
        """Recognise the photos in files and folders, and in all folders below, at the encoder's pace.

        Args:
            sources: files and folders.
            job: progress and cancellation.
            resume: take the answers that an interrupted run over the same sources left.
            on_answers: is told of answers as they come, in this thread.
            on_found: is told before how many photos there are, and how many of them have answers already.
            cluster: computes them instead of this process, with the same results.

        Raises:
            InputError: if nothing was learned, or there is no photo.
            Cancelled: the answers so far are kept, to be resumed.
        """
        return recognition.classify_folders(
            self._session,
            sources,
            job or Job(),
            resume=resume,
            on_answers=on_answers,
            on_found=on_found,
            cluster=cluster,
        )

    def interrupted_run(self) -> UnfinishedRun | None:
        """The newest run of :meth:`classify_folders` with this model that was interrupted."""
        return recognition.interrupted_run(self.project)

    def info(self) -> dict[str, Any]:
        """What the project holds: the object of ``spa-desktop info``."""
        return overview.overview(self.project)

    def phrases(self, task: str | None = None) -> dict[str, Any]:
        """The phrases of all classes or of one task's, and how each is known."""
        return overview.shown_phrases(self.project, task)

    def check(self, job: Job | None = None) -> CheckReport:
        """Is the file whole? Every record, tensor and checksum, and what was learned."""
        report = self.project.check(job)
        fault = recognition.learner_fault(self.project)
        return report if fault is None else replace(report, problems=(*report.problems, fault))

    def _to_describe(self, task: str | None) -> list[int]:
        known = self.project.classes()
        if not known:
            raise InputError(f"{self.project.path} has no class yet: add folders of photos first")
        if task is None:
            chosen = [item.id for item in known if item.state in ("new", "described")]
            return chosen or [item.id for item in known]
        found = self.project.find_task(task)
        if found is None:
            names = ", ".join(item.name for item in self.project.tasks())
            raise InputError(f"{self.project.path} has no task {task!r}. Its tasks: {names}")
        return [item.id for item in known if item.task_id == found.id]
