"""predict.py as a person runs it, by itself: with its three packages, and without this project on its path."""

import hashlib
import importlib.metadata
import importlib.util
import io
import json
import os
import runpy
import shutil
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jsonschema
import numpy as np
import pytest
from packaging.requirements import Requirement
from PIL import Image

from spa_desktop import SpaClassifier
from spa_desktop.photos import decoding
from spa_desktop.photos.opening import open_photo
from spa_desktop.project.folders import PHOTO_SUFFIXES
from tests.conftest import REPOSITORY
from tests.hostile import FORGED, UNSAFE

PACKAGES = ("numpy", "Pillow", "onnxruntime")


@dataclass(frozen=True)
class Ran:
    """What predict.py said."""

    returncode: int
    stdout: str
    stderr: str

    @property
    def images(self) -> list[dict[str, Any]]:
        images: list[dict[str, Any]] = json.loads(self.stdout)["images"]
        return images


@pytest.fixture
def predict(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> Callable[..., Ran]:
    """Runs the script of a folder in this process: a second less for each."""

    def run(folder: Path, *arguments: object) -> Ran:
        monkeypatch.setattr(sys, "argv", ["predict.py", *map(str, arguments)])
        capfd.readouterr()
        try:
            code = loaded(folder).main()
        except SystemExit as end:  # argparse's own
            code = int(end.code or 0)
        return Ran(code, *capfd.readouterr())

    return run


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder to import from with the script's packages and what they need, and nothing else."""
    folder, wanted = tmp_path_factory.mktemp("packages"), [*PACKAGES]
    for name in wanted:
        asked = [Requirement(text) for text in importlib.metadata.requires(name) or []]
        needed = [one.name for one in asked if one.marker is None or one.marker.evaluate({"extra": ""})]
        wanted += [one for one in needed if one not in wanted]
        files = importlib.metadata.files(name) or []
        for top in {file.parts[0] for file in files if file.parts[0] != ".."}:
            if not (folder / top).exists():
                (folder / top).symlink_to(importlib.metadata.distribution(name).locate_file(top))
    return folder


def alone(packages: Path, home: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Python in a process with these packages alone and an empty home."""
    environment = {"PATH": os.defpath, "HOME": str(home), "TMPDIR": str(home), "PYTHONPATH": str(packages)}
    command = [sys.executable, "-S", "-B", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=home, env=environment, timeout=120)


@pytest.fixture(scope="module")
def odd_photos(tmp_path_factory: pytest.TempPathFactory, test_photos: list[Path]) -> Path:
    """The first test photo turned by EXIF, transparent, grey, of sixteen bits, huge, and two that are none."""
    folder = tmp_path_factory.mktemp("odd")
    with Image.open(test_photos[0]) as photo:
        exif = photo.getexif()
        exif[0x0112] = 6
        photo.transpose(Image.Transpose.ROTATE_90).save(folder / "a turned.png", exif=exif)
        clear = photo.convert("RGBA")
        clear.putalpha(photo.convert("L"))
        clear.save(folder / "b clear.png")
        photo.convert("L").save(folder / "c grey.png")
        deep = np.asarray(photo.convert("L")).astype(np.uint16) * 257
        Image.fromarray(deep).save(folder / "d deep.png")
        photo.resize((2400, 1800)).convert("CMYK").save(folder / "e large.jpg", quality=95)
        photo.quantize(16).save(folder / "f palette.gif")
    (folder / "nested").mkdir()
    (folder / "nested" / "g cut.jpg").write_bytes(test_photos[0].read_bytes()[:300])
    (folder / "nested" / "notes.txt").write_text("no photo")
    return folder


@pytest.mark.slow
def test_it_answers_as_the_app_does_with_three_packages(exported, learned, test_photos, odd_photos, packages, tmp_path):
    """And nothing is left in the home, where ONNX Runtime keeps a device's number and what it will send there."""
    odd = sorted(odd_photos.glob("*.*"))
    given = "--json", "--explain", "--top", 8, *test_photos[::10], odd_photos
    ran = alone(packages, tmp_path, exported / "predict.py", *given)
    assert ran.returncode == 0, ran.stderr
    assert list(tmp_path.iterdir()) == []
    assert "No module named 'torch'" in alone(packages, tmp_path, "-c", "import torch").stderr
    document = json.loads(ran.stdout)
    jsonschema.validate(document, json.loads((REPOSITORY / "docs/schema/classify.json").read_text()))
    images = document["images"]
    assert [Path(image["path"]) for image in images] == [*test_photos[::10], *odd, odd_photos / "nested" / "g cut.jpg"]
    assert "g cut.jpg" in images[-1]["error"]
    assert "1 of " in ran.stderr
    assert "photos could not be read" in ran.stderr
    paths = [Path(image["path"]) for image in images[:-1]]
    expected = learned.predict_proba(paths)
    assert [image["rejected"] for image in images[:-1]] == [one is None for one in learned.predict(paths, reject=True)]
    for image, row in zip(images[:-1], expected, strict=True):
        ours = dict(zip(learned.classes_.tolist(), row, strict=True))
        assert image["top"][0]["class"] == max(ours, key=ours.__getitem__)
        for one in image["top"]:
            assert one["probability"] == pytest.approx(ours[one["class"]], abs=0.01)
        assert image["patches"]["grid"] == [9, 9]
        assert image["rejected"] is (image["known"] < 0.5)
        assert image["answer"] == ("none of these" if image["rejected"] else image["top"][0]["class"])


def test_what_eight_bits_learned_answers_as_the_app_does(predict, demo_set, test_photos, tmp_path):
    """And is kept as such: what single precision learned is another backbone's."""
    names = demo_set[0].classes
    given = [(photo, name) for name in names for photo in demo_set[0].photos(name, "train")[:2]]
    said = {name: [name, f"the colours of a {name}"] for name in names}
    classifier = SpaClassifier(backbone="spa-lite-int8", progress=False)
    classifier.partial_fit([photo for photo, _ in given], [name for _, name in given], said)
    classifier.save(tmp_path / "saved")
    again = SpaClassifier.load(tmp_path / "saved")
    assert again.backbone == "spa-lite-int8"
    classifier.export(tmp_path / "out")
    assert json.loads((tmp_path / "out" / "signature.json").read_text())["backbone"]["name"] == "spa-lite-int8"
    assert (tmp_path / "out" / "model.onnx").stat().st_size < 25_000_000
    photos = test_photos[:8:2]
    images = predict(tmp_path / "out", "--json", "--top", 4, *photos).images
    for image, row in zip(images, again.predict_proba(photos), strict=True):
        ours = dict(zip(again.classes_.tolist(), row, strict=True))
        for one in image["top"]:
            assert one["probability"] == pytest.approx(ours[one["class"]], abs=0.02)


def test_it_takes_photos_as_large_as_the_app_does():
    limits = runpy.run_path(str(REPOSITORY / "resources" / "export" / "predict.py"))
    ours = (decoding.MAX_PIXELS, decoding.PIXELS_OF_A_DRAWING, decoding.MOST_PIXELS_A_BYTE, decoding.PIXELS_TO_REDUCE)
    names = ("MOST_PIXELS", "PIXELS_OF_A_DRAWING", "MOST_PIXELS_A_BYTE", "PIXELS_TO_REDUCE")
    assert tuple(limits[name] for name in names) == ours
    assert limits["SUFFIXES"] == PHOTO_SUFFIXES


@pytest.mark.parametrize(
    ("name", "values", "saved"),
    [
        ("white is 0.tif", np.arange(6400, dtype=np.uint16).reshape(80, 80) * 10, {"tiffinfo": {262: 0}}),
        ("infinite.tif", np.float32([[0.2, np.inf], [np.nan, 0.7]]), {}),
        ("broken exif.png", np.full((4, 4, 3), 9, np.uint8), {"exif": b"Exif\0\0XXXXXXXX"}),
        ("large.png", np.zeros((3000, 4096), np.uint8), {}),
    ],
    ids=["white is 0", "infinite", "broken exif", "large"],
)
def test_odd_photos_have_the_pixels_that_the_app_sees(exported, tmp_path, name, values, saved):
    Image.fromarray(values).save(tmp_path / name, **saved)
    ours = open_photo(tmp_path / name, at_least=520)
    np.testing.assert_array_equal(loaded(exported).open_photo(tmp_path / name), ours)


def test_a_list_is_read_and_what_a_folder_hides_is_passed_over(predict, exported, test_photos, tmp_path, monkeypatch):
    (tmp_path / ".trash").mkdir()
    for name in (".trash/a.png", "._b.png", "c.png"):
        shutil.copy(test_photos[0], tmp_path / name)
    (tmp_path / "d.jpg").write_text("%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n")  # would start a program
    listed = SimpleNamespace(buffer=io.BytesIO(f"{test_photos[1]}\r\n\n{tmp_path}\n".encode()))
    monkeypatch.setattr(sys, "stdin", listed)
    images = predict(exported, "--json", "-").images
    assert [image["path"] for image in images] == [
        str(test_photos[1]),
        *(str(tmp_path / name) for name in ("c.png", "d.jpg")),
    ]
    assert "cannot identify" in images[-1]["error"]
    monkeypatch.setattr(sys, "stdin", None)
    assert "There is no photo" in predict(exported, "-").stderr


@pytest.mark.parametrize(
    ("arguments", "code", "line"),
    [
        (["--top", "0", "x.jpg"], 2, "--top must be 1 or more"),
        (["missing.jpg"], 1, "missing.jpg is missing"),
        (["x" * 5000], 1, "is no photo that can be read"),
        (["--camera", "99"], 2, "amera"),
    ],
)
def test_bad_input_is_one_line(predict, exported, arguments, code, line):
    ran = predict(exported, *arguments)
    assert ran.returncode == code
    assert line in ran.stderr


def test_a_video_is_answered_a_frame_a_second(predict, exported, test_photos, tmp_path, monkeypatch):
    """Of 2.5 seconds at 10 pictures a second, played by what has the part of OpenCV's interface that is used."""
    frame, clip, shown = np.asarray(Image.open(test_photos[0]).convert("RGB")), tmp_path / "clip.mp4", iter(range(25))
    film = SimpleNamespace(at=0, release=lambda: None, retrieve=lambda: (True, frame))
    film.grab = lambda: (at := next(shown, None)) is not None and vars(film).update(at=at) is None
    film.get = lambda _: 100.0 * film.at
    opencv = SimpleNamespace(
        VideoCapture=lambda _: film, CAP_PROP_POS_MSEC=0, COLOR_BGR2RGB=4, cvtColor=lambda one, _: one
    )
    monkeypatch.setitem(sys.modules, "cv2", opencv)
    assert "clip.mp4 is missing" in predict(exported, clip).stderr
    clip.write_bytes(b"")
    images = predict(exported, "--json", clip).images
    assert [image["second"] for image in images] == [0, 1, 2]
    assert {image["answer"] for image in images} == {predict(exported, "--json", test_photos[0]).images[0]["answer"]}
    assert "clip.mp4 is no video" in predict(exported, clip).stderr, "the film has ended"
    monkeypatch.setitem(sys.modules, "cv2", None)
    assert "pip install opencv-python" in predict(exported, clip).stderr


def test_stopped_by_ctrl_c(exported: Path, test_photos: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    script = loaded(exported)

    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(script, "open_photo", stopped)
    monkeypatch.setattr(sys, "argv", ["predict.py", str(test_photos[0])])
    assert script.main() == 130


def test_a_photo_of_a_telephone_that_cannot_be_read_is_told(predict, exported, test_photos, tmp_path, monkeypatch):
    shutil.copy(test_photos[0], tmp_path / "a.jpe")
    (tmp_path / "b.HEIC").write_bytes(bytes(24))
    ran = predict(exported, "--top", 2, tmp_path)
    assert ran.returncode == 0
    assert ran.stdout.startswith(f"{tmp_path / 'a.jpe'}: ")
    assert ran.stdout.count(" %") == 2
    assert ran.stderr.splitlines()[0].startswith(f"{tmp_path / 'b.HEIC'} is no photo that can be read")
    assert ran.stderr.splitlines()[1:] == ["1 of 2 photos could not be read"]
    script = loaded(exported)
    script.open_photo(heic(tmp_path / "c.heic"))
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    with pytest.raises(script.BadInput, match="needs the package pillow-heif: pip install"):
        script.open_photo(tmp_path / "c.heic")


def heic(path: Path) -> Path:
    """A photo as telephones write them."""
    import pillow_heif

    pillow_heif.from_pillow(Image.new("RGB", (64, 64), "red")).save(path)
    return path


def test_a_damaged_export_is_told(predict: Callable[..., Ran], exported: Path, tmp_path: Path) -> None:
    for name in ("predict.py", "signature.json"):
        shutil.copy(exported / name, tmp_path)
    ran = predict(tmp_path, "x.jpg")
    assert ran.returncode == 2
    assert "is no whole export" in ran.stderr
    (tmp_path / "model.onnx").write_bytes((exported / "model.onnx").read_bytes()[:-1])
    ran = predict(tmp_path, "x.jpg")
    assert ran.returncode == 2
    assert "model.onnx is damaged" in ran.stderr


def changed(exported: Path, folder: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    """The export with another signature."""
    folder.mkdir(exist_ok=True)
    shutil.copy(exported / "predict.py", folder)
    if not (folder / "model.onnx").exists():
        (folder / "model.onnx").symlink_to(exported / "model.onnx")
    signature = json.loads((exported / "signature.json").read_text(encoding="utf-8"))
    change(signature)
    (folder / "signature.json").write_text(json.dumps(signature), encoding="utf-8")
    return folder


@pytest.mark.parametrize(("threshold", "is_rejected"), [(-1.0, False), (1.01, True)])
def test_a_photo_of_none_of_the_classes_is_rejected(predict, exported, test_photos, tmp_path, threshold, is_rejected):
    rule = {"none_of_these": {"output": "known", "threshold": threshold}}
    folder = changed(exported, tmp_path / "strict", lambda signature: signature.update(rule))
    (image,) = predict(folder, "--json", test_photos[0]).images
    assert image["rejected"] is is_rejected
    assert 0 < image["known"] <= 1
    assert (": None of these (nearest: " in predict(folder, test_photos[0]).stdout) is is_rejected


def test_names_of_classes_and_files_reach_the_terminal_as_text(predict, exported, test_photos, tmp_path):
    odd = [f"{number}\x1b[2J\n{FORGED}\u202e\u2066\x9b" for number in range(8)]
    folder = changed(exported, tmp_path / "odd", lambda signature: signature.update(labels=odd))
    photos = tmp_path / f"p\x1b[31m\n{FORGED}"
    photos.mkdir()
    shutil.copy(test_photos[0], photos / "a\r.png")
    (photos / "b\x07.png").write_bytes(b"no photo")
    ran = predict(folder, photos, tmp_path / f"gone\x1b[2J\n{FORGED}.png")
    assert (len(ran.stdout.splitlines()), len(ran.stderr.splitlines())) == (1, 3)
    for text in (ran.stdout, ran.stderr):
        assert FORGED not in text.splitlines()
        assert UNSAFE.search(text) is None, ascii(text)
    assert predict(folder, "--json", photos).images[0]["top"][0]["class"] in odd


@pytest.mark.parametrize(
    ("place", "value"),
    [
        *((("model", "file"), name) for name in ("../model.onnx", "/etc/passwd", "a\\b", "", 7)),
        *((("labels",), value) for value in (None, "cat", [1, 2], ["only one"])),
        *((("none_of_these",), value) for value in ([], {"output": "known", "threshold": float("nan")})),
        (("none_of_these",), {"output": "no such", "threshold": 0.5}),
        *((("input", "decode_at_least"), value) for value in ("x", 0, 10**400)),
        *(((name,), None) for name in ("model", "input")),
        (("model",), {"file": "model.onnx", "sha256": 7}),
    ],
    ids=str,
)
def test_a_signature_that_cannot_be_is_one_line(exported, tmp_path, place, value):
    def change(signature: dict[str, Any]) -> None:
        for name in place[:-1]:
            signature = signature[name]
        signature[place[-1]] = value

    refused(changed(exported, tmp_path, change))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes")
def test_pipes_are_not_waited_for(exported: Path, tmp_path: Path) -> None:
    module = loaded(exported)
    os.mkfifo(tmp_path / "a.png")
    with pytest.raises(module.BadInput, match="no plain file"):
        module.open_photo(tmp_path / "a.png")
    os.mkfifo(tmp_path / "signature.json")
    with pytest.raises(module.BadInput, match="no plain file"):
        module.Classifier(tmp_path)


def test_a_small_file_of_too_many_pixels_is_not_decoded(exported: Path, tmp_path: Path) -> None:
    """Of sixteen bits it took 4 GB."""
    header = b"IHDR" + struct.pack(">IIBBBBB", 13_000, 13_000, 16, 0, 0, 0, 0)
    head = struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + head + struct.pack(">I", 1 << 20) + b"IDAT")
    module = loaded(exported)
    with pytest.raises(module.BadInput, match="million pixels are too many"):
        module.open_photo(tmp_path / "a.png")


def test_a_model_that_is_none_is_one_line(exported: Path, tmp_path: Path) -> None:
    with_model(exported, tmp_path, b"no model", lambda _: None)
    assert "no model that can be computed" in refused(tmp_path)


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"probabilities": np.full(2, np.nan, np.float32)}, "is no number"),
        ({"known": np.float32(np.inf)}, "is no number"),
        ({"patch_weights": np.array(["a"])}, "cannot compute it"),
        ({"probabilities": np.zeros(3, np.float32)}, "another model than signature.json says"),
        ({"photo": "float"}, "another model than signature.json says"),
    ],
    ids=str,
)
def test_another_model_is_one_line(exported: Path, tmp_path: Path, change: dict[str, Any], line: str) -> None:
    model = answering({"probabilities": np.zeros(2, np.float32), "known": np.float32(1)} | change)
    more = {"labels": ["a", "b"], "none_of_these": {"output": "known", "threshold": 0.5}}
    with_model(exported, tmp_path, model, lambda signature: signature.update(more))
    assert line in refused(tmp_path)


