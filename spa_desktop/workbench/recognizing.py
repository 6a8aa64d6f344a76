"""Recognise photos that are not in the project: files, or frames of a camera."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from spa_desktop.jobs import Job
from spa_desktop.workbench.learned import learned_phrases
from spa_desktop.workbench.session import Session

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image
    from torch import Tensor


_STEM = 50  # letters of a photo's name that its overlay has, too


@dataclass(frozen=True)
class Answer:
    """One class and how probable it is, 0 to 1."""

    class_id: int
    name: str
    probability: float


@dataclass(frozen=True)
class Recognition:
    """What a photo was taken for.

    Attributes:
        top: the most probable classes, best first.
        grid: ``(h, w)`` of the patches.
        weights: ``(h * w,)``, how much each patch spoke for the best class, 0 to 1, row by row.
        crop: ``(left, top, right, bottom)``, the part of the photo that the grid covers, in its pixels.
        milliseconds: from the photo in memory to the answer.
    """

    top: tuple[Answer, ...]
    grid: tuple[int, int]
    weights: tuple[float, ...]
    crop: tuple[float, float, float, float]
    milliseconds: float


@dataclass(frozen=True)
class Explanation:
    """How the patches of a photo meet the phrases of one class. Arrays are copies that nobody changes.

    Attributes:
        class_id: the class.
        phrases: J phrases, those that the class was learned with.
        grid: ``(h, w)``.
        crop: as in :class:`Recognition`.
        weights: ``(N,)``, relevance of each patch to the class, 0 to 1.
        selected: ``(K,)``, which patches the score uses.
        plan: ``(K, J)``, the transport plan, sums to 1.
        similarity: ``(K, J)``.
    """

    class_id: int
    phrases: tuple[str, ...]
    grid: tuple[int, int]
    crop: tuple[float, float, float, float]
    weights: np.ndarray
    selected: np.ndarray
    plan: np.ndarray
    similarity: np.ndarray


@dataclass(frozen=True)
class Seen:
    """A photo as the encoder sees it: what every question about it can be answered from.

    Attributes:
        pooled: ``(V, W + T)`` before the projection.
        patches: ``(V, N, D)`` behind it, the mirrored grid turned back.
        crop: as in :class:`Recognition`.
        milliseconds: that it took.
    """

    pooled: Tensor
    patches: Tensor
    crop: tuple[float, float, float, float]
    milliseconds: float


class Recognizer:
    """A learner ready to answer, for as long as nothing new is learned."""

    def __init__(self, session: Session, job: Job | None = None, *, views: int = 3) -> None:
        """Make ready.

        Args:
            session: of a project that has learned something.
            job: sees the loading.
            views: 3 scores the photo, its mirror image and its middle, as test photos are; 1 is three times as fast,
                for live pictures, which are also made small in a quicker way.

        Raises:
            InputError: if nothing was learned.
        """
        job = job or Job()
        self._learner = session.require_learner(job)
        self._encoder = session.encoder(job)
        self._views = views
        classes = {str(item.id): item for item in session.project.classes()}
        self._classes = [classes[key] for key in self._learner.keys]
        learned = learned_phrases(session.project)
        self._phrases = {item.id: learned.get(item.id) or (item.name,) for item in self._classes}
        _ = self._learner.scorer

    def open(self, path: Path) -> Image.Image:
        """A photo file as :meth:`see` wants it, decoded as the photos learned were.

        Raises:
            PhotoError: if it cannot be read.
        """
        from spa_desktop.clip.photos import open_photo

        return open_photo(path, at_least=2 * self._encoder.input_size)

    def see(self, photo: Image.Image) -> Seen:
        """Encode an upright RGB photo, once for all questions."""
        from spa_desktop.clip.stream import encode_views, inputs_of

        started = time.perf_counter()
        if self._views == 1:
            inputs = self._encoder.preprocess(photo, quickly=True)[None, None]
        else:
            inputs = inputs_of(self._encoder, photo, self._views)[None]
        pooled, patches = encode_views(self._encoder, inputs, self._views)
        crop = self._encoder.crop_box(photo.size)
        return Seen(pooled[0], self._encoder.project(patches[0]), crop, _milliseconds_since(started))

    def recognize(self, photo: Image.Image | Seen, *, top: int = 5) -> Recognition:
        """The most probable classes of an upright RGB photo, or of one that was seen before."""
        import torch

        seen = self._seen(photo)
        started = time.perf_counter()
        scores, weights = self._learner.recognize(seen.pooled, seen.patches)
        probability = scores.softmax(dim=-1)
        best = torch.topk(probability, min(top, len(self._classes)))
        answers = tuple(
            Answer(self._classes[index].id, self._classes[index].name, value)
            for value, index in zip(best.values.tolist(), best.indices.tolist(), strict=True)
        )
        spent = seen.milliseconds + _milliseconds_since(started)
        return Recognition(answers, self._encoder.grid, tuple(weights.tolist()), seen.crop, spent)

    def explain(self, photo: Image.Image | Seen, class_id: int) -> Explanation:
        """How the photo's patches meet the phrases that a class was learned with.

        Raises:
            KeyError: if the class was not learned.
        """
        seen = self._seen(photo)
        found = self._learner.explain(seen.patches[0], str(class_id))
        count = found.plan.shape[1]
        phrases = (*self._phrases[class_id], *[""] * count)[:count]
        return Explanation(
            class_id,
            phrases,
            self._encoder.grid,
            seen.crop,
            found.weights.numpy().copy(),
            found.selected.numpy().copy(),
            found.plan.numpy().copy(),
            found.similarity.numpy().copy(),
        )

    def recognize_and_explain(
        self, photo: Image.Image | Seen, class_ids: Sequence[int | None] = (None,), *, top: int = 5
    ) -> tuple[Recognition, tuple[Explanation, ...]]:
        """Both for one photo, which is encoded once.

        Args:
            photo: upright and RGB, or one that was seen before.
            class_ids: the classes to explain, None for the most probable one.
            top: how many of the most probable classes are wanted.

        Raises:
            KeyError: if a class was not learned.
        """
        seen = self._seen(photo)
        found = self.recognize(seen, top=top)
        best = found.top[0].class_id
        return found, tuple(self.explain(seen, best if key is None else key) for key in class_ids)

    def _seen(self, photo: Image.Image | Seen) -> Seen:
        return photo if isinstance(photo, Seen) else self.see(photo)


def _milliseconds_since(started: float) -> float:
    return 1000 * (time.perf_counter() - started)


def classify(
    session: Session, paths: list[Path], job: Job, *, top: int = 5, overlay_dir: Path | None = None
) -> dict[str, object]:
    """Recognise photo files.

    Returns:
        the JSON object of ``spa-desktop classify``; a photo that cannot be opened has ``"error"`` instead of answers.

    Raises:
        InputError: if nothing was learned, or not one of the photos can be opened.
    """
    from spa_desktop.clip.photos import PhotoError
    from spa_desktop.errors import InputError
    from spa_desktop.workbench.overlay import save_overlay

    recognizer = Recognizer(session, job)
    job.stage("Recognising photos", total=len(paths))
    images: list[dict[str, object]] = []
    faults = []
    for path in paths:
        try:
            photo = recognizer.open(path)
        except PhotoError as error:
            faults.append(str(error))
            images.append({"path": str(path), "error": str(error)})
            job.advance(detail=path.name)
            continue
        found = recognizer.recognize(photo, top=top)
        images.append(
            {
                "path": str(path),
                "top": [{"class": item.name, "probability": round(item.probability, 6)} for item in found.top],
                "patches": {"grid": list(found.grid), "weights": [round(weight, 4) for weight in found.weights]},
                "milliseconds": round(found.milliseconds, 2),
            }
        )
        if overlay_dir is not None:
            # Cut: a photo's name may be as long as a name can be.
            save_overlay(photo, found, overlay_dir / f"{path.stem[:_STEM]}-{len(images)}.png")
        job.advance(detail=path.name)
    if faults and len(faults) == len(paths):
        raise InputError(faults[0])
    for fault in faults:
        job.message(f"Skipped: {fault}")
    return {"images": images}
