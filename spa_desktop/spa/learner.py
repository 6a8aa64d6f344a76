"""The learner: classes in, one task at a time; photos forgotten, classes kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from spa_desktop.spa.calibration import fit_weights
from spa_desktop.spa.config import SpaConfig
from spa_desktop.spa.discriminant import LinearDiscriminant
from spa_desktop.spa.memory import DEFAULT_WEIGHTS, ClassMemory, Memory
from spa_desktop.spa.projecting import learn_projectors
from spa_desktop.spa.pseudo import PseudoFeatures
from spa_desktop.spa.samples import ClassSamples, ClassText, KeptPhotos, as_kept
from spa_desktop.spa.score import Alignment, Scorer
from spa_desktop.spa.selecting import PatchSelector
from spa_desktop.spa.statistics import Moments
from spa_desktop.spa.tokens import ground_tokens
from spa_desktop.spa.training import TrainingStep

# How many steps' worth of pseudo-features is drawn at once: each step takes another part of them.
_DRAWS_PER_STEP = 4
# The most that are drawn in all, as far as each old class still has those of one step.
_MOST_DRAWN = 16_384

Progress = Callable[[str, TrainingStep | None], bool]
"""Is told of each stage and step; False ends the gradient steps early. It may raise to cancel."""


class SpaLearner:
    """Incremental SPA over features of one frozen encoder.

    A learner is never changed: :meth:`learn` and :meth:`top_up` give a new one, so a run that fails or is cancelled
    leaves the old one as it was.

    >>> from torch.nn.functional import normalize
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
        self, image_projection: Tensor, config: SpaConfig | None = None, *, memory: Memory | None = None
    ) -> None:
        """A learner that knows nothing yet, or what `memory` holds.

        Args:
            image_projection: ``(W, D)`` of the encoder.
            config: settings.
            memory: of an earlier learner.
        """
        self.config = config or SpaConfig()
        self.image_projection = image_projection
        self.memory = memory
        self._scorer: Scorer | None = None

    @property
    def keys(self) -> list[str]:
        """The classes learned, in order: the columns of the scores."""
        return [known.key for known in self.memory.classes] if self.memory else []

    @property
    def scorer(self) -> Scorer:
        """Made on first use.

        Raises:
            ValueError: if nothing was learned.
        """
        if self.memory is None or not self.memory.classes:
            raise ValueError("nothing was learned yet")
        if self._scorer is None:
            self._scorer = Scorer(self.memory, self.image_projection, self.config)
        return self._scorer

    @torch.inference_mode()
    def scores(self, pooled: Tensor, patches: Tensor) -> Tensor:
        """Scores ``(B, C)`` of ``(B, V, W + T)`` and ``(B, V, N, D)`` features; their softmax is a probability."""
        return self.scorer.scores(pooled, patches)

    @torch.inference_mode()
    def recognize(self, pooled: Tensor, patches: Tensor) -> tuple[Tensor, Tensor]:
        """Scores ``(C,)`` of one photo, and what each patch spoke for the best class, ``(N,)`` from 0 to 1.

        Args:
            pooled: ``(V, W + T)``.
            patches: ``(V, N, D)``.
        """
        return self.scorer.recognize(pooled, patches)

    @torch.no_grad()
    def explain(self, patches: Tensor, key: str) -> Alignment:
        """How the patches ``(N, D)`` of one photo meet the phrases of a class.

        Raises:
            ValueError: if nothing was learned yet.
            KeyError: if the class was never learned.
        """
        scorer = self.scorer
        assert self.memory is not None, "a scorer has a memory"
        return scorer.explain(patches, self.memory.index(key))

    @torch.no_grad()
    def learn(self, task: Sequence[ClassSamples], *, seed: int = 0, progress: Progress | None = None) -> SpaLearner:
        """Learn the classes of a task together.

        Args:
            task: new classes, at least one, each with at least one photo.
            seed: of folds, pseudo-features and whatever else is left to chance.
            progress: is told of stages and steps.

        Returns:
            A learner that knows the classes of this one and of the task.

        Raises:
            ValueError: if the task is empty, a class has no photo, or a class is known already.
        """
        keys = [sample.key for sample in task]
        known = set(self.keys)
        if not task or any(len(sample.pooled) == 0 for sample in task):
            raise ValueError("a task needs at least one class, and each class at least one photo")
        if len(set(keys)) < len(keys) or known & set(keys):
            raise ValueError(f"learned already or given twice: {sorted(known & set(keys)) or sorted(keys)}")
        config, tell = self.config, progress or _silent
        memory = self._begin(task[0])
        number = len(memory.image_projectors)
        task = [sample if config.use_descriptions else _name_only(sample) for sample in task]

        tell("Measuring photos", None)
        labels = [len(memory.classes) + place for place in range(len(task))]
        for index, sample in zip(labels, task, strict=True):
            for gaussians in memory.gaussians:
                gaussians.add_class()
            text = _trimmed(sample.text, config.tokens)
            memory.classes.append(ClassMemory(sample.key, number, text, text.phrases))
            self._measure(memory, index, sample)
        tell("Selecting patches", None)
        self._select(memory, dict(zip(labels, task, strict=True)))
        tell("Aligning patches and phrases", None)
        kept = KeptPhotos.gather(task, labels, limit=config.kept_photos, folds=config.folds, seed=seed)
        self._ground(memory, labels, kept)
        old = self._draw_old(memory, labels, seed)
        self._weigh(memory, labels, kept, old, seed, tell)
        tell("Learning projectors", None)
        learn_projectors(memory, kept, old, self.image_projection, config, seed=seed, on_step=_steps(tell))
        memory.freeze()
        return SpaLearner(self.image_projection, config, memory=memory)

    @torch.no_grad()
    def top_up(self, samples: ClassSamples) -> SpaLearner:
        """Add photos to a class that was learned, from its stored sums; nothing is trained anew.

        Raises:
            KeyError: if the class was never learned.
            ValueError: if there is no photo.
        """
        if self.memory is None:
            raise KeyError(samples.key)
        if len(samples.pooled) == 0:
            raise ValueError("there is no photo to add")
        memory = self.memory.copy()
        index = memory.index(samples.key)
        self._measure(memory, index, samples)
        self._select(memory, {index: samples})
        memory.freeze()
        return SpaLearner(self.image_projection, self.config, memory=memory)

    def forget(self, key: str) -> SpaLearner:
        """A learner without a class.

        Raises:
            KeyError: if it was never learned.
        """
        if self.memory is None:
            raise KeyError(key)
        memory = self.memory.copy()
        index = memory.index(key)
        del memory.classes[index]
        for gaussians in memory.gaussians:
            gaussians.remove_class(index)
        memory.freeze()
        return SpaLearner(self.image_projection, self.config, memory=memory)

    def _begin(self, first: ClassSamples) -> Memory:
        if self.memory is not None:
            return self.memory.copy()
        width, dim = self.image_projection.shape
        rectified = not bool((first.pooled[..., :width] < 0).any())
        texture_width = first.pooled.shape[-1] - width
        return Memory.empty(width, dim, self.config, rectified=rectified, texture_width=texture_width)

    def _measure(self, memory: Memory, index: int, sample: ClassSamples) -> None:
        """Add the global features, textures and all patches of a class to its sums."""
        for gaussians, rows in memory.rows_of(sample.pooled):
            gaussians.add(index, Moments.of(rows))
            # After the sums: a factor weighs new features by their share of all.
            gaussians.set_factor(index, rows)
        for chunk in sample.patches():
            memory.patches.add(index, Moments.of(as_kept(chunk).flatten(0, 2)))

    def _select(self, memory: Memory, samples: dict[int, ClassSamples]) -> None:
        """Add the selected patches of classes to their sums."""
        selector = PatchSelector(memory, self.config)
        for index, sample in samples.items():
            for chunk in sample.patches():
                chosen = selector(as_kept(chunk), index).flatten(0, 2)
                memory.selected.add(index, Moments.of(chosen))

    def _ground(self, memory: Memory, labels: Sequence[int], kept: KeptPhotos) -> None:
        """Ground the phrases of the task's classes in the selected patches of kept photos."""
        selector = PatchSelector(memory, self.config)
        gaussian = LinearDiscriminant.fit(memory.selected, self.config.patch_shrinkage)
        for index in labels:
            known = memory.classes[index]
            photos = kept.patches[kept.labels == index].float()
            chosen = selector(photos, index).flatten(0, 2)
            if self.config.use_transport:
                grounded = ground_tokens(chosen, known.text.phrases, gaussian)
            else:
                grounded = chosen.mean(dim=0).repeat(len(known.text.phrases), 1)
            memory.classes[index] = ClassMemory(known.key, known.task, known.text, grounded)

    def _draw_old(self, memory: Memory, labels: Sequence[int], seed: int) -> PseudoFeatures:
        config = self.config
        classes = [index for index in range(len(memory.classes)) if index not in labels]
        few = min(_DRAWS_PER_STEP * config.pseudo_features, _MOST_DRAWN // max(len(classes), 1))
        count = max(config.pseudo_features, few) if config.use_pseudo_features else 0
        return PseudoFeatures.draw(memory.globals, classes, count, shrinkage=config.projector_shrinkage, seed=seed)

    def _weigh(
        self,
        memory: Memory,
        labels: Sequence[int],
        kept: KeptPhotos,
        old: PseudoFeatures,
        seed: int,
        tell: Progress,
    ) -> None:
        """Set the weights of the evidence on photos that were held out of everything that judges them."""
        evidence, truth = [], []
        for fold in range(self.config.folds):
            out = kept.folds == fold
            if not bool(out.any()):
                continue
            tell(f"Checking on held-out photos, part {fold + 1} of {self.config.folds}", None)
            held, rest = kept.where(out), kept.where(~out)
            twin = memory.copy()
            self._leave_out(twin, labels, held)
            self._ground(twin, labels, rest)
            learn_projectors(twin, rest, old, self.image_projection, self.config, seed=seed)
            scorer = Scorer(twin, self.image_projection, self.config)
            for start in range(0, len(held.labels), 64):
                some = slice(start, start + 64)
                evidence.append(scorer.evidence(held.pooled[some], held.patches[some].float()))
            truth.append(held.labels)
        if not truth or len(memory.classes) < 2:
            return
        spoke = float(sum(map(len, truth)))
        fitted = fit_weights(torch.cat(evidence), torch.cat(truth), torch.tensor(DEFAULT_WEIGHTS))
        share = spoke / (memory.weight_photos + spoke)
        memory.weights = (memory.weights.log() * (1 - share) + fitted.log() * share).exp()
        memory.weight_photos += spoke

    def _leave_out(self, memory: Memory, labels: Sequence[int], held: KeptPhotos) -> None:
        """Take held-out photos out of all sums."""
        # Made before anything is taken out, so that it selects the very patches that were added.
        selector = PatchSelector(memory, self.config)
        for index in labels:
            mine = held.labels == index
            if not bool(mine.any()):
                continue
            for gaussians, rows in memory.rows_of(held.pooled[mine]):
                gaussians.take_out(index, Moments.of(rows))
            patches = held.patches[mine].float()
            memory.selected.take_out(index, Moments.of(selector(patches, index).flatten(0, 2)))
            memory.patches.take_out(index, Moments.of(patches.flatten(0, 2)))


def _silent(stage: str, step: TrainingStep | None) -> bool:
    return True


def _steps(tell: Progress) -> Callable[[TrainingStep], bool]:
    return lambda step: tell("Learning projectors", step)


def _name_only(sample: ClassSamples) -> ClassSamples:
    return ClassSamples(sample.key, sample.pooled, sample.patches, ClassText.from_name(sample.text.name))


def _trimmed(text: ClassText, tokens: int) -> ClassText:
    return ClassText(text.name, text.description, text.phrases[:tokens])
