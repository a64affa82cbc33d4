"""Flat patterns for floors and walls, painted once and then laid into perspective."""

from __future__ import annotations

import cv2
import numpy as np

from hrnet.scenes.canvas import noise
from hrnet.scenes.material import Color, mix

TILE = 512  # pixels of a texture that repeats
SCALE = 100.0  # its pixels per meter


def _speckled(rng: np.random.Generator, base: Color, amount: float, cells: int = 16) -> np.ndarray:
    """float32 (TILE, TILE, 3): a color with cloudy variation of `amount` (0 to 1)."""
    cloud = noise(rng, (TILE, TILE), cells, 3)
    return np.float32(base) * (1 + amount * (cloud - 0.5))[..., None]


def _bytes(texture: np.ndarray) -> np.ndarray:
    return np.clip(texture, 0, 255).astype(np.uint8)


def planks(rng: np.random.Generator, base: Color) -> np.ndarray:
    """Floorboards that run along the rows."""
    texture = np.empty((TILE, TILE, 3), np.float32)
    wide = int(rng.choice([16, 32]))
    length = 256
    grain = noise(rng, (TILE, 32), 32, 2)  # stretched along the board
    grain = cv2.resize(grain, (TILE, TILE), interpolation=cv2.INTER_LINEAR).T
    for row in range(0, TILE, wide):
        start = int(rng.integers(length))
        for left in range(start - length, TILE, length):
            shade = float(rng.uniform(0.88, 1.08))
            a, b = max(left, 0), min(left + length, TILE)
            texture[row : row + wide, a:b] = np.float32(base) * shade
            if 0 <= left < TILE:
                texture[row : row + wide, left : left + 1] *= 0.72
        texture[row : row + 1] *= 0.72
    return _bytes(texture * (0.93 + 0.14 * grain)[..., None])


def tiles(rng: np.random.Generator, base: Color, other: Color | None = None) -> np.ndarray:
    """Square tiles with joints; a second color makes a chessboard."""
    texture = _speckled(rng, base, 0.06)
    side = int(rng.choice([32, 64]))
    if other is not None:
        y, x = np.mgrid[0:TILE, 0:TILE] // side
        texture[(x + y) % 2 == 1] *= np.float32(other) / np.maximum(np.float32(base), 1)
    joint = np.float32(mix(base, (90, 90, 90), 0.35))
    texture[::side] = texture[1::side] = joint
    texture[:, ::side] = texture[:, 1::side] = joint
    return _bytes(texture)


def carpet(rng: np.random.Generator, base: Color) -> np.ndarray:
    fine = rng.random((TILE, TILE, 1), np.float32)
    return _bytes(_speckled(rng, base, 0.12, 24) * (0.94 + 0.12 * fine))


def grass(rng: np.random.Generator, base: Color) -> np.ndarray:
    fine = cv2.GaussianBlur(rng.random((TILE, TILE), np.float32), (0, 0), 0.8)[..., None]
    return _bytes(_speckled(rng, base, 0.30, 10) * (0.55 + 0.9 * fine))


def asphalt(rng: np.random.Generator, base: Color) -> np.ndarray:
    fine = rng.random((TILE, TILE, 1), np.float32)
    return _bytes(_speckled(rng, base, 0.10, 6) * (0.9 + 0.2 * fine))


def paving(rng: np.random.Generator, base: Color) -> np.ndarray:
    """Slabs in rows that are shifted by half a slab."""
    texture = _speckled(rng, base, 0.10, 20)
    high, wide = 64, 128
    joint = np.float32(mix(base, (60, 60, 60), 0.4))
    for i, row in enumerate(range(0, TILE, high)):
        for left in range(-(i % 2) * wide // 2, TILE, wide):
            a, b = max(left, 0), min(left + wide, TILE)
            texture[row : row + high, a:b] *= float(rng.uniform(0.92, 1.06))
            if left >= 0:
                texture[row : row + high, left : left + 2] = joint
        texture[row : row + 2] = joint
    return _bytes(texture)


def bricks(rng: np.random.Generator, base: Color) -> np.ndarray:
    texture = _speckled(rng, base, 0.15, 20)
    high, wide = 8, 32
    mortar = np.float32(mix(base, (225, 220, 210), 0.55))
    shades = rng.uniform(0.82, 1.12, (TILE // high, TILE // wide)).astype(np.float32)
    rows = np.repeat(shades, high, 0)
    rows = np.repeat(rows, wide, 1)
    for i in range(TILE // high):
        rows[i * high : (i + 1) * high] = np.roll(rows[i * high : (i + 1) * high], (i % 2) * wide // 2, 1)
    texture *= rows[..., None]
    for i, row in enumerate(range(0, TILE, high)):
        texture[row] = mortar
        texture[row : row + high, (i % 2) * wide // 2 :: wide] = mortar
    return _bytes(texture)


def sand(rng: np.random.Generator, base: Color) -> np.ndarray:
    fine = rng.random((TILE, TILE, 1), np.float32)
    return _bytes(_speckled(rng, base, 0.16, 12) * (0.93 + 0.14 * fine))
