r"""What a photo as a whole says of every class: its global feature and its texture, as one angle and one density.

Both are seen from the mean m of all class means, in units of their own common covariance. With a and b the photo and
a class mean, their two parts laid end to end,

.. math::
    \cos_\Sigma(a, b) = \frac{a^T b}{|a| \, |b|}, \qquad
    a = \big[\Sigma_\phi^{-1/2}(\phi - m_\phi), \; \Sigma_t^{-1/2}(t - m_t)\big] .

So the texture speaks as loudly as classes differ in it, photo by photo: where their means lie close together in units
of the covariance, its part of b is short. A photo unlike those that were learned is far from all means, and the density
then favours those that lie nearest to m; where photos are many and alike it is the better judge, so a share of it is
added to the cosine. (Ours; streaming LDA, Hayes and Kanan 2020, goes by the density of the first part alone.)
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import normalize

from spa_desktop.spa.config import SpaConfig
from spa_desktop.spa.discriminant import LinearDiscriminant
from spa_desktop.spa.memory import Memory


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
        # A product for each photo instead of a triangular solve.
        self._unroot = self.globals.unroot()
        white, self._gap = self.globals.white_means(), self.globals.gap
        self._has_texture = config.use_texture and memory.textures.width > 0
        if self._has_texture:
            textures = LinearDiscriminant.fit(memory.textures, config.global_shrinkage)
            self._texture_centre, self._texture_unroot = textures.centre, textures.unroot()
            white, self._gap = torch.cat([white, textures.white_means()], dim=1), self._gap + textures.gap
        self._means, self._lengths = normalize(white, dim=-1).T.contiguous(), white.norm(dim=-1)

    def __call__(self, features: Tensor, pooled: Tensor) -> Tensor:
        """Evidence ``(..., C)``.

        Seen from the centre in units of the covariance, the log-density is length x length x cosine less half the
        squared length of the class mean, up to what is the same for all classes.

        Args:
            features: ``(..., W)`` global features in the Gaussian space.
            pooled: ``(..., W + T)`` that they are from, for the texture.
        """
        white = (features - self.globals.centre) @ self._unroot
        if self._has_texture:
            texture = self._memory.texture_features(pooled) - self._texture_centre
            white = torch.cat([white, texture @ self._texture_unroot], dim=-1)
        length = white.norm(dim=-1, keepdim=True).clamp_min(1e-12)
        cosine = (white / length) @ self._means
        density = cosine * length * self._lengths - self._lengths.square() / 2
        evidence: Tensor = cosine + self._share * density / self._gap
        return evidence
