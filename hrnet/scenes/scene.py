"""A whole picture: a place, people in it, things in front of them, and the truth about every joint."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from hrnet.geometry import Box, Size
from hrnet.scenes.arrange import arrange
from hrnet.scenes.camera import NEAR, Camera
from hrnet.scenes.canvas import blurred, dimmed
from hrnet.scenes.develop import develop
from hrnet.scenes.figure import Figure
from hrnet.scenes.joints import places
from hrnet.scenes.light import paint
from hrnet.scenes.mesh import Mesh
from hrnet.scenes.place import Place
from hrnet.scenes.raster import SUPERSAMPLING, Surfaces, fine, rasterize
from hrnet.scenes.settings import SETTINGS, draw_setting
from hrnet.scenes.shadow import ShadowMap, openness, touching
from hrnet.skeleton import COCO_17, Skeleton

SMALLEST_SIDE = 16  # pixels; below that a picture holds nothing to see
SMALLEST_PERSON = 12  # photo pixels that must show of somebody to be somebody
_SHADED = 0.85  # the share of the lamp's light that a shadow takes from people and things


@dataclass(frozen=True)
class Scene:
    """A drawn photo and what is true in it.

    Somebody of whom nothing can be seen, wholly behind others or out of the picture, is not among the N people.
    """

    photo: np.ndarray  # uint8 (H, W, 3), RGB
    boxes: list[Box]  # around the visible pixels of each person, as pycocotools counts them: x = first column
    keypoints: np.ndarray  # float32 (N, K, 3): photo pixels; 2 visible, 1 hidden, 0 outside the picture: x = y = 0
    masks: np.ndarray  # bool (N, H, W): the visible pixels of each person
    skeleton: Skeleton


def draw_scene(
    rng: np.random.Generator,
    size: Size = (480, 640),
    people: int | None = None,
    skeleton: Skeleton = COCO_17,
    *,
    setting: str | None = None,
    poses: Sequence[str] | None = None,
    clean: bool = False,
) -> Scene:
    """Draw people somewhere.

    Args:
        size: (height, width) of the photo.
        people: how many; None draws 1 to 8, mostly few.
        skeleton: which joints to give; see `joints.places` for the names that are understood.
        setting: one of `SETTINGS`; None draws one.
        poses: families to choose from, see `FAMILIES`; None draws from all by their usual frequency.
        clean: leave out what a camera adds: noise, blur, exposure and white balance that are a little off.

    Raises:
        ValueError: a side is shorter than 16 pixels, people is negative, or a joint, setting or pose is unknown.
    """
    height, width = size
    if min(height, width) < SMALLEST_SIDE:
        raise ValueError(f"size is (height, width) with sides of {SMALLEST_SIDE} pixels or more, got {tuple(size)}")
    if people is not None and people < 0:
        raise ValueError(f"people is how many to draw, 0 or more, got {people}")
    if setting is not None and setting not in SETTINGS:
        raise ValueError(f"there is no setting {setting!r}; choose one of {', '.join(SETTINGS)}")
    names = places(skeleton)
    if people is None:
        people = int(rng.choice(np.arange(1, 9), p=[0.4, 0.22, 0.14, 0.1, 0.06, 0.04, 0.02, 0.02]))
    kind = setting or draw_setting(rng)
    arranged = arrange(rng, (height, width), people, poses, kind)
    place = SETTINGS[kind][1](rng, arranged.camera, arranged.spots)
    scene = render(arranged.camera, arranged.figures, arranged.things, place, skeleton, names)
    return scene if clean else replace(scene, photo=develop(rng, scene.photo))


def render(
    camera: Camera,
    figures: Sequence[Figure],
    things: Sequence[Mesh],
    place: Place,
    skeleton: Skeleton = COCO_17,
    names: Sequence[str] | None = None,
) -> Scene:
    """Draw figures and things in a place; figure i owns the meshes with `owner` i."""
    names = places(skeleton) if names is None else names
    meshes = [*(mesh for figure in figures for mesh in figure.meshes), *things]
    surfaces = rasterize(meshes, camera)
    photo = _lit(surfaces, meshes, camera, place)
    owner = surfaces.owner()
    height, width = camera.size
    boxes, keypoints, masks = [], [], []
    for i, figure in enumerate(figures):
        own = owner == i
        own = own[::2] | own[1::2]
        mask = own[:, ::2] | own[:, 1::2]  # a photo pixel that shows any of the person
        if np.count_nonzero(mask) < SMALLEST_PERSON:
            continue
        boxes.append(_box(mask))
        keypoints.append(_keypoints(figure, i, surfaces, meshes, camera, names))
        masks.append(mask)
    return Scene(
        photo,
        boxes,
        np.array(keypoints, np.float32).reshape(-1, len(names), 3),
        np.array(masks, bool).reshape(-1, height, width),
        skeleton,
    )


def _lit(surfaces: Surfaces, meshes: Sequence[Mesh], camera: Camera, place: Place) -> np.ndarray:
    """The photo: the place darkened by shadows, and the surfaces over it, averaged from fine pixels."""
    if not meshes:
        return place.picture
    light = place.light
    nearness = np.ascontiguousarray(surfaces.nearness[::SUPERSAMPLING, ::SUPERSAMPLING])
    pixels_per_meter = camera.focal * float(np.median(nearness[nearness > 0])) if nearness.any() else 1.0
    shadows = ShadowMap(meshes, light, 1.2 / pixels_per_meter)
    photo = _darkened(place, nearness, shadows, camera, pixels_per_meter)
    row, column = np.nonzero(nearness)
    lit = np.ones(camera.size, np.float32)
    lit[row, column] -= _SHADED * shadows.hides(column, row, nearness[row, column], camera)
    lit = blurred(lit, max(0.008 * pixels_per_meter, 1.0))
    open_sky = openness(nearness, pixels_per_meter)
    return paint(photo, surfaces, meshes, camera, light, open_sky, lit)


def _darkened(
    place: Place, nearness: np.ndarray, shadows: ShadowMap, camera: Camera, pixels_per_meter: float
) -> np.ndarray:
    """The place with the shadows of everybody on its floor and walls; uint8 (H, W, 3)."""
    light = place.light
    half = np.ascontiguousarray(place.nearness[::2, ::2])  # the edges are soft: half the pixels are enough
    y, x = np.ogrid[0 : camera.size[0] : 2, 0 : camera.size[1] : 2]
    hidden = shadows.hides(x.astype(np.float32), y.astype(np.float32), half, camera).astype(np.float32)
    hidden = blurred(hidden, max(light.softness * pixels_per_meter / 2, 0.5))
    hidden = cv2.resize(hidden, camera.size[::-1], interpolation=cv2.INTER_LINEAR)
    left = (1 - light.shadow * hidden) * touching(nearness, place.nearness, pixels_per_meter)
    return dimmed(place.picture, left)


def _box(mask: np.ndarray) -> Box:
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    x, y = int(columns[0]), int(rows[0])
    return Box(x, y, int(columns[-1]) + 1 - x, int(rows[-1]) + 1 - y)


def _keypoints(
    figure: Figure, owner: int, surfaces: Surfaces, meshes: Sequence[Mesh], camera: Camera, names: Sequence[str]
) -> np.ndarray:
    """(K, 3): a joint is visible where its pixel shows its own part of its own person, not much nearer than itself."""
    joints = [figure.joints[name] for name in names]
    seen = camera.project(np.array([joint.point for joint in joints]))
    result = np.zeros((len(names), 3), np.float32)
    height, width = camera.size
    for k, (joint, (x, y, depth)) in enumerate(zip(joints, seen, strict=True)):
        if depth < NEAR or not (-0.5 <= x < width - 0.5 and -0.5 <= y < height - 0.5):
            continue
        column, row = (int(np.floor(v + 0.5)) for v in fine(np.array([x, y])))
        face = surfaces.face[row, column]
        shown = meshes[surfaces.mesh_of[face]] if face else None
        own = shown is not None and shown.owner == owner and shown.part in joint.parts
        result[k] = x, y, 2 if own and depth - 1 / surfaces.nearness[row, column] < joint.cover else 1
    return result
