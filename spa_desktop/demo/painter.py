"""The painter's tools: noise, soft edges, light on a surface, and paint that keeps its own mask.

All maps are float32 `(S, S)`, colours are RGB from 0 to 1, either `(3,)` or `(S, S, 3)`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

Map = NDArray[np.float32]
Colour = NDArray[np.float32]


def rgb(*parts: float) -> Colour:
    """A colour from three parts between 0 and 1."""
    return np.array(parts, dtype=np.float32)


def hsv(hue: float, saturation: float, value: float) -> Colour:
    """A colour from hue, saturation and value, each between 0 and 1; the hue wraps around."""
    offsets = (np.array([5.0, 3.0, 1.0]) + hue * 6.0) % 6.0
    parts = value * (1.0 - saturation * np.clip(np.minimum(offsets, 4.0 - offsets), 0.0, 1.0))
    return parts.astype(np.float32)


def noise(rng: np.random.Generator, size: int, cells: float, *, octaves: int = 3, stretch: float = 1.0) -> Map:
    """Smooth noise from 0 to 1, about 0.5 in the mean, on a map of `size` pixels a side.

    The coarsest octave has so many `cells` along a side; each octave halves them and counts half as much as the one
    before. Grains are `stretch` times longer than high.
    """
    total, weights = np.zeros((size, size), np.float32), 0.0
    for octave in range(octaves):
        rows, columns = (max(2, round(cells * 2**octave * factor)) for factor in (1.0, 1.0 / stretch))
        lattice = Image.fromarray(rng.random((rows, columns), dtype=np.float32))
        total += np.asarray(lattice.resize((size, size), Image.Resampling.BICUBIC)) * 0.5**octave
        weights += 0.5**octave
    return total / np.float32(weights)


def blur(values: NDArray[np.float32], radius: float) -> NDArray[np.float32]:
    """A map `(S, S)` or picture `(S, S, 3)` with values from 0 to 1, blurred; 8 bits deep, which a photo is anyway."""
    if radius <= 0.0:
        return values
    picture = Image.fromarray((np.clip(values, 0.0, 1.0) * 255.0 + 0.5).astype(np.uint8))
    return np.asarray(picture.filter(ImageFilter.GaussianBlur(float(radius))), np.float32) / 255.0


def mix(first: Colour, second: Colour, amount: Map) -> Colour:
    """`(S, S, 3)`: the first colour where `amount` is 0, the second where it is 1."""
    return first + (second - first) * amount[..., None]


def step(values: Map, width: float) -> Map:
    """0 below zero, 1 above, with a ramp of `width` in between, so that edges are not jagged."""
    ramp: Map = values / np.float32(max(width, 1e-6)) + np.float32(0.5)
    return np.clip(ramp, 0.0, 1.0)


def inside(implicit: Map) -> Map:
    """The cover of a shape whose implicit function is negative inside: 1 inside, 0 outside, one soft pixel between."""
    rows, columns = np.gradient(implicit)
    gap: Map = np.float32(0.5) - implicit / np.maximum(np.hypot(rows, columns), np.float32(1e-4))
    return np.clip(gap, 0.0, 1.0)


@dataclass(frozen=True)
class Stage:
    """Where a thing stands in the photo: coordinates in which it fills about -1 to 1, and the light in that frame."""

    rng: np.random.Generator
    u: Map  # to the thing's right
    v: Map  # down
    pixel: float  # width of a pixel in these coordinates
    light: NDArray[np.float32]  # (3,) unit vector towards the light, the third part towards the eye

    @property
    def size(self) -> int:
        return int(self.u.shape[0])

    def soft(self, values: Map) -> Map:
        """:func:`step` with a ramp of one and a half pixels."""
        return step(values, 1.5 * self.pixel)

    def circle(self, u: float, v: float, a: float, b: float) -> Map:
        """The cover of an ellipse with centre `(u, v)` and half-axes `a` and `b`."""
        radius = np.hypot((self.u - np.float32(u)) / np.float32(a), (self.v - np.float32(v)) / np.float32(b))
        return self.soft((np.float32(1.0) - radius) * np.float32(min(a, b)))

    def stroke(self, start: tuple[float, float], end: tuple[float, float], width: float) -> Map:
        """The cover of a straight stroke with round ends."""
        u, v = self.u - np.float32(start[0]), self.v - np.float32(start[1])
        du, dv = np.float32(end[0] - start[0]), np.float32(end[1] - start[1])
        share = np.clip((u * du + v * dv) / (du * du + dv * dv), 0.0, 1.0)
        return self.soft(np.float32(width / 2.0) - np.hypot(u - share * du, v - share * dv))

    def folded(self) -> Stage:
        """The same stage with its left half laid over its right one: what is painted is symmetric."""
        return replace(self, u=np.abs(self.u))

    def shade(self, normal: tuple[Map, Map, Map], *, gloss: float = 0.0) -> tuple[Map, Map]:
        """How bright a surface of these unit normals is, and how much white gleam lies on it."""
        ambient = 0.38  # the light that comes from everywhere
        half = self.light + np.array([0.0, 0.0, 1.0], np.float32)
        half = half / np.linalg.norm(half)
        lit = sum(n * part for n, part in zip(normal, self.light, strict=True))
        gleam = sum(n * part for n, part in zip(normal, half, strict=True))
        bright = np.float32(ambient) + np.float32(1.25 - ambient) * np.clip(lit, 0.0, 1.0)
        return bright, np.float32(gloss) * np.clip(gleam, 0.0, 1.0) ** 40


class Paint:
    """A picture of one thing `(S, S, 3)`, the cover `(S, S)` of all that was painted so far, and of its named parts."""

    def __init__(self, size: int) -> None:
        self.colour = np.zeros((size, size, 3), np.float32)
        self.cover = np.zeros((size, size), np.float32)
        self.parts: dict[str, Map] = {}

    def add(self, cover: Map, colour: Colour, bright: Map | float = 1.0, gleam: Map | float = 0.0) -> None:
        """Paint over what is there: `colour` times `bright`, plus `gleam`, as far as `cover` goes."""
        box = _bounds(cover)
        light, shine = (part[box] if isinstance(part, np.ndarray) else np.float32(part) for part in (bright, gleam))
        lit = (colour[box] if colour.ndim == 3 else colour) * np.atleast_2d(light)[..., None]
        lit += np.atleast_2d(shine)[..., None]
        below = self.colour[box]
        below += (lit - below) * cover[box][..., None]
        np.maximum(self.cover[box], cover[box], out=self.cover[box])

    def mark(self, part: str, cover: Map) -> None:
        """Say where a part of the thing is: covers ``(S, S)`` of one part add up."""
        before = self.parts.get(part)
        self.parts[part] = cover if before is None else np.maximum(before, cover)


def _bounds(cover: Map) -> tuple[slice, slice]:
    """The smallest window that holds all that is not zero: small parts then cost little."""
    rows, columns = np.flatnonzero(cover.any(axis=1)), np.flatnonzero(cover.any(axis=0))
    if not len(rows):
        return slice(0), slice(0)
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def ball(stage: Stage, u: float = 0.0, v: float = 0.0, a: float = 1.0, b: float = 1.0) -> tuple[Map, Map, Map]:
    """The normals of an ellipsoid that bulges towards the eye."""
    x, y = (stage.u - np.float32(u)) / np.float32(a), (stage.v - np.float32(v)) / np.float32(b)
    z = np.sqrt(np.clip(1.0 - x * x - y * y, 0.0, 1.0))
    return x, y, z


def turn(rng: np.random.Generator) -> NDArray[np.float32]:
    """A random rotation `(3, 3)`, uniform over all (QR of a normal matrix with its signs set)."""
    q, r = np.linalg.qr(rng.normal(size=(3, 3)))
    return (q * np.sign(np.diag(r))).astype(np.float32)
