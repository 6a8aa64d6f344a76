r"""The score: four kinds of evidence for every class, weighed and added, without a task id.

.. math::
    w_1 \cos(z, t'_c) + w_2 \, \langle T_c, S_c \rangle + w_3 \log p(\phi \mid c)
    + w_4 \, \mathrm{mean}_k \log p(p_k \mid c)

over the photo's views: the projected global feature against the projected description, the alignment of selected
patches and semantic tokens under the transport plan, and the Gaussians of the global feature and of the selected
patches (log-densities normalised over the classes seen). The order follows SPA's abstract; the form is ours.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import normalize

from spa_desktop.spa.config import SpaConfig
from spa_desktop.spa.discriminant import LinearDiscriminant, gaussian_space
from spa_desktop.spa.memory import Memory
from spa_desktop.spa.projectors import ImageProjector
from spa_desktop.spa.selection import decisiveness, relevance, select, take
from spa_desktop.spa.tokens import padded
from spa_desktop.spa.transport import alignment_score, transport_plan, uniform_plan


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


class Scorer:
    """A memory made ready to score: what is the same for every photo is computed once."""

    def __init__(self, memory: Memory, image_projection: Tensor, config: SpaConfig) -> None:
        """Make ready.

        Args:
            memory: with at least one class.
            image_projection: ``(W, D)`` of the encoder.
            config: of the learner.
        """
        self._memory, self._config = memory, config
        self._projection = image_projection
        self._globals = LinearDiscriminant.fit(memory.globals, config.global_shrinkage)
        self._patches = LinearDiscriminant.fit(memory.patches, config.patch_shrinkage)
        self._selected = LinearDiscriminant.fit(memory.selected, config.patch_shrinkage)
        self._raw_texts = memory.texts(projected=False).T
        self._texts = memory.texts(projected=config.use_projectors).T
        self._read, self._write, self._offset = _joined(
            memory.image_projectors if config.use_projectors else [], memory
        )
        # One product for 16 patches instead of a triangular solve for each photo.
        self._unroot = torch.linalg.inv(self._selected.root).T.contiguous()
        rows = [memory.tokens(index, projected=config.use_projectors) for index in range(len(memory.classes))]
        tokens, self._token_mass = padded([self._selected.whiten(row) for row in rows], config.tokens)
        self._tokens = tokens.flatten(0, 1).T
        self._text_weight = config.text_selection if config.use_descriptions else 0.0

    @property
    def weights(self) -> Tensor:
        """Of the evidence, ``(4,)``."""
        return self._memory.weights

    def evidence(self, pooled: Tensor, patches: Tensor) -> Tensor:
        """All four kinds of evidence, mean over views.

        Args:
            pooled: ``(B, V, W)`` global features.
            patches: ``(B, V, N, D)`` patches in the joint space, unit length.

        Returns:
            ``(B, C, 4)`` in the order of :data:`~spa_desktop.spa.memory.EVIDENCE`.
        """
        features = gaussian_space(pooled, rectified=self._memory.rectified)
        joint = normalize(pooled @ self._projection, dim=-1)
        joint = normalize(joint + (features @ self._read - self._offset) @ self._write, dim=-1)
        text = joint @ self._texts
        chosen = take(patches, self._choose(patches))
        plan, similarity = self._align(chosen, self._tokens, self._token_mass)
        alignment = alignment_score(plan, similarity)
        by_globals = self._globals(features).log_softmax(dim=-1) / self._globals.gap
        by_patches = self._selected(chosen).log_softmax(dim=-1).mean(dim=-2) / self._selected.gap
        return torch.stack([text, alignment, by_globals, by_patches], dim=-1).mean(dim=1)

    def scores(self, pooled: Tensor, patches: Tensor) -> Tensor:
        """Scores ``(B, C)``; their softmax is the probability of each class. Shapes as in :meth:`evidence`."""
        return self.evidence(pooled, patches) @ self.weights

    def explain(self, patches: Tensor, index: int) -> Alignment:
        """How the patches ``(N, D)`` of one photo meet the phrases of class `index`."""
        visual, textual = self._patches(patches), patches @ self._raw_texts
        relevances = relevance(visual, textual, self._text_weight)[:, index]
        low, high = relevances.min(), relevances.max()
        weights = (relevances - low) / (high - low).clamp_min(1e-6)
        chosen = select(relevances, self._count(len(patches)))
        count = self._config.tokens
        tokens = self._tokens[:, index * count : (index + 1) * count]
        mass = self._token_mass[index : index + 1]
        plan, similarity = self._align(patches[chosen][None, None], tokens, mass)
        used = int((mass[0] > 0).sum())
        return Alignment(weights, chosen, plan[0, 0, 0, :, :used], similarity[0, 0, 0, :, :used])

    def _choose(self, patches: Tensor) -> Tensor:
        decisive = decisiveness(self._patches(patches), patches @ self._raw_texts, self._text_weight)
        return select(decisive, self._count(patches.shape[-2]))

    def _count(self, patches: int) -> int:
        return min(self._config.patches, patches) if self._config.use_selection else patches

    def _align(self, chosen: Tensor, tokens: Tensor, token_mass: Tensor) -> tuple[Tensor, Tensor]:
        """Plans and similarities ``(B, V, C, K, J)`` of ``(B, V, K, D)`` patches and ``(D, C * J)`` tokens."""
        batch, views, count = chosen.shape[:3]
        similarity = normalize((chosen - self._selected.centre) @ self._unroot, dim=-1) @ tokens
        similarity = similarity.view(batch, views, count, *token_mass.shape).transpose(2, 3)
        patch_mass = similarity.new_full((count,), 1 / count)
        if not self._config.use_transport:
            return uniform_plan(patch_mass, token_mass).expand_as(similarity), similarity
        plan = transport_plan(
            1 - similarity, patch_mass, token_mass, epsilon=self._config.epsilon, tau=self._config.tau
        )
        return plan, similarity


def _joined(projectors: list[ImageProjector], memory: Memory) -> tuple[Tensor, Tensor, Tensor]:
    """All tasks' image sides as one: V ``(W, R)``, U ``(R, D)``, and what V reads at the tasks' centres ``(R,)``."""
    read = torch.cat([torch.zeros(memory.width, 0), *(p.read for p in projectors)], dim=1)
    write = torch.cat([torch.zeros(memory.dim, 0), *(p.write for p in projectors)], dim=1).T.contiguous()
    centres = [p.centre[:, None].expand(-1, p.read.shape[1]) for p in projectors]
    return read, write, (read * torch.cat([torch.zeros(memory.width, 0), *centres], dim=1)).sum(dim=0)
