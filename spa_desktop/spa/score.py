r"""The score: four kinds of evidence for every class, weighed and added, without a task id.

.. math::
    w_1 \cos(z, t'_c) + w_2 \, \langle T_c, S_c \rangle
    + w_3 \, g_c(\phi, t)
    + w_4 \, \mathrm{mean}_k \log p(p_k \mid c)

over the photo's views: the projected global feature against the projected description, the alignment of selected
patches and semantic tokens under the transport plan, the Gaussians of the global feature and of the texture
(:mod:`spa_desktop.spa.angle`), and that of the selected patches, by their mean log-density, normalised over the
classes seen. The order follows SPA's abstract; the form is ours.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import embedding, normalize

from spa_desktop.spa.angle import GlobalEvidence
from spa_desktop.spa.candidates import ALIGNED, COMPARED, candidates, for_all
from spa_desktop.spa.config import SpaConfig
from spa_desktop.spa.discriminant import LinearDiscriminant
from spa_desktop.spa.memory import Memory
from spa_desktop.spa.products import row_product
from spa_desktop.spa.projectors import ImageProjector
from spa_desktop.spa.selection import decisiveness, relevance_to, select, take
from spa_desktop.spa.tokens import padded
from spa_desktop.spa.transport import alignment_score, transport_plan, uniform_plan

# Places in `EVIDENCE` of what is said of the photo as a whole.
_WHOLE = [0, 2]


@dataclass(frozen=True)
class Alignment:
    """How a photo's patches meet one class's phrases, for showing.

    Attributes:
        weights: ``(N,)``, relevance of every patch to the class, from 0 to 1.
        selected: ``(K,)``, indices of the patches that the score uses.
        plan: ``(K, J)``, how much of each selected patch goes to each phrase; sums to 1.
        similarity: ``(K, J)``, cosines in units of the covariance.
    """

    weights: Tensor
    selected: Tensor
    plan: Tensor
    similarity: Tensor


@dataclass(frozen=True)
class _Found:
    """What photos say: evidence ``(B, C, 4)``, and what their patches said for candidates ``(B, M)`` on the way."""

    evidence: Tensor
    classes: Tensor
    visual: Tensor
    textual: Tensor


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
        """Make ready.

        Args:
            memory: with at least one class.
            image_projection: ``(W, D)`` of the encoder.
            config: of the learner.
            compared: the most classes that patches are compared with, to select them.
            aligned: the most classes that selected patches are aligned with.
        """
        self._memory, self._config = memory, config
        self._most_compared, self._most_aligned = compared, aligned
        # The projection may leave the last columns of a feature unread.
        self._projection = image_projection[: int(image_projection.any(dim=1).nonzero().max()) + 1]
        self._by_globals = GlobalEvidence(memory, config)
        self._selected = LinearDiscriminant.fit(memory.selected, config.patch_shrinkage)
        patches = LinearDiscriminant.fit(memory.patches, config.patch_shrinkage)
        self._texts = memory.texts(projected=config.use_projectors).T.contiguous()
        # What every patch is asked, in sight and text, by one product: rows of D, first those of sight.
        self._questions = torch.cat([patches.weight.T, memory.texts(projected=False)])
        self._patch_bias = patches.bias
        self._shift, self._offset = _joined(memory.image_projectors if config.use_projectors else [], memory)
        # A product for each photo instead of a triangular solve.
        self._selected_unroot = self._selected.unroot()
        rows = [memory.tokens(index, projected=config.use_projectors) for index in range(len(memory.classes))]
        self._tokens, self._token_mass = padded([self._selected.whiten(row) for row in rows], config.tokens)
        self._text_weight = config.text_selection if config.use_descriptions else 0.0

    @property
    def weights(self) -> Tensor:
        """Of the evidence, ``(4,)``."""
        return self._memory.weights

    def evidence(self, pooled: Tensor, patches: Tensor) -> Tensor:
        """All four kinds of evidence, mean over views.

        Args:
            pooled: ``(B, V, W + T)`` global features, textures behind them.
            patches: ``(B, V, N, D)`` patches in the joint space, unit length.

        Returns:
            ``(B, C, 4)`` in the order of :data:`~spa_desktop.spa.memory.EVIDENCE`.
        """
        return self._found(pooled, patches).evidence

    def scores(self, pooled: Tensor, patches: Tensor) -> Tensor:
        """Scores ``(B, C)``; their softmax is the probability of each class. Shapes as in :meth:`evidence`."""
        return self.evidence(pooled, patches) @ self.weights

    def densities(self, pooled: Tensor) -> Tensor:
        """Log-densities ``(B, C)`` of global features, up to a constant of each photo: what streaming LDA goes by."""
        return self._by_globals.globals(self._memory.global_features(pooled)).mean(dim=1)

    def recognize(self, pooled: Tensor, patches: Tensor) -> tuple[Tensor, Tensor]:
        """Scores and what there is to show of one photo, at the price of the scores.

        Args:
            pooled: ``(V, W + T)``.
            patches: ``(V, N, D)``.

        Returns:
            scores ``(C,)``, and for the best class the weights ``(N,)`` of :class:`Alignment`, in the first view.
        """
        found = self._found(pooled[None], patches[None])
        scores = found.evidence[0] @ self.weights
        place = int(scores[found.classes[0]].argmax())
        relevances = relevance_to(place, found.visual[0, 0], found.textual[0, 0], self._text_weight)
        return scores, _from_0_to_1(relevances)

    def explain(self, patches: Tensor, index: int) -> Alignment:
        """How the patches ``(N, D)`` of one photo meet the phrases of class `index`."""
        everything = torch.arange(len(self._patch_bias))[None]
        visual, textual = (answers[0, 0] for answers in self._compare(patches[None, None], everything))
        relevances = relevance_to(index, visual, textual, self._text_weight)
        chosen = select(relevances, self._count(len(patches)))
        plan, similarity = self._align(patches[chosen][None, None], torch.tensor([[index]]))
        used = int((self._token_mass[index] > 0).sum())
        return Alignment(_from_0_to_1(relevances), chosen, plan[0, 0, 0, :, :used], similarity[0, 0, 0, :, :used])

    def _found(self, pooled: Tensor, patches: Tensor) -> _Found:
        features = self._memory.global_features(pooled)
        joint = normalize(row_product(pooled[..., : len(self._projection)], self._projection), dim=-1)
        shift = features
        for factor in self._shift:
            shift = row_product(shift, factor)
        joint = normalize(joint + shift - self._offset, dim=-1)
        whole = torch.stack([row_product(joint, self._texts), self._by_globals(features, pooled)], dim=-1).mean(dim=1)
        classes = candidates(whole @ self.weights[_WHOLE], self._most_compared)
        visual, textual = self._compare(patches, classes)
        chosen = take(patches, self._choose(visual, textual))
        # The log-density is linear in a patch but for what is the same for all classes: one product for all of them.
        by_patches = self._selected(chosen.mean(dim=-2)).log_softmax(dim=-1).mean(dim=1) / self._selected.gap
        rest = torch.cat([whole, by_patches[..., None]], dim=-1)
        alignment = self._alignment(chosen, rest @ self.weights[[*_WHOLE, 3]])
        evidence = torch.stack([whole[..., 0], alignment, whole[..., 1], by_patches], dim=-1)
        return _Found(evidence, classes, visual, textual)

    def _compare(self, patches: Tensor, classes: Tensor) -> tuple[Tensor, Tensor]:
        """What patches ``(B, V, N, D)`` say in sight and text for the classes ``(B, M)``: ``(B, V, N, M)`` each."""
        # Where all are asked, in order, no row need be copied.
        count = len(self._patch_bias)
        is_all = classes.shape[1] == count
        asked = self._questions if is_all else embedding(torch.cat([classes, classes + count], dim=1), self._questions)
        answers = patches.flatten(1, 2) @ asked.transpose(-1, -2)
        visual, textual = answers.view(*patches.shape[:3], -1).tensor_split(2, dim=-1)
        bias = self._patch_bias if is_all else self._patch_bias[classes][:, None, None]
        return visual + bias, textual

    def _alignment(self, chosen: Tensor, by_rest: Tensor) -> Tensor:
        """Of ``(B, V, K, D)`` selected patches with every class, ``(B, C)``, given the other evidence, weighed."""
        index = candidates(by_rest, self._most_aligned)
        plan, similarity = self._align(chosen, index)
        return for_all(alignment_score(plan, similarity).mean(dim=1), index, by_rest.shape[1])

    def _choose(self, visual: Tensor, textual: Tensor) -> Tensor:
        return select(decisiveness(visual, textual, self._text_weight), self._count(visual.shape[-2]))

    def _count(self, patches: int) -> int:
        return min(self._config.patches, patches) if self._config.use_selection else patches

    def _align(self, chosen: Tensor, index: Tensor) -> tuple[Tensor, Tensor]:
        """Plans and similarities ``(B, V, M, K, J)`` of ``(B, V, K, D)`` patches and classes ``(B, M)``."""
        batch, views, count = chosen.shape[:3]
        tokens, token_mass = self._tokens[index], self._token_mass[index][:, None]
        white = normalize((chosen - self._selected.centre) @ self._selected_unroot, dim=-1)
        similarity = white.flatten(1, 2) @ tokens.flatten(1, 2).transpose(1, 2)
        similarity = similarity.view(batch, views, count, *token_mass.shape[2:]).transpose(2, 3)
        patch_mass = similarity.new_full((count,), 1 / count)
        if not self._config.use_transport:
            return uniform_plan(patch_mass, token_mass).expand_as(similarity), similarity
        plan = transport_plan(
            1 - similarity, patch_mass, token_mass, epsilon=self._config.epsilon, tau=self._config.tau
        )
        return plan, similarity


def _from_0_to_1(values: Tensor) -> Tensor:
    low, high = values.min(), values.max()
    return (values - low) / (high - low).clamp_min(1e-6)


def _joined(projectors: list[ImageProjector], memory: Memory) -> tuple[list[Tensor], Tensor]:
    """All tasks' image sides as one map, and what it makes of the tasks' centres, ``(D,)``.

    The map is the product of two narrow matrices, ``(W, R)`` and ``(R, D)``, or of one that is full, whichever is less.
    """
    width, dim = memory.width, memory.dim
    offset = torch.zeros(dim)
    for projector in projectors:
        offset += (projector.centre @ projector.read) @ projector.write.T
    read = torch.cat([torch.zeros(width, 0), *(projector.read for projector in projectors)], dim=1)
    write = torch.cat([torch.zeros(dim, 0), *(projector.write for projector in projectors)], dim=1).T.contiguous()
    return ([read, write] if read.shape[1] * (width + dim) < width * dim else [read @ write]), offset
