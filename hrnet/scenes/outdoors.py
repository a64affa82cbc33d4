"""Streets, parks, beaches and playing fields under a sky."""

from __future__ import annotations

import cv2
import numpy as np

from hrnet.scenes import textures
from hrnet.scenes.camera import Camera, turn_y
from hrnet.scenes.canvas import Canvas, blend, filled, horizon, noise, vertical_gradient
from hrnet.scenes.light import Light
from hrnet.scenes.material import Color, mix
from hrnet.scenes.place import Place, pick

_PIXELS = 40  # of a facade's texture per meter
_GREENS: tuple[Color, ...] = ((112, 150, 76), (96, 142, 84), (134, 160, 84), (86, 128, 66))
_FACADES: tuple[Color, ...] = (
    *((206, 186, 162), (188, 120, 92), (224, 208, 186), (160, 168, 176), (214, 164, 132), (176, 148, 136)),
    *((198, 204, 204), (232, 220, 204), (140, 112, 104)),
)


def _weather(rng: np.random.Generator, camera: Camera) -> tuple[np.ndarray, Light, Color]:
    """A sky picture, the light under it, and the color of the haze: sun, clouds or evening."""
    kind = rng.choice(["sun", "sun", "clouds", "evening"])
    side = float(rng.choice([-1, 1]) * rng.uniform(0.25, 1.0))
    if kind == "sun":
        top, low, cloud = (104, 160, 220), (206, 226, 240), (255, 255, 255)
        toward = (side, float(rng.uniform(0.9, 1.6)), float(rng.uniform(-0.1, 0.9)))
        light = Light(toward, (0.80, 0.76, 0.68), (0.44, 0.49, 0.58), (0.32, 0.31, 0.27), 0.50, 0.03)
    elif kind == "clouds":
        top, low, cloud = (166, 178, 192), (222, 226, 228), (240, 242, 244)
        toward = (side, 2.0, 0.6)
        light = Light(toward, (0.40, 0.40, 0.41), (0.68, 0.70, 0.73), (0.38, 0.37, 0.36), 0.24, 0.16)
    else:
        top, low, cloud = (120, 132, 178), (250, 204, 160), (252, 214, 190)
        toward = (side * 1.3, float(rng.uniform(0.55, 0.8)), 0.6)
        light = Light(toward, (0.88, 0.66, 0.46), (0.42, 0.41, 0.50), (0.32, 0.28, 0.27), 0.42, 0.04)
    size = camera.size
    sky = vertical_gradient(size, top, low, max(horizon(camera), 0.15))
    amount = np.clip(noise(rng, size, int(rng.integers(2, 6)), 4) * 2.6 - float(rng.uniform(1.2, 1.9)), 0, 1)
    return blend(sky, cloud, 1 - 0.85 * amount), light, low


def park(rng: np.random.Generator, camera: Camera, spots: np.ndarray) -> Place:
    """A meadow with a path, trees and hills."""
    sky, light, haze = _weather(rng, camera)
    canvas = Canvas(camera, sky, (haze, 90.0))
    _hills(rng, canvas, haze)
    green = pick(rng, _GREENS)
    canvas.plane((0, 0, 0), (1, 0, 0), (0, 0, -1), textures.grass(rng, green), textures.SCALE, endless=True)
    if rng.random() < 0.6:
        _path(rng, canvas, spots)
    far = max(14.0, float(-spots[:, 2].min()) + 4)
    _trees(rng, canvas, int(rng.integers(5, 14)), far, far * 3.5)
    return Place(canvas.picture, canvas.nearness, light)


