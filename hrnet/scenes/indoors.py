"""Rooms: floors, walls with what hangs on them, and the light of lamps and windows."""

from __future__ import annotations

import cv2
import numpy as np

from hrnet.scenes import textures
from hrnet.scenes.camera import Camera, turn_y
from hrnet.scenes.canvas import Canvas, filled, vertical_gradient
from hrnet.scenes.light import Light
from hrnet.scenes.material import Color, mix
from hrnet.scenes.place import Place, pick

_WALLS: tuple[Color, ...] = (
    *((236, 228, 214), (219, 226, 224), (201, 214, 206), (232, 214, 200), (206, 216, 228)),
    *((188, 200, 190), (224, 196, 170), (176, 190, 204), (240, 236, 228), (158, 176, 168), (214, 186, 178)),
)
_WOODS: tuple[Color, ...] = ((190, 146, 100), (160, 116, 76), (206, 172, 132), (122, 88, 62), (176, 160, 140))
_ACCENTS: tuple[Color, ...] = (
    *((214, 96, 77), (238, 178, 84), (88, 140, 126), (70, 104, 146), (120, 84, 128), (60, 66, 78), (230, 220, 200)),
)
_PIXELS = 80  # of a wall's texture per meter


def room(rng: np.random.Generator, camera: Camera, spots: np.ndarray) -> Place:
    """A furnished room, perhaps seen into its corner."""
    wall = pick(rng, _WALLS)
    high = max(float(rng.uniform(2.5, 3.2)), camera.height + 0.3)
    turn = float(rng.uniform(-38, 38)) if rng.random() < 0.6 else 0.0
    light = _lamp(rng)
    canvas = Canvas(camera, filled(camera.size, mix(wall, (255, 255, 255), 0.4)))
    floor_kind = rng.integers(3)
    if floor_kind == 0:
        floor = textures.planks(rng, pick(rng, _WOODS))
    elif floor_kind == 1:
        base = pick(rng, _WALLS)
        floor = textures.tiles(rng, mix(base, (160, 150, 140), 0.3), pick(rng, _WALLS) if rng.random() < 0.4 else None)
    else:
        floor = textures.carpet(rng, mix(pick(rng, _ACCENTS), (170, 160, 150), 0.5))
    _walls(canvas, spots, turn, high, lambda index, width: _furnished(rng, wall, width, high, index == 0), floor)
    return Place(canvas.picture, canvas.nearness, light)


def gym(rng: np.random.Generator, camera: Camera, spots: np.ndarray) -> Place:
    """A sports hall: lines on a wooden floor, padded walls."""
    wood = pick(rng, ((214, 164, 104), (198, 142, 92), (120, 150, 120), (104, 132, 164)))
    floor = textures.planks(rng, wood)
    for color in (pick(rng, ((250, 250, 245), (40, 70, 150), (180, 40, 40))), (250, 250, 245)):
        at = int(rng.integers(40, 470))
        if rng.random() < 0.5:
            floor[at : at + 5] = color
        else:
            floor[:, at : at + 5] = color
    wall, pad = pick(rng, _WALLS), pick(rng, _ACCENTS)
    high = 6.0

    def side(index: int, width: float) -> np.ndarray:
        texture = _blank(wall, width, high)
        base = texture.shape[0] - int(1.8 * _PIXELS)
        texture[base:] = pad
        for x in range(0, texture.shape[1], int(1.2 * _PIXELS)):
            cv2.line(texture, (x, base), (x, texture.shape[0]), mix(pad, (20, 20, 20), 0.35), 2, cv2.LINE_AA)
        for x in range(int(0.8 * _PIXELS), texture.shape[1], int(3 * _PIXELS)):
            _window(texture, x, int(0.5 * _PIXELS), int(2 * _PIXELS), int(1.1 * _PIXELS))
        return texture

    canvas = Canvas(camera, filled(camera.size, wall))
    _walls(canvas, spots, float(rng.uniform(-30, 30)), high, side, floor, spare=4.0)
    return Place(canvas.picture, canvas.nearness, _lamp(rng))


def _lamp(rng: np.random.Generator) -> Light:
    side = float(rng.choice([-1, 1]) * rng.uniform(0.25, 0.9))
    warm = float(rng.uniform(0, 1))
    key = mix((0.66, 0.66, 0.68), (0.74, 0.66, 0.54), warm)
    sky = mix((0.46, 0.48, 0.52), (0.52, 0.48, 0.43), warm)
    return Light((side, float(rng.uniform(1.0, 1.8)), 0.9), key, sky, (0.34, 0.31, 0.28), shadow=0.36, softness=0.10)


