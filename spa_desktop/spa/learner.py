"""The learner: classes in, one task at a time; photos forgotten, classes kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import safetensors.numpy
import torch
from torch import Tensor
from torch.nn.functional import normalize

from spa_desktop.errors import InputError, SpaError
from spa_desktop.spa.config import KEPT_SHARE, SpaConfig
from spa_desktop.spa.familiarity import KnownScale
from spa_desktop.spa.gaussians import ClassGaussians, packed, unpacked
from spa_desktop.spa.learner_format import FORMAT, GAUSSIANS, digest, validate
from spa_desktop.spa.memory import ClassMemory, ClassSamples, ClassText, Memory
from spa_desktop.spa.projectors import ImageProjector, TextProjector
from spa_desktop.spa.scorer import Explanation, Scored, Scorer, Whole
from spa_desktop.spa.training import OnSelected, Progress, Training, log_scale, rescaled


class SpaLearner:
    """Incremental SPA over features of one frozen encoder.

    A learner is never changed: :meth:`learn` and :meth:`top_up` give a new one, so a run that fails or is cancelled
    leaves the old one as it was. It computes where its image projection lies (CPU or GPU); what it is given is brought
    there. What takes the key of a class raises KeyError where that was never learned, and what takes photos ValueError
    where there is none.

    >>> from torch.nn.functional import normalize
    >>> from spa_desktop.spa.memory import ClassText
    >>> generator = torch.Generator().manual_seed(0)
    >>> def photos(key, axis):
    ...     pooled = torch.rand(8, 2, 6, generator=generator) * 0.2
    ...     pooled[..., axis] += 1
    ...     patches = normalize(pooled[:, :, None, :4].expand(-1, -1, 3, -1), dim=-1)
    ...     return ClassSamples(key, pooled, lambda: iter([patches]), ClassText.from_name(torch.eye(4)[axis]))
    >>> learner = SpaLearner(torch.eye(6)[:, :4]).learn([photos("left", 0), photos("right", 1)])
    >>> probe = photos("probe", 1)
    >>> learner.keys[int(learner.scores(probe.pooled, next(probe.patches()))[0].argmax())]
    'right'
    """

    def __init__(
        self,
        image_projection: Tensor,
        config: SpaConfig | None = None,
        *,
        memory: Memory | None = None,
        prior: Mapping[str, Tensor] | None = None,
    ) -> None:
        """A learner that knows nothing yet, or what `memory` holds.

        It computes on the device of the encoder's projection ``(W, D)``, where the memory is. The prior of a learner
        that begins says how features vary among photos that resemble each other: see
        :attr:`~spa_desktop.encoders.encoder.ClipEncoder.prior`.
        """
        self.config = config or SpaConfig()
        self.image_projection = image_projection
        self.memory = memory
        self._prior = prior
        self._scorer: Scorer | None = None

    @property
    def device(self) -> torch.device:
        return self.image_projection.device

    @property
    def keys(self) -> list[str]:
        """The classes learned, in order: the columns of the scores."""
        return [known.key for known in self.memory.classes] if self.memory else []

    @property
    def threshold(self) -> float | None:
        """The familiarity below which a photo belongs to none of the classes; None where nothing is known of it.

        That is so where fewer than two classes were learned, where too few photos could be held out (a class of one
        photo has none to spare), and of the model by versions that held out none (formats up to 4).
        """
        scale = self.known_scale()
        return None if scale is None else scale.threshold

    def known_scale(self, kept: float = KEPT_SHARE) -> KnownScale | None:
        """How far a photo is known, by its familiarity; None where :attr:`threshold` is. `kept`: see `scale_of`."""
        return self.scorer.known_scale(kept)

    @property
    def scorer(self) -> Scorer:
        """Made on first use. Raises ValueError if nothing was learned."""
        if self.memory is None or not self.memory.classes:
            raise ValueError("nothing was learned yet")
        if self._scorer is None:
            self._scorer = Scorer(self.memory, self.image_projection, self.config)
        return self._scorer

    def to(self, device: torch.device | str) -> SpaLearner:
        """The same learner on a device."""
        memory = None if self.memory is None else self.memory.to(device)
        return SpaLearner(self.image_projection.to(device), self.config, memory=memory, prior=self._prior)

    def with_keys(self, keys: Sequence[str]) -> SpaLearner:
        """The same learner with other keys for its classes, in their order."""
        if self.memory is None or len(keys) != len(self.keys) or len(set(keys)) < len(keys):
            raise ValueError("give a key of its own to each class")
        memory = self.memory.copy()
        memory.classes = [replace(known, key=key) for known, key in zip(memory.classes, keys, strict=True)]
        return SpaLearner(self.image_projection, self.config, memory=memory)

    @torch.inference_mode()
    def judge(self, pooled: Tensor) -> Whole:
        """What photos ``(B, V, W + T)`` say as a whole: the part of :meth:`score` that needs no patch."""
        return self.scorer.judge(pooled.to(self.device))

    @torch.inference_mode()
    def score(self, pooled: Tensor | Whole, patches: Tensor, *, align: Sequence[str] = ()) -> Scored:
        """Scores of B photos, pooled ``(B, V, W + T)`` and patches ``(B, V, N, D)``, and what they were made of.

        In place of pooled features may be what :meth:`judge` of this learner said of them. The classes to `align` with
        are to be explained however unlikely they are. Raises SpaError if a score is no number.
        """
        scorer = self.scorer
        places = [self._index(key) for key in align]
        whole = pooled if isinstance(pooled, Whole) else self.judge(pooled)
        scored = scorer(whole, patches.to(self.device), align=places)
        if not bool(torch.isfinite(scored.scores).all()):
            raise SpaError(
                "The scores are no numbers: the photo's features or what was learned are damaged. "
                "Check the backbone's weights, or restore a backup of the project"
            )
        return scored

    def scores(self, pooled: Tensor, patches: Tensor) -> Tensor:
        """Scores ``(B, C)`` of ``(B, V, W + T)`` and ``(B, V, N, D)`` features; their softmax is a probability."""
        return self.score(pooled, patches).scores

    @torch.inference_mode()
    def familiarity(self, pooled: Tensor) -> Tensor:
        """How familiar photos of pooled features ``(B, V, W + T)`` are, ``(B,)``: see :attr:`threshold`."""
        return self.scorer.by_whole(pooled.to(self.device))[1]

    @torch.inference_mode()
    def none_without(self, key: str, pooled: Tensor, kept: float = KEPT_SHARE) -> Tensor:
        """Which photos ``(B, V, W + T)`` would be none of the classes if one of several was not learned: ``(B,)``."""
        return self.scorer.none_without(self._index(key), pooled.to(self.device), kept)

    @torch.inference_mode()
    def share_of(self, index: int, pooled: Tensor) -> float:
        """The share of photos ``(B, V, W + T)`` that are known, and most like the class of this place, as a whole."""
        classes, familiarity = self.scorer.by_whole(pooled.to(self.device))
        threshold = self.threshold
        is_known = familiarity >= threshold if threshold is not None else torch.ones_like(classes, dtype=torch.bool)
        return float(((classes == index) & is_known).float().mean())

    @torch.inference_mode()
    def log_density(self, pooled: Tensor) -> Tensor:
        """Log-densities ``(B, C)`` of global features ``(B, V, W + T)`` alone: what streaming LDA goes by."""
        return self.scorer.log_density(pooled.to(self.device))

    @torch.inference_mode()
    def name_cosines(self, pooled: Tensor) -> Tensor:
        """Cosines ``(B, C)`` of global features ``(B, V, W + T)``, first view, and class names: zero-shot CLIP."""
        if self.memory is None:
            raise ValueError("nothing was learned yet")
        names = torch.stack([known.text.name for known in self.memory.classes])
        joint = pooled[:, 0, : self.memory.width].to(self.device) @ self.image_projection
        return normalize(joint, dim=-1) @ names.T

    @torch.inference_mode()
    def explain(self, scored: Scored, key: str, against: str | None = None, *, photo: int = 0) -> Explanation:
        """Why a photo's score of a class is above, or below, that of another; None takes the best one that is left.

        `scored` is from :meth:`score` of this learner, `photo` a row of it. Raises KeyError if the photo's patches were
        not aligned with a class: see `align` of :meth:`score`.
        """
        index = self._index(key)
        if against is not None:
            return self.scorer.explain(scored, index, self._index(against), photo=photo)
        others = scored.scores[photo].clone()
        others[index] = -torch.inf
        other = int(others.argmax()) if len(others) > 1 else None
        return self.scorer.explain(scored, index, other, photo=photo)

    @torch.inference_mode()
    def by_column(self, scored: Scored, key: str, against: str, *, photo: int = 0) -> Tensor:
        """What each number of a photo's pooled features adds to the difference of two scores: ``(V, W + T)``.

        `scored` and `photo` are as in :meth:`explain`.
        """
        return self.scorer.by_column(scored.whole, self._index(key), self._index(against), photo=photo).cpu()

    @torch.no_grad()
    def learn(
        self,
        task: Sequence[ClassSamples],
        *,
        seed: int = 0,
        progress: Progress | None = None,
        on_selected: OnSelected | None = None,
    ) -> SpaLearner:
        """A learner that knows the classes of this one and of a task: new ones, one at least, each with a photo.

        The seed is of folds, pseudo-features and whatever else is left to chance. Raises ValueError if the task is
        empty, a class has no photo, or a class is known already.
        """
        keys = [sample.key for sample in task]
        known = set(self.keys)
        if not task or any(len(sample.pooled) == 0 for sample in task):
            raise ValueError("a task needs at least one class, and each class at least one photo")
        if len(set(keys)) < len(keys) or known & set(keys):
            raise ValueError(f"learned already or given twice: {sorted(known & set(keys)) or sorted(keys)}")
        memory = self.memory and self.memory.copy()
        if memory is None:
            memory = Memory.for_photos([task[0].pooled], self.image_projection, self.config, self._prior)
        training = Training(memory, self.image_projection, self.config)
        samples = [sample.to(self.device) for sample in task]
        training.learn(samples, seed=seed, tell=progress or (lambda *_: True), on_selected=on_selected)
        memory.freeze()
        return SpaLearner(self.image_projection, self.config, memory=memory)

    @torch.no_grad()
    def top_up(self, samples: ClassSamples) -> SpaLearner:
        """Add photos to a class that was learned, from its stored sums; nothing is trained anew."""
        return self._with_photos(samples, Training.top_up)

    @torch.no_grad()
    def take_out(self, samples: ClassSamples) -> SpaLearner:
        """Take photos out of a class that they were learned for, from its stored sums; nothing is trained anew.

        Counts, means and scatters of global features, textures and all patches are then those of the other photos, to
        the precision in which they are stored; where an earlier version forgot classes, the scatters are near those. Of
        selected patches those are taken out that are selected now. Text, projectors, grounded phrases and weights stay
        as they are. Raises ValueError if nothing of the class would be left.
        """
        return self._with_photos(samples, Training.take_out)

    @torch.no_grad()
    def forget(self, key: str, pooled: Tensor | None = None) -> SpaLearner:
        """A learner without a class.

        To be learned again from the same photos, give their pooled features ``(n, V, W + T)``: else these count twice
        in the covariances of whole photos, and look familiar even where they are held out.
        """
        index, given = self._index(key), None if pooled is None else pooled.to(self.device)
        return self._changed(lambda memory: memory.remove_class(index, given))

    @torch.no_grad()
    def merge(self, source: str, target: str) -> SpaLearner:
        """A learner in which one class has become part of another, whose key, task and text it keeps.

        Counts, means and scatters of the two are joined exactly, from what is remembered alone (see
        :mod:`spa_desktop.spa.gaussians`), so the Gaussians of global features, of textures and of all patches are those
        of a class that had both sets of photos all along. That of selected patches is of the patches as they were
        selected for the two. Text and projectors stay as they are. Raises ValueError if both are the same.
        """
        if source == target:
            raise ValueError("a class cannot be merged with itself")
        places = self._index(source), self._index(target)
        return self._changed(lambda memory: memory.merge_classes(*places))

    def _index(self, key: str) -> int:
        if self.memory is None:
            raise KeyError(key)
        return self.memory.index(key)

    def _with_photos(self, samples: ClassSamples, change: Callable[[Training, int, ClassSamples], None]) -> SpaLearner:
        index = self._index(samples.key)
        if len(samples.pooled) == 0:
            raise ValueError("there is no photo to add or to take out")
        given = samples.to(self.device)
        return self._changed(lambda memory: change(Training(memory, self.image_projection, self.config), index, given))

    def _changed(self, change: Callable[[Memory], None]) -> SpaLearner:
        assert self.memory is not None, "a class of it was found"
        memory = self.memory.copy()
        scale = log_scale(memory.globals.counts)
        change(memory)
        memory.weights = rescaled(memory, scale)
        memory.freeze()
        return SpaLearner(self.image_projection, self.config, memory=memory)


# A learner as safetensors bytes, and back with identical scores. What is read back is validated first.


def to_bytes(learner: SpaLearner, *, notes: Mapping[str, str] | None = None) -> bytes:
    """Everything that a learner knows, without its encoder.

    Beside it further texts are kept by name; :func:`~spa_desktop.spa.learner_format.read_notes` reads them. Raises
    ValueError if nothing was learned yet; LearnerDamaged if it could not be read again, as one that goes on from
    numbers at the very edge of what can be.
    """
    if learner.memory is None:
        raise ValueError("nothing was learned yet")
    memory = learner.memory.to("cpu")
    tensors: dict[str, Tensor] = {"weights": memory.weights}
    tensors["held"] = torch.cat([torch.zeros(0, 3), *(known.held for known in memory.classes)])
    for name in GAUSSIANS:
        gaussians: ClassGaussians = getattr(memory, name)
        tensors[f"{name}.counts"], tensors[f"{name}.means"] = gaussians.counts, gaussians.means.half()
        tensors[f"{name}.factors"] = gaussians.factors.half()
        tensors[f"{name}.spread"], tensors[f"{name}.correlations"] = packed(gaussians.scatter)
    for index, known in enumerate(memory.classes):
        text = known.text
        rows = torch.cat([text.name[None], text.description[None], text.phrases, known.grounded])
        tensors[f"class.{index}"] = rows.half()
    for index, image in enumerate(memory.image_projectors):
        tensors[f"image.{index}.centre"], tensors[f"image.{index}.read"] = image.centre.half(), image.read
        tensors[f"image.{index}.write"] = image.write.half()
    for index, text_side in enumerate(memory.text_projectors):
        tensors[f"text.{index}.read"], tensors[f"text.{index}.write"] = text_side.read.half(), text_side.write.half()
    arrays = {name: np.ascontiguousarray(tensor.numpy()) for name, tensor in tensors.items()}
    sides = zip(memory.image_projectors, memory.text_projectors, strict=True)
    about: dict[str, Any] = {
        "format": FORMAT,
        "width": memory.width,
        "dim": memory.dim,
        "texture": memory.textures.width,
        "rank": memory.globals.factors.shape[1],
        "prior": {name: float(getattr(memory, name).prior) for name in GAUSSIANS},
        "config": asdict(learner.config),
        "rectified": memory.rectified,
        "weight_photos": memory.weight_photos,
        "name_scale": memory.name_scale,
        "name_photos": memory.name_photos,
        "classes": [
            {"key": known.key, "task": known.task, "phrases": len(known.text.phrases), "held": len(known.held)}
            for known in memory.classes
        ],
        "tasks": [{"image": image.read.shape[1], "text": text.read.shape[1]} for image, text in sides],
    }
    about["digest"] = digest(about, arrays)
    blob = safetensors.numpy.save(arrays, metadata={**(notes or {}), "spa": json.dumps(about)})
    validate(blob)
    return blob


def from_bytes(blob: bytes, image_projection: Tensor, *, keys: Sequence[str] | None = None) -> SpaLearner:
    """The learner that :func:`to_bytes` wrote, on the device of the encoder's projection ``(W, D)``.

    With `keys`, it must know these classes.

    Raises:
        LearnerDamaged: if the bytes are not what they should be.
        LearnerOutdated: if they are of a version that cannot be used any more.
        InputError: if they belong to another encoder, or a newer version of the app.
    """
    data = validate(blob, keys=keys)
    if (data.about.width, data.about.dim) != tuple(image_projection.shape):
        raise InputError("What was learned belongs to another backbone")
    about, arrays = data.about, data.arrays

    def tensor(name: str) -> Tensor:
        # Copied: where in memory a tensor begins can decide the order of sums, and so their rounding.
        return torch.from_numpy(arrays[name].astype(np.float32))

    memory = Memory.empty(about.width, about.dim, data.config, rectified=about.rectified, texture_width=about.texture)
    for name in GAUSSIANS:
        gaussians: ClassGaussians = getattr(memory, name)
        gaussians.counts, gaussians.means = tensor(f"{name}.counts"), tensor(f"{name}.means")
        gaussians.factors = tensor(f"{name}.factors")
        gaussians.prior = torch.tensor(about.prior[name])
        gaussians.scatter = unpacked(tensor(f"{name}.spread"), torch.from_numpy(arrays[f"{name}.correlations"].copy()))
    held = torch.split(tensor("held"), [entry.held for entry in about.classes])
    for index, (entry, own) in enumerate(zip(about.classes, held, strict=True)):
        parts = torch.split(tensor(f"class.{index}"), [1, 1, entry.phrases, entry.phrases])
        title, description, phrases, grounded = (part.clone() for part in parts)
        text = ClassText(title[0], description[0], phrases)
        memory.classes.append(ClassMemory(entry.key, entry.task, text, grounded, own.clone()))
    for index in range(len(about.tasks)):
        centre, read, write = (tensor(f"image.{index}.{part}") for part in ("centre", "read", "write"))
        memory.image_projectors.append(ImageProjector(centre, read, write))
        memory.text_projectors.append(TextProjector(tensor(f"text.{index}.read"), tensor(f"text.{index}.write")))
    memory.weights, memory.weight_photos = tensor("weights"), about.weight_photos
    memory.name_scale, memory.name_photos = about.name_scale, about.name_photos
    return SpaLearner(image_projection, data.config, memory=memory.to(image_projection.device))
