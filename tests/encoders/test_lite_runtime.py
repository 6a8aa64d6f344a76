"""spa-lite in ONNX Runtime says what it says in torch, and torch steps in where the runtime does not work."""

import hashlib
import importlib
import itertools
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch
from open_clip.tokenizer import HFTokenizer
from torch.nn.functional import cosine_similarity

from spa_desktop.encoders import lite_files as files
from spa_desktop.encoders import lite_onnx, lite_torch
from spa_desktop.encoders.backbones import load_encoder, load_lite
from spa_desktop.encoders.open_clip_towers import OpenClipTokens
from spa_desktop.encoders.photo_stream import encode_views, inputs_of
from spa_desktop.errors import InputError
from spa_desktop.photos.opening import open_photo

REPOSITORY = Path(__file__).resolve().parents[2]
TEXTS = [
    "a photo of a dog.",
    "accordion",
    "",
    "The quick brown fox jumps over the lazy dog’s back, 3.5 km away!",
    "Ünïcödé straße, schÃ¶n",
    "漢字とカタカナ",
    "&amp; &lt;b&gt; \u00a0 a\u200bb\u00adc",
    "supercalifragilistic" * 9,
    "[SEP] then [MASK], ##ing",
    "🐶 and 🐱",
    "very " * 300 + "old dog",
]


@pytest.fixture(scope="module")
def photos(lite, demo_set):
    """Inputs of the demo's photos, of each class of a task one."""
    paths = [demo_set[0].photos(name, "test")[0] for name in demo_set[0].classes]
    return [inputs_of(lite, open_photo(path, at_least=2 * lite.input_size)) for path in paths]


def least_cosine(one, other):
    """Of all rows that are not zero everywhere, which a patch of an even surface may be."""
    one, other = one.double(), other.double()
    is_there = one.norm(dim=-1) > 0
    assert torch.equal(is_there, other.norm(dim=-1) > 0)
    return float(cosine_similarity(one[is_there], other[is_there], dim=-1).min())


def check_same(lite, lite_by_torch, photos):
    found = [encode_views(lite, inputs[None]) for inputs in photos]
    expected = [encode_views(lite_by_torch, inputs[None]) for inputs in photos]
    for place, parts in enumerate([(0, 1280, 1696, 2516), (0, 1280)]):
        one, other = (torch.cat([photo[place] for photo in encoder]) for encoder in (found, expected))
        assert (one.shape, one.dtype) == (other.shape, other.dtype)
        for start, end in itertools.pairwise(parts):
            assert least_cosine(one[..., start:end], other[..., start:end]) > 1 - 1e-7
        assert torch.allclose(one, other, atol=1e-3)


def test_features_of_drawn_photos(lite, lite_by_torch, photos):
    assert isinstance(lite._vision, lite_onnx.VisionGraph)
    assert not isinstance(lite_by_torch._vision, lite_onnx.VisionGraph)
    check_same(lite, lite_by_torch, photos)


def test_texts(lite, lite_by_torch):
    for texts in (TEXTS[:-1], TEXTS[-1:]):  # those beside it would be padded to the longest
        found, expected = lite.encode_texts(texts), lite_by_torch.encode_texts(texts)
        assert torch.equal(found.mask, expected.mask)
        # Rounding in single precision differs with the processor: 0.8e-5 on one, 1.7e-5 on another with AMX.
        assert torch.allclose(found.sentence, expected.sentence, atol=5e-5)
        assert torch.allclose(found.tokens, expected.tokens, atol=1e-4)


def test_what_texts_alone_need_is_let_go_of_and_read_again(lite, monkeypatch):
    before = lite.encode_texts(TEXTS[:2]).sentence
    assert not lite.release(), "somebody asked just now"
    monkeypatch.setattr(lite_onnx, "_KEPT_SECONDS", -1)
    assert lite.release()
    assert lite._language._head is None
    assert torch.equal(lite.encode_texts(TEXTS[:2]).sentence, before)