def _walls(canvas: Canvas, spots: np.ndarray, turn: float, high: float, side, floor: np.ndarray, spare=0.7) -> None:
    """Floor, ceiling and three walls of a room that is turned by `turn` degrees and holds all `spots` (N, 3)."""
    frame = turn_y(turn)
    right, back = frame[:, 0], -frame[:, 2]
    places = np.vstack([spots, canvas.camera.position[None]])
    along, across = places @ back, places @ right
    deep = float(along.max()) + spare + 0.3
    left, far = float(across.min()) - spare - 0.8, float(across.max()) + spare + 0.8
    canvas.plane((0, 0, 0), right, back, floor, textures.SCALE, endless=True)
    white = filled((2, 2), (236, 234, 230))
    canvas.plane((0, high, 0), right, -back, white, 1.0, endless=True)
    down = np.array([0.0, -1, 0])
    front = -3.0  # the room begins behind the camera
    for index, (corner, direction, width, shade) in enumerate(
        (
            (right * left + back * deep, right, far - left, 1.0),
            (right * left + back * front, back, deep - front, 0.92),
            (right * far + back * deep, -back, deep - front, 0.86),
        )
    ):
        texture = cv2.convertScaleAbs(side(index, width), alpha=shade)
        canvas.plane(corner + [0, high, 0], direction, down, texture, _PIXELS)


def _blank(color: Color, width: float, high: float) -> np.ndarray:
    size = (int(high * _PIXELS), max(int(width * _PIXELS), 8))
    return vertical_gradient(size, mix(color, (255, 255, 255), 0.12), mix(color, (60, 50, 50), 0.08))


def _furnished(rng: np.random.Generator, wall: Color, width: float, high: float, back: bool) -> np.ndarray:
    """A wall with windows, pictures, shelves, a door."""
    texture = _blank(wall, width, high)
    h, w = texture.shape[:2]
    if rng.random() < 0.25:  # wallpaper or paneling
        for x in range(0, w, int(rng.choice([10, 16, 24]))):
            cv2.line(texture, (x, 0), (x, h), mix(wall, (255, 255, 255), 0.25), 2)
    if rng.random() < 0.3:
        cv2.rectangle(texture, (0, h - int(0.95 * _PIXELS)), (w, h), mix(wall, pick(rng, _ACCENTS), 0.35), -1)
    x = int(rng.uniform(0.2, 0.8) * _PIXELS)
    while x < w - int(0.6 * _PIXELS):
        kind = rng.integers(6)
        wide = int(rng.uniform(0.5, 1.4) * _PIXELS)
        if kind == 0:
            wide = int(rng.uniform(1.1, 1.9) * _PIXELS)
            top, tall = h - int(2.2 * _PIXELS), int(1.3 * _PIXELS)
            _window(texture, x, top, wide, tall)
            if rng.random() < 0.6:
                _curtains(texture, x, top, wide, h - top - 8, pick(rng, _ACCENTS))
        elif kind == 1:
            _painting(
                rng, texture, x, h - int(rng.uniform(1.9, 2.2) * _PIXELS), wide, int(rng.uniform(0.5, 0.9) * _PIXELS)
            )
        elif kind == 2:
            wide = int(0.95 * _PIXELS)
            _door(
                texture,
                x,
                h - int(2.05 * _PIXELS),
                wide,
                h,
                mix(pick(rng, _WOODS), (240, 236, 230), rng.uniform(0, 0.8)),
            )
        elif kind == 3:
            _shelf(rng, texture, x, h - int(rng.uniform(1.4, 2.1) * _PIXELS), wide, h)
        elif kind == 4:
            _painting(rng, texture, x, h - int(2.1 * _PIXELS), int(0.4 * _PIXELS), int(0.5 * _PIXELS))
            _painting(
                rng, texture, x + int(0.55 * _PIXELS), h - int(1.95 * _PIXELS), int(0.35 * _PIXELS), int(0.4 * _PIXELS)
            )
            wide = int(0.9 * _PIXELS)
        x += wide + int(rng.uniform(0.3, 1.3) * _PIXELS)
    cv2.rectangle(texture, (0, h - 8), (w, h), mix(wall, (255, 255, 255), 0.6), -1)
    return texture


