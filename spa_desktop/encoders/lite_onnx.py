"""spa-lite on the CPU: both networks as graphs in ONNX Runtime, with the packages' own weights.

Nothing here needs timm, open_clip or transformers, whose import takes longer than all the rest of loading.
"""

from __future__ import annotations

import functools
import hashlib
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import onnxruntime
import torch
from torch import Tensor

from spa_desktop.encoders import lite_files
from spa_desktop.encoders.encoder import Towers
from spa_desktop.encoders.features import CHANNELS, read_most, texture_width
from spa_desktop.encoders.lite_files import KernelHead, WordPieces
from spa_desktop.encoders.transform import PhotoTransform

# Networks run by ONNX Runtime on the CPU: a graph from a file, its weights handed over by the caller.
#
# A file of a graph holds no weights, only their names and shapes. The runtime gets the arrays before it optimises the
# graph, so it folds constants and lays weights out as it does with those of a file.

_LEAST_SEVERITY = 3  # errors: the runtime's warnings are about files of graphs, not about what is computed
_FLOAT = 1  # TensorProto.FLOAT
_KEPT_SECONDS = 10  # weights that nobody asked for: loading those of texts again takes 0.2 s

# The variable that the package sets ends all reports, but builds for Windows before 1.29 do not read it, nor does a
# runtime that somebody else's code has loaded already: this ends most of theirs.
onnxruntime.disable_telemetry_events()


class Graph:
    """A network on the CPU. Safe in threads, which share its memory.

    It runs in as many threads as torch has. A thread that torch computes alone in (a stream: see
    :mod:`spa_desktop.encoders.photo_stream`) computes alone here too.
    """

    def __init__(
        self, content: bytes, weights: Callable[[], Mapping[str, Tensor]], *, is_needed_now: bool = True
    ) -> None:
        """Make ready, with the content of the file of the graph. What the runtime raises has no base of its own.

        `weights` gives them, float32, under the names that the graph has for them. It is asked for each number of
        threads anew: the runtime makes its own copy, and ours would be as large again. What is not needed now loads
        when it is asked.
        """
        self._content, self._weights = content, weights
        self._threads = torch.get_num_threads()
        self._lock = threading.Lock()
        self._sessions: dict[int, onnxruntime.InferenceSession] = {}
        self._asked = time.monotonic()
        if is_needed_now:
            self._session(self._threads)

    def __call__(self, inputs: np.ndarray, outputs: Sequence[str] | None = None) -> list[np.ndarray]:
        """The graph's outputs for its one input: all of them, or those that are named.

        Raises MemoryError if memory ran out.
        """
        self._asked = time.monotonic()
        try:
            session = self._session(1 if torch.get_num_threads() == 1 else self._threads)
            results: list[np.ndarray] = session.run(outputs, {session.get_inputs()[0].name: inputs})
        except Exception as error:
            # The runtime's words, and those of the C++ library.
            if any(words in str(error) for words in ("Failed to allocate memory", "bad_alloc", "bad allocation")):
                raise MemoryError(str(error)) from error
            raise
        return results

    def release(self) -> bool:
        """Let go of the weights if nobody asked for ten seconds; they are loaded when the graph is asked again.

        Gives whether there were any.
        """
        is_held = bool(self._sessions) and time.monotonic() > self._asked + _KEPT_SECONDS
        if is_held:
            self._sessions.clear()
        return is_held

    def _session(self, threads: int) -> onnxruntime.InferenceSession:
        with self._lock:
            session = self._sessions.get(threads)  # another thread may let go of all at any moment
            if session is None:
                session = self._sessions[threads] = self._new_session(threads)
            return session

    def _new_session(self, threads: int) -> onnxruntime.InferenceSession:
        options: Any = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        options.log_severity_level = _LEAST_SEVERITY
        # An arena, and blocks planned for each shape, gain two hundredths of the time for 180 MB that are never given
        # back: the C library's memory does as well.
        options.enable_cpu_mem_arena = options.enable_mem_pattern = False
        # Threads that spin while they wait gain a twentieth, and take the cores from everything else.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        arrays = {key: tensor.contiguous().numpy() for key, tensor in self._weights().items()}
        values = [onnxruntime.OrtValue.ortvalue_from_numpy_with_onnx_type(array, _FLOAT) for array in arrays.values()]
        options.add_external_initializers(list(arrays), values)
        return onnxruntime.InferenceSession(self._content, options, providers=["CPUExecutionProvider"])


VISION_GRAPH, EIGHT_BIT_GRAPH, TEXT_GRAPH = "vision.onnx", "vision_int8.onnx", "text.onnx"
# Names of the weights that are in neither package.
TEXTURE, TEXT_PROJECTION, TEXT_BIAS = "texture.directions", "text_projection", "text_bias"
# Printed by `python -m models.building.graphs`.
_GRAPHS_SHA256 = {
    VISION_GRAPH: "a00ac214906b0e85a7eb8e8242023f8f00b0b265ef4c2508ece9ce1a2da68436",
    EIGHT_BIT_GRAPH: "e73e3012f8a3b5062a664194a12249fd98e3d6b9361a26fd10dbb75a97c51020",
    TEXT_GRAPH: "99495ec713306db2db87fd5b7af0b57688f1678227c7cc02e0e6ed8709d5d67a",
}
# The first convolution of the stage behind the map that gives the texture.
_READS_THE_TEXTURE = "_blocks.15._expand_conv.weight"
# The image graph's outputs: what every photo is asked, and the maps behind it, which explanations are.
_FEATURES, _MAPS = ("pooled", "patches"), ("middle", "cells")
# Photos at a time, for all cores and for one: more are no quicker, and need more memory.
_PHOTOS, _PHOTOS_ALONE = 4, 1


