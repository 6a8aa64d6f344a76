"""The score: evidence for every class, weighed and added, without a task id; and what it was made of.

Five kinds, each the mean over the photo's views (docs/method.md, 7):

=========  ==========================================================================================================
text       the projected global feature against the projected description (:mod:`~spa_desktop.spa.projectors`)
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
from spa_desktop.spa.familiarity import KnownScale, WholePhoto, held_familiarity, scale_of
from spa_desktop.spa.gaussians import SharedGaussian
from spa_desktop.spa.memory import Memory
from spa_desktop.spa.patches import padded, relevance, select, shortlist, take, with_least
from spa_desktop.spa.projectors import JoinedProjectors
from spa_desktop.spa.transport import Transport, partial_transport, uniform_transport

# What each number of a photo's pooled feature adds to the difference of two classes' scores (ours; docs/method.md, 10).
# All evidence of the photo as a whole is linear in what it reads, once the photo's lengths are known.


def by_gaussians(
    parts: Sequence[tuple[SharedGaussian, Tensor]], first: int, second: int, density_share: float
) -> list[Tensor]:
    """What the numbers of each part's features ``(V, W_i)`` add to the evidence of the photo as a whole.

    For the first class against the second, by their places; each part has class Gaussians, and features as they read
    them.
    """
    gaussians = [gaussian for gaussian, _ in parts]
    white = [gaussian.whiten(features) for gaussian, features in parts]
    length = torch.stack([one.square().sum(dim=-1) for one in white]).sum(dim=0)
    class_length = torch.stack([one.lengths[[first, second]] for one in gaussians]).sum(dim=0)
    unit = (length[:, None] * class_length).clamp_min(1e-24).rsqrt()
    slope = (unit + density_share / sum(one.gap for one in gaussians))[..., None]
    # What Gaussians read of a feature for the two classes: the whitening times the whitened class means.
    read = [one.means[[first, second]] @ one.whitening.T for one in gaussians]
    return [features * (slope[:, 0] * r[0] - slope[:, 1] * r[1]) for (_, features), r in zip(parts, read, strict=True)]


def by_text(
    pooled: Tensor, features: Tensor, image_projection: Tensor, projectors: JoinedProjectors, texts: Tensor
) -> Tensor:
    """What the numbers of global features ``(V, W)`` add to the evidence of the text, ``(V, W)``.

    They come as the encoder gives them and in the Gaussian space. The text ``(D,)`` is the class's less the other's.
    """
    joint = pooled @ image_projection
    length = torch.linalg.vector_norm(joint, dim=-1, keepdim=True).clamp_min(1e-12)
    moved = torch.linalg.vector_norm(joint / length + projectors(features), dim=-1, keepdim=True).clamp_min(1e-12)
    by_sight = pooled * (image_projection @ texts) / length
    shares: Tensor = (by_sight + features * projectors.pull(texts)) / moved
    return shares


# Which of the memory's four weights each kind has: global feature and texture are one photo as a whole.
_WEIGHT_OF = [0, 1, 2, 3, 3]
_BY_WHOLE, _BY_ALL_BUT_ALIGNMENT = [0, 3, 4], [0, 2, 3, 4]
# How many classes patches are compared with, to select them, and how many selected patches are aligned with. With no
# more classes nothing is left out; `python -m benchmarks.shortlist` counts what changes beyond that.
COMPARED, ALIGNED = 128, 16


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
    whole: Tensor  #: ``(B, W + T)``, each photo as a whole in units of the covariance, mean over views

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
        self._held = [held_familiarity(known.held, len(memory.classes)) for known in memory.classes]
        self.whole_means = torch.cat([one.means for one in self.whole.shared], dim=-1)  # (C, W + T), as `Scored.whole`
        self._scales: dict[float, KnownScale | None] = {}

    def __call__(self, pooled: Tensor, patches: Tensor, *, align: Sequence[int] = ()) -> Scored:
        """Score photos: pooled ``(B, V, W + T)``, and patches ``(B, V, N, D)`` in the joint space, unit length.

        Patches are aligned with the classes at the places `align` in any case, to explain them; these are behind the
        others in :attr:`Scored.classes`.
        """
        features = self.whole.features(pooled)
        by_text = (self._joint(features[0], pooled) @ self._texts).mean(dim=1)
        whole = self.whole.whiten(features)
        by_whole, away = self.whole.seen(whole)
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
        familiarity = self.whole.familiarity(by_whole, away)
        seen = torch.cat(whole, dim=-1).mean(dim=1)
        return Scored(evidence, self.weights, selected, chosen, classes, similarity, transport, familiarity, seen)

    def familiarity(self, pooled: Tensor) -> Tensor:
        """How familiar photos of pooled features ``(B, V, W + T)`` are, ``(B,)``, as in :attr:`Scored.familiarity`."""
        return self.by_whole(pooled)[1]

    def known_scale(self, kept: float) -> KnownScale | None:
        """How far a photo is known by its familiarity, where a share `kept` of the known photos is to be kept."""
        if kept not in self._scales:
            self._scales[kept] = scale_of(self._held, kept)
        return self._scales[kept]

    def by_whole(self, pooled: Tensor) -> tuple[Tensor, Tensor]:
        """The place of the class that photos are most like as a whole, and how familiar they are, ``(B,)`` each."""
        evidence, away = self.whole.seen(self.whole.whiten(self.whole.features(pooled)))
        return torch.stack(evidence).sum(dim=0).argmax(dim=-1), self.whole.familiarity(evidence, away)

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

    def by_column(self, pooled: Tensor, index: int, against: int) -> Tensor:
        """What each number of pooled features ``(V, W + T)`` of a photo adds to the difference of two classes' scores.

        With a constant of the photo they sum to its shares of "text", "global" and "texture".
        """
        features, width = self.whole.features(pooled), self._memory.width
        parts = list(zip(self.whole.shared, features, strict=True))
        texts = self._texts[:, index] - self._texts[:, against]
        found = torch.zeros_like(pooled)
        whole = by_gaussians(parts, index, against, self._config.density_share)
        found[:, :width] = self.weights[3] * whole[0] + self.weights[0] * by_text(
            pooled[:, :width], features[0], self._image_projection, self._projectors, texts
        )
        if len(whole) == 2:
            found[:, width : width + whole[1].shape[-1]] = self.weights[4] * whole[1]
        return found / len(pooled)

    def _aligned_with(self, scored: Scored, photo: int, index: int) -> tuple[Tensor, Tensor, Tensor]:
        """Plan ``(V, K, J)``, dustbin ``(V, K)`` and similarity ``(V, K, J)`` of a photo and a class."""
        places = scored.classes[photo].tolist()
        if index not in places:
            raise KeyError(index)
        row, found = places.index(index), scored.transport
        return found.plan[photo, :, row], found.dustbin[photo, :, row], scored.similarity[photo, :, row]

    def _by_patch(self, plan: Tensor, dustbin: Tensor, similarity: Tensor) -> Tensor:
        """What each patch adds to the alignment: ``(V, K)``."""
        return (plan * similarity).sum(dim=-1) + self._config.dustbin_similarity * dustbin

    def _joint(self, features: Tensor, pooled: Tensor) -> Tensor:
        """Global features in the joint space, moved by all tasks' image projectors: ``(..., D)``, unit length."""
        joint = normalize(pooled[..., : self._memory.width] @ self._image_projection, dim=-1)
        return normalize(joint + self._projectors(features), dim=-1)

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


def _weighed(evidence: Tensor, weights: Tensor, kinds: list[int]) -> Tensor:
    return evidence[..., kinds] @ weights[kinds]
