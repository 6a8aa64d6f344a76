"""Networks run by ONNX Runtime on the CPU: a graph from a file, its weights handed over by the caller.

A file of a graph holds no weights, only their names and shapes. The runtime gets the arrays before it optimises the
graph, so it folds constants and lays weights out as it does with those of a file.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnxruntime
import torch

_LEAST_SEVERITY = 3  # errors: the runtime's warnings are about files of graphs, not about what is computed
_FLOAT = 1  # TensorProto.FLOAT

# The variable that the package sets ends all reports, but builds for Windows before 1.29 do not read it, nor does a
# runtime that somebody else's code has loaded already: this ends most of theirs.
onnxruntime.disable_telemetry_events()


class Graph:
    """A network on the CPU. Safe in threads, which share its memory.

    It runs in as many threads as torch has. A thread that torch computes alone in (a stream: see
    :mod:`spa_desktop.encoders.parallel_streams`) computes alone here too.
    """

    def __init__(self, content: bytes, weights: Mapping[str, np.ndarray], *, keeps_memory: bool) -> None:
        """Make ready.

        Args:
            content: of the file of the graph.
            weights: float32, contiguous, under the names that the graph has for them.
            keeps_memory: True keeps what the largest inputs needed for the next: quicker by an eighth where many
                photos follow each other, as new memory has to be zeroed. For inputs whose size is bounded.

        Raises:
            Exception: whatever the runtime has to say against it; its errors have no base of their own.
        """
        self._content, self._weights, self._keeps_memory = content, dict(weights), keeps_memory
        self._threads = torch.get_num_threads()
        self._lock = threading.Lock()
        self._sessions: dict[int, onnxruntime.InferenceSession] = {}
        self._session(self._threads)

    def __call__(self, inputs: np.ndarray, outputs: Sequence[str] | None = None) -> list[np.ndarray]:
        """The graph's outputs for its one input: all of them, or those that are named.

        Raises:
            MemoryError: if memory ran out.
        """
        session = self._session(1 if torch.get_num_threads() == 1 else self._threads)
        try:
            results: list[np.ndarray] = session.run(outputs, {session.get_inputs()[0].name: inputs})
        except Exception as error:
            # The arena's words, and those of the C++ library.
            if any(words in str(error) for words in ("Failed to allocate memory", "bad_alloc", "bad allocation")):
                raise MemoryError(str(error)) from error
            raise
        return results

    def _session(self, threads: int) -> onnxruntime.InferenceSession:
        with self._lock:
            if threads not in self._sessions:
                self._sessions[threads] = self._new_session(threads)
            return self._sessions[threads]

    def _new_session(self, threads: int) -> onnxruntime.InferenceSession:
        options: Any = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        options.log_severity_level = _LEAST_SEVERITY
        options.enable_cpu_mem_arena = self._keeps_memory
        # Threads that spin while they wait gain a twentieth, and take the cores from everything else.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        values = [
            onnxruntime.OrtValue.ortvalue_from_numpy_with_onnx_type(array, _FLOAT) for array in self._weights.values()
        ]
        options.add_external_initializers(list(self._weights), values)
        return onnxruntime.InferenceSession(self._content, options, providers=["CPUExecutionProvider"])
