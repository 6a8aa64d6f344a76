"""predict.py as a person runs it, by itself: this project is not on its path."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from spa_desktop import SpaClassifier
from tests.hostile import FORGED, UNSAFE


def predict(
    folder: Path, *arguments: object, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", str(folder / "predict.py"), *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=folder.parent,
        env=environment,
        timeout=120,
    )


def images_of(ran: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    assert "Traceback" not in ran.stderr, ran.stderr
    images: list[dict[str, Any]] = json.loads(ran.stdout)["images"]
    return images


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


def test_it_answers_as_the_app_does(
    exported: Path, learned: SpaClassifier, test_photos: list[Path], odd_photos: Path
) -> None:
    odd = sorted(odd_photos.glob("*.*"))
    ran = predict(exported, "--json", "--top", 8, *test_photos[::8], odd_photos)
    images = images_of(ran)
    assert ran.returncode == 0
    assert [Path(image["path"]) for image in images] == [*test_photos[::8], *odd, odd_photos / "nested" / "g cut.jpg"]
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


def test_it_speaks_plainly(exported: Path, test_photos: list[Path]) -> None:
    ran = predict(exported, "--top", 2, test_photos[0])
    assert ran.returncode == 0
    assert ran.stdout.startswith(f"{test_photos[0]}: ")
    assert ran.stdout.count(" %") == 2


def test_nothing_is_left_in_the_home(exported: Path, test_photos: list[Path], tmp_path: Path) -> None:
    """ONNX Runtime keeps a device's number and what it will send there, from the moment when it is loaded."""
    clean = {"HOME": str(tmp_path), "TMPDIR": str(tmp_path)}
    assert predict(exported, test_photos[0], environment=clean).returncode == 0
    assert list(tmp_path.iterdir()) == []


def test_it_can_be_imported(exported: Path, test_photos: list[Path]) -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(exported)!r}); import predict; c = predict.Classifier();"
        f"print(c(c.open({str(test_photos[0])!r}))['top'][0]['class']); print('torch' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-I", "-B", "-c", code], capture_output=True, text=True, timeout=120)
    assert ran.stdout.splitlines()[-1] == "False", ran.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "line"),
    [
        ([], 2, "Give photos or folders, or --camera"),
        (["--top", "0", "x.jpg"], 2, "--top must be 1 or more"),
        (["missing.jpg"], 1, "missing.jpg is missing"),
        (["x" * 5000], 1, "is no photo that can be read"),
        (["--camera", "99"], 2, "amera"),
    ],
)
def test_bad_input_is_one_line(exported: Path, arguments: list[str], code: int, line: str) -> None:
    ran = predict(exported, *arguments)
    assert ran.returncode == code
    assert line in ran.stderr
    assert "Traceback" not in ran.stderr


def test_an_empty_folder_is_told(exported: Path, tmp_path: Path) -> None:
    ran = predict(exported, tmp_path)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "There is no photo" in ran.stderr


def test_a_damaged_export_is_told(exported: Path, tmp_path: Path) -> None:
    for name in ("predict.py", "signature.json"):
        shutil.copy(exported / name, tmp_path)
    ran = predict(tmp_path, "x.jpg")
    assert ran.returncode == 2
    assert "is no whole export" in ran.stderr
    (tmp_path / "model.onnx").write_bytes((exported / "model.onnx").read_bytes()[:-1])
    ran = predict(tmp_path, "x.jpg")
    assert ran.returncode == 2
    assert "model.onnx is damaged" in ran.stderr


def test_a_photo_of_none_of_the_classes_is_rejected(exported: Path, test_photos: list[Path], tmp_path: Path) -> None:
    folder = tmp_path / "strict"
    shutil.copytree(exported, folder)
    signature = json.loads((folder / "signature.json").read_text(encoding="utf-8"))
    for threshold, is_rejected in ((-1.0, False), (1.01, True)):
        rule = {"output": "known", "threshold": threshold}
        (folder / "signature.json").write_text(json.dumps({**signature, "none_of_these": rule}), encoding="utf-8")
        (image,) = images_of(predict(folder, "--json", test_photos[0]))
        assert image["rejected"] is is_rejected
        assert 0 < image["known"] <= 1
    assert ": none of these (" in predict(folder, test_photos[0]).stdout


def test_names_of_classes_and_files_reach_the_terminal_as_text(
    exported: Path, test_photos: list[Path], tmp_path: Path
) -> None:
    folder = tmp_path / "odd"
    shutil.copytree(exported, folder)
    signature = json.loads((folder / "signature.json").read_text(encoding="utf-8"))
    signature["labels"] = [f"{n}\x1b[2J\n{FORGED}\u202e\u2066\x9b" for n, _ in enumerate(signature["labels"])]
    (folder / "signature.json").write_text(json.dumps(signature), encoding="utf-8")
    photos = tmp_path / f"p\x1b[31m\n{FORGED}"
    photos.mkdir()
    shutil.copy(test_photos[0], photos / "a\r.png")
    (photos / "b\x07.png").write_bytes(b"no photo")
    ran = predict(folder, photos, tmp_path / f"gone\x1b[2J\n{FORGED}.png")
    assert (len(ran.stdout.splitlines()), len(ran.stderr.splitlines())) == (1, 3)
    for text in (ran.stdout, ran.stderr):
        assert FORGED not in text.splitlines()
        assert UNSAFE.search(text) is None, ascii(text)
    assert json.loads(predict(folder, "--json", photos).stdout)["images"][0]["top"][0]["class"] in signature["labels"]


