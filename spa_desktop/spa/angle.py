r"""What a photo as a whole says of every class: its global feature and its texture, as one angle and one density.

Both are seen from the mean m of all class means, in units of their own common covariance. With a and b the photo and
a class mean, their two parts laid end to end,

.. math::
    \cos_\Sigma(a, b) = \frac{a^T b}{|a| \, |b|}, \qquad
    a = \big[\Sigma_\phi^{-1/2}(\phi - m_\phi), \; \Sigma_t^{-1/2}(t - m_t)\big] .

The length of a is read from the leading directions of the covariance (:mod:`spa_desktop.spa.length`).

So the texture speaks as loudly as classes differ in it, photo by photo: where their means lie close together in units
of the covariance, its part of b is short. A photo unlike those that were learned is far from all means, and the density
then favours those that lie nearest to m; where photos are many and alike it is the better judge, so a share of it is
added to the cosine. (Ours; streaming LDA, Hayes and Kanan 2020, goes by the density of the first part alone.)
"""

from __future__ import annotations

import torch
from torch import Tensor

from spa_desktop.spa.config import SpaConfig
from spa_desktop.spa.discriminant import LinearDiscriminant
from spa_desktop.spa.length import WhiteLength
from spa_desktop.spa.memory import Memory
from spa_desktop.spa.products import row_product


class GlobalEvidence:
    """Cosine and density of photos under the class Gaussians of a memory, by one product.

    Attributes:
        globals: the discriminant of global features alone.
    """

    def __init__(self, memory: Memory, config: SpaConfig) -> None:
        """Make ready.

        Args:
            memory: with at least one class.
            config: of the learner.
        """
        self._memory, self._share = memory, config.density_share
        self.globals = LinearDiscriminant.fit(memory.globals, config.global_shrinkage)
        parts = [(memory.globals, self.globals)]
        self._has_texture = config.use_texture and memory.textures.width > 0
        if self._has_texture:
            parts.append((memory.textures, LinearDiscriminant.fit(memory.textures, config.global_shrinkage)))
        self._white_lengths = [WhiteLength.of(gaussians, config.global_shrinkage) for gaussians, _ in parts]
        self._centre = torch.cat([fitted.centre for _, fitted in parts])
        self._gap = sum(fitted.gap for _, fitted in parts)
        # Towards each class mean, seen from the centre: products with it are those of whitened features and means.
        self._towards = torch.cat([fitted.weight - fitted.weight.mean(dim=1, keepdim=True) for _, fitted in parts])
        means = torch.cat([gaussians.means for gaussians, _ in parts], dim=1) - self._centre
        self._lengths = (means * self._towards.T).sum(dim=1).clamp_min(1e-24).sqrt()

    def __call__(self, features: Tensor, pooled: Tensor) -> Tensor:
        """Evidence ``(..., C)``.

        Seen from the centre in units of the covariance, the log-density is length x length x cosine less half the
        squared length of the class mean, up to what is the same for all classes.

        Args:
            features: ``(..., W)`` global features in the Gaussian space.
            pooled: ``(..., W + T)`` that they are from, for the texture.
        """
        if self._has_texture:
            features = torch.cat([features, self._memory.texture_features(pooled)], dim=-1)
        away = features - self._centre
        products = row_product(away, self._towards)
        # Where there is no texture the second part is empty, and nothing measures it.
        parts = away.tensor_split((self._memory.width,), dim=-1)
        squared = [length.squared(part) for length, part in zip(self._white_lengths, parts, strict=False)]
        # Classes that are the same lie at the centre, and what points towards them is rounding.
        cosine = (products / (torch.stack(squared).sum(dim=0).sqrt() * self._lengths)).clamp(-1, 1)
        evidence: Tensor = cosine + self._share * (products - self._lengths.square() / 2) / self._gap
        return evidence
