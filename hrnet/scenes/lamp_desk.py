"""Where a desk lamp stands: a table top, the wall behind it, and what lies about. All `lamp.SCALE` times as large."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from hrnet.scenes import textures
from hrnet.scenes.camera import Camera, turn_y
from hrnet.scenes.canvas import Canvas, blend, filled, noise, vertical_gradient
from hrnet.scenes.light import Light
from hrnet.scenes.material import Color, Plain, Stripes, mix
from hrnet.scenes.mesh import Mesh, ball, cuboid, limb
from hrnet.scenes.place import Place, pick

_PAINTS: tuple[Color, ...] = (
    *((226, 218, 204), (198, 210, 206), (182, 200, 190), (226, 200, 178), (188, 202, 220), (236, 224, 196)),
    *((150, 172, 168), (202, 172, 160), (120, 140, 160), (92, 108, 104)),
)
_WOODS: tuple[Color, ...] = ((190, 142, 96), (150, 106, 70), (208, 176, 138), (112, 80, 58), (172, 156, 138))
_TOPS: tuple[Color, ...] = ((232, 230, 226), (70, 76, 84), (206, 214, 208), (186, 122, 98))  # painted table tops
_BRIGHT: tuple[Color, ...] = (
    *((206, 84, 70), (232, 172, 80), (78, 138, 122), (70, 104, 150), (124, 92, 132), (66, 72, 86), (226, 216, 200)),
)
_LEAF: tuple[Color, ...] = ((84, 132, 74), (108, 150, 82), (66, 112, 82))
EDGE = (1.3, 1.9)  # drawn meters from the lamp to the far edge of its table
_PIXELS = 64  # of a wall's texture per drawn meter
_BELOW = 3.0  # drawn meters of wall below the level of the table; what hangs on it is told from there
_BLUR = (0.015, 0.08)  # drawn meters: the wall is out of focus
_DUSK: Color = (0.40, 0.44, 0.56)  # of the day's light, red, green, blue
_FRAME = np.eye(3)


def desk(rng: np.random.Generator, camera: Camera, spots: np.ndarray, *, evening: bool) -> Place:
    """A table before a wall that is a little out of focus; in the evening the room is dark and its light cool."""
    deepest = float(-spots[:, 2].min())
    edge, deep = deepest + float(rng.uniform(*EDGE)), deepest + float(rng.uniform(2.2, 4.2))
    # As much of the wall as any camera that looks at the table can see, and it goes on below the table.
    high, wide = camera.height + 1.6 * deep, 2 * (deep * camera.size[1] / camera.focal + 1.5)
    wall = pick(rng, tuple(_WALLS.values()))(rng, int(wide * _PIXELS), int((high + _BELOW) * _PIXELS))
    wall = cv2.GaussianBlur(wall, (0, 0), float(rng.uniform(*_BLUR)) * _PIXELS)
    canvas = Canvas(camera, filled(camera.size, (120, 118, 116)))
    right, down, ahead = np.array([1.0, 0, 0]), np.array([0.0, -1, 0]), np.array([0.0, 0, 1])
    slant = turn_y(float(rng.uniform(-9, 9)))  # tables are not drawn up in line with the lens
    canvas.plane((-wide / 2, high, -deep), right, down, wall, _PIXELS)
    top = _table(rng, 1.4 * wide, edge + 0.5)
    canvas.plane(slant @ [-0.7 * wide, 0.0, -edge], slant @ right, slant @ ahead, top, textures.SCALE)
    light = _dusk(rng) if evening else _day(rng)
    picture = cv2.LUT(canvas.picture, _darkening(_DUSK)) if evening else canvas.picture
    return Place(picture, canvas.nearness, light)


def _darkening(factors: Color) -> np.ndarray:
    levels = np.arange(256)[:, None] * np.asarray(factors)
    return levels.astype(np.uint8)[None]


def _day(rng: np.random.Generator) -> Light:
    side = float(rng.choice([-1, 1]) * rng.uniform(0.4, 1.1))
    warm = float(rng.uniform(0, 1))
    key = mix((0.64, 0.66, 0.70), (0.78, 0.68, 0.54), warm)
    return Light((side, float(rng.uniform(0.9, 1.7)), 0.8), key, (0.46, 0.48, 0.51), (0.33, 0.31, 0.29), 0.56, 0.08)


def _dusk(rng: np.random.Generator) -> Light:
    side = float(rng.choice([-1, 1]) * rng.uniform(0.4, 1.1))
    return Light((side, 1.3, 0.9), (0.20, 0.23, 0.32), (0.13, 0.15, 0.20), (0.20, 0.16, 0.12), 0.30, 0.14)


def _table(rng: np.random.Generator, wide: float, deep: float) -> np.ndarray:
    """A table top of the texture's own scale, uint8 (h, w, 3), with a darker far edge."""
    kind = rng.random()
    if kind < 0.7:
        tile = _grain(rng, pick(rng, _WOODS))
    else:
        tile = textures.carpet(rng, pick(rng, _TOPS))
    top = _tiled(tile, int(wide * textures.SCALE), int(deep * textures.SCALE))
    top[:3] = np.uint8(mix(cv2.mean(tile)[:3], (30, 24, 20), 0.5))
    return top


