"""Image towers of open_clip models: from a batch of photos to pooled and patch features before the projection.

A tower that ends in one linear map (all CLIP ViTs, spa-lite) gives features before that map and the map itself. Any
other ending (attention pooling, a deeper head) is left in place: features come out in the joint space, the map is the
identity, and a patch is what the ending makes of that patch alone. For attention pooling that is the value path of
MaskCLIP (Zhou, Loy and Dai, "Extract Free Dense Labels from CLIP", 2022).

An EfficientNet's pooled feature has a second part, from the stage before its last: what its classifier had no use for
tells textures and packages apart that ImageNet has no names for. The projection does not read it. Behind the pooled
feature it gives the texture of a finer map (:mod:`spa_desktop.encoders.second_order_pooling`), which is no part of the
global feature.
"""

from __future__ import annotations

from typing import Any

import torch
from open_clip.modified_resnet import ModifiedResNet
from open_clip.timm_model import TimmModel
from open_clip.transformer import VisionTransformer
from timm.models.efficientnet import EfficientNet
from torch import Tensor, nn

from spa_desktop.encoders.second_order_pooling import CHANNELS, read_most, texture_of, texture_width
from spa_desktop.encoders.towers import VisionTower
from spa_desktop.errors import InputError


class TransformerTower:
    """open_clip's own ViT. The pooled token and the patches share ``ln_post`` and the projection."""

    texture_width = 0

    def __init__(self, visual: Any) -> None:
        self.visual = visual
        self.projection: Tensor | None = visual.proj.detach().float().clone() if visual.proj is not None else None
        # Without its projection the tower's result is the pooled feature before it, whatever the pooling.
        visual.proj = None

    def __call__(self, images: Tensor) -> tuple[Tensor, Tensor, tuple[int, int]]:
        result = self.visual.forward_intermediates(images, indices=1, normalize_intermediates=True, output_fmt="NLC")
        return result["image_features"], result["image_intermediates"][-1], tuple(self.visual.grid_size)


class ResNetTower:
    """CLIP's ResNet: attention pooling, so patches take its value path and the projection is the identity."""

    projection: Tensor | None = None
    texture_width = 0

    def __init__(self, visual: Any) -> None:
        self.visual = visual

    def __call__(self, images: Tensor) -> tuple[Tensor, Tensor, tuple[int, int]]:
        blocks = self.visual.forward_intermediates(images, indices=1)
        final, pool = blocks["image_intermediates"][-1], self.visual.attnpool
        patches = pool.c_proj(pool.v_proj(final.flatten(2).transpose(1, 2)))
        return blocks["image_features"], patches, (final.shape[2], final.shape[3])


class TimmTower:
    """A timm trunk and open_clip's head: EfficientNet (spa-lite), ConvNeXt, SigLIP's ViT and others."""

    texture_width = 0

    def __init__(self, visual: Any) -> None:
        self.trunk, self.head = visual.trunk, visual.head
        self.projection: Tensor | None = None
        linear = getattr(self.head, "proj", None)
        if isinstance(linear, nn.Linear) and linear.bias is None and not hasattr(self.head, "pool"):
            self.projection = linear.weight.detach().float().T.clone()
            self.head = nn.Identity()

    def __call__(self, images: Tensor) -> tuple[Tensor, Tensor, tuple[int, int]]:
        return self._finish(self.trunk.forward_features(images))

    def _finish(self, final: Tensor) -> tuple[Tensor, Tensor, tuple[int, int]]:
        """From the trunk's last map or tokens to what the tower gives."""
        alone, grid = self._cells(final) if final.ndim == 4 else self._tokens(final)
        patches = self._ending(alone).reshape(len(final), grid[0] * grid[1], -1)
        return self._ending(final), patches, grid

    def _ending(self, final: Tensor) -> Tensor:
        result: Tensor = self.head(self.trunk.forward_head(final))
        return result

    def _cells(self, final: Tensor) -> tuple[Tensor, tuple[int, int]]:
        """Each cell of a map as a 1 x 1 map of its own."""
        if getattr(self.trunk, "output_fmt", "NCHW") == "NHWC":
            _, height, width, channels = final.shape
            return final.reshape(-1, 1, 1, channels), (height, width)
        _, channels, height, width = final.shape
        return final.permute(0, 2, 3, 1).reshape(-1, channels, 1, 1), (height, width)

    def _tokens(self, final: Tensor) -> tuple[Tensor, tuple[int, int]]:
        """Each token of a sequence as a sequence of its own."""
        prefix = int(getattr(self.trunk, "num_prefix_tokens", 0))
        patches = final[:, prefix:]
        _, count, channels = patches.shape
        alone = patches.reshape(-1, 1, channels)
        if prefix and getattr(self.trunk, "global_pool", "") == "avg":
            # Mean pooling drops the prefix tokens before it averages: give it some to drop.
            alone = torch.cat([alone.new_zeros(len(alone), prefix, channels), alone], dim=1)
        side = round(count**0.5)
        return alone, (side, count // side)


class EfficientNetTower(TimmTower):
    """EfficientNet (spa-lite): the last stage but one joins the pooled feature, the one before gives the texture."""

    def __init__(self, visual: Any) -> None:
        super().__init__(visual)
        # The first convolution of the next stage, before its batch norm is folded into it.
        reads = self.trunk.blocks[-2][0].conv_pw.weight.detach().float().flatten(1)
        self._directions = read_most(reads, min(CHANNELS, reads.shape[1]))
        self.texture_width = texture_width(self._directions.shape[1])

    def __call__(self, images: Tensor) -> tuple[Tensor, Tensor, tuple[int, int]]:
        pooled, patches, _, _, grid = self._maps(images)
        return pooled, patches, grid

    def closely(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Pooled, patches, and the maps ``(B, N, C)`` and ``(B, n, k)`` that the pooled feature is made of."""
        pooled, patches, middle, fine, _ = self._maps(images)
        cells = fine.float().flatten(2).transpose(1, 2) @ self._directions.to(fine.device)
        return pooled, patches, middle.flatten(2).transpose(1, 2), cells

    def _maps(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor, tuple[int, int]]:
        trunk = self.trunk
        fine = trunk.blocks[:-2](trunk.bn1(trunk.conv_stem(images)))
        middle = trunk.blocks[-2](fine)
        last = trunk.bn2(trunk.conv_head(trunk.blocks[-1](middle)))
        pooled, patches, grid = self._finish(last)
        texture = texture_of(fine, last, self._directions.to(fine.device))
        # A linear bottleneck has values of both signs, and the pooled feature none below zero: each sign on its own.
        parts = [pooled, middle.relu().mean((2, 3)), (-middle).relu().mean((2, 3)), texture]
        return torch.cat(parts, dim=-1), patches, middle, fine, grid


def vision_tower(model: Any, name: str) -> VisionTower:
    """The image tower of an open_clip `model`, which gives up its last projection to it.

    Raises:
        InputError: if the tower's patches have no place in the joint space (CoCa's attentional pooler).
    """
    visual = model.visual
    if isinstance(visual, VisionTransformer) and visual.attn_pool is None:
        return TransformerTower(visual)
    if isinstance(visual, ModifiedResNet):
        return ResNetTower(visual)
    if isinstance(visual, TimmModel):
        return EfficientNetTower(visual) if isinstance(visual.trunk, EfficientNet) else TimmTower(visual)
    raise InputError(f"Backbone {name} gives no patch features: choose another, such as ViT-B-16/laion400m_e32")
