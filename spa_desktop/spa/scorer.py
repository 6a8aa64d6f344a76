"""The score: evidence for every class, weighed and added, without a task id; and what it was made of.

Five kinds, each the mean over the photo's views (docs/method.md, 7):

=========  ==========================================================================================================
text       the projected global feature against the projected description (:mod:`~spa_desktop.spa.projectors`), and,
           the fewer photos there are, the feature against the name as both are: as far as that tells training photos
           apart
alignment  selected patches against semantic tokens under the plan (:mod:`~spa_desktop.spa.transport`)
patches    the log-density of the selected patches under the class Gaussians (:mod:`~spa_desktop.spa.gaussians`)
global     cosine and log-density of the whitened photo as a whole: the global feature's part
texture    the texture's part of it
=========  ==========================================================================================================

A photo unlike those that were learned is far from all means, and the density then favours those nearest to the middle;
where photos are many and alike it is the better judge, so a share of it is added to the cosine. (The order follows
SPA's abstract; the form is ours. Streaming LDA, Hayes and Kanan 2020, goes by the density alone.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import embedding, normalize

from spa_desktop.spa.config import SpaConfig
from spa_desktop.spa.familiarity import KnownScale, WholePhoto, held_familiarity, nearest_cosine, scale_of
from spa_desktop.spa.gaussians import SharedGaussian, prior_share
from spa_desktop.spa.memory import Memory
from spa_desktop.spa.patches import padded, relevance, select, shortlist, take, with_least
from spa_desktop.spa.projectors import JoinedProjectors
from spa_desktop.spa.transport import Transport, partial_transport, uniform_transport

# Which of the memory's four weights each kind has: global feature and texture are one photo as a whole.
_WEIGHT_OF = [0, 1, 2, 3, 3]
_BY_WHOLE, _BY_ALL_BUT_ALIGNMENT = [0, 3, 4], [0, 2, 3, 4]
# How many classes patches are compared with, to select them, and how many selected patches are aligned with. With no
# more classes nothing is left out; what changes beyond that was counted: benchmarks/speed.md.
COMPARED, ALIGNED = 128, 16
_MOST_READERS = 64  # classes


@dataclass(frozen=True)
class Whole:
    """What B photos say as a whole, their patches left out, and what that was made of: see :meth:`Scorer.judge`."""

    pooled: Tensor  #: ``(B, V, W + T)``, as they were given
    features: list[Tensor]  #: ``(B, V, W_i)`` of the global feature and of the texture, as the Gaussians read them
    white: Tensor  #: ``(B, V, W + T)``, the same in units of their covariances
    joint: Tensor  #: ``(B, V)``, lengths of the global features in the joint space
    moved: Tensor  #: ``(B, V)``, lengths of their directions there, once image projectors have moved them
    by_text: Tensor  #: ``(B, C)``, the first kind of evidence
    by_whole: list[Tensor]  #: ``(B, C)`` of the global feature and of the texture
    away: Tensor  #: ``(B, C)``, squared Mahalanobis distances
    cosine: Tensor  #: ``(B,)``, with the nearest class mean in the joint space


@dataclass(frozen=True)
class Scored:
    """Scores of B photos, and what they were made of."""

    evidence: Tensor  #: ``(B, C, 5)`` in the order of :data:`~spa_desktop.spa.config.EVIDENCE`, mean over views
    weights: Tensor  #: ``(5,)``
    selected: Tensor  #: ``(B, V, K)``, places of the patches that were used
    chosen: Tensor  #: ``(B, V, K, D)``, these patches
    classes: Tensor  #: ``(B, M)``, places of the classes that the patches were aligned with
    similarity: Tensor  #: ``(B, V, M, K, J)``, cosines of patches and tokens in units of the covariance
    transport: Transport  #: plans ``(B, V, M, K, J)``
    familiarity: Tensor  #: ``(B,)``, see :mod:`spa_desktop.spa.familiarity`
    whole: Whole  #: what the photos say as a whole

    @property
    def seen(self) -> Tensor:
        """``(B, W + T)``, each photo as a whole in units of the covariance, mean over views."""
        return self.whole.white.mean(dim=1)

    @property
    def scores(self) -> Tensor:
        """``(B, C)``; their softmax is the probability of each class."""
        return self.evidence @ self.weights

    @property
    def weighable(self) -> Tensor:
        """``(B, C, 4)``, the evidence as the memory's weights go with it: the photo as a whole is one kind."""
        text, alignment, patches, whole, texture = self.evidence.unbind(dim=-1)
        return torch.stack([text, alignment, patches, whole + texture], dim=-1)