def field(rng: np.random.Generator, camera: Camera, spots: np.ndarray) -> Place:
    """A playing field: mown stripes, white lines, a fence or a hedge."""
    sky, light, haze = _weather(rng, camera)
    canvas = Canvas(camera, sky, (haze, 140.0))
    _hills(rng, canvas, haze)
    green = pick(rng, ((88, 148, 70), (104, 156, 72), (70, 132, 76)))
    lawn = textures.grass(rng, green)
    lawn = np.concatenate([lawn, cv2.convertScaleAbs(lawn, alpha=0.88)], 1)
    canvas.plane((0, 0, 0), (1, 0, 0), (0, 0, -1), lawn, textures.SCALE / 0.6, endless=True)
    far = max(22.0, float(-spots[:, 2].min()) + 10)
    turn = turn_y(float(rng.uniform(-50, 50)))
    for _ in range(int(rng.integers(1, 4))):
        center = np.array([rng.uniform(-4, 4), 0, -rng.uniform(2, far)])
        along, wide = turn[:, int(rng.choice([0, 2]))] * 60, 0.06
        across = np.array([-along[2], 0, along[0]]) / 60 * wide
        canvas.polygon(
            [center - along - across, center + along - across, center + along + across, center - along + across],
            (238, 242, 236),
        )
    _trees(rng, canvas, int(rng.integers(3, 9)), far + 14, far * 2.5)
    board = pick(rng, _FACADES)
    for i in range(-12, 13):
        color = canvas.hazy(mix(board, pick(rng, _FACADES), 0.5), far)
        x = i * 3.0
        canvas.polygon([(x, 0, -far), (x + 2.96, 0, -far), (x + 2.96, 1.0, -far), (x, 1.0, -far)], color)
    return Place(canvas.picture, canvas.nearness, light)


def beach(rng: np.random.Generator, camera: Camera, spots: np.ndarray) -> Place:
    """Sand, sea and sky."""
    sky, light, haze = _weather(rng, camera)
    canvas = Canvas(camera, sky, (haze, 160.0))
    sea = pick(rng, ((64, 142, 168), (58, 120, 160), (84, 160, 168)))
    water = textures.sand(rng, sea)
    canvas.plane((0, -0.02, 0), (1, 0, 0), (0, 0, -1), water, textures.SCALE / 3, endless=True)
    canvas.nearness[:] = 0
    shore = max(9.0, float(-spots[:, 2].min()) + 2)
    wave = noise(rng, (2, 64), 12, 2)[0] * 1.6
    sand = pick(rng, ((232, 206, 160), (222, 196, 156), (240, 222, 186)))
    x = np.linspace(-40, 40, 64)
    for offset, color in ((1.1, (246, 250, 250)), (0.65, mix(sand, (120, 100, 80), 0.35)), (0.0, sand)):
        line = [(a, 0, -(shore + offset + b)) for a, b in zip(x, wave, strict=True)]
        canvas.polygon([*line, (40, 0, -0.2), (-40, 0, -0.2)], color)
    below = canvas.nearness_of(np.array([0.0, 1, 0]), np.zeros(3))
    ground = below > 1 / (shore + 0.5)
    grains = Canvas(camera, filled(camera.size, (235, 235, 235)))
    grain = textures.sand(rng, (235, 235, 235))
    grains.plane((0, 0, 0), (1, 0, 0), (0, 0, -1), grain, textures.SCALE, endless=True)
    grained = cv2.multiply(canvas.picture, grains.picture, scale=1 / 235)
    cv2.copyTo(grained, ground.view(np.uint8), canvas.picture)
    canvas.nearness = np.where(ground, below, np.float32(0))
    if rng.random() < 0.5:
        _umbrella(rng, canvas, float(rng.uniform(-5, 5)), shore - 0.5)
    return Place(canvas.picture, canvas.nearness, light)


