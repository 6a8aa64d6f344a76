"""Selection of a class's patches while it is learned."""

from __future__ import annotations

from torch import Tensor

from spa_desktop.spa.config import SpaConfig
from spa_desktop.spa.discriminant import LinearDiscriminant
from spa_desktop.spa.memory import Memory
from spa_desktop.spa.selection import relevance_to, select, take


class PatchSelector:
    """Selects the patches that speak for a class, by what a memory knew when the selector was made."""

    def __init__(self, memory: Memory, config: SpaConfig) -> None:
        self._config = config
        self._gaussian = LinearDiscriminant.fit(memory.patches, config.patch_shrinkage)
        self._texts = memory.texts(projected=False).T
        self._text_weight = config.text_selection if config.use_descriptions else 0.0

    def __call__(self, patches: Tensor, index: int) -> Tensor:
        """The patches ``(..., K, D)`` of ``(..., N, D)`` that speak for class `index`; all without selection."""
        if not self._config.use_selection:
            return patches
        relevances = relevance_to(index, self._gaussian(patches), patches @ self._texts, self._text_weight)
        return take(patches, select(relevances, self._config.patches))
