from dataclasses import asdict

import numpy as np
import pytest
import torch
from open_clip.transform import PreprocessCfg, image_transform_v2
from PIL import Image

from spa_desktop.encoders.transform import PhotoTransform


@pytest.mark.parametrize("mode", ["shortest", "longest", "squash"])
def test_equals_open_clip_in_every_mode(drawn, mode):
    settings = {"size": (64, 64), "resize_mode": mode, "interpolation": "bilinear", "mean": (0.5,) * 3}
    expected = image_transform_v2(PreprocessCfg(**settings), is_train=False)(drawn)
    assert torch.equal(PhotoTransform(settings)(drawn), expected)


@pytest.mark.parametrize("size", [(400, 300), (301, 402), (64, 64), (63, 97), (65, 64), (20, 31), (640, 333), (1, 1)])
@pytest.mark.parametrize("interpolation", ["bicubic", "bilinear"])
def test_the_own_steps_are_those_of_open_clip(drawn, size, interpolation):
    settings = {"size": 64, "interpolation": interpolation, "mean": (0.5, 0.4, 0.3), "std": (0.5, 0.25, 0.1)}
    transform, photo = PhotoTransform(settings), drawn.resize(size)
    assert torch.equal(transform(photo), image_transform_v2(PreprocessCfg(**settings), is_train=False)(photo))


def test_the_settings_are_those_of_open_clip():
    assert PhotoTransform({}).settings == asdict(PreprocessCfg())
    # What a later open_clip may add is none of what the fingerprint says.
    assert PhotoTransform({"size": 64, "new": 1}).settings == asdict(PreprocessCfg(size=64))


@pytest.mark.parametrize("size", [(400, 300), (301, 402), (64, 64), (20, 31), (1280, 720), (1, 1), (900, 4)])
@pytest.mark.parametrize("interpolation", ["bicubic", "bilinear"])
def test_the_quick_way_is_within_three_levels(drawn, size, interpolation):
    settings = {"size": 64, "interpolation": interpolation, "mean": (0.5, 0.4, 0.3), "std": (0.5, 0.25, 0.1)}
    transform = PhotoTransform(settings)
    photo = drawn.resize(size)
    slow, quick = transform(photo), transform.quickly(photo)
    assert quick.shape == slow.shape
    assert quick.dtype == slow.dtype
    levels = (quick - slow).abs().amax(dim=(1, 2)) * torch.tensor(settings["std"]) * 255
    assert float(levels.max()) <= 3.01
    assert float((quick - slow).abs().mean()) < 0.02


@pytest.mark.parametrize("settings", [{"resize_mode": "squash"}, {"resize_mode": "longest"}])
def test_where_there_is_no_quick_way_it_is_the_same(drawn, settings):
    transform = PhotoTransform({"size": 64, **settings})
    assert torch.equal(transform.quickly(drawn), transform(drawn))


@pytest.mark.parametrize(
    ("mode", "size"),
    [(mode, size) for mode in ("shortest", "longest", "squash") for size in ((400, 300), (300, 400), (256, 256))]
    + [("shortest", (5000, 40)), ("shortest", (40, 5000))],
)
def test_crop_box_is_where_the_pixels_come_from(mode, size):
    # Each pixel says where it is: red its column, green its row. The transform's corners must agree with the box.
    width, height = size
    column = np.broadcast_to(np.linspace(0, 255, width), (height, width))
    row = np.broadcast_to(np.linspace(0, 255, height)[:, None], (height, width))
    photo = Image.fromarray(np.stack([column, row, np.full((height, width), 255.0)], axis=2).round().astype(np.uint8))
    side = 128
    transform = PhotoTransform({"size": side, "resize_mode": mode, "mean": (0.0,) * 3, "std": (1.0,) * 3})
    pixels = transform(photo)
    left, top, right, bottom = transform.crop_box(size)
    inside = (pixels[2] > 0.99).nonzero()  # not the padding of "longest"
    for y, x in (inside[len(inside) // 3].tolist(), inside[2 * len(inside) // 3].tolist()):
        across, down = left + (x + 0.5) / side * (right - left), top + (y + 0.5) / side * (bottom - top)
        assert float(pixels[0, y, x]) == pytest.approx(across / width, abs=0.03)
        assert float(pixels[1, y, x]) == pytest.approx(down / height, abs=0.03)


def test_a_banner_does_not_explode():
    assert PhotoTransform({"size": 64})(Image.new("RGB", (60_000, 3))).shape == (3, 64, 64)