def street(rng: np.random.Generator, camera: Camera, spots: np.ndarray) -> Place:
    """A street between houses, or a square before a row of them."""
    sky, light, haze = _weather(rng, camera)
    canvas = Canvas(camera, sky, (haze, 130.0))
    turn = float(rng.uniform(-30, 30))
    frame = turn_y(turn)
    right, back = frame[:, 0], -frame[:, 2]
    ground = (
        textures.paving(rng, pick(rng, ((184, 178, 170), (166, 166, 168), (196, 180, 160))))
        if rng.random() < 0.6
        else textures.asphalt(rng, pick(rng, ((112, 114, 118), (132, 130, 128))))
    )
    canvas.plane((0, 0, 0), right, back, ground, textures.SCALE, endless=True)
    deep = max(9.0, float((spots @ back).max()) + float(rng.uniform(2.5, 12)))
    if rng.random() < 0.5:
        _road(canvas, right, back, deep)
    down = np.array([0.0, -1, 0])
    x = -26.0
    while x < 26:
        wide, high = float(rng.uniform(5, 10)), float(rng.uniform(6, 14))
        facade = _facade(rng, wide, high)
        canvas.plane(right * x + back * deep + [0, high, 0], right, down, facade, _PIXELS)
        x += wide
    side = float(np.abs(spots @ right).max()) + float(rng.uniform(3, 8))
    for s in (-1, 1):
        if rng.random() < 0.45:
            at = -2.0
            while at < deep:
                wide, high = float(rng.uniform(5, 9)), float(rng.uniform(6, 12))
                facade = cv2.convertScaleAbs(_facade(rng, wide, high), alpha=0.85)
                start = right * s * side + back * (at + wide if s > 0 else at) + [0, high, 0]
                canvas.plane(start, -back if s > 0 else back, down, facade, _PIXELS)
                at += wide
    for _ in range(int(rng.integers(0, 4))):
        spot = right * float(rng.uniform(-8, 8)) + back * (deep - 1.4)
        if rng.random() < 0.5:
            _tree(rng, canvas, spot, float(rng.uniform(3, 5)), pick(rng, _GREENS))
        else:
            _lantern(canvas, spot)
    return Place(canvas.picture, canvas.nearness, light)


def alley(rng: np.random.Generator, camera: Camera, spots: np.ndarray) -> Place:
    """A wall close behind the people: brick, plaster or graffiti."""
    _, light, _ = _weather(rng, camera)
    canvas = Canvas(camera, filled(camera.size, (180, 180, 180)))
    ground = textures.paving(rng, pick(rng, ((178, 174, 168), (150, 150, 152), (190, 176, 158))))
    canvas.plane((0, 0, 0), (1, 0, 0), (0, 0, -1), ground, textures.SCALE, endless=True)
    base = pick(
        rng, ((176, 96, 74), (200, 190, 176), (150, 128, 116), (206, 170, 130), (118, 138, 146), (222, 214, 200))
    )
    wall = textures.bricks(rng, base) if rng.random() < 0.6 else textures.asphalt(rng, base)
    deep = float(-spots[:, 2].min()) + float(rng.uniform(0.6, 2.0))
    frame = turn_y(float(rng.uniform(-12, 12)))
    canvas.plane((0, 0, -deep), frame[:, 0], (0, -1, 0), wall, textures.SCALE, endless=True)
    return Place(canvas.picture, canvas.nearness, light)


def _hills(rng: np.random.Generator, canvas: Canvas, haze: Color) -> None:
    """Ridges on the horizon, one behind the other."""
    height, width = canvas.camera.size
    row = horizon(canvas.camera) * height
    for layer in range(3):
        ridge = noise(rng, (2, max(width, 8)), 3 + 2 * layer, 3)[0]
        top = row - height * (0.10 - 0.03 * layer) * ridge - 1
        color = mix(pick(rng, _GREENS), haze, 0.75 - 0.2 * layer)
        outline = np.column_stack([np.linspace(0, width, len(top)), top])
        outline = np.vstack([outline, [width, height], [0, height]])
        cv2.fillPoly(canvas.picture, [np.round(outline * 16).astype(np.int32)], color, cv2.LINE_AA, 4)


