"""Batch norms folded into the convolutions before them: the same features, fewer steps."""

from __future__ import annotations

from itertools import pairwise

from timm.layers.norm_act import BatchNormAct2d
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval


def fold_batch_norms(module: nn.Module) -> None:
    """Fold every batch norm that directly follows a convolution, in place, in evaluation mode.

    timm's EfficientNets list a convolution and the ``BatchNormAct2d`` behind it as neighbours in one block; what is
    left of the latter is its activation. Equal to rounding (tested).
    """
    for parent in module.modules():
        children = list(parent.named_children())
        for (first, convolution), (second, norm) in pairwise(children):
            if isinstance(convolution, nn.Conv2d) and isinstance(norm, BatchNormAct2d):
                setattr(parent, first, fuse_conv_bn_eval(convolution, norm))
                setattr(parent, second, nn.Sequential(norm.drop, norm.act))
