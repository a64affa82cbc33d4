"""Backgrounds without a place: a paper roll, clouds of color, clutter."""

from __future__ import annotations

import cv2
import numpy as np

from hrnet.scenes.camera import Camera
from hrnet.scenes.canvas import Canvas, blend, dimmed, filled, noise, tinted, vertical_gradient
from hrnet.scenes.light import Light
from hrnet.scenes.material import Color, mix
from hrnet.scenes.place import Place, pick

_PAPERS: tuple[Color, ...] = (
    *((222, 214, 204), (188, 204, 212), (206, 190, 214), (236, 208, 186), (196, 212, 190), (240, 220, 160)),
    *((206, 208, 212), (120, 144, 160), (228, 180, 170), (90, 98, 112)),
)


def _flash(rng: np.random.Generator) -> Light:
    side = float(rng.choice([-1, 1]) * rng.uniform(0.3, 0.9))
    return Light(
        (side, float(rng.uniform(0.9, 1.5)), 0.9),
        (0.70, 0.68, 0.65),
        (0.46, 0.47, 0.50),
        (0.36, 0.35, 0.34),
        0.34,
        0.09,
    )


def studio(rng: np.random.Generator, camera: Camera, spots: np.ndarray) -> Place:
    """A seamless paper roll, lighter behind the people."""
    height, width = camera.size
    paper = pick(rng, _PAPERS)
    canvas = Canvas(camera, filled(camera.size, paper))
    deep = float(-spots[:, 2].min()) + 1.2
    floor = canvas.nearness_of(np.array([0.0, 1, 0]), np.zeros(3))
    wall = canvas.nearness_of(np.array([0.0, 0, 1]), np.array([0.0, 0, -deep]))
    nearness = np.maximum(floor, wall)
    y = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    x = np.linspace(-1, 1, width, dtype=np.float32)
    glow = np.exp(-((x / 0.9) ** 2)) * np.exp(-(((y - 0.38) / 0.5) ** 2))
    bend = 1 - 0.07 * np.clip((floor - wall) * deep * 2.0, 0, 1)  # the roll curves from wall to floor
    return Place(tinted((0.84 + 0.20 * glow) * bend, paper), nearness, _flash(rng))


def texture(rng: np.random.Generator, camera: Camera, spots: np.ndarray) -> Place:
    """Clouds of color."""
    size = camera.size
    a, b, c = (tuple(rng.uniform(20, 240, 3)) for _ in range(3))
    first = noise(rng, size, int(rng.integers(2, 24)), 4)
    second = noise(rng, size, int(rng.integers(2, 12)), 3)
    picture = cv2.blendLinear(filled(size, a), filled(size, b), 1 - first, first)
    return Place(blend(picture, c, 1 - 0.6 * second), np.zeros(size, np.float32), _flash(rng))


def clutter(rng: np.random.Generator, camera: Camera, spots: np.ndarray) -> Place:
    """Shapes, bars and limbs of no one, so that a network cannot call everything with edges a person."""
    height, width = camera.size
    a, b = (tuple(rng.uniform(30, 230, 3)) for _ in range(2))
    picture = vertical_gradient((height, width), a, b)
    long = max(height, width)
    for _ in range(int(rng.integers(25, 90))):
        color = mix(tuple(rng.uniform(0, 255, 3)), pick(rng, _PAPERS), float(rng.uniform(0, 0.6)))
        x, y = int(rng.uniform(0, width)), int(rng.uniform(0, height))
        size = float(long * rng.uniform(0.02, 0.22))
        kind = rng.integers(5)
        if kind == 0:
            half = (int(size * rng.uniform(0.2, 0.6)) + 1, int(size * rng.uniform(0.1, 0.5)) + 1)
            cv2.ellipse(picture, (x, y), half, float(rng.uniform(0, 180)), 0, 360, color, -1, cv2.LINE_AA)
        elif kind == 1:
            corners = np.int32([x, y] + rng.uniform(-0.5, 0.5, (int(rng.integers(3, 7)), 2)) * size)
            cv2.fillConvexPoly(picture, cv2.convexHull(corners), color, cv2.LINE_AA)
        elif kind == 2:  # a bent bar, thick as an arm or a leg
            points = np.int32([x, y] + np.cumsum(rng.uniform(-0.6, 0.6, (3, 2)), 0) * size)
            cv2.polylines(picture, [points], False, color, int(size * 0.15) + 1, cv2.LINE_AA)
        elif kind == 3:
            step = max(int(size * 0.12), 2)
            for i in range(int(rng.integers(3, 9))):
                cv2.rectangle(picture, (x, y + 2 * i * step), (int(x + size), y + (2 * i + 1) * step), color, -1)
        else:
            cv2.circle(picture, (x, y), int(size * 0.3) + 1, color, int(size * 0.06) + 1, cv2.LINE_AA)
    picture = dimmed(picture, 0.6 + 0.4 * noise(rng, (height, width), 8, 4))
    return Place(picture, np.zeros((height, width), np.float32), _flash(rng))