def _path(rng: np.random.Generator, canvas: Canvas, spots: np.ndarray) -> None:
    middle, wide = float(spots[:, 0].mean() + rng.normal(0, 0.8)), float(rng.uniform(0.8, 1.5))
    color = pick(rng, ((206, 190, 160), (190, 184, 174), (196, 170, 140)))
    bend = float(rng.uniform(-0.012, 0.012))
    z = np.array([0.3, 2, 4, 6, 9, 13, 18, 26, 40, 60])
    center = middle + bend * (z - float(-spots[:, 2].mean())) ** 2
    for grow, shade in ((0.12, mix(color, (80, 90, 50), 0.4)), (0.0, color)):
        left = [(c - wide - grow, 0, -d) for c, d in zip(center, z, strict=True)]
        right = [(c + wide + grow, 0, -d) for c, d in zip(center, z, strict=True)]
        canvas.polygon([*left, *right[::-1]], shade)


def _trees(rng: np.random.Generator, canvas: Canvas, count: int, near: float, far: float) -> None:
    green = pick(rng, _GREENS)
    for depth in sorted(rng.uniform(near, far, count), reverse=True):
        spread = depth * 0.6
        spot = np.array([rng.uniform(-spread, spread), 0, -depth])
        _tree(rng, canvas, spot, float(rng.uniform(4, 8)), mix(green, pick(rng, _GREENS), 0.5))


def _tree(rng: np.random.Generator, canvas: Canvas, spot: np.ndarray, high: float, green: Color) -> None:
    """A trunk and a crown of overlapping blobs, lighter toward the top."""
    x, _, z = spot
    depth = -float(z)
    bark = canvas.hazy((104, 82, 62), depth)
    thick = 0.035 * high
    canvas.polygon(
        [(x - thick, 0, z), (x + thick, 0, z), (x + thick * 0.6, high * 0.6, z), (x - thick * 0.6, high * 0.6, z)], bark
    )
    canvas.polygon(
        [
            (x - thick * 5, 0.02, z),
            (x + thick * 5, 0.02, z),
            (x + thick * 4, 0.0, z + 0.4),
            (x - thick * 4, 0, z + 0.4),
        ],
        canvas.hazy(mix(green, (30, 50, 30), 0.5), depth),
    )
    blobs = rng.normal(0, 1, (14, 2)) * [0.17 * high, 0.12 * high]
    sizes = rng.uniform(0.13, 0.20, 14) * high
    for lift, shade in ((0.0, 0.42), (0.05, 0.2), (0.11, 0.0)):
        color = canvas.hazy(mix(mix(green, (20, 44, 30), shade + 0.1), (236, 230, 150), 0.22 - shade / 2), depth)
        for (dx, dy), size in zip(blobs, sizes, strict=True):
            center = (x + dx - lift * high * 0.5, 0.68 * high + dy + lift * high, z)
            canvas.disc(center, size * (1 - 2.2 * lift), color)


def _umbrella(rng: np.random.Generator, canvas: Canvas, x: float, depth: float) -> None:
    top, low, half = 2.1, 1.6, 1.1
    canvas.polygon(
        [(x - 0.03, 0, -depth), (x + 0.03, 0, -depth), (x + 0.03, top, -depth), (x - 0.03, top, -depth)],
        (240, 240, 236),
    )
    colors = (pick(rng, ((214, 80, 70), (50, 110, 170), (236, 170, 60))), (248, 246, 240))
    edges = np.linspace(-half, half, 7)
    for i, (a, b) in enumerate(zip(edges[:-1], edges[1:], strict=True)):
        canvas.polygon([(x + a, low, -depth), (x + b, low, -depth), (x, top, -depth)], colors[i % 2])


def _road(canvas: Canvas, right: np.ndarray, back: np.ndarray, deep: float) -> None:
    """A road that runs past in front of the houses, with a curb and a broken line."""
    near, far = deep - 5.5, deep - 2.0
    if near < 3:
        return

    def strip(a: float, b: float, color: Color, start: float = -60.0, stop: float = 60.0) -> None:
        canvas.polygon(
            [right * start + back * a, right * stop + back * a, right * stop + back * b, right * start + back * b],
            color,
        )

    strip(near - 0.15, far + 0.15, (206, 204, 200))
    strip(near, far, (92, 95, 100))
    for x in np.arange(-30, 30, 3.0):
        strip((near + far) / 2 - 0.06, (near + far) / 2 + 0.06, (236, 234, 226), x, x + 1.5)


