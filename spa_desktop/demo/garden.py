"""What grows and crawls: ladybird, sunflower, fly agaric, strawberry."""

from __future__ import annotations

import numpy as np

from spa_desktop.demo.painter import Map, Paint, Stage, ball, hsv, inside, mix, noise, rgb


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