def _grain(rng: np.random.Generator, base: Color) -> np.ndarray:
    """Wood in wide boards, with fibers that run along them; repeats without a seam."""
    fibers = noise(rng, (textures.TILE, 32), 64, 3).T
    level = cv2.resize(fibers, (textures.TILE, textures.TILE), interpolation=cv2.INTER_CUBIC).T
    level = cv2.resize(level, (textures.TILE, textures.TILE)) * np.float32(0.22) + np.float32(0.86)
    board = textures.TILE // 4
    for row in range(0, textures.TILE, board):
        level[row : row + board] *= np.float32(rng.uniform(0.93, 1.06))
        level[row] *= np.float32(0.75)
    index = np.minimum(level * 170, 255).astype(np.uint8)
    table = np.clip(np.arange(256)[:, None] / 170 * np.asarray(base), 0, 255).astype(np.uint8)
    return cv2.LUT(cv2.merge([index] * 3), table[None])


# Walls: painted (h, w) pixels large, `_PIXELS` to the drawn meter.


def _painted(rng: np.random.Generator, wide: int, high: int) -> np.ndarray:
    paint = pick(rng, _PAINTS)
    return vertical_gradient((high, wide), mix(paint, (255, 255, 255), 0.10), mix(paint, (50, 44, 40), 0.12))


def _pictures(rng: np.random.Generator, wide: int, high: int) -> np.ndarray:
    """Framed prints of simple shapes."""
    wall = _painted(rng, wide, high)
    x = int(rng.uniform(-60, 40))
    while x < wide:
        w, h = int(rng.uniform(70, 150)), int(rng.uniform(80, 170))
        y = high - int(_BELOW * _PIXELS) - int(rng.uniform(40, 170)) - h
        frame = pick(rng, ((52, 44, 40), (238, 236, 230), (170, 132, 86)))
        cv2.rectangle(wall, (x + 4, y + 6), (x + w + 4, y + h + 6), (130, 122, 114), -1)
        cv2.rectangle(wall, (x, y), (x + w, y + h), frame, -1)
        cv2.rectangle(wall, (x + 6, y + 6), (x + w - 6, y + h - 6), (240, 238, 232), -1)
        inner = wall[y + 16 : y + h - 16, x + 16 : x + w - 16] if x >= 0 else wall[:0]
        if inner.size:
            _print(rng, inner)
        x += w + int(rng.uniform(20, 150))
    return wall