def _window(texture: np.ndarray, x: int, y: int, wide: int, tall: int) -> None:
    region = texture[max(y, 0) : y + tall, x : x + wide]
    region[:] = vertical_gradient(region.shape[:2], (178, 208, 236), (236, 240, 236)) if region.size else 0
    frame = (246, 244, 240)
    cv2.rectangle(texture, (x, y), (x + wide, y + tall), frame, 6, cv2.LINE_AA)
    cv2.line(texture, (x + wide // 2, y), (x + wide // 2, y + tall), frame, 4, cv2.LINE_AA)
    cv2.line(texture, (x, y + tall // 2), (x + wide, y + tall // 2), frame, 3, cv2.LINE_AA)
    cv2.rectangle(texture, (x - 6, y + tall + 3), (x + wide + 6, y + tall + 9), (226, 222, 214), -1)


def _curtains(texture: np.ndarray, x: int, y: int, wide: int, tall: int, color: Color) -> None:
    for start in (x - 18, x + wide - 10):
        for i in range(7):
            shade = mix(color, (255, 255, 255), 0.25 if i % 2 else 0.08)
            cv2.rectangle(texture, (start + 4 * i, y - 10), (start + 4 * i + 4, y + tall), shade, -1)
    cv2.line(texture, (x - 26, y - 11), (x + wide + 26, y - 11), (90, 80, 74), 3, cv2.LINE_AA)


def _painting(rng: np.random.Generator, texture: np.ndarray, x: int, y: int, wide: int, tall: int) -> None:
    cv2.rectangle(texture, (x + 3, y + 4), (x + wide + 3, y + tall + 4), (170, 162, 152), -1, cv2.LINE_AA)
    cv2.rectangle(texture, (x, y), (x + wide, y + tall), pick(rng, ((60, 50, 44), (240, 238, 232), (176, 140, 90))), -1)
    cv2.rectangle(texture, (x + 4, y + 4), (x + wide - 4, y + tall - 4), pick(rng, _WALLS), -1)
    for _ in range(4):
        center = (int(x + rng.uniform(0.25, 0.75) * wide), int(y + rng.uniform(0.3, 0.7) * tall))
        half = (int(rng.uniform(0.08, 0.22) * wide) + 1, int(rng.uniform(0.08, 0.2) * tall) + 1)
        cv2.ellipse(texture, center, half, float(rng.uniform(0, 180)), 0, 360, pick(rng, _ACCENTS), -1, cv2.LINE_AA)


def _door(texture: np.ndarray, x: int, y: int, wide: int, floor: int, color: Color) -> None:
    cv2.rectangle(texture, (x - 6, y - 6), (x + wide + 6, floor), mix(color, (255, 255, 255), 0.35), -1)
    cv2.rectangle(texture, (x, y), (x + wide, floor), color, -1)
    for top, bottom in ((0.08, 0.45), (0.55, 0.93)):
        a = (x + wide // 6, int(y + top * (floor - y)))
        b = (x + wide - wide // 6, int(y + bottom * (floor - y)))
        cv2.rectangle(texture, a, b, mix(color, (0, 0, 0), 0.14), 2, cv2.LINE_AA)
    cv2.circle(texture, (x + wide - 9, (y + floor) // 2), 4, (212, 186, 120), -1, cv2.LINE_AA)


def _shelf(rng: np.random.Generator, texture: np.ndarray, x: int, y: int, wide: int, floor: int) -> None:
    wood = pick(rng, _WOODS)
    cv2.rectangle(texture, (x, y), (x + wide, floor), mix(wood, (0, 0, 0), 0.45), -1)
    step = int(0.36 * _PIXELS)
    for top in range(y, floor - step + 1, step):
        at = x + 4
        while at < x + wide - 8:
            thick, tall = int(rng.integers(3, 9)), int(rng.uniform(0.5, 0.85) * step)
            if rng.random() < 0.8:
                a, b = (at, top + step - tall), (min(at + thick, x + wide - 4), top + step - 2)
                cv2.rectangle(texture, a, b, mix(pick(rng, _ACCENTS), pick(rng, _WALLS), rng.uniform(0, 0.5)), -1)
            at += thick + 1
        cv2.rectangle(texture, (x, top + step - 2), (x + wide, top + step + 2), wood, -1)
    cv2.rectangle(texture, (x, y), (x + wide, floor), wood, 4, cv2.LINE_AA)