def with_model(exported: Path, folder: Path, model: bytes, change: Callable[[dict[str, Any]], object]) -> None:
    """The export with another model, whose checksum the signature has all the same."""

    def signed(signature: dict[str, Any]) -> None:
        change(signature)
        signature["model"]["sha256"] = hashlib.sha256(model).hexdigest()

    (folder / "model.onnx").write_bytes(model)
    changed(exported, folder, signed)


def answering(answers: dict[str, Any]) -> bytes:
    """A model that gives these answers to every photo."""
    from onnx import TensorProto, helper, numpy_helper

    kind = TensorProto.FLOAT if answers.pop("photo", None) else TensorProto.UINT8
    values = {"patch_weights": np.zeros((2, 2), np.float32)} | answers
    tensors = {name: numpy_helper.from_array(np.asarray(value)[None], name) for name, value in values.items()}
    graph = helper.make_graph(
        [helper.make_node("Constant", [], [name], value=tensor) for name, tensor in tensors.items()],
        "answers",
        [helper.make_tensor_value_info("photo", kind, [None, None, None, 3])],
        [helper.make_tensor_value_info(name, one.data_type, list(one.dims)) for name, one in tensors.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    content: bytes = model.SerializeToString()
    return content


def loaded(exported: Path) -> Any:
    """predict.py as a module; no bytecode is left beside it, where other tests list the files."""
    spec = importlib.util.spec_from_file_location("predict_of_an_export", exported / "predict.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "dont_write_bytecode", True)
        spec.loader.exec_module(module)
    return module


def refused(folder: Path) -> str:
    """The line that an export is refused in, at the latest when it is given a photo."""
    module = loaded(folder)
    with pytest.raises(module.BadInput) as caught:
        module.Classifier(folder)(np.zeros((4, 4, 3), np.uint8))
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400
    return str(caught.value)
