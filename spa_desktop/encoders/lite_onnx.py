"""spa-lite on the CPU: both networks as graphs in ONNX Runtime, with the packages' own weights.

Nothing here needs timm, open_clip or transformers, whose import takes longer than all the rest of loading.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from spa_desktop.encoders import lite_files
from spa_desktop.encoders.kernel_head import KernelHead
from spa_desktop.encoders.onnx_network import Graph
from spa_desktop.encoders.second_order_pooling import CHANNELS, read_most, texture_width
from spa_desktop.encoders.towers import Towers
from spa_desktop.encoders.transform import PhotoTransform
from spa_desktop.encoders.word_pieces import WordPieces

VISION_GRAPH, TEXT_GRAPH = "vision.onnx", "text.onnx"
# Names of the weights that are in neither package.
TEXTURE, TEXT_PROJECTION, TEXT_BIAS = "texture.directions", "text_projection", "text_bias"
# Printed by `python -m models.building.graphs`.
_GRAPHS_SHA256 = {
    VISION_GRAPH: "a00ac214906b0e85a7eb8e8242023f8f00b0b265ef4c2508ece9ce1a2da68436",
    TEXT_GRAPH: "99495ec713306db2db87fd5b7af0b57688f1678227c7cc02e0e6ed8709d5d67a",
}
# The first convolution of the stage behind the map that gives the texture.
_READS_THE_TEXTURE = "_blocks.15._expand_conv.weight"
# The image graph's outputs: what every photo is asked, and the maps behind it, which explanations are.
_FEATURES, _MAPS = ("pooled", "patches"), ("middle", "cells")
# Photos at a time, for all cores and for one: more are no quicker, and the graph keeps the memory that they needed.
_PHOTOS, _PHOTOS_ALONE = 4, 1


def runtime_towers() -> Towers:
    """Both towers.

    Raises:
        InputError: if a file is missing or has another checksum than pinned.
        Exception: whatever ONNX Runtime has to say.
    """
    config = lite_files.read_config()
    projections = lite_files.read_projections(config)
    folder = lite_files.text_folder()
    # The graph ends in an affine map. Here it hands the states on as they are, and the head maps them.
    dim, states = projections["image_projection"].shape[1], len(projections["text_mean"])
    text = lite_files.text_weights(folder) | {TEXT_PROJECTION: torch.eye(states, dim), TEXT_BIAS: torch.zeros(dim)}
    return Towers(
        image_tower(projections["image_projection"]),
        TextGraph(_graph(_content(TEXT_GRAPH), text, keeps_memory=False), KernelHead(projections)),
        WordPieces(folder / "tokenizer.json", lite_files.CONTEXT_LENGTH),
        PhotoTransform(lite_files.TRANSFORM),
        str(config["fingerprint"]),
        lite_files.CONTEXT_LENGTH,
        float(config["logit_scale"]),
        text_fingerprint=str(config["text_fingerprint"]),
    )


def image_tower(projection: Tensor) -> VisionGraph:
    """The image tower alone, with a projection that need not be the one that ships.

    Raises:
        InputError: if a file is missing or has another checksum than pinned.
        Exception: whatever ONNX Runtime has to say.
    """
    return VisionGraph(_graph(vision_content(), vision_graph_weights(), keeps_memory=True), projection)


class VisionGraph:
    """EfficientNet-Lite2: what :class:`spa_desktop.encoders.image_towers.EfficientNetTower` gives, in one graph."""

    texture_width = texture_width(CHANNELS)

    def __init__(self, graph: Graph, projection: Tensor) -> None:
        self._graph = graph
        self.projection: Tensor | None = projection

    def __call__(self, images: Tensor) -> tuple[Tensor, Tensor, tuple[int, int]]:
        pooled, patches = self._run(images, _FEATURES)
        return pooled, patches.flatten(1, 2), (patches.shape[1], patches.shape[2])

    def closely(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Pooled, patches, and the maps ``(B, N, C)`` and ``(B, n, k)`` that the pooled feature is made of."""
        pooled, patches, middle, cells = self._run(images, (*_FEATURES, *_MAPS))
        return pooled, patches.flatten(1, 2), middle.flatten(2).transpose(1, 2), cells.transpose(1, 2)

    def _run(self, images: Tensor, outputs: Sequence[str]) -> list[Tensor]:
        size = _PHOTOS_ALONE if torch.get_num_threads() == 1 else _PHOTOS
        pieces = [self._graph(piece.contiguous().numpy(), outputs) for piece in torch.split(images, size)]
        joined = pieces[0] if len(pieces) == 1 else [np.concatenate(parts) for parts in zip(*pieces, strict=True)]
        return [torch.from_numpy(part) for part in joined]


class TextGraph:
    """MiniLM and its tokens' mean in a graph, and the map into the joint space."""

    def __init__(self, graph: Graph, head: KernelHead) -> None:
        self._graph, self._head = graph, head

    def __call__(self, ids: Tensor) -> tuple[Tensor, Tensor]:
        # Padding is masked, so the columns that only pad change nothing but the time.
        longest = int((ids != WordPieces.padding).sum(dim=1).max())
        sentences, tokens = self._graph(ids[:, :longest].contiguous().numpy())
        width = len(self._head.get_buffer("text_mean"))
        with torch.no_grad():
            return self._head(torch.from_numpy(sentences)[:, :width]), self._head(torch.from_numpy(tokens)[..., :width])


def _graph(content: bytes, weights: dict[str, Tensor], *, keeps_memory: bool) -> Graph:
    arrays = {key: tensor.contiguous().numpy() for key, tensor in weights.items()}
    return Graph(content, arrays, keeps_memory=keeps_memory)


def _content(name: str) -> bytes:
    return lite_files.read_graph(name, _GRAPHS_SHA256[name])


def vision_content() -> bytes:
    """The file of the image network's graph, which has no weights.

    Raises:
        InputError: if it is missing or has another checksum.
    """
    return _content(VISION_GRAPH)


def vision_graph_weights() -> dict[str, Tensor]:
    """The weights of the image network under the names that its graph has for them.

    Raises:
        InputError: if the package is missing or its file has another checksum.
    """
    stored = lite_files.vision_weights()
    # The classifier is not used, and what batch norms counted in training neither.
    weights = {
        key: tensor for key, tensor in stored.items() if tensor.is_floating_point() and not key.startswith("_fc.")
    }
    directions = read_most(stored[_READS_THE_TEXTURE].flatten(1), CHANNELS)
    weights[TEXTURE] = directions.T[..., None, None]
    return weights