def test_tokens_are_those_of_open_clip(lite):
    tokenizer = HFTokenizer(str(files.text_folder()), context_length=lite.context_length)
    tokens = OpenClipTokens(tokenizer, lite.context_length, 30_522)
    ids = tokens.ids(TEXTS)
    assert torch.equal(lite.tokens.ids(TEXTS), ids)
    assert torch.equal(lite.tokens.words(ids), tokens.words(ids))
    assert [lite.tokens.count(text) for text in TEXTS] == [tokens.count(text) for text in TEXTS]


def test_the_fingerprint_is_the_one_that_torch_takes_of_the_weights():
    config = files.read_config()
    projections = files.read_projections(config)
    assert lite_torch.fingerprint(projections, config["logit_scale"]) == config["text_fingerprint"]
    # Photos' features are known by the fingerprint of the build that made this image projection.
    image = projections["image_projection"].half().numpy().tobytes()
    assert hashlib.sha256(image).hexdigest() == config["image_projection_sha256"]


def test_threads_share_the_graph(lite, photos):
    alone = [encode_views(lite, inputs[None]) for inputs in photos]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda inputs: encode_views(lite, inputs[None]), photos))
    for one, other in zip(alone, together, strict=True):
        assert torch.allclose(one[0], other[0], atol=1e-5)
        assert torch.allclose(one[1], other[1], atol=1e-4)


def files_graph():
    return lite_onnx.Graph(lite_onnx.vision_content(), lite_onnx.vision_graph_weights)


@pytest.mark.parametrize("words", ["Failed to allocate memory for requested buffer of size 9", "std::bad_alloc"])
def test_memory_that_runs_out_is_named(monkeypatch, words):
    class Full:
        def get_inputs(self):
            return [type("Input", (), {"name": "images"})]

        def run(self, names, inputs):
            raise error

    graph = files_graph()
    monkeypatch.setattr(graph, "_session", lambda threads: Full())
    error = Exception(words)
    with pytest.raises(MemoryError):
        graph(torch.zeros(1, 3, 260, 260).numpy())
    error = ValueError("another")
    with pytest.raises(ValueError, match="another"):
        graph(torch.zeros(1, 3, 260, 260).numpy())