def runtime_towers(name: str = lite_files.NAME) -> Towers:
    """Both towers of an embedded backbone."""
    config = lite_files.read_config()
    projections = lite_files.read_projections(config)
    folder = lite_files.text_folder()
    fingerprint = str(config["fingerprint"])
    if name == lite_files.EIGHT_BIT:
        fingerprint = hashlib.sha256(f"{fingerprint} {_GRAPHS_SHA256[EIGHT_BIT_GRAPH]}".encode()).hexdigest()
    dim, states = projections["image_projection"].shape[1], len(projections["text_mean"])

    def text() -> dict[str, Tensor]:
        # The graph ends in an affine map. Here it hands the states on as they are, and the head maps them.
        return lite_files.text_weights(folder) | {TEXT_PROJECTION: torch.eye(states, dim), TEXT_BIAS: torch.zeros(dim)}

    # Of the 110 MB of its weights those who look at photos have no need.
    graph = Graph(lite_files.read_graph(TEXT_GRAPH, _GRAPHS_SHA256[TEXT_GRAPH]), text, is_needed_now=False)
    language = TextGraph(graph, lambda: KernelHead(lite_files.read_projections(config)))
    return Towers(
        image_tower(projections["image_projection"], name),
        language,
        WordPieces(folder / "tokenizer.json", lite_files.CONTEXT_LENGTH),
        PhotoTransform(lite_files.TRANSFORM),
        fingerprint,
        lite_files.CONTEXT_LENGTH,
        float(config["logit_scale"]),
        text_fingerprint=str(config["text_fingerprint"]),
        release=language.release,
    )


def image_tower(projection: Tensor, name: str = lite_files.NAME) -> VisionGraph:
    """The image tower alone, with a projection that need not be the one that ships."""
    return VisionGraph(Graph(vision_content(name), functools.partial(vision_graph_weights, name)), projection)


class VisionGraph:
    """EfficientNet-Lite2: what :class:`spa_desktop.encoders.open_clip_towers.EfficientNetTower` gives, in one graph."""

    texture_width = texture_width(CHANNELS)

    def __init__(self, graph: Graph, projection: Tensor) -> None:
        self._graph = graph
        self.projection: Tensor | None = projection

    def __call__(self, images: Tensor) -> tuple[Tensor, Tensor, tuple[int, int]]:
        pooled, patches = self._run(images, _FEATURES)
        return pooled, patches.flatten(1, 2), (patches.shape[1], patches.shape[2])

    def closely(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        pooled, patches, middle, cells = self._run(images, (*_FEATURES, *_MAPS))
        return pooled, patches.flatten(1, 2), middle.flatten(2).transpose(1, 2), cells.transpose(1, 2)

    def _run(self, images: Tensor, outputs: Sequence[str]) -> list[Tensor]:
        size = _PHOTOS_ALONE if torch.get_num_threads() == 1 else _PHOTOS
        pieces = [self._graph(piece.contiguous().numpy(), outputs) for piece in torch.split(images, size)]
        joined = pieces[0] if len(pieces) == 1 else [np.concatenate(parts) for parts in zip(*pieces, strict=True)]
        return [torch.from_numpy(part) for part in joined]


class TextGraph:
    """MiniLM and its tokens' mean in a graph, and the map into the joint space."""

    is_causal = False

    def __init__(self, graph: Graph, read_head: Callable[[], KernelHead]) -> None:
        self._graph, self._read_head = graph, read_head
        self._head: KernelHead | None = None

    def release(self) -> bool:
        """As :meth:`Graph.release`, with the head."""
        is_released = self._graph.release()
        if is_released:
            self._head = None
        return is_released

    def __call__(self, ids: Tensor) -> tuple[Tensor, Tensor]:
        head = self._head = self._head or self._read_head()
        # Padding is masked, so the columns that only pad change nothing but the time.
        is_text = ids != WordPieces.padding
        longest = int(is_text.sum(dim=1).max())
        ids, is_text = ids[:, :longest], is_text[:, :longest]
        sentences, tokens = map(torch.from_numpy, self._graph(ids.contiguous().numpy()))
        with torch.no_grad():
            places = head(torch.cat([sentences, tokens[is_text]])[:, : len(head.get_buffer("text_mean"))])
        states = places.new_zeros(*ids.shape, places.shape[1])
        states[is_text] = places[len(ids) :]
        return places[: len(ids)], states


def vision_content(name: str = lite_files.NAME) -> bytes:
    """The file of the image network's graph, which has no weights but in eight bits."""
    file = EIGHT_BIT_GRAPH if name == lite_files.EIGHT_BIT else VISION_GRAPH
    return lite_files.read_graph(file, _GRAPHS_SHA256[file])


def vision_graph_weights(name: str = lite_files.NAME) -> dict[str, Tensor]:
    """The weights that the image network's graph lacks, under the names that it has for them."""
    if name == lite_files.EIGHT_BIT:
        return {}
    stored = lite_files.vision_weights()
    # The classifier is not used, and what batch norms counted in training neither.
    weights = {
        key: tensor for key, tensor in stored.items() if tensor.is_floating_point() and not key.startswith("_fc.")
    }
    directions = read_most(stored[_READS_THE_TEXTURE].flatten(1), CHANNELS)
    weights[TEXTURE] = directions.T[..., None, None]
    return weights
