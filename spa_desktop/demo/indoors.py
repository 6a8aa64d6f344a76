"""What people make: soccer ball, basketball, zebra-striped vase, polka-dot mug."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from spa_desktop.demo.painter import Paint, Stage, ball, hsv, inside, mix, noise, rgb, step, turn

_GOLDEN = (1.0 + 5.0**0.5) / 2.0


def soccer_ball(stage: Stage) -> Paint:
    """A truncated icosahedron blown up to a sphere: twelve dark pentagons, twenty light hexagons, seams."""
    rng, paint = stage.rng, Paint(stage.size)
    normal, cover = ball(stage), stage.circle(0.0, 0.0, 1.0, 1.0)
    on_ball = cover > 0.0
    where = turn(rng) @ np.stack([part[on_ball] for part in normal])
    # A point of the sphere lies on the face whose plane it meets first, looking out from the centre.
    pentagons = (_PENTAGONS / np.float32(2.3274)) @ where
    hexagons = (_HEXAGONS / np.float32(2.2672)) @ where
    first = hexagons.max(axis=0)
    second = np.where(hexagons >= first, np.float32(-1.0), hexagons).max(axis=0)
    dark = pentagons.max(axis=0)
    seam = np.minimum(np.abs(dark - first), np.where(dark > first, np.float32(1.0), first - second))
    patch, stitch = np.zeros_like(cover), np.zeros_like(cover)
    patch[on_ball] = stage.soft((dark - first) * np.float32(2.0))
    stitch[on_ball] = step(np.float32(0.009) - seam, 0.01)
    ink = hsv(rng.random(), rng.choice([0.0, 0.85], p=[0.75, 0.25]), rng.uniform(0.06, 0.3))
    grime = noise(rng, stage.size, 4, octaves=4) ** 2 * np.float32(rng.uniform(0.0, 0.9))
    leather = mix(mix(rgb(0.95, 0.95, 0.93), rgb(0.5, 0.42, 0.3), grime), ink, patch)
    bright, gleam = stage.shade(normal, gloss=0.45)
    paint.add(cover, mix(leather, rgb(0.25, 0.25, 0.26), stitch), bright, gleam)
    paint.mark("dark patches", cover * patch)
    return paint


def basketball(stage: Stage) -> Paint:
    """An orange sphere of pebbled rubber with two great circles and two bows of black channels."""
    rng, paint = stage.rng, Paint(stage.size)
    normal = ball(stage)
    x, y, z = (turn(rng) @ np.stack([part.ravel() for part in normal])).reshape(3, *normal[0].shape)
    bow = np.abs(np.hypot(np.abs(x) - np.float32(1.06), y) - np.float32(0.72))
    line = np.minimum(np.minimum(np.abs(x), np.abs(z)), bow)
    channel = step(np.float32(0.024) - line, max(0.012, 1.5 * stage.pixel))
    pebbles = noise(rng, stage.size, 70, octaves=1) - np.float32(0.5)
    hue = rng.uniform(0.035, 0.075)
    rubber = mix(hsv(hue, 0.82, 0.85), hsv(hue - 0.015, 0.85, 0.55), noise(rng, stage.size, 4))
    bright, gleam = stage.shade(normal, gloss=0.3)
    colour = mix(rubber, rgb(0.07, 0.06, 0.06), channel)
    paint.add(stage.circle(0.0, 0.0, 1.0, 1.0), colour, bright * (1.0 + pebbles * np.float32(0.4)), gleam)
    return paint


def zebra_striped_vase(stage: Stage) -> Paint:
    """A turned vase of random outline, with the wavering black stripes of a zebra."""
    rng, paint = stage.rng, Paint(stage.size)
    u, v = stage.u, stage.v
    lip, foot, rim = -0.9, 0.95, rng.uniform(0.24, 0.42)
    heights = [lip, -0.62, rng.uniform(-0.25, 0.0), 0.45, foot]
    widths = [rim, rng.uniform(0.18, 0.32), rng.uniform(0.5, 0.68), rng.uniform(0.4, 0.6), rng.uniform(0.26, 0.36)]
    fine = np.linspace(lip, foot, 256)
    window = np.hanning(61) / np.hanning(61).sum()
    smooth = np.convolve(np.pad(np.interp(fine, heights, widths), 30, mode="edge"), window, mode="valid")
    profile = np.interp(v, fine, smooth).astype(np.float32)
    slope = np.interp(v, fine, np.gradient(smooth, fine)).astype(np.float32)
    across = np.clip(u / profile, -0.999, 0.999)
    sag = np.float32(0.22) * profile * np.sqrt(1.0 - across * across)  # seen from slightly above, rings look like bows
    body = inside(np.maximum(np.abs(u) - profile, np.maximum(v - np.float32(0.86) - sag, np.float32(lip) - v)))
    length = np.sqrt(1.0 + slope * slope)
    normal = (across / length, -slope / length, np.sqrt(1.0 - across * across) / length)
    bright, gleam = stage.shade(normal, gloss=0.7)

    around = np.arcsin(across)
    waver = noise(rng, stage.size, 3, octaves=3) - np.float32(0.5)
    lean = rng.uniform(-0.8, 0.8)
    rings = (v - sag + np.float32(lean * 0.2) * around) * np.float32(rng.uniform(17.0, 25.0)) + waver * np.float32(9.0)
    stripe = step(np.sin(rings) + np.float32(rng.uniform(-0.25, 0.25)), 0.35)
    ivory = mix(rgb(0.96, 0.94, 0.9), rgb(0.84, 0.79, 0.7), noise(rng, stage.size, 5))
    paint.add(body, mix(ivory, rgb(0.07, 0.06, 0.06), stripe), bright, gleam)
    paint.mark("stripes", body)
    paint.add(stage.circle(0.0, lip, rim, rim * 0.24), rgb(0.82, 0.8, 0.76), 0.9)
    paint.add(stage.circle(0.0, lip + 0.012, rim * 0.86, rim * 0.18), rgb(0.09, 0.08, 0.08))
    return paint


def polka_dot_mug(stage: Stage) -> Paint:
    """A mug of any colour with dots of any other, a handle at one side, often something to drink in it."""
    rng, paint = stage.rng, Paint(stage.size)
    u, v = stage.u, stage.v
    half, top, bottom = rng.uniform(0.55, 0.66), rng.uniform(-0.78, -0.55), 0.72
    taper = np.float32(rng.uniform(-0.05, 0.12))
    width = np.float32(half) - taper * (v - np.float32(top)) / np.float32(bottom - top)
    across = np.clip(u / width, -0.999, 0.999)
    flat = np.float32(rng.uniform(0.2, 0.34))  # how far the eye is above the table
    depth = np.sqrt(1.0 - across * across)
    hue = rng.random()
    glaze = hsv(hue, rng.uniform(0.15, 0.85), rng.uniform(0.35, 0.95))
    dots = rgb(0.97, 0.96, 0.93) if rng.random() < 0.6 else hsv(hue + rng.uniform(0.3, 0.7), 0.8, rng.uniform(0.2, 0.9))
    bright, gleam = stage.shade((across, np.zeros_like(u), depth), gloss=0.8)

    tall = (bottom - top) * 0.3
    ring = np.abs(
        np.hypot((u - np.float32(half + 0.02)) / np.float32(0.34), (v - np.float32(0.06)) / np.float32(tall)) - 1
    )
    tube = np.float32(1.0) - ring * np.float32(0.34 / 0.085)  # 1 along the middle of the handle, 0 at its edge
    paint.add(stage.soft(tube * np.float32(0.085)), glaze, np.float32(0.5) + np.float32(0.6) * np.clip(tube, 0.0, 1.0))

    bow = flat * np.float32(half) * depth
    body = inside(
        np.maximum(np.abs(u) - width, np.maximum(v - np.float32(bottom - flat * half) - bow, np.float32(top) - v))
    )
    pitch = np.float32(rng.uniform(2.6, 4.4))
    rows = (v - bow) * pitch * np.float32(1.15) + np.float32(rng.random())
    columns = (
        np.arcsin(across) * np.float32(half) * pitch + np.float32(0.5) * (np.floor(rows) % 2) + np.float32(rng.random())
    )
    gap = np.hypot(
        columns - np.floor(columns) - np.float32(0.5), (rows - np.floor(rows) - np.float32(0.5)) * np.float32(0.87)
    )
    spot = stage.soft((np.float32(rng.uniform(0.2, 0.31)) - gap) / pitch)
    paint.add(body, mix(glaze, dots, spot), bright, gleam)
    paint.mark("dots", body * spot)
    paint.mark("handle", np.clip(stage.soft(tube * np.float32(0.085)) - body, 0.0, 1.0))

    rim = stage.circle(0.0, top, half, half * float(flat))
    paint.add(rim, mix(glaze, rgb(1.0, 1.0, 1.0), np.full_like(u, 0.25)))
    paint.add(stage.circle(0.0, top + 0.01, half * 0.92, half * float(flat) * 0.86), glaze, 0.45)
    if rng.random() < 0.7:
        drink = hsv(rng.choice([0.06, 0.07, 0.1]), rng.uniform(0.5, 0.9), rng.uniform(0.16, 0.5))
        paint.add(stage.circle(0.0, top + 0.035, half * 0.86, half * float(flat) * 0.74), drink)
    return paint


def _icosahedron() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The unit vectors to the 12 corners and the 20 face centres."""
    corners = []
    for one, golden in itertools.product((-1.0, 1.0), (-_GOLDEN, _GOLDEN)):
        corners += [(0.0, one, golden), (one, golden, 0.0), (golden, 0.0, one)]
    points = np.array(corners) / np.hypot(1.0, _GOLDEN)
    edge = np.sort(points @ points.T, axis=1)[0, -2]
    faces = [
        points[list(triple)].sum(axis=0)
        for triple in itertools.combinations(range(12), 3)
        if all(points[i] @ points[j] > edge - 1e-6 for i, j in itertools.combinations(triple, 2))
    ]
    centres = np.array(faces)
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    return points.astype(np.float32), centres.astype(np.float32)


_PENTAGONS, _HEXAGONS = _icosahedron()