@dataclass(frozen=True)
class Explanation:
    """Why one photo's score of a class is above, or below, that of another. All of it is what the score used."""

    #: ``(5,)``, what each kind of evidence adds to the difference of the two scores; they sum to it. Zeros where there
    #: is no other class.
    shares: Tensor
    against: int | None  #: place of the other class, None where there is none
    selected: Tensor  #: ``(V, K)``, places of the patches that were used
    #: ``(V, K)``, what each of these patches adds to the difference: they sum to the shares "alignment" and "patches"
    patch_shares: Tensor
    plan: Tensor  #: ``(V, K, J)``, what the first class's tokens take of each patch, J being the class's phrases
    dustbin: Tensor  #: ``(V, K)``, what no phrase takes
    similarity: Tensor  #: ``(V, K, J)``


class Scorer:
    """A memory made ready to score: what is the same for every photo is computed once."""

    def __init__(
        self,
        memory: Memory,
        image_projection: Tensor,
        config: SpaConfig,
        *,
        compared: int = COMPARED,
        aligned: int = ALIGNED,
    ) -> None:
        """Make ready. Patches are compared with so many classes at most, and selected ones aligned with so many.

        The memory has at least one class; the encoder's projection is ``(W, D)``.
        """
        self._memory, self._config = memory, config
        self._compared, self._aligned = compared, aligned
        self.weights = memory.weights[_WEIGHT_OF]
        self._image_projection = image_projection
        projectors = memory.image_projectors if config.use_projectors else []
        self._projectors = JoinedProjectors(projectors, image_projection)
        self._texts = memory.texts(projected=config.use_projectors).T.contiguous()
        self._names = memory.names().T.contiguous()
        # What the cosine with names counts, in units of that with projected descriptions.
        self.zero_shot = memory.name_scale * prior_share(memory.globals.counts) / float(memory.weights[0])
        self.whole = WholePhoto(memory, config)
        patches = SharedGaussian.fit(memory.patches, config.patch_shrinkage)
        weight, self._patch_bias = patches.as_linear()
        # What every patch is asked, in sight and in text, by one product: rows of D, first those of sight.
        self._questions = torch.cat([weight.T, memory.texts(projected=False)])
        self._selected = SharedGaussian.fit(memory.selected, config.patch_shrinkage)
        tokens = [memory.tokens(index, projected=config.use_projectors) for index in range(len(memory.classes))]
        self._tokens, self._token_mass = padded(
            [normalize(self._selected.whiten(row), dim=-1) for row in tokens], config.tokens
        )
        self._text_weight = config.text_selection if config.use_descriptions else 0.0
        self.joint_means = memory.joint(memory.globals.means, image_projection)  # (C, D)
        count = len(memory.classes)
        self._held = [held_familiarity(known.held, count, memory.cosine_weight) for known in memory.classes]
        # (C, W + T), as `Scored.seen`
        self.whole_means = torch.cat([gaussian.means for gaussian in self.whole.shared], dim=-1)
        self._scales: dict[float, KnownScale | None] = {}
        self._readers: dict[int, tuple[list[Tensor], Tensor, Tensor, Tensor]] = {}

    def judge(self, pooled: Tensor) -> Whole:
        """What photos ``(B, V, W + T)`` say as a whole: the part of the score that needs no patch."""
        features = self.whole.features(pooled)
        joint = pooled[..., : self._memory.width] @ self._image_projection
        joint_length = _length(joint)
        unit = joint / joint_length
        moved = unit + self._projectors(features[0])
        moved_length = _length(moved)
        white = self.whole.whiten(features)
        lengths = joint_length[..., 0], moved_length[..., 0]
        by_text = (moved / moved_length @ self._texts).mean(dim=1)
        if self.zero_shot:
            by_text = by_text + self.zero_shot * (unit @ self._names).mean(dim=1)
        cosine = nearest_cosine(unit, self.joint_means)
        return Whole(pooled, features, torch.cat(white, dim=-1), *lengths, by_text, *self.whole.seen(white), cosine)

    def __call__(self, pooled: Tensor | Whole, patches: Tensor, *, align: Sequence[int] = ()) -> Scored:
        """Score photos: pooled ``(B, V, W + T)``, and patches ``(B, V, N, D)`` in the joint space, unit length.

        In place of pooled features may be what :meth:`judge` said of them. Patches are aligned with the classes at the
        places `align` in any case, to explain them; these are behind the others in :attr:`Scored.classes`.
        """
        whole = pooled if isinstance(pooled, Whole) else self.judge(pooled)
        by_text, by_whole = whole.by_text, whole.by_whole
        blank = torch.zeros_like(by_text)
        evidence = torch.stack([by_text, blank, blank, *by_whole, blank][:5], dim=-1)

        visual, textual = self._ask(patches, shortlist(_weighed(evidence, self.weights, _BY_WHOLE), self._compared))
        count = self._config.patches if self._config.use_selection else patches.shape[-2]
        selected = select(relevance(visual, textual, self._text_weight), count)
        chosen = take(patches, selected)
        white = self._selected.whiten(chosen)
        # The log-density is linear in a patch up to what all classes share, so the mean patch has the mean of them.
        by_patches = self._selected.log_density(white.mean(dim=-2)).mean(dim=1) / self._selected.gap
        evidence[..., 2] = by_patches

        listed = shortlist(_weighed(evidence, self.weights, _BY_ALL_BUT_ALIGNMENT), self._aligned)
        pinned = torch.tensor(align, dtype=listed.dtype, device=listed.device).expand(len(listed), -1)
        classes = torch.cat([listed, pinned], dim=-1) if listed.shape[-1] < by_text.shape[-1] else listed
        transport, similarity = self._align(normalize(white, dim=-1), classes)
        aligned = transport.score(similarity, dustbin_similarity=self._config.dustbin_similarity).mean(dim=1)
        least = with_least(aligned[:, : listed.shape[-1]], listed, by_text.shape[-1])
        # A class that is pinned changes its own score alone.
        evidence[..., 1] = least.scatter(-1, classes, aligned)
        familiarity = self.whole.familiarity(by_whole, whole.away, whole.cosine)
        return Scored(evidence, self.weights, selected, chosen, classes, similarity, transport, familiarity, whole)

    def known_scale(self, kept: float) -> KnownScale | None:
        """How far a photo is known by its familiarity, where a share `kept` of the known photos is to be kept."""
        if kept not in self._scales:
            is_alone = len(self._held) < 2  # of a single class everything is the likeliest
            self._scales[kept] = None if is_alone else scale_of(self._held, kept)
        return self._scales[kept]

    def none_without(self, place: int, pooled: Tensor, kept: float) -> Tensor:
        """Which photos ``(B,)`` would be none of the classes if that at `place` had not been learned, beside others.

        Means and threshold do without it. What it brought to the covariances stays, as where a class is forgotten.
        """
        others = [other for other in range(len(self._held)) if other != place]
        memory, (evidence, away) = self._memory, self.whole.seen(self.whole.whiten(self.whole.features(pooled)))
        views = normalize(pooled[..., : memory.width] @ self._image_projection, dim=-1)
        cosine = nearest_cosine(views, self.joint_means[others])
        familiarity = self.whole.familiarity([part[:, others] for part in evidence], away[:, others], cosine)
        held = torch.cat([memory.classes[other].held for other in others])
        scale = scale_of([held_familiarity(held, len(others), memory.cosine_weight)], kept)
        return familiarity < (scale.threshold if scale is not None else -torch.inf)

    def by_whole(self, pooled: Tensor) -> tuple[Tensor, Tensor]:
        """The class that photos are most like as a whole, its place, and :attr:`Scored.familiarity`: ``(B,)`` each."""
        whole = self.judge(pooled)
        familiarity = self.whole.familiarity(whole.by_whole, whole.away, whole.cosine)
        return torch.stack(whole.by_whole).sum(dim=0).argmax(dim=-1), familiarity

    def log_density(self, pooled: Tensor) -> Tensor:
        """Log-densities ``(B, C)`` of global features alone, up to a term of each photo: what streaming LDA goes by."""
        gaussian = self.whole.shared[0]
        return gaussian.log_density(gaussian.whiten(self._memory.global_features(pooled))).mean(dim=1)

    def explain(self, scored: Scored, index: int, against: int | None, *, photo: int = 0) -> Explanation:
        """Why the score of a photo, a row of `scored`, of a class is above, or below, that of another, by their places.

        Without another, all shares are 0. Raises KeyError if the photo's patches were not aligned with one of the
        classes.
        """
        plan, dustbin, similarity = self._aligned_with(scored, photo, index)
        used = int((self._token_mass[index] > 0).sum())
        shares = torch.zeros_like(self.weights)
        patch_shares = torch.zeros_like(dustbin)
        if against is not None:
            evidence = scored.evidence[photo]
            shares = (evidence[index] - evidence[against]) * self.weights
            density = self._selected.log_density(self._selected.whiten(scored.chosen[photo])) / self._selected.gap
            by_density = (density[..., index] - density[..., against]) / dustbin.shape[1]
            by_alignment = self._by_patch(plan, dustbin, similarity)
            by_alignment = by_alignment - self._by_patch(*self._aligned_with(scored, photo, against))
            both = self.weights[1] * by_alignment + self.weights[2] * by_density
            patch_shares = both / len(dustbin)
        return Explanation(
            shares, against, scored.selected[photo], patch_shares, plan[..., :used], dustbin, similarity[..., :used]
        )

    def by_column(self, whole: Whole, index: int, against: int, *, photo: int = 0) -> Tensor:
        """What each number of a photo's pooled features adds to the difference of two classes' scores: ``(V, W + T)``.

        With a constant of the photo they sum to its shares of "text", "global" and "texture": all evidence of the photo
        as a whole is linear in what it reads, once the photo's lengths are known (ours; docs/method.md, 10).
        """
        features, width = [rows[photo] for rows in whole.features], self._memory.width
        joint, moved = whole.joint[photo][:, None], whole.moved[photo][:, None]
        length = whole.white[photo].square().sum(dim=-1, keepdim=True)
        density = self._config.density_share / sum(gaussian.gap for gaussian in self.whole.shared)
        shares = torch.zeros_like(whole.pooled[photo])
        for sign, place in ((1, index), (-1, against)):
            by_means, by_sight, by_shift, by_name = self._reader(place)
            class_length = sum(gaussian.lengths[place] for gaussian in self.whole.shared)
            slope = sign * ((length * class_length).clamp_min(1e-24).rsqrt() + density)
            shares[:, :width] += self.weights[3] * features[0] * slope * by_means[0]
            pooled = whole.pooled[photo, :, :width]
            by_text = (pooled * by_sight / joint + features[0] * by_shift) / moved + pooled * by_name / joint
            shares[:, :width] += sign * self.weights[0] * by_text
            if len(features) == 2:
                shares[:, width : width + features[1].shape[-1]] += self.weights[4] * features[1] * slope * by_means[1]
        return shares / len(shares)

    def _reader(self, place: int) -> tuple[list[Tensor], Tensor, Tensor, Tensor]:
        """What is read of a feature for a class: by its whitened means ``(W_i,)``, and by its text ``(W,)`` thrice.

        By the text as the encoder's projection and as image projectors bring a feature to it, and by the name. A
        picture that moves asks for few classes again and again.
        """
        reader = self._readers.get(place)  # another thread may let go of all at any moment
        if reader is None:
            text = self._texts[:, place]
            by_means = [gaussian.whitening @ gaussian.means[place] for gaussian in self.whole.shared]
            by_name = self._image_projection @ (self.zero_shot * self._names[:, place])
            reader = by_means, self._image_projection @ text, self._projectors.pull(text), by_name
            if len(self._readers) >= _MOST_READERS:
                self._readers.clear()
            self._readers[place] = reader
        return reader

    def _aligned_with(self, scored: Scored, photo: int, index: int) -> tuple[Tensor, Tensor, Tensor]:
        """Plan ``(V, K, J)``, dustbin ``(V, K)`` and similarity ``(V, K, J)`` of a photo and a class."""
        places = scored.classes[photo].tolist()
        if index not in places:
            raise KeyError(index)
        row, transport = places.index(index), scored.transport
        return transport.plan[photo, :, row], transport.dustbin[photo, :, row], scored.similarity[photo, :, row]

    def _by_patch(self, plan: Tensor, dustbin: Tensor, similarity: Tensor) -> Tensor:
        """What each patch adds to the alignment: ``(V, K)``."""
        return (plan * similarity).sum(dim=-1) + self._config.dustbin_similarity * dustbin

    def _ask(self, patches: Tensor, classes: Tensor) -> tuple[Tensor, Tensor]:
        """What patches ``(B, V, N, D)`` say in sight and in text for the classes ``(B, M)``: ``(B, V, N, M)`` each."""
        count = len(self._patch_bias)
        # Where all are asked, in order, no row need be copied.
        is_all = classes.shape[1] == count
        asked = self._questions if is_all else embedding(torch.cat([classes, classes + count], dim=1), self._questions)
        answers = patches.flatten(1, 2) @ asked.transpose(-1, -2)
        visual, textual = answers.view(*patches.shape[:3], -1).tensor_split(2, dim=-1)
        return visual + (self._patch_bias if is_all else self._patch_bias[classes][:, None, None]), textual

    def _align(self, white: Tensor, classes: Tensor) -> tuple[Transport, Tensor]:
        """Plans and similarities ``(B, V, M, K, J)`` of white unit patches ``(B, V, K, D)`` and classes ``(B, M)``."""
        batch, views, count = white.shape[:3]
        tokens, mass = self._tokens[classes], self._token_mass[classes][:, None].expand(-1, views, -1, -1)
        similarity = white.flatten(1, 2) @ tokens.flatten(1, 2).transpose(1, 2)
        similarity = similarity.view(batch, views, count, *tokens.shape[1:3]).transpose(2, 3)
        if not self._config.use_transport:
            return uniform_transport(similarity, mass), similarity
        settings = self._config
        return (
            partial_transport(
                similarity, mass, epsilon=settings.epsilon, dustbin_similarity=settings.dustbin_similarity
            ),
            similarity,
        )


def _length(rows: Tensor) -> Tensor:
    """Lengths ``(..., 1)``, as :func:`~torch.nn.functional.normalize` divides by them."""
    length: Tensor = torch.linalg.vector_norm(rows, dim=-1, keepdim=True).clamp_min(1e-12)
    return length


def _weighed(evidence: Tensor, weights: Tensor, kinds: list[int]) -> Tensor:
    return evidence[..., kinds] @ weights[kinds]
