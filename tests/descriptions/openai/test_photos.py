from __future__ import annotations

import base64
import io
from pathlib import Path

import pytest
from PIL import Image, ImageCms

from spa_desktop.clip.photos import PhotoError
from spa_desktop.descriptions.openai.photos import data_url, small_jpeg

SECRET = "52 Elm Street"


def test_nothing_but_the_picture_goes_out(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010E], exif[0x013B] = 6, SECRET, SECRET  # turned by a quarter, description, artist
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 5.0, 1.0)})  # the place
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    xmp = f"<x:xmpmeta>{SECRET}</x:xmpmeta>".encode()
    photo = Image.linear_gradient("L").convert("RGB").resize((1600, 800))
    file = tmp_path / "photo.jpg"
    photo.save(file, exif=exif, comment=SECRET.encode(), icc_profile=profile, xmp=xmp)
    assert file.read_bytes().count(SECRET.encode()) == 4
    sent = small_jpeg(file)
    assert SECRET.encode() not in sent
    with Image.open(io.BytesIO(sent)) as small:
        assert (small.format, small.size) == ("JPEG", (256, 512))
        assert not small.getexif()
        assert not {"comment", "icc_profile", "exif", "xmp", "photoshop"} & set(small.info)
    assert base64.b64decode(data_url(sent).partition("base64,")[2]) == sent


def test_a_small_photo_is_not_made_larger(tmp_path: Path) -> None:
    Image.new("RGBA", (40, 30), (255, 0, 0, 0)).save(tmp_path / "small.png")
    with Image.open(io.BytesIO(small_jpeg(tmp_path / "small.png"))) as small:
        assert (small.mode, small.size) == ("RGB", (40, 30))
        assert min(small.getpixel((20, 15))) > 250, "transparency lies on white"


def test_a_photo_that_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(PhotoError, match="is missing"):
        small_jpeg(tmp_path / "gone.jpg")