def missing(monkeypatch):
    for name in ("onnxruntime", "spa_desktop.encoders.lite_onnx"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.delattr("spa_desktop.encoders.lite_onnx", raising=False)
    monkeypatch.setitem(sys.modules, "onnxruntime", None)


def failing(monkeypatch):
    def fail(_name):
        raise OSError("DLL load failed\nwhile importing")

    monkeypatch.setattr(lite_onnx, "runtime_towers", fail)


@pytest.mark.parametrize(("happens", "why"), [(missing, "import of onnxruntime"), (failing, r"DLL load failed\)")])
def test_without_the_runtime_torch_steps_in(monkeypatch, towers_by_torch, happens, why):
    monkeypatch.setattr(lite_torch, "torch_towers", lambda: towers_by_torch)
    happens(monkeypatch)
    messages = []
    assert load_lite(on_message=messages.append)._vision is towers_by_torch.vision
    assert len(messages) == 1
    assert re.fullmatch(rf"ONNX Runtime cannot be used \({why}.*: photos are encoded by torch, .*", messages[0])


@pytest.mark.parametrize("name", [lite_onnx.VISION_GRAPH, lite_onnx.EIGHT_BIT_GRAPH, lite_onnx.TEXT_GRAPH])
def test_a_damaged_graph_is_named(copied_models, name):
    (copied_models / name).write_bytes(b"no graph")
    with pytest.raises(InputError, match=rf"{name} has the wrong checksum.*reinstall"):
        load_lite("spa-lite-int8" if name == lite_onnx.EIGHT_BIT_GRAPH else "spa-lite")


def test_the_graphs_are_what_the_script_writes():
    pytest.importorskip("onnx")
    made = importlib.import_module("models.building.graphs.__main__").graphs()
    assert set(made) == {lite_onnx.VISION_GRAPH, lite_onnx.EIGHT_BIT_GRAPH, lite_onnx.TEXT_GRAPH}
    for name, content in made.items():
        assert content == (files.models_dir() / files.NAME / name).read_bytes(), f"run models.building.graphs: {name}"
        # Names and shapes, no weights; a byte for each in eight bits.
        assert len(content) < (5_300_000 if name == lite_onnx.EIGHT_BIT_GRAPH else 100_000)


def test_eight_bits_are_near_the_features_of_single_precision_and_never_taken_for_them(lite, photos):
    eight = load_encoder("spa-lite-int8", device="cpu")
    assert (eight.name, eight.text_fingerprint) == ("spa-lite-int8", lite.text_fingerprint)
    assert eight.fingerprint != lite.fingerprint
    assert torch.equal(eight.image_projection, lite.image_projection)
    for inputs in photos:
        (one, some), (other, others) = (encode_views(encoder, inputs[None]) for encoder in (lite, eight))
        for start, end in itertools.pairwise((0, 1280, 1696, 2516)):
            assert 0.98 < least_cosine(one[..., start:end], other[..., start:end]) < 1 - 1e-6
        assert cosine_similarity(some, others, dim=-1).mean() > 0.98
    # They are whole numbers on the way, so all but the same on every machine: what is learned is stored in them.
    parts = eight.encode_images(photos[0][:1]).pooled[0].split([1280, 416, 820])
    assert [float(part.norm()) for part in parts] == pytest.approx([10.749, 70.66, 1.0], rel=1e-3)


def test_eight_bits_need_the_runtime_and_no_other_device(monkeypatch):
    taken = []
    monkeypatch.setattr("spa_desktop.encoders.backbones.ClipEncoder", lambda towers, **said: taken.append(said))
    load_lite("spa-lite-int8", device=torch.device("cuda"))
    assert taken[0]["device"] is None

    failing(monkeypatch)
    with pytest.raises(InputError, match=r"spa-lite-int8 needs ONNX Runtime.*\(DLL load failed\): use spa-lite"):
        load_lite("spa-lite-int8")


def test_two_products_of_bytes_fit_sixteen_bits():
    """As processors without VNNI add them: more would be cut off there, and features be others."""
    onnx = pytest.importorskip("onnx")
    model = onnx.load(files.models_dir() / files.NAME / lite_onnx.EIGHT_BIT_GRAPH)
    arrays = [onnx.numpy_helper.to_array(one) for one in model.graph.initializer]
    weights = [one for one in arrays if one.dtype == np.int8 and one.shape[1] > 1]
    assert len(weights) == 42
    assert 2 * 255 * max(int(np.abs(one.astype(int)).max()) for one in weights) < 2**15


def test_encoding_and_learning_need_none_of_the_slow_libraries():
    """Nor does the list of backbones, which the settings show: open_clip would stay, 200 MB of Python's objects."""
    slow = ("open_clip", "timm", "transformers", "torchvision", "sklearn", "ot")
    code = f"""
import sys
import torch
from PIL import Image
from spa_desktop.encoders.backbones import list_backbones, load_encoder
from spa_desktop.spa.learner import SpaLearner
assert len(list_backbones()) == 6
encoder = load_encoder("spa-lite", device="cpu")
encoder.encode_texts(["a dog"])
encoder.encode_images(encoder.preprocess(Image.new("RGB", (40, 30)))[None])
print([name for name in {slow} if name in sys.modules])
from tests.spa.conftest import World
world = World()
SpaLearner(world.projection).learn([world.samples(0), world.samples(1)])
print("torch._dynamo" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=REPOSITORY)
    assert (done.stdout.split(), done.returncode) == (["[]", "False"], 0), done.stderr


def test_other_devices_are_torchs(monkeypatch, towers_by_torch):
    monkeypatch.setattr(lite_torch, "torch_towers", lambda: towers_by_torch)
    monkeypatch.setattr(lite_onnx, "runtime_towers", lambda: pytest.fail("not on this device"))
    taken = []
    monkeypatch.setattr("spa_desktop.encoders.backbones.ClipEncoder", lambda towers, **_: taken.append(towers))
    load_lite(device=torch.device("cuda"))
    assert taken == [towers_by_torch]
