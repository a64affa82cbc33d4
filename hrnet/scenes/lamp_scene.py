"""A picture of a desk lamp on somebody's table, with what is true in it."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from hrnet.geometry import Size
from hrnet.scenes.camera import Camera
from hrnet.scenes.develop import develop
from hrnet.scenes.figure import Figure
from hrnet.scenes.lamp import LAMP_6, Lamp, Standing, stand
from hrnet.scenes.lamp_desk import EDGE, THINGS, desk
from hrnet.scenes.mesh import Mesh
from hrnet.scenes.place import Place, pick
from hrnet.scenes.scene import SMALLEST_SIDE, Scene, render

_TRIES = 40  # lamps and cameras drawn until one has the whole lamp in the picture
_MARGIN = 0.04  # of the picture's sides, left free around the joints
_LOWEST = 0.10  # drawn meters that the shade keeps above the table
_APART = 0.85  # drawn meters between the middles of two things on the table
_WARM = np.float32([1.0, 0.84, 0.56])  # red, green, blue of the bulb's light
_BRIGHT = 620.0  # how much of it reaches a surface one drawn meter away, in gray levels of (nearly) linear light


def draw_lamp(rng: np.random.Generator, size: Size = (480, 640), *, clean: bool = False) -> Scene:
    """Draw one desk lamp, lit or not, by day or in the evening, on a table with other things before some wall.

    Args:
        size: (height, width) of the photo.
        clean: leave out what a camera adds, as in `draw_scene`.
    Returns:
        A scene with one "person", the lamp; its skeleton is `LAMP_6`, left and right as the lamp itself would say.
    Raises:
        ValueError: a side is shorter than 16 pixels.
    """
    if min(size) < SMALLEST_SIDE:
        raise ValueError(f"size is (height, width) with sides of {SMALLEST_SIDE} pixels or more, got {tuple(size)}")
    for _ in range(_TRIES):
        lamp = Lamp.draw(rng)
        standing = stand(lamp)
        camera, spot = _framed(rng, size, standing.figure)
        standing = _moved(standing, spot)
        if _fits(standing.figure, spot, camera):
            break
    evening = lamp.lit and rng.random() < 0.55
    things = _around(rng, camera, spot)
    place = desk(rng, camera, spot[None], evening=evening)
    if lamp.lit:
        place = _with_pool(place, standing, camera, 1.0 if evening else 0.45)
    scene = render(camera, [standing.figure], things, place, LAMP_6, LAMP_6.joints)
    return scene if clean else replace(scene, photo=develop(rng, scene.photo))


def _moved(standing: Standing, spot: np.ndarray) -> Standing:
    return replace(standing, figure=standing.figure.moved(spot), bulb=standing.bulb + spot)


def _framed(rng: np.random.Generator, size: Size, figure: Figure) -> tuple[Camera, np.ndarray]:
    """A camera, and where on the table the lamp stands."""
    points = np.concatenate([mesh.points for mesh in figure.meshes])
    low, high = points.min(0), points.max(0)
    distance, above = float(rng.uniform(3.6, 5.6)), float(rng.uniform(0.9, 2.6))
    share = float(rng.uniform(0.52, 0.84))
    extent = max(high[1] - low[1], (high[0] - low[0]) * size[0] / size[1])
    focal = share * size[0] * distance / extent
    middle = (low[1] + high[1]) / 2 + float(rng.uniform(-0.12, 0.12)) * extent
    pitch = float(np.rad2deg(np.arctan2(above - middle, distance)))
    camera = Camera(size, above, pitch, focal, float(rng.normal(0, 1.6)))
    across = float(rng.uniform(-0.5, 0.5)) * max(size[1] / focal * distance - (high[0] - low[0]), 0) * 0.8
    return camera, np.array([across - (low[0] + high[0]) / 2, 0.0, -distance])


def _fits(figure: Figure, spot: np.ndarray, camera: Camera) -> bool:
    """Whether the lamp is wholly in the picture, and stands on its own foot: nothing else touches the table."""
    shade = np.concatenate([mesh.points for mesh in figure.meshes if mesh.part in ("shade", "lip")])
    if shade[:, 1].min() < _LOWEST:
        return False
    seen = camera.project(np.concatenate([mesh.points for mesh in figure.meshes]))[:, :2]
    sides = np.array(camera.size[::-1])
    return bool((seen > _MARGIN * sides).all() and (seen < (1 - _MARGIN) * sides).all())


def _around(rng: np.random.Generator, camera: Camera, spot: np.ndarray) -> list[Mesh]:
    """Things on the table, beside the lamp and behind it, now and then before its foot."""
    meshes: list[Mesh] = []
    taken = [spot]
    wanted = int(rng.integers(0, 6))
    for _ in range(_TRIES):
        if len(taken) > wanted:
            break
        before = rng.random() < 0.12
        depth = float(-spot[2] + (rng.uniform(-1.0, -0.6) if before else rng.uniform(-0.3, EDGE[0] - 0.5)))
        place = camera.ground_at(depth, float(rng.uniform(0.02, 0.98)) * camera.size[1])
        if all(np.linalg.norm(place - other) > _APART for other in taken):
            meshes += pick(rng, THINGS)(rng, place, float(rng.uniform(-180, 180)))
            taken.append(place)
    return meshes


def _with_pool(place: Place, standing: Standing, camera: Camera, strength: float) -> Place:
    """The place with the light that falls out of the shade onto the table and the wall."""
    nearness = np.ascontiguousarray(place.nearness[::2, ::2])  # the edge is soft: half the pixels are enough
    height, width = camera.size
    x = (np.arange(0, width, 2, dtype=np.float32) - np.float32((width - 1) / 2)) / np.float32(camera.focal)
    y = (np.arange(0, height, 2, dtype=np.float32)[:, None] - np.float32((height - 1) / 2)) / np.float32(camera.focal)
    depth = 1 / np.maximum(nearness, 1e-3)
    # From the bulb to what a pixel shows, in the world, axis by axis.
    start = camera.position - standing.bulb
    across, up, ahead = (
        (a * x + (b * y + c)) * depth + s
        for (a, b, c), s in zip(camera.rotation.T.astype(np.float32), start.astype(np.float32), strict=True)
    )
    far = np.sqrt(across * across + up * up + ahead * ahead)
    a, b, c = standing.toward.astype(np.float32)
    inside = np.clip(((a * across + b * up + c * ahead) / far - np.cos(np.deg2rad(standing.opening))) * 10 + 0.5, 0, 1)
    inside = inside * inside * (3 - 2 * inside)
    table = up < 0.02 - standing.bulb[1]
    slant = np.maximum(np.where(table, -up, -ahead), 0) / far
    near = 1 / np.maximum(far, 0.5)
    pool = (inside * slant * near * near + 0.03 * near) * np.float32(strength * _BRIGHT / 255) * (nearness > 0)
    pool = cv2.resize(pool.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    # Lit in (nearly) linear light, as surfaces are: a color is squared, gets its share, and is brought back.
    own = place.picture.astype(np.float32)
    bright = np.sqrt(own * own + (own * np.float32(0.6) + 70) ** 2 * (pool[..., None] * _WARM))
    return replace(place, picture=np.minimum(bright, 255).astype(np.uint8))