def _print(rng: np.random.Generator, paper: np.ndarray) -> None:
    """Hills under a sun, painted into a view of the wall."""
    height, width = paper.shape[:2]
    paper[:] = vertical_gradient((height, width), pick(rng, _BRIGHT), (246, 226, 196))
    center = (int(rng.uniform(0.2, 0.8) * width), int(rng.uniform(0.2, 0.5) * height))
    cv2.circle(paper, center, max(height // 8, 2), (250, 232, 190), -1, cv2.LINE_AA)
    for i in range(3):
        middle = (int(rng.uniform(0, 1) * width), height + height // 6)
        half = (int(width * rng.uniform(0.5, 0.9)), int(height * (0.62 - 0.14 * i)))
        cv2.ellipse(paper, middle, half, 0, 0, 360, mix(pick(rng, _BRIGHT), (40, 60, 70), 0.4), -1, cv2.LINE_AA)


def _books(rng: np.random.Generator, wide: int, high: int) -> np.ndarray:
    """Shelves full of books."""
    wood = pick(rng, _WOODS)
    wall = filled((high, wide), mix(wood, (30, 22, 18), 0.62))
    step = int(rng.uniform(78, 104))
    for shelf in range(high, 0, -step):
        x = int(rng.uniform(0, 20))
        while x < wide:
            thick, tall = int(rng.integers(8, 24)), int(rng.uniform(0.55, 0.9) * step)
            if rng.random() < 0.88:
                color = mix(pick(rng, _BRIGHT), pick(rng, _PAINTS), float(rng.uniform(0, 0.7)))
                cv2.rectangle(wall, (x, shelf - tall), (x + thick - 2, shelf), color, -1)
                cv2.line(wall, (x + 2, shelf - tall // 5), (x + thick - 4, shelf - tall // 5), (236, 220, 180), 2)
            x += thick
        cv2.rectangle(wall, (0, shelf), (wide, shelf + 7), wood, -1)
    return wall


def _window(rng: np.random.Generator, wide: int, high: int) -> np.ndarray:
    """A wide window onto trees or roofs under the sky."""
    sky = pick(rng, (((150, 190, 232), (236, 240, 236)), ((246, 190, 150), (250, 232, 206)), ((190, 200, 210),) * 2))
    view = vertical_gradient((high, wide), *sky, until=0.8)
    line = high - int(rng.uniform(3.2, 4.6) * _PIXELS)
    if rng.random() < 0.5:
        for _ in range(60):
            place = (int(rng.uniform(0, wide)), line + int(rng.uniform(-20, 140)))
            color = mix(pick(rng, _LEAF), (190, 210, 200), float(rng.uniform(0.1, 0.5)))
            cv2.circle(view, place, int(rng.uniform(24, 70)), color, -1, cv2.LINE_AA)
    else:
        x = 0
        while x < wide:
            w, top = int(rng.uniform(50, 130)), line - int(rng.uniform(-40, 130))
            color = mix(pick(rng, ((150, 120, 110), (120, 130, 146), (176, 160, 140))), sky[1], 0.3)
            cv2.rectangle(view, (x, top), (x + w, high), color, -1)
            for row in range(top + 12, high - 20, 26):
                for column in range(x + 10, x + w - 12, 20):
                    pane = (250, 222, 150) if rng.random() < 0.2 else mix(color, (40, 50, 70), 0.35)
                    cv2.rectangle(view, (column, row), (column + 8, row + 13), pane, -1)
            x += w
    bar = pick(rng, ((244, 242, 238), (70, 62, 58)))
    for x in range(int(rng.uniform(0, 150)), wide, int(rng.uniform(170, 300))):
        cv2.rectangle(view, (x, 0), (x + 12, high), bar, -1)
    cross = line - int(rng.uniform(40, 160))
    cv2.rectangle(view, (0, cross), (wide, cross + 9), bar, -1)
    return view


def _brick(rng: np.random.Generator, wide: int, high: int) -> np.ndarray:
    base = pick(rng, ((176, 104, 84), (206, 200, 192), (150, 118, 100)))
    return _tiled(cv2.resize(textures.bricks(rng, base), None, fx=2.4, fy=2.4), wide, high)


def _tiles(rng: np.random.Generator, wide: int, high: int) -> np.ndarray:
    return _tiled(textures.tiles(rng, mix(pick(rng, _PAINTS), (255, 255, 255), 0.2)), wide, high)


def _clouds(rng: np.random.Generator, wide: int, high: int) -> np.ndarray:
    """A painter's backdrop: soft clouds of two colors."""
    a, b = pick(rng, _PAINTS), mix(pick(rng, _BRIGHT), pick(rng, _PAINTS), 0.5)
    cloud = noise(rng, (high, wide), int(rng.integers(3, 7)), 3)
    return blend(filled((high, wide), a), b, cloud)


def _tiled(tile: np.ndarray, wide: int, high: int) -> np.ndarray:
    return np.tile(tile, (high // len(tile) + 1, wide // tile.shape[1] + 1, 1))[:high, :wide]


_WALLS: dict[str, Callable[[np.random.Generator, int, int], np.ndarray]] = {
    "painted": _painted,
    "pictures": _pictures,
    "books": _books,
    "window": _window,
    "brick": _brick,
    "tiles": _tiles,
    "clouds": _clouds,
}


# Things: each stands at a place on the table, with its own frame turned by `facing` degrees.


def _mug(rng: np.random.Generator, spot: np.ndarray, facing: float) -> list[Mesh]:
    glaze = Plain(pick(rng, _BRIGHT), 0.6)
    high, radius = float(rng.uniform(0.34, 0.42)), float(rng.uniform(0.14, 0.17))
    turn = turn_y(facing)
    body = limb(
        spot + [0, 0.02, 0],
        spot + [0, high, 0],
        _FRAME[0],
        [(0, 0.8 * radius), (0.12, radius), (1, radius)],
        glaze,
        columns=20,
        dome=0.05,
    )
    coffee = ball(spot + [0, high - 0.005, 0], _FRAME, (0.88 * radius, 0.012, 0.88 * radius), Plain((74, 48, 34), 0.6))
    ear = [np.array([0.98 * radius + x, y * high, 0]) for x, y in ((0, 0.8), (0.10, 0.72), (0.11, 0.42), (0, 0.28))]
    handle = [
        limb(spot + turn @ a, spot + turn @ b, turn[:, 2], [(0, 0.025), (1, 0.025)], glaze, columns=8)
        for a, b in zip(ear[:-1], ear[1:], strict=True)
    ]
    return [body, coffee, *handle]


def _stack(rng: np.random.Generator, spot: np.ndarray, facing: float) -> list[Mesh]:
    """Books on top of each other."""
    meshes, top = [], 0.0
    for _ in range(int(rng.integers(1, 5))):
        half = (float(rng.uniform(0.28, 0.42)), float(rng.uniform(0.03, 0.07)), float(rng.uniform(0.20, 0.28)))
        turn = turn_y(facing + float(rng.normal(0, 9)))
        cover, at = Plain(pick(rng, _BRIGHT), 0.15), spot + [0, top + half[1], 0]
        meshes.append(cuboid(at, (half[0] * 0.97, half[1] * 0.8, half[2] * 0.97), Plain((238, 230, 212)), turn=turn))
        for side in (-1, 1):
            lid = (half[0], 0.012, half[2])
            meshes.append(cuboid(at + [0, side * (half[1] - 0.012), 0], lid, cover, turn=turn))
        meshes.append(cuboid(at - turn[:, 2] * half[2], (half[0], half[1], 0.012), cover, turn=turn))
        top += 2 * half[1]
    return meshes


def _pencils(rng: np.random.Generator, spot: np.ndarray, facing: float) -> list[Mesh]:
    radius = float(rng.uniform(0.13, 0.16))
    color = pick(rng, _BRIGHT)
    cup = Stripes(color, mix(color, (255, 255, 255), 0.3), 0.12, share=0.2, gloss=0.3)
    meshes = [
        limb(spot + [0, 0.02, 0], spot + [0, 0.4, 0], _FRAME[0], [(0, radius), (1, radius)], cup, columns=18, dome=0.05)
    ]
    for _ in range(int(rng.integers(3, 7))):
        foot, lean = rng.uniform(-0.06, 0.06, 2), rng.uniform(-0.16, 0.16, 2)
        start = spot + [foot[0], 0.1, foot[1]]
        end = spot + [foot[0] + lean[0], float(rng.uniform(0.6, 0.85)), foot[1] + lean[1]]
        meshes.append(
            limb(
                start,
                end,
                _FRAME[0],
                [(0, 0.018), (0.86, 0.018), (1, 0.004)],
                Plain(pick(rng, _BRIGHT), 0.3),
                columns=7,
            )
        )
    return meshes


def _paper(rng: np.random.Generator, spot: np.ndarray, facing: float) -> list[Mesh]:
    """A sheet or a notebook, with a pencil on it."""
    turn, color = turn_y(facing), pick(rng, ((246, 244, 238), (250, 240, 206), *_BRIGHT))
    sheet = cuboid(spot + [0, 0.012, 0], (0.36, 0.012, 0.48), Plain(color), turn=turn)
    a, b = spot + turn @ [-0.2, 0.045, 0.1], spot + turn @ [0.16, 0.045, -0.22]
    return [
        sheet,
        limb(a, b, turn[:, 1], [(0, 0.018), (0.88, 0.018), (1, 0.004)], Plain(pick(rng, _BRIGHT), 0.3), columns=7),
    ]


def _apple(rng: np.random.Generator, spot: np.ndarray, facing: float) -> list[Mesh]:
    color = pick(rng, ((190, 50, 44), (150, 176, 70), (214, 150, 60)))
    fruit = ball(spot + [0, 0.13, 0], _FRAME, (0.14, 0.13, 0.14), Plain(color, 0.5), columns=18, rows=11)
    stem = limb(
        spot + [0, 0.24, 0], spot + [0.02, 0.31, 0], _FRAME[0], [(0, 0.01), (1, 0.008)], Plain((92, 66, 46)), columns=6
    )
    return [fruit, stem]


THINGS: tuple[Callable[[np.random.Generator, np.ndarray, float], list[Mesh]], ...] = (
    _mug, _mug, _stack, _stack, _pencils, _paper, _paper, _apple
)  # fmt: skip
