"""One task's training, step by step, over a memory that grows: sums, patches, tokens, weights, projectors."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TypeVar

import torch
from torch import Tensor
from torch.nn.functional import normalize

from spa_desktop.jobs import Stage, in_streams, torch_threads
from spa_desktop.spa.config import SpaConfig
from spa_desktop.spa.familiarity import fit_scale, fit_weights, held_familiarity
from spa_desktop.spa.gaussians import Moments, SharedGaussian, prior_share
from spa_desktop.spa.leave_one_out import LeaveOneOut
from spa_desktop.spa.memory import DEFAULT_WEIGHTS, ClassMemory, ClassSamples, ClassText, KeptPhotos, Memory, as_kept
from spa_desktop.spa.patches import ground_tokens, relevance, select, take
from spa_desktop.spa.projectors import (
    ImageProjector,
    JoinedProjectors,
    ProjectorBatch,
    TrainingStep,
    class_directions,
    fit_text_projector,
    pointing_write,
    train_write,
)
from spa_desktop.spa.scorer import Scorer

# How many steps' worth of pseudo-features is drawn: once a task, as a product with the (W, W) root in each step would
# cost more than all of the rest of the training. Each step takes another part of them.
_DRAWS_PER_STEP = 4
# The most that are drawn in all, as far as each old class still has those of one step, and the most in one step: with
# hundreds of old classes each counts for several.
_MOST_DRAWN, _MOST_IN_STEP = 16_384, 1024
# So many held-out photos are enough to set the weights: then no further fold is tried.
_ENOUGH_HELD_OUT = 120
_BATCH = 64  # photos, or classes that pseudo-features are drawn of

# How far the covariance's prior lowers the logarithm of the factor that weights have in common: docs/method.md, 8.
# (Ours; chosen by `python -m benchmarks.calibration --choose`, on training photos of five data sets that were not
# learned.)
SCALE_PRIOR = 1.3
_PRIOR_PHOTOS = 20.0


def log_scale(counts: Tensor) -> float:
    """What the prior expects of the logarithm of this factor, in units of the default weights. Without a class it is 0.

    Of the features of each class ``(C,)``, one a view of each photo.
    """
    return -SCALE_PRIOR * prior_share(counts) if len(counts) else 0.0


def rescaled(memory: Memory, before: float) -> Tensor:
    """A memory's weights ``(4,)`` once features were added or taken out; `before` is what :func:`log_scale` was.

    As long as no photo was held out they are the defaults, all in the scale of now.
    """
    scale = log_scale(memory.globals.counts)
    if not memory.weight_photos:
        return memory.weights.new_tensor(DEFAULT_WEIGHTS) * math.exp(scale)
    return memory.weights * math.exp(scale - before)


_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

Progress = Callable[[Stage, TrainingStep | None], bool]
"""Called with each stage and step; False ends the gradient steps early. It may raise to cancel."""


OnSelected = Callable[[str, int, Tensor], None]
"""Called with selected patches: the class's key, the place of the first photo of a chunk, ``(m, V, K)``."""


@dataclass(frozen=True)
class PseudoFeatures:
    """Draws from the Gaussians of old classes."""

    features: Tensor  # ``(m, W)`` in the Gaussian space
    labels: Tensor  # ``(m,)``, places of the classes
    classes: int  # how many there are


