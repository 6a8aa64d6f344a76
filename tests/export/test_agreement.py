"""The exported model against the app, on test photos of each of the demo's classes."""

import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from PIL import Image


@pytest.fixture(scope="module")
def session(exported: Path) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(str(exported / "model.onnx"))


def test_photos_of_one_size_in_a_batch_are_answered_as_alone(session, test_photos):
    photos = [np.asarray(Image.open(path).convert("RGB").resize((320, 300))) for path in test_photos[::11]]
    together = session.run(None, {"photo": np.stack(photos)})
    alone = [session.run(None, {"photo": photo[None]}) for photo in photos]
    assert len(photos) > 2
    for place, answers in enumerate(together):
        np.testing.assert_allclose(answers, np.concatenate([one[place] for one in alone]), atol=1e-4)


def test_it_says_what_it_takes_and_gives(session: onnxruntime.InferenceSession, exported: Path) -> None:
    signature = json.loads((exported / "signature.json").read_text(encoding="utf-8"))
    (photo,) = session.get_inputs()
    assert (photo.name, photo.type, photo.shape) == (
        signature["input"]["name"],
        f"tensor({signature['input']['type']})",
        signature["input"]["shape"],
    )
    outputs = [(one.name, one.shape) for one in session.get_outputs()]
    assert outputs == [(one["name"], one["shape"]) for one in signature["outputs"]]
    assert [len(task["labels"]) for task in signature["tasks"]] == [4, 4]
    assert signature["none_of_these"] == {"output": "known", "threshold": 0.5}
    said = session.get_modelmeta().custom_metadata_map
    assert json.loads(said["labels"]) == signature["labels"]
    assert said["backbone"].split() == list(signature["backbone"].values())
    names = [node.name for node in onnx.load(exported / "model.onnx").graph.node]
    assert len(names) == len(set(names) - {""}), "a profiler tells nodes apart"
    assert signature["model"]["bytes"] == (exported / "model.onnx").stat().st_size
