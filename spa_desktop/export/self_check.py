"""An exported model is asked before it is handed out: it must answer as the app does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from spa_desktop.errors import SpaError
from spa_desktop.export.model_graph import PHOTO, PROBABILITIES

if TYPE_CHECKING:
    from PIL import Image

    from spa_desktop.export.exported_classifier import ExportedClassifier

# Photos differ by less than 0.01. A drawn picture belongs to no class, and its probabilities turn on single patches.
_MOST = 0.1
_SIZES = ((400, 300), (300, 520))


def check_model(what: ExportedClassifier, model: bytes) -> None:
    """Ask the model and the app about drawn pictures.

    Raises:
        SpaError: if the model cannot be run, or answers otherwise than the app.
    """
    import onnxruntime

    from spa_desktop.encoders.photo_stream import encode_views, inputs_of
    from spa_desktop.feature_store import as_kept

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        for seed, size in enumerate(_SIZES):
            picture = _drawn(seed, size)
            pooled, patches = encode_views(what.encoder, inputs_of(what.encoder, picture)[None])
            scores = what.learner.scores(pooled, as_kept(what.encoder.project(patches)))
            ours = scores[0].softmax(dim=-1).cpu().numpy()
            theirs = session.run([PROBABILITIES], {PHOTO: np.asarray(picture)})[0]
            if not np.abs(ours - theirs).max() <= _MOST:
                raise SpaError("The exported model does not answer as the app does, so it was not written")
    except SpaError:
        raise
    except Exception as error:  # the runtime's errors have no base of their own
        first = (str(error).strip() or type(error).__name__).splitlines()[0][:200]
        raise SpaError(f"The exported model cannot be run, so it was not written: {first}") from error


def _drawn(seed: int, size: tuple[int, int]) -> Image.Image:
    """Soft blotches of colour."""
    from PIL import Image

    cells = np.random.default_rng(seed).integers(0, 256, (6, 6, 3), dtype=np.uint8)
    return Image.fromarray(cells).resize(size, Image.Resampling.BICUBIC)
