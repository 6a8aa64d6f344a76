import hashlib
import io
from pathlib import Path

import pytest
from PIL import Image, ImageCms

from spa_desktop.descriptions.openai.openai_writer import small_jpeg

SECRET = "52 Elm Street"


def _sent(file: Path) -> bytes:
    return small_jpeg(file, hashlib.sha256(file.read_bytes()).hexdigest())


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
    sent = _sent(file)
    assert SECRET.encode() not in sent
    with Image.open(io.BytesIO(sent)) as small:
        assert (small.format, small.size) == ("JPEG", (256, 512))
        assert not small.getexif()
        assert not {"comment", "icc_profile", "exif", "xmp", "photoshop"} & set(small.info)


def test_a_small_photo_is_not_made_larger(tmp_path: Path) -> None:
    Image.new("RGBA", (40, 30), (255, 0, 0, 0)).save(tmp_path / "small.png")
    with Image.open(io.BytesIO(_sent(tmp_path / "small.png"))) as small:
        assert (small.mode, small.size) == ("RGB", (40, 30))
        assert min(small.getpixel((20, 15))) > 250, "transparency lies on white"


def test_what_is_hashed_is_what_is_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another file that takes the name once the content was looked at is not sent in its place."""
    file, other = tmp_path / "photo.png", tmp_path / "private.png"
    Image.new("RGB", (40, 30), "red").save(file)
    Image.new("RGB", (40, 30), "blue").save(other)
    recorded = hashlib.sha256(file.read_bytes()).hexdigest()
    sha256 = hashlib.sha256

    def swap(content: bytes) -> object:
        other.replace(file)
        return sha256(content)

    monkeypatch.setattr("spa_desktop.photos.opening.hashlib.sha256", swap)
    with Image.open(io.BytesIO(small_jpeg(file, recorded))) as small:
        assert small.getpixel((20, 15))[0] > 250
    assert not other.exists(), "it took the name"
