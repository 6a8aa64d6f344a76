"""Where things stand: meadow, leaf litter, planks, cloth, pebbles, bricks, shelf, lights. Any thing, any place."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw

from spa_desktop.demo.painter import Colour, Map, blur, hsv, mix, noise, rgb

Place = Callable[[np.random.Generator, int], Colour]


def random_place(rng: np.random.Generator, size: int) -> Colour:
    """A backdrop `(size, size, 3)` with clutter on it and uneven light."""
    place = _PLACES[int(rng.integers(len(_PLACES)))](rng, size)
    place = _clutter(rng, place, int(rng.integers(0, 9)))
    place = blur(place, rng.choice([0.4, 0.8, 1.6, 3.0], p=[0.35, 0.3, 0.2, 0.15]))
    return place * (np.float32(0.65) + np.float32(0.7) * noise(rng, size, 2, octaves=2))[..., None]


def _picture(size: int, colour: Colour) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    picture = Image.new("RGB", (size, size), _bytes(colour))
    return picture, ImageDraw.Draw(picture)


def _bytes(colour: Colour) -> tuple[int, int, int]:
    red, green, blue = (round(255 * float(part)) for part in np.clip(colour, 0.0, 1.0))
    return red, green, blue


def _floats(picture: Image.Image) -> Colour:
    return np.asarray(picture, np.float32) / 255.0


def _grain(rng: np.random.Generator, picture: Colour, amount: float, cells: float = 40, stretch: float = 1.0) -> Colour:
    speckle = noise(rng, picture.shape[0], cells, octaves=2, stretch=stretch) - np.float32(0.5)
    return np.clip(picture * (1.0 + np.float32(amount) * speckle)[..., None], 0.0, 1.0)


def _leaf(x: float, y: float, length: float, width: float, angle: float) -> list[tuple[float, float]]:
    along, across = (math.cos(angle), math.sin(angle)), (-math.sin(angle), math.cos(angle))
    outline = [(0.0, 0.0), (0.25, 0.7), (0.5, 1.0), (0.75, 0.65), (1.0, 0.0), (0.75, -0.65), (0.5, -1.0), (0.25, -0.7)]
    return [
        (x + s * length * along[0] + t * width * across[0], y + s * length * along[1] + t * width * across[1])
        for s, t in outline
    ]


def _meadow(rng: np.random.Generator, size: int) -> Colour:
    picture, draw = _picture(size, hsv(0.27, 0.6, 0.2))
    hue = rng.uniform(0.2, 0.33)
    for index in range(420):
        x, y, length = rng.uniform(-0.1, 1.1) * size, rng.uniform(0.0, 1.25) * size, rng.uniform(0.1, 0.35) * size
        colour = hsv(
            hue + rng.normal(0.0, 0.02), rng.uniform(0.4, 0.8), 0.2 + 0.5 * index / 420 * rng.uniform(0.5, 1.2)
        )
        draw.polygon(
            _leaf(x, y, length, rng.uniform(1.2, 3.6), -math.pi / 2 + rng.normal(0.0, 0.35)), fill=_bytes(colour)
        )
    for _ in range(int(rng.integers(0, 14))):
        x, y, r = rng.uniform(0, size), rng.uniform(0, size), rng.uniform(2, 7)
        draw.ellipse((x - r, y - r, x + r, y + r), fill=_bytes(hsv(rng.random(), rng.uniform(0.0, 0.7), 0.95)))
    return _floats(picture)


def _leaf_litter(rng: np.random.Generator, size: int) -> Colour:
    picture, draw = _picture(size, rgb(0.14, 0.09, 0.06))
    centre = rng.choice([0.07, 0.1, 0.3])
    for index in range(190):
        angle, length = rng.uniform(0, 2 * math.pi), rng.uniform(0.08, 0.24) * size
        x, y, width = rng.uniform(-0.1, 1.1) * size, rng.uniform(-0.1, 1.1) * size, length * rng.uniform(0.15, 0.3)
        colour = hsv(centre + rng.normal(0.0, 0.035), rng.uniform(0.3, 0.85), rng.uniform(0.2, 0.5) + 0.3 * index / 190)
        draw.polygon(_leaf(x, y, length, width, angle), fill=_bytes(colour))
        end = (x + 0.95 * length * math.cos(angle), y + 0.95 * length * math.sin(angle))
        draw.line([(x, y), end], fill=_bytes(colour * np.float32(0.65)), width=1)
    return _grain(rng, _floats(picture), 0.7)


def _planks(rng: np.random.Generator, size: int) -> Colour:
    hue, value = rng.uniform(0.05, 0.11), rng.uniform(0.35, 0.85)
    fibre = noise(rng, size, 30, octaves=3, stretch=14.0)
    board = mix(hsv(hue, 0.6, value), hsv(hue - 0.01, 0.7, value * 0.5), fibre)
    rows = np.arange(size, dtype=np.float32)
    width = size / rng.integers(3, 8)
    index = np.floor(rows / width).astype(int)
    tone = rng.uniform(0.75, 1.15, size=index.max() + 1).astype(np.float32)[index]
    gap = np.where(rows % width < 1.6, np.float32(0.3), np.float32(1.0))
    board = board * (tone * gap)[:, None, None]
    return np.ascontiguousarray(board.transpose(1, 0, 2)) if rng.random() < 0.5 else board


def _cloth(rng: np.random.Generator, size: int) -> Colour:
    base, other = (
        hsv(rng.random(), rng.uniform(0.1, 0.7), 0.85),
        hsv(rng.random(), rng.uniform(0.3, 0.9), rng.uniform(0.3, 0.8)),
    )
    folds = noise(rng, size, 3, octaves=2) * np.float32(26.0)
    y, x = np.mgrid[0:size, 0:size].astype(np.float32)
    pitch, turned = rng.uniform(14, 44), rng.uniform(0, math.pi)
    cos, sin = np.float32(math.cos(turned)), np.float32(math.sin(turned))
    amount: Map = _stripes(x * cos + y * sin + folds, pitch)
    if rng.random() < 0.6:
        amount = np.float32(0.5) * (amount + _stripes(y * cos - x * sin + folds, pitch))
    weave = np.float32(0.94) + np.float32(0.06) * np.sin(x * np.float32(1.9)) * np.sin(y * np.float32(1.9))
    shade = np.float32(0.75) + np.float32(0.5) * (noise(rng, size, 4) - np.float32(0.3))
    lit: Colour = mix(base, other, amount) * (weave * shade)[..., None]
    return lit


def _stripes(along: Map, pitch: float) -> Map:
    return (along % np.float32(pitch) < pitch / 2).astype(np.float32)


def _pebbles(rng: np.random.Generator, size: int) -> Colour:
    # A Voronoi map at half size: each pebble is the region nearest to its centre, dark where two meet.
    half, count = size // 2, int(rng.integers(50, 130))
    y, x = np.mgrid[0:half, 0:half].astype(np.float32)
    centres = rng.random((count, 2), dtype=np.float32) * np.float32(half)
    gaps = (x.ravel() - centres[:, :1]) ** 2 + (y.ravel() - centres[:, 1:]) ** 2
    owner = gaps.argmin(axis=0)
    nearest = gaps[owner, np.arange(half * half)]
    gaps[owner, np.arange(half * half)] = np.inf
    border = np.sqrt(gaps.min(axis=0)) - np.sqrt(nearest)
    hue = rng.uniform(0.05, 0.12) if rng.random() < 0.7 else rng.uniform(0.5, 0.65)
    values, greys = rng.uniform(0.3, 0.9, count), rng.uniform(0.02, 0.35, count)
    colours = np.stack([hsv(hue, grey, value) for grey, value in zip(greys, values, strict=True)])
    shade = np.clip(np.float32(0.25) + border / np.float32(6.0), 0.0, 1.0)
    stones = (colours[owner] * shade[:, None]).reshape(half, half, 3)
    picture = Image.fromarray((np.clip(stones, 0, 1) * 255).astype(np.uint8))
    return _grain(rng, _floats(picture.resize((size, size), Image.Resampling.BICUBIC)), 0.5, 60)


def _bricks(rng: np.random.Generator, size: int) -> Colour:
    picture, draw = _picture(size, hsv(0.09, 0.12, rng.uniform(0.5, 0.75)))
    height, hue = size / rng.integers(6, 13), rng.uniform(0.0, 0.09)
    for row in range(-1, int(size / height) + 2):
        for column in range(-1, int(size / height / 2.1) + 2):
            x, y = (column + 0.5 * (row % 2)) * height * 2.1, row * height
            colour = hsv(hue + rng.normal(0.0, 0.01), rng.uniform(0.4, 0.7), rng.uniform(0.35, 0.7))
            draw.rectangle((x, y, x + height * 2.1 - 3, y + height - 3), fill=_bytes(colour))
    return _grain(rng, _floats(picture), 0.8, 50)


def _shelf(rng: np.random.Generator, size: int) -> Colour:
    picture, draw = _picture(size, hsv(rng.random(), 0.3, 0.25))
    rows = int(rng.integers(2, 4))
    for row in range(rows):
        floor, x = (row + 1) * size / rows, 0.0
        while x < size:
            width, height = rng.uniform(0.04, 0.11) * size, rng.uniform(0.6, 0.92) * size / rows
            colour = hsv(rng.random(), rng.uniform(0.2, 0.8), rng.uniform(0.25, 0.9))
            draw.rectangle((x, floor - height, x + width - 1, floor), fill=_bytes(colour))
            band = floor - height * rng.uniform(0.2, 0.8)
            draw.rectangle(
                (x, band, x + width - 1, band + height * 0.08), fill=_bytes(colour * np.float32(rng.uniform(0.4, 1.4)))
            )
            x += width
        draw.rectangle((0, floor - 5, size, floor + 3), fill=_bytes(hsv(0.08, 0.5, 0.4)))
    return _grain(rng, _floats(picture), 0.3)


def _lights(rng: np.random.Generator, size: int) -> Colour:
    hue = rng.random()
    ground = mix(hsv(hue, 0.5, 0.12), hsv(hue + 0.15, 0.5, 0.45), noise(rng, size, 2, octaves=2))
    picture = Image.fromarray((np.clip(ground, 0.0, 1.0) * 255).astype(np.uint8))
    draw = ImageDraw.Draw(picture, "RGBA")
    for _ in range(int(rng.integers(10, 26))):
        x, y, r = rng.uniform(0, size), rng.uniform(0, size), rng.uniform(0.03, 0.1) * size
        glow = _bytes(hsv(hue + rng.normal(0.1, 0.15), rng.uniform(0.2, 0.6), 1.0))
        draw.ellipse((x - r, y - r, x + r, y + r), fill=(*glow, int(rng.uniform(40, 130))))
    return blur(_floats(picture), 1.2)


def _clutter(rng: np.random.Generator, place: Colour, count: int) -> Colour:
    """Pencils, coins, cards and leaves that belong to no class."""
    size = place.shape[0]
    picture = Image.fromarray((np.clip(place, 0.0, 1.0) * 255).astype(np.uint8))
    draw = ImageDraw.Draw(picture)
    for _ in range(count):
        x, y, r, angle = (
            rng.uniform(0, size),
            rng.uniform(0, size),
            rng.uniform(0.03, 0.12) * size,
            rng.uniform(0, math.pi),
        )
        colour = hsv(rng.random(), rng.uniform(0.1, 0.9), rng.uniform(0.2, 0.95))
        lit, dark = _bytes(colour), _bytes(colour * np.float32(0.55))
        kind = int(rng.integers(4))
        dx, dy = math.cos(angle), math.sin(angle)
        if kind == 0:
            end, width = (x + 4 * r * dx, y + 4 * r * dy), max(3, int(r / 3))
            draw.line([(x, y), end], fill=dark, width=width + 2)
            draw.line([(x - 1, y - 1), (end[0] - 1, end[1] - 1)], fill=lit, width=width // 2 + 1)
        elif kind == 1:
            draw.ellipse((x - r, y - r + 3, x + r, y + r + 3), fill=dark)
            draw.ellipse((x - r, y - r, x + r, y + r), fill=lit)
            draw.ellipse((x - r * 0.6, y - r * 0.6, x + r * 0.6, y + r * 0.6), outline=dark)
        elif kind == 2:
            corners = [(r * 1.6, r), (-r * 1.6, r), (-r * 1.6, -r), (r * 1.6, -r)]
            draw.polygon([(x + a * dx - b * dy, y + a * dy + b * dx) for a, b in corners], fill=lit, outline=dark)
        else:
            draw.polygon(_leaf(x, y, 3 * r, r * 0.7, angle), fill=lit, outline=dark)
    return _floats(picture)


_PLACES: tuple[Place, ...] = (_meadow, _leaf_litter, _planks, _cloth, _pebbles, _bricks, _shelf, _lights)
