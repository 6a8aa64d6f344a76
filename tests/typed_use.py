"""The public API as a program that checks its types uses it. Nothing runs this: `make lint` reads it with mypy."""

from typing import Any, assert_type

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch.utils.data import Dataset

from spa_desktop import BadInput, Explanation, InputError, JobEvent, PhotoLike, SpaClassifier, discover


class Own:
    """An encoder of one's own."""

    fingerprint, input_size = "mine", 224

    def encode(self, images: torch.Tensor) -> tuple[torch.Tensor, NDArray[np.float32], tuple[int, int]]:
        return images.mean((2, 3)), images.flatten(2).mT.numpy(), (224, 224)


def watch(event: JobEvent) -> None:
    assert_type(event.values, tuple[tuple[str, float], ...])


def use(photos: list[PhotoLike], pairs: Dataset[tuple[Image.Image, int]]) -> type[InputError]:
    made = assert_type(SpaClassifier(on_progress=watch).fit(pairs), SpaClassifier)
    made.partial_fit(photos, np.array([True, False]), classes=[True, False], descriptions={True: ["long neck"]})
    assert_type(made.predict("who.jpg"), NDArray[Any])
    assert_type(made.predict_proba(torch.zeros(2, 3, 40, 50)), NDArray[np.float64])
    assert_type(made.decision_function(b"of a file"), NDArray[np.float64])
    assert_type(made.transform(Image.new("L", (40, 50))), NDArray[np.float32])
    assert_type(made.most_useful(str(place) for place in range(9)), NDArray[np.int64])
    assert_type(made.predict_frame(np.zeros((40, 50, 3), np.uint8), "BGR"), tuple[str | int | None, float])
    assert_type(made.explain(photos[0], "llama").plan, NDArray[np.float32])
    assert_type(made.explain(photos[0]), Explanation)
    assert_type(discover(photos, made)[0].indices, list[int])
    SpaClassifier(backbone=Own()).save("own.safetensors")
    assert_type(SpaClassifier.load("own.safetensors", backbone=Own()), SpaClassifier)
    SpaClassifier(backbone=3)  # type: ignore[arg-type]
    made.predict(3)  # type: ignore[arg-type]
    made.predict_frame(np.zeros((40, 50, 3), np.uint8), "GBR")  # type: ignore[arg-type]
    return BadInput