class Training:
    """The steps of learning, each of which changes a memory in place."""

    def __init__(self, memory: Memory, image_projection: Tensor, config: SpaConfig) -> None:
        """Take a memory that nobody else uses, the encoder's ``(W, D)`` projection, and settings."""
        self._memory, self._image_projection, self._config = memory, image_projection, config

    def learn(
        self, task: Sequence[ClassSamples], *, seed: int, tell: Progress, on_selected: OnSelected | None = None
    ) -> None:
        """Learn the classes of a task, which the memory does not know: at least one, each with at least one photo.

        The seed is of folds and pseudo-features. `on_selected` is not called without selection.
        """
        memory, config = self._memory, self._config
        if not config.use_descriptions:
            task = [replace(sample, text=ClassText.from_name(sample.text.name)) for sample in task]
        number, scale = len(memory.image_projectors), log_scale(memory.globals.counts)
        labels = [len(memory.classes) + place for place in range(len(task))]
        tell(Stage.MEASURE, None)
        for step, (index, sample) in enumerate(zip(labels, task, strict=True), start=1):
            for gaussians in memory.gaussians:
                gaussians.add_class()
            text = replace(sample.text, phrases=sample.text.phrases[: config.tokens])
            memory.classes.append(ClassMemory(sample.key, number, text, text.phrases))
            self._measure(index, sample)
            tell(Stage.MEASURE, TrainingStep(step, len(task)))
        memory.weights = rescaled(memory, scale)
        self._scale_names(labels, task)
        tell(Stage.SELECT, None)
        places = self._places()
        found: dict[int, Tensor | None] = {}
        for step, (index, sample) in enumerate(zip(labels, task, strict=True), start=1):
            found[index] = self._select(index, sample, places, on_selected)
            tell(Stage.SELECT, TrainingStep(step, len(task)))

        def selected(patches: Tensor, index: int, rows: Tensor) -> Tensor:
            where = found[index]
            return patches if where is None else take(patches, where[rows])

        kept = KeptPhotos.gather(task, labels, selected, limit=config.kept_photos, folds=config.folds, seed=seed)
        tell(Stage.ALIGN, None)
        self._ground(labels, kept)
        tell(Stage.HOLD_OUT, None)
        self._weigh(labels, kept, tell)
        self._hold_out(labels, task, tell)
        tell(Stage.PROJECT, None)
        root = memory.globals.root(config.projector_shrinkage)
        gaussian = SharedGaussian.fit(memory.globals, config.projector_shrinkage, root)
        old = self._draw_old(labels, root, seed)
        self._project(labels, kept, gaussian, old, seed=seed, on_step=lambda step: tell(Stage.PROJECT, step))

    def top_up(self, index: int, sample: ClassSamples) -> None:
        """Add photos to a class's sums, and to its held-out photos as long as those are few."""
        self._measure(index, sample)
        self._select(index, sample, self._places())
        known = self._memory.classes[index]
        room = self._config.kept_photos - len(known.held)
        # One alone says nothing: where there are few others, they tell less of how photos vary than more of them will.
        if room > 0 and len(sample.pooled) > 1:
            found = LeaveOneOut(self._memory, self._config).held_out(index, sample.pooled, self._image_projection)
            held = torch.cat([known.held, self._thin_out(found, room).to(known.held)])
            self._memory.classes[index] = replace(known, held=held)

    def take_out(self, index: int, sample: ClassSamples) -> None:
        """Take photos out of a class's sums, the selected patches before what they are selected by."""
        places = self._places()
        for chunk in sample.patches():
            patches = as_kept(chunk)
            found = places(patches, index)
            chosen = patches if found is None else take(patches, found)
            self._memory.selected.take_out_of_what_is_left(index, Moments.of(chosen.flatten(0, 2)))
            self._memory.patches.take_out_of_what_is_left(index, Moments.of(patches.flatten(0, 2)))
        for gaussians, rows in self._memory.rows_of(sample.pooled):
            gaussians.take_out_of_what_is_left(index, Moments.of(rows))

    def _measure(self, index: int, sample: ClassSamples) -> None:
        """Add the global features, textures and all patches of a class to its sums."""
        for gaussians, rows in self._memory.rows_of(sample.pooled):
            gaussians.add(index, Moments.of(rows))
            # After the sums: a factor weighs new features by their share of all.
            gaussians.set_factor(index, rows)
        for chunk in sample.patches():
            self._memory.patches.add(index, Moments.of(as_kept(chunk).flatten(0, 2)))

    def _scale_names(self, labels: Sequence[int], task: Sequence[ClassSamples]) -> None:
        """Measure how well names alone tell the task's photos apart. They were not written by its photos."""
        memory = self._memory
        if len(memory.classes) < 2:
            return
        cosines = torch.cat([self._name_cosines(sample.pooled) for sample in task])
        counts = torch.tensor([len(sample.pooled) for sample in task])
        of_photos = torch.tensor(labels).repeat_interleave(counts).to(cosines.device)
        photos = float(counts.sum())
        share = photos / (memory.name_photos + photos)
        memory.name_scale += share * (fit_scale(cosines, of_photos) - memory.name_scale)
        memory.name_photos += photos

    def _name_cosines(self, pooled: Tensor) -> Tensor:
        """Cosines ``(n, C)`` of photos ``(n, V, W + T)`` and the names of all classes, mean over views."""
        joint = normalize(pooled[..., : self._memory.width] @ self._image_projection, dim=-1)
        return (joint @ self._memory.names().T).mean(dim=1)

    def _places(self) -> _Places:
        """What says where the patches ``(..., K)`` of ``(..., N, D)`` lie that speak for a class, by what is known now.

        Without selection it gives None: all of them.
        """
        config = self._config
        if not config.use_selection:
            return lambda patches, index: None
        weight, bias = SharedGaussian.fit(self._memory.patches, config.patch_shrinkage).as_linear()
        texts = self._memory.texts(projected=False).T
        text_weight = config.text_selection if config.use_descriptions else 0.0

        def places(patches: Tensor, index: int) -> Tensor:
            relevances = relevance(patches @ weight + bias, patches @ texts, text_weight, index)
            return select(relevances, config.patches)

        return places

    def _select(
        self, index: int, sample: ClassSamples, places: _Places, on_selected: OnSelected | None = None
    ) -> Tensor | None:
        """Add the selected patches of a class to its sums, and say where they lie, ``(n, V, K)``; None is all."""
        start = 0
        all_found: list[Tensor] = []
        for chunk in sample.patches():
            patches = as_kept(chunk)
            selected = places(patches, index)
            if on_selected is not None and selected is not None:
                on_selected(sample.key, start, selected)
            start += len(chunk)
            chosen = patches if selected is None else take(patches, selected)
            self._memory.selected.add(index, Moments.of(chosen.flatten(0, 2)))
            all_found += [] if selected is None else [selected]
        return torch.cat(all_found) if all_found else None

    def _ground(self, labels: Sequence[int], kept: KeptPhotos) -> None:
        """Ground the phrases of the task's classes in the selected patches of kept photos."""
        memory = self._memory
        gaussian = SharedGaussian.fit(memory.selected, self._config.patch_shrinkage)

        def grounded(index: int) -> Tensor:
            phrases = memory.classes[index].text.phrases
            chosen = kept.selected[kept.labels == index].float().flatten(0, 2)
            if self._config.use_transport:
                return ground_tokens(chosen, phrases, gaussian)
            return chosen.mean(dim=0).repeat(len(phrases), 1)

        for index, tokens in zip(labels, self._each(grounded, labels), strict=True):
            memory.classes[index] = replace(memory.classes[index], grounded=tokens)

    def _weigh(self, labels: Sequence[int], kept: KeptPhotos, tell: Progress) -> None:
        """Set the weights of the evidence on photos that were held out of the sums that judge them.

        The projectors of these rounds are the closed-form start, and the photos stay in the sums of all patches, which
        select and do not judge: to leave them out of that as well would cost most of the time of a training.
        """
        memory = self._memory
        folds: list[Tensor] = []  # masks of the photos that each holds out
        for out in (kept.folds == fold for fold in range(self._config.folds)):
            if bool(out.any()) and sum(int(mask.sum()) for mask in folds) < _ENOUGH_HELD_OUT:
                folds.append(out)
        parts: list[tuple[Tensor, Tensor, Tensor]] = []
        with closing(self._each(lambda out: self._judge_held_out(labels, kept, out), folds)) as judged:
            for fold, part in enumerate(judged, start=1):
                parts.append(part)
                tell(Stage.HOLD_OUT, TrainingStep(fold, self._config.folds + len(labels)))
        for fold in range(len(folds) + 1, self._config.folds + 1):  # they need not be tried
            tell(Stage.HOLD_OUT, TrainingStep(fold, self._config.folds + len(labels)))
        if not parts or len(memory.classes) < 2:
            return
        evidence, by_names, truth = (torch.cat(rows) for rows in zip(*parts, strict=True))
        spoke = float(len(truth))
        default = memory.weights.new_tensor(DEFAULT_WEIGHTS)
        fitted, before = fit_weights(evidence, truth, default, by_names).log(), memory.weights.log()
        # All in units of what the prior expects: d of the whole photo's weight, and the mix of the others with it.
        prior = log_scale(memory.globals.counts) + default[-1].log()
        moved = before[-1] - prior
        share = spoke / (memory.weight_photos + _PRIOR_PHOTOS + spoke)
        moved = moved + share * (fitted[-1] - default[-1].log() - moved)
        share = spoke / (memory.weight_photos + spoke)
        mixed = before * (1 - share) + fitted * share
        memory.weights = (mixed - mixed[-1] + prior + moved).exp()
        memory.weight_photos += spoke

    def _judge_held_out(self, labels: Sequence[int], kept: KeptPhotos, out: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Of the photos of a mask ``(n,)``, held out: evidence ``(h, C, 4)``, scores by names ``(h, C)``, and labels.

        The evidence is in units of what the prior expects of the photos that are left. Names have a weight of their
        own, which is no part of the fit.
        """
        # The photos that are left speak by what was selected of their patches.
        held, remaining = kept.where(out), replace(kept, patches=kept.patches[:, :, :0]).where(~out)
        twin = Training(self._memory.copy(), self._image_projection, self._config)
        twin._leave_out(labels, held)
        twin._ground(labels, remaining)
        twin._project(labels, remaining, SharedGaussian.fit(twin._memory.globals, self._config.projector_shrinkage))
        scorer = Scorer(twin._memory, self._image_projection, self._config)
        some = (slice(start, start + _BATCH) for start in range(0, len(held.labels), _BATCH))
        evidence = torch.cat([scorer(held.pooled[rows], held.patches[rows].float()).weighable for rows in some])
        by_names = scorer.zero_shot * self._name_cosines(held.pooled)
        evidence[..., 0] -= by_names
        factor = math.exp(log_scale(twin._memory.globals.counts))
        return evidence * factor, by_names * scorer.weights[0], held.labels

    def _each(self, function: Callable[[_Item], _Result], items: Sequence[_Item]) -> Generator[_Result]:
        """`function` of each item, in order; on a CPU several at once, as one alone does not keep all cores busy."""
        if self._memory.weights.device.type == "cpu" and torch_threads() > 1:
            yield from in_streams(function, items, len(items))
        else:
            yield from map(function, items)

    def _hold_out(self, labels: Sequence[int], task: Sequence[ClassSamples], tell: Progress) -> None:
        """Keep how familiar photos are without themselves: that sets below what a photo belongs to none of the classes.

        Of many photos as many are kept as photos stay in memory while they are learned.
        """
        folds, judge = self._config.folds, LeaveOneOut(self._memory, self._config)
        projection = self._image_projection
        found = self._each(lambda at: judge.held_out(labels[at], task[at].pooled, projection), range(len(task)))
        with closing(found) as judged:
            for step, (index, held) in enumerate(zip(labels, judged, strict=True), start=folds + 1):
                held = self._thin_out(held, self._config.kept_photos)
                self._memory.classes[index] = replace(self._memory.classes[index], held=held)
                tell(Stage.HOLD_OUT, TrainingStep(step, folds + len(task)))

    def _thin_out(self, held: Tensor, most: int) -> Tensor:
        """Held-out photos ``(h, 3)``, or so many at even steps from the least familiar to the most."""
        if len(held) <= most:
            return held
        order = held_familiarity(held, len(self._memory.classes)).argsort()
        return held[order[((torch.arange(most, device=held.device) + 0.5) / most * len(held)).long()]]

    def _leave_out(self, labels: Sequence[int], held: KeptPhotos) -> None:
        """Take held-out photos out of the sums of global features, textures and selected patches."""
        memory = self._memory
        for index in labels:
            of_class = held.labels == index
            if bool(of_class.any()):
                for gaussians, rows in memory.rows_of(held.pooled[of_class]):
                    gaussians.take_out(index, Moments.of(rows))
                memory.selected.take_out(index, Moments.of(held.selected[of_class].float().flatten(0, 2)))

    def _draw_old(self, labels: Sequence[int], root: Tensor, seed: int) -> PseudoFeatures:
        """Draw pseudo-features of the classes before the task, by the root ``(W, W)`` of their covariance."""
        memory, config = self._memory, self._config
        classes = [index for index in range(len(memory.classes)) if index not in labels]
        few = min(_DRAWS_PER_STEP * config.pseudo_features, _MOST_DRAWN // max(len(classes), 1))
        count = max(config.pseudo_features, few) if config.use_pseudo_features else 0
        generator = torch.Generator().manual_seed(seed)
        some = (classes[start : start + _BATCH] for start in range(0, len(classes), _BATCH))
        drawn = [memory.globals.draw(part, count, root, generator) for part in some]
        features = torch.cat([memory.globals.means[:0], *drawn])
        drawn_labels = torch.tensor(classes, dtype=torch.long, device=features.device).repeat_interleave(count)
        return PseudoFeatures(features, drawn_labels, len(classes) if count else 0)

    def _project(
        self,
        mine: Sequence[int],
        kept: KeptPhotos,
        gaussian: SharedGaussian,
        old: PseudoFeatures | None = None,
        *,
        seed: int = 0,
        on_step: Callable[[TrainingStep], bool] | None = None,
    ) -> None:
        """Append the task's projector pair, whose Gaussians, texts and tokens the memory holds already.

        Without pseudo-features of the classes before the closed-form start stays as it is.
        """
        memory, config = self._memory, self._config
        means = memory.joint(memory.globals.means, self._image_projection)
        classes = [memory.classes[index] for index in mine]
        texts = torch.cat([torch.cat([known.text.description[None], known.text.phrases]) for known in classes])
        seen = [torch.cat([means[i][None], normalize(memory.classes[i].grounded, dim=-1)]) for i in mine]
        memory.text_projectors.append(
            fit_text_projector(texts, torch.cat(seen), ridge=config.text_ridge, rank=config.text_rank)
        )
        features = memory.global_features(kept.pooled).flatten(0, 1)
        goals = memory.texts(projected=True)
        write = pointing_write(goals, mine, ridge=config.ridge, gain=config.gain)
        projector = ImageProjector(gaussian.centre, class_directions(gaussian, mine, features), write)
        if old is not None:
            joint = normalize(kept.pooled[..., : memory.width] @ self._image_projection, dim=-1).flatten(0, 1)
            photos = self._batch(projector, features, joint, kept.labels.repeat_interleave(kept.pooled.shape[1]))
            drawn = memory.joint(old.features, self._image_projection)
            pool = self._batch(projector, old.features, drawn, old.labels).beside(goals)
            asked = config.pseudo_features * old.classes
            generator = torch.Generator().manual_seed(seed)

            def pseudo() -> ProjectorBatch | None:
                each = min(asked, _MOST_IN_STEP, len(pool.labels))
                if not each:
                    return None
                rows = torch.randperm(len(pool.labels), generator=generator)[:each].to(pool.labels.device)
                return pool.rows(rows, asked / each)

            projector = replace(projector, write=train_write(write, photos, pseudo, goals, config, on_step=on_step))
        memory.image_projectors.append(projector)

    def _batch(self, projector: ImageProjector, features: Tensor, joint: Tensor, labels: Tensor) -> ProjectorBatch:
        """Features of the Gaussian space, and their joint features, as the task's projector sees them."""
        earlier = JoinedProjectors(self._memory.image_projectors, self._image_projection)
        return ProjectorBatch(joint + earlier(features), projector.coordinates(features), labels)


_Places = Callable[[Tensor, int], Tensor | None]
