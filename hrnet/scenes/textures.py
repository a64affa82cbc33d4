"""Flat patterns for floors and walls, painted once and then laid into perspective."""

from __future__ import annotations

import cv2
import numpy as np

from hrnet.scenes.canvas import noise, tinted
from hrnet.scenes.material import Color, mix

TILE = 512  # pixels of a texture that repeats
SCALE = 100.0  # its pixels per meter


def _cloudy(rng: np.random.Generator, amount: float, cells: int = 16) -> np.ndarray:
    """float32 (TILE, TILE): about 1, with smooth variation of `amount`."""
    return noise(rng, (TILE, TILE), cells, 3) * np.float32(amount) + np.float32(1 - amount / 2)


def _grainy(rng: np.random.Generator, amount: float) -> np.ndarray:
    """float32 (TILE, TILE): about 1, different in every pixel by up to half of `amount`."""
    return rng.random((TILE, TILE), np.float32) * np.float32(amount) + np.float32(1 - amount / 2)


def planks(rng: np.random.Generator, base: Color) -> np.ndarray:
    """Floorboards that run along the rows."""
    wide, length = int(rng.choice([16, 32])), 256
    grain = noise(rng, (TILE, 32), 32, 2)
    level = cv2.resize(grain, (TILE, TILE), interpolation=cv2.INTER_LINEAR).T * np.float32(0.14) + np.float32(0.93)
    for row in range(0, TILE, wide):
        board = level[row : row + wide]
        start = int(rng.integers(length))
        for left in range(start, start + TILE, length):  # around the edge where the texture repeats
            place = np.arange(left, left + length) % TILE
            board[:, place] *= np.float32(rng.uniform(0.88, 1.08))
            board[:, left % TILE] *= np.float32(0.72)
        board[0] *= np.float32(0.72)
    return tinted(level, base)


def tiles(rng: np.random.Generator, base: Color, other: Color | None = None) -> np.ndarray:
    """Square tiles with joints; a second color makes a chessboard."""
    level, side = _cloudy(rng, 0.06), int(rng.choice([32, 64]))
    texture = tinted(level, base)
    if other is not None:
        dark = tinted(level, other)
        for row in range(0, TILE, side):
            for column in range(row // side % 2 * side, TILE, 2 * side):
                texture[row : row + side, column : column + side] = dark[row : row + side, column : column + side]
    joint = np.uint8(mix(base, (90, 90, 90), 0.35))
    texture[::side] = texture[1::side] = joint
    texture[:, ::side] = texture[:, 1::side] = joint
    return texture


def carpet(rng: np.random.Generator, base: Color) -> np.ndarray:
    return tinted(_cloudy(rng, 0.12, 24) * _grainy(rng, 0.12), base)


def grass(rng: np.random.Generator, base: Color) -> np.ndarray:
    return tinted(_cloudy(rng, 0.30, 10) * cv2.GaussianBlur(_grainy(rng, 0.9), (0, 0), 0.8), base)


def asphalt(rng: np.random.Generator, base: Color) -> np.ndarray:
    return tinted(_cloudy(rng, 0.10, 6) * _grainy(rng, 0.2), base)


def sand(rng: np.random.Generator, base: Color) -> np.ndarray:
    return tinted(_cloudy(rng, 0.16, 12) * _grainy(rng, 0.14), base)


def paving(rng: np.random.Generator, base: Color) -> np.ndarray:
    """Slabs in rows that are shifted by half a slab."""
    level, high, wide = _cloudy(rng, 0.10, 20), 64, 128
    shades = np.repeat(rng.uniform(0.92, 1.06, (TILE // high, TILE // wide)).astype(np.float32), wide, 1)
    shades[1::2] = np.roll(shades[1::2], wide // 2, 1)
    level *= np.repeat(shades, high, 0)
    return _jointed(tinted(level, base), mix(base, (60, 60, 60), 0.4), high, wide, 2)


def bricks(rng: np.random.Generator, base: Color) -> np.ndarray:
    level, high, wide = _cloudy(rng, 0.15, 20), 8, 32
    shades = np.repeat(rng.uniform(0.82, 1.12, (TILE // high, TILE // wide)).astype(np.float32), wide, 1)
    shades[1::2] = np.roll(shades[1::2], wide // 2, 1)
    shades = np.repeat(shades, high, 0)
    return _jointed(tinted(level * shades, base), mix(base, (225, 220, 210), 0.55), high, wide, 1)


def _jointed(texture: np.ndarray, color: Color, high: int, wide: int, thick: int) -> np.ndarray:
    """Joints between rows of stones, every second row shifted by half a stone."""
    joint = np.uint8(color)
    for i in range(thick):
        texture[i::high] = joint
    for row in range(0, TILE, high):
        for i in range(thick):
            texture[row : row + high, row // high % 2 * wide // 2 + i :: wide] = joint
    return texture