def _lantern(canvas: Canvas, spot: np.ndarray) -> None:
    x, _, z = spot
    canvas.polygon([(x - 0.05, 0, z), (x + 0.05, 0, z), (x + 0.04, 3.4, z), (x - 0.04, 3.4, z)], (58, 62, 66))
    canvas.disc((x, 3.5, z), 0.2, (250, 240, 206))


def _facade(rng: np.random.Generator, wide: float, high: float) -> np.ndarray:
    """A house front: rows of windows over shops or doors."""
    color = pick(rng, _FACADES)
    h, w = int(high * _PIXELS), int(wide * _PIXELS)
    texture = vertical_gradient((h, w), mix(color, (255, 255, 255), 0.10), mix(color, (70, 60, 60), 0.12))
    frame = pick(rng, ((244, 242, 236), (70, 62, 58), (120, 92, 70)))
    storey, step = int(2.9 * _PIXELS), int(rng.uniform(1.5, 2.2) * _PIXELS)
    pane_w, pane_h = int(step * 0.52), int(storey * 0.55)
    ground = h - int(3.1 * _PIXELS)
    for y in range(ground - storey + int(0.5 * _PIXELS), -storey, -storey):
        for x in range(step // 4, w - pane_w, step):
            glass = mix((70, 88, 108), (206, 220, 232), float(rng.uniform(0, 0.8)))
            cv2.rectangle(texture, (x - 3, y - 3), (x + pane_w + 3, y + pane_h + 3), frame, -1)
            cv2.rectangle(texture, (x, y), (x + pane_w, y + pane_h), glass, -1)
            cv2.line(texture, (x + pane_w // 2, y), (x + pane_w // 2, y + pane_h), frame, 2)
            cv2.rectangle(
                texture,
                (x - 5, y + pane_h + 3),
                (x + pane_w + 5, y + pane_h + 7),
                mix(color, (255, 255, 255), 0.45),
                -1,
            )
    cv2.rectangle(texture, (0, ground), (w, ground + 6), mix(color, (255, 255, 255), 0.4), -1)
    x = int(0.3 * _PIXELS)
    while x < w - int(1.2 * _PIXELS):
        if rng.random() < 0.5:  # a shop window under an awning
            wide_px = min(int(rng.uniform(1.6, 2.8) * _PIXELS), w - x - 8)
            top = ground + int(0.75 * _PIXELS)
            glass = mix((60, 72, 84), (190, 204, 210), float(rng.uniform(0, 0.7)))
            cv2.rectangle(texture, (x, top), (x + wide_px, h - int(0.45 * _PIXELS)), glass, -1)
            cv2.rectangle(texture, (x, top), (x + wide_px, h - int(0.45 * _PIXELS)), frame, 3)
            awning = pick(rng, ((190, 70, 60), (60, 110, 100), (70, 90, 140), (222, 170, 70)))
            for i, left in enumerate(range(x - 4, x + wide_px + 4, 10)):
                shade = awning if i % 2 else (244, 240, 232)
                cv2.rectangle(texture, (left, ground + 12), (min(left + 10, x + wide_px + 4), top + 8), shade, -1)
            x += wide_px + int(0.4 * _PIXELS)
        else:
            door = pick(rng, ((92, 66, 50), (60, 84, 92), (130, 60, 52), (70, 74, 80)))
            cv2.rectangle(texture, (x, h - int(2.2 * _PIXELS)), (x + int(0.95 * _PIXELS), h), frame, -1)
            cv2.rectangle(texture, (x + 4, h - int(2.1 * _PIXELS)), (x + int(0.95 * _PIXELS) - 4, h), door, -1)
            x += int(rng.uniform(1.3, 1.8) * _PIXELS)
    return texture
