"""A box of a photo is a photo of its own, opened by its path alone."""

import shutil

import numpy as np
import pytest
from PIL import Image

from spa_desktop.photos.opening import PhotoError, hash_photo, measure_photo, open_photo, photo_file, read_photo

RED, BLUE = (200, 30, 30), (30, 30, 200)


def draw(file, size=(60, 40), orientation=1):
    """Blue, with a red thing of 20 x 10 pixels at (30, 10) of sixty by forty, as the photo is seen upright."""
    scale = size[0] // 60
    photo = Image.new("RGB", size, BLUE)
    photo.paste(RED, tuple(scale * edge for edge in (30, 10, 50, 20)))
    exif = Image.Exif()
    exif[0x0112] = orientation
    photo = photo.transpose(Image.Transpose.ROTATE_90) if orientation == 6 else photo
    photo.save(file, exif=exif, quality=95, subsampling=0)
    return file


def shares(photo):
    """The size of a photo, and the share of it that is red."""
    pixels = np.asarray(photo).astype(int)
    return photo.size, round(float((pixels[..., 0] > pixels[..., 2]).mean()), 2)


@pytest.mark.parametrize("orientation", [1, 6])
@pytest.mark.parametrize(
    ("box", "size", "red"),
    [
        ("30,10,20,10", (20, 20), 0.5),  # the square around it
        ("30,10,30,30", (30, 30), 0.22),
        ("0,0,60,40", (60, 40), 0.08),  # a square that would be larger than the photo ends where it does
        ("45,5,900,10", (15, 15), 0.16),  # so does a box
    ],
)
def test_the_square_around_a_box_of_the_upright_photo(tmp_path, orientation, box, size, red):
    file = draw(tmp_path / "a.jpg", orientation=orientation)
    assert measure_photo(file) == (60, 40)
    photo = read_photo(f"{file}#{box}")
    assert shares(photo.image) == (size, pytest.approx(red, abs=0.02))
    assert ((photo.width, photo.height), photo.size) == (size, file.stat().st_size)


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp"])
def test_one_that_is_made_small_is_not_made_smaller_than_wanted(tmp_path, name):
    file = draw(tmp_path / name, size=(2400, 1600))
    assert measure_photo(file) == (2400, 1600)
    size, red = shares(open_photo(f"{file}#1200,400,800,400", at_least=150))
    assert (min(size) >= 150, red) == (True, pytest.approx(0.5, abs=0.02))
    assert name != "a.jpg" or size[0] < 800, "a JPEG is decoded small"


def test_each_has_a_hash_of_its_own_which_its_content_decides(tmp_path):
    file = draw(tmp_path / "a.jpg")
    paths = [file, *(tmp_path / f"a.jpg#{box}" for box in ("30,10,20,10", "30,10,20,11"))]
    hashes = [read_photo(path).sha256 for path in paths]
    assert len({*hashes}) == 3
    assert [hash_photo(path) for path in paths] == hashes
    shutil.copy(file, tmp_path / "b.jpg")
    assert hash_photo(tmp_path / "b.jpg#30,10,20,10") == hashes[1]
    draw(file, size=(120, 80))
    with pytest.raises(PhotoError, match="another photo than the one that was added"):
        open_photo(paths[1], sha256=hashes[1])


@pytest.mark.parametrize("box", ["60,0,5,5", "0,40,5,5", "10,10,0,5", "0,0,5,0"])
def test_one_outside_of_its_photo_is_one_line(tmp_path, box):
    file = draw(tmp_path / "a.jpg")
    with pytest.raises(PhotoError, match=rf"a.jpg#{box} lies outside of its photo, which has 60 x 40 pixels: give an"):
        open_photo(f"{file}#{box}")


def test_a_file_that_is_called_so_and_what_is_no_box(tmp_path):
    draw(tmp_path / "a.jpg")
    odd = draw(tmp_path / "odd.jpg").rename(tmp_path / "a.jpg#0,0,5,5")
    assert (photo_file(odd), open_photo(odd).size) == (odd, (60, 40))
    for name in ("a.jpg#0,0,5", "a.jpg#0,0,5,-5", "a.jpg#0,0,5,123456", "gone.jpg#0,0,5,5"):
        with pytest.raises(PhotoError, match="is missing"):
            open_photo(tmp_path / name)
