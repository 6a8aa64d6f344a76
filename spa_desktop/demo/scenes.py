"""Where things stand: meadow, leaf litter, planks, cloth, pebbles, bricks, shelf, lights. Any thing, any place."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from spa_desktop.demo.painter import Colour, Map, Paint, Stage, ball, blur, hsv, inside, mix, noise, rgb, step, turn

# What grows and crawls: ladybird, sunflower, fly agaric, strawberry.


def ladybird(stage: Stage) -> Paint:
    """From above: a spotted dome split along the middle, a black head, six legs."""
    rng, paint = stage.rng, Paint(stage.size)
    black = rgb(0.05, 0.05, 0.06)
    half = stage.folded()
    for root, knee, foot in ((-0.3, -0.5, -0.72), (0.1, 0.1, 0.2), (0.45, 0.62, 0.88)):
        sway = rng.normal(0.0, 0.05)
        paint.add(half.stroke((0.4, root), (0.78, knee + sway), 0.09), black)
        paint.add(half.stroke((0.78, knee + sway), (0.92, foot + sway), 0.06), black)
    paint.add(half.stroke((0.1, -0.85), (0.3, -1.05), 0.045), black)
    head_bright, head_gleam = stage.shade(ball(stage, 0.0, -0.62, 0.5, 0.4), gloss=0.6)
    paint.add(stage.circle(0.0, -0.78, 0.26, 0.2), black, head_bright, head_gleam)
    paint.add(stage.circle(0.0, -0.6, 0.46, 0.3), black, head_bright, head_gleam)
    paint.mark("head", stage.circle(0.0, -0.6, 0.46, 0.3))
    paint.add(half.circle(0.29, -0.66, 0.11, 0.13), rgb(0.93, 0.91, 0.84), head_bright)

    a, b = 0.66 * rng.uniform(0.95, 1.08), 0.72
    shell = stage.circle(0.0, 0.12, a, b)
    hue = rng.choice([0.0, 0.01, 0.03, 0.055, 0.12], p=[0.3, 0.3, 0.2, 0.12, 0.08])
    colour = mix(hsv(hue, 0.92, 0.82), hsv(hue, 0.95, 0.6), noise(rng, stage.size, 5))
    normal = ball(stage, 0.0, 0.12, a, b)
    x, y = np.abs(normal[0]), normal[1]
    nearest: Map = np.full_like(x, -1.0)
    for px, py in [(0.0, -0.72), *_spot_pairs(rng)]:
        gap = np.hypot(x - np.float32(px), y - np.float32(py))
        nearest = np.maximum(nearest, np.float32(rng.uniform(0.13, 0.2)) - gap)
    spots = stage.soft(nearest * np.float32(a))
    bright, gleam = stage.shade(normal, gloss=0.75)
    paint.add(shell, mix(colour, black, spots), bright, gleam)
    paint.mark("shell", shell)
    paint.mark("spots", shell * spots)
    paint.add(shell * stage.soft(np.float32(0.014) - np.abs(stage.u)), black)
    return paint


def _spot_pairs(rng: np.random.Generator) -> list[tuple[float, float]]:
    pairs = [(0.42, -0.3), (0.62, 0.18), (0.32, 0.5), (0.3, 0.08), (0.74, -0.2), (0.6, 0.55)]
    count = int(rng.integers(2, 6))
    return [(px + rng.normal(0.0, 0.03), py + rng.normal(0.0, 0.03)) for px, py in pairs[:count]]


def sunflower(stage: Stage) -> Paint:
    """A head of seeds in Fibonacci spirals inside two rings of petals, seen a little from the side."""
    rng, paint = stage.rng, Paint(stage.size)
    tilt = rng.uniform(0.68, 1.0)
    u, v = stage.u, stage.v / np.float32(tilt)
    radius, angle = np.hypot(u, v) + np.float32(1e-6), np.arctan2(v, u)
    if rng.random() < 0.6:
        paint.add(stage.stroke((0.0, 0.1), (rng.uniform(-0.3, 0.3), 1.9), 0.16), hsv(0.28, 0.6, 0.42))
    petals = int(rng.integers(15, 22))
    hue = rng.uniform(0.11, 0.155)
    wobble = noise(rng, stage.size, 8, octaves=2) - np.float32(0.5)
    for layer, reach, value in ((0, 1.0, 0.72), (1, 0.94, 0.95)):
        turned = angle * np.float32(petals) / 2 + np.float32(layer * np.pi / 2 + rng.uniform(0.0, 0.3))
        petal = np.abs(np.cos(turned))
        # A petal is widest halfway out: its half-width shrinks to a point at the tip.
        limit = np.float32(0.5) + np.float32(reach - 0.5) * petal ** np.float32(0.75) + wobble * np.float32(0.16)
        vein = np.float32(0.82) + np.float32(0.18) * np.cos(turned * 7) ** 2
        fade = np.clip((radius - np.float32(0.4)) / np.float32(0.6), 0.0, 1.0)
        colour = mix(hsv(hue - 0.045, 0.98, value * 0.85), hsv(hue, 0.88, value), fade)
        crease = np.float32(0.55) + np.float32(0.45) * petal ** np.float32(0.5)
        paint.add(stage.soft(limit - radius), colour, vein * crease)
        paint.mark("petals", stage.soft(limit - radius))
    # The spirals of a sunflower run 34 one way and 21 the other.
    disc = rng.uniform(0.42, 0.52)
    winding = np.log(radius / np.float32(disc)) * np.float32(9.0)
    seeds = np.cos(angle * 17 + winding) * np.cos(angle * np.float32(10.5) - winding)
    ring = np.clip(radius / np.float32(disc), 0.0, 1.0)
    core = mix(hsv(0.16, 0.55, 0.42), hsv(0.07, 0.75, 0.2), np.clip(ring * np.float32(2.2) - np.float32(0.4), 0.0, 1.0))
    bright, _ = stage.shade(ball(stage, 0.0, 0.0, disc * 1.4, disc * 1.4 * tilt))
    pits = np.float32(0.5) + np.float32(0.75) * np.clip(seeds + np.float32(0.35), 0.0, 1.0)
    head = stage.soft(np.float32(disc) - radius + wobble * np.float32(0.05))
    paint.add(head, core, bright * pits)
    paint.mark("disc", head)
    paint.mark("petals", np.clip(paint.parts.pop("petals") - head, 0.0, 1.0))
    return paint


def fly_agaric(stage: Stage) -> Paint:
    """A red cap with white warts over a pale stem with a ring."""
    rng, paint = stage.rng, Paint(stage.size)
    u, v = stage.u, stage.v
    lip = rng.uniform(-0.2, 0.1)  # where the cap's edge is
    ivory = mix(rgb(0.93, 0.9, 0.8), rgb(0.72, 0.66, 0.52), noise(rng, stage.size, 6, stretch=0.25))
    bend = rng.uniform(-0.2, 0.2)
    centre = np.float32(bend) * (v - np.float32(lip)) ** 2
    swell = np.float32(0.1) * np.clip((v - np.float32(0.55)) / np.float32(0.45), 0.0, 1.0) ** 2
    width = np.float32(rng.uniform(0.15, 0.24)) + swell
    across = np.clip((u - centre) / width, -1.0, 1.0)
    stem = inside(np.maximum(np.abs(u - centre) - width, np.maximum(v - np.float32(1.0), np.float32(lip) - v)))
    bright, _ = stage.shade((across, np.zeros_like(u), np.sqrt(1.0 - across * across)))
    shaded = np.clip((v - np.float32(lip)) * np.float32(2.2) + np.float32(0.45), 0.45, 1.0)
    paint.add(stem, ivory, bright * shaded)
    skirt = stage.circle(bend * 0.1, lip + 0.27, float(width.mean()) * 1.75, 0.09)
    paint.add(skirt, rgb(0.95, 0.93, 0.84), bright * np.float32(0.9))

    a, b, under = rng.uniform(0.75, 0.95), rng.uniform(0.5, 0.8), rng.uniform(0.1, 0.2)
    gills = stage.circle(0.0, lip, a, under)
    fans = np.float32(0.72) + np.float32(0.28) * np.cos(np.arctan2(v - np.float32(lip - 0.5), u) * 90)
    paint.add(gills, rgb(0.86, 0.82, 0.7), fans * np.float32(0.62))

    hue = rng.choice([0.0, 0.02, 0.05, 0.085], p=[0.45, 0.3, 0.15, 0.1])
    normal = ball(stage, 0.0, lip, a, b)
    x, y, z = normal
    # The cap ends a little below the lip in the middle: it is round, and we look at it from slightly above.
    edge = np.float32(lip) + np.float32(under * 0.45) * np.sqrt(np.clip(1.0 - x * x, 0.0, 1.0))
    cap = np.minimum(stage.circle(0.0, lip, a, b) + (v > lip) * (np.abs(x) < 1.0), 1.0) * stage.soft(edge - v)
    colour = mix(hsv(hue, 0.93, 0.8), hsv(hue + 0.02, 0.95, 0.55), noise(rng, stage.size, 4))
    # Warts are places on the dome; only the cap's own pixels are asked how near they are to one.
    places = rng.normal(size=(int(rng.integers(14, 34)), 3))
    places[:, 1], places[:, 2] = -np.abs(places[:, 1]), np.abs(places[:, 2]) + 0.1
    places /= np.linalg.norm(places, axis=1, keepdims=True)
    on_cap = cap > 0.0
    cosines = places.astype(np.float32) @ np.stack([part[on_cap] for part in (x, y, z)])
    gaps = np.sqrt(np.clip(2.0 - 2.0 * cosines, 0.0, None))
    nearest = (rng.uniform(0.06, 0.14, (len(places), 1)).astype(np.float32) - gaps).max(axis=0)
    ragged = noise(rng, stage.size, 22, octaves=2)[on_cap] - np.float32(0.5)
    warts = np.zeros_like(x)
    warts[on_cap] = stage.soft((nearest + ragged * np.float32(0.12)) * np.float32(b))
    bright, gleam = stage.shade(normal, gloss=0.4)
    paint.add(cap, mix(colour, rgb(0.97, 0.94, 0.86), warts), bright, gleam * (1.0 - warts))
    paint.mark("cap", cap)
    paint.mark("spots", cap * warts)
    paint.mark("stem", np.clip(stem - cap, 0.0, 1.0))
    return paint


def strawberry(stage: Stage) -> Paint:
    """A red cone with rows of pale seeds in pits, under a star of green leaves."""
    rng, paint = stage.rng, Paint(stage.size)
    u, v = stage.u, stage.v
    length, fat = rng.uniform(1.45, 1.75), rng.uniform(0.7, 0.88)
    share = np.clip((v + np.float32(0.68)) / np.float32(length), 0.0, 1.0)
    profile = np.float32(fat * 1.32) * share ** np.float32(0.34) * (1.0 - share) ** np.float32(0.56) + np.float32(1e-3)
    profile *= 1.0 + np.float32(0.12) * (noise(rng, stage.size, 4, octaves=1) - np.float32(0.5))
    body = inside(np.where((share > 0.0) & (share < 1.0), np.abs(u) - profile, np.float32(0.5)))
    across = np.clip(u / profile, -1.0, 1.0)
    tip = np.clip((share - np.float32(0.35)) / np.float32(0.65), -0.6, 1.0) * np.float32(0.75)
    x, y = across * np.sqrt(1.0 - tip * tip), tip
    bright, gleam = stage.shade((x, y, np.sqrt(np.clip(1.0 - x * x - y * y, 0.0, 1.0))), gloss=0.55)
    around = np.arcsin(across * np.float32(0.999))
    rows = share * np.float32(rng.uniform(8.0, 10.5))
    columns = around * np.float32(rng.uniform(2.2, 2.9)) + np.float32(0.5) * (np.floor(rows) % 2)
    dx, dy = (
        (columns - np.round(columns)) * np.float32(0.42),
        (rows - np.floor(rows) - np.float32(0.5)) * np.float32(0.5),
    )
    gap = np.hypot(dx * np.float32(1.7), dy)
    pit = np.clip(1.0 - gap / np.float32(0.17), 0.0, 1.0)
    seed = np.clip((np.float32(0.085) - gap) * np.float32(24.0), 0.0, 1.0)
    red = mix(hsv(0.985, 0.95, 0.82), hsv(rng.uniform(0.0, 0.04), 0.85, 0.72), noise(rng, stage.size, 3))
    # Towards the leaves a strawberry is often not quite ripe.
    pale = np.clip(1.0 - share * np.float32(rng.uniform(3.5, 8.0)), 0.0, 1.0) * np.float32(0.7)
    red = mix(red, rgb(0.95, 0.82, 0.6), pale)
    paint.add(body, mix(red, hsv(0.13, 0.6, 0.9), seed), bright * (1.0 - np.float32(0.5) * pit * (1.0 - seed)), gleam)

    top = v + np.float32(0.62)
    angle, radius = np.arctan2(top / np.float32(0.62), u), np.hypot(u, top / np.float32(0.62))
    leaves = int(rng.integers(5, 8))
    star = np.abs(np.cos(angle * np.float32(leaves / 2) + np.float32(rng.uniform(0.0, 3.0)))) ** np.float32(1.3)
    limit = np.float32(0.2) + np.float32(rng.uniform(0.35, 0.5)) * star
    green = mix(hsv(0.27, 0.7, 0.34), hsv(0.25, 0.68, 0.62), star)
    paint.add(stage.stroke((0.0, -0.6), (rng.uniform(-0.25, 0.25), -1.05), 0.09), hsv(0.26, 0.55, 0.5))
    paint.mark("leaves", stage.soft(limit - radius))
    paint.mark("flesh", np.clip(body - paint.parts["leaves"], 0.0, 1.0))
    paint.add(stage.soft(limit - radius), green, np.float32(0.75) + np.float32(0.35) * np.cos(angle * leaves * 4) ** 2)
    return paint


# What people make: soccer ball, basketball, zebra-striped vase, polka-dot mug.

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


def _grain(rng: np.random.Generator, picture: Colour, amount: float, cells: float = 40) -> Colour:
    speckle = noise(rng, picture.shape[0], cells, octaves=2) - np.float32(0.5)
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
