"""A whole picture: a place, people in it, things in front of them, and the truth about every joint."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from hrnet.geometry import Box, Size
from hrnet.scenes.arrange import arrange
from hrnet.scenes.camera import Camera
from hrnet.scenes.figure import Figure
from hrnet.scenes.joints import places
from hrnet.scenes.light import shade
from hrnet.scenes.mesh import Mesh
from hrnet.scenes.place import Place
from hrnet.scenes.raster import SUPERSAMPLING, Surfaces, fine, rasterize
from hrnet.scenes.settings import SETTINGS, draw_setting
from hrnet.scenes.shadow import openness, shadows, touching
from hrnet.skeleton import COCO_17, Skeleton

SMALLEST_SIDE = 16  # pixels; below that a picture holds nothing to see
SMALLEST_PERSON = 12  # photo pixels that must show of somebody to be somebody


@dataclass(frozen=True)
class Scene:
    """A drawn photo and what is true in it. People of whom nothing can be seen are not in it."""

    photo: np.ndarray  # uint8 (H, W, 3), RGB
    boxes: list[Box]  # around the visible pixels of each person, as pycocotools counts them: x = first column
    keypoints: np.ndarray  # float32 (N, K, 3): photo pixels; 0 outside the picture, 1 hidden, 2 visible
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
) -> Scene:
    """Draw people somewhere.

    Args:
        size: (height, width) of the photo.
        people: how many; None draws 1 to 8, mostly few.
        skeleton: which joints to give; see `joints.places` for the names that are understood.
        setting: one of `SETTINGS`; None draws one.
        poses: families to choose from, see `pose.FAMILIES`; None draws from all by their usual frequency.

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
    return render(arranged.camera, arranged.figures, arranged.things, place, skeleton, names)


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
        mask = (owner == i).reshape(height, SUPERSAMPLING, width, SUPERSAMPLING).any((1, 3))
        if mask.sum() < SMALLEST_PERSON:
            continue
        boxes.append(_box(mask))
        keypoints.append(_keypoints(figure, i, surfaces, owner, camera, names))
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
    nearness = surfaces.nearness[::SUPERSAMPLING, ::SUPERSAMPLING]
    pixels_per_meter = camera.focal * float(np.median(nearness[nearness > 0])) if nearness.any() else 1.0
    hidden = shadows(meshes, np.maximum(nearness, place.nearness), camera, light, pixels_per_meter)
    soft = cv2.GaussianBlur(hidden, (0, 0), max(light.softness * pixels_per_meter, 0.8))
    left = 1 - (light.shadow / 255) * soft.astype(np.float32)
    left *= touching(nearness, place.nearness, pixels_per_meter)
    dimmed = (place.picture * left[..., None]).astype(np.uint8)
    lit = 1 - (0.85 / 255) * cv2.GaussianBlur(hidden, (0, 0), max(0.008 * pixels_per_meter, 1.0)).astype(np.float32)
    open_sky = openness(nearness, pixels_per_meter)
    large = cv2.resize(dimmed, None, fx=SUPERSAMPLING, fy=SUPERSAMPLING, interpolation=cv2.INTER_NEAREST)
    where, colors = shade(surfaces, meshes, camera, light, open_sky, lit)
    large.reshape(-1, 3)[where] = colors
    return cv2.resize(large, camera.size[::-1], interpolation=cv2.INTER_AREA)


def _box(mask: np.ndarray) -> Box:
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    x, y = int(columns[0]), int(rows[0])
    return Box(x, y, int(columns[-1]) + 1 - x, int(rows[-1]) + 1 - y)


def _keypoints(
    figure: Figure, owner: int, surfaces: Surfaces, owners: np.ndarray, camera: Camera, names: Sequence[str]
) -> np.ndarray:
    """(K, 3): a joint is visible where its pixel shows its own person, not much nearer than the joint itself."""
    joints = [figure.joints[name] for name in names]
    seen = camera.project(np.array([joint.point for joint in joints]))
    result = np.zeros((len(names), 3), np.float32)
    result[:, :2] = seen[:, :2]
    height, width = camera.size
    for k, (joint, (x, y, depth)) in enumerate(zip(joints, seen, strict=True)):
        if depth <= 0 or not (-0.5 <= x < width - 0.5 and -0.5 <= y < height - 0.5):
            continue
        column, row = (int(np.floor(v + 0.5)) for v in fine(np.array([x, y])))
        own = owners[row, column] == owner
        covered = depth - 1 / surfaces.nearness[row, column] > joint.cover if own else True
        result[k, 2] = 1 if covered else 2
    return result
