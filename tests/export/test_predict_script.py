"""predict.py as a person runs it, by itself: this project is not on its path."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from spa_desktop import SpaClassifier


def predict(folder: Path, *arguments: object, python: str = sys.executable) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [python, "-I", str(folder / "predict.py"), *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=folder.parent,
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
