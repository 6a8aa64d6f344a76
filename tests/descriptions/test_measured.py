"""What is measured on photos: which pixels are the thing, texture, and colours that tell it from others."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from spa_desktop.descriptions.measured import NAMES, Looks, lab_of, measured_looks, texture_of, things_in
from spa_desktop.descriptions.model import LONGEST_DETAIL, Exemplar
from spa_desktop.photos.opening import hash_photo

SIDE, GRID = 144, (9, 9)
Draw = Callable[[ImageDraw.ImageDraw, int], None]
DISC = (38, 38, 106, 106)


def noise(seed: int) -> Image.Image:
    """A ground of many colours in no order, none of them clear."""
    small = np.random.default_rng(seed).integers(60, 160, (18, 18, 3)).astype(np.uint8)
    return Image.fromarray(small).resize((SIDE, SIDE), Image.Resampling.BICUBIC)


def petals(*fills: tuple[int, int, int]) -> Draw:
    """A disc, in each photo of the next colour."""

    def draw(drawing: ImageDraw.ImageDraw, seed: int) -> None:
        drawing.ellipse(DISC, fill=fills[seed % len(fills)])

    return draw


plain_disc = petals((210, 30, 40))


def striped_disc(draw: ImageDraw.ImageDraw, seed: int) -> None:
    draw.ellipse(DISC, fill=(240, 240, 240))
    for top in range(42 + seed % 3, 102, 12):
        reach = int((34**2 - (top + 3 - 72) ** 2) ** 0.5) - 2
        draw.rectangle((72 - reach, top, 72 + reach, top + 5), fill=(15, 15, 15))


def oblong(draw: ImageDraw.ImageDraw, seed: int) -> None:
    draw.rectangle((30, 55, 114, 90), fill=(210, 30, 40))


def lines_everywhere(draw: ImageDraw.ImageDraw, seed: int) -> None:
    draw.rectangle((0, 0, SIDE, SIDE), fill=(120, 120, 120))
    for left in range(seed % 4, SIDE, 16):
        draw.rectangle((left, 0, left + 5, SIDE), fill=(230, 230, 230))


def bird(head: tuple[int, int, int]) -> Draw:
    def draw(drawing: ImageDraw.ImageDraw, seed: int) -> None:
        drawing.ellipse(DISC, fill=(30, 60, 200))
        drawing.chord(DISC, 200, 340, fill=head)

    return draw


def disc() -> NDArray[np.bool_]:
    image = Image.new("1", (SIDE, SIDE))
    ImageDraw.Draw(image).ellipse(DISC, fill=1)
    return np.asarray(image)


def heat(seed: int = 0) -> NDArray[np.float64]:
    """As patches tell it: warm in the middle, with some doubt."""
    rows, columns = np.mgrid[0:9, 0:9] - 4
    return (-np.hypot(rows, columns) + np.random.default_rng(seed).normal(0, 0.4, (9, 9))).ravel()


def photo(draw: Draw, seed: int) -> Image.Image:
    image = noise(seed)
    draw(ImageDraw.Draw(image), seed)
    return image


def lab(draw: Draw, seed: int = 0) -> NDArray[np.float32]:
    return lab_of(np.asarray(photo(draw, seed)))


def measured(folder: Path, draw: Draw, *, ground: tuple[int, int, int] | None = None, others: Draw | None = None,
             count: int = 6) -> Looks:  # fmt: skip
    """A class of six photos, the last of which may show something else."""
    exemplars = []
    folder.mkdir(exist_ok=True)
    for number in range(count):
        image = photo(draw, number) if ground is None else Image.new("RGB", (SIDE, SIDE), ground)
        what = others if others is not None and number == count - 1 else draw
        what(ImageDraw.Draw(image), number)
        path = folder / f"{number}.png"
        image.resize((4 * SIDE, 4 * SIDE), Image.Resampling.NEAREST).save(path)
        exemplars.append(Exemplar(path, hash_photo(path), None))  # type: ignore[arg-type]
    encoder = SimpleNamespace(grid=GRID, crop_box=lambda size: (0, 0, *size))
    return measured_looks(exemplars, [heat(number) for number in range(count)], encoder)  # type: ignore[arg-type]


def textures(looks: Looks, **nearest: Looks) -> list[str]:
    """What is said of the texture of such a class."""
    found = [one for one in looks.telling(nearest) if "texture" in one.text or "lines" in one.text]
    for one in found:
        assert one.support is not None
        assert one.knowledge is not None
        assert 0 <= one.support.exemplar < 6
        assert 0 <= one.support.patch < GRID[0] * GRID[1]
        assert 0 < one.knowledge.certainty <= 1
    return [one.text for one in found]


def thing_in(lab: NDArray[np.float32], heat: NDArray[np.float64], grid: tuple[int, int] = GRID) -> NDArray[np.bool_]:
    return things_in(lab[None], heat[None], grid)[0]


def test_the_thing_is_found_by_its_colours_within_what_patches_say() -> None:
    on_grey = np.full((SIDE, SIDE, 3), 128, np.uint8)
    on_grey[disc()] = (210, 30, 40)
    found = thing_in(lab_of(on_grey), heat())
    assert (found & disc()).sum() / (found | disc()).sum() > 0.85


def test_a_photo_of_one_colour_ends_without_a_fault() -> None:
    flat = np.zeros((SIDE, SIDE, 3), np.float32)
    found = thing_in(flat, np.zeros(81))
    assert found.shape == (SIDE, SIDE)
    almost = np.full((SIDE, SIDE), 50, np.float32)
    almost[::2] = np.nextafter(almost[::2], 51)
    for light in (flat[..., 0], almost):
        assert texture_of(light, np.ones_like(found)) == (0.0, np.inf), "what rounding leaves is no texture"


def checks(draw: ImageDraw.ImageDraw, seed: int) -> None:
    for left in range(0, SIDE, 8):
        for top in range(8 * (left // 8 % 2), SIDE, 16):
            draw.rectangle((left, top, left + 7, top + 7), fill=(60, 90, 60))


@pytest.mark.parametrize(
    ("draw", "shown"),
    [
        (plain_disc, []),
        (striped_disc, ["parallel lines that run one way"]),
        (lines_everywhere, ["parallel lines that run one way", "even texture all over"]),
        (checks, ["even texture all over"]),
    ],
)
def test_lines_that_run_one_way_are_said_and_a_texture_that_is_the_same_everywhere(
    tmp_path: Path, draw: Draw, shown: list[str]
) -> None:
    looks = measured(tmp_path / "own", draw, ground=(150, 150, 150))
    assert textures(looks) == shown
    other = measured(tmp_path / "other", plain_disc)
    texts = [one for one in looks.telling({"brrt": other}) if one.text in shown]
    assert all("; not so brrt (" in one.knowledge.detail for one in texts if one.knowledge)
    twin = [one for one in looks.telling({"brrt": looks}) if one.text in shown]
    assert not any("not so" in one.knowledge.detail for one in twin if one.knowledge)


def test_one_photo_of_six_may_show_something_else_and_three_photos_say_nothing(tmp_path: Path) -> None:
    assert textures(measured(tmp_path / "one", striped_disc, others=oblong)) == ["parallel lines that run one way"]
    assert textures(measured(tmp_path / "few", striped_disc, count=3)) == []


PURPLE, PINK, RED, ORANGE, YELLOW = (110, 30, 150), (240, 110, 190), (205, 20, 30), (245, 130, 20), (245, 220, 30)
VIOLET, MAGENTA = (160, 130, 210), (225, 60, 120)


@pytest.mark.parametrize(
    ("fills", "said"),
    [
        ((PURPLE, PINK), ["mostly purple or pink"]),
        ((RED, ORANGE, YELLOW), []),  # no two of them are on enough photos
        ((PURPLE, PINK, RED, ORANGE, YELLOW), []),
        ((PURPLE, YELLOW), []),  # not side by side
        ((RED,), ["mostly red"]),
        ((VIOLET,), ["mostly blue or purple"]),  # no pixel is surely either
        ((MAGENTA,), ["mostly pink or red"]),
    ],
)
def test_hues_side_by_side_are_said_together_where_none_is_said_alone(
    tmp_path: Path, fills: tuple[tuple[int, int, int], ...], said: list[str]
) -> None:
    looks = measured(tmp_path / "own", petals(*fills))
    grey = measured(tmp_path / "grey", petals((128, 128, 128)), ground=(90, 90, 90))
    told = looks.telling({"brrt": grey} if len(fills) > 1 else {})
    assert [one.text for one in told] == said


def test_a_colour_that_the_nearest_class_has_not_is_said_with_where_it_is_and_who_has_it_not(tmp_path: Path) -> None:
    red, blue = measured(tmp_path / "red", bird((210, 20, 30))), measured(tmp_path / "blue", bird((30, 60, 200)))
    twin = measured(tmp_path / "twin", bird((200, 25, 30)))
    told = red.telling({"brrt": blue, "twin": twin})
    assert [one.text for one in told] == ["red at the top", "mostly blue"]
    assert told[0].knowledge is not None
    assert "not so brrt (0 %)" in told[0].knowledge.detail
    assert "twin" not in told[0].knowledge.detail
    for one, others in ((red, {"twin": twin}), (red, {})):
        assert [phrase.text for phrase in one.telling(others)] == ["mostly blue"]
    # What is longer is refused by the project, with the texts of all classes.
    long = red.telling({letter * 153: blue for letter in "abc"})[0].knowledge
    assert long is not None
    assert len(long.detail) == LONGEST_DETAIL


def test_a_colour_is_said_only_of_what_has_more_of_it_than_its_ground(tmp_path: Path) -> None:
    leaf, other = petals((40, 140, 50)), {"brrt": measured(tmp_path / "other", plain_disc)}
    assert [one.text for one in measured(tmp_path / "own", leaf).telling(other)] == ["mostly green"]
    assert measured(tmp_path / "meadow", leaf, ground=(60, 130, 55)).telling(other) == []


@pytest.mark.parametrize(("name", "fill"), [("grey", (128, 128, 128)), ("brown", (110, 70, 35))])
def test_what_may_be_a_shade_of_another_colour_is_said_where_most_of_the_thing_has_it(
    tmp_path: Path, name: str, fill: tuple[int, int, int]
) -> None:
    """White in the shade is grey, and orange is brown."""

    def patched(drawing: ImageDraw.ImageDraw, seed: int) -> None:
        drawing.ellipse(DISC, fill=(210, 20, 30))
        drawing.rectangle((60, 52, 84, 92), fill=fill)

    other = {"brrt": measured(tmp_path / "other", plain_disc)}
    whole = measured(tmp_path / "whole", petals(fill), ground=(250, 250, 250)).telling(other)
    part = measured(tmp_path / "part", patched, ground=(250, 250, 250))
    assert [one.text for one in whole] == [f"mostly {name}"]
    assert part.shares[:, 0, NAMES.index(name)].min() > 0.1
    assert not [one for one in part.telling(other) if name in one.text]


def test_of_two_hues_side_by_side_the_larger_is_said_and_white_of_the_whole(tmp_path: Path) -> None:
    """Light shifts a hue, and falls on the top of anything."""

    def apple(drawing: ImageDraw.ImageDraw, seed: int) -> None:
        drawing.ellipse(DISC, fill=(200, 20, 30))
        drawing.rectangle((50, 66, 94, 76), fill=(240, 130, 20))
        drawing.ellipse((52, 40, 92, 64), fill=(250, 250, 250))

    other = {"brrt": measured(tmp_path / "other", bird((30, 60, 200)))}
    apples = measured(tmp_path / "own", apple)
    assert apples.shares[:, 0, 4].min() > 0.1, "orange"
    assert [one.text for one in apples.telling(other)] == ["mostly red", "partly white"]