@pytest.mark.parametrize(
    ("place", "value"),
    [
        *((("model", "file"), name) for name in ("../model.onnx", "/etc/passwd", "a\\b", "", "..", 7, None)),
        *((("labels",), value) for value in (None, [], "cat", [1, 2], ["only one"])),
        *((("none_of_these",), value) for value in ([], 7, {"output": "known", "threshold": float("nan")})),
        (("none_of_these",), {"output": "no such", "threshold": 0.5}),
        *((("input", "decode_at_least"), value) for value in ("x", None, 0, 10**400, float("inf"))),
        *(((name,), None) for name in ("model", "input")),
        *((("model",), {"file": "model.onnx", **more}) for more in ({}, {"sha256": 7})),
        ((), []),
    ],
    ids=str,
)
def test_a_signature_that_cannot_be_is_one_line(
    exported: Path, tmp_path: Path, test_photos: list[Path], place: tuple[str, ...], value: object
) -> None:
    signature = json.loads((exported / "signature.json").read_text(encoding="utf-8"))
    inner = signature
    for name in place[:-1]:
        inner = inner[name]
    if place:
        inner[place[-1]] = value
    refused(exported, tmp_path, json.dumps(signature if place else value))


def test_a_signature_without_an_end_is_one_line(exported: Path, tmp_path: Path) -> None:
    refused(exported, tmp_path, "[" * 100_000)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes")
def test_pipes_are_not_waited_for(exported: Path, tmp_path: Path) -> None:
    module = loaded(exported)
    os.mkfifo(tmp_path / "a.png")
    with pytest.raises(module.BadInput, match="no plain file"):
        module.open_photo(tmp_path / "a.png")
    assert list(module.photos_of([tmp_path])) == []
    os.mkfifo(tmp_path / "signature.json")
    with pytest.raises(module.BadInput, match="no plain file"):
        module.Classifier(tmp_path)


def test_a_model_that_is_none_is_one_line(exported: Path, tmp_path: Path) -> None:
    signature = json.loads((exported / "signature.json").read_text(encoding="utf-8"))
    (tmp_path / "model.onnx").write_bytes(b"no model")
    signature["model"]["sha256"] = hashlib.sha256(b"no model").hexdigest()
    (tmp_path / "signature.json").write_text(json.dumps(signature))
    module = loaded(exported)
    with pytest.raises(module.BadInput, match="no model that can be computed") as caught:
        module.Classifier(tmp_path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"probabilities": np.full(2, np.nan, np.float32)}, "is no number"),
        ({"known": np.float32(np.inf)}, "is no number"),
        ({"known": np.zeros(2, np.float32)}, "cannot compute it"),
        ({"patch_weights": np.array(["a"])}, "cannot compute it"),
        ({"probabilities": np.zeros(3, np.float32)}, "another model than signature.json says"),
        ({"photo": "float"}, "another model than signature.json says"),
    ],
    ids=str,
)
def test_another_model_is_one_line(exported: Path, tmp_path: Path, change: dict[str, Any], line: str) -> None:
    """Whose checksum the signature has all the same."""
    model = answering({"probabilities": np.zeros(2, np.float32), "known": np.float32(1)} | change)
    signature = json.loads((exported / "signature.json").read_text(encoding="utf-8"))
    signature |= {"labels": ["a", "b"], "none_of_these": {"output": "known", "threshold": 0.5}}
    signature["model"]["sha256"] = hashlib.sha256(model).hexdigest()
    (tmp_path / "model.onnx").write_bytes(model)
    (tmp_path / "signature.json").write_text(json.dumps(signature))
    module = loaded(exported)
    with pytest.raises(module.BadInput, match=line) as caught:
        module.Classifier(tmp_path)(np.zeros((4, 4, 3), np.uint8))
    assert "\n" not in str(caught.value)


def answering(answers: dict[str, Any]) -> bytes:
    """A model that gives these answers to every photo."""
    from onnx import TensorProto, helper, numpy_helper

    kind = TensorProto.FLOAT if answers.pop("photo", None) else TensorProto.UINT8
    values = {"patch_weights": np.zeros((2, 2), np.float32)} | answers
    tensors = {name: numpy_helper.from_array(np.asarray(value), name) for name, value in values.items()}
    graph = helper.make_graph(
        [helper.make_node("Constant", [], [name], value=tensor) for name, tensor in tensors.items()],
        "answers",
        [helper.make_tensor_value_info("photo", kind, [None, None, 3])],
        [helper.make_tensor_value_info(name, one.data_type, list(one.dims)) for name, one in tensors.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    content: bytes = model.SerializeToString()
    return content


@pytest.mark.skipif(os.name == "nt", reason="needs a POSIX shell")
@pytest.mark.parametrize(
    ("shell", "code", "line"),
    [(">&-", 2, "The output is closed"), ("> /dev/full", 1, "The output cannot be written: No space left")],
)
def test_an_output_that_takes_nothing_is_one_line(
    exported: Path, test_photos: list[Path], shell: str, code: int, line: str
) -> None:
    script = f'exec "$@" {shell}'
    program = [sys.executable, "-I", str(exported / "predict.py"), str(test_photos[0])]
    ran = subprocess.run(["sh", "-c", script, "sh", *program], capture_output=True, text=True, timeout=120)
    assert ran.returncode == code
    assert ran.stderr.splitlines() == [f"predict.py: {line}" + ran.stderr.rstrip("\n").split(line)[-1]]


def loaded(exported: Path) -> Any:
    """predict.py as a module: a process of its own for each case would take a second."""
    spec = importlib.util.spec_from_file_location("predict_of_an_export", exported / "predict.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def refused(exported: Path, folder: Path, signature: str) -> None:
    (folder / "signature.json").write_text(signature, encoding="utf-8")
    (folder / "model.onnx").symlink_to(exported / "model.onnx")
    module = loaded(exported)
    with pytest.raises(module.BadInput) as caught:
        module.Classifier(folder)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400
